"""Services asked from a menu: an office within the citizen's patience, a request filed, or the status of one."""

from __future__ import annotations

from collections.abc import Mapping

from app.catalogue import UNVERIFIED, CodeStep, Service, ServiceKind
from app.codes import Codes
from app.editions import Edition
from app.errors import ServiceFailed
from app.ledger import Asker, Requests
from app.messages import Answered, Down, Handed, Job, Late, Outcome, Pending, Refused, Request
from app.ports import Clock, Outbox
from app.questions import Questions
from app.values.rules import ValueType


class Services:
    """Every call of a menu ends in one of four outcomes, within what is left of the turn."""

    def __init__(self, requests: Requests, codes: Codes, outbox: Outbox, questions: Questions, clock: Clock) -> None:
        self._requests = requests
        self._codes = codes
        self._outbox = outbox
        self._questions = questions
        self._clock = clock

    async def call(self, edition: Edition, name: str, arguments: Mapping[str, str], asker: Asker) -> Outcome:
        service = edition.catalogue.services[name]
        if service.kind is ServiceKind.FILE:
            return await self._file(edition, service, arguments, asker)
        if service.kind is ServiceKind.STATUS:
            return await self._status(service, arguments, asker)
        if service.code is CodeStep.SENDS:
            return await self._codes.send(edition, service, arguments, asker, _patience(service, asker))
        if service.code is CodeStep.CHECKS:
            return await self._codes.check(edition, service, arguments, asker, _patience(service, asker))
        return await self._ask(edition, service, arguments, asker)

    async def _file(self, edition: Edition, service: Service, arguments: Mapping[str, str], asker: Asker) -> Outcome:
        """A service that demands a verified identity keeps the evidence in the place of the proof."""
        evidence = ""
        if (proof := service.parameter(ValueType.PROOF)) is not None:
            told = await self._codes.evidence(service, arguments, asker)
            if told is None:
                before = await self._requests.filed_before(service, arguments, asker, but=proof)
                return Answered({"reference": before.reference}) if before else Refused(UNVERIFIED)
            arguments, evidence = {**arguments, proof: told}, told
        request = await self._requests.file(edition, service, arguments, asker, evidence)
        return Answered({"reference": request.reference})

    async def _ask(self, edition: Edition, service: Service, arguments: Mapping[str, str], asker: Asker) -> Outcome:
        assert service.ask is not None, "a service of kind `ask` has its operation; the compiler saw to it"
        given = {parameter: arguments[name] for parameter, name in service.ask.arguments.items()}
        try:
            patience = _patience(service, asker)
            outcome = await self._questions.ask(edition, service, given, asker.effect, asker, patience)
        except ServiceFailed as failure:
            return Late() if failure.late else Down()
        return Late() if isinstance(outcome, Pending | Handed) else outcome

    async def _status(self, service: Service, arguments: Mapping[str, str], asker: Asker) -> Outcome:
        """What the ledger knows, refreshed by the office if it answers in time; else the worker texts it later."""
        request = await self._requests.find(arguments["reference"], asker)
        if request is None:
            return Refused("unknown")
        try:
            request = await self._requests.refresh(request, _patience(service, asker))
        except ServiceFailed as failure:
            payload = {"request": request.id, "office": await self._requests.office_of(request)}
            await self._outbox.add([Job(f"{asker.effect}:refresh", "refresh", payload, self._clock())])
            return (Late if failure.late else Down)(await self._known(request, asker))
        return Answered(await self._known(request, asker))

    async def _known(self, request: Request, asker: Asker) -> Mapping[str, str]:
        return {
            "reference": request.reference,
            "title": await self._requests.title(request, asker.language),
            "status": request.status.value,
            "where": request.results.get("where", ""),
            "reason": request.reason,
        }


def _patience(service: Service, asker: Asker) -> float:
    """What the menu or else the catalogue grants, and no more than what is left of the turn."""
    granted = service.patience_seconds if asker.patience_seconds is None else asker.patience_seconds
    return max(0.0, min(granted, asker.within_seconds))
