"""What of a pack no conversation reached: screens, outcomes of calls, words of agents and what agents are told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.agent_phrases import AGENT_MENU_TEXTS, AGENT_PHRASES, MANDATE_TEXTS
from app.authoring.conversations.player import Outcome, Played
from app.engine.program import CallScreen, Program


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


def cover(program: Program, played: Iterable[Played]) -> Coverage:
    screens: set[str] = set()
    outcomes: set[Outcome] = set()
    heard: set[str] = set()
    texts: set[str] = set()
    for one in played:
        screens.update(one.screens)
        outcomes.update(one.outcomes)
        heard.update(one.agent_words)
        texts.update(one.texts)
    possible = tuple(possible_outcomes(program))
    words = tuple(word for those in program.agent_words.values() for word in sorted(those))
    phrases = tuple(agent_phrases(program))
    return Coverage(
        screens=len(program.screens),
        unreached_screens=tuple(name for name in program.screens if name not in screens),
        outcomes=len(possible),
        unreached_outcomes=tuple(outcome for outcome in possible if outcome not in outcomes),
        agent_words=len(words),
        unreached_agent_words=tuple(word for word in words if word not in heard),
        agent_phrases=len(phrases),
        unreached_agent_phrases=tuple(name for name, form in phrases if not any(map(form.fullmatch, texts))),
    )


def possible_outcomes(program: Program) -> Iterator[Outcome]:
    """What each call can end in; a call that the house itself answers is never late."""
    for name, screen in program.screens.items():
        if isinstance(screen, CallScreen):
            words = ("answered", *screen.refused, *(("late", "down") if screen.fails else ()))
            yield from (Outcome(name, word) for word in words)


def agent_phrases(program: Program) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Each thing that agents, and citizens of them, can be told in each language, and how a text looks that says it."""
    if not program.agent_words:
        return
    more = (name for name in AGENT_MENU_TEXTS if name in program.phrases)
    for phrase in (*AGENT_PHRASES, *(MANDATE_TEXTS if program.assisted else ()), *more):
        for language in program.languages:
            pieces = (re.escape(part) if isinstance(part, str) else ".+" for part in program.phrases[phrase][language])
            yield f"{phrase} {language}", re.compile("".join(pieces), re.DOTALL)
