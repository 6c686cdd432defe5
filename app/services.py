"""Services asked from a menu: an office within the citizen's patience, a request filed, or the status of one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from app import limits
from app.agent_menu import AgentMenu
from app.answers import Answers
from app.billing import Billing
from app.cases import told_until
from app.catalogue import TOO_MANY, UNMANDATED, UNVERIFIED, CodeStep, Service, ServiceKind, price_of
from app.codes import Codes
from app.editions import Edition
from app.errands import Errand, ErrandKind, district_in
from app.errors import ServiceFailed, StoreUnavailable
from app.filing import Asker
from app.house_services import COUNT, UNKNOWN, Find, Lookup
from app.inquiries import Inquiries
from app.ledger import Requests
from app.mandates import Mandates
from app.messages import Answered, Down, Handed, Job, Late, Outcome, Pending, Refused, Request
from app.mine import Mine
from app.points.guide import Guide, Speech
from app.ports import Clock, Errands, Outbox
from app.survey import Surveys
from app.values.rules import ValueType

FROM_THE_PACK = (ServiceKind.POINTS, ServiceKind.LOOKUP, ServiceKind.QUOTE)
"""Kinds that are answered from the menus alone."""


class Services:
    """Every call of a menu ends in one of four outcomes, within what is left of the turn."""

    def __init__(
        self,
        requests: Requests,
        codes: Codes,
        outbox: Outbox,
        inquiries: Inquiries,
        errands: Errands,
        surveys: Surveys,
        clock: Clock,
        mandates: Mandates,
        agent_menu: AgentMenu,
        mine: Mine,
        answers: Answers,
        billing: Billing,
    ) -> None:
        self._requests = requests
        self._codes = codes
        self._outbox = outbox
        self._inquiries = inquiries
        self._errands = errands
        self._surveys = surveys
        self._clock = clock
        self._mandates = mandates
        self._mine = mine
        self._answers = answers
        self._agent_menu = agent_menu
        self._billing = billing

    async def intended(self, effect: str) -> str | None:
        """The version of the menus in which a step had an agent's yes, or one to a wallet, written down; None: none."""
        return await self._agent_menu.intended(effect) or await self._mine.intended(effect)

    async def call(self, edition: Edition, name: str, arguments: Mapping[str, str], asker: Asker) -> Outcome:
        service = edition.catalogue.services[name]
        if service.kind is ServiceKind.AGENT or service.attests is not None:
            return await self._agent_menu.call(edition, service, arguments, asker)
        if service.kind is ServiceKind.FILE:
            return await self._file(edition, service, arguments, asker)
        if service.kind is ServiceKind.STATUS:
            return await self._status(edition, service, arguments, asker)
        if service.kind is ServiceKind.MANDATE:
            return await self._mandates.call(edition, service, arguments, asker)
        if service.kind is ServiceKind.MINE:
            return await self._mine.call(edition, service, arguments, asker)
        if service.texts_answer:
            return await self._text(edition, service, arguments, asker)
        if service.kind in FROM_THE_PACK:
            return await self._tell(edition, service, arguments, asker)
        if service.code is CodeStep.SENDS:
            return await self._codes.send(edition, service, arguments, asker, _patience(service, asker))
        if service.code is CodeStep.CHECKS:
            return await self._codes.check(edition, service, arguments, asker, _patience(service, asker))
        return await self._ask(edition, service, arguments, asker)

    async def _text(self, edition: Edition, service: Service, arguments: Mapping[str, str], asker: Asker) -> Outcome:
        """What the pack tells, by SMS too. Nothing is counted as found: a page showed it before."""
        if asker.mandate is not None:  # an agent has them read it from the page
            return Refused(UNMANDATED)
        if service.lookup is not None:
            told = self._row(edition, service, arguments, asker)
            if told is None:
                return Refused(UNKNOWN)
        else:
            assert service.find is not None, "only what finds or looks up texts its answer"
            told = self._guide(edition, asker).answer(service.find, arguments)
            if not told["id"]:
                return Answered(told)  # there is no such point, and nothing to text
        return Answered(told) if await self._answers.text(edition, service, told, asker) else Refused(TOO_MANY)

    async def _tell(self, edition: Edition, service: Service, arguments: Mapping[str, str], asker: Asker) -> Outcome:
        """What the pack itself knows of its service points, data files and prices, whoever is away."""
        if service.lookup is not None:
            return await self._look_up(edition, service, service.lookup, arguments, asker)
        if service.find is None:
            return _quote(edition, service, arguments)
        if service.find in (Find.POINT, Find.SEARCH):
            await self._found(edition, service, arguments, asker)
        return Answered(self._guide(edition, asker).answer(service.find, arguments))

    def _guide(self, edition: Edition, asker: Asker) -> Guide:
        program = edition.program
        speech = Speech(program.phrases, program.formats, program.currency, program.spelling)
        there = edition.points.there(self._clock())
        return Guide(edition.points, edition.catalogue.services, speech, asker.language, there)

    def _row(
        self, edition: Edition, service: Service, arguments: Mapping[str, str], asker: Asker
    ) -> Mapping[str, str] | None:
        """What stands in a data file of the pack; None: no such row."""
        today = edition.program.day(self._clock())
        return edition.pack.lookups[service.name].answer(arguments, asker.language, today)

    async def _look_up(
        self, edition: Edition, service: Service, lookup: Lookup, arguments: Mapping[str, str], asker: Asker
    ) -> Outcome:
        """One row, or a list. It is counted once for an errand: of a list and the entry picked from it, the entry."""
        told = self._row(edition, service, arguments, asker)
        if told is None:
            return Refused(UNKNOWN)
        if told.get(COUNT) != "0" and not (lookup.listed and edition.catalogue.picks_from(lookup.file)):
            await self._found(edition, service, arguments, asker)
        return Answered(told)

    async def _file(self, edition: Edition, service: Service, arguments: Mapping[str, str], asker: Asker) -> Outcome:
        """A service that demands a verified identity keeps the evidence in the place of the proof."""
        evidence = ""
        if (proof := service.parameter(ValueType.PROOF)) is not None:
            told = await self._codes.evidence(service, arguments, asker)
            if told is None:
                before = await self._requests.filings.filed_before(service, arguments, asker, but=proof)
                return Answered({"reference": before.reference}) if before else Refused(UNVERIFIED)
            arguments, evidence = {**arguments, proof: told}, told
        if await self._billing.has_asked_enough(edition, service, arguments, asker):
            return Refused(TOO_MANY)  # else its page would say that a wallet asks, and none would
        if await self._requests.filings.has_filed_enough(edition, service, asker):
            return Refused(TOO_MANY)
        request = await self._requests.filings.file_for(edition, service, arguments, asker, evidence)
        if request is None:
            return Refused(UNMANDATED)
        # Whoever pays at a counter may have no text yet, so the page itself says by what.
        billed = await self._billing.at_once(request) if service.bills_at_once else {}
        return Answered({"reference": request.reference, **billed})

    async def _ask(self, edition: Edition, service: Service, arguments: Mapping[str, str], asker: Asker) -> Outcome:
        assert service.ask is not None, "a service of kind `ask` has its operation; the compiler saw to it"
        given = {parameter: arguments[name] for parameter, name in service.ask.arguments.items()}
        try:
            patience = _patience(service, asker)
            outcome = await self._inquiries.ask(edition, service, given, asker.effect, asker, patience)
        except ServiceFailed as failure:
            return Late() if failure.late else Down()
        if isinstance(outcome, Answered) and not service.purpose:
            await self._found(edition, service, arguments, asker)
        return Late() if isinstance(outcome, Pending | Handed) else outcome

    async def _found(self, edition: Edition, service: Service, arguments: Mapping[str, str], asker: Asker) -> None:
        """Somebody looked up what is nobody's own. It is counted if it can be, and answered in any case."""
        district, kind, at = district_in(edition.program, arguments), ErrandKind.FOUND, self._clock()
        errand = Errand(f"{asker.effect}:{kind.value}", kind, service.name, asker.channel, at, district, asker.point)
        with suppress(StoreUnavailable):
            await self._errands.note(errand)

    async def _status(self, edition: Edition, service: Service, arguments: Mapping[str, str], asker: Asker) -> Outcome:
        """What the ledger knows, refreshed by the office if it answers in time; else the worker texts it later."""
        request = await self._requests.find(arguments["reference"], asker)
        if request is None:
            return Refused("unknown")
        await self._told(edition, request, asker)
        try:
            request = await self._requests.refresh(
                request, _patience(service, asker), is_by_text=asker.channel == "sms"
            )
        except ServiceFailed as failure:
            now = self._clock()
            until = told_until(now, limits.sms_status_seconds_max)
            payload = {"request": request.id, "office": await self._requests.office_of(request), "until": until}
            await self._outbox.add([Job(f"{asker.effect}:refresh", "refresh", payload, now)])
            return (Late if failure.late else Down)(await self._known(request, asker))
        return Answered(await self._known(request, asker))

    async def _told(self, edition: Edition, request: Request, asker: Asker) -> None:
        """Counted once a day for each request, and perhaps asked about, if that can be done; answered in any case."""
        now, kind = self._clock(), ErrandKind.STATUS
        day = edition.program.day(now).isoformat()
        district = district_in(edition.program, request.answers)
        id = f"{request.id}:{kind.value}:{day}"
        errand = Errand(id, kind, request.service, asker.channel, now, district, asker.point)
        with suppress(StoreUnavailable):
            await self._errands.note(errand, self._surveys.draw(errand, request.msisdn, asker.language, now))

    async def _known(self, request: Request, asker: Asker) -> Mapping[str, str]:
        return {
            "reference": request.reference,
            "title": await self._requests.title(request, asker.language),
            "status": request.status.value,
            "where": request.results.get("where", ""),
            "reason": request.reason,
        }


def _quote(edition: Edition, service: Service, arguments: Mapping[str, str]) -> Outcome:
    """What filing would cost, in minor units, reckoned as its bill will be: what is typed has the same name there."""
    price = price_of(edition.catalogue.services[service.quotes], edition.program.currency, arguments)
    assert price is not None, "only what the bill lets in was typed; the compiler saw to it"
    fee, charge, total = price.fee_minor, price.charge_minor, price.total_minor
    return Answered({"fee": str(fee), "charge": str(charge), "total": str(total)})


def _patience(service: Service, asker: Asker) -> float:
    """What the menu or else the catalogue grants, and no more than what is left of the turn."""
    granted = service.patience_seconds if asker.patience_seconds is None else asker.patience_seconds
    return max(0.0, min(granted, asker.within_seconds))
