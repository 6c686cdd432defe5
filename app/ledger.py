"""Requests: how one is filed, carried out by the offices, looked up, and what its citizen is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec
import structlog

from app import limits
from app.agent_phrases import say
from app.audit import ASK, HOUSE, AuditEntry
from app.cases import Case, Move, holder_of, tell_job, work_job
from app.catalogue import OperationCall, Service
from app.editions import Edition, Editions, known_points
from app.endings import Again, Finished, GivenUp, JobEnding
from app.engine.rendering import show
from app.errands import Channel, Errand, ErrandKind, district_in
from app.errors import SealBroken, ServiceFailed, StoreUnavailable, VersionUnusable
from app.house_services import HOLDER
from app.http_json import KEY, NOT_FOUND
from app.mandate import Mandate
from app.messages import (
    ARROWS,
    Answered,
    Attested,
    Filing,
    Handed,
    Job,
    OutgoingSms,
    Pending,
    Priority,
    Refused,
    Request,
)
from app.ports import Clock, Ledger, RandomBytes
from app.reference import new_reference
from app.retrying import after_failure, while_pending
from app.values.text import fill, slots
from app.x_road import represented

log = structlog.get_logger()
NOTHING_SAID: Mapping[str, str] = {}
ASSISTED = "assisted"
"""The occasion on which a citizen is told that an agent has filed for them, which no service need have a text for."""
FINAL = frozenset(status for status, arrows in ARROWS.items() if not arrows)


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom something is done. `effect` is the id made from session and step; `within_seconds` what is left.

    `patience_seconds` is how long the menu lets the citizen wait, None: as long as the catalogue does.
    `channel` is how they ask, `point` where somebody helps them, if anybody does; `mandate` is by which an agent asks
    for them, `attested` who an agent is that files in their own name.
    """

    msisdn: str
    language: str
    effect: str
    within_seconds: float
    patience_seconds: float | None = None
    channel: str = Channel.USSD
    point: str = ""
    mandate: Mandate | None = None
    attested: Attested | None = None


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

    async def file(
        self, edition: Edition, service: Service, answers: Mapping[str, str], asker: Asker, evidence: str = ""
    ) -> Request:
        """Write the request with the jobs that carry it out, for somebody who asks themselves."""
        request = await self.file_for(edition, service, answers, asker, evidence)
        assert request is not None, "only a mandate can fail it"
        return request

    async def file_for(
        self, edition: Edition, service: Service, answers: Mapping[str, str], asker: Asker, evidence: str = ""
    ) -> Request | None:
        """The same, perhaps by an agent; a repeat of the same effect returns the first one. None: the agent's mandate
        is good for no filing any more, or the agent who attests something may not now.

        An effect that filed something else before is another one: whoever goes on with a dialogue whose last hops the
        session server lost may answer otherwise than they did the first time.
        """
        for count in range(1, limits.filings_of_a_step_max + 1):
            id = asker.effect if count == 1 else f"{asker.effect}:{count}"
            request = await self._file(edition, service, answers, asker, id, evidence)
            if request is None or (request.service == service.name and request.answers == answers):
                break
        return request

    async def has_filed_enough(self, edition: Edition, service: Service, asker: Asker) -> bool:
        """Whether the number filed as many today as the service takes; what this very step filed before is its own.

        Counted before it is filed: a crash in between takes a turn, and only some side by side may get one too many.
        """
        if not service.most_a_day or await self._ledger.request(asker.effect) is not None:
            return False
        day, what = edition.program.day(self._clock()), f"filed:{service.name}"
        if await self._ledger.tally(what, asker.msisdn, day, 0) >= service.most_a_day:
            return True
        await self._ledger.tally(what, asker.msisdn, day, 1)
        return False

    async def filed_before(
        self, service: Service, answers: Mapping[str, str], asker: Asker, *, but: str
    ) -> Request | None:
        """What this very step filed before with these answers, `but` for one."""
        request = await self._ledger.request(asker.effect)
        if request is None or request.service != service.name:
            return None
        return request if {**request.answers, but: ""} == {**answers, but: ""} else None

    async def _file(
        self, edition: Edition, service: Service, answers: Mapping[str, str], asker: Asker, id: str, evidence: str
    ) -> Request | None:
        filing = Filing(
            id=id,
            reference=new_reference(self._random_bytes),
            service=service.name,
            msisdn=asker.msisdn,
            language=asker.language,
            answers=answers,
            at=self._clock(),
            version=edition.version,
            evidence=evidence,
            errand=self._errand(edition, service, answers, asker, id),
            mandate=asker.mandate.id if asker.mandate else "",
            attested=asker.attested,
        )
        jobs = [tell_job(id, "received", filing.at)] if "received" in service.sms else []
        if service.work:
            jobs.append(work_job(service, id, 0, filing.at))
        if asker.attested is not None:
            return await self._ledger.file_by(filing, asker.attested, jobs)
        if asker.mandate is None:
            return await self._ledger.file(filing, jobs)
        return await self._ledger.file_for(filing, asker.mandate, [*jobs, _assisted_job(filing, asker.mandate)])

    def _errand(self, edition: Edition, service: Service, answers: Mapping[str, str], asker: Asker, id: str) -> Errand:
        district = district_in(edition.program, answers)
        kind, at = ErrandKind.FILED, self._clock()
        return Errand(f"{id}:{kind.value}", kind, service.name, asker.channel, at, district, asker.point)

    async def carry_out(self, request_id: str, stage: int, attempt: int, *, is_retried: bool = False) -> JobEnding:
        """Let the office do one stage of a request; a stage that was done before is left alone.

        `is_retried`: it was tried before, and a person says that it may be tried again.
        """
        try:
            case = await self._case(request_id)
        except ServiceFailed as failure:  # nobody was asked
            return Again(failure.reason, pause_seconds=limits.edition_retry_seconds, counted=False)
        if case is None:
            return GivenUp("the request or its service is not known here")
        request, service = case.request, case.service
        if request.stage != stage or request.status in FINAL or stage >= len(service.work):
            return Finished()
        call = service.work[stage].call
        assert call is not None, "a stage that waits for money is no office's work"
        try:
            outcome = await self._do(case, call, f"{request.id}:{stage}", attempt, is_retried=is_retried)
        except ServiceFailed as failure:
            return self._failed(failure, request.changed_at, case.repeating(call).never)
        if outcome is None:
            return _unclear(attempt, is_looked_for=bool(case.repeating(call).found_by))
        if isinstance(outcome, Pending):
            if attempt == 1:
                await self._keep(case, call, attempt, "pending", outcome.evidence)
            return while_pending(self._waited(request.changed_at), attempt)
        if isinstance(outcome, Handed):
            return Finished()
        if isinstance(outcome, Refused) and request.stage > 0:
            return GivenUp(f"refused after an earlier stage was done: {outcome.reason}")
        if isinstance(outcome, Refused):
            return _moved(await self._ledger.advance(request, *case.refused(outcome, self._clock())))
        now = self._clock()
        delayed = attempt > 1 or (now - request.changed_at).total_seconds() > limits.office_delayed_seconds
        return _moved(await self._ledger.advance(request, *case.done(outcome, now, delayed=delayed)))

    async def _keep(self, case: Case, call: OperationCall, attempt: int, outcome: str, evidence: str) -> None:
        """Keep what names an exchange by which something may have been done that no move tells of."""
        if not evidence or attempt > limits.office_unclear_told_max:
            return
        told = {"stage": str(case.request.stage), "office": call.office, "operation": call.operation}
        told |= {"outcome": outcome, "evidence": evidence}
        entry = AuditEntry(self._clock(), HOUSE, ASK, case.request.id, case.service.name, told)
        try:
            await self._ledger.note(entry)
        except StoreUnavailable:
            log.warning("audit_line_lost", subject=entry.subject, service=entry.purpose, **told)
            raise

    async def _do(
        self, case: Case, call: OperationCall, key: str, attempt: int, *, is_retried: bool
    ) -> Answered | Refused | Pending | Handed | None:
        """Ask the office to do a stage; None: it may have been done before, nothing tells, and it is never asked twice.

        Any attempt but the first may follow one that was done: also where this process died before it could say so.
        """
        repeating = case.repeating(call)
        if (attempt > 1 or is_retried) and repeating.found_by:
            found = await self._look(case, call, repeating.found_by, key)
            if not isinstance(found, Refused) or found.reason != NOT_FOUND:
                return found
            await self._keep(case, replace(call, operation=repeating.found_by), attempt, NOT_FOUND, found.evidence)
        if attempt > 1 and repeating.never:
            return None
        try:
            return await self._ask(case, call, key)
        except ServiceFailed as failure:
            if failure.late or not failure.retryable:
                await self._keep(case, call, attempt, "late" if failure.late else "failed", failure.evidence)
            raise

    async def _look(
        self, case: Case, call: OperationCall, operation: str, key: str
    ) -> Answered | Refused | Pending | Handed:
        """What became of it, as the office tells by the key."""
        takes = case.edition.catalogue.offices[call.office].operations[operation].get("takes", ())
        assert isinstance(takes, list | tuple), "the compiler saw to it"
        arguments = {name: call.arguments[name] for name in takes if name in call.arguments}
        given = {KEY: key} if KEY in takes and KEY not in arguments else {}
        return await self._ask(case, OperationCall(call.office, operation, arguments), key, given=given)

    def _failed(self, failure: ServiceFailed, waiting_since: datetime, never_repeated: bool = False) -> JobEnding:
        return after_failure(failure, self._waited(waiting_since), never_repeated=never_repeated)

    def _waited(self, since: datetime) -> float:
        return (self._clock() - since).total_seconds()

    async def given_up(self, request_id: str) -> tuple[Job, ...]:
        """The citizen hears that a human must look; what was done already (a payment, say) is another text.

        Where nobody can be told, nobody is: its job must come to a person all the same, and not be tried for ever.
        """
        try:
            request = await self._ledger.request(request_id)
        except SealBroken:
            return ()
        if request is None:
            return ()
        occasion, now = "stuck" if request.stage == 0 else "stuck_after", self._clock()
        try:
            case = await self.case_of(request)
        except ServiceFailed:  # the text waits until its menus can be used; no pack does without these two
            return (tell_job(request_id, occasion, now),)
        return case.tells(occasion, now) if case else ()

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

    async def own(self, reference: str, msisdn: str) -> Request | None:
        """A number's own request, for whoever is not guessing."""
        return await self._ledger.find(reference, msisdn)

    async def office_of(self, request: Request) -> str:
        """The office that has fresh news of a request; empty if none has, or if it cannot be said now."""
        try:
            case = await self.case_of(request)
        except ServiceFailed:
            return ""
        return case.follow.office if case and case.follow else ""

    def spacing_seconds(self, payload: Mapping[str, str]) -> float:
        """How long a job with this payload waits behind another one at its office; 0: not at all, or it asks none."""
        if not payload.get("office"):
            return 0.0
        offices = self._editions.current.catalogue.offices
        return offices[payload["office"]].spacing_seconds if payload["office"] in offices else 0.0

    async def refresh(self, request: Request, within_seconds: float, *, is_by_text: bool) -> Request:
        """Ask the office how the request stands and keep it; raises `ServiceFailed`.

        News are texted as well, for a page may be lost and has no room for a note; whoever asked by text has one.
        """
        await self._refreshed(request, within_seconds, tells=not is_by_text)
        return await self._ledger.request(request.id) or request

    async def _refreshed(self, request: Request, within_seconds: float, *, tells: bool = True) -> bool:
        """Whether the office had news of which a text tells."""
        case = await self.case_of(request)
        move = await self._news(case, within_seconds) if case else None
        if move is None:
            return False
        change, jobs = move
        return await self._ledger.advance(request, change, jobs if tells else ()) and bool(jobs)

    async def follow_up(self, request_id: str, attempt: int, asked_at: datetime) -> JobEnding:
        """Ask the office by the clock how a request stands; its citizen hears what is new. It is asked again anyway, so
        a question whose time is over is let go: an office that comes back is asked once, not once for each of them.
        """
        case = await self._case(request_id)
        if case is None or attempt > limits.follow_attempts_max:
            return Finished()
        if self._clock() - asked_at >= timedelta(hours=case.service.follow_hours or limits.follow_hours_max):
            return Finished()
        try:
            move = await self._news(case, limits.office_worker_seconds)
        except ServiceFailed as failure:
            return self._failed(failure, asked_at)
        return Finished() if move is None else _moved(await self._ledger.advance(case.request, *move))

    async def _news(self, case: Case, within_seconds: float) -> Move | None:
        """What the office says now that was not known; raises `ServiceFailed`."""
        if case.follow is None:
            return None
        try:
            outcome = await self._ask(case, case.follow, f"{case.request.id}:follow", within_seconds)
        except ServiceFailed as failure:
            await self._keep(case, case.follow, 1, "late" if failure.late else "failed", failure.evidence)
            raise
        move = case.news(outcome, self._clock()) if isinstance(outcome, Answered) else None
        if move is None:  # else the move tells of the exchange
            await self._keep(case, case.follow, 1, type(outcome).__name__.lower(), outcome.evidence)
        if isinstance(outcome, Pending | Handed):
            raise ServiceFailed("pending", retryable=True, late=True)
        return move

    async def refresh_and_tell(self, request_id: str, job_id: str, until: str) -> JobEnding:
        """The second half of an answer that was late: ask until the office answers, then text it, if not too late."""
        request, now = await self._ledger.request(request_id), self._clock()
        if request is None:
            return GivenUp("the request is not known here")
        if now > datetime.fromisoformat(until):
            return Finished()  # nobody waits for it any more; what is new is told when the house asks by itself
        try:
            is_told = await self._refreshed(request, limits.office_worker_seconds)
        except ServiceFailed as failure:
            return self._failed(failure, now)
        if is_told:
            return Finished()
        payload = {"request": request_id, "occasion": "status", "until": until}
        return Finished((Job(f"{job_id}:tell", "tell", payload, now, Priority.TOLD),))

    async def _ask(
        self,
        case: Case,
        call: OperationCall,
        key: str,
        within_seconds: float = limits.office_worker_seconds,
        given: Mapping[str, str] = NOTHING_SAID,
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
        entry = case.edition.catalogue.offices.get(call.office)
        party = represented(entry.adapter if entry else "", request.reference if request.mandate else "")
        told = {**arguments, **given, **party}
        return await case.edition.offices[call.office].ask(call.operation, told, key, within_seconds)

    async def request(self, id: str) -> Request | None:
        return await self._ledger.request(id)

    async def title(self, request: Request, language: str) -> str:
        """What its service is called; empty while its version of the menus cannot be used, or if it tells too much."""
        try:
            case = await self.case_of(request)
        except ServiceFailed:
            return ""
        return _title(case, language) if case and not case.service.is_untitled else ""

    async def letter(
        self, request_id: str, occasion: str, said: Mapping[str, str] = NOTHING_SAID
    ) -> OutgoingSms | None:
        """The SMS that a request's citizen gets on an occasion, in the language of the filing.

        `said` is how the request stood then, where it may stand otherwise by now: its `results` as JSON, its `status`;
        and `to` whom it is sent, if that is somebody else.
        """
        case = await self._case(request_id)
        if case is not None and occasion == ASSISTED:
            return _assisted_letter(case, said)
        if case is None or occasion not in case.service.sms:
            return None
        request, program = case.request, case.edition.program
        to, spoken = said.get("to", request.msisdn), request.language
        if occasion == HOLDER:
            to = holder_of(request.results, program.country)
            spoken = await self._ledger.language(to) or program.base
        language = program.language_or_base(spoken)
        template = case.service.sms[occasion][language]
        declared = case.service.sms_names
        values = {
            **request.answers,
            **case.receipt(),
            **(msgspec.json.decode(said["results"], type=dict[str, str]) if "results" in said else request.results),
            "status": said.get("status", request.status.value),
            "reason": request.reason,
            "reference": request.reference,
            "promised": said.get("promised", ""),
            **_at_point(case),
        }
        shown = {
            slot: show(program, declared.get(slot.name), values.get(slot.name, ""), language, slot.format)
            for slot in slots(template)
        }
        return OutgoingSms(to, fill(template, shown))

    async def reminder(self, request_id: str, said: Mapping[str, str]) -> OutgoingSms | None:
        """The text of a status again; None if the request has it no more."""
        request = await self._ledger.request(request_id)
        if request is None or request.status.value != said["status"]:
            return None
        return await self.letter(request_id, said["occasion"], said)

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


def _at_point(case: Case) -> Mapping[str, str]:
    """The point of an agent who attested something, as people call it."""
    point = case.request.answers.get("point", "") if case.service.attests else ""
    return {"point": (known_points(case.edition) or {}).get(point, point)} if point else NOTHING_SAID


def _unclear(attempt: int, *, is_looked_for: bool) -> JobEnding:
    """Nobody knows whether it was done, and it is not done again: looked for a few times more, then a person looks."""
    pauses = limits.office_unclear_pauses_seconds if is_looked_for else ()
    if attempt - 2 < len(pauses):
        return Again("not found yet", pause_seconds=pauses[attempt - 2])
    return GivenUp("not known whether it was done; ask the office, then let it be tried again or give it up")


def _assisted_job(filing: Filing, mandate: Mandate) -> Job:
    job = tell_job(filing.id, ASSISTED, filing.at)
    said = {"agent": mandate.agent, "point": mandate.point, "program": mandate.program}
    return replace(job, payload={**job.payload, **said})


def _assisted_letter(case: Case, said: Mapping[str, str]) -> OutgoingSms:
    """In the words of the menus by which it was filed."""
    program, request = case.edition.program, case.request
    language = program.language_or_base(request.language)
    points = known_points(case.edition) or {}
    text = say(
        program, "mandate_filed", language, agent=said["agent"], point=points.get(said["point"], said["point"]),
        service=fill(program.assisted[said["program"]][language], {}), reference=request.reference,
    )  # fmt: skip
    return OutgoingSms(request.msisdn, text)


def _title(case: Case, language: str) -> str:
    return fill(case.service.title[case.edition.program.language_or_base(language)], {})


def _moved(applied: bool) -> JobEnding:
    """Somebody moved the request meanwhile: the stage is asked again with its key, so nothing is done twice."""
    return Finished() if applied else Again("moved meanwhile", failed=False)
