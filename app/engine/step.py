"""One step through a menu: (program, state, input) -> Step. Pure; what a citizen types never raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import msgspec

from app import limits
from app.engine.conditions import Condition, holds
from app.engine.inputs import Problem, Where, read_input
from app.engine.pages import (
    PREFIX_SEPTETS,
    back_lines,
    entry_keys,
    leaf,
    more_lines,
    option_line,
    own_lines,
    words,
)
from app.engine.program import (
    NEXT_KEY,
    NO_KEY,
    RETURN,
    YES_KEY,
    Argument,
    Ask,
    CallScreen,
    Choose,
    Confirm,
    End,
    Listing,
    Option,
    PageScreen,
    Pick,
    Program,
    Target,
    Text,
    ValueType,
    Way,
    program_of,
)
from app.engine.state import Frame, Left, State
from app.engine.values import entries, render, render_entry


@dataclass(frozen=True, slots=True)
class Facts:
    """What a step depends on besides what was typed: the day there, and how the citizen reaches us."""

    today: date
    aggregator: str = ""
    network: str = ""
    channel: str = "ussd"


@dataclass(frozen=True, slots=True)
class Page:
    """What the handset shows. `notice` is what was wrong with the last input, already on top of `text`."""

    text: str
    final: bool
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A service to ask before a page can be shown; `patience_seconds` None: as long as the catalogue says."""

    service: str
    arguments: Mapping[str, str]
    patience_seconds: float | None = None


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


def dial(program: Program, entrance: str, language: str | None, facts: Facts) -> Step:
    """The first step of a dialogue at the screen `entrance`."""
    state = State(program.pack, program.version, entrance, entrance, program.language_or_base(language), starts=(0,))
    return _Walk(program, facts).show(state, None)


def hear(program: Program, state: State, typed: str, facts: Facts) -> Step:
    """One input on the screen that is shown."""
    return _Walk(program, facts).hear(msgspec.structs.replace(state, step=state.step + 1), typed)


def resume(program: Program, state: State, outcome: Gave | Failed, facts: Facts) -> Step:
    """What follows when the service that the last step called has an outcome."""
    return _Walk(program, facts).resume(state, outcome)


def guarded(program: Program, state: State) -> bool:
    """Whether a dialled string of inputs must stop here and let the citizen look."""
    screen = program.screens[state.screen]
    return isinstance(screen, Confirm | End) or (isinstance(screen, Ask) and screen.rule.type is ValueType.SECRET)


