"""What is wrong with a linked Program as a whole: targets, names, keys, and all further checks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from datetime import date

from app.compiler.budgets import check_budgets
from app.compiler.flow import check_flow
from app.compiler.graph import Finding, Graph
from app.compiler.growth import check_growth
from app.compiler.known import enumerated
from app.compiler.notices import Notices
from app.compiler.published import meaning
from app.engine.branches import RETURN
from app.engine.program import Ask, CallScreen, Choose, Declared, End, Option, Program, Screen, program_of
from app.engine.ways import targets
from app.values.inputs import read_input
from app.values.read import Value, Where
from app.values.rules import GROUPED, OPAQUE, Text, ValueType
from app.values.text import slots


def check(
    program: Program,
    takes: Mapping[str, frozenset[str]],
    returning: frozenset[str],
    always: Mapping[str, frozenset[str]],
    inputs_max: int,
) -> Iterator[Finding]:
    """Every finding of every check. `takes` are the parameters of each program, `returning` those that return,
    `always` the results of each service that it gives even when its office is late or down."""
    for screen in program.screens.values():
        yield from _check_targets(program, screen, takes, returning)
    yield from check_screens(program, takes, frozenset(program.names))
    yield from check_growth(program)
    yield from Graph(program).check(inputs_max)
    yield from Notices(program).check()
    yield from check_flow(program, takes, always)


def check_apart(
    program: Program,
    takes: Mapping[str, frozenset[str]],
    always: Mapping[str, frozenset[str]],
    sound: Set[str],
    tight: Set[str],
) -> Iterator[Finding]:
    """What is wrong with programs whatever stands in all others.

    Of those that are `sound`: screen by screen, and what is known where. Of those that are `tight` as well, which have
    all their ways: calls in a row.
    """
    yield from check_screens(program, takes, sound)
    yield from (finding for finding in check_flow(program, takes, always) if program_of(finding[0]) in sound)
    yield from (finding for finding in Graph(program).check_calls() if program_of(finding[0]) in tight)


def check_screens(program: Program, takes: Mapping[str, frozenset[str]], programs: Set[str]) -> Iterator[Finding]:
    """Every finding about the screens of some programs, each by itself."""
    for screen in program.screens.values():
        if _owner(screen) in programs:
            yield from _check_names(program, screen, takes)
            yield from _check_keys(program, screen)
            yield from _check_quiet(program, screen)
    yield from check_budgets(program, programs)


def _check_targets(
    program: Program, screen: Screen, takes: Mapping[str, frozenset[str]], returning: frozenset[str]
) -> Iterator[Finding]:
    for target in targets(screen):
        other = program_of(target.screen)
        if target.say and (target.screen == RETURN or isinstance(program.screens.get(target.screen), CallScreen)):
            told = f"nobody sees what is said on the way to `{target.screen}`, which shows nothing; say it further on"
            yield screen.name, "unseen-say", told
        if target.screen == RETURN:
            continue
        if target.screen not in program.screens:
            yield screen.name, "unknown-screen", f"`{target.screen}` does not exist; name a screen or a program"
        elif other != program_of(screen.name) and not target.visit and (takes.get(other) or other in returning):
            yield screen.name, "not-an-entrance", f"`{other}` is a sub-menu; write `{{visit: {other}, then: ...}}`"


def _texts(screen: Screen) -> list[Text]:
    """What is shown while the answers of the screen's own program are there."""
    texts = [target.say for target in targets(screen) if target.say and program_of(target.screen) == _owner(screen)]
    if isinstance(screen, CallScreen):
        return texts
    if isinstance(screen, Ask):
        texts += [must.say for must in screen.rule.must] + ([screen.rule.again] if screen.rule.again else [])
    if not isinstance(screen, End) and screen.help and screen.help.say:
        texts.append(screen.help.say)
    return [*texts, screen.text]


def _owner(screen: Screen) -> str:
    return program_of(screen.name)


