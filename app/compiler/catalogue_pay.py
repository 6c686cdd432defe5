"""Reads stages of work that wait for money: over the service's fee, or over an amount that the citizen types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from app import limits
from app.catalogue import Catalogue, OfficeEntry, Result, Service, Work
from app.compiler.catalogue_calls import stages_of
from app.compiler.catalogue_costs import read_whose
from app.compiler.catalogue_fields import PAY
from app.compiler.catalogue_texts import OF_BILLS, OF_PRICES
from app.compiler.graph import Finding
from app.compiler.known import enumerated
from app.compiler.reader import Reader
from app.compiler.shapes import Country
from app.compiler.source import Node
from app.costs import Fee, Typed
from app.engine.branches import Argument
from app.engine.program import Ask, CallScreen, Choose, Pick, Program, Screen, program_of
from app.engine.ways import targets
from app.house_services import Show
from app.lookups import Table
from app.messages import Status
from app.values.rules import ValueType
from app.values.text import to_gsm

FEE = "fee"
OF_TYPED = ("least", "most", "to")
"""What is said of an amount that citizens type, and of no fee."""


def read_pay(
    node: Node,
    takes: Mapping[str, ValueType],
    offices: Mapping[str, OfficeEntry],
    reader: Reader,
    name: str,
    minor_digits: int,
) -> Work:
    """A stage that waits for money, and the status when it came."""
    reader.fields(node, PAY, name)
    hours, then = node.get("within_hours"), node.get("then")
    within = reader.whole(hours, limits.bill_hours)
    if hours is not None and not 1 <= within <= limits.bill_hours_max:
        reader.wrong(hours, "wrong-shape", f"`within_hours` is 1 to {limits.bill_hours_max}", name)
    known = then is not None and then.text in tuple(Status)
    if then is not None and not known:
        reader.wrong(then, "unknown-status", f"`{then.text}` is no status; known are {enumerated(Status)}", name)
    status = Status(then.text) if then is not None and known else Status.IN_PROGRESS
    return Work(
        None, status, within, _typed(node, takes, offices, reader, name, minor_digits), _push(node, takes, reader, name)
    )


def _push(node: Node, takes: Mapping[str, ValueType], reader: Reader, name: str) -> str:
    written = node.get("push")
    if written is not None and takes.get(written.text) is not ValueType.TEXT:
        told = f"`{written.text}` is no text that the service takes; name what says by which service a wallet is asked"
        reader.wrong(written, "wrong-shape", told, name)
    return reader.scalar(written)


def _typed(
    node: Node,
    takes: Mapping[str, ValueType],
    offices: Mapping[str, OfficeEntry],
    reader: Reader,
    name: str,
    minor_digits: int,
) -> Typed | None:
    pay = node.get("pay")
    if pay is None or pay.text == FEE:
        for key in OF_TYPED:
            if (said := node.get(key)) is not None:
                told = f"`{key}` is for an amount that citizens type; the fee is said under `fee`, so remove it"
                reader.wrong(said, "wrong-shape", told, name)
        return None
    if takes.get(pay.text) is not ValueType.AMOUNT:
        told = f"`{pay.text}` is nothing that can be paid; write `pay: fee`, or an amount that the service takes"
        reader.wrong(pay, "wrong-shape", told, name)
        return None
    least, most = (_bound(node, key, reader, name) * 10**minor_digits for key in ("least", "most"))
    if not 0 < least <= most or len(str(most)) > limits.bill_typed_digits_max:
        told = (
            f"`least` is 1 or more, `most` no less than that, and in {limits.bill_typed_digits_max} digits with its "
            "cents: agents' texts have room for no more"
        )
        reader.wrong(pay, "wrong-shape", told, name)
    return Typed(pay.text, least, most, read_whose(node.get("to"), offices, reader, name))


def _bound(node: Node, key: str, reader: Reader, name: str) -> int:
    said = node.get(key)
    if said is None:
        told = f"`{key}` is missing; add it, in whole units of the currency, as the page that asks has it"
        reader.wrong(node, "missing-key", told, name)
    return reader.whole(said, 1)


def check_pay(
    node: Node,
    work: tuple[Work, ...],
    costs: tuple[Fee | None, Fee | None],
    known: Iterable[str],
    reader: Reader,
    name: str,
) -> None:
    """A stage that waits for money: one at the most, and it is known what is to be paid and who takes what of it.

    `costs` are fee and charge, `known` the names of what the service takes and its offices give.
    """
    stages = [(entry, one) for entry, one in zip(stages_of(node), work, strict=True) if one.call is None]
    for later, _ in stages[1:]:
        reader.wrong(later, "pay-stage", "waits for money a second time; one bill is for fee and charge together", name)
    if not stages:
        return
    (stage, first), (fee, charge) = stages[0], costs
    if first.push and work[0] is not first:
        told = "asks a wallet when nobody holds the phone any more; do it in the first stage, or leave it to a menu"
        reader.wrong(stage.get("push") or stage, "pay-stage", told, name)
    if first.typed is None and not any(cost and cost.amount_minor for cost in costs):
        told = "waits for money, but `fee` and `charge` are nothing; add what it costs"
        reader.wrong(stage, "pay-stage", told, name)
    if first.typed is not None and fee is not None:
        told = f"waits for what the citizen types as `{first.typed.name}`, so nobody would pay `fee`; remove one"
        reader.wrong(node.get("fee") or stage, "pay-stage", told, name)
    if first.typed is not None and charge is None:
        told = "waits for what the citizen types, and does not say what is taken on top; add `charge`, even one of 0"
        reader.wrong(stage, "pay-stage", told, name)
    for taken in sorted({*OF_BILLS, *OF_PRICES} & set(known)):
        told = f"`{taken}` is what texts call something of the bill; call what is taken or given otherwise"
        reader.wrong(stage, "pay-stage", told, name)


def priced(catalogue: Catalogue, country: Country) -> Catalogue:
    """The catalogue with the longest that the price of a bill shows, where menus hear of it."""
    services = catalogue.services
    digits = max([limits.bill_typed_digits_max, *(len(str(_most_of(one))) for one in services.values())])
    return replace(
        catalogue, services={name: _priced(one, services, country, digits) for name, one in services.items()}
    )


def _most_of(service: Service) -> int:
    """The most that one of its bills may cost, in minor units."""
    fee, charge = (cost.amount_minor if cost else 0 for cost in (service.fee, service.charge))
    return (service.typed.most_minor if service.typed else fee) + charge


def _priced(service: Service, services: Mapping[str, Service], country: Country, digits: int) -> Service:
    """`digits` are those of any bill, which is shown to whoever has its code."""
    if (billed := services.get(service.quotes)) is not None:
        most, charge = _most_of(billed), billed.charge.amount_minor if billed.charge else 0
        parts = {"fee": most - charge, "charge": charge, "total": most}
        return replace(service, gives={name: _shown(len(str(minor)), country) for name, minor in parts.items()})
    if service.shows in (Show.BILL, Show.STANDS):
        prices = dict.fromkeys(OF_PRICES, _shown(digits, country))
        return replace(service, gives={**service.gives, **prices})
    if not service.bills_at_once:
        return service
    total = _shown(len(str(_most_of(service))), country)
    return replace(service, gives={**service.gives, "total": total})


def _shown(digits: int, country: Country) -> Result:
    """An amount of so many digits in minor units, with the longest that any language writes it."""
    nines = int("9" * digits)
    return Result(
        ValueType.AMOUNT, max(len(to_gsm(one.money(nines, country.currency))) for one in country.formats.values())
    )


def check_typed(program: Program, services: Mapping[str, Service], tables: Mapping[str, Table]) -> Iterator[Finding]:
    """What is billed, or quoted, was typed on a page of the same program, offered there by an option, or told by a
    lookup, and is no more and no less than the bill lets in.
    """
    for name, screen in program.screens.items():
        service = services.get(screen.service) if isinstance(screen, CallScreen) else None
        billed = services.get(service.quotes, service) if service is not None else None
        if service is None or billed is None or billed.typed is None or not isinstance(screen, CallScreen):
            continue
        given, typed = screen.arguments.get(billed.typed.name, Argument(None)), billed.typed
        giving = tuple(_giving(program, program_of(name), given.name))
        if not giving or not all(_is_within(one, given.name or "", typed, tables) for one in giving):
            told = (
                f"`{service.name}` {'quotes' if service.quotes else 'bills'} `{typed.name}`, which must be typed in "
                "this program by an `ask`, offered by an option, or told by a lookup, with the bounds of its `pay` "
                "stage, or narrower ones"
            )
            yield name, "pay-bounds", told


def check_pushed(program: Program, services: Mapping[str, Service]) -> Iterator[Finding]:
    """By which wallet somebody pays at once was chosen on a page of the same program, or is a constant."""
    wallets = {name for name, service in services.items() if service.shows is Show.PUSH}
    for name, screen in program.screens.items():
        service = services.get(screen.service) if isinstance(screen, CallScreen) else None
        if service is None or not service.pushes_by or not isinstance(screen, CallScreen):
            continue
        if not service.most_a_day:
            told = (
                f"`{service.name}` has a wallet asked, of which a number may ask so often a day; write `most_a_day`, "
                "and where `too_many` goes, or its page would say that a wallet asks when none does"
            )
            yield name, "push-unbounded", told
        given = screen.arguments.get(service.pushes_by, Argument(None))
        if not _may_be(program, name, given) & wallets:
            told = (
                f"`{service.name}` has a wallet asked that `{service.pushes_by}` names, which must be chosen in this "
                "program by a `choose` with services of `show: push` as values"
            )
            yield name, "push-of-nothing", told


def _may_be(program: Program, screen: str, given: Argument) -> set[str]:
    """The values that a constant or a choice has; none, if anything may be typed there."""
    if given.name is None:
        return {given.constant}
    giving = tuple(_giving(program, program_of(screen), given.name))
    if not all(isinstance(one, Choose) for one in giving):
        return set()
    return {option.value or "" for one in giving if isinstance(one, Choose) for option in one.options}


def _giving(program: Program, owner: str, answer: str | None) -> Iterator[Screen]:
    """The screens of a program that give an answer."""
    for name, screen in program.screens.items():
        if program_of(name) == owner and answer in _gives(screen):
            yield screen


def _gives(screen: Screen) -> Iterator[str | None]:
    if isinstance(screen, Ask | Choose):
        yield screen.into
    if isinstance(screen, CallScreen):
        yield from screen.results.values()
    if isinstance(screen, Pick):
        yield from screen.into
    yield from (into for target in targets(screen) if target.visit for into in target.visit.results.values())


def _is_within(screen: Screen, answer: str, typed: Typed, tables: Mapping[str, Table]) -> bool:
    """Whether every amount that a screen gives as an answer may be billed."""
    if isinstance(screen, Ask):
        return typed.least_minor <= screen.rule.least and screen.rule.most <= typed.most_minor
    if isinstance(screen, Choose):
        offers = [option.offers for option in screen.options if option.offers or option.value is not None]
        within = (one and typed.least_minor <= one.least and one.most <= typed.most_minor for one in offers)
        return bool(offers) and all(within)
    table = tables.get(screen.service) if isinstance(screen, CallScreen) else None
    if table is None or table.lookup.listed or not isinstance(screen, CallScreen):
        return False
    columns = [column for column, into in screen.results.items() if into == answer]
    told = [one for row in table.every for column in columns for one in row.values.get(column, {}).values()]
    return bool(told) and all(one.isdecimal() and typed.least_minor <= int(one) <= typed.most_minor for one in told)


def sourced(catalogue: Catalogue, program: Program, tables: Mapping[str, Table]) -> Catalogue:
    """The catalogue with who says what is billed, where that is no citizen but a data file of the pack."""
    services = dict(catalogue.services)
    for name, screen in program.screens.items():
        service = services.get(screen.service) if isinstance(screen, CallScreen) else None
        if service is None or service.typed is None or not isinstance(screen, CallScreen):
            continue
        answer = screen.arguments.get(service.typed.name, Argument(None)).name
        giving = (one for one in _giving(program, program_of(name), answer) if isinstance(one, CallScreen))
        rows = [row for one in giving if one.service in tables for row in tables[one.service].every]
        if rows:
            told = "; ".join(dict.fromkeys(f"{row.source} ({row.as_of})" for row in rows))
            work = (replace(one, typed=one.typed and replace(one.typed, source=told)) for one in service.work)
            services[service.name] = replace(service, work=tuple(work))
    return replace(catalogue, services=services)
