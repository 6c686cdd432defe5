"""How much is in hand in this process, and how late it is: who is let in while too much comes at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from app import limits
from app.errors import StoreUnavailable


class Crowd:
    """Whoever handles a callback calls `enter` before and `leave` after. Those under way go before those who dial.

    Three signs, because each misses something: callbacks that wait for slow offices cost little but memory, a process
    that has too much to compute is late before many are in hand, and one whose ledger has too much to write is on time
    itself. A ledger that is slow although little is asked of it is ill: then nobody is turned away for it.
    """

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self.in_hand = 0
        self.late_seconds = 0.0
        self._ledger_took = 0.0
        self._ledger_asked: float | None = None

    @property
    def ledger_seconds(self) -> float:
        """How long a write to the ledger takes, or has taken so far; 0 while few are in hand."""
        if self._ledger_asked is None:
            return self._ledger_took
        return max(self._ledger_took, self._monotonic() - self._ledger_asked)

    @property
    def is_full(self) -> bool:
        """Nobody is let in any more."""
        return self.in_hand >= limits.turns_in_hand_max or self.late_seconds > limits.late_seconds_full

    @property
    def is_dense(self) -> bool:
        """Nobody new is let in."""
        if self.in_hand > limits.turns_in_hand_dense or self.late_seconds > limits.late_seconds_dense:
            return True
        return self.in_hand > limits.turns_in_hand_few and self.ledger_seconds > limits.ledger_seconds_dense

    def enter(self) -> None:
        self.in_hand += 1

    def leave(self) -> None:
        self.in_hand -= 1

    async def watch(self) -> None:
        """Look for ever how much later than asked this process wakes up; one look on time, and it is not late."""
        while True:
            asked = self._monotonic() + limits.late_look_seconds
            await self._sleep(limits.late_look_seconds)
            self.late_seconds = max(0.0, self._monotonic() - asked)

    async def watch_ledger(self, write: Callable[[], Awaitable[object]]) -> None:
        """Write for ever while many are in hand, and note how long it takes; that it is away is an answer as well."""
        while True:
            if self.in_hand > limits.turns_in_hand_few:
                self._ledger_asked = self._monotonic()
                with suppress(StoreUnavailable):
                    await write()
                self._ledger_took, self._ledger_asked = self._monotonic() - self._ledger_asked, None
            else:
                self._ledger_took = 0.0
            await self._sleep(limits.late_look_seconds)
