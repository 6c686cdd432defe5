"""One step through a menu: (program, state, input) -> Step. Pure; what a citizen types never raises."""

from __future__ import annotations

import msgspec

from app import limits
from app.engine.agreeing import wanted
from app.engine.branches import RETURN, Target, Way
from app.engine.branching import is_met, open_options, taken
from app.engine.exchange import Agreed, Call, Facts, Failed, Gave, Page, RememberLanguage, Step
from app.engine.moves import (
    answered,
    answered_now,
    begun,
    can_go_back,
    entered,
    given,
    gone_back,
    gone_home,
    left_behind,
    lightened,
    returned,
    visited,
    with_results,
    without_secrets,
)
from app.engine.pages import entry_keys
from app.engine.program import (
    MANDATE,
    NEXT_KEY,
    NO_KEY,
    YES_KEY,
    Ask,
    CallScreen,
    Choose,
    Confirm,
    End,
    PageScreen,
    Pick,
    Program,
    program_of,
)
from app.engine.rendering import fits, render
from app.engine.showing import listed, show_leaf, show_text
from app.engine.state import State
from app.values.conditions import Condition
from app.values.inputs import read_input
from app.values.read import Problem, Where
from app.values.rules import Text, ValueType


def dial(program: Program, entrance: str, language: str | None, facts: Facts, agreed: tuple[str, ...] = ()) -> Step:
    """The first step of a dialogue at the screen `entrance`; `agreed` is what the citizen agreed to before."""
    kept = (program.pack, program.version, entrance, entrance, program.language_or_base(language))
    state = State(*kept, starts=(0,), closed=facts.closed, agreed=agreed)
    return _Walk(program, facts).show(state)


def hear(program: Program, state: State, typed: str, facts: Facts) -> Step:
    """One input on the screen that is shown."""
    return _Walk(program, facts).hear(msgspec.structs.replace(state, step=state.step + 1), typed)


def resume(program: Program, state: State, outcome: Gave | Failed, facts: Facts) -> Step:
    """What follows when the service that the last step called has an outcome."""
    return _Walk(program, facts).resume(state, outcome)


def show_again(program: Program, state: State, facts: Facts) -> Step:
    """The page that a State shows, to a citizen who comes back to it."""
    return _Walk(program, facts).show(state)


def guarded(program: Program, state: State) -> bool:
    """Whether a dialled string of inputs must stop here and let the citizen look."""
    screen = wanted(program, state) or program.screens[state.screen]
    return isinstance(screen, (Confirm, End)) or (isinstance(screen, Ask) and screen.rule.type is ValueType.SECRET)


