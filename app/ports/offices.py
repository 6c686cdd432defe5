"""Offices, what wakes a job that waits for one, published menus, and who did what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.audit import AuditEntry
from app.messages import Answered, Handed, Pending, Publication, Refused, Woken


class Archive(Protocol):
    """Published menus: sources that never change, and which of them are current. Raises `StoreUnavailable`."""

    async def current(self) -> Publication | None: ...

    async def sources(self, version: str) -> Mapping[str, str] | None:
        """Path inside the pack -> text; None if this version was never published here."""
        ...


class Audit(Protocol):
    """Who did what, for ever, in the ledger's database. Raises `StoreUnavailable`."""

    async def append(self, *entries: AuditEntry) -> None:
        """Durable when it returns, all of them or none."""
        ...


class Office(Protocol):
    """A government or payment system. Raises `ServiceFailed`; a repeat with the same `key` must do nothing twice.

    A wallet that is asked with the argument `app.wallets.LOOK` sends nothing: it says what became of the payment with
    this key, or is `Refused` as `UNSEEN`. With `FRESH` it sends without asking that
    first, so nothing but its refusal of repeats keeps it from doing it twice.
    """

    async def ask(
        self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float
    ) -> Answered | Refused | Pending | Handed: ...

    async def close(self) -> None: ...


class DoorState(StrEnum):
    OPEN = "open"  # whoever asks is let in
    PROBING = "probing"  # one is let in, to see whether the office is back
    CLOSED = "closed"  # nobody is let in


@dataclass(frozen=True, slots=True)
class AwayDoor:
    """An office whose door is not open in a process, and since when; menus need not offer it until `away_until`.

    `seen_at` is when the process said so last.
    """

    office: str
    state: DoorState
    since: datetime
    away_until: datetime
    seen_at: datetime


class DoorBook(Protocol):
    """Which offices are away for the workers, in the ledger's database. Raises `StoreUnavailable`."""

    async def tell(self, process: str, told: Sequence[AwayDoor], now: datetime, forget_before: datetime) -> None:
        """All that a process finds away, in the place of what it told before; what anybody told earlier than
        `forget_before` is dropped.
        """
        ...

    async def told_by_others(self, process: str) -> Sequence[AwayDoor]:
        """The newest first; of processes that are dead as well, until somebody tells."""
        ...


WakeReader = Callable[[str, bytes], Woken]
"""A wallet's callback, from the last segment of its path and its body; raises `NotOurs`."""
