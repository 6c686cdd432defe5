"""Schedules: what the house does by the clock, each period of it once, whichever worker comes first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from app import limits
from app.endings import Again, Finished, JobEnding
from app.errors import StoreUnavailable, place_of
from app.messages import ClaimedJob, Job
from app.ports import Clock, Outbox
from app.tasks import LOOK

log = structlog.get_logger()
KIND = "schedule"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Handler = Callable[[datetime], Awaitable[bool]]
"""Does a bounded part of what is due at a moment; True: there is more. It may run twice, also at the same time."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """`run` is called in each period of `every_seconds`, the first of which began with 1970 (UTC)."""

    name: str
    every_seconds: int
    run: Handler

    def period(self, now: datetime) -> datetime:
        """When the period of a moment began."""
        return now - timedelta(seconds=(now - _EPOCH).total_seconds() % self.every_seconds)


class Schedules:
    """A period is a job of the outbox: leased, tried again, and done once by all workers together.

    What a stand-still has left out is not made up for: a period that is over is let go, for every handler looks at all
    that is due by now.
    """

    def __init__(self, schedules: Iterable[Schedule], outbox: Outbox, clock: Clock) -> None:
        self._schedules = {schedule.name: schedule for schedule in schedules}
        self._outbox = outbox
        self._clock = clock
        self._put: dict[str, datetime] = {}

    async def put(self) -> None:
        """Put up the periods that have begun since this process looked last; raises `StoreUnavailable`."""
        now = self._clock()
        begun = {name: schedule.period(now) for name, schedule in self._schedules.items()}
        new = {name: period for name, period in begun.items() if self._put.get(name) != period}
        if new:
            await self._outbox.add([_job(name, period) for name, period in new.items()])
            self._put |= new

    async def do(self, claimed: ClaimedJob) -> JobEnding:
        """Run what a period asks for, in bounded rounds; raises `StoreUnavailable`."""
        name, period = claimed.job.payload["schedule"], claimed.job.payload["period"]
        schedule, began = self._schedules.get(name), self._clock()
        if schedule is None or _job(name, schedule.period(began)).payload["period"] != period:
            return Finished()
        try:
            more = await self._rounds(schedule, began)
        except StoreUnavailable:
            raise
        except Exception as error:  # what stumbles now may go well in the next period, and nobody would miss it
            return await self._failed(claimed, place_of(error))
        if more:
            return Again("there is more", failed=False, pause_seconds=0.0)
        await self._outbox.forget(f"{KIND}:{name}:", claimed.job.id)
        return Finished()

    async def _rounds(self, schedule: Schedule, began: datetime) -> bool:
        """Well within the lease, so that no other worker takes the period meanwhile."""
        longest = timedelta(seconds=limits.job_lease_seconds / 3)
        for _ in range(limits.schedule_rounds_max):
            now = self._clock()
            if not await schedule.run(now):
                return False
            if now - began > longest:
                break
        return True

    async def _failed(self, claimed: ClaimedJob, reason: str) -> JobEnding:
        name, now = claimed.job.payload["schedule"], self._clock()
        log.error("schedule_failed", schedule=name, attempt=claimed.attempt, reason=reason)
        if claimed.attempt == limits.schedule_attempts_told:
            task = Job(f"{KIND}-fails:{name}:{now:%Y-%m-%d}", LOOK, {}, now)
            await self._outbox.leave([task], f"schedule {name} fails: {reason}", now)
        return Again(reason)


def _job(name: str, period: datetime) -> Job:
    began = f"{period:%Y-%m-%dT%H:%M:%S}"
    return Job(f"{KIND}:{name}:{began}", KIND, {"schedule": name, "period": began}, period)
