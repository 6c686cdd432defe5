"""The pretend electricity vendor: meters, and tokens for prepaid units."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Response
from fastapi.params import Depends
from pydantic import BaseModel, ConfigDict, Field
from stdnum import luhn

from integrations.sandbox.country import (
    Country,
    IdempotencyKey,
    require_idempotency_key,
    rows_listed_max,
)
from integrations.sandbox.doors import Doors, answer_again, open_doors

TABLE = """
CREATE TABLE IF NOT EXISTS vends (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, body TEXT NOT NULL, meter TEXT NOT NULL,
    amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, payment TEXT NOT NULL, token TEXT NOT NULL,
    kwh TEXT NOT NULL, receipt TEXT NOT NULL UNIQUE, vended_at TEXT NOT NULL
) STRICT
"""

METER = re.compile(r"[0-9]{11}")
UNKNOWN_PREFIX = "99"
TOKEN_DIGITS = 20
PRICE_PER_KWH = Decimal("1.83")  # maloti; pretended, no tariff is quoted here
amount_minor_max = 1_000_000
INITIALS = "BHKLMNPRST"


class Vend(BaseModel):
    """Units to sell for `amount_minor` lisente, paid with the wallet's transaction `payment`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    meter: Annotated[str, Field(min_length=1, max_length=32)]
    amount_minor: Annotated[int, Field(strict=True, ge=1, le=amount_minor_max)]
    currency: Literal["LSL"]
    payment: Annotated[str, Field(min_length=1, max_length=256)]


class Electricity:
    def __init__(self, country: Country) -> None:
        self._store = country.store
        self._country = country

    def router(self, guards: Sequence[Depends]) -> APIRouter:
        """The vendor's own routes behind `guards`, and the tester's list, which no knob touches."""
        own: Doors = {
            "GET /meters/{meter}": self._meter,
            "POST /vends": self._sell,
            "GET /vends/{key}": self._sold,
        }
        return open_doors("/electricity", guards, own, {"GET /vends": self._list})

    async def _meter(self, meter: str) -> dict[str, str]:
        if not _is_meter(meter):
            raise HTTPException(404, {"code": "unknown"})
        return {"meter": meter, "holder": _holder(meter)}

    async def _sell(self, vend: Vend, response: Response, idempotency_key: IdempotencyKey = None) -> dict[str, Any]:
        key = require_idempotency_key(idempotency_key)
        if not _is_meter(vend.meter):
            raise HTTPException(422, {"code": "meter_unknown"})
        body = vend.model_dump_json()
        before = self._store.row("SELECT token, kwh, receipt, body FROM vends WHERE key = ?", key)
        if before is None:
            return self._write(key, body, vend)
        return answer_again(before, body, response)

    async def _sold(self, key: str) -> dict[str, Any]:
        """What was sold under a key of the client's, for a client that never heard the answer."""
        before = self._store.row("SELECT token, kwh, receipt FROM vends WHERE key = ?", key)
        if before is None:
            raise HTTPException(404, {"code": "unknown"})
        return before

    def _write(self, key: str, body: str, vend: Vend) -> dict[str, Any]:
        number = self._store.next_number("vends")
        # Nine bytes are drawn for 20 digits: the remainder favours no token noticeably.
        token = str(int.from_bytes(self._country.random_bytes(9), "big") % 10**TOKEN_DIGITS).zfill(TOKEN_DIGITS)
        kwh = str((Decimal(vend.amount_minor) / 100 / PRICE_PER_KWH).quantize(Decimal("0.1")))
        sold = {"token": token, "kwh": kwh, "receipt": f"EV-{number:06d}"}
        self._store.write(
            "INSERT INTO vends (number, key, body, meter, amount_minor, currency, payment, token, kwh, receipt,"
            " vended_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(number, key, body, vend.meter, vend.amount_minor, vend.currency, vend.payment),
            *(*sold.values(), self._country.now()),
        )
        return sold

    async def _list(self) -> list[dict[str, Any]]:
        return self._store.rows(
            "SELECT meter, amount_minor, currency, payment, token, kwh, receipt, vended_at"
            " FROM vends ORDER BY number DESC LIMIT ?",
            rows_listed_max,
        )


def _is_meter(meter: str) -> bool:
    return bool(METER.fullmatch(meter)) and not meter.startswith(UNKNOWN_PREFIX) and luhn.is_valid(meter)


def _holder(meter: str) -> str:
    """Initials made from the meter's number: the same meter has the same holder, and nobody real."""
    first, second = hashlib.sha256(meter.encode()).digest()[:2]
    return f"{INITIALS[first % len(INITIALS)]}. {INITIALS[second % len(INITIALS)]}."
