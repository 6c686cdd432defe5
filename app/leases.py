"""Who is at work on a turn: nobody else begins with it until they are through, or have died."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from itertools import count
from typing import Any, Final

import structlog

from app import limits
from app.alarms import Alarms
from app.errors import StoreUnavailable
from app.ports import RandomBytes, SessionStore
from app.taken import Taken
from app.turn import Turn

log: Final = structlog.get_logger()
Sleep = Callable[[float], Awaitable[None]]


class Leases:
    """Of one process: short ones, renewed while an office is asked, so that others go on soon after `kill -9`."""

    def __init__(self, store: SessionStore, alarms: Alarms, random_bytes: RandomBytes, sleep: Sleep) -> None:
        self._store = store
        self._alarms = alarms
        self._sleep = sleep
        self._root, self._count = random_bytes(8), count()
        self._giving: set[asyncio.Task[None]] = set()

    def next(self) -> bytes:
        """No other process's, and no other turn's of ours."""
        return self._root + next(self._count).to_bytes(8, "big")

    async def renewed(self, turn: Turn, lease: bytes, work: Coroutine[Any, Any, Taken]) -> Taken:
        """What comes of the work, before whose end the lease does not run out."""
        renewing: list[asyncio.Task[None]] = []  # most turns are over before there is anything to renew
        first = self._alarms.set(
            limits.turn_lease_renew_seconds, lambda: renewing.append(asyncio.create_task(self._renew(turn, lease)))
        )
        try:
            return await work
        finally:
            self._alarms.put_off(first)
            for task in renewing:
                task.cancel()

    async def _renew(self, turn: Turn, lease: bytes) -> None:
        while True:
            with suppress(StoreUnavailable):  # the commit's compare-and-set decides, whoever holds the lease
                await self._store.begin(turn.key, turn.mark, lease, limits.turn_lease_seconds)
            await self._sleep(limits.turn_lease_renew_seconds)

    async def give_back(self, turn: Turn, lease: bytes) -> None:
        """So that the next copy need not wait for the lease to run out; shielded, for we may be cancelled."""
        try:
            await asyncio.shield(self._store.abandon(turn.key, lease))
        except (StoreUnavailable, asyncio.CancelledError):
            log.warning("lease_not_given_back", session=turn.named.name)

    def give_back_soon(self, turn: Turn, lease: bytes) -> None:
        giving = asyncio.create_task(self.give_back(turn, lease))
        self._giving.add(giving)
        giving.add_done_callback(self._giving.discard)
