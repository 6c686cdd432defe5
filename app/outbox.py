"""The worker's order of things: claim what is due, do it, finish, try again later, or set aside for a human."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog

from app import limits
from app.broadcast import WARN
from app.endings import Again, Finished, GivenUp, JobEnding, Later
from app.errors import ServiceFailed, StoreUnavailable, place_of
from app.job_handlers import JobHandlers
from app.ledger import Requests
from app.messages import ClaimedJob, Job
from app.ports import Clock, Outbox, Rates
from app.pushes import PUSH
from app.pushing import Pushing
from app.questions import ASK
from app.schedules import Schedules
from app.sending import Sender

log = structlog.get_logger()
Fraction = Callable[[], float]
"""A random number from 0 to 1."""


def pause_seconds(attempt: int, fraction: float) -> float:
    """How long to wait after a failed attempt (1 is the first): doubling with jitter, brisk at first, then slow."""
    if attempt > limits.job_attempts_brisk:
        longest = limits.job_backoff_slow_seconds
    else:
        longest = min(2.0 ** (attempt - 1), limits.job_backoff_seconds_max)
    return longest * (0.5 + fraction / 2)


def _destination(job: Job) -> str:
    """Who is asked when a job is done: an office, the SMS centre, or for an incoming text whoever its menu asks."""
    return job.payload.get("office") or ("sms" if job.kind in ("tell", "text", "remind", ASK, WARN) else job.kind)


class Worker:
    """Runs jobs at least once each; several workers may run side by side."""

    def __init__(
        self,
        name: str,
        handlers: JobHandlers,
        outbox: Outbox,
        requests: Requests,
        pushing: Pushing,
        sender: Sender,
        rates: Rates,
        clock: Clock,
        fraction: Fraction,
        poll_seconds: float,
        schedules: Schedules,
    ) -> None:
        self._name = name
        self._handlers = handlers
        self._outbox = outbox
        self._requests = requests
        self._pushing = pushing
        self._sender = sender
        self._rates = rates
        self._clock = clock
        self._fraction = fraction
        self._poll_seconds = poll_seconds
        self._schedules = schedules
        self._running: dict[asyncio.Task[None], ClaimedJob] = {}
        self._at: Counter[str] = Counter()
        self._rounds = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; jobs in hand get a moment to end, what is cut off is given back for others to claim."""
        while not stop.is_set():
            claimed = self._shared(await self._claim())
            for job in claimed:
                if job.lapses < limits.job_lapses_alone:
                    self._begin(job, self._in_turn(job))
            suspects = [job for job in claimed if job.lapses >= limits.job_lapses_alone]
            if suspects:
                await self._suspected(suspects, stop)
            elif not claimed:
                await self._wait(stop)
            elif len(self._running) >= limits.job_parallel_max:
                stopped = asyncio.create_task(stop.wait())
                await asyncio.wait({*self._running, stopped}, return_when=asyncio.FIRST_COMPLETED)
                stopped.cancel()
        if self._running:
            await self._stop()

    def _shared(self, claimed: Sequence[ClaimedJob]) -> Sequence[ClaimedJob]:
        """The urgent take the few places at a destination first, save that in some rounds another priority does: else
        no text about a request would go out for as long as answers to texts come in faster than they can be sent.
        """
        self._rounds = (self._rounds + 1) % limits.job_rounds_shared
        return sorted(claimed, key=lambda one: one.job.priority != self._rounds)

    def _begin(self, claimed: ClaimedJob, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running[task] = claimed
        task.add_done_callback(self._running.pop)

    async def _suspected(self, claimed: Sequence[ClaimedJob], stop: asyncio.Event) -> None:
        """Do the first with nothing beside it: if it kills its worker again, it alone has the blame of it. The others
        come back; one that is innocent is so as soon as an attempt at it comes to an end.
        """
        until = self._clock() + timedelta(seconds=limits.job_crowded_seconds)
        with suppress(StoreUnavailable):  # then their leases run out, as those of all others
            for other in claimed[1:]:
                await self._outbox.postpone(other, until, "waits to be done alone", counted=False, begun=False)
        stopped = asyncio.create_task(stop.wait())
        await self._rest(stopped)
        self._begin(claimed[0], self._in_turn(claimed[0]))
        await self._rest(stopped)
        stopped.cancel()

    async def _rest(self, stopped: asyncio.Task[Any]) -> None:
        """Until nothing is in hand, or the worker is to stop."""
        while self._running and not stopped.done():
            await asyncio.wait({*self._running, stopped}, return_when=asyncio.FIRST_COMPLETED)

    async def _stop(self) -> None:
        in_hand = dict(self._running)
        _, late = await asyncio.wait(in_hand, timeout=limits.worker_stop_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        for task in late:
            claimed = in_hand[task]
            # It may have been done, so it counts; and a text may have gone out: it waits as one that had no answer.
            pause = limits.sms_unknown_pauses_seconds[0] if _destination(claimed.job) == "sms" else 0.0
            with suppress(StoreUnavailable):  # then its lease runs out
                until = self._clock() + timedelta(seconds=pause)
                await self._outbox.postpone(claimed, until, "the worker was stopped")

    async def _wait(self, stop: asyncio.Event) -> None:
        try:
            await asyncio.wait_for(stop.wait(), self._poll_seconds)
        except TimeoutError:
            return

    async def _claim(self) -> tuple[ClaimedJob, ...]:
        free = limits.job_parallel_max - len(self._running)
        try:
            await self._schedules.put()
            now = self._clock()
            wanted = self._sender.wanted(now)
            return await self._outbox.claim(self._name, now, limits.job_lease_seconds, free, wanted) if free else ()
        except StoreUnavailable:
            log.warning("outbox_unavailable")
            return ()

    async def _in_turn(self, claimed: ClaimedJob) -> None:
        """A bulkhead: where enough jobs are at one destination, this one lets go of its place at once."""
        destination = _destination(claimed.job)
        if self._at[destination] >= limits.job_parallel_destination_max:
            until = self._clock() + timedelta(seconds=limits.job_crowded_seconds)
            with suppress(StoreUnavailable):
                await self._outbox.postpone(claimed, until, "crowded", counted=False, begun=False)
            return
        self._at[destination] += 1
        try:
            if not await self._waits_its_turn(claimed):
                await self.do(claimed)
        finally:
            self._at[destination] -= 1

    async def _waits_its_turn(self, claimed: ClaimedJob) -> bool:
        """Where an office takes so many at a time, a job gets a moment of its own there and comes back then."""
        try:
            spacing = self._requests.spacing_seconds(claimed.job.payload)
            now = self._clock()
            late = timedelta(seconds=limits.rate_slot_seconds)
            if not spacing or (claimed.slot_at is not None and claimed.slot_at <= now < claimed.slot_at + late):
                return False
            slot = await self._rates.slot(claimed.job.payload["office"], spacing, now)
            if slot <= now:
                return False
            await self._outbox.postpone(claimed, slot, "waits its turn", counted=False, slot_at=slot, begun=False)
        except StoreUnavailable:
            log.warning("job_left", kind=claimed.job.kind, reason="the database is away; the lease will run out")
        return True

    async def _is_early(self, claimed: ClaimedJob) -> bool:
        """A citizen hears of one request in order: a text waits while an earlier one about the same request does."""
        if claimed.job.kind != "tell":
            return False
        with suppress(StoreUnavailable):
            if await self._outbox.is_behind(claimed.job, f"{claimed.job.payload['request']}:tell:"):
                until = self._clock() + timedelta(seconds=limits.job_crowded_seconds)
                await self._outbox.postpone(claimed, until, "an earlier text waits", counted=False, begun=False)
                return True
        return False

    async def do(self, claimed: ClaimedJob) -> None:
        """One attempt at one job; whatever happens, the job is finished, due again or set aside."""
        if await self._is_early(claimed):
            return
        try:
            killed_us = claimed.lapses >= limits.job_lapses_max or claimed.attempt > limits.job_attempts_max
            ending = GivenUp("no attempt came to an end") if killed_us else await self._attempt(claimed)
            await self._settle(claimed, ending)
        except StoreUnavailable:
            log.warning("job_left", kind=claimed.job.kind, reason="the database is away; the lease will run out")
        except Exception as error:
            log.error("job_left", kind=claimed.job.kind, reason=f"our mistake: {place_of(error)}")

    async def _attempt(self, claimed: ClaimedJob) -> JobEnding:
        try:
            return await self._handlers.attempt(claimed)
        except ServiceFailed as failure:
            return Again(failure.reason) if failure.retryable else GivenUp(failure.reason)
        except StoreUnavailable:
            raise
        except Exception as error:  # a job that makes us stumble must not be claimed again for ever
            return GivenUp(place_of(error))

    async def _settle(self, claimed: ClaimedJob, ending: JobEnding) -> None:
        now = self._clock()
        if isinstance(ending, Again) and ending.counted and claimed.attempt >= limits.job_attempts_max:
            ending = GivenUp(f"tried {claimed.attempt} times: {ending.reason}")
        if isinstance(ending, GivenUp) and claimed.job.kind in ("work", "bill"):
            ending = GivenUp(ending.reason, await self._requests.given_up(claimed.job.payload["request"]))
        if isinstance(ending, GivenUp) and claimed.job.kind == PUSH:
            ending = GivenUp(ending.reason, await self._pushing.given_up(claimed.job.payload))
        if isinstance(ending, Finished):
            await self._outbox.finish(claimed, now, ending.jobs)
        elif isinstance(ending, Later):
            await self._outbox.postpone(claimed, ending.until, ending.reason, counted=False, slot_at=ending.slot_at)
        elif isinstance(ending, Again):
            await self._outbox.postpone(claimed, self._due(claimed, ending, now), ending.reason, ending.counted)
        else:
            await self._outbox.add(ending.jobs)
            await self._outbox.set_aside(claimed, ending.reason, now)
        word = type(ending).__name__.lower()
        log.info("job", kind=claimed.job.kind, job=claimed.job.id[:12], attempt=claimed.attempt, ending=word,
                 reason="" if isinstance(ending, Finished) else ending.reason)  # fmt: skip

    def _due(self, claimed: ClaimedJob, ending: Again, now: datetime) -> datetime:
        if ending.pause_seconds is not None:
            return now + timedelta(seconds=ending.pause_seconds)
        attempt = claimed.attempt if ending.failed else min(claimed.attempt, 4)
        return now + timedelta(seconds=pause_seconds(attempt, self._fraction()))
