"""How dialogues began, remembered outside the session server: a lost session is walked again from there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from app import limits
from app.errors import StoreUnavailable
from app.messages import Opening
from app.ports import Clock, Openings

log = structlog.get_logger()


class OpeningLog:
    """Notes most beginnings at once and writes them soon, many in one transaction: a dial does not wait for that.

    What is noted is lost with the process; such a dialogue is then walked through the menus that are current. The
    latest are remembered here also when they are written: the late copy of a dial costs no question to the database.
    Of those that were offered to go on with an old dialogue only the names are, for what fell may be 30 kB.
    """

    def __init__(self, openings: Openings, clock: Clock) -> None:
        self._openings = openings
        self._clock = clock
        self._noted: dict[bytes, Opening] = {}
        self._latest: dict[bytes, Opening] = {}
        self._offers: dict[bytes, None] = {}

    def note(self, session: bytes, version: str, closed: tuple[str, ...] = ()) -> None:
        """Remember one soon, if nothing is known of it here; beyond `openings_noted_max` the oldest is given up."""
        if session not in self._latest and session not in self._offers:
            self._latest[session] = self._noted[session] = Opening(session, version, self._clock(), closed=closed)
            _shorten(self._latest)
            _shorten(self._noted)

    async def keep(self, opening: Opening) -> None:
        """Remember one durably now; raises `StoreUnavailable`."""
        await self._openings.keep((opening,), self._oldest())
        self._offers[opening.session] = None
        _shorten(self._offers)

    def is_offer(self, session: bytes) -> bool:
        """Whether it was kept from here: the database knows what was offered."""
        return session in self._offers

    def recall(self, session: bytes) -> Opening | None:
        """What is known here, without a question to the database."""
        return self._latest.get(session)

    async def find(self, session: bytes) -> Opening | None:
        """None also while the database is away, except of an offer: what was typed after one means another thing at the
        entrance, so that raises `StoreUnavailable`.
        """
        if (known := self.recall(session)) is not None:
            return known
        try:
            return await self._openings.find(session)
        except StoreUnavailable:
            if self.is_offer(session):
                raise
            return None

    async def keep_up(self, every_seconds: float, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Write for ever what was noted; while the database is away it waits."""
        while True:
            await sleep(every_seconds)
            await self.write()

    async def write(self) -> None:
        if not self._noted:
            return
        batch = dict(self._noted)
        try:
            await self._openings.keep(tuple(batch.values()), self._oldest())
        except StoreUnavailable:
            log.warning("openings_wait", count=len(batch))
            return
        for session, opening in batch.items():
            if self._noted.get(session) is opening:
                del self._noted[session]

    def _oldest(self) -> datetime:
        return self._clock() - timedelta(seconds=limits.opening_seconds_max)


def _shorten(openings: dict[bytes, Opening] | dict[bytes, None]) -> None:
    while len(openings) > limits.openings_noted_max:
        del openings[next(iter(openings))]
