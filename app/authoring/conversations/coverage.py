"""What of a pack no conversation reached: screens, outcomes of calls, words of agents and what agents are told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from app.agent_phrases import AGENT_MENU_TEXTS, AGENT_PHRASES, FULL, MANDATE_TEXTS
from app.authoring.conversations.player import Outcome, Played
from app.engine.branches import Argument
from app.engine.program import Ask, CallScreen, Program, program_of
from app.engine.ways import targets, ways
from app.errands import DISTRICT
from app.house_services import UNKNOWN, Show
from app.lookups import key_of
from app.pack import Pack
from app.pushes import NoPush
from app.values.rules import ValueType

ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Coverage:
    """`unreached_*` in the pack's order. A phrase of agents is counted once for each language, as `agent_paid en`."""

    screens: int
    unreached_screens: tuple[str, ...]
    outcomes: int
    unreached_outcomes: tuple[Outcome, ...]
    agent_words: int
    unreached_agent_words: tuple[str, ...]
    agent_phrases: int
    unreached_agent_phrases: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return not (
            self.unreached_screens
            or self.unreached_outcomes
            or self.unreached_agent_words
            or self.unreached_agent_phrases
        )


def cover(pack: Pack, played: Iterable[Played]) -> Coverage:
    program = pack.program
    screens: set[str] = set()
    outcomes: set[Outcome] = set()
    heard: set[str] = set()
    texts: set[str] = set()
    for one in played:
        screens.update(one.screens)
        outcomes.update(one.outcomes)
        heard.update(one.agent_words)
        texts.update(one.texts)
    possible = tuple(possible_outcomes(pack))
    words = tuple(word for those in program.agent_words.values() for word in sorted(those))
    phrases = tuple(agent_phrases(program))
    return Coverage(
        screens=len(program.screens),
        unreached_screens=tuple(name for name in program.screens if name not in screens | set(_untold(pack))),
        outcomes=len(possible),
        unreached_outcomes=tuple(outcome for outcome in possible if outcome not in outcomes),
        agent_words=len(words),
        unreached_agent_words=tuple(word for word in words if word not in heard),
        agent_phrases=len(phrases),
        unreached_agent_phrases=tuple(name for name, form in phrases if not any(map(form.fullmatch, texts))),
    )


def possible_outcomes(pack: Pack) -> Iterator[Outcome]:
    """What each call can end in; a call that the house itself answers is never late."""
    for name, screen in pack.program.screens.items():
        if isinstance(screen, CallScreen):
            answered = () if _has_no_row(pack, screen) else (ANSWERED,)
            words = (*answered, *screen.refused, *(("late", "down") if screen.fails else ()))
            never = _never(pack, screen)
            yield from (Outcome(name, word) for word in words if word not in never)


def _never(pack: Pack, screen: CallScreen) -> frozenset[str]:
    """Refusals that no conversation can have: of what is known; and of a push, whose bill was shown as open a moment
    before, that it is over, for by then it waits some hours, or a clerk has ended its request.
    """
    is_push = pack.catalogue.services[screen.service].shows is Show.PUSH
    return frozenset((*((UNKNOWN,) if _is_known(pack, screen) else ()), *((NoPush.OVER.value,) if is_push else ())))


def _has_no_row(pack: Pack, screen: CallScreen) -> bool:
    """Whether a row is told of a data file that has none as it is shipped: a deployment writes them."""
    lookup = pack.catalogue.services[screen.service].lookup
    return lookup is not None and not lookup.listed and not pack.lookups[screen.service].rows


def _untold(pack: Pack) -> Iterator[str]:
    """The screens to which nothing leads but rows that are not there, or receipts that are kept no more."""
    led: dict[str, set[bool]] = {}
    for screen in pack.program.screens.values():
        empty = isinstance(screen, CallScreen) and _has_no_row(pack, screen)
        told = isinstance(screen, CallScreen) and _is_told(pack, screen)
        for way, branches in ways(screen):
            for branch in branches:
                never = (empty and way == ANSWERED) or (told and way == UNKNOWN)
                led.setdefault(branch.to.screen, set()).add(never)
    yield from (name for name, never in led.items() if never == {True})


def _is_told(pack: Pack, screen: CallScreen) -> bool:
    """Whether a receipt is asked for that was picked from the caller's own, of which each has its text: only those that
    were forgotten, years later, are unknown.
    """
    given = screen.arguments.get("receipt")
    if pack.catalogue.services[screen.service].shows is not Show.RECEIPT or given is None:
        return False
    owner = program_of(screen.name)
    asked = [one for name, one in pack.program.screens.items() if program_of(name) == owner and isinstance(one, Ask)]
    billed = [one for one in pack.catalogue.services.values() if any(stage.call is None for stage in one.work)]
    return all(one.into != given.name for one in asked) and all("paid" in one.sms for one in billed)


def _is_known(pack: Pack, screen: CallScreen) -> bool:
    """Whether a warning is asked for by a district that was chosen, and so is one of the pack's; a row of a data file
    by keys of which each has its row; or a receipt that is kept.
    """
    service = pack.catalogue.services[screen.service]
    if _is_told(pack, screen):
        return True
    if service.lookup is not None:
        keys = [_values(pack.program, screen, name) for name in service.lookup.by]
        rows = pack.lookups[service.name].rows
        return all(keys) and all(key_of(one) in rows for one in product(*keys))
    argument = screen.arguments.get(DISTRICT)
    if service.shows is not Show.SUBSCRIBE or argument is None:
        return False
    declared = pack.program.names.get(program_of(screen.name), {}).get(argument.name or "")
    return declared is not None and declared.type is ValueType.CHOICE


def _values(program: Program, screen: CallScreen, parameter: str) -> frozenset[str]:
    """All that can be given for a parameter, if it is written in the menus: a constant, options, or what visits give
    to a sub-menu. Empty: anything can.
    """
    argument, owner = screen.arguments[parameter], program_of(screen.name)
    written = _written(program, owner, argument)
    if written or argument.name is None:
        return written
    visits = [
        target.visit
        for one in program.screens.values()
        for target in targets(one)
        if target.visit is not None and program_of(target.screen) == owner
    ]
    given = [_written(program, program_of(one.id), one.arguments[argument.name]) for one in visits]
    return frozenset[str]().union(*given) if all(given) else frozenset()


def _written(program: Program, owner: str, argument: Argument) -> frozenset[str]:
    """The constant, or the values of the options of which it is one; empty: neither."""
    if argument.name is None:
        return frozenset({argument.constant})
    declared = program.names.get(owner, {}).get(argument.name)
    is_choice = declared is not None and declared.type is ValueType.CHOICE
    return frozenset(declared.words) if declared is not None and is_choice else frozenset()


def agent_phrases(program: Program) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Each thing that agents, and citizens of them, can be told in each language, and how a text looks that says it."""
    if not program.agent_words:
        return
    more = (name for name in AGENT_MENU_TEXTS if name in program.phrases)
    for phrase in (*AGENT_PHRASES, *(MANDATE_TEXTS if program.assisted else ()), *more):
        told = f"{phrase}{FULL}" if f"{phrase}{FULL}" in program.phrases else phrase
        for language in program.languages:
            pieces = (re.escape(part) if isinstance(part, str) else ".+" for part in program.phrases[told][language])
            yield f"{told} {language}", re.compile("".join(pieces), re.DOTALL)
