"""Reads services.yaml: offices with their operations, and services with who carries them out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from app import limits, manual
from app.bill_code import SHOWN_LENGTH
from app.catalogue import (
    ADAPTERS,
    AGENT_NAMES,
    HOLDER,
    Catalogue,
    Commission,
    Fee,
    OfficeEntry,
    OperationCall,
    Result,
    Service,
    ServiceKind,
    Topic,
    Work,
)
from app.compiler import agent_steps, mine
from app.compiler.catalogue_fields import CATALOGUE, COMMISSION, FEE, OFFICE, OPERATION_CALL, PAY, SERVICE
from app.compiler.codes import GIVES, check_code_step, check_demands, check_no_code_later, refused_by_house, step_of
from app.compiler.fields import names
from app.compiler.housed import housed_in
from app.compiler.known import enumerated, meant
from app.compiler.operations import OFFICE_OPTIONS, check_found_by, check_office, check_operation, in_address
from app.compiler.purposes import check_services, read_classes, read_purposes
from app.compiler.reader import Reader
from app.compiler.source import Node, plain
from app.compiler.waits import read_waits
from app.engine.program import Declared
from app.engine.rendering import natural_length
from app.messages import ARROWS, Status
from app.payments import from_minor, to_minor
from app.rates import FORM, spacing_seconds
from app.reference import LENGTH
from app.values.rules import GIVEN, OPAQUE, Text, ValueType

STATUS_GIVES = {
    "reference": Result(ValueType.REFERENCE, LENGTH + 1),
    "title": Result(ValueType.TEXT, 30),
    "status": Result(ValueType.WORD, 0),
    "where": Result(ValueType.TEXT, 24),
    "reason": Result(ValueType.WORD, 0),
}
"""What a service of kind `status` gives, in the words of the house."""
FILE_GIVES = {"reference": STATUS_GIVES["reference"]}
STATUS_REFUSED = ("unknown",)
ALWAYS_GIVES = {ServiceKind.STATUS: frozenset(STATUS_GIVES)}
"""What the house itself still says when the office behind a service is late or down."""

OCCASIONS: Mapping[ServiceKind, tuple[str, ...]] = {
    ServiceKind.ASK: (),
    ServiceKind.FILE: (
        *("received", "delayed", "done", "refused", "stuck", "stuck_after", "status"),
        *("in_progress", "query", "ready", "overdue", "promised"),
        *("bill", "paid", "expired", "suspense", "refunded"),
        HOLDER,
    ),
    ServiceKind.STATUS: (),
    ServiceKind.POINTS: (),
    ServiceKind.MANDATE: (),
    ServiceKind.AGENT: (),
    ServiceKind.LOOKUP: (),
    ServiceKind.MINE: (mine.ASKED,),
}
"""When a citizen is texted: filed; carried out after a delay; carried out; refused; a human must look, before or after
a first stage was done; asked for after the office was late; moved by a clerk, or found moved at the office; promised
for a day that is past, or not moved for too long; promised for another day; a bill is to be paid, was paid, has
expired, got money that does not fit it, had it given back; what an agent attested is told to whoever it is about;
somebody asked for something of their own."""
CLERKS_TELL = ("query", "ready", "done", "refused")
"""What a citizen must be told of where clerks do the work: they have no other way to learn of it."""
PAYERS_ARE_TOLD = ("bill", "paid", "expired", "suspense")
"""What must be told where a service waits for money: no bill is paid by who does not know it, and no money is lost."""
UNGIVEN_LONGEST = 20
"""Septets of a value that no screen gives to its service yet; what is given says itself how long it is."""
BUILT_IN: Mapping[str, Declared] = {
    "reference": Declared(ValueType.REFERENCE, LENGTH + 1, {}),
    "status": Declared(ValueType.WORD, 0, {}),
    "reason": Declared(ValueType.WORD, 0, {}),
    "promised": Declared(ValueType.DATE, natural_length(ValueType.DATE), {}),
}
"""What every SMS text of a filed service may name besides what the service takes and its office gives."""
OF_BILLS: Mapping[str, Declared] = {
    "bill": Declared(ValueType.TEXT, SHOWN_LENGTH, {}),
    "until": Declared(ValueType.DATE, 10, {}),
    "paid": Declared(ValueType.AMOUNT, 9, {}),
    "way": Declared(ValueType.TEXT, 12, {}),
    "receipt": Declared(ValueType.REFERENCE, LENGTH + 1, {}),
}
"""What the texts of a service that waits for money may name too: the bill, and the money that came for it."""

HOUSE_GIVES = (ServiceKind.POINTS, ServiceKind.MANDATE, ServiceKind.AGENT, ServiceKind.LOOKUP, ServiceKind.MINE)
"""Kinds of which the house itself knows, or measures, what they give."""


def read_catalogue(root: Node, reader: Reader, minor_digits: int) -> Catalogue:
    """A catalogue of what could be understood; the rest is complained of. `minor_digits` are the currency's."""
    reader.only(root, names(CATALOGUE))
    purposes = read_purposes(root, reader)
    offices = {key.text: _office(key, node, reader) for key, node in reader.pairs(root.get("offices"), "`offices`")}
    topics = mine.read_topics(root, purposes, reader)
    services = {}
    for key, node in reader.pairs(root.get("services"), "`services`"):
        service = _service(key.text, node, offices, topics, reader, minor_digits)
        services[key.text] = service
    services = {
        name: replace(service, sms_names=_sms_names(service, offices))
        for name, service in mine.titled(services, topics).items()
    }
    catalogue = Catalogue(offices, services, purposes, topics)
    check_services(catalogue, root, reader)
    return catalogue


