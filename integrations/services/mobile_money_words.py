"""The objects of the GSMA Mobile Money API 1.2.0 that a wallet answers with, and what they mean in our words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from app.errors import ServiceFailed
from app.messages import Pending, Refused
from integrations.http import HttpAnswer
from integrations.services.wallet_orders import Outcome, paid

OK, CREATED, ACCEPTED, NOT_FOUND = 200, 201, 202, 404
Short = Annotated[str, StringConstraints(min_length=1, max_length=256)]
CODE = re.compile(r"[A-Za-z]{1,64}")


class Words(BaseModel):
    """Lenient where the API may grow: unknown fields and codes are no reason to lose sight of a payment."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class ErrorObject(Words):
    category: Annotated[Short, Field(alias="errorCategory")]
    code: Annotated[Short, Field(alias="errorCode")]


class RequestState(Words):
    status: Literal["pending", "completed", "failed"]
    reference: Annotated[str, Field(alias="objectReference", max_length=256)] = ""
    error: ErrorObject | None = None
    expires: Annotated[AwareDatetime | None, Field(alias="expiryTime")] = None


class Transaction(Words):
    """The API leaves the words of `transactionStatus` to the provider: only the plain ones are understood."""

    status: Annotated[Short, Field(alias="transactionStatus")]
    reference: Annotated[Short, Field(alias="transactionReference")]


class Link(Words):
    link: Short


class Heartbeat(Words):
    status: Annotated[Literal["available", "unavailable", "degraded"], Field(alias="serviceStatus")]


Anything = TypeVar("Anything", bound=Words)


def read_as(kind: type[Anything], answer: HttpAnswer) -> Anything:
    """The answer's object; raises `ServiceFailed`."""
    try:
        return kind.model_validate(answer.json())
    except ValidationError:
        raise ServiceFailed("answer_malformed", retryable=False) from None


def error_of(answer: HttpAnswer) -> ErrorObject | None:
    try:
        return read_as(ErrorObject, answer)
    except ServiceFailed:
        return None


def expected(answer: HttpAnswer, status: int) -> HttpAnswer:
    """Raises `ServiceFailed` for any other answer to a look-up, which is only worth repeating if it came too often."""
    if answer.status != status:
        error = error_of(answer)
        if error is not None and error.code in BUSY:
            raise ServiceFailed(f"error_{error.code}", retryable=True)
        raise ServiceFailed(f"status_{answer.status}", retryable=False)
    return answer


def outcome_of_state(state: RequestState, now: datetime) -> Outcome:
    """A request that failed at or after its expiry for no reason of its own has expired: the API has no code for it."""
    if state.status == "pending":
        return Pending()
    if state.status == "failed":
        code = state.error.code if state.error else "genericError"
        if code == "genericError" and state.expires is not None and state.expires <= now:
            return Refused("expired")
        return Refused(REFUSALS.get(code, "refused"))
    return paid(state.reference)


def outcome_of_transaction(transaction: Transaction) -> Outcome:
    match transaction.status.lower():
        case "completed":
            return paid(transaction.reference)
        case "pending":
            return Pending()
        case "failed" | "declined":
            return Refused("refused")
        case _:  # `reversed`, say: money may have moved, a human must look
            raise ServiceFailed("answer_malformed", retryable=False)


def outcome_of_refusal(answer: HttpAnswer, error: ErrorObject | None) -> Refused:
    """What a 4xx to a request for payment means: the payer's no, or a fault of ours that raises `ServiceFailed`."""
    if error is None or not CODE.fullmatch(error.code):
        raise ServiceFailed(f"status_{answer.status}", retryable=False)
    if error.code in BUSY:
        raise ServiceFailed(f"error_{error.code}", retryable=True)
    if error.code in REFUSALS:
        return Refused(REFUSALS[error.code])
    if error.category == "businessRule" and error.code not in OURS:
        return Refused("refused")
    raise ServiceFailed(f"error_{error.code}", retryable=False)


BUSY = frozenset({"rateLimitError"})
OURS = frozenset({"transactionTypeError", "samePartiesError"})  # no payer can put these right

# Codes by which the payer or the wallet says no; the others of a 4xx are about our request or our credentials.
REFUSALS: Mapping[str, str] = {
    "insufficientFunds": "insufficient_funds",
    "requestDeclined": "declined",
    "dailyVolumeLimitExceeded": "limit",
    "dailyValueLimitExceeded": "limit",
    "weeklyVolumeLimitExceeded": "limit",
    "weeklyValueLimitExceeded": "limit",
    "monthlyVolumeLimitExceeded": "limit",
    "monthlyValueLimitExceeded": "limit",
    "accountMaxTotalVolumeExceeded": "limit",
    "accountMaxTotalValueExceeded": "limit",
    "lessThanTransactionMinValue": "limit",
    "greaterThanTransactionMaxValue": "limit",
    "maxBalanceExceeded": "limit",
    "identifierError": "refused",
}
