"""Which answers are surely known where: a condition or an argument may not read what some path never gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.compiler.graph import Finding
from app.engine.program import RETURN, Argument, Ask, CallScreen, Choose, Pick, Program, Screen, Way, program_of
from app.engine.ways import ways
from app.values.conditions import Condition
from app.values.rules import ValueType

Known = frozenset[str]


def check_flow(program: Program, takes: Mapping[str, Known], always: Mapping[str, Known]) -> Iterator[Finding]:
    """Names that are read before every path has given them, and secrets that a page would make forget."""
    known = _known(program, takes, always)
    for name, screen in program.screens.items():
        here = known.get(name)
        if here is None:
            continue  # unreachable, which is complained of elsewhere
        for used in sorted(_reads(program, screen, here, always)):
            declared = program.names[program_of(name)].get(used)
            if declared is not None and declared.type is ValueType.SECRET:
                yield (
                    name,
                    "secret-kept",
                    f"`{used}` is forgotten at the next page; call its service right after asking",
                )
            elif declared is not None:
                yield name, "not-yet-known", f"`{used}` is not known on every path to here; ask for it on all of them"


def _known(program: Program, takes: Mapping[str, Known], always: Mapping[str, Known]) -> dict[str, Known]:
    """For each screen the names that every path has given: a fixed point from the ways into each program."""
    known: dict[str, Known] = {}
    open_names: list[str] = []

    def meet(screen: str, names: Known) -> None:
        before = known.get(screen)
        after = names if before is None else before & names
        if after != before:
            known[screen] = after
            open_names.append(screen)

    for start in _starts(program):
        meet(start, takes.get(program_of(start), frozenset()))
    while open_names:
        name = open_names.pop()
        screen = program.screens.get(name)
        if screen is None:
            continue
        for label, way in ways(screen):
            for target, names in _arrivals(program, screen, label, way, known[name], always):
                if target == RETURN or target not in program.screens:
                    continue
                other = program_of(target)
                meet(target, names if other == program_of(name) else takes.get(other, frozenset()))
    return known


def _starts(program: Program) -> set[str]:
    bare = {program.bare_reference} if program.bare_reference else set()
    return {*program.codes.values(), *(keyword.screen for keyword in program.keywords)} | bare


def _arrivals(
    program: Program, screen: Screen, label: str, way: Way, known: Known, always: Mapping[str, Known]
) -> Iterator[tuple[str, Known]]:
    """Where a way leads, with what is known there; past a sub-menu, its results too."""
    after = _after(screen, label, known, always)
    if not isinstance(screen, CallScreen | Ask):
        after = frozenset(name for name in after if not _secret(program, screen, name))
    for branch in way:
        visit = branch.to.visit
        yield branch.to.screen, after
        if visit:
            kept = frozenset(name for name in after if not _secret(program, screen, name))
            yield from _arrivals_after_visit(visit.then, kept | set(visit.results.values()))


def _arrivals_after_visit(way: Way, known: Known) -> Iterator[tuple[str, Known]]:
    for branch in way:
        yield branch.to.screen, known
        if branch.to.visit:
            yield from _arrivals_after_visit(branch.to.visit.then, known | set(branch.to.visit.results.values()))


def _after(screen: Screen, label: str, known: Known, always: Mapping[str, Known]) -> Known:
    """What is known once a screen is left by this way."""
    if isinstance(screen, Ask):
        return known | {screen.into} if label == "to" else known
    if isinstance(screen, Choose):
        option = next((one for one in screen.options if label == f"option_{one.key}"), None)
        return known | {screen.into} if option and screen.into and option.value is not None else known
    if isinstance(screen, Pick):
        return known | set(screen.into) if label == "to" else known
    if isinstance(screen, CallScreen):
        given = screen.results if label == "answered" else {}
        if label in ("late", "down"):
            given = {name: into for name, into in screen.results.items() if name in always.get(screen.service, ())}
        return known | set(given.values())
    return known


def _secret(program: Program, screen: Screen, name: str) -> bool:
    declared = program.names[program_of(screen.name)].get(name)
    return declared is not None and declared.type is ValueType.SECRET


def _reads(program: Program, screen: Screen, here: Known, always: Mapping[str, Known]) -> set[str]:
    """What a screen and the ways out of it read without its being known."""
    if not isinstance(screen, CallScreen):
        here = frozenset(name for name in here if not _secret(program, screen, name))
    unknown: set[str] = set()
    if isinstance(screen, CallScreen):
        unknown |= _named(screen.arguments) - here
    if isinstance(screen, Choose):
        unknown |= {name for option in screen.options for name in _read(option.when)} - here
    if isinstance(screen, Ask):
        unknown |= {name for must in screen.rule.must for name in _read(must.that)} - here - {screen.into}
    for label, way in ways(screen):
        unknown |= _read_on(way, _after(screen, label, here, always))
    return unknown


def _read_on(way: Way, known: Known) -> set[str]:
    unknown: set[str] = set()
    for branch in way:
        unknown |= _read(branch.when) - known
        if branch.to.visit:
            unknown |= _named(branch.to.visit.arguments) - known
            unknown |= _read_on(branch.to.visit.then, known | set(branch.to.visit.results.values()))
    return unknown


def _read(condition: Condition | None) -> set[str]:
    return set(condition.names) if condition else set()


def _named(arguments: Mapping[str, Argument]) -> set[str]:
    return {argument.name for argument in arguments.values() if argument.name is not None}