def _check_names(program: Program, screen: Screen, takes: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    declared = program.names[_owner(screen)]
    yield from _check_slots(screen, _texts(screen), declared, "never asked or given here")
    for target in targets(screen):
        other = program_of(target.screen)
        if target.say and target.screen != RETURN and other != _owner(screen):
            # Another program begins with nothing but what a visit gives it.
            given = takes.get(other, frozenset()) if target.visit else frozenset()
            seen = {name: one for name, one in program.names.get(other, {}).items() if name in given}
            yield from _check_slots(screen, [target.say], seen, f"not there on a page of `{other}`")


def _check_slots(screen: Screen, texts: list[Text], declared: Mapping[str, Declared], why: str) -> Iterator[Finding]:
    used = {slot for text in texts for template in text.values() for slot in slots(template)}
    for name in sorted({slot.name for slot in used} - set(declared)):
        yield screen.name, "unknown-name", f"`{name}` is {why}; known are {enumerated(sorted(declared))}"
    for slot in sorted(used, key=lambda one: (one.name, one.format)):
        found = declared.get(slot.name)
        if found is not None and found.type is ValueType.SECRET:
            yield screen.name, "secret-shown", f"`{slot.name}` is a secret and is never shown; remove it from the text"
        elif found is not None and found.type in OPAQUE:
            told = f"`{slot.name}` is a {found.type}, which means nothing to anybody but the house; remove it"
            yield screen.name, "secret-shown", told
        elif found is not None and slot.format and found.type not in FORMAT_TYPES[slot.format]:
            types = ", ".join(FORMAT_TYPES[slot.format])
            yield screen.name, "wrong-type", f"`{slot.format}` formats {types}; `{slot.name}` is {found.type}"


_SOME_DAY = date(2026, 1, 1)
FORMAT_TYPES = {
    "long": (ValueType.DATE,),
    "plain": (ValueType.AMOUNT, ValueType.NUMBER),
    "groups": GROUPED,
    "count": (ValueType.LIST,),
    "value": (ValueType.CHOICE,),
}


def _check_quiet(program: Program, screen: Screen) -> Iterator[Finding]:
    """What has no line of its own must be told of somewhere else, or only whoever has tried it knows of it."""
    if not isinstance(screen, Choose):
        return
    for option in screen.options:
        if option.quiet and not _is_named(screen, option) and meaning(option) not in _listed(program, screen):
            told = f"option {option.key} has no line, and nothing tells of it; name its number in the page's text, "
            yield screen.name, "quiet-option", told + "or list an option of the same meaning on another page"


def _is_named(screen: Choose, option: Option) -> bool:
    texts = ("".join(part for part in text if isinstance(part, str)) for text in screen.text.values())
    return all(re.search(rf"\b{option.key}\b", text) for text in texts)


def _listed(program: Program, beside: Screen) -> frozenset[str]:
    """What the lines of a program's pages of choices mean."""
    owner = program_of(beside.name)
    pages = (one for one in program.screens.values() if isinstance(one, Choose) and program_of(one.name) == owner)
    return frozenset(meaning(option) for page in pages for option in page.listed())


def _check_keys(program: Program, screen: Screen) -> Iterator[Finding]:
    if isinstance(screen, Choose):
        for option in screen.options:
            if option.key in program.reserved:
                told = f"`{option.key}` is kept for back, home and more; give another number"
                yield screen.name, "reserved-key", told
    if isinstance(screen, Ask):
        where = Where(program.currency, program.country, _SOME_DAY, program.spelling)
        taken = [
            key
            for key in (program.back_key, program.home_key)
            if isinstance(read_input(key, screen.rule, where), Value)
        ]
        if taken:
            remedy = "lengthen its pattern" if screen.rule.shape else "raise `shortest` or `least`"
            told = f"`{taken[0]}` is kept for back and home but is also an answer here; {remedy}"
            yield screen.name, "reserved-key", told
