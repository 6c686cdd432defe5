"""Requests: how one is filed, carried out by the offices, looked up, and what its citizen is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from app import limits
from app.cases import Case, tell_job, work_job
from app.catalogue import OperationCall, Service
from app.editions import Edition, Editions
from app.endings import PENDING, Again, Finished, GivenUp, JobEnding
from app.engine.rendering import show
from app.errors import ServiceFailed, VersionUnusable
from app.messages import (
    ARROWS,
    Answered,
    Change,
    Filing,
    Handed,
    Job,
    OutgoingSms,
    Pending,
    Refused,
    Request,
    Status,
)
from app.ports import Clock, Ledger, RandomBytes
from app.reference import new_reference
from app.values.text import fill, slots

NOTHING_SAID: Mapping[str, str] = {}
FINAL = frozenset(status for status, arrows in ARROWS.items() if not arrows)


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom something is done. `effect` is the id made from session and step; `within_seconds` what is left.

    `patience_seconds` is how long the menu lets the citizen wait, None: as long as the catalogue does.
    """

    msisdn: str
    language: str
    effect: str
    within_seconds: float
    patience_seconds: float | None = None


class Requests:
    """The rules of requests over the ledger's rows and the offices' doors.

    A request is carried out, followed and told of under the version of the menus that it was filed under. While that
    one cannot be used, `ServiceFailed` is raised, retryable.
    """

    def __init__(self, editions: Editions, ledger: Ledger, clock: Clock, random_bytes: RandomBytes) -> None:
        self._editions = editions
        self._ledger = ledger
        self._clock = clock
        self._random_bytes = random_bytes

    async def file(self, edition: Edition, service: Service, answers: Mapping[str, str], asker: Asker) -> Request:
        """Write the request with the jobs that carry it out; a repeat of the same effect returns the first one.

        An effect that filed something else before is another one: whoever goes on with a dialogue whose last hops the
        session server lost may answer otherwise than they did the first time.
        """
        for count in range(1, limits.filings_of_a_step_max + 1):
            id = asker.effect if count == 1 else f"{asker.effect}:{count}"
            request = await self._file(edition, service, answers, asker, id)
            if request.service == service.name and request.answers == answers:
                break
        return request

    async def _file(
        self, edition: Edition, service: Service, answers: Mapping[str, str], asker: Asker, id: str
    ) -> Request:
        filing = Filing(
            id=id,
            reference=new_reference(self._random_bytes),
            service=service.name,
            msisdn=asker.msisdn,
            language=asker.language,
            answers=answers,
            at=self._clock(),
            version=edition.version,
        )
        jobs = [tell_job(id, "received", filing.at)] if "received" in service.sms else []
        if service.work:
            jobs.append(work_job(service, id, 0, filing.at))
        return await self._ledger.file(filing, jobs)

    async def carry_out(self, request_id: str, stage: int, attempt: int) -> JobEnding:
        """Let the office do one stage of a request; a stage that was done before is left alone."""
        case = await self._case(request_id)
        if case is None:
            return GivenUp("the request or its service is not known here")
        request, service = case.request, case.service
        if request.stage != stage or request.status in FINAL or stage >= len(service.work):
            return Finished()
        try:
            outcome = await self._ask(case, service.work[stage].call, f"{request.id}:{stage}")
        except ServiceFailed as failure:
            if failure.retryable:
                return Again(failure.reason)
            return GivenUp(failure.reason)
        if isinstance(outcome, Pending):
            return Again(PENDING, failed=False)
        if isinstance(outcome, Handed):
            return Finished()
        if isinstance(outcome, Refused) and request.stage > 0:
            return GivenUp(f"refused after an earlier stage was done: {outcome.reason}")
        if isinstance(outcome, Refused):
            return _moved(await self._ledger.advance(request, *case.refused(outcome, self._clock())))
        return _moved(await self._ledger.advance(request, *case.done(outcome, self._clock(), delayed=attempt > 1)))

    async def given_up(self, request_id: str) -> tuple[Job, ...]:
        """The citizen hears that a human must look; what was done already (a payment, say) is another text."""
        case = await self._case(request_id)
        if case is None:
            return ()
        return case.tells("stuck" if case.request.stage == 0 else "stuck_after", self._clock())

    async def find(self, reference: str, asker: Asker) -> Request | None:
        """The asker's own request. Too many misses a day and everything is unknown until tomorrow."""
        today = self._editions.current.program.day(self._clock())
        # Counted afterwards: guesses side by side may pass the limit by a few of 2^40, but an owner who asks in a hurry
        # is never refused.
        missed = await self._ledger.tally("reference_miss", asker.msisdn, today, 0)
        if missed >= limits.reference_misses_a_day_max:
            return None
        request = await self._ledger.find(reference, asker.msisdn)
        if request is None:
            await self._ledger.tally("reference_miss", asker.msisdn, today, 1)
        return request

    async def office_of(self, request: Request) -> str:
        """The office that has fresh news of a request; empty if none has, or if it cannot be said now."""
        try:
            case = await self.case_of(request)
        except ServiceFailed:
            return ""
        follow = _follow(case) if case else None
        return follow.office if follow else ""

    async def refresh(self, request: Request, within_seconds: float) -> Request:
        """Ask the office how the request stands and keep it; raises `ServiceFailed`."""
        case = await self.case_of(request)
        follow = _follow(case) if case else None
        if case is None or follow is None:
            return request
        outcome = await self._ask(case, follow, f"{request.id}:follow", within_seconds)
        if isinstance(outcome, Pending | Handed):
            raise ServiceFailed("pending", retryable=True, late=True)
        if isinstance(outcome, Refused):
            return request
        status = _status_of(outcome.results.get("status", ""), request.status)
        results = {**request.results, **outcome.results}
        if status is request.status and results == request.results:
            return request
        change = Change(status, request.stage, results, self._clock(), evidence=outcome.evidence)
        await self._ledger.advance(request, change, ())
        return await self._ledger.request(request.id) or request

    async def refresh_and_tell(self, request_id: str, job_id: str) -> JobEnding:
        """The second half of an answer that was late: ask until the office answers, then text it."""
        request = await self._ledger.request(request_id)
        if request is None:
            return GivenUp("the request is not known here")
        try:
            await self.refresh(request, limits.office_worker_seconds)
        except ServiceFailed as failure:
            return Again(failure.reason) if failure.retryable else GivenUp(failure.reason)
        return Finished((Job(f"{job_id}:tell", "tell", {"request": request_id, "occasion": "status"}, self._clock()),))

    async def _ask(
        self, case: Case, call: OperationCall, key: str, within_seconds: float = limits.office_worker_seconds
    ) -> Answered | Refused | Pending | Handed:
        request = case.request
        values = {
            "msisdn": request.msisdn,
            "reference": request.reference,
            "currency": case.edition.program.currency.code,
            "title": _title(case, request.language),
            **request.answers,
            **request.results,
        }
        arguments = {parameter: values.get(name, "") for parameter, name in call.arguments.items()}
        return await case.edition.offices[call.office].ask(call.operation, arguments, key, within_seconds)

    async def title(self, request: Request, language: str) -> str:
        """What its service is called; empty while its version of the menus cannot be used."""
        try:
            case = await self.case_of(request)
        except ServiceFailed:
            return ""
        return _title(case, language) if case else ""

    async def letter(
        self, request_id: str, occasion: str, said: Mapping[str, str] = NOTHING_SAID
    ) -> OutgoingSms | None:
        """The SMS that a request's citizen gets on an occasion, in the language of the filing.

        `said` is how the request stood then, where it may stand otherwise by now: its `results` as JSON, its `status`.
        """
        case = await self._case(request_id)
        if case is None or occasion not in case.service.sms:
            return None
        request, program = case.request, case.edition.program
        language = program.language_or_base(request.language)
        template = case.service.sms[occasion][language]
        declared = case.service.sms_names
        values = {
            **request.answers,
            **(msgspec.json.decode(said["results"], type=dict[str, str]) if "results" in said else request.results),
            "status": said.get("status", request.status.value),
            "reason": request.reason,
            "reference": request.reference,
        }
        shown = {
            slot: show(program, declared.get(slot.name), values.get(slot.name, ""), language, slot.format)
            for slot in slots(template)
        }
        return OutgoingSms(request.msisdn, fill(template, shown))

    async def _case(self, request_id: str) -> Case | None:
        request = await self._ledger.request(request_id)
        return await self.case_of(request) if request else None

    async def case_of(self, request: Request) -> Case | None:
        """A request with what its version says about it; None if that one does not know its service."""
        try:
            edition = await self._editions.of(request.version) if request.version else self._editions.current
        except VersionUnusable:
            raise ServiceFailed("version_unusable", retryable=True) from None
        service = edition.catalogue.services.get(request.service)
        return Case(edition, request, service) if service else None


def _follow(case: Case) -> OperationCall | None:
    """What to ask the office for fresh news, if it has the request and news may still come."""
    follow = case.service.follow
    if follow is None or case.request.status in FINAL:
        return None
    known = {*case.request.answers, *case.request.results}
    return follow if set(follow.arguments.values()) <= known else None


def _status_of(word: str, now: Status) -> Status:
    """The office's word as ours, if it is one and the arrow is allowed; else what we knew."""
    if word not in tuple(Status) or Status(word) not in ARROWS[now]:
        return now
    return Status(word)


def _title(case: Case, language: str) -> str:
    return fill(case.service.title[case.edition.program.language_or_base(language)], {})


def _moved(applied: bool) -> JobEnding:
    """Somebody moved the request meanwhile: the stage is asked again with its key, so nothing is done twice."""
    return Finished() if applied else Again("moved meanwhile", failed=False)
