"""What is wrong with a linked Program as a whole: undeclared names, unreachable screens, pages that do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app import limits
from app.engine.inputs import problems_of
from app.engine.program import (
    Ask,
    CallScreen,
    Choose,
    Confirm,
    Declared,
    End,
    Program,
    Screen,
    Target,
    Text,
    ValueType,
    program_of,
)
from app.engine.source import Node
from app.engine.step import extra_lines
from app.engine.text import Template, fill, septets, slots

PREFIX_SEPTETS = len("CON ")
Finding = tuple[str, str, str]
"""Screen, rule, what to do."""


def check(program: Program) -> Iterator[Finding]:
    """Every finding of every check, in the order of the screens."""
    reached = _reached(program)
    says = _says(program)
    for screen in program.screens.values():
        if screen.name not in reached:
            yield screen.name, "unreachable", "no path leads here; link it or remove it"
        yield from _check_targets(program, screen)
        yield from _check_names(program, screen)
        yield from _check_keys(program, screen)
        if not isinstance(screen, CallScreen):
            yield from _check_budget(program, screen, says.get(screen.name, []))
    yield from _check_call_loops(program)


def targets(screen: Screen) -> list[Target]:
    if isinstance(screen, Choose):
        return [option.to for option in screen.options]
    if isinstance(screen, Ask):
        return [screen.to]
    if isinstance(screen, Confirm):
        return [screen.yes, screen.no]
    if isinstance(screen, CallScreen):
        return [screen.answered, *screen.refused.values(), screen.late, screen.down]
    return []


def _reached(program: Program) -> set[str]:
    open_names = [*program.codes.values(), *(keyword.screen for keyword in program.keywords)]
    open_names += [program.bare_reference] if program.bare_reference else []
    reached: set[str] = set()
    while open_names:
        name = open_names.pop()
        if name not in reached and name in program.screens:
            reached.add(name)
            open_names += [target.screen for target in targets(program.screens[name])]
    return reached


def _says(program: Program) -> dict[str, list[tuple[str, Text]]]:
    """For each screen, what may be said on top of it and by which program."""
    says: dict[str, list[tuple[str, Text]]] = {}
    for screen in program.screens.values():
        for target in targets(screen):
            if target.say:
                says.setdefault(target.screen, []).append((program_of(target.screen), target.say))
    return says


def _check_targets(program: Program, screen: Screen) -> Iterator[Finding]:
    for target in targets(screen):
        if target.screen not in program.screens and program_of(target.screen) != program_of(screen.name):
            yield screen.name, "unknown-screen", f"`{target.screen}` does not exist; name a screen or a program"


def _texts(screen: Screen) -> list[Text]:
    texts = [target.say for target in targets(screen) if target.say]
    return texts if isinstance(screen, CallScreen) else [*texts, screen.text]


def _check_names(program: Program, screen: Screen) -> Iterator[Finding]:
    declared = program.names[program_of(screen.name)]
    used = {name for text in _texts(screen) for template in text.values() for name in slots(template)}
    used |= set(screen.arguments.values()) if isinstance(screen, CallScreen) else set()
    for name in sorted(used - set(declared)):
        known = ", ".join(sorted(declared)) or "none"
        yield screen.name, "unknown-name", f"`{name}` is never asked or given here; known are {known}"


def _check_keys(program: Program, screen: Screen) -> Iterator[Finding]:
    reserved = (program.back_key, program.home_key)
    if isinstance(screen, Choose):
        for option in screen.options:
            if option.key in reserved:
                yield screen.name, "reserved-key", f"`{option.key}` is kept for back and home; give another number"
    if isinstance(screen, Ask) and _takes(screen, reserved, program):
        yield screen.name, "reserved-key", "back and home keys are also answers here; raise `shortest` or `least`"


def _takes(screen: Ask, keys: tuple[str, ...], program: Program) -> bool:
    rule, unit = screen.rule, 10**program.currency.minor_digits
    if rule.type is ValueType.AMOUNT:
        return any(rule.least <= int(key) * unit <= rule.most for key in keys)
    return rule.type in (ValueType.TEXT, ValueType.DIGITS) and any(
        rule.shortest <= len(key) <= rule.longest for key in keys
    )


def _check_budget(program: Program, screen: Screen, says: list[tuple[str, Text]]) -> Iterator[Finding]:
    budget = limits.reply_septets_max - PREFIX_SEPTETS
    names = program.names[program_of(screen.name)]
    for language in program.languages:
        assert not isinstance(screen, CallScreen), "a call screen shows nothing"
        notices = [longest(text[language], names, program, language) for _, text in says]
        notices += [fill(program.phrases[phrase][language], {}) for phrase in _complaints(screen)]
        notice = max(notices, key=septets, default="")
        lines = extra_lines(program, screen, language, can_go_back=True)
        page = "\n".join(filter(None, (notice, longest(screen.text[language], names, program, language), *lines)))
        if septets(page) > budget:
            over = septets(page) - budget
            yield screen.name, "too-long", f"can be {over} septets over its {budget} in `{language}`; shorten it"


def _complaints(screen: Screen) -> tuple[str, ...]:
    if isinstance(screen, Ask):
        return problems_of(screen.rule.type)
    return () if isinstance(screen, End) else ("wrong_choice",)


def longest(template: Template, names: Mapping[str, Declared], program: Program, language: str) -> str:
    """The longest text that a template can become, with `x` for what is not known."""
    values = {}
    for name in slots(template):
        declared = names.get(name)
        longest_value = 0 if declared is None else declared.longest
        if declared is not None and declared.type is ValueType.WORD:
            words = (phrase for key, phrase in program.phrases.items() if key.startswith("word."))
            longest_value = max((septets(fill(word[language], {})) for word in words), default=0)
        values[name] = "x" * longest_value
    return fill(template, values)


def _check_call_loops(program: Program) -> Iterator[Finding]:
    """A path of call screens that comes back to itself would ask offices for ever while nobody types."""
    for start in program.screens.values():
        seen: set[str] = set()
        open_names = [start.name]
        while open_names and isinstance(start, CallScreen):
            screen = program.screens.get(open_names.pop())
            for target in targets(screen) if isinstance(screen, CallScreen) else []:
                if target.screen == start.name:
                    yield start.name, "call-loop", "calls can follow each other for ever; put a page between them"
                    open_names.clear()
                    break
                if target.screen not in seen:
                    seen.add(target.screen)
                    open_names.append(target.screen)


def place_of(roots: Mapping[str, Node], screen: str) -> Node | None:
    """The node where a screen is written, for a complaint about it."""
    program, _, name = screen.partition("/")
    root = roots.get(program)
    screens = root.get("screens") if root else None
    return next((key for key, _ in (screens.pairs if screens else []) if key.text == name), root)