def _office(key: Node, node: Node, reader: Reader) -> OfficeEntry:
    reader.only(node, names(OFFICE))
    secret = node.get("secret")
    adapter_node = reader.need(node, "adapter")
    adapter = reader.scalar(adapter_node)
    if adapter not in ADAPTERS:
        reader.wrong(adapter_node, "unknown-adapter", f"`{adapter}` is no adapter; {meant(adapter, ADAPTERS)}")
    operations, written = {}, reader.need(node, "operations")
    for name, value in reader.pairs(written, "`operations`"):
        if adapter in ADAPTERS:
            check_operation(value, adapter, reader, name.text)
            check_found_by(written, name.text, adapter, reader)
        reader.pairs(value, f"`{name.text}`")
        declared = plain(value)
        operations[name.text] = declared if isinstance(declared, dict) else {}
    address = reader.scalar(node.get("address") if adapter == manual.ADAPTER else reader.need(node, "address"))
    options = {name: reader.scalar(node.get(name)) for name in OFFICE_OPTIONS if node.get(name) is not None}
    check_office(node, adapter, options, reader)
    auth, headers = _texts(node.get("auth")), _texts(node.get("headers"))
    title, country = reader.scalar(node.get("title")), reader.scalar(node.get("abroad"))
    return OfficeEntry(
        *(key.text, adapter, address, secret.text if secret else None, operations, options, auth, headers),
        _spacing(node.get("at_most"), adapter, reader),
        title,
        country,
    )


def _spacing(node: Node | None, adapter: str, reader: Reader) -> float:
    if node is None:
        return 0.0
    if adapter == manual.ADAPTER:
        reader.wrong(node, "manual-office", "clerks are asked by nobody so often; remove `at_most`")
        return 0.0
    spacing = spacing_seconds(reader.scalar(node))
    if spacing is None:
        reader.wrong(node, "wrong-shape", f"`{node.text}` is no rate; write {FORM}")
    return spacing or 0.0


def _texts(node: Node | None) -> dict[str, str]:
    """Names and their texts; what was complained of before is left out."""
    return {key.text: value.text for key, value in (node.pairs if node else ()) if value.kind == "scalar"}


def _result(declared: object) -> Result:
    """A result as declared; what was complained of before becomes something harmless."""
    plain = declared if isinstance(declared, dict) else {}
    if isinstance(plain.get("list"), dict):
        fields = {name: _result(field) for name, field in plain["list"].items()}
        most = str(plain.get("most", ""))
        return Result(ValueType.LIST, 0, fields, int(most) if re.fullmatch("[0-9]{1,2}", most) else 1)
    longest, type = str(plain.get("longest", "")), str(plain.get("type", ValueType.TEXT))
    known = ValueType(type) if type in GIVEN else ValueType.TEXT
    return Result(known, int(longest) if re.fullmatch("[0-9]{1,3}", longest) else 0)


