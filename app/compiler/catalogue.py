"""Reads services.yaml: offices with their operations, and services with who carries them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app import limits, manual
from app.catalogue import Catalogue, CodeStep, OfficeEntry, OperationCall, Result, Service, ServiceKind, Work
from app.compiler import agent_steps, mine
from app.compiler.catalogue_calls import STATUS_GIVES, gives_of, read_call, read_work, refused_by, results_of, stages_of
from app.compiler.catalogue_costs import read_commission, read_fee
from app.compiler.catalogue_fields import CATALOGUE, SERVICE
from app.compiler.catalogue_offices import read_office
from app.compiler.catalogue_pay import check_pay, read_pay
from app.compiler.catalogue_texts import check_told, names_in_texts, read_texts
from app.compiler.codes import GIVES, check_code_step, check_demands, check_no_code_later, step_of
from app.compiler.fields import names
from app.compiler.housed import housed_in
from app.compiler.known import enumerated
from app.compiler.operations import in_address
from app.compiler.purposes import check_services, read_classes, read_purposes
from app.compiler.push_services import check_push_texts, wallet_in
from app.compiler.quotes import quote_in, quoted
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.compiler.waits import read_waits
from app.house_services import Topic
from app.messages import ARROWS, Status
from app.values.rules import Text, ValueType

ALWAYS_GIVES = {ServiceKind.STATUS: frozenset(STATUS_GIVES)}
"""What the house itself still says when the office behind a service is late or down."""


def read_catalogue(root: Node, reader: Reader, minor_digits: int) -> Catalogue:
    """A catalogue of what could be understood; the rest is complained of. `minor_digits` are the currency's."""
    reader.only(root, names(CATALOGUE))
    purposes = read_purposes(root, reader)
    offices = {key.text: read_office(key, node, reader) for key, node in reader.pairs(root.get("offices"), "`offices`")}
    topics = mine.read_topics(root, purposes, reader)
    services = {}
    for key, node in reader.pairs(root.get("services"), "`services`"):
        service = _service(key.text, node, offices, topics, reader, minor_digits)
        services[key.text] = service
    services = quoted(services, root, reader)
    services = {
        name: replace(service, sms_names=names_in_texts(service, offices))
        for name, service in mine.titled(services, topics).items()
    }
    catalogue = Catalogue(offices, services, purposes, topics)
    check_services(catalogue, root, reader)
    return catalogue


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
    fee, charge = (read_fee(node.get(key), offices, reader, name, minor_digits) for key in ("fee", "charge"))
    commission = read_commission(node.get("commission"), charge, reader, name, minor_digits)
    takes = {key.text: _type(value, reader) for key, value in reader.pairs(node.get("takes"), "`takes`")}
    if kind is not ServiceKind.ASK and ValueType.SECRET in takes.values():
        told = "takes a secret, which would be written down; only a service of kind ask may"
        reader.wrong(node, "secret-kept", told, name)
    housed = housed_in(node, kind, topics, reader, name)
    takes = housed.takes(takes)
    ask = read_call(node.get("ask"), offices, reader)
    code = _code(node, name, kind, ask, takes, offices, reader)
    if housed.step is None:  # what the house has one take, nobody wrote
        check_demands(node, name, kind, code, takes, reader)
    check_no_code_later(node, name, offices, reader)
    most_a_day = _most_a_day(node.get("most_a_day"), kind, reader, name)
    refused = housed.refused(refused_by(kind, takes, ask, offices, most_a_day))
    work = _work(node, name, takes, offices, reader, minor_digits)
    gives = housed.gives(GIVES[code] if code else gives_of(kind, ask, work, offices))
    _check_at_once(node, offices, reader, name)
    sms = read_texts(name, kind, node.get("sms"), reader)
    _check_stuck(node, name, work, sms, reader)
    waits = read_waits(node, name, kind, sms, reader)
    check_told(node, name, work, sms, offices, reader)
    follow = read_call(node.get("follow"), offices, reader)
    _check_thens(node, work, reader, name)
    _check_end(node, work, follow, reader, name)
    kept = _kept((ask, *(one.call for one in work), follow), offices)
    check_pay(node, work, (fee, charge), (*takes, *kept), reader, name)
    check_push_texts(node, housed.shows, sms, reader, name)
    if housed.attests:
        agent_steps.check_attests(node, sms, kept, reader, name)
    return Service(
        name, reader.plain(reader.need(node, "title", name), "services", name, "title"), kind, takes, gives, refused,
        _patience(node.get("patience_s"), reader), ask, work, follow, sms, {}, waits.promise_days, waits.remind_days,
        waits.follow_hours, fee, charge, code,
        topics[housed.topic].purpose if housed.topic in topics else reader.scalar(node.get("purpose")),
        read_classes(node, name, kind, takes, kept, reader), housed.find, commission, most_a_day, housed.step,
        housed.attests, housed.lookup, housed.shows, housed.topic, _private(node.get("private"), kind, reader, name),
        wallet_in(node, housed.shows, offices, reader, name), quote_in(node, kind, reader, name),
    )  # fmt: skip


