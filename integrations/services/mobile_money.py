"""A wallet that speaks the GSMA Mobile Money API 1.2.0, with us as the merchant who asks a payer to pay."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Mapping
from datetime import UTC
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.errors import ServiceFailed, SettingsWrong
from app.messages import Answered, Pending, Refused
from app.ports import Clock
from integrations.http import HttpAnswer, OutboundHttp, checked_secret
from integrations.services.mobile_money_words import (
    ACCEPTED,
    CREATED,
    NOT_FOUND,
    OK,
    Link,
    RequestState,
    Transaction,
    error_of,
    outcome_of_refusal,
    outcome_of_state,
    outcome_of_transaction,
    read_as,
)

OPERATION = "request-payment"
ARGUMENTS = frozenset({"msisdn", "amount", "currency", "reference", "text"})
REFUSALS = frozenset({"insufficient_funds", "declined", "limit", "refused"})
PAY = "/transactions/type/merchantpay"

# Correlation ids are made from our keys, so that nothing has to be remembered to find a payment again.
CORRELATION = uuid.UUID("6f2d1c56-8a0e-4c39-9d0b-2a7e5b1f4c83")
# Resources that a link of theirs may lead to; whatever host it names, only ours is called.
LINKED = re.compile(r"/(requeststates|transactions)/([A-Za-z0-9_-][A-Za-z0-9._~-]{0,255})")

MSISDN = re.compile(r"\+[1-9][0-9]{7,14}")
AMOUNT_MINOR = re.compile(r"[1-9][0-9]{0,14}")
MINOR_DIGITS: Mapping[str, int] = {"LSL": 2, "ZAR": 2}
description_characters_max = 160
reference_characters_max = 256


class PaymentResult(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    longest: int = Field(ge=1, le=256)
    type: str = "text"


class Declared(BaseModel):
    """What a pack may declare of this office; `refused` and `results` are there for the catalogue to read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    takes: frozenset[str]
    results: dict[Literal["payment"], PaymentResult] = {}
    refused: dict[Literal["insufficient_funds", "declined", "limit", "refused"], dict[str, str]] = {}


class MobileMoneyOffice:
    """Its one operation `request-payment` takes `msisdn`, `amount` (minor units), `currency`, `reference`, `text`.

    Pending until the payer has decided; then `Answered({"payment": their reference})` or `Refused` with one of
    `REFUSALS`. `merchant` is our organisation id at the wallet.
    """

    def __init__(
        self,
        name: str,
        address: str,
        secret: str | None,
        operations: Mapping[str, Mapping[str, object]],
        clock: Clock,
        merchant: str = "mohala",
    ) -> None:
        self.name = name
        self._clock = clock
        self._merchant = merchant
        self._longest = _checked_operations(name, operations)
        self._http = OutboundHttp(address, {} if secret is None else {"X-API-Key": checked_secret(name, secret)})

    async def ask(
        self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float
    ) -> Answered | Refused | Pending:
        """Ask for a payment, or what became of it: a key that the wallet has seen is looked up, never sent again.

        Besides the reasons of `OutboundHttp` raises `status_<4xx>`, `answer_malformed`, `error_<their code>`,
        `link_foreign`, `argument_unfit`, `argument_missing`, `operation_unknown`; none of them is retryable.
        """
        if operation != OPERATION:
            raise ServiceFailed("operation_unknown", retryable=False)
        order = self._order(arguments)
        inquiry = _Inquiry(self._http, self._headers(), within_seconds)
        correlation = uuid.uuid5(CORRELATION, f"{self.name}/{key}")
        outcome = await self._known(inquiry, correlation)
        if outcome is None:
            outcome = await self._pay(inquiry, correlation, order)
        if isinstance(outcome, Answered) and len(outcome.results["payment"]) > self._longest:
            raise ServiceFailed("answer_malformed", retryable=False)
        return outcome

    async def close(self) -> None:
        await self._http.close()

    async def _known(self, inquiry: _Inquiry, correlation: uuid.UUID) -> Answered | Refused | Pending | None:
        """What became of an earlier request with this correlation id; None if the wallet never saw it."""
        answer = await inquiry.get(f"/responses/{correlation}")
        if answer.status == NOT_FOUND:
            return None
        resource, id = self._linked(read_as(Link, _expected(answer, OK)).link)
        answer = _expected(await inquiry.get(f"/{resource}/{id}"), OK)
        if resource == "transactions":
            return outcome_of_transaction(read_as(Transaction, answer))
        return outcome_of_state(read_as(RequestState, answer))

    async def _pay(
        self, inquiry: _Inquiry, correlation: uuid.UUID, order: Mapping[str, object]
    ) -> Answered | Refused | Pending:
        answer = await inquiry.post(PAY, correlation, order)
        if answer.status == ACCEPTED:
            return outcome_of_state(read_as(RequestState, answer))
        if answer.status == CREATED:
            return outcome_of_transaction(read_as(Transaction, answer))
        error = error_of(answer)
        if error is not None and error.code == "duplicateRequest":
            # Seen by the wallet since we looked: an earlier request of ours was still on its way.
            return await self._known(inquiry, correlation) or Pending()
        return outcome_of_refusal(answer, error)

    def _headers(self) -> Mapping[str, str]:
        now = self._clock().astimezone(UTC).isoformat(timespec="milliseconds")
        return {"X-Date": now.replace("+00:00", "Z"), "X-Channel": "USSD"}

    def _order(self, arguments: Mapping[str, str]) -> Mapping[str, object]:
        if ARGUMENTS - arguments.keys():
            raise ServiceFailed("argument_missing", retryable=False)
        if not MSISDN.fullmatch(arguments["msisdn"]) or len(arguments["reference"]) > reference_characters_max:
            raise ServiceFailed("argument_unfit", retryable=False)
        return {
            "amount": _decimal(arguments["amount"], arguments["currency"]),
            "currency": arguments["currency"],
            "debitParty": [{"key": "msisdn", "value": arguments["msisdn"]}],
            "creditParty": [{"key": "organisationid", "value": self._merchant}],
            "requestingOrganisationTransactionReference": arguments["reference"],
            "descriptionText": arguments["text"][:description_characters_max],
        }

    def _linked(self, link: str) -> tuple[str, str]:
        """The resource and id that a link leads to, below our own base or relative to it."""
        found = LINKED.fullmatch(link.removeprefix(self._http.base_url))
        if found is None:
            raise ServiceFailed("link_foreign", retryable=False)
        return found[1], found[2]


