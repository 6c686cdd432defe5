"""What agents did, as it is watched, and what looked odd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from app.agency import Agent
from app.audit import AuditEntry
from app.messages import Job
from app.watching.facts import Alert, Complaint, Confirmation, Witness


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert that is to be kept: the task that calls a person, why, and the line of the audit log."""

    alert: Alert
    task: Job
    reason: str
    entry: AuditEntry


class Watch(Protocol):
    """What agents confirmed and what citizens said of it, in the ledger's database. Raises `StoreUnavailable`."""

    async def agents(self, after: str, limit: int) -> Sequence[Agent]:
        """By their codes, those behind one; also who is suspended or closed."""
        ...

    async def confirmations(
        self, agent: Agent, since: datetime, until: datetime, now: datetime
    ) -> Sequence[Confirmation]:
        """What an agent began between, one for a bill, oldest first; not what may still be confirmed. At most
        `watch_confirmations_max`, the newest.
        """
        ...

    async def complaints(self, agent: Agent, since: datetime, until: datetime) -> Sequence[Complaint]:
        """Those that name an agent, oldest first; at most `watch_complaints_max`, the newest."""
        ...

    async def attested(self, agent: Agent, since: datetime, until: datetime) -> Sequence[Witness]:
        """Whom an agent attested to be alive, and an office noted it, oldest first; at most `watch_attested_max`, the
        newest.
        """
        ...

    async def begun(self, since: datetime, until: datetime, now: datetime) -> tuple[int, int]:
        """How many bills all agents together began to take money for, and how many of them they did not take it for."""
        ...

    async def raise_alerts(self, raised: Sequence[Raised], week: date) -> Sequence[str]:
        """Keep alerts, each with its task and its line in the audit log; returns the rules of those that were new.

        One that was kept before and is not settled rests on what is told of it now.
        """
        ...

    async def open_alerts(self) -> Mapping[str, int]:
        """How many are not settled, by rule."""
        ...

    async def paid(
        self, after: tuple[datetime, str], until: datetime, limit: int
    ) -> Sequence[tuple[str, str, datetime]]:
        """What agents took and was not given back, behind a moment and receipt, oldest first: the receipt, the agent's
        code, and when.
        """
        ...
