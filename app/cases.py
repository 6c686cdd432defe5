"""Cases: a request under the menus that it was filed under, how it moves, and what follows from a move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import msgspec

from app import manual
from app.audit import HOUSE
from app.catalogue import OperationCall, Repeating, Service
from app.editions import Edition
from app.house_services import HOLDER
from app.messages import ARROWS, Answered, Change, Job, Priority, Refused, Request, SmsKind, Status
from app.values.msisdn import read_msisdn
from app.values.text import slots
from app.wallets import RESULT

Move = tuple[Change, tuple[Job, ...]]
"""A change of a request and the jobs that come with it."""


@dataclass(frozen=True, slots=True)
class Case:
    """A request, and its service in the edition that it was filed under."""

    edition: Edition
    request: Request
    service: Service

    def repeating(self, call: OperationCall) -> Repeating:
        """What is done when nobody knows whether a call was."""
        entry = self.edition.catalogue.offices.get(call.office)
        return entry.repeating(call.operation) if entry else Repeating()

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
        # Whoever was asked meanwhile may have said more than the stage's end does: `ready` never becomes `in_progress`.
        is_ahead = then is not request.status and then not in ARROWS[request.status]
        change = Change(request.status if is_ahead else then, stage, results, now, evidence=answered.evidence, by=by)
        if stage < len(service.work):
            return change, (work_job(service, request.id, stage, now),)
        # Of what is not done yet, `done` is what the office says later.
        end = "refused" if then is Status.REJECTED else then.value
        ends = () if is_ahead else (end,)
        # A text about the end says already that it came; nobody pays for hearing it twice.
        is_told = any(one in service.sms for one in ends)
        occasions = (*ends, "delayed") if delayed and not is_told else ends
        if service.attests and then is Status.DONE and holder_of(results, self.edition.program.country):
            occasions = (*occasions, HOLDER)
        return change, tuple(job for occasion in occasions for job in self.tells(occasion, now))

    def moved(self, status: Status, results: Mapping[str, str], now: datetime, by: str) -> Move:
        """A move within a stage, by a clerk; each is told, also when the status is one that the request had before."""
        request = self.request
        change = Change(status, request.stage, {**request.results, **results}, now, by=by)
        return change, self.told_of(change, now)

    def promised(self, day: date, now: datetime) -> tuple[Job, ...]:
        """The SMS that another day was promised."""
        said = {"promised": day.isoformat()}
        return tuple(replace(job, payload={**job.payload, **said}) for job in self.tells_again("promised", now))

    def can_be_done(self, status: Status) -> bool:
        """Whether a request of this status may become what the stage's end makes of it."""
        if self.request.stage >= len(self.service.work):
            return False
        then = self.service.work[self.request.stage].then
        return then in ARROWS[status] or (then is status and bool(ARROWS[status]))

    @property
    def follow(self) -> OperationCall | None:
        """What to ask the office for fresh news, if it has the request and news may still come."""
        follow = self.service.follow
        if follow is None or not ARROWS[self.request.status]:
            return None
        known = {*self.request.answers, *self.request.results}
        return follow if set(follow.arguments.values()) <= known else None

    @property
    def office(self) -> str:
        """Who has it to do now, or tells how it stands; empty: nobody."""
        work, stage = self.service.work, self.request.stage
        call = work[stage].call if stage < len(work) else self.service.follow
        return call.office if call else ""

    @property
    def is_manual(self) -> bool:
        """Whether it is on the work list of an office without a system now."""
        if self.request.stage >= len(self.service.work):
            return False
        call = self.service.work[self.request.stage].call
        office = self.edition.catalogue.offices.get(call.office) if call else None
        return office is not None and office.adapter == manual.ADAPTER

    def news(self, answered: Answered, now: datetime) -> Move | None:
        """What the office says of a request that it was asked about, and what its citizen hears; None: nothing new."""
        request = self.request
        status = _status_of(answered.results.get("status", ""), request.status)
        results = {**request.results, **answered.results}
        if status is request.status and results == request.results:
            return None
        # A word that the pack knows; anything else may name somebody, and history and audit log keep it in clear.
        said = answered.results.get("reason", "") if status is Status.REJECTED else ""
        reason = said if said in self.service.refused else ""
        change = Change(status, request.stage, results, now, reason, answered.evidence)
        return change, self.told_of(change, now)

    def told_of(self, change: Change, now: datetime) -> tuple[Job, ...]:
        """The SMS of a move; what it says is what was so then, for the next move may come before it goes out."""
        said = {"results": msgspec.json.encode(change.results).decode(), "status": change.status.value}
        occasion = "refused" if change.status is Status.REJECTED else change.status.value
        jobs = self.tells_again(occasion, now)
        return tuple(replace(job, payload={**job.payload, **said}) for job in jobs)

    def receipt(self) -> Mapping[str, str]:
        """The receipt of what paid it, once it was paid, as texts about anything later may name it."""
        paid = self.request.results.get(RESULT, "") if any(one.call is None for one in self.service.work) else ""
        return {"receipt": paid} if paid else {}

    def names_receipt(self, occasion: str) -> bool:
        """Whether the text of an occasion has the receipt of what paid the request, in every language."""
        texts = self.service.sms.get(occasion, {}).values()
        return bool(texts) and all(any(slot.name == "receipt" for slot in slots(one)) for one in texts)

    def tells(self, occasion: str, now: datetime) -> tuple[Job, ...]:
        """The SMS of an occasion, if the service has one; each at most once for a request."""
        if occasion not in self.service.sms:
            return ()
        job = tell_job(self.request.id, occasion, now)
        if self.service.attests and occasion != HOLDER:  # an agent needs each of many in a day
            job = replace(job, payload={**job.payload, "sms": SmsKind.AGENT.value})
        return (job,)

    def tells_again(self, occasion: str, now: datetime) -> tuple[Job, ...]:
        """The SMS of an occasion that may come more than once."""
        return tuple(replace(job, id=f"{job.id}:{now.timestamp():.6f}") for job in self.tells(occasion, now))


def holder_of(results: Mapping[str, str], country: str) -> str:
    """The number, as E.164, that the office has of whoever an agent attested something of; empty: none that is one."""
    return read_msisdn(results.get(HOLDER, ""), country) or ""


def _status_of(word: str, now: Status) -> Status:
    """The office's word as ours, if it is one and the arrow is allowed; else what we knew."""
    if word not in tuple(Status) or Status(word) not in ARROWS[now]:
        return now
    return Status(word)


def told_until(at: datetime, seconds: float) -> str:
    """Until when a text is of use, as its job says it."""
    return (at + timedelta(seconds=seconds)).isoformat()


def tell_job(request_id: str, occasion: str, now: datetime) -> Job:
    payload = {"request": request_id, "occasion": occasion}
    return Job(f"{request_id}:tell:{occasion}", "tell", payload, now, Priority.TOLD)


def work_job(service: Service, request_id: str, stage: int, now: datetime) -> Job:
    """`office` lets the worker keep a dead office from holding up the others."""
    payload = {"request": request_id, "stage": str(stage)}
    call = service.work[stage].call
    if call is None:
        return Job(f"{request_id}:work:{stage}", "bill", payload, now)
    return Job(f"{request_id}:work:{stage}", "work", {**payload, "office": call.office}, now)
