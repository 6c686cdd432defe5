"""What MOSIP's ID Authentication answers: always 200, with `errors` when it says no, and what they mean in our words.

Source of the codes: MOSIP's documentation, and `IdAuthenticationErrorConstants` of `mosip/id-authentication`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from app.errors import ServiceFailed
from app.messages import Answered, Refused
from app.mosip import CHECKS, SENDS
from integrations.http import HttpAnswer, check_status

Short = Annotated[str, StringConstraints(max_length=200)]
CODE = re.compile(r"[A-Z]{2,4}[-_][A-Z]{3}[-_][0-9]{3}")
_INSTANT = re.compile(r"[0-9T:.+Z-]{1,40}")
OK = 200


class Words(BaseModel):
    """Lenient where the API may grow; texts for people are not looked at, for they may name somebody."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Error(Words):
    code: Annotated[Short, Field(alias="errorCode")]


class AuthResponse(Words):
    status: Annotated[bool, Field(alias="authStatus")] = False


class Answer(Words):
    transaction: Annotated[Short, Field(alias="transactionID")]
    at: Annotated[Short, Field(alias="responseTime")] = ""
    response: AuthResponse | None = None
    errors: list[Error] | None = None


def outcome_of(operation: str, answer: HttpAnswer, transaction: str) -> Answered | Refused:
    """Raises `ServiceFailed`: `ida:<their code>` for what is no citizen's no, `status_<...>`, `answer_malformed`,
    `answer_not_json`. One that cannot be understood is `late`: the work may have been done.
    """
    try:
        if answer.status != OK:
            check_status(answer.status)
            raise ServiceFailed(f"status_{answer.status}", retryable=False)
        told = _read(answer)
    except ServiceFailed as failed:
        unsaid = answer.status == OK or answer.status >= 500
        raise ServiceFailed(failed.reason, retryable=failed.retryable, late=unsaid) from None
    evidence = _evidence(told, transaction)
    if told.errors:
        return Refused(_refusal(operation, [error.code for error in told.errors]), evidence)
    if told.transaction != transaction or (operation == CHECKS and not (told.response and told.response.status)):
        raise ServiceFailed("answer_malformed", retryable=False, late=True)
    return Answered({}, evidence)


def _read(answer: HttpAnswer) -> Answer:
    try:
        return Answer.model_validate(answer.json())
    except ValidationError:
        raise ServiceFailed("answer_malformed", retryable=False) from None


def _refusal(operation: str, codes: list[str]) -> str:
    """Of several errors the first that a citizen can hear of; raises `ServiceFailed` if there is none."""
    reason = next((REFUSALS[operation][code] for code in codes if code in REFUSALS[operation]), None)
    if reason is not None:
        return reason
    told = codes[0] if CODE.fullmatch(codes[0]) else "unreadable"
    raise ServiceFailed(f"ida:{told}", retryable=told in PASSING)


def _evidence(told: Answer, transaction: str) -> str:
    at = told.at if _INSTANT.fullmatch(told.at) else ""
    return " ".join(filter(None, (f"transactionID={transaction}", at and f"responseTime={at}")))


_UNKNOWN = ("IDA-MLC-002", "IDA-MLC-004", "IDA-MLC-018", "IDA-MLC-026", "IDA-MLC-027", "IDA-MLC-028", "IDA-MLC-029")
_UNUSABLE = ("IDA-MLC-003", "IDA-MLC-005", "IDA-MLC-010", "IDA-MLC-019", "IDA-MLC-022", "IDA-MLC-023")
"""An ID number that is deactivated, expired or locked for codes."""
REFUSALS: Mapping[str, Mapping[str, str]] = {
    SENDS: {
        **dict.fromkeys(_UNKNOWN, "unknown"),
        "IDA-MLC-014": "no_phone",
        **dict.fromkeys((*_UNUSABLE, "IDA-OTA-001", "IDA-OTA-006", "IDA-OTA-007"), "blocked"),
    },
    CHECKS: {
        "IDA-OTA-004": "wrong",
        **dict.fromkeys(("IDA-OTA-003", "IDA-OTA-005"), "expired"),
        **dict.fromkeys((*_UNKNOWN, *_UNUSABLE, "IDA-OTA-006", "IDA-OTA-007"), "blocked"),
    },
}
"""Any other code is about our request, our keys or their system."""
PASSING = frozenset({"IDA-MLC-007", "IDA-OTA-002", "IDA-RST-007", "IDA-RST-008"})
"""They ask to try again."""