def _code(
    node: Node,
    name: str,
    kind: ServiceKind,
    ask: OperationCall | None,
    takes: Mapping[str, ValueType],
    offices: Mapping[str, OfficeEntry],
    reader: Reader,
) -> CodeStep | None:
    """Which step of a one-time code it is that is asked for at once, if it is one."""
    if ask is not None:
        _check_secrets(node, name, ask, takes, offices, reader)
    if kind is ServiceKind.ASK and ask is None:
        reader.wrong(node, "missing-key", "`ask` is missing: `{office, operation, with}`", name)
    code = step_of(ask, offices)
    if code is not None and ask is not None:
        check_code_step(node, name, ask, takes, reader)
    return code


def _work(
    node: Node,
    name: str,
    takes: Mapping[str, ValueType],
    offices: Mapping[str, OfficeEntry],
    reader: Reader,
    minor_digits: int,
) -> tuple[Work, ...]:
    """Its stages: each is an office's, or waits for money."""
    return tuple(
        read_work(entry, offices, reader) if entry.get("pay") is None
        else read_pay(entry, takes, offices, reader, name, minor_digits)
        for entry in stages_of(node)
    )  # fmt: skip


def _kept(calls: Iterable[OperationCall | None], offices: Mapping[str, OfficeEntry]) -> dict[str, Result]:
    """By name all that its offices may give; what a later one gives stays."""
    kept: dict[str, Result] = {}
    for call in calls:
        kept |= results_of(call, offices)
    return kept


def _check_stuck(node: Node, name: str, work: tuple[Work, ...], sms: Mapping[str, Text], reader: Reader) -> None:
    for occasion in ("stuck", *(("stuck_after",) if len(work) > 1 else ())) if work else ():
        if occasion not in sms:
            reader.wrong(node, "missing-text", f"`sms` needs `{occasion}`: what is told when a human must look", name)


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


def _most_a_day(node: Node | None, kind: ServiceKind, reader: Reader, name: str) -> int:
    if node is None:
        return 0
    most = reader.whole(node, 1)
    if kind is not ServiceKind.FILE or not 1 <= most <= limits.filings_a_day_max:
        told = f"`most_a_day` is 1 to {limits.filings_a_day_max}, of a service of kind file"
        reader.wrong(node, "wrong-shape", told, name)
    return most if kind is ServiceKind.FILE else 0


def _private(node: Node | None, kind: ServiceKind, reader: Reader, name: str) -> bool:
    if node is not None and kind is not ServiceKind.FILE:
        told = "`private` is for services of kind file, the only ones that stand in lists; remove it"
        reader.wrong(node, "unknown-key", told, name)
    return reader.yes(node)


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


def _kind(node: Node, reader: Reader, name: str) -> ServiceKind:
    if node.text in tuple(ServiceKind):
        return ServiceKind(node.text)
    reader.wrong(node, "unknown-kind", f"`{node.text}` is no kind; known are {enumerated(ServiceKind)}", name)
    return ServiceKind.ASK


def _type(node: Node, reader: Reader) -> ValueType:
    if node.text in tuple(ValueType):
        return ValueType(node.text)
    reader.wrong(node, "unknown-type", f"`{node.text}` is no type; known are {enumerated(ValueType)}")
    return ValueType.TEXT


def _patience(node: Node | None, reader: Reader) -> float:
    if node is None:
        return 2.5
    return reader.seconds(node, 2.5)
