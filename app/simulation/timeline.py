"""Time that moves when told: whoever waits for a moment is woken in the order of moments."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

SETTLING_TICKS = 12  # of the event loop: enough for what was woken to come to its next wait or call


class Timeline:
    """A clock, and those who wait for it."""

    def __init__(self, begins: datetime) -> None:
        self.begins = begins
        self.now = begins
        self._busy = 0
        self._idle = asyncio.Event()
        self._waiting: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Time stands still meanwhile."""
        self._busy += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._busy -= 1
            if not self._busy:
                self._idle.set()

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        """Since the beginning; never goes back."""
        return (self.now - self.begins).total_seconds()

    def at(self, seconds: float) -> datetime:
        return self.begins + timedelta(seconds=seconds)

    async def until(self, moment: datetime) -> None:
        """Wait for a moment; one that is past comes next."""
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (max(moment, self.now), next(self._order), future))
        await future

    def next_moment(self) -> datetime | None:
        return self._waiting[0][0] if self._waiting else None

    async def wake(self) -> None:
        """Let the first of those who wait go on, and return when all that follows from it is done."""
        moment, _, future = heapq.heappop(self._waiting)
        self.now = max(self.now, moment)
        if not future.done():
            future.set_result(None)
        await self.settle()

    async def settle(self) -> None:
        """Until nobody is at anything: each who was woken waits again, or is through."""
        quiet = 0
        while quiet < SETTLING_TICKS:
            if self._busy:
                await self._idle.wait()
                quiet = 0
            await asyncio.sleep(0)
            quiet += 1
