"""Services that have a code sent, try one, or demand that somebody was verified by one: what they may take and give."""

from __future__ import annotations

from collections.abc import Mapping

from app import mosip
from app.catalogue import TOO_MANY, UNVERIFIED, CodeStep, OfficeEntry, OperationCall, Result, ServiceKind
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.engine.rendering import OPAQUE_LONGEST
from app.values.rules import ValueType

CHECK, VERIFIED = "check", "verified"
"""What the house itself gives: which check a code belongs to, and whose code was right."""
GIVES: Mapping[CodeStep, Mapping[str, Result]] = {
    CodeStep.SENDS: {CHECK: Result(ValueType.TICKET, OPAQUE_LONGEST)},
    CodeStep.CHECKS: {VERIFIED: Result(ValueType.PROOF, OPAQUE_LONGEST)},
}
ALWAYS: Mapping[CodeStep, frozenset[str]] = {CodeStep.SENDS: frozenset({CHECK})}
"""A code that is late may still come, so the check is there whatever the office says."""
_WANTED: Mapping[str, ValueType] = {"id": ValueType.IDENTITY, "check": ValueType.TICKET, "code": ValueType.SECRET}
"""The type of what is handed to each parameter of the two operations."""


def step_of(call: OperationCall | None, offices: Mapping[str, OfficeEntry]) -> CodeStep | None:
    """What an operation is to the check of a code; None for any other."""
    entry = offices.get(call.office) if call else None
    if call is None or entry is None or entry.adapter != mosip.ADAPTER:
        return None
    return mosip.STEPS.get(call.operation)


def check_code_step(node: Node, name: str, ask: OperationCall, takes: Mapping[str, ValueType], reader: Reader) -> None:
    """Complain of an ID number, a ticket or a code that is anything else: a code in clear would be kept and logged."""
    for parameter, given in ask.arguments.items():
        wanted = _WANTED.get(parameter)
        if wanted is not None and given in takes and takes[given] is not wanted:
            told = f"`{parameter}` of `{ask.operation}` is a {wanted}, `{given}` is {takes[given]}; take a `{wanted}`"
            reader.wrong(node.get("takes") or node, "wrong-type", told, name)


def check_demands(
    node: Node, name: str, kind: ServiceKind, step: CodeStep | None, takes: Mapping[str, ValueType], reader: Reader
) -> None:
    """Complain of a ticket or a proof that the house would not look at, and of one that is nobody's in particular."""
    place, types = node.get("takes") or node, list(takes.values())
    if ValueType.TICKET in types and step is not CodeStep.CHECKS:
        reader.wrong(place, "wrong-type", "a ticket is for the service that checks its code; take no ticket here", name)
    if ValueType.PROOF not in types:
        return
    if kind is not ServiceKind.FILE:
        told = "a proof is looked at when something is filed; take it in a service of kind file"
        reader.wrong(place, "wrong-type", told, name)
    elif types.count(ValueType.PROOF) > 1 or types.count(ValueType.IDENTITY) != 1:
        told = "a proof is of one ID number: take one proof, and one identity beside it whose number must be verified"
        reader.wrong(place, "proof-of-nobody", told, name)


def check_no_code_later(node: Node, name: str, offices: Mapping[str, OfficeEntry], reader: Reader) -> None:
    """Complain of a code that the worker would have sent or tried, with nobody there to type or hear of it."""
    work = node.get("work")
    for call in (*(work.entries if work else ()), *filter(None, (node.get("follow"),))):
        office, operation = call.get("office"), call.get("operation")
        entry = offices.get(office.text) if office else None
        if entry is not None and entry.adapter == mosip.ADAPTER and operation is not None:
            told = f"`{operation.text}` is between a citizen and `{entry.name}`; ask it under `ask`"
            reader.wrong(operation, "unknown-operation", told, name)


def refused_by_house(kind: ServiceKind, takes: Mapping[str, ValueType], most_a_day: int) -> tuple[str, ...]:
    """Reasons for which the house itself refuses, whatever any office says."""
    unverified = (UNVERIFIED,) if kind is ServiceKind.FILE and ValueType.PROOF in takes.values() else ()
    return (*unverified, *((TOO_MANY,) if most_a_day else ()))
