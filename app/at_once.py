"""Steps of the engine of which only a page follows: nothing is asked for them, and nothing is written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.editions import Edition
from app.engine import step as engine
from app.engine.exchange import Facts, Step
from app.engine.state import State
from app.ports import Clock
from app.walked import Caller, Walked


class AtOnce:
    """`watch`, if there is one, is told where each step came to."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.watch: Callable[[Walked], object] | None = None

    def now(self) -> datetime:
        return self._clock()

    def facts(
        self, edition: Edition, caller: Caller, closed: tuple[str, ...] = (), at: datetime | None = None
    ) -> Facts:
        """What a step depends on now, or `at` a moment; `closed` are the services that cannot be asked, as conditions
        write them.
        """
        day = edition.program.day(at or self._clock())
        return Facts(day, caller.aggregator, caller.network, caller.channel, closed)

    def open(
        self,
        edition: Edition,
        entrance: str,
        language: str | None,
        caller: Caller,
        closed: tuple[str, ...],
        agreed: tuple[str, ...],
        at: datetime,
    ) -> Walked | None:
        """As `Dialogues.open` for who begins now, if the first page needs no service and leaves nothing to be written
        down; None: it does.
        """
        facts = self.facts(edition, caller, closed, at)
        return self._walked(edition, engine.dial(edition.program, entrance, language, facts, agreed))

    def hear(self, edition: Edition, state: State, typed: str, caller: Caller, at: datetime) -> Walked | None:
        """One input, if its page needs no service and leaves nothing to be written down; None: it does."""
        facts = self.facts(edition, caller, (), at)
        return self._walked(edition, engine.hear(edition.program, state, typed, facts))

    def _walked(self, edition: Edition, step: Step) -> Walked | None:
        page = step.page
        if page is None or step.effects:
            return None
        walked = Walked(edition, step.state, page)
        if self.watch is not None:
            self.watch(walked)
        return walked
