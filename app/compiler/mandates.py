"""The two steps by which an agent begins to act for a citizen: what they take and give, and where the second leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.catalogue import Result, ServiceKind
from app.compiler import agent_steps
from app.compiler.house_keys import read_house_key
from app.compiler.known import enumerated, meant
from app.compiler.reader import Reader
from app.compiler.scope import Scope
from app.compiler.source import Node
from app.engine.branches import Branch, Target, Way
from app.engine.program import MANDATE
from app.engine.rendering import OPAQUE_LONGEST
from app.house_services import AgentStep, MandateStep
from app.mandate import Means, Unmandated
from app.values.rules import ValueType

TAKES: Mapping[MandateStep | AgentStep, Mapping[str, ValueType]] = {
    MandateStep.ASK: {"number": ValueType.PHONE, "program": ValueType.TEXT, "by": ValueType.TEXT},
    MandateStep.BEGIN: {MANDATE: ValueType.TICKET, "program": ValueType.TEXT, "code": ValueType.SECRET},
    **agent_steps.TAKES,
}
GIVES: Mapping[MandateStep | AgentStep, Mapping[str, Result]] = {
    MandateStep.ASK: {MANDATE: Result(ValueType.TICKET, OPAQUE_LONGEST)},
    MandateStep.BEGIN: {},
    **agent_steps.GIVES,
}
REFUSED: Mapping[MandateStep | AgentStep, tuple[str, ...]] = {
    MandateStep.ASK: (Unmandated.BARRED, Unmandated.OWN, Unmandated.UNASKED, Unmandated.BLOCKED),
    MandateStep.BEGIN: (Unmandated.BARRED, Unmandated.WRONG, Unmandated.EXPIRED, Unmandated.BLOCKED),
    **agent_steps.REFUSED,
}
STEPPING = (ServiceKind.MANDATE, ServiceKind.AGENT)
INTO = "assisted"
"""What `answered` of the second step is: it leads into the program that the citizen allowed."""


def step_in(node: Node, kind: ServiceKind, reader: Reader, name: str) -> MandateStep | AgentStep | None:
    """Which step a service of kind `mandate` or `agent` is."""
    if kind is ServiceKind.AGENT:
        return read_house_key(node, "step", STEPPING, AgentStep, reader, name, "is no step")
    known = MandateStep if kind is ServiceKind.MANDATE else None
    return read_house_key(node, "step", STEPPING, known, reader, name, "is no step")


def check_asked(scope: Scope, node: Node, key: str) -> None:
    """Complain of what no agent may start, and of ways in which nobody gives a mandate."""
    for value, place in _values(scope, node, "program"):
        if value not in scope.assisted:
            told = f"`{value}` is no program that agents start for citizens; {meant(value, scope.assisted)}"
            scope.wrong(place, "not-for-agents", told, key)
    for value, place in _values(scope, node, "by"):
        if value not in tuple(Means):
            told = f"`{value}` is no way in which citizens allow it; known are {enumerated(Means)}"
            scope.wrong(place, "unknown-kind", told, key)


def begun(scope: Scope, node: Node, key: str) -> Way:
    """Into the program whose name the answer `program` is."""
    written = scope.reader.need(node, "answered", key)
    if written.kind != "scalar" or written.text not in ("", INTO):
        told = f"it leads into the program that the citizen allowed; write `answered: {INTO}`"
        scope.wrong(written, "unknown-outcome", told, key)
    given = node.get("with")
    named = given.get("program") if given is not None else None
    values = [(value, place) for value, place in _values(scope, node, "program") if value in scope.assisted]
    branches = [Branch(None, Target(scope.starts[value])) for value, _ in values]
    if named is not None and named.kind == "scalar":
        tests = (Node(named.file, named.line, named.column, "scalar", f"{named.text} == '{one}'") for one, _ in values)
        branches = [
            Branch(scope.condition(test, key) if place < len(values) - 1 else None, branch.to)
            for place, (test, branch) in enumerate(zip(tests, branches, strict=True))
        ]
    return tuple(branches) or (Branch(None, Target(f"{scope.program}/{key}")),)


def _values(scope: Scope, node: Node, parameter: str) -> Iterator[tuple[str, Node]]:
    """All that may be handed over, each with where that is written: a constant, or the options of a choice."""
    given = node.get("with")
    argument = given.get(parameter) if given is not None else None
    if argument is None:
        return
    constant = argument.get("always") if argument.kind == "mapping" else None
    if constant is not None:
        yield constant.text, constant
    elif (declared := scope.names.get(argument.text)) is not None and declared.type is ValueType.CHOICE:
        yield from ((value, argument) for value in declared.words)
    elif declared is not None:
        told = f"`{argument.text}` is a {declared.type}; let it be chosen from options, or write {{always: ...}}"
        scope.wrong(argument, "wrong-type", told)
