"""What citizens let agents do for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from app.audit import AuditEntry
from app.mandate import Mandate, Unmandated
from app.messages import Job, Most


class MandateBook(Protocol):
    """Mandates and the codes of sheets, in the ledger's database. Raises `StoreUnavailable`; each call is one
    transaction.
    """

    async def ask(
        self, mandate: Mandate, bounds: Sequence[Most], jobs: Sequence[Job], entry: AuditEntry, forget_before: datetime
    ) -> Mandate:
        """Write a mandate that is asked for, with its text, and count it: refused as `unasked` if a text would go to a
        number that wants none, as `blocked` if a bound is passed. Or the one with this id, as it stands. Forgets counts
        that are older than that.
        """
        ...

    async def find(self, id: str, number_id: str) -> Mandate | None:
        """A mandate that this number of an agent asked for."""
        ...

    async def give(
        self, mandate: Mandate, code: str, at: datetime, effect: str, jobs: Sequence[Job], entry: AuditEntry
    ) -> Unmandated | None:
        """Write that it was given, if it still may be and the agent may act; of a sheet `code` is spent by that.
        Returns what kept it from being given.
        """
        ...
