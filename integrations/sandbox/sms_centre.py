"""The pretend SMS centre: Africa's Talking's sending API (version 1), and an inbox for testers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.params import Depends
from fastapi.responses import JSONResponse, PlainTextResponse
from gsm0338 import Codec
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from integrations.sandbox.country import CLIENT_KEY, Country, rows_listed_max
from integrations.sandbox.delivery import DeliveryReports
from integrations.sandbox.forms import FORM, read_form
from integrations.sandbox.home import CALLING_CODE, CURRENCY, MOBILE
from integrations.sandbox.knobs import OfficeRoute

TABLE = """
CREATE TABLE IF NOT EXISTS sms (
    number INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, recipient TEXT NOT NULL, sender TEXT NOT NULL,
    text TEXT NOT NULL, sent_at TEXT NOT NULL
) STRICT
"""
RECIPIENT_INDEX = "CREATE INDEX IF NOT EXISTS sms_of_recipient ON sms (recipient, number)"

DEFAULT_SENDER = "AFRICASTKNG"
SENDER = re.compile(r"AFRICASTKNG|MOHALA|[0-9]{3,6}")
RECIPIENT, ELSEWHERE = rf"\+{MOBILE}", "[0-9]{6,11}"
"""Mobiles of the sandbox country; those of another one whose menus are tried here may be of any length."""
SENT, QUEUED, INVALID_PHONE_NUMBER = 101, 102, 403
PRICE_PER_PART_LISENTE = 25
recipients_max = 1_000


class Sending(BaseModel):
    """The form's fields under the names that Africa's Talking gives them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    username: str
    to: Annotated[str, Field(min_length=1)]
    message: Annotated[str, Field(min_length=1)]
    sender: Annotated[str, Field(alias="from")] = DEFAULT_SENDER
    bulk_mode: Annotated[Literal["1"], Field(alias="bulkSMSMode")] = "1"
    enqueue: Literal["0", "1"] = "1"


class SmsCentre:
    def __init__(self, country: Country, reports: DeliveryReports, home_code: str = CALLING_CODE) -> None:
        """`home_code` is the calling code of those whom texts reach; nobody abroad is reached."""
        self._recipient = re.compile(RECIPIENT if home_code == CALLING_CODE else rf"\+{home_code}{ELSEWHERE}")
        self._store = country.store
        self._country = country
        self._reports = reports

    def router(self, guards: Sequence[Depends]) -> APIRouter:
        """The sending API behind `guards`, and the tester's inbox, which no knob touches."""
        router = APIRouter(route_class=OfficeRoute)
        router.add_api_route(
            "/version1/messaging", self._send, methods=["POST"], dependencies=guards, response_model=None
        )
        router.add_api_route("/sms", self._inbox, methods=["GET"])
        return router

    async def _send(self, request: Request) -> Response:
        fields = read_form(request.headers.get("content-type", ""), await request.body())
        if fields is None:
            return PlainTextResponse(f"The body is not {FORM} with each field once.", 400)
        if request.headers.get("apikey") != CLIENT_KEY or fields.get("username") != CLIENT_KEY:
            return _not_authenticated()
        try:
            sending = Sending.model_validate(fields)
        except ValidationError as error:
            return PlainTextResponse(_complaints(error), 400)
        return self._answer(sending)

    def _answer(self, sending: Sending) -> Response:
        recipients = sending.to.split(",")
        if len(recipients) > recipients_max:
            return PlainTextResponse(f"More than {recipients_max} recipients.", 400)
        # Not an error to Africa's Talking: the only sign is a list with nobody in it.
        if not SENDER.fullmatch(sending.sender):
            return _created("InvalidSenderId", [])
        parts = parts_of(sending.message)
        rows = [self._accept(recipient, sending, parts) for recipient in recipients]
        sent = sum(row["statusCode"] != INVALID_PHONE_NUMBER for row in rows)
        cost = _price(parts * sent)
        return _created(f"Sent to {sent}/{len(rows)} Total Cost: {cost} Message parts: {parts}", rows)

    def _accept(self, recipient: str, sending: Sending, parts: int) -> dict[str, Any]:
        if not self._recipient.fullmatch(recipient):
            return _row(recipient, "InvalidPhoneNumber", INVALID_PHONE_NUMBER, "0", "None")
        message_id = f"ATXid_{self._country.random_bytes(16).hex()}"
        self._keep(message_id, recipient, sending.sender, sending.message)
        self._reports.report(message_id, recipient)
        return _row(recipient, "Success", QUEUED if sending.enqueue == "1" else SENT, _price(parts), message_id)

    def deliver(self, recipient: str, text: str) -> None:
        """A text of another office of the country, which has a sender of its own."""
        self._keep(f"ATXid_{self._country.random_bytes(16).hex()}", recipient, "ID", text)

    def _keep(self, message_id: str, recipient: str, sender: str, text: str) -> None:
        self._store.write(
            "INSERT INTO sms (message_id, recipient, sender, text, sent_at) VALUES (?, ?, ?, ?, ?)",
            *(message_id, recipient, sender, text, self._country.now()),
        )

    async def _inbox(self, to: Annotated[str | None, Query(max_length=32)] = None) -> list[dict[str, Any]]:
        """Texts, oldest first. A `+` that was not escaped arrives as a space and is read as what was meant."""
        where, values = ("", ()) if to is None else ("WHERE recipient = ?", ("+" + to.strip().removeprefix("+"),))
        newest = self._store.rows(
            'SELECT recipient AS "to", sender AS "from", text, message_id, sent_at FROM sms '  # noqa: S608 (constants only)
            f"{where} ORDER BY number DESC LIMIT ?",
            *(*values, rows_listed_max),
        )
        return newest[::-1]


def parts_of(text: str) -> int:
    """How many SMS a text takes: 160 septets or 70 UTF-16 units in one, 153 or 67 in each of several."""
    try:
        length, alone, joined = len(Codec().encode(text)[0]), 160, 153
    except UnicodeError:
        length, alone, joined = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= alone else -(-length // joined)


def _complaints(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())


def _not_authenticated() -> Response:
    return PlainTextResponse(
        "The supplied authentication is invalid", 401, {"WWW-Authenticate": 'Basic realm="api",charset=UTF-8'}
    )


def _created(message: str, rows: list[dict[str, Any]]) -> Response:
    return JSONResponse({"SMSMessageData": {"Message": message, "Recipients": rows}}, 201)


def _row(number: str, status: str, code: int, cost: str, message_id: str) -> dict[str, Any]:
    return {"cost": cost, "messageId": message_id, "number": number, "status": status, "statusCode": code}


def _price(parts: int) -> str:
    lisente = parts * PRICE_PER_PART_LISENTE
    return f"{CURRENCY} {lisente // 100}.{lisente % 100:02d}00"
