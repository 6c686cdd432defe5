"""A wallet that speaks the GSMA Mobile Money API 1.2.0, with us as the merchant who asks a payer to pay."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Mapping
from datetime import UTC

from app import mobile_money
from app.errors import ServiceFailed
from app.messages import Answered, Pending, Refused
from app.mobile_money import HEARTBEAT, MERCHANT, UNAVAILABLE
from app.ports import Clock
from app.wakes import id_of
from app.wallets import PAY, UNSEEN
from integrations.http import HttpAnswer, OutboundHttp, checked_secret, of_a_change
from integrations.services.mobile_money_words import (
    ACCEPTED,
    CREATED,
    NOT_FOUND,
    OK,
    Heartbeat,
    Link,
    RequestState,
    Transaction,
    error_of,
    expected,
    outcome_of_refusal,
    outcome_of_state,
    outcome_of_transaction,
    read_as,
)
from integrations.services.settings import OfficeSettings
from integrations.services.wallet_orders import Order, Outcome, fitting, longest_of, read_order, refuse_faulty

REDIRECTED = 300
TARGET = "/transactions/type/merchantpay"

# Correlation ids are made from our keys, so that nothing has to be remembered to find a payment again.
CORRELATION = uuid.UUID("6f2d1c56-8a0e-4c39-9d0b-2a7e5b1f4c83")
# Resources that a link of theirs may lead to; whatever host it names, only ours is called.
LINKED = re.compile(r"/(requeststates|transactions)/([A-Za-z0-9_-][A-Za-z0-9._~-]{0,255})")
description_characters_max = 160


class MobileMoneyOffice:
    """Its operation `request-payment` takes `msisdn`, `amount` (minor units), `currency`, `reference`, `text`.

    Pending until the payer has decided; then `Answered({"payment": their reference})` or `Refused` with one of
    `app.wallets.REASONS`. `heartbeat` takes nothing and is refused as `unavailable` while the wallet says so. Raises
    `SettingsWrong` for a wrong declaration.
    """

    def __init__(self, told: OfficeSettings, clock: Clock) -> None:
        self.name = told.name
        self._minor_digits = told.minor_digits
        self._clock = clock
        refuse_faulty(told.name, mobile_money.only({"operations": told.operations}))
        refuse_faulty(told.name, mobile_money.office_faults(told.options))
        for operation, declared in told.operations.items():
            refuse_faulty(told.name, mobile_money.faults(declared, operation))
        self._longest = longest_of(told.operations[PAY])
        self._merchant = told.options.get("merchant", MERCHANT)
        self._wake_url = told.wake_url
        shown = {} if told.secret is None else {"X-API-Key": checked_secret(told.name, told.secret)}
        if "client_id" in told.options:
            shown["X-Client-Id"] = told.options["client_id"]
        self._http = OutboundHttp(told.address, shown)

    async def ask(self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float) -> Outcome:
        """Ask for a payment, or what became of it: a key that the wallet has seen is looked up, never sent again,
        and with the argument `LOOK` nothing is sent, with `FRESH` nothing looked up first.

        Besides the reasons of `OutboundHttp` raises `status_<4xx>`, `answer_malformed`, `error_<their code>`,
        `link_foreign`, `argument_unfit`, `argument_missing`, `operation_unknown`; none of them is retryable, but
        for `error_rateLimitError`. Of a push whatever went wrong after it was sent is `late`: a 5xx as well.
        """
        inquiry = _Inquiry(self._http, self._headers(), within_seconds)
        if operation == HEARTBEAT:
            return await self._heartbeat(inquiry)
        order = read_order(operation, arguments, self._minor_digits)
        correlation = uuid.uuid5(CORRELATION, f"{self.name}/{key}")
        outcome = None if order.is_fresh else await self._known(inquiry, correlation)
        if outcome is None:
            outcome = Refused(UNSEEN) if order.is_look else await self._pay(inquiry, correlation, order, key)
        return fitting(outcome, self._longest)

    async def close(self) -> None:
        await self._http.close()

    async def _heartbeat(self, inquiry: _Inquiry) -> Outcome:
        beat = read_as(Heartbeat, expected(await inquiry.get("/heartbeat"), OK))
        return Refused(UNAVAILABLE) if beat.status == "unavailable" else Answered({})

    async def _known(self, inquiry: _Inquiry, correlation: uuid.UUID) -> Outcome | None:
        """What became of an earlier request with this correlation id; None if the wallet never saw it."""
        answer = await inquiry.get(f"/responses/{correlation}")
        if answer.status == NOT_FOUND and error_of(answer) is not None:  # the wallet's own word, not a proxy's
            return None
        resource, id = self._linked(read_as(Link, expected(answer, OK)).link)
        answer = expected(await inquiry.get(f"/{resource}/{id}"), OK)
        if resource == "transactions":
            return outcome_of_transaction(read_as(Transaction, answer))
        return outcome_of_state(read_as(RequestState, answer), self._clock())

    async def _pay(self, inquiry: _Inquiry, correlation: uuid.UUID, order: Order, key: str) -> Outcome:
        headers = {"X-CorrelationID": str(correlation)}
        if self._wake_url:
            headers["X-Callback-URL"] = f"{self._wake_url}/{id_of(key)}"
        try:
            answer = await inquiry.post(TARGET, headers, self._body(order))
        except ServiceFailed as failed:
            raise of_a_change(failed) from None
        if answer.status < REDIRECTED:
            return self._taken(answer)
        error = error_of(answer)
        if error is not None and error.code == "duplicateRequest":
            # Seen by the wallet since we looked: an earlier request of ours was still on its way.
            return await self._known(inquiry, correlation) or Pending()
        return outcome_of_refusal(answer, error)

    def _taken(self, answer: HttpAnswer) -> Outcome:
        """An order that was taken with an answer that nobody can read is looked up next time, as one without any."""
        try:
            if answer.status == ACCEPTED:
                return outcome_of_state(read_as(RequestState, answer), self._clock())
            return outcome_of_transaction(read_as(Transaction, expected(answer, CREATED)))
        except ServiceFailed as failed:
            raise ServiceFailed(failed.reason, retryable=True, late=True) from None

    def _headers(self) -> Mapping[str, str]:
        now = self._clock().astimezone(UTC).isoformat(timespec="milliseconds")
        return {"X-Date": now.replace("+00:00", "Z"), "X-Channel": "USSD"}

    def _body(self, order: Order) -> Mapping[str, object]:
        return {
            "amount": order.amount_shortest,
            "currency": order.currency,
            "debitParty": [{"key": "msisdn", "value": order.msisdn}],
            "creditParty": [{"key": "organisationid", "value": self._merchant}],
            "requestingOrganisationTransactionReference": order.reference,
            "descriptionText": order.text[:description_characters_max],
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

    async def post(self, path: str, headers: Mapping[str, str], body: Mapping[str, object]) -> HttpAnswer:
        return await self._http.call("POST", path, self._left(), headers={**self._headers, **headers}, json_body=body)

    def _left(self) -> float:
        return self._ends - asyncio.get_running_loop().time()