def _service(
    name: str,
    node: Node,
    offices: Mapping[str, OfficeEntry],
    topics: Mapping[str, Topic],
    reader: Reader,
    minor_digits: int,
) -> Service:
    reader.only(node, names(SERVICE), name)
    kind = _kind(reader.need(node, "kind", name), reader, name)
    fee, charge = (_fee(node.get(key), offices, reader, name, minor_digits) for key in ("fee", "charge"))
    commission = _commission(node.get("commission"), charge, reader, name, minor_digits)
    takes = {key.text: _type(value, reader) for key, value in reader.pairs(node.get("takes"), "`takes`")}
    if kind is not ServiceKind.ASK and ValueType.SECRET in takes.values():
        told = "takes a secret, which would be written down; only a service of kind ask may"
        reader.wrong(node, "secret-kept", told, name)
    housed = housed_in(node, kind, topics, reader, name)
    takes = housed.takes(takes)
    ask = _operation(node.get("ask"), offices, reader)
    if ask is not None:
        _check_secrets(node, name, ask, takes, offices, reader)
    if kind is ServiceKind.ASK and ask is None:
        reader.wrong(node, "missing-key", "`ask` is missing: `{office, operation, with}`", name)
    code = step_of(ask, offices)
    if code is not None and ask is not None:
        check_code_step(node, name, ask, takes, reader)
    if housed.step is None:  # what the house has one take, nobody wrote
        check_demands(node, name, kind, code, takes, reader)
    check_no_code_later(node, name, offices, reader)
    most_a_day = _most_a_day(node.get("most_a_day"), kind, reader, name)
    refused = housed.refused(_refused_by(kind, takes, ask, offices, most_a_day))
    work = tuple(_work(entry, offices, reader) for entry in (node.get("work") or _nothing(node)).entries)
    _check_pay(node, work, (fee, charge), reader, name)
    gives = housed.gives(GIVES[code] if code else _gives(kind, ask, offices))
    _check_at_once(node, offices, reader, name)
    sms = _sms(name, kind, node.get("sms"), reader)
    for occasion in ("stuck", *(("stuck_after",) if len(work) > 1 else ())) if work else ():
        if occasion not in sms:
            reader.wrong(node, "missing-text", f"`sms` needs `{occasion}`: what is told when a human must look", name)
    waits = read_waits(node, name, kind, sms, reader)
    _check_told(node, name, work, sms, offices, reader)
    follow = _operation(node.get("follow"), offices, reader)
    _check_thens(node, work, reader, name)
    _check_end(node, work, follow, reader, name)
    kept: dict[str, Result] = {}
    for call in (ask, *(one.call for one in work), follow):
        kept |= _results(call, offices)
    if housed.attests:
        agent_steps.check_attests(node, sms, kept, reader, name)
    return Service(
        name,
        reader.plain(reader.need(node, "title", name), "services", name, "title"),
        kind,
        takes,
        gives,
        refused,
        _patience(node.get("patience_s"), reader),
        ask,
        work,
        follow,
        sms,
        {},
        waits.promise_days,
        waits.remind_days,
        waits.follow_hours,
        fee,
        charge,
        code,
        topics[housed.topic].purpose if housed.topic in topics else reader.scalar(node.get("purpose")),
        read_classes(node, name, kind, takes, kept, reader),
        housed.find,
        commission,
        most_a_day,
        housed.step,
        housed.attests,
        housed.lookup,
        housed.shows,
        housed.topic,
    )


def _check_thens(node: Node, work: tuple[Work, ...], reader: Reader, name: str) -> None:
    """What is behind the end of a request is never done, and none goes back."""
    before = Status.RECEIVED
    for number, (one, entry) in enumerate(zip(work, (node.get("work") or node).entries, strict=False), 1):
        place = entry.get("then") or entry
        if not ARROWS[one.then] and number < len(work):
            told = f"`{one.then.value}` ends the request before stage {number + 1} of its work; write it at the last"
            reader.wrong(place, "wrong-then", told, name)
            return
        if one.then is not before and one.then not in ARROWS[before]:
            told = f"a request that is `{before.value}` never becomes `{one.then.value}`; write `{before.value}` again"
            reader.wrong(place, "wrong-then", told, name)
            return
        before = one.then


