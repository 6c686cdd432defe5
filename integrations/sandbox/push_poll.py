"""The pretend wallet that is pushed to and polled: EcoCash's open API as its Zimbabwean SDKs have it.

Nothing public says that Lesotho's EcoCash has such an API: a pack's words for it are as unverified as this twin.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Response
from fastapi.params import Depends
from pydantic import BaseModel, ConfigDict, Field

from integrations.sandbox.country import CLIENT_KEY, Country
from integrations.sandbox.home import CURRENCY, MOBILE
from integrations.sandbox.knobs import OfficeRoute
from integrations.sandbox.payers import Payers
from integrations.sandbox.pushes import Asked, Push, PushBook, Stands

WALLET = "ecocash"
MODE = "sandbox"
UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
PAYER = f"^{MOBILE}$"
amount_max = 100_000
WORDS = {
    Stands.PENDING: "PENDING_VALIDATION",
    Stands.PAID: "SUCCESS",
    Stands.DECLINED: "CANCELLED",
    Stands.INSUFFICIENT: "INSUFFICIENT_FUNDS",
    Stands.EXPIRED: "EXPIRED",
}
"""`SUCCESS` and `PENDING_VALIDATION` are attested; the others are this twin's."""


class Order(BaseModel):
    """The literal field names; a JSON number is read digit for digit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    customerMsisdn: Annotated[str, Field(pattern=PAYER)]  # noqa: N815 (theirs)
    amount: Annotated[Decimal, Field(gt=0, le=amount_max, decimal_places=2)]
    reason: Annotated[str, Field(max_length=160)]
    currency: str
    sourceReference: Annotated[str, Field(pattern=UUID)]  # noqa: N815 (theirs)


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sourceMobileNumber: Annotated[str, Field(pattern=PAYER)]  # noqa: N815 (theirs)
    sourceReference: Annotated[str, Field(pattern=UUID)]  # noqa: N815 (theirs)


class PushPollWallet:
    def __init__(self, country: Country, payers: Payers, payer_seconds: float) -> None:
        self._country = country
        self._book = PushBook(WALLET, country, payers, payer_seconds)

    def router(self, guards: Sequence[Depends]) -> APIRouter:
        office = APIRouter(dependencies=[*guards, Depends(_require_key)], route_class=OfficeRoute)
        office.add_api_route("/api/v2/payment/instant/c2b/{mode}", self._push, methods=["POST"], response_model=None)
        office.add_api_route("/api/v1/transaction/c2b/status/{mode}", self._status, methods=["POST"])
        router = APIRouter(prefix="/push-poll")
        router.add_api_route("/transactions", self._list, methods=["GET"])
        router.include_router(office)
        return router

    async def _push(self, mode: str, order: Order) -> Response:
        _check_mode(mode)
        if order.currency != CURRENCY:
            raise HTTPException(400, {"message": f"This wallet holds {CURRENCY} only."})
        minor = int(order.amount * 100)
        asked = Asked(
            order.sourceReference.lower(), f"+{order.customerMsisdn}", minor, order.currency, "", order.reason
        )
        if self._book.write(asked) is None:
            raise HTTPException(409, {"message": "This sourceReference was used before."})
        return Response(status_code=200)

    async def _status(self, mode: str, question: Question) -> dict[str, Any]:
        _check_mode(mode)
        push = self._book.find(question.sourceReference.lower())
        if push is None or push.payer != f"+{question.sourceMobileNumber}":
            raise HTTPException(404, {"message": "No transaction has this reference."})
        return _told(push)

    async def _list(self) -> list[dict[str, Any]]:
        return self._book.listed()


def _told(push: Push) -> dict[str, Any]:
    return {
        "amount": {"amount": push.amount_minor / 100, "currency": push.currency},
        "customerMsisdn": push.payer.removeprefix("+"),
        "reference": push.client_id,
        "ecocashReference": push.reference,
        "status": WORDS[Stands(push.status)],
        "transactionDateTime": re.sub(r"T(.{8}).*", r" \1", push.created_at),
    }


def _check_mode(mode: str) -> None:
    if mode != MODE:
        raise HTTPException(404, {"message": "There is only the mode `sandbox` here."})


def _require_key(x_api_key: Annotated[str | None, Header()] = None) -> None:
    if x_api_key != CLIENT_KEY:
        raise HTTPException(401, {"message": "No valid API key provided."})
