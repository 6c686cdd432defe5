"""Offices behind X-Road 7, by its message protocol for REST: asked through our own security server.

Source: X-Road, Message Protocol for REST (PR-REST) 1.0, sections 4.1 to 4.6. What the provider answers is understood as
a plain JSON office's answer; what a security server answers instead is told apart by its header `X-Road-Error`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from uuid import uuid4

from app import x_road
from app.errors import ServiceFailed, SettingsWrong
from app.messages import Answered, Pending, Refused
from app.ports import Clock
from app.x_road import KEYS, encoded
from integrations.http import HttpAnswer, check_status
from integrations.services.credentials import open_http
from integrations.services.http_json_operation import Operation, checked_key, outcome_of, refuse_faulty
from integrations.services.recording import Recorder
from integrations.services.settings import OfficeSettings

PROTOCOL = "/r1"
EVIDENCE = ("X-Road-Id", "X-Road-Request-Id", "X-Road-Request-Hash")
"""What proves later which answer followed which request."""
evidence_characters_max = 200
NEVER_ASKED = frozenset(
    {
        "Server.ClientProxy.UnknownMember",
        "Server.ServerProxy.UnknownService",
        "Server.ServerProxy.AccessDenied",
        "Server.ServerProxy.ServiceDisabled",
    }
)
"""Errors of a security server that did not hand the request on to the provider's system."""
_ERROR = re.compile(r"(Client|Server\.ClientProxy|Server\.ServerProxy)(\.[A-Za-z0-9_]{1,60}){0,4}")
_USER_ID = re.compile(r"[A-Za-z0-9]{1,40}")


class XRoadOffice:
    """Asks the declared `operations` of a provider; raises `SettingsWrong` for a wrong declaration.

    A POST or PUT carries the key in `Idempotency-Key`, which security servers hand on as it is: the provider must
    answer the same key with the same work. Every attempt is a message of its own, with an `X-Road-Id` of its own.
    """

    def __init__(
        self, settings: OfficeSettings, clock: Clock, make_id: Callable[[], str] = lambda: str(uuid4())
    ) -> None:
        self.name = settings.name
        self._make_id = make_id
        options = settings.options
        wrong = "; ".join(fault.text for fault in x_road.office_faults(options))
        if wrong:
            raise SettingsWrong(f"Office `{self.name}` in services.yaml: {wrong}.")
        self._provider = encoded(options["provider"])
        # A user's id begins with the country that gave it (PR-REST 4.3), as names of instances do.
        country = settings.country or options["client"][:2].upper()
        self._operations = {name: _Declared(self.name, name, one, country) for name, one in settings.operations.items()}
        headers = {"X-Road-Client": encoded(options["client"])}
        if "security_server" in options:
            headers["X-Road-Security-Server"] = encoded(options["security_server"])
        if "represented_party" in options:
            headers["X-Road-Represented-Party"] = encoded(options["represented_party"])
        self._own_party = "represented_party" in options
        self._http = open_http(settings, clock, headers)
        self._recorder = Recorder(settings, x_road.ADAPTER)

    async def ask(
        self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float
    ) -> Answered | Refused | Pending:
        """Ask once. Besides the reasons of a plain JSON office: `x_road:<type>` as a security server named it.

        `Client...` is our own mistake and is not tried again. Any other may pass; after a POST or PUT it is `late`, for
        the provider may have done the work before its security server failed, unless the type says that it was not
        asked.
        """
        declared = self._operations.get(operation)
        if declared is None:
            raise ServiceFailed("operation_unknown", retryable=False)
        asked = declared.operation
        party = _party(arguments, self._own_party)
        arguments = {name: text for name, text in arguments.items() if name != x_road.REPRESENTED}
        if asked.takes - arguments.keys():
            raise ServiceFailed("argument_missing", retryable=False)
        id, before = self._make_id(), f"{PROTOCOL}/{self._provider}/{declared.service_code}"
        answer: HttpAnswer | None = None
        try:
            answer = await self._http.call(
                asked.method,
                before + asked.target_with(arguments),
                within_seconds,
                headers={"X-Road-Id": id, **party, **declared.headers_with(arguments, key)},
                json_body=asked.body_with(arguments),
                any_status=True,
            )
            if "x-road-error" in answer.headers:
                raise _failure(answer, changes=asked.changes)
            check_status(answer.status)
            said = outcome_of(asked, answer)
        except ServiceFailed as failure:
            failed = asked.failed(failure)
            failed.evidence = _evidence(answer, id) if answer is not None or failed.late else ""
            self._recorder.keep(operation, asked, arguments, answer, failed, before)
            raise failed from None
        self._recorder.keep(operation, asked, arguments, answer, said, before)
        return replace(said, evidence=_evidence(answer, id))

    async def close(self) -> None:
        await self._http.close()


class _Declared:
    """An operation as a plain JSON office's, and what X-Road asks for besides."""

    def __init__(self, office: str, name: str, declared: Mapping[str, object], country: str) -> None:
        self._country = country
        refuse_faulty(office, name, x_road.faults(declared))
        self.operation = Operation.model_validate({key: value for key, value in declared.items() if key not in KEYS})
        self.service_code = encoded(str(declared["service_code"]))
        self._user, self._issue = declared.get("user"), declared.get("issue")

    def headers_with(self, arguments: Mapping[str, str], key: str) -> dict[str, str]:
        """Raises `ServiceFailed` for an id of a user, or an issue, that no header can carry."""
        headers = dict(self.operation.headers)
        if self.operation.changes:
            headers["Idempotency-Key"] = checked_key(key)
        if isinstance(self._user, str) and arguments[self._user]:
            if not _USER_ID.fullmatch(arguments[self._user]):
                raise ServiceFailed("argument_unfit", retryable=False)
            headers["X-Road-UserId"] = self._country + arguments[self._user]
        if isinstance(self._issue, str) and arguments[self._issue]:
            headers["X-Road-Issue"] = checked_key(arguments[self._issue])
        return headers


def _party(arguments: Mapping[str, str], is_own: bool) -> dict[str, str]:
    """For whom this one call is made, if an agent acts for a citizen. An office that declares a party of its own, for
    all its calls, keeps that. Raises `ServiceFailed` for what no header can carry.
    """
    party = arguments.get(x_road.REPRESENTED, "")
    if not party or is_own:
        return {}
    if not x_road.is_party(party):
        raise ServiceFailed("argument_unfit", retryable=False)
    return {"X-Road-Represented-Party": encoded(party)}


def _failure(answer: HttpAnswer, *, changes: bool) -> ServiceFailed:
    """By the type alone: message and detail may hold addresses, and belong to whoever runs the security server."""
    named = answer.headers["x-road-error"]
    type = named if _ERROR.fullmatch(named) else "unreadable"
    ours = type.startswith("Client")
    return ServiceFailed(f"x_road:{type}", retryable=not ours, late=changes and not ours and type not in NEVER_ASKED)


def _evidence(answer: HttpAnswer | None, id: str) -> str:
    """The ids and the hash of an exchange, for the request's history; of one without an answer what we called it."""
    told = {name: answer.headers.get(name.lower(), "") if answer else "" for name in EVIDENCE}
    told["X-Road-Id"] = told["X-Road-Id"] or id
    kept = {name: value for name, value in told.items() if value and value.isascii() and value.isprintable()}
    return " ".join(f"{name}={value[:evidence_characters_max]}" for name, value in kept.items())