def _check_end(node: Node, work: tuple[Work, ...], follow: OperationCall | None, reader: Reader, name: str) -> None:
    """Behind its last stage only the office can move a request, and only if it is asked."""
    if not work or work[-1].then in (Status.DONE, Status.REJECTED) or follow is not None:
        return
    last = (node.get("work") or node).entries[-1]
    told = f"its last stage leaves it `{work[-1].then.value}` for ever; write `then: done`, or a `follow` that asks on"
    reader.wrong(last.get("then") or last, "never-ends", told, name)


def _refused_by(
    kind: ServiceKind,
    takes: Mapping[str, ValueType],
    ask: OperationCall | None,
    offices: Mapping[str, OfficeEntry],
    most_a_day: int,
) -> tuple[str, ...]:
    if kind is ServiceKind.STATUS:
        return STATUS_REFUSED
    return (*_refused(ask, offices), *refused_by_house(kind, takes, most_a_day))


def _check_told(
    node: Node,
    name: str,
    work: tuple[Work, ...],
    sms: Mapping[str, Text],
    offices: Mapping[str, OfficeEntry],
    reader: Reader,
) -> None:
    """What nobody else would tell a citizen is among the texts."""
    for occasion in CLERKS_TELL if any(_is_manual(one.call, offices) for one in work) else ():
        if occasion not in sms:
            reader.wrong(node, "missing-text", f"`sms` needs `{occasion}`: what a clerk does is told by SMS", name)
    for occasion in PAYERS_ARE_TOLD if any(one.call is None for one in work) else ():
        if occasion not in sms:
            reader.wrong(node, "missing-text", f"`sms` needs `{occasion}`: what becomes of a bill is told by SMS", name)


def _most_a_day(node: Node | None, kind: ServiceKind, reader: Reader, name: str) -> int:
    if node is None:
        return 0
    most = reader.whole(node, 1)
    if kind is not ServiceKind.FILE or not 1 <= most <= limits.filings_a_day_max:
        told = f"`most_a_day` is 1 to {limits.filings_a_day_max}, of a service of kind file"
        reader.wrong(node, "wrong-shape", told, name)
    return most if kind is ServiceKind.FILE else 0


def _is_manual(call: OperationCall | None, offices: Mapping[str, OfficeEntry]) -> bool:
    entry = offices.get(call.office) if call else None
    return entry is not None and entry.adapter == manual.ADAPTER


def _check_at_once(node: Node, offices: Mapping[str, OfficeEntry], reader: Reader, name: str) -> None:
    for key in ("ask", "follow"):
        call = node.get(key)
        entry = offices.get(reader.scalar(call.get("office"))) if call is not None else None
        if call is not None and entry is not None and entry.adapter == manual.ADAPTER:
            told = f"nobody answers at once at `{entry.name}`, where clerks work; ask it under `work`"
            reader.wrong(call.get("office") or call, "manual-office", told, name)
        operation = reader.scalar(call.get("operation")) if call is not None else ""
        if call is not None and entry is not None and entry.repeating(operation).never:
            told = f"`{operation}` may never be repeated, and a callback that comes twice asks it again"
            reader.wrong(call.get("operation") or call, "asked-again", f"{told}; ask it under `work`", name)


def _check_secrets(
    node: Node,
    name: str,
    ask: OperationCall,
    takes: Mapping[str, ValueType],
    offices: Mapping[str, OfficeEntry],
    reader: Reader,
) -> None:
    entry = offices.get(ask.office)
    open_to_logs = in_address(entry.operations.get(ask.operation, {})) if entry else frozenset()
    for parameter, given in ask.arguments.items():
        if parameter in open_to_logs and takes.get(given) is ValueType.SECRET:
            told = f"`{given}` is a secret and stands in the operation's address, which others log; send it in the body"
            reader.wrong(node.get("ask") or node, "secret-passed", told, name)


def _nothing(node: Node) -> Node:
    return Node(node.file, node.line, node.column, "list")


def _kind(node: Node, reader: Reader, name: str) -> ServiceKind:
    if node.text in tuple(ServiceKind):
        return ServiceKind(node.text)
    reader.wrong(node, "unknown-kind", f"`{node.text}` is no kind; known are {enumerated(ServiceKind)}", name)
    return ServiceKind.ASK


