"""How dialogues began and how far they came, remembered outside the session server, which may lose them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from app import limits
from app.bounded import shorten
from app.errors import StoreUnavailable
from app.messages import Draft, Opening, Session
from app.ports import Clock, Openings

log: Final = structlog.get_logger()


class _Word:
    """The latest word on a number, of which a Draft is made when it is written: most are followed by another before."""

    __slots__ = ("at", "fallen", "msisdn", "seconds", "session")

    def __init__(self, msisdn: str, session: bytes, at: datetime, seconds: float, fallen: Session | None) -> None:
        self.msisdn = msisdn
        self.session = session
        self.at = at
        self.seconds = seconds
        self.fallen = fallen

    def draft(self) -> Draft:
        return Draft(self.msisdn, self.session, self.at, self.at + timedelta(seconds=self.seconds), self.fallen)


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
        self._drafts: dict[str, _Word] = {}

    def note(self, session: bytes, version: str, closed: tuple[str, ...] = (), at: datetime | None = None) -> None:
        """Remember one soon, if nothing is known of it here; beyond `openings_noted_max` the oldest is given up."""
        if self.recall(session) is None and session not in self._offers:
            self._latest[session] = self._noted[session] = Opening(session, version, at or self._clock(), closed=closed)
            shorten(self._latest, limits.openings_recalled_max, spare=limits.openings_recalled_max // 10)
            shorten(self._noted, limits.openings_noted_max)

    async def keep(self, opening: Opening) -> None:
        """Remember one durably now; raises `StoreUnavailable`."""
        await self._openings.keep((opening,), self._oldest())
        self._offers[opening.session] = None
        shorten(self._offers, limits.openings_noted_max)

    def is_offer(self, session: bytes) -> bool:
        """Whether it was kept from here: the database knows what was offered."""
        return session in self._offers

    def draft(
        self, msisdn: str, session: bytes, fallen: Session | None, seconds: float, at: datetime | None = None
    ) -> None:
        """Keep soon how far a dialogue came, for so many seconds from `at` (now), or (None) that it is finished.

        The latest word on a number is the one that is written. A process that is killed forgets what it noted last:
        then a dialogue is offered from a page before, or one that was finished, whose filing shows its outcome again.
        """
        self._drafts.pop(msisdn, None)
        self._drafts[msisdn] = _Word(msisdn, session, at or self._clock(), seconds, fallen)
        shorten(self._drafts, limits.openings_noted_max)

    def is_noted(self, msisdn: str) -> bool:
        """Whether there is a word on a number that is not written yet."""
        return msisdn in self._drafts

    async def drafted(self, msisdn: str) -> Draft | None:
        """A dialogue that may still be gone on with; None also while the database is away."""
        word = self._drafts.get(msisdn)
        try:
            draft = await self._openings.draft(msisdn) if word is None else word.draft()
        except StoreUnavailable:
            return None
        return None if draft is None or draft.fallen is None or draft.until <= self._clock() else draft

    def recall(self, session: bytes) -> Opening | None:
        """What is known here, without a question to the database."""
        return self._latest.get(session) or self._noted.get(session)

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
        """Both at once, so that they are one commit."""
        await asyncio.gather(self._write_openings(), self._write_drafts())

    async def _write_drafts(self) -> None:
        """All that are noted by now, some hundred in one transaction: more would not be done in time, for ever."""
        waiting = list(self._drafts.items())
        for begin in range(0, len(waiting), limits.drafts_written_max):
            batch = waiting[begin : begin + limits.drafts_written_max]
            try:
                await self._openings.keep_drafts([word.draft() for _, word in batch])
            except StoreUnavailable:
                log.warning("drafts_wait", count=len(self._drafts))
                return
            for msisdn, word in batch:
                if self._drafts.get(msisdn) is word:
                    del self._drafts[msisdn]

    async def _write_openings(self) -> None:
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
