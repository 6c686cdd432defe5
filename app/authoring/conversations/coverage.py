"""Which screens of a pack, and which outcomes of its calls, no conversation reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.authoring.conversations.player import Outcome, Played
from app.engine.program import CallScreen, Program


@dataclass(frozen=True, slots=True)
class Coverage:
    """`unreached_*` in the pack's order."""

    screens: int
    unreached_screens: tuple[str, ...]
    outcomes: int
    unreached_outcomes: tuple[Outcome, ...]

    @property
    def whole(self) -> bool:
        return not self.unreached_screens and not self.unreached_outcomes


def cover(program: Program, played: Iterable[Played]) -> Coverage:
    screens: set[str] = set()
    outcomes: set[Outcome] = set()
    for one in played:
        screens.update(one.screens)
        outcomes.update(one.outcomes)
    possible = tuple(possible_outcomes(program))
    return Coverage(
        screens=len(program.screens),
        unreached_screens=tuple(name for name in program.screens if name not in screens),
        outcomes=len(possible),
        unreached_outcomes=tuple(outcome for outcome in possible if outcome not in outcomes),
    )


def possible_outcomes(program: Program) -> Iterator[Outcome]:
    """What each call can end in; a call that the house itself answers is never late."""
    for name, screen in program.screens.items():
        if isinstance(screen, CallScreen):
            words = ("answered", *screen.refused, *(("late", "down") if screen.fails else ()))
            yield from (Outcome(name, word) for word in words)
