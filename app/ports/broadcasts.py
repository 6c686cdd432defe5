"""Who wants to be warned of what, and the warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from app.audit import AuditEntry
from app.broadcast import Broadcast, Sent, Subscription


class Subscriptions(Protocol):
    """In the ledger's database. Raises `StoreUnavailable`; every call is one transaction."""

    async def subscribe(self, subscription: Subscription, most: int) -> bool:
        """Keep it; one that was there has its language from now on. False: the number has so many already."""
        ...

    async def unsubscribe(self, msisdn: str, topic: str, district: str) -> int:
        """End those of a number of a topic, in a district (empty: in all); how many there were."""
        ...

    async def of_number(self, msisdn: str) -> Sequence[tuple[str, str]]:
        """Topic and district of each, in the order of their names."""
        ...

    async def is_reached(self, msisdn: str, topic: str, district: str) -> bool:
        """Whether a number wants to be warned of a topic in a district (empty: in any)."""
        ...

    async def audience(self, topic: str, district: str) -> Mapping[str, int]:
        """By language, how many numbers a warning in a district reaches (empty: in all)."""
        ...


class Broadcasts(Protocol):
    """In the ledger's database. Raises `StoreUnavailable`; every call is one transaction."""

    async def open(self, broadcast: Broadcast, entry: AuditEntry) -> Broadcast:
        """Write a warning and its line in the audit log; or the one with this id, as it stands."""
        ...

    async def queue(self, seen: Broadcast, limit: int, now: datetime) -> Broadcast:
        """Put up the texts for the next subscriptions, and say how far that came; nothing if somebody else did or it
        was cancelled. No number gets a second one, however often and by whomever this is done.
        """
        ...

    async def find(self, id: str) -> Broadcast | None: ...

    async def unfinished(self, topic: str, district: str) -> Sequence[Broadcast]:
        """Those of which not all texts are put up, for whoever puts them up was cut off."""
        ...

    async def newest(self, limit: int) -> Sequence[tuple[Broadcast, Sent]]:
        """The newest first, each with how far its texts are."""
        ...

    async def cancel(self, id: str, entry: AuditEntry) -> bool:
        """Send no more of it; False: there is none, or it was cancelled before."""
        ...
