"""How a request is filed, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app import limits
from app.cases import tell_job, work_job
from app.catalogue import Service
from app.editions import Edition
from app.errands import Channel, Errand, ErrandKind, district_in
from app.letters import assisted_job
from app.mandate import Mandate
from app.messages import Attested, Filing, Request
from app.ports import Clock, Ledger, RandomBytes
from app.reference import new_reference


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom something is done. `effect` is the id made from session and step; `within_seconds` what is left;
    `language` that of the page, which an agent may read in another one than the citizen has.

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


class Filings:
    """What is filed, each with the jobs that carry it out."""

    def __init__(self, ledger: Ledger, clock: Clock, random_bytes: RandomBytes) -> None:
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
            language=asker.mandate.language if asker.mandate else asker.language,
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
        return await self._ledger.file_for(filing, asker.mandate, [*jobs, assisted_job(filing, asker.mandate)])

    def _errand(self, edition: Edition, service: Service, answers: Mapping[str, str], asker: Asker, id: str) -> Errand:
        district = district_in(edition.program, answers)
        kind, at = ErrandKind.FILED, self._clock()
        return Errand(f"{id}:{kind.value}", kind, service.name, asker.channel, at, district, asker.point)
