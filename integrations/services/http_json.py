"""Any office that speaks plain JSON over HTTP, as the pack's services.yaml declares it: no code for a new one."""

from __future__ import annotations

from collections.abc import Mapping

from app.errors import ServiceFailed
from app.http_json import ADAPTER
from app.messages import Answered, Pending, Refused
from app.ports import Clock
from integrations.http import HttpAnswer, check_status
from integrations.services.credentials import open_http
from integrations.services.http_json_operation import checked_key, outcome_of, read_operation
from integrations.services.recording import Recorder
from integrations.services.settings import OfficeSettings


class HttpJsonOffice:
    """Asks the declared `operations` of an office; raises `SettingsWrong` for a wrong declaration.

    A POST or PUT carries the key in `Idempotency-Key`: the office must answer the same key with the same work.
    """

    def __init__(self, told: OfficeSettings, clock: Clock) -> None:
        self.name = told.name
        self._operations = {name: read_operation(told.name, name, one) for name, one in told.operations.items()}
        self._http = open_http(told, clock)
        self._recorder = Recorder(told, ADAPTER)

    async def ask(
        self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float
    ) -> Answered | Refused | Pending:
        """Ask once. Besides the reasons of `OutboundHttp` and `BearerHttp`: `status_<4xx>`, `answer_malformed`,
        `argument_unfit`, `argument_missing`, `operation_unknown`; none of these is retryable. Of a POST or PUT whatever
        went wrong after it was sent is `late`: a 5xx as well.
        """
        asked = self._operations.get(operation)
        if asked is None:
            raise ServiceFailed("operation_unknown", retryable=False)
        if asked.takes - arguments.keys():
            raise ServiceFailed("argument_missing", retryable=False)
        headers = asked.headers | ({"Idempotency-Key": checked_key(key)} if asked.changes else {})
        target, body = asked.target_with(arguments), asked.body_with(arguments)
        answer: HttpAnswer | None = None
        try:
            answer = await self._http.call(
                asked.method, target, within_seconds, headers=headers, json_body=body, any_status=True
            )
            check_status(answer.status)
            said = outcome_of(asked, answer)
        except ServiceFailed as failure:
            failed = asked.failed(failure)
            self._recorder.keep(operation, asked, arguments, answer, failed)
            raise failed from None
        self._recorder.keep(operation, asked, arguments, answer, said)
        return said

    async def close(self) -> None:
        await self._http.close()
