"""Twins for what stands outside the house, which do as a conversation says: clock, randomness, offices, sending."""

from __future__ import annotations

import hashlib
import heapq
import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app import limits
from app.authoring.conversations.model import Script
from app.errors import ServiceFailed
from app.messages import Answered, ClaimedJob, Down, Job, Late, OutgoingSms, Pending, Priority, Refused
from app.payments import Bill, Payment
from app.ports import Outbox

AGGREGATOR = "africastalking"


@dataclass(slots=True)
class Time:
    """A clock that moves only when told."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()


class Numbers:
    """Bytes that are the same in every run and never repeat within one; `purpose` keeps uses apart.

    References have numbers of their own, so that one more hop on the way does not change what a page shows.
    """

    def __init__(self, purpose: str) -> None:
        self._purpose = purpose
        self._count = itertools.count(1)

    def __call__(self, size: int) -> bytes:
        return hashlib.shake_256(f"{self._purpose} {next(self._count)}".encode()).digest(size)


class ScriptedOffice:
    """An office that answers what the conversation says; what it is not told to answer it tells in `troubles`."""

    def __init__(self, name: str, scripts: Mapping[str, Script], troubles: list[str], *, is_closed: bool) -> None:
        self._name = name
        self._is_closed = is_closed
        self._scripts = scripts
        self._troubles = troubles
        self._asked: Counter[str] = Counter()

    async def ask(
        self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float
    ) -> Answered | Refused | Pending:
        if self._is_closed:
            wait = limits.office_door_closed_seconds_max
            raise ServiceFailed("closed", retryable=True, closed_seconds=wait)
        name = f"{self._name}.{operation}"
        script = self._scripts.get(name)
        if script is None:
            self._troubles.append(
                f"asks {name}, which has no answer here; add a line below `offices`: {name}: answered"
            )
            raise ServiceFailed("not scripted", retryable=False)
        answer = script.answers[min(self._asked[name], len(script.answers) - 1)]
        self._asked[name] += 1
        if isinstance(answer, Late | Down):
            raise ServiceFailed("scripted", retryable=True, late=isinstance(answer, Late))
        return answer

    async def close(self) -> None:
        return


@dataclass(slots=True)
class Mast:
    """The sending half of an aggregator: keeps what it is handed."""

    name: str = AGGREGATOR
    sent: list[OutgoingSms] = field(default_factory=list)

    async def send(self, sms: OutgoingSms) -> str:
        self.sent.append(sms)
        return f"message-{len(self.sent)}"


class NoWallets:
    """No wallet of a conversation asks to be told, so none ever is."""

    async def put(self, url: str, payment: Payment, bill: Bill) -> None:
        raise ServiceFailed("no wallet pays here", retryable=False)

    async def close(self) -> None:
        return


class TimedOutbox:
    """The outbox, with an ear on when something falls due and why a job is set aside for a person.

    It does not hear what the ledger files together with a request: that is due at once.
    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._due: list[datetime] = []
        self.set_aside_for: list[str] = []

    def next_due(self, after: datetime) -> datetime | None:
        while self._due and self._due[0] <= after:
            heapq.heappop(self._due)
        return self._due[0] if self._due else None

    def _hear(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            heapq.heappush(self._due, job.due_at)

    async def add(self, jobs: Sequence[Job]) -> int:
        self._hear(jobs)
        return await self._outbox.add(jobs)

    async def claim(
        self,
        worker: str,
        now: datetime,
        lease_seconds: float,
        limit: int,
        priorities: Iterable[Priority] = tuple(Priority),
    ) -> tuple[ClaimedJob, ...]:
        return await self._outbox.claim(worker, now, lease_seconds, limit, priorities)

    async def finish(self, claimed: ClaimedJob, now: datetime, jobs: Sequence[Job] = ()) -> bool:
        self._hear(jobs)
        return await self._outbox.finish(claimed, now, jobs)

    async def postpone(
        self,
        claimed: ClaimedJob,
        until: datetime,
        reason: str,
        counted: bool = True,
        slot_at: datetime | None = None,
        begun: bool = True,
    ) -> bool:
        heapq.heappush(self._due, until)
        return await self._outbox.postpone(claimed, until, reason, counted, slot_at, begun)

    async def set_aside(self, claimed: ClaimedJob, reason: str, now: datetime) -> bool:
        self.set_aside_for.append(reason)
        return await self._outbox.set_aside(claimed, reason, now)

    async def leave(self, jobs: Sequence[Job], reason: str, now: datetime) -> int:
        self.set_aside_for.append(reason)
        return await self._outbox.leave(jobs, reason, now)

    async def forget(self, prefix: str, before: str) -> int:
        return await self._outbox.forget(prefix, before)

    async def hasten(self, job_id: str, now: datetime) -> bool:
        return await self._outbox.hasten(job_id, now)

    async def is_behind(self, job: Job, prefix: str) -> bool:
        return await self._outbox.is_behind(job, prefix)

    async def counts(self) -> Mapping[str, int]:
        return await self._outbox.counts()

    async def late_seconds(self, now: datetime) -> float:
        return await self._outbox.late_seconds(now)
