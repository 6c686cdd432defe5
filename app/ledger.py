"""Requests: how one is carried out by the offices, looked up, and what its citizen is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from app import limits
from app.cases import Case, holder_of, tell_job
from app.editions import Editions
from app.endings import Again, Finished, GivenUp, JobEnding
from app.errors import SealBroken, ServiceFailed, VersionUnusable
from app.filing import Asker, Filings
from app.house_services import HOLDER
from app.letters import ASSISTED, assisted_letter, text_of, title_of
from app.messages import ARROWS, Handed, Job, OutgoingSms, Pending, Priority, Refused, Request
from app.office_work import OfficeWork, unclear
from app.ports import Clock, Ledger, RandomBytes
from app.retrying import after_failure, while_pending

NOTHING_SAID: Mapping[str, str] = {}
FINAL = frozenset(status for status, arrows in ARROWS.items() if not arrows)


class Requests:
    """The rules of requests over the ledger's rows and the offices' doors.

    A request is carried out, followed and told of under the version of the menus that it was filed under. While that
    one cannot be used, `ServiceFailed` is raised, retryable. `filings` is how one comes to be.
    """

    def __init__(self, editions: Editions, ledger: Ledger, clock: Clock, random_bytes: RandomBytes) -> None:
        self._editions = editions
        self._ledger = ledger
        self._clock = clock
        self.filings = Filings(ledger, clock, random_bytes)
        self._office_work = OfficeWork(ledger, clock)

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
            outcome = await self._office_work.do(case, call, f"{request.id}:{stage}", attempt, is_retried=is_retried)
        except ServiceFailed as failure:
            return self._failed(failure, request.changed_at, case.repeating(call).never)
        if outcome is None:
            return unclear(attempt, is_looked_for=bool(case.repeating(call).found_by))
        if isinstance(outcome, Pending):
            if attempt == 1:
                await self._office_work.keep(case, call, attempt, "pending", outcome.evidence)
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
        move = await self._office_work.news(case, within_seconds) if case else None
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
            move = await self._office_work.news(case, limits.office_worker_seconds)
        except ServiceFailed as failure:
            return self._failed(failure, asked_at)
        return Finished() if move is None else _moved(await self._ledger.advance(case.request, *move))

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

    async def request(self, id: str) -> Request | None:
        return await self._ledger.request(id)

    async def title(self, request: Request, language: str) -> str:
        """What its service is called; empty while its version of the menus cannot be used, or if it tells too much."""
        try:
            case = await self.case_of(request)
        except ServiceFailed:
            return ""
        return title_of(case, language) if case and not case.service.is_untitled else ""

    async def letter(
        self, request_id: str, occasion: str, said: Mapping[str, str] = NOTHING_SAID
    ) -> OutgoingSms | None:
        """The SMS that a request's citizen gets on an occasion, in the language of the filing.

        `said` is how the request stood then, where it may stand otherwise by now: its `results` as JSON, its `status`;
        and `to` whom it is sent, if that is somebody else.
        """
        case = await self._case(request_id)
        if case is not None and occasion == ASSISTED:
            return assisted_letter(case, said)
        if case is None or occasion not in case.service.sms:
            return None
        to, spoken = said.get("to", case.request.msisdn), case.request.language
        if occasion == HOLDER:
            to = holder_of(case.request.results, case.edition.program.country)
            spoken = await self._ledger.language(to) or case.edition.program.base
        return OutgoingSms(to, text_of(case, occasion, spoken, said))

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


def _moved(applied: bool) -> JobEnding:
    """Somebody moved the request meanwhile: the stage is asked again with its key, so nothing is done twice."""
    return Finished() if applied else Again("moved meanwhile", failed=False)
