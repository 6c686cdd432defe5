"""Offices, what wakes a job that waits for one, published menus, and who did what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    """A government or payment system. Raises `ServiceFailed`; a repeat with the same `key` must do nothing twice."""

    async def ask(
        self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float
    ) -> Answered | Refused | Pending | Handed: ...

    async def close(self) -> None: ...


WakeReader = Callable[[str, bytes], Woken]
"""A wallet's callback, from the last segment of its path and its body; raises `NotOurs`."""
