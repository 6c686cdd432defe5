"""The pretend payer of grants: G2P Connect 1.0.0, what became of a payment by its payee or by its reference.

Source: G2P Connect 1.0.0, `/disburse/sync/search`, `/disburse/sync/txn/status`, their codes, HttpErrorResponse.
Which code goes before which, and what the last two digits of a payee mean, is the sandbox's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request
from fastapi.params import Depends
from pydantic import ValidationError

from integrations.sandbox.country import Country, rows_listed_max, stamp
from integrations.sandbox.grants_words import (
    AMOUNTS,
    BATCH,
    PAID_AT,
    PAYEE,
    Criterion,
    Envelope,
    Header,
    Search,
    StatusInquiry,
    code_of,
    paid,
    payments_to,
)
from integrations.sandbox.home import CURRENCY

TABLE = """
CREATE TABLE IF NOT EXISTS grant_messages (
    number INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, sender_id TEXT NOT NULL, asked TEXT NOT NULL,
    received_at TEXT NOT NULL
) STRICT
"""
SCOPE = "grants"
VERSION, ACTION = "1.0.0", "search"
SENDERS = frozenset({"mohala.sandbox"})
RECEIVER = "grants.sandbox"
clock_seconds_max = 300  # between a message's time and ours
requests_max = 100  # in one message

Asked = TypeVar("Asked", bound=Envelope)


class Grants:
    """Keeps which messages it took, and nothing else: who was paid follows from the number."""

    def __init__(self, country: Country) -> None:
        self._country = country
        self._store = country.store

    def router(self, guards: Sequence[Depends]) -> APIRouter:
        """The office's routes behind `guards`, and the testers' list of messages, which no knob touches."""
        office = APIRouter(prefix="/disburse/sync", dependencies=guards)
        office.add_api_route("/search", self._search, methods=["POST"])
        office.add_api_route("/txn/status", self._status, methods=["POST"])
        router = APIRouter(prefix="/grants")
        router.add_api_route("/messages", self._list, methods=["GET"])
        router.include_router(office)
        return router

    async def _search(self, request: Request) -> dict[str, Any]:
        asked = await self._read(request, Search)
        criteria = asked.message.search_criteria
        if code := self._rejection(asked.header, len(criteria), "search"):
            return self._answer(asked.header, code)
        told: list[dict[str, Any]] = []
        for position, criterion in enumerate(criteria):
            earlier = {one.reference_id for one in criteria[:position]}
            told += self._found(criterion, is_duplicate=criterion.reference_id in earlier)
        message = {"transaction_id": asked.message.transaction_id, "disbursements_status": told}
        return self._answer(asked.header, message=message)

    async def _status(self, request: Request) -> dict[str, Any]:
        asked = await self._read(request, StatusInquiry)
        if code := self._rejection(asked.header, 1, "txn/status"):
            return self._answer(asked.header, code)
        told = [self._payment(found) for found in map(paid, asked.message.txnstatus_request.attribute_value) if found]
        message = {
            "transaction_id": asked.message.transaction_id,
            "correlation_id": self._uuid(),
            "txnstatus_response": {
                "txn_type": "on-disburse",
                "txn_status": {"transaction_id": BATCH, "disbursements_status": told},
            },
        }
        return self._answer(asked.header, message=message)

    async def _read(self, request: Request, kind: type[Asked]) -> Asked:
        """Raises `HTTPException` with the acknowledgement of what cannot be read, or comes from a stranger."""
        try:
            asked = kind.model_validate_json(await request.body())
        except ValidationError:
            raise self._refusal("err.request.bad", "The message is not as the contract has it.") from None
        if asked.header.is_msg_encrypted:
            raise self._refusal("err.encryption.invalid", "The sandbox reads nothing that is encrypted.")
        if asked.header.sender_id not in SENDERS:
            raise self._refusal("err.sender_id.invalid", "This sender is not registered.")
        if asked.header.receiver_id not in (None, RECEIVER):
            raise self._refusal("err.receiver_id.invalid", "This message is for somebody else.")
        return asked

    def _rejection(self, header: Header, count: int, asked: str) -> str:
        """The code of MsgHeaderStatusReasonCode that a header earns, or nothing: then its message is taken."""
        now = self._country.clock()
        if header.version != VERSION:
            return "rjct.version.invalid"
        if header.action != ACTION:
            return "rjct.action.not_supported"
        if abs(header.message_ts - now) > timedelta(seconds=clock_seconds_max):
            return "rjct.message_ts.invalid"
        if header.total_count != count:
            return "rjct.total_count.invalid"
        if count > requests_max:
            return "rjct.total_count.limit_exceeded"
        if self._store.row("SELECT number FROM grant_messages WHERE message_id = ?", header.message_id):
            return "rjct.message_id.duplicate"
        self._store.write(
            "INSERT INTO grant_messages (number, message_id, sender_id, asked, received_at) VALUES (?, ?, ?, ?, ?)",
            *(self._store.next_number("grant_messages"), header.message_id, header.sender_id, asked, stamp(now)),
        )
        return ""

    def _found(self, criterion: Criterion, *, is_duplicate: bool) -> list[dict[str, Any]]:
        """The standing of each payment under the criterion's reference, or why it was not searched for."""
        code = code_of(criterion, is_duplicate=is_duplicate)
        if code:
            return [self._standing(criterion.reference_id, "rjct", code)]
        payee = PAYEE.fullmatch(criterion.attribute_value)
        statuses = payments_to(payee[1]) if payee else ()
        return [self._standing(criterion.reference_id, status) for status, _ in statuses]

    def _payment(self, found: tuple[str, str, str, str]) -> dict[str, Any]:
        reference, msisdn, status, code = found
        told = {"amount": AMOUNTS[reference[:3]], "currency_code": CURRENCY, "payee_fa": f"mobile:{msisdn}@mpesa-ls"}
        return {**self._standing(reference, status, code), **told}

    def _standing(self, reference: str, status: str, code: str = "") -> dict[str, Any]:
        told = {"reference_id": reference, "timestamp": PAID_AT, "status": status}
        return told | ({"status_reason_code": code} if code else {})

    def _answer(self, asked: Header, code: str = "", message: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """By a message of our own, as in the contract's examples."""
        header = {
            "version": VERSION,
            "message_id": self._uuid(),
            "message_ts": self._country.now(),
            "action": f"on-{ACTION}",
            "status": "rjct" if code else "succ",
            "total_count": 1 if code else asked.total_count,
            "sender_id": RECEIVER,
            "receiver_id": asked.sender_id,
            "is_msg_encrypted": False,
        }
        if message is None:
            return {"header": {**header, "status_reason_code": code}}
        return {"header": header, "message": message}

    def _refusal(self, code: str, message: str) -> HTTPException:
        """ERR: the message was not taken. The status is the sandbox's reading; the contract names none for it."""
        told = {
            "ack_status": "ERR",
            "timestamp": self._country.now(),
            "error": {"code": code, "message": message},
            "correlation_id": self._uuid(),
        }
        return HTTPException(400, {"message": told})

    async def _list(self) -> list[dict[str, Any]]:
        return self._store.rows(
            "SELECT message_id, sender_id, asked, received_at FROM grant_messages ORDER BY number DESC LIMIT ?",
            rows_listed_max,
        )

    def _uuid(self) -> str:
        return str(UUID(bytes=self._country.random_bytes(16), version=4))


def errors(status: int, message: str) -> Mapping[str, Any]:
    """HttpErrorResponse: the body of 401, 403 and 500."""
    codes = {401: "err.request.unauthorized", 403: "err.request.forbidden"}
    return {"errors": [{"code": codes.get(status, "err.service.unavailable"), "message": message}]}


def unavailable() -> HTTPException:
    """For the knob."""
    return HTTPException(500, errors(500, "The payer is down."))