def _fee(
    node: Node | None, offices: Mapping[str, OfficeEntry], reader: Reader, name: str, minor_digits: int
) -> Fee | None:
    """A fee is published with its source and date or not at all."""
    if node is None:
        return None
    reader.fields(node, FEE, name)
    amount, source, as_of, to = (node.get(key) for key in ("amount", "source", "as_of", "to"))
    minor = to_minor(reader.scalar(amount), minor_digits)
    if amount is not None and minor is None:
        told = f"`{amount.text}` is no amount; write whole units, such as 130, or with cents, such as 2.50"
        reader.wrong(amount, "bad-fee", told, name)
    if as_of is not None and not _is_day(as_of.text):
        reader.wrong(as_of, "bad-fee", f"`{as_of.text}` is no day; write one such as 2026-11-24", name)
    if to is not None and to.text not in offices:
        told = f"`{to.text}` is not among the offices above; {meant(to.text, offices)}"
        reader.wrong(to, "unknown-office", told, name)
    return Fee(minor or 0, reader.scalar(source), reader.scalar(as_of), to.text if to else "")


def _commission(
    node: Node | None, charge: Fee | None, reader: Reader, name: str, minor_digits: int
) -> Commission | None:
    """A part of the charge, published as that is; what an agent gets is never taken from the government's fee."""
    if node is None:
        return None
    reader.fields(node, COMMISSION, name)
    share, floor, as_of = (node.get(key) for key in ("share", "floor", "as_of"))
    hundredths = to_minor(reader.scalar(share), 2)
    if share is not None and (hundredths is None or hundredths > 100_00):
        told = f"`{share.text}` is no share; write percent of the charge, such as 20 or 12.5, up to 100"
        reader.wrong(share, "bad-commission", told, name)
    floor_minor, most = to_minor(reader.scalar(floor), minor_digits), charge.amount_minor if charge else 0
    if floor is not None and floor_minor is None:
        told = f"`{floor.text}` is no amount; write whole units, such as 2, or with cents, such as 2.50"
        reader.wrong(floor, "bad-commission", told, name)
    elif floor is not None and (floor_minor or 0) > most:
        told = f"`floor` is more than `charge`, out of which it is paid; write {from_minor(most, minor_digits)} or less"
        reader.wrong(floor, "bad-commission", told, name)
    if not most:
        told = "`commission` is a part of the `charge`, and there is none; add `charge`, or remove it"
        reader.wrong(node, "bad-commission", told, name)
    if as_of is not None and not _is_day(as_of.text):
        reader.wrong(as_of, "bad-commission", f"`{as_of.text}` is no day; write one such as 2026-11-24", name)
    return Commission(hundredths or 0, floor_minor or 0, reader.scalar(node.get("source")), reader.scalar(as_of))


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text)) and len(text) == len("2026-11-24")
    except ValueError:
        return False


def _check_pay(node: Node, work: tuple[Work, ...], costs: tuple[Fee | None, ...], reader: Reader, name: str) -> None:
    """A stage that waits for money: one at the most, and there is something to pay."""
    entries = (node.get("work") or _nothing(node)).entries
    stages = [entry for entry, one in zip(entries, work, strict=True) if one.call is None]
    for later in stages[1:]:
        reader.wrong(later, "pay-stage", "waits for money a second time; one bill is for fee and charge together", name)
    if stages and not any(cost and cost.amount_minor for cost in costs):
        reader.wrong(
            stages[0], "pay-stage", "waits for money, but `fee` and `charge` are nothing; add what it costs", name
        )


def _type(node: Node, reader: Reader) -> ValueType:
    if node.text in tuple(ValueType):
        return ValueType(node.text)
    reader.wrong(node, "unknown-type", f"`{node.text}` is no type; known are {enumerated(ValueType)}")
    return ValueType.TEXT


def _patience(node: Node | None, reader: Reader) -> float:
    if node is None:
        return 2.5
    return reader.seconds(node, 2.5)


def _operation(node: Node | None, offices: Mapping[str, OfficeEntry], reader: Reader) -> OperationCall | None:
    if node is None:
        return None
    reader.only(node, names(OPERATION_CALL))
    office, operation = reader.need(node, "office"), reader.need(node, "operation")
    entry = offices.get(office.text)
    if entry is None:
        told = f"`{office.text}` is not among the offices above; {meant(office.text, offices)}"
        reader.wrong(office, "unknown-office", told)
    elif operation.text not in entry.operations:
        known = enumerated(entry.operations)
        reader.wrong(operation, "unknown-operation", f"the office has no `{operation.text}`; it has {known}")
    arguments = reader.words(node.get("with"), "`with`")
    listed = entry.operations.get(operation.text, {}).get("takes", []) if entry else []
    takes = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    if entry and set(takes) != set(arguments):
        reader.wrong(node, "wrong-arguments", f"`with` must give exactly {', '.join(takes) or 'nothing'}")
    return OperationCall(office.text, operation.text, arguments)