class _Inquiry:
    """The calls of one `ask`, which share its time."""

    def __init__(self, http: OutboundHttp, headers: Mapping[str, str], within_seconds: float) -> None:
        self._http = http
        self._headers = headers
        self._ends = asyncio.get_running_loop().time() + within_seconds

    async def get(self, path: str) -> HttpAnswer:
        return await self._http.call("GET", path, self._left(), headers=self._headers)

    async def post(self, path: str, correlation: uuid.UUID, order: Mapping[str, object]) -> HttpAnswer:
        headers = {**self._headers, "X-CorrelationID": str(correlation)}
        return await self._http.call("POST", path, self._left(), headers=headers, json_body=order)

    def _left(self) -> float:
        return self._ends - asyncio.get_running_loop().time()


def _expected(answer: HttpAnswer, status: int) -> HttpAnswer:
    if answer.status != status:
        raise ServiceFailed(f"status_{answer.status}", retryable=False)
    return answer


def _decimal(amount_minor: str, currency: str) -> str:
    """An amount as the API's pattern has it: no zero at the end of a fraction (`50`, `50.5`, `0.05`)."""
    digits = MINOR_DIGITS.get(currency)
    if digits is None or not AMOUNT_MINOR.fullmatch(amount_minor):
        raise ServiceFailed("argument_unfit", retryable=False)
    whole, fraction = divmod(int(amount_minor), 10**digits)
    return f"{whole}.{fraction:0{digits}d}".rstrip("0").rstrip(".")


def _checked_operations(office: str, operations: Mapping[str, Mapping[str, object]]) -> int:
    """The longest payment reference that the pack expects, in characters; raises `SettingsWrong`."""
    if operations.keys() != {OPERATION}:
        raise SettingsWrong(f"Office `{office}` in services.yaml: a mobile_money office has exactly `{OPERATION}`.")
    try:
        declared = Declared.model_validate(dict(operations[OPERATION]))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise SettingsWrong(f"Office `{office}`, operation `{OPERATION}` in services.yaml: {wrong}.") from None
    if declared.takes != ARGUMENTS:
        needed = ", ".join(sorted(ARGUMENTS))
        raise SettingsWrong(f"Office `{office}`, operation `{OPERATION}` in services.yaml: `takes` must be {needed}.")
    payment = declared.results.get("payment")
    return payment.longest if payment else reference_characters_max
