"""One step through a menu: (program, state, input) -> Step. Pure; what a citizen types never raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import msgspec

from app.engine.inputs import Problem, read_input, show_value
from app.engine.program import (
    Ask,
    CallScreen,
    Choose,
    Confirm,
    Declared,
    End,
    Option,
    Program,
    Screen,
    Target,
    Text,
    ValueType,
    program_of,
)
from app.engine.state import State, Visit
from app.engine.text import fill, fit, slots

YES_KEY, NO_KEY = "1", "2"


@dataclass(frozen=True, slots=True)
class Page:
    """What the handset shows. `notice` is what was wrong with the last input, already on top of `text`."""

    text: str
    final: bool
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A service to ask before a page can be shown."""

    service: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RememberLanguage:
    """The citizen chose a language, for this number and from now on."""

    language: str


@dataclass(frozen=True, slots=True)
class Step:
    """The new State, and a page to show or a service to call."""

    state: State
    page: Page | None
    call: Call | None
    effects: tuple[RememberLanguage, ...] = ()


@dataclass(frozen=True, slots=True)
class Gave:
    """A service answered."""

    results: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Failed:
    """A service did not answer as hoped: `late`, `down`, or a reason for refusing."""

    outcome: str
    results: Mapping[str, str]


def dial(program: Program, entrance: str, language: str | None) -> Step:
    """The first step of a dialogue at the screen `entrance`."""
    state = State(program.pack, program.version, entrance, entrance, program.language_or_base(language))
    return _show(program, state, None)


def hear(program: Program, state: State, typed: str, today: date) -> Step:
    """One input on the screen that is shown."""
    state = msgspec.structs.replace(state, step=state.step + 1)
    screen = program.screens[state.screen]
    key = typed.strip()
    if isinstance(screen, End):
        return _show(program, state, None)
    if state.trail and key == program.back_key:
        return _back(program, state)
    if key == program.home_key:
        return _home(program, state)
    if isinstance(screen, Choose):
        return _hear_choice(program, state, screen, key)
    if isinstance(screen, Confirm):
        target = {YES_KEY: screen.yes, NO_KEY: screen.no}.get(key)
        return _go(program, state, target) if target else _turn_down(program, state, "wrong_choice")
    assert isinstance(screen, Ask), "no page is shown on a call screen"
    read = read_input(typed, screen.rule, program.currency, today)
    if isinstance(read, Problem):
        return _turn_down(program, state, read.phrase)
    return _go(program, _answer(state, {screen.into: read.text}), screen.to, left=state)


def resume(program: Program, state: State, outcome: Gave | Failed) -> Step:
    """What follows when the service that the last step called has an outcome."""
    screen = program.screens[state.screen]
    assert isinstance(screen, CallScreen), "only a call screen waits for an outcome"
    state = _answer(
        state, {screen.results[name]: text for name, text in outcome.results.items() if name in screen.results}
    )
    if isinstance(outcome, Failed):
        targets = {"late": screen.late, "down": screen.down, **screen.refused}
        return _enter(program, state, targets[outcome.outcome])
    # What was filed is not walked back over: its answers can no longer be changed.
    return _enter(program, msgspec.structs.replace(state, trail=()) if screen.files else state, screen.answered)


def guarded(program: Program, state: State) -> bool:
    """Whether a dialled string of inputs must stop here and let the citizen look."""
    return isinstance(program.screens[state.screen], Confirm | End)


def _home(program: Program, state: State) -> Step:
    """The entrance, with nothing answered."""
    return _show(program, msgspec.structs.replace(state, screen=state.entrance, answers={}, trail=()), None)


def _hear_choice(program: Program, state: State, screen: Choose, key: str) -> Step:
    option = next((option for option in screen.options if option.key == key), None)
    if option is None:
        return _turn_down(program, state, "wrong_choice")
    chosen = _answer(state, {screen.into: option.value}) if screen.into and option.value is not None else state
    if option.language is None:
        return _go(program, chosen, option.to, left=state)
    step = _go(program, msgspec.structs.replace(chosen, language=option.language), option.to, left=state)
    return replace(step, effects=(RememberLanguage(option.language),))


