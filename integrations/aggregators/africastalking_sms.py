"""Africa's Talking's sending API: their package makes the request, we carry it, and read what came back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import requests
import urllib3
from africastalking.SMS import SMSService
from requests.exceptions import ConnectionError as NotConnected
from requests.exceptions import ConnectTimeout, ReadTimeout, RequestException, SSLError
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError, ReadTimeoutError

from app import limits
from app.errors import ServiceFailed, SettingsWrong

CONNECT_SECONDS = 3.05  # just above the 3 s after which a lost first packet is sent again
KEY_REFUSED = "Africa's Talking refused the user name or API key; a new key takes up to 20 minutes to be accepted"
message_id_characters_max = 128


@dataclass(frozen=True, slots=True)
class SmsAnswer:
    status: int
    body: bytes


class SmsCentre(SMSService):  # type: ignore[misc]  # the package has no types
    """The package's form and headers over a transport of our own. Synchronous: call it in a thread.

    The package's transport loses the HTTP status, turns a POST into a GET on a redirect, gives a text instead of a
    dict for `application/json; charset=utf-8`, reads without end and takes proxies and passwords from the
    environment.
    """

    def __init__(self, username: str, api_key: str, base_url: str | None) -> None:
        if not (api_key.isascii() and api_key.isprintable()) or api_key != api_key.strip() or not api_key:
            raise SettingsWrong("The Africa's Talking API key must be printable ASCII; look at the key file.")
        self._given_base_url = base_url
        super().__init__(username, api_key)

    def _init_service(self) -> None:
        super()._init_service()
        if self._given_base_url is not None:
            self._baseUrl = self._given_base_url.rstrip("/")

    @property
    def endpoint(self) -> str:
        return str(self._make_url("/messaging"))

    def submit(self, text: str, msisdn: str, sender_id: str | None, read_seconds: float) -> SmsAnswer:
        """Hand one SMS over, once; raises `ServiceFailed`."""
        timeout = (min(CONNECT_SECONDS, read_seconds), read_seconds)
        try:
            answer: SmsAnswer = self.send(text, [msisdn], sender_id, timeout=timeout)
        except (RequestException, HTTPError) as error:
            raise _failure(error) from None
        return answer

    def _make_request(
        self,
        url: str,
        method: str,
        headers: Mapping[str, str],
        data: Mapping[str, str | int],
        params: None,
        callback: None = None,
        timeout: tuple[float, float] | None = None,
    ) -> SmsAnswer:
        # A connection of its own for each text: a kept one that was cut meanwhile leaves open whether it was sent.
        with requests.Session() as session:
            session.trust_env = False
            session.headers["Accept-Encoding"] = "identity"
            with session.request(
                method, url, headers=headers, data=data, timeout=timeout, allow_redirects=False, stream=True
            ) as response:
                return SmsAnswer(response.status_code, _bounded(response))


def _bounded(response: requests.Response) -> bytes:
    """At most one byte more than is allowed; the read after the last one finds out whether the answer was cut."""
    body = b""
    while len(body) <= limits.office_response_bytes_max:
        chunk: bytes = response.raw.read(limits.office_response_bytes_max + 1 - len(body))
        if not chunk:
            break
        body += chunk
    return body


def message_id_of(answer: SmsAnswer) -> str:
    """The id of the one SMS that was accepted; raises `ServiceFailed` for everything else."""
    _check_status(answer.status)
    message, recipients = _read(answer.body)
    if not recipients:  # an invalid sender id is answered with 201, nobody in the list and the reason in prose
        reason, retryable = REASONS.get(message, ("no_recipients", False))
        raise ServiceFailed(reason, retryable=retryable)
    row = recipients[0]
    code, message_id = row.get("statusCode"), row.get("messageId")
    if len(recipients) > 1 or type(code) is not int:
        raise _malformed()
    if code not in ACCEPTED:
        reason, retryable = REASONS.get(STATUS_CODES.get(code, ""), ("refused", False))
        raise ServiceFailed(reason, retryable=retryable)
    if not isinstance(message_id, str) or not message_id or message_id == "None" or not message_id.isprintable():
        raise _malformed()
    if len(message_id) > message_id_characters_max:
        raise _malformed()
    return message_id


def _read(body: bytes) -> tuple[str, list[Mapping[str, object]]]:
    if len(body) > limits.office_response_bytes_max:
        raise _malformed()
    try:
        data = json.loads(body)["SMSMessageData"]
        message, recipients = data["Message"], data["Recipients"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _malformed() from None
    if not isinstance(message, str) or not isinstance(recipients, list):
        raise _malformed()
    if not all(isinstance(row, dict) for row in recipients):
        raise _malformed()
    return message, recipients


def _malformed() -> ServiceFailed:
    """Not to be tried again: they took the request, and a second one may be a second SMS."""
    return ServiceFailed("answer_malformed", retryable=False, late=True)


def _check_status(status: int) -> None:
    if status == requests.codes.unauthorized:
        raise ServiceFailed(KEY_REFUSED, retryable=False)
    if 300 <= status < 400:
        raise ServiceFailed("redirected", retryable=False)
    if status in (408, 429, 503):  # they say themselves that they have not taken it
        raise ServiceFailed(f"status_{status}", retryable=True)
    if status >= 500:
        raise ServiceFailed(f"status_{status}", retryable=True, late=True)
    if not 200 <= status < 300 and status != 409:  # 409 carries the row of a number that wants no SMS
        raise ServiceFailed(f"status_{status}", retryable=False)


def _failure(error: Exception) -> ServiceFailed:
    cause = error.args[0] if error.args else None
    if isinstance(cause, MaxRetryError):
        cause = cause.reason
    match error:
        case SSLError():
            return ServiceFailed("tls", retryable=True)
        case ConnectTimeout():
            return ServiceFailed("connect", retryable=True)
        case NotConnected() if isinstance(cause, NewConnectionError):
            return ServiceFailed("connect", retryable=True)
        case ReadTimeout() | ReadTimeoutError():
            return ServiceFailed("timeout", retryable=True, late=True)
        case NotConnected() | urllib3.exceptions.ProtocolError():
            return ServiceFailed("connection_lost", retryable=True, late=True)
        case _:
            return ServiceFailed("request_unfit", retryable=False)


ACCEPTED = frozenset({100, 101, 102})  # processed, sent, queued

# Their numbers, their words for them, our words, and whether the same SMS may be sent again later.
STATUS_CODES: Mapping[int, str] = {
    401: "RiskHold",
    402: "InvalidSenderId",
    403: "InvalidPhoneNumber",
    404: "UnsupportedNumberType",
    405: "InsufficientBalance",
    406: "UserInBlacklist",
    407: "CouldNotRoute",
    409: "DoNotDisturbRejection",
    500: "InternalServerError",
    501: "GatewayError",
    502: "RejectedByGateway",
}
REASONS: Mapping[str, tuple[str, bool]] = {
    "RiskHold": ("risk_hold", False),
    "InvalidSenderId": ("sender_id_invalid", False),
    "InvalidPhoneNumber": ("number_invalid", False),
    "UnsupportedNumberType": ("number_unsupported", False),
    "InsufficientBalance": ("balance_insufficient", True),
    "UserInBlacklist": ("number_blocked", False),
    "CouldNotRoute": ("no_route", False),
    "DoNotDisturbRejection": ("do_not_disturb", False),
    "InternalServerError": ("aggregator_error", True),
    "GatewayError": ("gateway_error", True),
    "RejectedByGateway": ("gateway_refused", True),
}
