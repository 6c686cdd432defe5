"""How large a session can become in bytes, but for the way back, of which the engine forgets what is too much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from app import limits
from app.compiler.graph import Finding
from app.engine.program import CallScreen, Declared, Program, program_of
from app.engine.ways import targets
from app.values.rules import ValueType

LETTER_BYTES = 4
"""Of any letter in UTF-8: nobody keeps a citizen or an office from writing in those of the longest."""
HEAD_BYTES = 5
"""What msgpack writes before a text, a list or a mapping, at the most."""
PLACE_BYTES = 600
"""The rest of a State: pack, version, entrance, screen, language, steps, pages; names are of 40 letters at the most."""
NOT_KEPT = (ValueType.SECRET, ValueType.LIST)
"""Types of which no value stands among the answers of a page that is shown."""
WORD_LETTERS = 40
"""Of a code that the house itself gives, such as a status, which declares no length."""
ENTRY_FIELD_BYTES = 6
"""What JSON writes around the name and the value of a field: quotes, a colon and a comma."""


def check_growth(program: Program) -> Iterator[Finding]:
    """Programs in which a session, with all that their sub-menus keep, can be more than it is sure to hold."""
    first = {program_of(name): name for name in reversed(list(program.screens))}
    for owner, (most, listed) in state_bytes(program).items():
        if most > limits.state_bytes_max and owner in first:
            told = f"a session in `{owner}` and its sub-menus can be {most} bytes, {listed} of them lists"
            remedy = f"{limits.state_bytes_max} are allowed; lower `most` or a `longest`"
            yield first[owner], "too-long", f"{told}; {remedy}"


def bytes_most(program: Program) -> int:
    """The most bytes of any State without a trail, lists, `agreed` and `retyped`. Of a program whose screens are whole:
    one whose sub-menus visit each other has no end.
    """
    return max((most - listed for most, listed in state_bytes(program).values()), default=0)


def state_bytes(program: Program) -> dict[str, tuple[int, int]]:
    """For each program the most bytes of a State without a trail, and how many of them are lists."""
    answers, lists, visits = _answers(program), _lists(program), _visits(program)

    @cache
    def deepest(owner: str) -> int:
        """Bytes of the answers of a program and of the sub-menus that wait for one another, on the worst way inward."""
        inward = (HEAD_BYTES * 2 + len(id) + deepest(other) for other, id in visits.get(owner, ()))
        return answers.get(owner, 0) + max(inward, default=0)

    closed = sum(HEAD_BYTES + len(name) for name in program.opens)
    found = {}
    for owner in program.names:
        listed = sum(lists.get(name, 0) for name in _with_sub_menus(owner, visits))
        found[owner] = PLACE_BYTES + closed + deepest(owner) + listed, listed
    return found


def _answers(program: Program) -> dict[str, int]:
    """For each program, the bytes of all its answers, and of one that is being typed a second time."""
    found = {}
    for owner, names in program.names.items():
        values = {name: _value(one) for name, one in names.items() if one.type not in NOT_KEPT}
        found[owner] = sum(2 * HEAD_BYTES + len(name) + value for name, value in values.items())
        found[owner] += HEAD_BYTES + max(values.values(), default=0)
        hidden = values.keys() & program.hidden.get(owner, set())  # which stand in `retyped` too
        found[owner] += sum(HEAD_BYTES + values[name] for name in hidden)
    return found


def _value(declared: Declared) -> int:
    if declared.type is ValueType.CHOICE:
        return max((len(value.encode()) for value in declared.words), default=0)
    return LETTER_BYTES * max(declared.longest, WORD_LETTERS if declared.type is ValueType.WORD else 0)


def _lists(program: Program) -> dict[str, int]:
    """For each program, the bytes of all lists that its calls give; one of the same name takes the other's place."""
    lists: dict[str, dict[str, int]] = {}
    for screen in program.screens.values():
        if isinstance(screen, CallScreen):
            owner = program_of(screen.name)
            names = program.names[owner]
            declared = {into: names[into] for into in screen.results.values() if into in names}
            kept = {into: _listing(owner, into, one) for into, one in declared.items() if one.type is ValueType.LIST}
            lists.setdefault(owner, {}).update(kept)
    return {owner: sum(kept.values()) for owner, kept in lists.items()}


def _listing(owner: str, name: str, declared: Declared) -> int:
    """A list as JSON, and its name where it stands in a State: under what it is shown, and which listing that is."""
    fields = (declared.fields or {}).items()
    entry = 3 + sum(len(field) + ENTRY_FIELD_BYTES + LETTER_BYTES * one.longest for field, one in fields)
    return 2 + declared.most * entry + 3 * (HEAD_BYTES + len(f"{owner}/{name}@{10**9}")) + HEAD_BYTES


def _visits(program: Program) -> dict[str, set[tuple[str, str]]]:
    """For each program, those that it visits, each with the name of the visit."""
    visits: dict[str, set[tuple[str, str]]] = {}
    for screen in program.screens.values():
        visited = {(program_of(target.screen), target.visit.id) for target in targets(screen) if target.visit}
        visits.setdefault(program_of(screen.name), set()).update(visited)
    return visits


def _with_sub_menus(owner: str, visits: Mapping[str, set[tuple[str, str]]]) -> set[str]:
    found, open_names = set[str](), [owner]
    while open_names:
        name = open_names.pop()
        if name not in found:
            found.add(name)
            open_names += [other for other, _ in visits.get(name, ())]
    return found