def _answer(state: State, answers: Mapping[str, str]) -> State:
    return msgspec.structs.replace(state, answers={**state.answers, **answers}) if answers else state


def _turn_down(program: Program, state: State, phrase: str) -> Step:
    return _show(program, state, program.phrases[phrase])


def _go(program: Program, state: State, target: Target, left: State | None = None) -> Step:
    """Forward: the screen that is left can be gone back to, with the answers it had."""
    left = left or state
    visit = Visit(left.screen, left.answers)
    return _enter(program, msgspec.structs.replace(state, trail=(*state.trail, visit)), target)


def _enter(program: Program, state: State, target: Target) -> Step:
    """A screen that stands on the trail is returned to; another program starts with nothing answered."""
    trail = state.trail
    for place, visit in enumerate(trail):
        if visit.screen == target.screen:
            trail = trail[:place]
            break
    same = program_of(target.screen) == program_of(state.screen)
    answers = state.answers if same else {}
    state = msgspec.structs.replace(state, screen=target.screen, answers=answers, trail=trail)
    return _show(program, state, target.say)


def _back(program: Program, state: State) -> Step:
    visit = state.trail[-1]
    state = msgspec.structs.replace(state, screen=visit.screen, answers=visit.answers, trail=state.trail[:-1])
    return _show(program, state, None)


def _show(program: Program, state: State, say: Text | None) -> Step:
    screen = program.screens[state.screen]
    if isinstance(screen, CallScreen):
        arguments = {name: state.answers.get(answer, "") for name, answer in screen.arguments.items()}
        return Step(state, None, Call(screen.service, arguments))
    notice = render(program, state, say) if say else ""
    parts = (
        notice,
        render(program, state, screen.text),
        *extra_lines(program, screen, state.language, bool(state.trail)),
    )
    return Step(state, Page("\n".join(filter(None, parts)), isinstance(screen, End), notice), None)


def extra_lines(program: Program, screen: Screen, language: str, can_go_back: bool) -> tuple[str, ...]:
    """What stands below a screen's text: its options and the reserved keys."""

    def phrase(name: str) -> str:
        return fill(program.phrases[name][language], {})

    lines: tuple[str, ...] = ()
    if isinstance(screen, Choose):
        lines = tuple(f"{option.key}. {_option_text(option, language)}" for option in screen.options)
    elif isinstance(screen, Confirm):
        lines = (f"{YES_KEY}. {phrase('yes')}", f"{NO_KEY}. {phrase('no')}")
    if can_go_back and not isinstance(screen, End):
        lines = (*lines, f"{program.back_key}. {phrase('back')}", f"{program.home_key}. {phrase('home')}")
    return lines


def _option_text(option: Option, language: str) -> str:
    return fill(option.text[language], {})


def render(program: Program, state: State, text: Text) -> str:
    """A text in the state's language with the values that it names; a value not known yet is empty."""
    template = text[state.language]
    names = program.names.get(program_of(state.screen), {})
    return fill(
        template,
        {name: show(program, names.get(name), state.answers.get(name, ""), state.language) for name in slots(template)},
    )


def show(program: Program, declared: Declared | None, canonical: str, language: str) -> str:
    """A value as its declaration shows it; never longer than declared, whatever it is."""
    if declared is None or not canonical:
        return ""
    if declared.type is ValueType.CHOICE:
        words: Text | None = declared.words.get(canonical)
        return fill(words[language], {}) if words else ""
    if declared.type is ValueType.WORD:
        word = program.phrases.get(f"word.{canonical}")
        return fill(word[language], {}) if word else ""
    return fit(show_value(canonical, declared.type, program.currency), declared.longest)
