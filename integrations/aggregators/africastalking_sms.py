"""What Africa's Talking's sending API answers, read; and which key may be sent to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import anyio
import anyio.to_thread

from app import limits
from app.errors import ServiceFailed, SettingsWrong

KEY_REFUSED = "Africa's Talking refused the user name or API key; a new key takes up to 20 minutes to be accepted"
message_id_characters_max = 128


@dataclass(frozen=True, slots=True)
class SmsAnswer:
    status: int
    body: bytes


def check_key(api_key: str) -> None:
    """Raises `SettingsWrong` for one that no header takes."""
    if not (api_key.isascii() and api_key.isprintable()) or api_key != api_key.strip() or not api_key:
        raise SettingsWrong("The Africa's Talking API key must be printable ASCII; look at the key file.")


async def in_thread(threads: anyio.CapacityLimiter, seconds: float, submit: Callable[[], SmsAnswer]) -> SmsAnswer:
    """What is submitted from one of so many threads; raises `ServiceFailed` if there is no answer in time.

    Stands here, for this module is never machine code, in which an `async with` may raise what another task has caught.
    """
    try:
        async with threads, asyncio.timeout(seconds):
            return await anyio.to_thread.run_sync(
                submit,
                abandon_on_cancel=True,
                limiter=anyio.CapacityLimiter(1),  # `threads` was taken before the clock began to run
            )
    except TimeoutError:
        raise ServiceFailed("timeout", retryable=True, late=True) from None


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
    if status == HTTPStatus.UNAUTHORIZED:
        raise ServiceFailed(KEY_REFUSED, retryable=False)
    if 300 <= status < 400:
        raise ServiceFailed("redirected", retryable=False)
    if status in (408, 429, 503):  # they say themselves that they have not taken it
        raise ServiceFailed(f"status_{status}", retryable=True)
    if status >= 500:
        raise ServiceFailed(f"status_{status}", retryable=True, late=True)
    if not 200 <= status < 300 and status != 409:  # 409 carries the row of a number that wants no SMS
        raise ServiceFailed(f"status_{status}", retryable=False)


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
