"""The pretend mobile-money wallet: merchant payments that a payer approves a moment later, to be polled."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from fastapi.params import Depends
from fastapi.responses import JSONResponse

from integrations.sandbox.callouts import Callout, is_of_this_machine
from integrations.sandbox.country import CLIENT_KEY, Country, rows_listed_max, stamp
from integrations.sandbox.home import CURRENCY, MOBILE
from integrations.sandbox.knobs import OfficeRoute
from integrations.sandbox.payers import Does, Payers, opening_balance_minor
from integrations.sandbox.wallet_payment import FAILURES, Payment, error_of, represented, transaction_of
from integrations.sandbox.wallet_words import HTTP_STATUS, Category, Order, State, refusal, to_minor

TABLE = """
CREATE TABLE IF NOT EXISTS payments (
    number INTEGER PRIMARY KEY, client_id TEXT NOT NULL UNIQUE, server_id TEXT NOT NULL UNIQUE,
    reference TEXT NOT NULL UNIQUE, payer TEXT NOT NULL, payee TEXT NOT NULL, amount_minor INTEGER NOT NULL,
    their_reference TEXT NOT NULL, description TEXT NOT NULL, status TEXT NOT NULL, error_code TEXT NOT NULL,
    created_at TEXT NOT NULL, due_at TEXT NOT NULL
) STRICT
"""
CALLBACKS_TABLE = """
CREATE TABLE IF NOT EXISTS payment_callbacks (number INTEGER PRIMARY KEY, url TEXT NOT NULL, called INTEGER NOT NULL)
STRICT
"""

UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
PAYER = re.compile(rf"\+{MOBILE}")
PAYEE = "mohala"
header_characters_max = 256
stale_seconds = 300.0  # a message of another time than this is refused
amount_minor_max = 1_000_000_00
settled_at_once_max = 1_000
TextHeader = Annotated[str | None, Header()]
CorrelationId = Annotated[str | None, Header(alias="X-CorrelationID")]  # underscores alone would give X-CorrelationId


class Wallet:
    """Balances are what is left of the opening one; a pending payment is decided when somebody next looks."""

    def __init__(self, country: Country, payers: Payers, payer_seconds: float) -> None:
        self._store = country.store
        self._country = country
        self._payers = payers
        self._validity = timedelta(seconds=payer_seconds)

    def router(self, guards: Sequence[Depends]) -> APIRouter:
        """The wallet's own routes behind `guards` and its key, and the tester's list, which no knob touches."""
        office = APIRouter(dependencies=[*guards, Depends(self._require_key)], route_class=OfficeRoute)
        office.add_api_route("/heartbeat", self._heartbeat, methods=["GET"])
        office.add_api_route("/transactions/type/{type}", self._pay, methods=["POST"], response_model=None)
        office.add_api_route("/transactions/{reference}", self._transaction, methods=["GET"])
        office.add_api_route("/requeststates/{server_id}", self._state, methods=["GET"])
        office.add_api_route("/responses/{client_id}", self._response, methods=["GET"])
        router = APIRouter(prefix="/wallet")
        router.add_api_route("/transactions", self._list, methods=["GET"])
        router.include_router(office)
        return router

    async def _require_key(self, response: Response, x_api_key: TextHeader = None) -> None:
        now = self._country.now()
        response.headers["X-Date"] = now
        if x_api_key != CLIENT_KEY:
            raise refusal(Category.AUTHORISATION, "clientAuthorisationError", "X-API-Key is wrong.", now)

    async def _heartbeat(self) -> dict[str, str]:
        return {"serviceStatus": "available"}

    def callouts(self) -> Iterable[Callout]:
        """What the askers of decided payments were not told yet."""
        self._settle()
        rows = self._store.rows(
            "SELECT payments.*, url FROM payments JOIN payment_callbacks USING (number)"
            " WHERE called = 0 AND status <> ? ORDER BY number LIMIT ?",
            *(State.PENDING.value, settled_at_once_max),
        )
        for row in rows:
            url = row.pop("url")
            payment = Payment(**row)
            yield Callout(
                "PUT", url, represented(payment), {"X-Date": self._country.now()},
                lambda payment=payment: self._store.write(  # type: ignore[misc]
                    "UPDATE payment_callbacks SET called = 1 WHERE number = ?", payment.number
                ),
            )  # fmt: skip

    async def _pay(
        self,
        request: Request,
        type: str,
        correlation_id: CorrelationId = None,
        x_callback_url: Annotated[str | None, Header(alias="X-Callback-URL")] = None,
    ) -> Response:
        now = self._country.clock()
        client_id = _correlation(correlation_id, stamp(now))
        self._check_envelope(type, request.headers, await request.body(), now)
        if self._store.row("SELECT number FROM payments WHERE client_id = ?", client_id):
            raise refusal(Category.BUSINESS_RULE, "duplicateRequest", "This correlation id was supplied.", stamp(now))
        order = Order.read(await request.body(), stamp(now))
        _check_order(order, stamp(now))
        payment = self._write(client_id, order, now)
        if x_callback_url is not None:
            self._store.write("INSERT INTO payment_callbacks VALUES (?, ?, 0)", payment.number, x_callback_url)
        self._settle()
        decided = self._find("SELECT * FROM payments WHERE number = ?", payment.number)
        if decided.status == State.PENDING:
            return JSONResponse(self._request_state(decided), 202, {"X-Date": stamp(now)})
        # A payer who decides at once: the answer is the end of it.
        self._store.write("UPDATE payment_callbacks SET called = 1 WHERE number = ?", payment.number)
        status = HTTP_STATUS[FAILURES[decided.error_code][0]] if decided.error_code else 201
        return JSONResponse(represented(decided), status, {"X-Date": stamp(now)})

    def _check_envelope(self, type: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        if type != "merchantpay":
            told = "Only merchantpay is offered here."
            raise refusal(Category.BUSINESS_RULE, "transactionTypeError", told, stamp(now))
        for name in ("x-channel", "x-client-id", "x-callback-url"):
            if len(headers.get(name, "")) > header_characters_max:
                raise refusal(Category.VALIDATION, "lengthError", f"{name} is too long.", stamp(now))
        if "x-date" in headers and not _is_fresh(headers["x-date"], now):
            told = "X-Date is not a date and time in ISO 8601, or of another time than now."
            raise refusal(Category.VALIDATION, "formatError", told, stamp(now))
        if not is_of_this_machine(headers.get("x-callback-url", "http://localhost")):
            raise refusal(Category.VALIDATION, "formatError", "X-Callback-URL is of another machine.", stamp(now))
        if headers.get("x-content-hash", sha256(body).hexdigest()).lower() != sha256(body).hexdigest():
            raise refusal(Category.VALIDATION, "formatError", "X-Content-Hash is of another body.", stamp(now))

    def _write(self, client_id: str, order: Order, now: datetime) -> Payment:
        number = self._store.next_number("payments")
        payment = Payment(
            number=number,
            client_id=client_id,
            server_id=str(uuid.UUID(bytes=self._country.random_bytes(16), version=4)),
            reference=f"MP{number:08d}",
            payer=order.payer(),
            payee=order.payee(),
            amount_minor=to_minor(order.amount),
            their_reference=order.reference,
            description=order.description,
            status=State.PENDING.value,
            error_code="",
            created_at=stamp(now),
            due_at=stamp(self._decided_at(order.payer(), now)),
        )
        columns = Payment.__slots__
        self._store.write(
            f"INSERT INTO payments ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",  # noqa: S608 (our columns)
            *(getattr(payment, column) for column in columns),
        )
        return payment

    async def _transaction(self, reference: str) -> dict[str, Any]:
        return transaction_of(self._find("SELECT * FROM payments WHERE reference = ?", reference))

    async def _state(self, server_id: str) -> dict[str, Any]:
        return self._request_state(self._find("SELECT * FROM payments WHERE server_id = ?", server_id.lower()))

    async def _response(self, client_id: str) -> dict[str, str]:
        payment = self._find("SELECT * FROM payments WHERE client_id = ?", client_id.lower())
        return {"link": f"/requeststates/{payment.server_id}"}

    async def _list(self) -> list[dict[str, Any]]:
        self._settle()
        rows = self._store.rows("SELECT * FROM payments ORDER BY number DESC LIMIT ?", rows_listed_max)
        return [transaction_of(Payment(**row)) for row in rows]

    def _find(self, statement: str, value: str | int) -> Payment:
        self._settle()
        row = self._store.row(statement, value)
        if row is None:
            raise refusal(Category.IDENTIFICATION, "identifierError", "Nothing has this id.", self._country.now())
        return Payment(**row)

    def _settle(self) -> None:
        """Decide every payment whose payer has had the time, in the order in which they decided."""
        rows = self._store.rows(
            "SELECT * FROM payments WHERE status = ? AND due_at <= ? ORDER BY due_at, number LIMIT ?",
            *(State.PENDING.value, self._country.now(), settled_at_once_max),
        )
        for payment in (Payment(**row) for row in rows):
            failure = self._failure(payment)
            status = State.FAILED if failure else State.COMPLETED
            self._store.write(
                "UPDATE payments SET status = ?, error_code = ? WHERE number = ?",
                *(status.value, failure, payment.number),
            )

    def _decided_at(self, payer: str, now: datetime) -> datetime:
        decision = self._payers.decision(payer, now)
        return now + self._validity if decision.does is Does.TIMEOUT else decision.at

    def _request_state(self, payment: Payment) -> dict[str, Any]:
        is_called = self._store.row("SELECT number FROM payment_callbacks WHERE number = ?", payment.number)
        state = {
            "serverCorrelationId": payment.server_id,
            "status": payment.status,
            "notificationMethod": "callback" if is_called else "polling",
            "objectReference": payment.reference,
            "expiryTime": stamp(datetime.fromisoformat(payment.created_at) + self._validity),
        }
        return {**state, "error": error_of(payment)} if payment.error_code else state

    def _failure(self, payment: Payment) -> str:
        match self._payers.does(payment.payer):
            case Does.DECLINE:
                return "requestDeclined"
            case Does.INSUFFICIENT:
                return "insufficientFunds"
            case Does.TIMEOUT:
                return "genericError"
        spent = self._store.row(
            "SELECT coalesce(sum(amount_minor), 0) AS minor FROM payments WHERE payer = ? AND status = ?",
            *(payment.payer, State.COMPLETED.value),
        )
        assert spent is not None
        return "insufficientFunds" if spent["minor"] + payment.amount_minor > opening_balance_minor else ""


def _correlation(given: str | None, at: str) -> str:
    if given is None:
        raise refusal(Category.VALIDATION, "mandatoryValueNotSupplied", "X-CorrelationID is missing.", at)
    if not UUID.fullmatch(given):
        raise refusal(Category.VALIDATION, "formatError", "X-CorrelationID is not a UUID.", at)
    return given.lower()


def _check_order(order: Order, at: str) -> None:
    """Raise for what the types cannot say."""
    if order.currency != CURRENCY:
        raise refusal(Category.VALIDATION, "currencyNotSupported", f"This wallet holds {CURRENCY} only.", at)
    if not PAYER.fullmatch(order.payer()):
        raise refusal(Category.IDENTIFICATION, "identifierError", "debitParty has no msisdn of this country.", at)
    if order.payee() != PAYEE:
        raise refusal(Category.IDENTIFICATION, "identifierError", "creditParty is no organisation known here.", at)
    if to_minor(order.amount) == 0:
        raise refusal(Category.BUSINESS_RULE, "lessThanTransactionMinValue", "The amount is zero.", at)
    if to_minor(order.amount) > amount_minor_max:
        raise refusal(Category.BUSINESS_RULE, "greaterThanTransactionMaxValue", "The amount is too large.", at)


def _is_fresh(text: str, now: datetime) -> bool:
    try:
        at = datetime.fromisoformat(text)
        return abs((at - now).total_seconds()) <= stale_seconds
    except (ValueError, TypeError):  # no date, or one without a time zone
        return False
