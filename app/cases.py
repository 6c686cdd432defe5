"""Cases: a request under the menus that it was filed under, how it moves, and what follows from a move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from app.audit import HOUSE
from app.catalogue import Service
from app.editions import Edition
from app.messages import ARROWS, Answered, Change, Job, Refused, Request, Status

Move = tuple[Change, tuple[Job, ...]]
"""A change of a request and the jobs that come with it."""


@dataclass(frozen=True, slots=True)
class Case:
    """A request, and its service in the edition that it was filed under."""

    edition: Edition
    request: Request
    service: Service

    def refused(self, refused: Refused, now: datetime, by: str = HOUSE) -> Move:
        """The end of a request whose first stage was refused; a later one may have taken money: a human must look."""
        request = self.request
        assert request.stage == 0, "refused after an earlier stage was done"
        change = Change(Status.REJECTED, 0, request.results, now, refused.reason, refused.evidence, by)
        return change, self.tells("refused", now)

    def done(self, answered: Answered, now: datetime, *, delayed: bool = False, by: str = HOUSE) -> Move:
        """The stage was done; what comes next is the next one, or telling the citizen."""
        service, request = self.service, self.request
        stage, then = request.stage + 1, service.work[request.stage].then
        results = {**request.results, **answered.results}
        change = Change(then, stage, results, now, evidence=answered.evidence, by=by)
        if stage < len(service.work):
            return change, (work_job(service, request.id, stage, now),)
        occasions = ("done", "delayed") if delayed else ("done",)
        return change, tuple(job for occasion in occasions for job in self.tells(occasion, now))

    def moved(self, status: Status, results: Mapping[str, str], now: datetime, by: str) -> Move:
        """A move within a stage, by a clerk; each is told, also when the status is one that the request had before."""
        request = self.request
        change = Change(status, request.stage, {**request.results, **results}, now, by=by)
        # What is told is what was said then: the next move may come before this text goes out.
        said = {"results": msgspec.json.encode(change.results).decode(), "status": status.value}
        jobs = self.tells_again(status.value, now)
        return change, tuple(replace(job, payload={**job.payload, **said}) for job in jobs)

    def can_be_done(self, status: Status) -> bool:
        """Whether a request of this status may become what the stage's end makes of it."""
        if self.request.stage >= len(self.service.work):
            return False
        then = self.service.work[self.request.stage].then
        return then in ARROWS[status] or (then is status and bool(ARROWS[status]))

    def tells(self, occasion: str, now: datetime) -> tuple[Job, ...]:
        """The SMS of an occasion, if the service has one; each at most once for a request."""
        return (tell_job(self.request.id, occasion, now),) if occasion in self.service.sms else ()

    def tells_again(self, occasion: str, now: datetime) -> tuple[Job, ...]:
        """The SMS of an occasion that may come more than once."""
        return tuple(replace(job, id=f"{job.id}:{now.timestamp():.6f}") for job in self.tells(occasion, now))


def tell_job(request_id: str, occasion: str, now: datetime) -> Job:
    return Job(f"{request_id}:tell:{occasion}", "tell", {"request": request_id, "occasion": occasion}, now)


def work_job(service: Service, request_id: str, stage: int, now: datetime) -> Job:
    """`office` lets the worker keep a dead office from holding up the others."""
    payload = {"request": request_id, "stage": str(stage)}
    call = service.work[stage].call
    if call is None:
        return Job(f"{request_id}:work:{stage}", "bill", payload, now)
    return Job(f"{request_id}:work:{stage}", "work", {**payload, "office": call.office}, now)