class _Walk:
    __slots__ = ("facts", "program")

    def __init__(self, program: Program, facts: Facts) -> None:
        self.program = program
        self.facts = facts

    def hear(self, state: State, typed: str) -> Step:
        screen, key = self.program.screens[state.screen], typed.strip()
        question = wanted(self.program, state)
        if isinstance(screen, End) and not question:
            return self.show(state)
        if key == self.program.back_key and can_go_back(state):
            return self.show(gone_back(state))
        if key == self.program.home_key:
            return self.show(gone_home(state))
        if question:
            return self._hear_consent(state, question.name, key)
        if key == self.program.more_key and state.following:
            return self.show(msgspec.structs.replace(state, starts=(*state.starts, state.following), tries=0))
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

    def _hear_consent(self, state: State, mark: str, key: str) -> Step:
        """Whether the citizen agrees to what the state's screen needs; whoever does not, leaves."""
        if key == NO_KEY:
            return Step(state, Page(render(self.program, state, self.program.phrases["not_agreed"]), True), None)
        if key != YES_KEY:
            return self.show(state, render(self.program, state, self.program.phrases["wrong_choice"]))
        step = self.show(msgspec.structs.replace(state, agreed=(*state.agreed, mark)))
        return msgspec.structs.replace(step, effects=(Agreed(mark), *step.effects))

    def resume(self, state: State, outcome: Gave | Failed) -> Step:
        screen = self.program.screens[state.screen]
        assert isinstance(screen, CallScreen), "only a call screen waits for an outcome"
        if isinstance(outcome, Gave) and not self._fits(screen, outcome):
            outcome = Failed("down", {})  # no page has room for it, and half an amount is another amount
        if isinstance(outcome, Gave) and screen.begins and not outcome.results.get(MANDATE):
            outcome = Failed("expired", {})  # nobody acts for a citizen by nothing
        state = with_results(self.program, state, screen, outcome.results)
        if isinstance(outcome, Failed):
            ways = {"late": screen.late, "down": screen.down, **screen.refused}
            # An office may refuse for a reason that this version of the menu had not heard of.
            return self._follow(state, ways.get(outcome.outcome, screen.down))
        if screen.begins:
            target = taken(self.program, state, self.facts, screen.answered)
            return self.show(begun(state, target, outcome.results[MANDATE]))
        # What was filed is not walked back over: its answers can no longer be changed.
        return self._follow(msgspec.structs.replace(state, trail=()) if screen.files else state, screen.answered)

    def _fits(self, screen: CallScreen, outcome: Gave) -> bool:
        names = self.program.names[program_of(screen.name)]
        kept = [(screen.results.get(name), text) for name, text in outcome.results.items()]
        return all(into is None or fits(self.program, names[into], text) for into, text in kept)

    def show(self, state: State, notice: str = "") -> Step:
        """A page of the state's screen with `notice` on top, or the call that it makes."""
        if question := wanted(self.program, state):
            return Step(state, show_text(self.program, state, question, notice), None)
        screen = self.program.screens[state.screen]
        if isinstance(screen, CallScreen):
            arguments = {name: given(state, argument) for name, argument in screen.arguments.items()}
            return Step(state, None, Call(screen.service, arguments, screen.patience_seconds))
        state = lightened(self.program, without_secrets(self.program, state))
        if isinstance(screen, (Ask, Confirm, End)):
            page = show_text(self.program, state, screen, notice)
            return Step(msgspec.structs.replace(state, following=0), page, None)
        listing = None if isinstance(screen, Choose) else screen.listing
        shown = listed(self.program, state, listing) if listing else []
        if isinstance(screen, (PageScreen, Pick)) and listing and not shown:
            assert screen.empty is not None, "a list always says where an empty one leads"
            return self._follow(state, screen.empty, notice)
        page, following = show_leaf(self.program, state, self.facts, screen, shown, notice)
        if following != state.following:
            state = msgspec.structs.replace(state, following=following)
        return Step(state, page, None)

    def _hear_choice(self, state: State, screen: Choose, key: str) -> Step:
        options = open_options(self.program, state, self.facts, screen)
        option = next((option for option in options if option.key == key), None)
        if option is None:
            return self._turn_down(state, "wrong_choice")
        value = state.answers.get(option.offers.answer) if option.offers else option.value
        answers = {screen.into: value} if screen.into and value is not None else {}
        chosen = answered_now(self.program, state, answers)
        if option.language is None:
            return self._leave(chosen, state, option.to)
        step = self._leave(msgspec.structs.replace(chosen, language=option.language), state, option.to)
        return msgspec.structs.replace(step, effects=(RememberLanguage(option.language), *step.effects))

    def _hear_value(self, state: State, screen: Ask, typed: str) -> Step:
        where = Where(self.program.currency, self.program.country, self.facts.today, self.program.spelling)
        read = read_input(typed, screen.rule, where)
        if isinstance(read, Problem):
            return self._turn_down(state, read.phrase)
        told = answered_now(self.program, state, {screen.into: read.text})
        broken = next((must for must in screen.rule.must if not self._is_met(told, must.that)), None)
        if broken:
            return self._turn_down(state, broken.say)
        if screen.rule.again and read.text and not state.first:  # nothing need not be typed twice
            return self.show(msgspec.structs.replace(state, first=read.text, tries=0))
        if screen.rule.again and state.first != read.text:
            return self._turn_down(msgspec.structs.replace(state, first=""), "not_same")
        return self._leave(told, state, screen.to)

    def _is_met(self, state: State, condition: Condition) -> bool:
        return is_met(self.program, state, self.facts, condition)

    def _hear_pick(self, state: State, screen: Pick, key: str) -> Step:
        shown = listed(self.program, state, screen.listing)
        entry = dict(zip(entry_keys(self.program, len(shown)), shown, strict=True)).get(key)
        if entry is None:
            return self._turn_down(state, "wrong_choice")
        picked = answered(state, {into: entry.get(field, "") for into, field in screen.into.items()})
        return self._leave(picked, state, screen.to)

    def _turn_down(self, state: State, why: str | Text) -> Step:
        """The same screen with what was wrong on top; after too many wrong tries, what the author decided."""
        state = msgspec.structs.replace(state, tries=state.tries + 1)
        screen = self.program.screens[state.screen]
        help = None if isinstance(screen, (CallScreen, End)) else screen.help
        if help and state.tries >= limits.wrong_tries_max:
            if help.way:
                return self._leave(state, state, help.way)
            why = help.say or why
        return self.show(state, render(self.program, state, self.program.phrases[why] if isinstance(why, str) else why))

    def _leave(self, state: State, left: State, way: Way) -> Step:
        return self._follow(left_behind(state, left), way)

    def _follow(self, state: State, way: Way, said: str = "") -> Step:
        """To the screen that a way leads to, into and out of sub-menus. The compiler lets none call itself.

        `said` was to stand on top of a list that turned out to be empty, and stands on top of the page there.
        """
        while True:
            target = taken(self.program, state, self.facts, way)
            if target.visit:
                return self._enter(visited(self.program, state, target), target, said)
            if target.screen != RETURN:
                return self._enter(state, target, said)
            if not state.frames:
                return self.show(gone_home(state))
            visit = self.program.visits[state.frames[-1].visit]
            state, way = returned(self.program, state), visit.then

    def _enter(self, state: State, target: Target, said: str) -> Step:
        state = entered(state, target)
        told = render(self.program, state, target.say) if target.say else ""
        # The question whether a citizen agrees has no room for more.
        return self.show(state, "" if wanted(self.program, state) else "\n".join(filter(None, (said, told))))