@dataclass(frozen=True, slots=True)
class _Walk:
    program: Program
    facts: Facts

    def hear(self, state: State, typed: str) -> Step:
        screen, key = self.program.screens[state.screen], typed.strip()
        if isinstance(screen, End):
            return self.show(state, None)
        if key == self.program.back_key and (state.trail or len(state.starts) > 1):
            return self._back(state)
        if key == self.program.home_key:
            return self._home(state)
        if key == self.program.more_key and state.following:
            return self.show(msgspec.structs.replace(state, starts=(*state.starts, state.following), tries=0), None)
        if isinstance(screen, Choose):
            return self._hear_choice(state, screen, key)
        if isinstance(screen, Ask):
            return self._hear_value(state, screen, typed)
        if isinstance(screen, Pick):
            return self._hear_pick(state, screen, key)
        way = None
        if isinstance(screen, Confirm):
            way = {YES_KEY: screen.yes, NO_KEY: screen.no}.get(key)
        elif isinstance(screen, PageScreen) and key == NEXT_KEY and not state.following:
            way = screen.to
        return self._leave(state, state, way) if way else self._turn_down(state, "wrong_choice")

    def resume(self, state: State, outcome: Gave | Failed) -> Step:
        screen = self.program.screens[state.screen]
        assert isinstance(screen, CallScreen), "only a call screen waits for an outcome"
        state = self._take_results(state, screen, outcome.results)
        if isinstance(outcome, Failed):
            ways = {"late": screen.late, "down": screen.down, **screen.refused}
            # An office may refuse for a reason that this version of the menu had not heard of.
            return self._follow(state, ways.get(outcome.outcome, screen.down))
        # What was filed is not walked back over: its answers can no longer be changed.
        return self._follow(msgspec.structs.replace(state, trail=()) if screen.files else state, screen.answered)

    def show(self, state: State, say: str | None) -> Step:
        """A page of the state's screen, or the call that it makes; `say` stands on top."""
        screen = self.program.screens[state.screen]
        if isinstance(screen, CallScreen):
            arguments = {name: _given(state, argument) for name, argument in screen.arguments.items()}
            return Step(state, None, Call(screen.service, arguments, screen.patience_seconds))
        state, notice = self._without_secrets(state), say or ""
        if isinstance(screen, PageScreen | Pick) and screen.listing and not self._entries(state, screen.listing):
            assert screen.empty is not None, "a list always says where an empty one leads"
            return self._follow(state, screen.empty)
        if isinstance(screen, Choose | PageScreen | Pick):
            return self._show_leaf(state, screen, notice)
        text = screen.text
        if isinstance(screen, Ask) and state.first and screen.rule.again:
            text = screen.rule.again
        keys = (
            ()
            if isinstance(screen, End)
            else (*own_lines(self.program, screen, state.language), *self._back_lines(state))
        )
        page = "\n".join(filter(None, (notice, render(self.program, state, text), *keys)))
        return Step(state, Page(page, isinstance(screen, End), notice), None)

    def _show_leaf(self, state: State, screen: Choose | PageScreen | Pick, notice: str) -> Step:
        text, glue = render(self.program, state, screen.text), "\n"
        if isinstance(screen, Choose):
            units = [option_line(option, state.language) for option in self._options(state, screen)]
        elif screen.listing is None:
            units, glue, text = words(text), "", ""
        else:
            units = self._lines(state, screen)
        start = state.starts[-1] if state.starts else 0
        ends = isinstance(screen, PageScreen) and screen.to is None
        back = self._back_lines(state)
        shown = leaf(
            (notice, "" if start else text),
            units,
            glue,
            start,
            () if ends else (*own_lines(self.program, screen, state.language), *back),
            (*more_lines(self.program, state.language), *back),
            self._room(),
        )
        state = msgspec.structs.replace(state, following=shown.following)
        return Step(state, Page(shown.text, ends and not shown.following, notice), None)

    def _room(self) -> int:
        if self.facts.channel == "sms":
            return limits.sms_reply_septets_max
        return self.program.budget(self.facts.aggregator, self.facts.network) - PREFIX_SEPTETS

    def _back_lines(self, state: State) -> tuple[str, ...]:
        can_go_back = state.trail or len(state.starts) > 1
        return back_lines(self.program, state.language) if can_go_back else ()

    def _entries(self, state: State, listing: Listing) -> list[dict[str, str]]:
        owner = program_of(state.screen)
        return entries(state, owner, listing.name)[: self.program.names[owner][listing.name].most]

    def _lines(self, state: State, screen: PageScreen | Pick) -> list[str]:
        assert screen.listing is not None
        fields = self.program.names[program_of(state.screen)][screen.listing.name].fields or {}
        listed = self._entries(state, screen.listing)
        lines = [
            render_entry(self.program, fields, entry, screen.listing.line, state.language) or "-" for entry in listed
        ]
        if isinstance(screen, PageScreen):
            return lines
        return [f"{key}. {line}" for key, line in zip(entry_keys(self.program, len(lines)), lines, strict=True)]

    def _options(self, state: State, screen: Choose) -> list[Option]:
        return [option for option in screen.options if option.when is None or self._holds(state, option.when)]

    def _holds(self, state: State, condition: Condition) -> bool:
        facts = {
            "caller.language": state.language,
            "caller.network": self.facts.network,
            "caller.channel": self.facts.channel,
        }
        return holds(condition, state.answers, facts, self.facts.today, self.program.currency.minor_digits)

    def _hear_choice(self, state: State, screen: Choose, key: str) -> Step:
        option = next((option for option in self._options(state, screen) if option.key == key), None)
        if option is None:
            return self._turn_down(state, "wrong_choice")
        chosen = _answer(state, {screen.into: option.value}) if screen.into and option.value is not None else state
        if option.language is None:
            return self._leave(chosen, state, option.to)
        step = self._leave(msgspec.structs.replace(chosen, language=option.language), state, option.to)
        return replace(step, effects=(RememberLanguage(option.language), *step.effects))

    def _hear_value(self, state: State, screen: Ask, typed: str) -> Step:
        where = Where(self.program.currency, self.program.country, self.facts.today)
        read = read_input(typed, screen.rule, where)
        if isinstance(read, Problem):
            return self._turn_down(state, read.phrase)
        answered = _answer(state, {screen.into: read.text})
        broken = next((must for must in screen.rule.must if not self._holds(answered, must.that)), None)
        if broken:
            return self._turn_down(state, broken.say)
        if screen.rule.again and not state.first:
            return self.show(msgspec.structs.replace(state, first=read.text, tries=0), None)
        if screen.rule.again and state.first != read.text:
            return self._turn_down(msgspec.structs.replace(state, first=""), "not_same")
        return self._leave(answered, state, screen.to)

    def _hear_pick(self, state: State, screen: Pick, key: str) -> Step:
        listed = self._entries(state, screen.listing)
        entry = dict(zip(entry_keys(self.program, len(listed)), listed, strict=True)).get(key)
        if entry is None:
            return self._turn_down(state, "wrong_choice")
        picked = _answer(state, {into: entry.get(field, "") for into, field in screen.into.items()})
        return self._leave(picked, state, screen.to)

    def _turn_down(self, state: State, why: str | Text) -> Step:
        """The same screen with what was wrong on top; after too many wrong tries, what the author decided."""
        state = msgspec.structs.replace(state, tries=state.tries + 1)
        screen = self.program.screens[state.screen]
        help = None if isinstance(screen, CallScreen | End) else screen.help
        if help and state.tries >= limits.wrong_tries_max:
            if help.way:
                return self._leave(state, state, help.way)
            why = help.say or why
        return self.show(state, render(self.program, state, self.program.phrases[why] if isinstance(why, str) else why))

    def _leave(self, state: State, left: State, way: Way) -> Step:
        """Forward: the screen that is left can be gone back to, as it was when it was shown."""
        visit = Left(left.screen, left.answers, left.frames, left.starts)
        return self._follow(msgspec.structs.replace(state, trail=(*state.trail, visit)), way)

    def _follow(self, state: State, way: Way) -> Step:
        """To the screen that a way leads to, into and out of sub-menus. The compiler lets none call itself."""
        while True:
            target = next(branch.to for branch in way if branch.when is None or self._holds(state, branch.when))
            if target.visit:
                return self._enter(self._visited(state, target), target)
            if target.screen != RETURN:
                return self._enter(state, target)
            if not state.frames:
                return self._home(state)
            visit = self.program.visits[state.frames[-1].visit]
            state, way = self._returned(state), visit.then

    def _visited(self, state: State, target: Target) -> State:
        assert target.visit is not None
        frame = Frame(target.visit.id, self._without_secrets(state).answers)
        answers = {name: _given(state, argument) for name, argument in target.visit.arguments.items()}
        return msgspec.structs.replace(state, screen=target.screen, answers=answers, frames=(*state.frames, frame))

    def _returned(self, state: State) -> State:
        frame = state.frames[-1]
        visit = self.program.visits[frame.visit]
        results = {into: state.answers.get(name, "") for name, into in visit.results.items()}
        caller = frame.visit.partition("#")[0]
        return msgspec.structs.replace(
            state, screen=caller, answers={**frame.answers, **results}, frames=state.frames[:-1]
        )

    def _enter(self, state: State, target: Target) -> Step:
        """A screen that stands on the trail is returned to; another program starts with nothing answered."""
        trail = state.trail
        for place, left in enumerate(trail):
            if left.screen == target.screen and left.frames == state.frames:
                trail = trail[:place]
                break
        same = program_of(target.screen) == program_of(state.screen)
        state = msgspec.structs.replace(
            state,
            screen=target.screen,
            answers=state.answers if same else {},
            frames=state.frames if same else (),
            trail=trail,
            starts=(0,),
            following=0,
            tries=0,
            first="",
        )
        return self.show(state, render(self.program, state, target.say) if target.say else None)

    def _back(self, state: State) -> Step:
        if len(state.starts) > 1:
            return self.show(msgspec.structs.replace(state, starts=state.starts[:-1], tries=0), None)
        left = state.trail[-1]
        state = msgspec.structs.replace(
            state,
            screen=left.screen,
            answers=left.answers,
            frames=left.frames,
            starts=left.starts,
            trail=state.trail[:-1],
            tries=0,
            first="",
        )
        return self.show(state, None)

    def _home(self, state: State) -> Step:
        """The entrance, with nothing answered."""
        state = State(
            state.pack, state.version, state.entrance, state.entrance, state.language, state.step, starts=(0,)
        )
        return self.show(state, None)

    def _take_results(self, state: State, screen: CallScreen, results: Mapping[str, str]) -> State:
        owner = program_of(state.screen)
        names, lists, answers = self.program.names[owner], dict(state.lists), {}
        for given, text in results.items():
            into = screen.results.get(given)
            if into is None:
                continue
            if names[into].type is ValueType.LIST:
                lists[f"{owner}/{into}"] = text
            else:
                answers[into] = text
        return msgspec.structs.replace(_answer(state, answers), lists=lists)

    def _without_secrets(self, state: State) -> State:
        """Nothing that was typed in secret outlives the turn in which it was typed."""
        names = self.program.names.get(program_of(state.screen), {})
        kept = {name: text for name, text in state.answers.items() if not _is_secret(names, name)}
        return state if len(kept) == len(state.answers) else msgspec.structs.replace(state, answers=kept)


def _is_secret(names: Mapping[str, object], name: str) -> bool:
    return getattr(names.get(name), "type", None) is ValueType.SECRET


def _given(state: State, argument: Argument) -> str:
    return argument.constant if argument.name is None else state.answers.get(argument.name, "")


def _answer(state: State, answers: Mapping[str, str]) -> State:
    return msgspec.structs.replace(state, answers={**state.answers, **answers}) if answers else state
