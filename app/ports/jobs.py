"""What must happen afterwards: jobs, whose turn it is, what texts cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.messages import ClaimedJob, DeliveryEvent, DeliverySeen, Job, Priority, Purse, SentSms, Spending


@dataclass(frozen=True, slots=True)
class Allowance:
    """Up to what a text is paid for: parts of all kinds and of its own within an hour (None: no bound of its own),
    parts to its number within a day. `spared`: it is not sent to a number that no text reaches.
    """

    hour_parts: int
    kind_parts: int | None
    number_day_parts: int
    spared: bool


class SmsBook(Protocol):
    """What texts cost and became, of all workers together, in the ledger's database. Raises `StoreUnavailable`."""

    async def pay(self, spending: Spending, allowance: Allowance) -> Purse:
        """Reserve the parts before the text is sent; nothing is reserved unless `PAID`. Counts any sixty minutes."""
        ...

    async def give_back(self, spending: Spending) -> None:
        """The text was certainly not sent."""
        ...

    async def spent(self, now: datetime) -> Mapping[str, int]:
        """Parts within the last hour by kind."""
        ...

    async def sent(self, sms: SentSms) -> None:
        """An aggregator took it; a report that overtook this is matched now."""
        ...

    async def silence(self, msisdn: str, reason: str, at: datetime) -> None:
        """Keep that no text reaches a number."""
        ...

    async def report(self, event: DeliveryEvent, at: datetime) -> DeliverySeen:
        """Keep what became of an SMS; a final status is never changed, an unknown message id is kept for a while."""
        ...

    async def delivery(self, aggregator: str, message_id: str) -> DeliveryEvent | None: ...

    async def sweep(self, now: datetime) -> bool:
        """Call unknown what no report came of, and forget reports that nothing matched; True: there may be more."""
        ...


class Outbox(Protocol):
    """Effects that must happen after the reply, at least once each. Same database as the ledger."""

    async def add(self, jobs: Sequence[Job]) -> int:
        """Add jobs; ids seen before are left alone. Returns how many were new."""
        ...

    async def claim(
        self,
        worker: str,
        now: datetime,
        lease_seconds: float,
        limit: int,
        priorities: Iterable[Priority] = tuple(Priority),
    ) -> tuple[ClaimedJob, ...]:
        """Take due jobs, the most urgent first, then the oldest; one whose lease ran out may be taken again."""
        ...

    async def finish(self, claimed: ClaimedJob, now: datetime, jobs: Sequence[Job] = ()) -> bool:
        """Done; adds follow-up jobs in the same transaction. False: the lease was somebody else's by now."""
        ...

    async def postpone(
        self,
        claimed: ClaimedJob,
        until: datetime,
        reason: str,
        counted: bool = True,
        slot_at: datetime | None = None,
        begun: bool = True,
    ) -> bool:
        """Let go until later; not `counted`, it is no attempt that uses the job up. `slot_at` goes with the job.

        Not `begun`: the job has not been touched, so what its leases that ran out tell of it stays.
        """
        ...

    async def set_aside(self, claimed: ClaimedJob, reason: str, now: datetime) -> bool:
        """Give up until a human looks."""
        ...

    async def leave(self, jobs: Sequence[Job], reason: str, now: datetime) -> int:
        """Put up jobs for a human to look at; ids seen before are left alone. Returns how many were new."""
        ...

    async def forget(self, prefix: str, before: str) -> int:
        """Drop ended jobs whose ids begin with `prefix` and come before another; none may be added again."""
        ...

    async def hasten(self, job_id: str, now: datetime) -> bool:
        """Make a job due that waits for an office which has not finished its work. False: it waits no more."""
        ...

    async def is_behind(self, job: Job, prefix: str) -> bool:
        """Whether a job whose id begins with `prefix` was added before this one and still waits."""
        ...

    async def counts(self) -> Mapping[str, int]:
        """Jobs by state: `waiting`, `set_aside`."""
        ...

    async def late_seconds(self, now: datetime) -> float:
        """How long the job that has been due longest is due and in nobody's hands; 0: none is."""
        ...


class Rates(Protocol):
    """Whose turn it is at an office that takes no more than so many at a time. Raises `StoreUnavailable`."""

    async def slot(self, name: str, spacing_seconds: float, now: datetime) -> datetime:
        """The next moment that is free, `now` or later; it is taken by that, and no worker gets it again."""
        ...
