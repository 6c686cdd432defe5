"""Texts that go out: whether one is still of use, may be paid for and reaches anybody; then it is handed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import phonenumbers
import structlog

from app import limits
from app.editions import Editions
from app.endings import Again, Finished, GivenUp, JobEnding, Later
from app.errors import ServiceFailed
from app.measures import Measures
from app.messages import (
    NUMBER_LOST,
    ClaimedJob,
    Job,
    OutgoingSms,
    Priority,
    Purse,
    SentSms,
    SmsKind,
    Spending,
)
from app.ports import Aggregator, Allowance, Clock, Outbox, SmsBook
from app.tasks import LOOK, untold, untold_reason
from app.values.text import sms_parts

log = structlog.get_logger()
SHARES: Mapping[Priority, float] = {
    Priority.URGENT: 1.0,
    Priority.WORK: 1.0,
    Priority.TOLD: limits.sms_share_told,
    Priority.LOW: limits.sms_share_low,
}


@dataclass(frozen=True, slots=True)
class Budget:
    """Parts of SMS within any hour, of the whole house; `kinds` has those that may not use all of it."""

    hour_parts: int
    kinds: Mapping[SmsKind, int] = field(default_factory=dict)


class Sender:
    """Every text of ours goes this way. Its parts are paid for before it is sent: a crash never passes the budget.

    A text is of use until its job's `until`, if that says so.
    """

    def __init__(
        self,
        editions: Editions,
        outbox: Outbox,
        book: SmsBook,
        aggregators: Mapping[str, Aggregator],
        budget: Budget,
        measures: Measures,
        clock: Clock,
    ) -> None:
        self._editions = editions
        self._outbox = outbox
        self._book = book
        self._aggregators = aggregators
        self._budget = budget
        self._measures = measures
        self._clock = clock
        self._closed: dict[Priority, datetime] = {}

    def wanted(self, now: datetime) -> Iterable[Priority]:
        """What a worker may claim: not the texts for which the hour's parts are spent."""
        return [priority for priority in Priority if self._closed.get(priority, now) <= now]

    async def send(self, claimed: ClaimedJob, sms: OutgoingSms, kind: SmsKind, by: str = "") -> JobEnding:
        """Send a text once, `by` an aggregator (empty: by the first of the table), or say why not, or not yet.

        Raises `StoreUnavailable`.
        """
        now = self._clock()
        if self.is_late(claimed.job):
            self._note(kind, "of no use any more")
            return Finished()
        if not sms.msisdn.startswith(self._home()):
            return await self._unreachable(claimed, kind, "not a number of this country", now)
        spending = Spending(kind, sms.msisdn, sms_parts(sms.text), self._editions.current.program.day(now), now)
        purse = await self._book.pay(spending, self._allowance(claimed.job.priority, kind))
        if purse is not Purse.PAID:
            return await self._unpaid(claimed, spending, purse)
        aggregator = self._aggregators[by] if by else next(iter(self._aggregators.values()))
        try:
            message_id = await aggregator.send(sms)
        except ServiceFailed as failure:
            return await self._failed(claimed, spending, failure)
        sent = SentSms(claimed.job.id, aggregator.name, message_id, sms.msisdn, kind, spending.parts, self._clock())
        await self._book.sent(sent)
        self._count(kind, "sent")
        return Finished()

    def is_late(self, job: Job) -> bool:
        """Whether what a job would say is of no use any more."""
        until = job.payload.get("until")
        return until is not None and datetime.fromisoformat(until) < self._clock()

    def _home(self) -> str:
        """What every number of the pack's country begins with."""
        code = phonenumbers.country_code_for_region(self._editions.current.program.country)
        return f"+{code}" if code else "+"

    def _allowance(self, priority: Priority, kind: SmsKind) -> Allowance:
        hour_parts = int(self._budget.hour_parts * SHARES[priority])
        kind_parts = self._budget.kinds.get(kind)
        is_agents = kind is SmsKind.AGENT
        day_parts = limits.agent_sms_parts_a_day_max if is_agents else limits.sms_parts_a_day_max
        return Allowance(hour_parts, kind_parts, day_parts, spared=priority is Priority.LOW)

    async def _failed(self, claimed: ClaimedJob, spending: Spending, failure: ServiceFailed) -> JobEnding:
        if failure.late:  # it may have been sent all the same, and then it is paid for
            return _unknown(claimed.attempt, failure.reason)
        await self._book.give_back(spending)
        if failure.reason not in NUMBER_LOST:
            return _not_sent(claimed, failure, spending.at)
        await self._book.silence(spending.msisdn, failure.reason, spending.at)
        return await self._unreachable(claimed, spending.kind, failure.reason, spending.at)

    async def _unreachable(self, claimed: ClaimedJob, kind: SmsKind, reason: str, now: datetime) -> JobEnding:
        """No text to this number will ever arrive: of a request's a person hears once, however many would be sent."""
        if kind is not SmsKind.REQUEST:
            return self._dropped(kind, reason)
        self._note(kind, reason)
        await self._outbox.leave([untold(claimed.job.payload["request"], now)], untold_reason(reason), now)
        return Finished()

    async def _unpaid(self, claimed: ClaimedJob, spending: Spending, purse: Purse) -> JobEnding:
        if purse is Purse.SILENCED:
            return self._dropped(spending.kind, purse.value)
        if purse is Purse.DAY_SPENT:
            if spending.kind is not SmsKind.REQUEST:
                return self._dropped(spending.kind, purse.value)
            return Later(purse.value, spending.at + timedelta(seconds=limits.sms_day_spent_seconds))
        bucket = limits.sms_bucket_seconds
        free_at = spending.at + timedelta(seconds=bucket - spending.at.timestamp() % bucket)
        await self._tell(claimed.job.priority, spending, purse)
        if purse is Purse.HOUR_SPENT and claimed.job.priority in (Priority.TOLD, Priority.LOW):
            self._closed[claimed.job.priority] = free_at
        return Later(purse.value, free_at)

    async def _tell(self, priority: Priority, spending: Spending, purse: Purse) -> None:
        """Once a day for each priority, so that somebody asks whether the budget is too small or somebody abuses it."""
        what = spending.kind.value if purse is Purse.KIND_SPENT else priority.name.lower()
        log.warning("sms_budget_spent", what=what, reason=purse.value)
        self._count(spending.kind, "waits")
        task = Job(f"sms-budget:{spending.day.isoformat()}:{what}", LOOK, {}, spending.at)
        reason = f"an hour's budget of SMS is spent: {what} texts wait; see MOHALA_SMS_PARTS_AN_HOUR"
        await self._outbox.leave([task], reason, spending.at)

    def _dropped(self, kind: SmsKind, reason: str) -> JobEnding:
        """Nobody misses it, unless it tells of a request: then a person must."""
        self._note(kind, reason)
        return GivenUp(reason) if kind is SmsKind.REQUEST else Finished()

    def _note(self, kind: SmsKind, reason: str) -> None:
        log.warning("sms_not_sent", kind=kind.value, reason=reason)
        self._count(kind, "not_sent")

    def _count(self, kind: SmsKind, ending: str) -> None:
        self._measures.count("mohala_sms_total", kind=kind.value, ending=ending)


def _not_sent(claimed: ClaimedJob, failure: ServiceFailed, now: datetime) -> JobEnding:
    """What was certainly not sent is no attempt: else a text without an answer after an outage would count as one that
    was repeated already, and be left to a person. The longer it has waited, the longer until it is tried again.
    """
    waited = (now - claimed.added_at).total_seconds()
    if not failure.retryable or waited > limits.sms_refused_hours * 3_600:
        return GivenUp(failure.reason)
    is_brisk = waited < limits.sms_refused_brisk_seconds
    longest = limits.job_backoff_seconds_max if is_brisk else limits.job_backoff_slow_seconds
    pause = max(1.0, min(waited * limits.office_closed_pause_share, longest))
    return Again(failure.reason, pause_seconds=pause, counted=False)


def _unknown(attempt: int, reason: str) -> JobEnding:
    """A text that may have arrived is sent again, but neither soon nor often: each copy is paid for and puzzles."""
    pauses = limits.sms_unknown_pauses_seconds
    if attempt > len(pauses):
        return GivenUp(reason)
    return Again(reason, pause_seconds=pauses[attempt - 1])
