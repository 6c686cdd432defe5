"""Any office that speaks plain JSON over HTTP, as the pack's services.yaml declares it: no code for a new one."""

from __future__ import annotations

from collections.abc import Mapping

from app.errors import ServiceFailed
from app.messages import Answered, Pending, Refused
from integrations.http import OutboundHttp, checked_secret
from integrations.services.http_json_operation import checked_key, outcome_of, read_operation


class HttpJsonOffice:
    """Asks the declared `operations` of the office at `address`; raises `SettingsWrong` for a wrong declaration.

    `secret` goes into `secret_header`. A POST or PUT carries the key in `Idempotency-Key`: the office must answer
    the same key with the same work.
    """

    def __init__(
        self,
        name: str,
        address: str,
        secret: str | None,
        operations: Mapping[str, Mapping[str, object]],
        secret_header: str = "X-Api-Key",  # noqa: S107  # the header's name, no secret
    ) -> None:
        self.name = name
        self._operations = {
            operation: read_operation(name, operation, declared) for operation, declared in operations.items()
        }
        self._http = OutboundHttp(address, {} if secret is None else {secret_header: checked_secret(name, secret)})

    async def ask(
        self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float
    ) -> Answered | Refused | Pending:
        """Ask once. Besides the reasons of `OutboundHttp`: `status_<4xx>`, `answer_malformed`, `argument_unfit`,
        `argument_missing`, `operation_unknown`; none of them is retryable.
        """
        asked = self._operations.get(operation)
        if asked is None:
            raise ServiceFailed("operation_unknown", retryable=False)
        if asked.takes - arguments.keys():
            raise ServiceFailed("argument_missing", retryable=False)
        answer = await self._http.call(
            asked.method,
            asked.target_with(arguments),
            within_seconds,
            headers={} if asked.method == "GET" else {"Idempotency-Key": checked_key(key)},
            json_body=asked.body_with(arguments),
        )
        return outcome_of(asked, answer)

    async def close(self) -> None:
        await self._http.close()