def _work(node: Node, offices: Mapping[str, OfficeEntry], reader: Reader) -> Work:
    if node.get("pay") is not None:
        return _pay(node, reader)
    then = reader.need(node, "then")
    if then.text not in tuple(Status):
        reader.wrong(then, "unknown-status", f"`{then.text}` is no status; known are {enumerated(Status)}")
    call = _operation(node, offices, reader) or OperationCall("", "", {})
    return Work(call, Status(then.text) if then.text in tuple(Status) else Status.DONE)


def _pay(node: Node, reader: Reader) -> Work:
    reader.fields(node, PAY)
    pay, hours, then = node.get("pay"), node.get("within_hours"), node.get("then")
    if pay is not None and pay.text != "fee":
        reader.wrong(pay, "wrong-shape", f"`{pay.text}` is nothing that can be paid; write `pay: fee`")
    within = reader.whole(hours, limits.bill_hours)
    if hours is not None and not 1 <= within <= limits.bill_hours_max:
        reader.wrong(hours, "wrong-shape", f"`within_hours` is 1 to {limits.bill_hours_max}")
    known = then is not None and then.text in tuple(Status)
    if then is not None and not known:
        reader.wrong(then, "unknown-status", f"`{then.text}` is no status; known are {enumerated(Status)}")
    return Work(None, Status(then.text) if then is not None and known else Status.IN_PROGRESS, within)


def _results(call: OperationCall | None, offices: Mapping[str, OfficeEntry]) -> dict[str, Result]:
    entry = offices.get(call.office) if call else None
    declared = entry.operations.get(call.operation, {}).get("results", {}) if entry and call else {}
    return {name: _result(result) for name, result in declared.items()} if isinstance(declared, dict) else {}


def _gives(kind: ServiceKind, ask: OperationCall | None, offices: Mapping[str, OfficeEntry]) -> Mapping[str, Result]:
    if kind is ServiceKind.STATUS:
        return STATUS_GIVES
    if kind in HOUSE_GIVES:
        return {}  # measured when the points and the data files are known
    return _results(ask, offices) if kind is ServiceKind.ASK else FILE_GIVES


def _refused(ask: OperationCall | None, offices: Mapping[str, OfficeEntry]) -> tuple[str, ...]:
    entry = offices.get(ask.office) if ask else None
    refused = entry.operations.get(ask.operation, {}).get("refused", {}) if entry and ask else {}
    return tuple(refused) if isinstance(refused, dict) else ()


def _sms(name: str, kind: ServiceKind, node: Node | None, reader: Reader) -> dict[str, Text]:
    if node is None:
        return {}
    reader.only(node, OCCASIONS[kind], name)
    return {key.text: reader.text(value, "services", name, "sms", key.text) for key, value in node.pairs}


def _sms_names(service: Service, offices: Mapping[str, OfficeEntry]) -> dict[str, Declared]:
    """What an SMS text of a filed service may name, with the longest that it shows."""
    if service.shows is not None:
        return mine.sms_names(service)
    declared = dict(BUILT_IN)
    if any(one.call is None for one in service.work):
        fee, charge = (cost.amount_minor if cost else 0 for cost in (service.fee, service.charge))
        costs = {"fee": fee, "charge": charge, "total": fee + charge}
        declared |= OF_BILLS
        declared |= {name: Declared(ValueType.AMOUNT, len(str(minor)), {}) for name, minor in costs.items()}
    for name, type in service.takes.items():
        if type in OPAQUE:
            continue
        longest = AGENT_NAMES.get(name) if service.attests else None
        declared[name] = Declared(type, longest or natural_length(type) or UNGIVEN_LONGEST, {})
    for call in (*(work.call for work in service.work if work.call), *((service.follow,) if service.follow else ())):
        for name, result in _results(call, offices).items():
            if result.type is not ValueType.LIST and name != HOLDER:
                declared[name] = Declared(result.type, result.longest, {})
    return declared
