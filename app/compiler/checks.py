"""What is wrong with a linked Program as a whole: undeclared names, blanks, keys, pages that do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from app import limits
from app.compiler.flow import check_flow
from app.compiler.graph import Finding, Graph
from app.engine.inputs import Value, Where, problem_of, read_input
from app.engine.pages import PREFIX_SEPTETS, back_lines, entry_keys, leaf, more_lines, option_line, own_lines, words
from app.engine.program import (
    RETURN,
    Ask,
    CallScreen,
    Choose,
    Declared,
    End,
    PageScreen,
    Pick,
    Program,
    Screen,
    program_of,
)
from app.engine.rules import Text, ValueType
from app.engine.text import Slot, Template, fill, septets, slots
from app.engine.values import longest_shown
from app.engine.ways import targets


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
        yield from _check_names(program, screen)
        yield from _check_keys(program, screen)
    yield from check_budgets(program)
    yield from Graph(program).check(inputs_max)
    yield from check_flow(program, takes, always)


def _check_targets(
    program: Program, screen: Screen, takes: Mapping[str, frozenset[str]], returning: frozenset[str]
) -> Iterator[Finding]:
    for target in targets(screen):
        other = program_of(target.screen)
        if target.screen == RETURN:
            continue
        if target.screen not in program.screens:
            yield screen.name, "unknown-screen", f"`{target.screen}` does not exist; name a screen or a program"
        elif other != program_of(screen.name) and not target.visit and (takes.get(other) or other in returning):
            yield screen.name, "not-an-entrance", f"`{other}` is a sub-menu; write `{{visit: {other}, then: ...}}`"


def _says(program: Program) -> dict[str, list[tuple[str, Text]]]:
    """For each screen, what may be said on top of it and by which program."""
    says: dict[str, list[tuple[str, Text]]] = {}
    for screen in program.screens.values():
        for target in targets(screen):
            if target.say:
                says.setdefault(target.screen, []).append((program_of(target.screen), target.say))
    return says


def _texts(screen: Screen) -> list[Text]:
    texts = [target.say for target in targets(screen) if target.say and _stays(screen, target.screen)]
    if isinstance(screen, CallScreen):
        return texts
    if isinstance(screen, Ask):
        texts += [must.say for must in screen.rule.must] + ([screen.rule.again] if screen.rule.again else [])
    if not isinstance(screen, End) and screen.help and screen.help.say:
        texts.append(screen.help.say)
    return [*texts, screen.text]


def _stays(screen: Screen, target: str) -> bool:
    return program_of(target) == program_of(screen.name)


def _check_names(program: Program, screen: Screen) -> Iterator[Finding]:
    declared = program.names[program_of(screen.name)]
    used = {slot for text in _texts(screen) for template in text.values() for slot in slots(template)}
    for name in sorted({slot.name for slot in used} - set(declared)):
        known = ", ".join(sorted(declared)) or "none"
        yield screen.name, "unknown-name", f"`{name}` is never asked or given here; known are {known}"
    for slot in sorted(used, key=lambda one: (one.name, one.format)):
        found = declared.get(slot.name)
        if found is not None and found.type is ValueType.SECRET:
            yield screen.name, "secret-shown", f"`{slot.name}` is a secret and is never shown; remove it from the text"
        elif found is not None and slot.format and found.type not in FORMAT_TYPES[slot.format]:
            types = ", ".join(FORMAT_TYPES[slot.format])
            yield screen.name, "wrong-type", f"`{slot.format}` formats {types}; `{slot.name}` is {found.type}"


_SOME_DAY = date(2026, 1, 1)
FORMAT_TYPES = {
    "long": (ValueType.DATE,),
    "plain": (ValueType.AMOUNT, ValueType.NUMBER),
    "count": (ValueType.LIST,),
}


def _check_keys(program: Program, screen: Screen) -> Iterator[Finding]:
    if isinstance(screen, Choose):
        for option in screen.options:
            if option.key in program.reserved:
                told = f"`{option.key}` is kept for back, home and more; give another number"
                yield screen.name, "reserved-key", told
    if isinstance(screen, Ask) and screen.rule.shape is None:
        where = Where(program.currency, program.country, _SOME_DAY)
        taken = [
            key
            for key in (program.back_key, program.home_key)
            if isinstance(read_input(key, screen.rule, where), Value)
        ]
        if taken:
            told = f"`{taken[0]}` is kept for back and home but is also an answer here; raise `shortest` or `least`"
            yield screen.name, "reserved-key", told


def check_budgets(program: Program) -> Iterator[Finding]:
    """Every screen that can become longer than a page, or more pages than are allowed, in any language."""
    says = _says(program)
    for screen in program.screens.values():
        if not isinstance(screen, CallScreen):
            yield from _check_budget(program, screen, says.get(screen.name, []))


def _check_budget(program: Program, screen: Screen, says: list[tuple[str, Text]]) -> Iterator[Finding]:
    budget = min(program.budgets.values()) - PREFIX_SEPTETS
    for language in program.languages:
        for page in _longest_pages(program, screen, says, language, budget):
            if septets(page) > budget:
                over = septets(page) - budget
                yield screen.name, "too-long", f"can be {over} septets over its {budget} in `{language}`; shorten it"
                break
        pages = _pages_at_most(program, screen, language, budget)
        if pages > limits.pages_max:
            told = f"can be {pages} pages in `{language}`, {limits.pages_max} are allowed; shorten or split it"
            yield screen.name, "too-many-pages", told


def _longest_pages(
    program: Program, screen: Screen, says: list[tuple[str, Text]], language: str, budget: int
) -> Iterator[str]:
    """The longest pages that a screen can become: whole, or, when it is shown in pages, each as short as they get."""
    names = program.names[program_of(screen.name)]
    notices = [longest(text[language], names, program, language) for _, text in says]
    notices += [longest(text[language], names, program, language) for text in _complaints(program, screen)]
    notice = max(notices, key=septets, default="")
    ends = isinstance(screen, End) or (isinstance(screen, PageScreen) and not screen.to)
    back = back_lines(program, language)
    if isinstance(screen, Choose | PageScreen | Pick):
        units, top = _units(program, screen, language)
        foot = (*more_lines(program, language), *back)
        for unit in sorted(units, key=septets)[-1:]:
            yield "\n".join(filter(None, (notice, top, unit.rstrip(), *foot)))
        return
    last = () if ends else (*own_lines(program, screen, language), *back)
    assert not isinstance(screen, CallScreen), "a call screen shows nothing"
    texts = [screen.text] + ([screen.rule.again] if isinstance(screen, Ask) and screen.rule.again else [])
    for text in texts:
        yield "\n".join(filter(None, (notice, longest(text[language], names, program, language), *last)))


def _units(program: Program, screen: Choose | PageScreen | Pick, language: str) -> tuple[list[str], str]:
    """What must not be split, as long as it can be, and what stands above it on the first page."""
    names = program.names[program_of(screen.name)]
    text = longest(screen.text[language], names, program, language)
    if isinstance(screen, Choose):
        return [option_line(option, language) for option in screen.options], text
    if screen.listing is None:
        return words(text), ""
    declared = names.get(screen.listing.name, Declared(ValueType.LIST, 0, {}))
    line = longest(screen.listing.line[language], declared.fields or {}, program, language)
    if isinstance(screen, PageScreen):
        return [line] * declared.most, text
    return [f"{key}. {line}" for key in entry_keys(program, declared.most)], text


def _pages_at_most(program: Program, screen: Screen, language: str, budget: int) -> int:
    if not isinstance(screen, Choose | PageScreen | Pick):
        return 1
    units, top = _units(program, screen, language)
    glue = "" if isinstance(screen, PageScreen) and screen.listing is None else "\n"
    ends = isinstance(screen, PageScreen) and not screen.to
    back = back_lines(program, language)
    last = () if ends else (*own_lines(program, screen, language), *back)
    pages, start = 0, 0
    while pages <= limits.pages_max:
        shown = leaf(("" if start else top,), units, glue, start, last, (*more_lines(program, language), *back), budget)
        pages += 1
        start = shown.following
        if not start:
            break
    return pages


def _complaints(program: Program, screen: Screen) -> list[Text]:
    """What may be said on top of a screen when an input was wrong."""
    if isinstance(screen, CallScreen | End):
        return []
    texts = [screen.help.say] if screen.help and screen.help.say else []
    if not isinstance(screen, Ask):
        return [*texts, program.phrases["wrong_choice"]]
    texts += [program.phrases[problem_of(screen.rule.type)], *(must.say for must in screen.rule.must)]
    texts += [program.phrases["not_in_list"]] if screen.rule.one_of else []
    return texts + ([program.phrases["not_same"]] if screen.rule.again else [])


def longest(template: Template, names: Mapping[str, Declared], program: Program, language: str) -> str:
    """The longest text that a template can become, with `x` for what is not known."""
    return fill(template, {slot: "x" * _longest_value(slot, names, program, language) for slot in slots(template)})


def _longest_value(slot: Slot, names: Mapping[str, Declared], program: Program, language: str) -> int:
    declared = names.get(slot.name)
    if declared is None or declared.type is ValueType.SECRET:
        return 0
    if declared.type is ValueType.WORD:
        return max(_words_septets(program, language), default=0)
    return longest_shown(declared, program.formats[language], slot.format)


def _words_septets(program: Program, language: str) -> list[int]:
    return [septets(fill(text[language], {})) for name, text in program.phrases.items() if name.startswith("word.")]
