"""Services asked from a menu: an office within the citizen's patience, a request filed, or the status of one."""

from __future__ import annotations

from collections.abc import Mapping

from app.catalogue import Service, ServiceKind
from app.errors import ServiceFailed
from app.ledger import Asker, Requests
from app.messages import Answered, Down, Job, Late, Outcome, Pending, Refused, Request
from app.pack import Pack
from app.ports import Clock, Office, Outbox


class Services:
    """Every call of a menu ends in one of four outcomes, within what is left of the turn."""

    def __init__(
        self, pack: Pack, offices: Mapping[str, Office], requests: Requests, outbox: Outbox, clock: Clock
    ) -> None:
        self._services = pack.catalogue.services
        self._offices = offices
        self._requests = requests
        self._outbox = outbox
        self._clock = clock

    async def call(self, name: str, arguments: Mapping[str, str], asker: Asker) -> Outcome:
        service = self._services[name]
        if service.kind is ServiceKind.FILE:
            request = await self._requests.file(service, arguments, asker)
            return Answered({"reference": request.reference})
        if service.kind is ServiceKind.STATUS:
            return await self._status(service, arguments, asker)
        return await self._ask(service, arguments, asker)

    async def _ask(self, service: Service, arguments: Mapping[str, str], asker: Asker) -> Outcome:
        assert service.ask is not None, "a service of kind `ask` has its operation; the compiler saw to it"
        given = {parameter: arguments[name] for parameter, name in service.ask.arguments.items()}
        try:
            outcome = await self._offices[service.ask.office].ask(
                service.ask.operation, given, asker.effect, _patience(service, asker)
            )
        except ServiceFailed as failure:
            return Late() if failure.late else Down()
        return Late() if isinstance(outcome, Pending) else outcome

    async def _status(self, service: Service, arguments: Mapping[str, str], asker: Asker) -> Outcome:
        """What the ledger knows, refreshed by the office if it answers in time; else the worker texts it later."""
        request = await self._requests.find(arguments["reference"], asker)
        if request is None:
            return Refused("unknown")
        try:
            request = await self._requests.refresh(request, _patience(service, asker))
        except ServiceFailed as failure:
            job = Job(f"{asker.effect}:refresh", "refresh", self._refresh(request), self._clock())
            await self._outbox.add([job])
            return (Late if failure.late else Down)(self._known(request, asker))
        return Answered(self._known(request, asker))

    def _refresh(self, request: Request) -> Mapping[str, str]:
        follow = self._requests.follows(request)
        return {"request": request.id, "office": follow.office if follow else ""}

    def _known(self, request: Request, asker: Asker) -> Mapping[str, str]:
        return {
            "reference": request.reference,
            "title": self._requests.title(request.service, asker.language),
            "status": request.status.value,
            "where": request.results.get("where", ""),
            "reason": request.reason,
        }


def _patience(service: Service, asker: Asker) -> float:
    """What the menu or else the catalogue grants, and no more than what is left of the turn."""
    granted = service.patience_seconds if asker.patience_seconds is None else asker.patience_seconds
    return max(0.0, min(granted, asker.within_seconds))
