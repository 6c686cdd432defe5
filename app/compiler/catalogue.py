"""Reads services.yaml: offices with their operations, and services with who carries them out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from app import manual
from app.catalogue import ADAPTERS, Catalogue, OfficeEntry, OperationCall, Result, Service, ServiceKind, Work
from app.compiler.catalogue_fields import CATALOGUE, FEE, OFFICE, OPERATION_CALL, SERVICE
from app.compiler.fields import names
from app.compiler.known import enumerated, meant
from app.compiler.operations import OFFICE_OPTIONS, check_office, check_operation, in_address
from app.compiler.reader import Reader
from app.compiler.source import Node, plain
from app.engine.program import Declared
from app.engine.rendering import natural_length
from app.messages import Status
from app.reference import LENGTH
from app.values.rules import GIVEN, Text, ValueType

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
        *("in_progress", "query", "ready", "overdue"),
    ),
    ServiceKind.STATUS: (),
}
"""When a citizen is texted: filed; carried out after a delay; carried out; refused; a human
must look, before or after a first stage was done; asked for after the office was late; moved by a clerk; promised for a
day that is past."""
CLERKS_TELL = ("query", "ready", "done", "refused")
"""What a citizen must be told of where clerks do the work: they have no other way to learn of it."""
UNGIVEN_LONGEST = 20
"""Septets of a value that no screen gives to its service yet; what is given says itself how long it is."""
BUILT_IN: Mapping[str, Declared] = {
    "reference": Declared(ValueType.REFERENCE, LENGTH + 1, {}),
    "status": Declared(ValueType.WORD, 0, {}),
    "reason": Declared(ValueType.WORD, 0, {}),
}
"""What every SMS text of a filed service may name besides what the service takes and its office gives."""


def read_catalogue(root: Node, reader: Reader) -> Catalogue:
    """A catalogue of what could be understood; the rest is complained of."""
    reader.only(root, names(CATALOGUE))
    offices = {key.text: _office(key, node, reader) for key, node in reader.pairs(root.get("offices"), "`offices`")}
    services = {}
    for key, node in reader.pairs(root.get("services"), "`services`"):
        service = _service(key.text, node, offices, reader)
        services[key.text] = replace(service, sms_names=_sms_names(service, offices))
    return Catalogue(offices, services)


def _office(key: Node, node: Node, reader: Reader) -> OfficeEntry:
    reader.only(node, names(OFFICE))
    secret = node.get("secret")
    adapter_node = reader.need(node, "adapter")
    adapter = reader.scalar(adapter_node)
    if adapter not in ADAPTERS:
        reader.wrong(adapter_node, "unknown-adapter", f"`{adapter}` is no adapter; {meant(adapter, ADAPTERS)}")
    operations = {}
    for name, value in reader.pairs(reader.need(node, "operations"), "`operations`"):
        if adapter in ADAPTERS:
            check_operation(value, adapter, reader, name.text)
        reader.pairs(value, f"`{name.text}`")
        declared = plain(value)
        operations[name.text] = declared if isinstance(declared, dict) else {}
    address = reader.scalar(node.get("address") if adapter == manual.ADAPTER else reader.need(node, "address"))
    options = {name: reader.scalar(node.get(name)) for name in OFFICE_OPTIONS if node.get(name) is not None}
    check_office(node, adapter, options, reader)
    auth, headers = _texts(node.get("auth")), _texts(node.get("headers"))
    return OfficeEntry(key.text, adapter, address, secret.text if secret else None, operations, options, auth, headers)


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


def _service(name: str, node: Node, offices: Mapping[str, OfficeEntry], reader: Reader) -> Service:
    reader.only(node, names(SERVICE), name)
    kind = _kind(reader.need(node, "kind", name), reader, name)
    _check_fee(node.get("fee"), reader, name)
    takes = {key.text: _type(value, reader) for key, value in reader.pairs(node.get("takes"), "`takes`")}
    if kind is not ServiceKind.ASK and ValueType.SECRET in takes.values():
        told = "takes a secret, which would be written down; only a service of kind ask may"
        reader.wrong(node, "secret-kept", told, name)
    ask = _operation(node.get("ask"), offices, reader)
    if ask is not None:
        _check_secrets(node, name, ask, takes, offices, reader)
    if kind is ServiceKind.ASK and ask is None:
        reader.wrong(node, "missing-key", "`ask` is missing: `{office, operation, with}`", name)
    work = tuple(_work(entry, offices, reader) for entry in (node.get("work") or _nothing(node)).entries)
    gives = _gives(kind, ask, offices)
    _check_at_once(node, offices, reader, name)
    sms = _sms(name, kind, node.get("sms"), reader)
    for occasion in ("stuck", *(("stuck_after",) if len(work) > 1 else ())) if work else ():
        if occasion not in sms:
            reader.wrong(node, "missing-text", f"`sms` needs `{occasion}`: what is told when a human must look", name)
    for occasion in CLERKS_TELL if any(_is_manual(one.call, offices) for one in work) else ():
        if occasion not in sms:
            reader.wrong(node, "missing-text", f"`sms` needs `{occasion}`: what a clerk does is told by SMS", name)
    return Service(
        name,
        reader.plain(reader.need(node, "title", name), "services", name, "title"),
        kind,
        takes,
        gives,
        STATUS_REFUSED if kind is ServiceKind.STATUS else _refused(ask, offices),
        _patience(node.get("patience_s"), reader),
        ask,
        work,
        _operation(node.get("follow"), offices, reader),
        sms,
        {},
    )


def _is_manual(call: OperationCall, offices: Mapping[str, OfficeEntry]) -> bool:
    entry = offices.get(call.office)
    return entry is not None and entry.adapter == manual.ADAPTER


def _check_at_once(node: Node, offices: Mapping[str, OfficeEntry], reader: Reader, name: str) -> None:
    for key in ("ask", "follow"):
        call = node.get(key)
        entry = offices.get(reader.scalar(call.get("office"))) if call is not None else None
        if call is not None and entry is not None and entry.adapter == manual.ADAPTER:
            told = f"nobody answers at once at `{entry.name}`, where clerks work; ask it under `work`"
            reader.wrong(call.get("office") or call, "manual-office", told, name)


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


def _check_fee(node: Node | None, reader: Reader, name: str) -> None:
    """A fee is published with its source and date or not at all."""
    if node is not None:
        reader.fields(node, FEE, name)


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
    then = reader.need(node, "then")
    if then.text not in tuple(Status):
        reader.wrong(then, "unknown-status", f"`{then.text}` is no status; known are {enumerated(Status)}")
    call = _operation(node, offices, reader) or OperationCall("", "", {})
    return Work(call, Status(then.text) if then.text in tuple(Status) else Status.IN_PROGRESS)


def _results(call: OperationCall | None, offices: Mapping[str, OfficeEntry]) -> dict[str, Result]:
    entry = offices.get(call.office) if call else None
    declared = entry.operations.get(call.operation, {}).get("results", {}) if entry and call else {}
    return {name: _result(result) for name, result in declared.items()} if isinstance(declared, dict) else {}


def _gives(kind: ServiceKind, ask: OperationCall | None, offices: Mapping[str, OfficeEntry]) -> Mapping[str, Result]:
    if kind is ServiceKind.STATUS:
        return STATUS_GIVES
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
    declared = dict(BUILT_IN)
    for name, type in service.takes.items():
        declared[name] = Declared(type, natural_length(type) or UNGIVEN_LONGEST, {})
    for call in (*(work.call for work in service.work), *((service.follow,) if service.follow else ())):
        for name, result in _results(call, offices).items():
            if result.type is not ValueType.LIST:
                declared[name] = Declared(result.type, result.longest, {})
    return declared
