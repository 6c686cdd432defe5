"""The pretend water company and revenue service: an account is looked at, and paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from fastapi.params import Depends
from pydantic import BaseModel, ConfigDict, Field

from integrations.sandbox.country import Country, IdempotencyKey, require_idempotency_key
from integrations.sandbox.doors import Doors, open_doors
from integrations.sandbox.standing import (
    Receipts,
    initials_of,
    require_known,
    require_known_of,
    today_in,
)

ACCOUNT_DIGITS, TIN_DIGITS = range(6, 11), range(7, 11)
amount_minor_max = 10_000_000


class Paid(BaseModel):
    """Money of a wallet, whose transaction is `payment`; `amount_minor` are lisente."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    amount_minor: Annotated[int, Field(strict=True, ge=1, le=amount_minor_max)]
    currency: Literal["LSL"]
    payment: Annotated[str, Field(min_length=1, max_length=256)]


class WaterPayment(Paid):
    account: Annotated[str, Field(min_length=1, max_length=32)]


class TaxPayment(Paid):
    """`tax` and `tin` make the reference by which the revenue service books it."""

    tin: Annotated[str, Field(min_length=1, max_length=32)]
    tax: Literal["PAYE", "VAT", "WHT", "FBT", "CIT"]


class Water:
    """What is owed follows from the last digit of an account, M10.50 for each, so that one of nought owes nothing."""

    def __init__(self, country: Country) -> None:
        self._country = country
        self._receipts = Receipts(country, "WR")

    def router(self, guards: Sequence[Depends]) -> APIRouter:
        """The office's own routes behind `guards`, and the tester's list, which no knob touches."""
        own: Doors = {
            "GET /accounts/{account}": self._account,
            "POST /payments": self._pay,
            "GET /payments/{key}": self._paid,
        }
        return open_doors("/water", guards, own, {"GET /payments": self._list})

    async def _account(self, account: str) -> dict[str, Any]:
        require_known(account, ACCOUNT_DIGITS)
        due = today_in(self._country) + timedelta(days=14)
        owed = 1050 * int(account[-1])
        return {"account": account, "holder": initials_of(account), "balance_minor": owed, "due": due.isoformat()}

    async def _pay(
        self, paid: WaterPayment, response: Response, idempotency_key: IdempotencyKey = None
    ) -> dict[str, Any]:
        key = require_idempotency_key(idempotency_key)
        require_known_of(paid.account, ACCOUNT_DIGITS, "account_unknown")
        return self._receipts.take(key, paid.model_dump_json(), response)

    async def _paid(self, key: str) -> dict[str, Any]:
        return self._receipts.found(key)

    async def _list(self) -> list[dict[str, Any]]:
        return self._receipts.listed()


class Tax:
    def __init__(self, country: Country) -> None:
        self._receipts = Receipts(country, "TR")

    def router(self, guards: Sequence[Depends]) -> APIRouter:
        """The office's own routes behind `guards`, and the tester's list, which no knob touches."""
        own: Doors = {
            "GET /taxpayers/{tin}": self._taxpayer,
            "POST /payments": self._pay,
            "GET /payments/{key}": self._paid,
        }
        return open_doors("/tax", guards, own, {"GET /payments": self._list})

    async def _taxpayer(self, tin: str) -> dict[str, Any]:
        require_known(tin, TIN_DIGITS)
        return {"tin": tin, "name": initials_of(tin)}

    async def _pay(
        self, paid: TaxPayment, response: Response, idempotency_key: IdempotencyKey = None
    ) -> dict[str, Any]:
        key = require_idempotency_key(idempotency_key)
        require_known_of(paid.tin, TIN_DIGITS, "taxpayer_unknown")
        return self._receipts.take(key, paid.model_dump_json(), response)

    async def _paid(self, key: str) -> dict[str, Any]:
        return self._receipts.found(key)

    async def _list(self) -> list[dict[str, Any]]:
        return self._receipts.listed()
