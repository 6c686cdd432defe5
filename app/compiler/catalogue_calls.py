"""Reads who carries out a service: calls of offices and stages of work, and what they give and refuse."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from app.bill_code import SHOWN_LENGTH
from app.catalogue import OfficeEntry, OperationCall, Result, ServiceKind, Work
from app.compiler.catalogue_fields import OPERATION_CALL
from app.compiler.codes import refused_by_house
from app.compiler.fields import names
from app.compiler.known import enumerated, meant
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.messages import Status
from app.reference import LENGTH
from app.values.rules import GIVEN, ValueType

STATUS_GIVES = {
    "reference": Result(ValueType.REFERENCE, LENGTH + 1),
    "title": Result(ValueType.TEXT, 30),
    "status": Result(ValueType.WORD, 0),
    "where": Result(ValueType.TEXT, 24),
    "reason": Result(ValueType.WORD, 0),
}
"""What a service of kind `status` gives, in the words of the house."""
FILE_GIVES = {"reference": STATUS_GIVES["reference"]}
QUOTE_GIVES = dict.fromkeys(("fee", "charge", "total"), Result(ValueType.AMOUNT, 14))  # until the currency is known
"""What a quote gives: what the bill would be over, what is taken on top, and both together."""
BILL_GIVES = {
    "bill": Result(ValueType.TEXT, SHOWN_LENGTH),
    "total": Result(ValueType.AMOUNT, 14),  # until the currency is known
    "until": Result(ValueType.DATE, 10),
}
"""What a filed service gives besides that begins by waiting for money."""
STATUS_REFUSED = ("unknown",)
HOUSE_GIVES = (ServiceKind.POINTS, ServiceKind.MANDATE, ServiceKind.AGENT, ServiceKind.LOOKUP, ServiceKind.MINE)
"""Kinds of which the house itself knows, or measures, what they give."""


def stages_of(node: Node) -> Sequence[Node]:
    """The stages of a service's work as written, in their order."""
    work = node.get("work")
    return () if work is None else work.entries


def read_call(node: Node | None, offices: Mapping[str, OfficeEntry], reader: Reader) -> OperationCall | None:
    """Which operation, with what; None if none is written."""
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


def read_work(node: Node, offices: Mapping[str, OfficeEntry], reader: Reader) -> Work:
    """One stage that an office does, and the status after it."""
    then = reader.need(node, "then")
    if then.text not in tuple(Status):
        reader.wrong(then, "unknown-status", f"`{then.text}` is no status; known are {enumerated(Status)}")
    call = read_call(node, offices, reader) or OperationCall("", "", {})
    return Work(call, Status(then.text) if then.text in tuple(Status) else Status.DONE)


def results_of(call: OperationCall | None, offices: Mapping[str, OfficeEntry]) -> dict[str, Result]:
    """By name what a call gives as declared; nothing for a stage that waits for money."""
    entry = offices.get(call.office) if call else None
    declared = entry.operations.get(call.operation, {}).get("results", {}) if entry and call else {}
    return {name: _result(result) for name, result in declared.items()} if isinstance(declared, dict) else {}


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


def gives_of(
    kind: ServiceKind, ask: OperationCall | None, work: Sequence[Work], offices: Mapping[str, OfficeEntry]
) -> Mapping[str, Result]:
    """By name what menus hear from a service of a kind."""
    if kind is ServiceKind.STATUS:
        return STATUS_GIVES
    if kind is ServiceKind.QUOTE:
        return QUOTE_GIVES
    if kind in HOUSE_GIVES:
        return {}  # measured when the points and the data files are known
    if kind is ServiceKind.ASK:
        return results_of(ask, offices)
    return FILE_GIVES | BILL_GIVES if work and work[0].call is None else FILE_GIVES


def _refused(ask: OperationCall | None, offices: Mapping[str, OfficeEntry]) -> tuple[str, ...]:
    entry = offices.get(ask.office) if ask else None
    refused = entry.operations.get(ask.operation, {}).get("refused", {}) if entry and ask else {}
    return tuple(refused) if isinstance(refused, dict) else ()


def refused_by(
    kind: ServiceKind,
    takes: Mapping[str, ValueType],
    ask: OperationCall | None,
    offices: Mapping[str, OfficeEntry],
    most_a_day: int,
) -> tuple[str, ...]:
    """The reasons with which menus hear that it was refused, by its office and by the house."""
    if kind is ServiceKind.STATUS:
        return STATUS_REFUSED
    return (*_refused(ask, offices), *refused_by_house(kind, takes, most_a_day))
