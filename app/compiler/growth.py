"""How large a session can grow by the lists that it keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app import limits
from app.compiler.graph import Finding
from app.engine.program import CallScreen, Program, program_of
from app.engine.ways import targets
from app.values.rules import ValueType


def check_growth(program: Program) -> Iterator[Finding]:
    """Programs whose lists, with those of the sub-menus on the way, are more than a session is sure to hold."""
    letters, visits = _letters(program), _visits(program)
    seen: set[str] = set()
    for screen in program.screens.values():
        owner = program_of(screen.name)
        if owner in seen:
            continue
        seen.add(owner)
        most = sum(letters.get(name, 0) for name in _with_sub_menus(owner, visits))
        if most > limits.list_characters_max:
            told = f"all lists of `{owner}` and its sub-menus can be {most} letters, {limits.list_characters_max} are"
            yield screen.name, "too-long", f"{told} allowed in a session; lower `most` or a field's `longest`"


def _letters(program: Program) -> dict[str, int]:
    """For each program, the letters of all lists that its calls give; one of the same name takes the other's place."""
    lists: dict[str, dict[str, int]] = {}
    for screen in program.screens.values():
        if isinstance(screen, CallScreen):
            owner = program_of(screen.name)
            names = program.names[owner]
            declared = {into: names[into] for into in screen.results.values() if into in names}
            kept = {into: one.longest for into, one in declared.items() if one.type is ValueType.LIST}
            lists.setdefault(owner, {}).update(kept)
    return {owner: sum(kept.values()) for owner, kept in lists.items()}


def _visits(program: Program) -> dict[str, set[str]]:
    """For each program, those that it visits."""
    visits: dict[str, set[str]] = {}
    for screen in program.screens.values():
        visited = {program_of(target.screen) for target in targets(screen) if target.visit}
        visits.setdefault(program_of(screen.name), set()).update(visited)
    return visits


def _with_sub_menus(owner: str, visits: Mapping[str, set[str]]) -> set[str]:
    found, open_names = set[str](), [owner]
    while open_names:
        name = open_names.pop()
        if name not in found:
            found.add(name)
            open_names += visits.get(name, ())
    return found
