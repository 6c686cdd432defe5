"""How much is in hand in this process, and how late it is: who is let in while too much comes at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from app import limits


class Crowd:
    """Whoever handles a callback calls `enter` before and `leave` after. Those under way go before those who dial.

    Two signs, because each misses something: callbacks that wait for slow offices cost little but memory, and a process
    that has too much to compute is late before many are in hand.
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

    @property
    def is_full(self) -> bool:
        """Nobody is let in any more."""
        return self.in_hand >= limits.turns_in_hand_max or self.late_seconds > limits.late_seconds_full

    @property
    def is_dense(self) -> bool:
        """Nobody new is let in."""
        return self.in_hand > limits.turns_in_hand_dense or self.late_seconds > limits.late_seconds_dense

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
