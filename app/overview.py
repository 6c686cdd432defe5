"""How the offices stand for the whole house: as this process meets them, and as the workers say that they do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final

import structlog

from app import limits
from app.doors import Doors, Health
from app.errors import StoreUnavailable
from app.ports import AwayDoor, Clock, DoorBook, DoorState

log: Final = structlog.get_logger()
_WORSE: Final = (DoorState.OPEN, DoorState.PROBING, DoorState.CLOSED)


class Overview:
    """Whoever asks is answered at once, out of what was read last; nothing is asked of the database meanwhile.

    Only workers tell, by `tell_as`: they alone ask the offices that carry out what was filed, while a gateway that
    cannot reach an office says so of itself, and hides nothing from citizens who come by another one.
    """

    def __init__(self, doors: Doors, book: DoorBook, clock: Clock) -> None:
        self._doors = doors
        self._book = book
        self._clock = clock
        self._process = ""
        self._others: tuple[AwayDoor, ...] = ()
        self._told: tuple[AwayDoor, ...] = ()
        self._told_at = clock()

    def tell_as(self, process: str) -> None:
        """From now on the others hear under this name how this process meets the offices."""
        self._process = process

    def closed(self) -> frozenset[str]:
        """The offices that nobody would reach now.

        One that a worker finds closed is offered again when its work must have looked there: were it never offered,
        nothing might be filed for it, and nobody would look.
        """
        closed = self._doors.closed()
        if not self._others:
            return closed
        now = self._clock()
        return closed | {door.office for door in self._living() if now < door.away_until}

    def health(self) -> Mapping[str, Health]:
        """The worst that anybody says of each office, and for how long they do."""
        seen = dict(self._doors.health())
        for door in self._living():
            own = seen.get(door.office)
            worse = own is not None and _WORSE.index(door.state) > _WORSE.index(own.state)
            longer = own is not None and door.state is own.state and door.since < own.since
            if worse or longer:
                seen[door.office] = Health(door.state, door.since)
        return seen

    async def keep_up(self, every_seconds: float, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Hear the others and tell them, for ever; while the database is away, what was heard grows old."""
        while True:
            await self.look()
            await sleep(every_seconds)

    async def look(self) -> None:
        """Hear the others once, and tell them if there is something new or they have not been told for a while."""
        try:
            self._others = tuple(await self._book.told_by_others(self._process))
            if self._process:
                await self._tell(self._doors.away())
        except StoreUnavailable:
            log.warning("doors_not_shared")

    async def leave(self) -> None:
        """Whoever has gone knows nothing of any office any more."""
        try:
            if self._process and self._told:
                await self._tell(())
        except StoreUnavailable:
            log.warning("doors_not_shared")  # they are forgotten when they are old

    async def _tell(self, doors: tuple[AwayDoor, ...]) -> None:
        now = self._clock()
        oldest = now - timedelta(seconds=limits.doors_told_seconds_max)
        is_due = bool(doors) and (now - self._told_at).total_seconds() >= limits.doors_told_seconds
        has_dead = any(door.seen_at < oldest for door in self._others)
        if doors != self._told or is_due or has_dead:
            await self._book.tell(self._process, doors, now, oldest)
            self._told, self._told_at = doors, now

    def _living(self) -> list[AwayDoor]:
        """Those whose clock was ahead when they spoke last are not heeded until then: they may be dead by now."""
        now, longest = self._clock(), timedelta(seconds=limits.doors_told_seconds_max)
        return [door for door in self._others if now - longest <= door.seen_at <= now + longest]
