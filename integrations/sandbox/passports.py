"""The pretend passport office: how an application stands, and that its fee was paid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Response
from fastapi.params import Depends
from pydantic import BaseModel, ConfigDict, Field

from integrations.sandbox.country import (
    Country,
    IdempotencyKey,
    require_idempotency_key,
    rows_listed_max,
)
from integrations.sandbox.doors import Doors, answer_again, open_doors
from integrations.sandbox.standing import UNKNOWN_PREFIX, making_of, require_known

TABLE = """
CREATE TABLE IF NOT EXISTS passport_fees (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, body TEXT NOT NULL, application TEXT NOT NULL,
    pages TEXT NOT NULL, payment TEXT NOT NULL, reference TEXT NOT NULL, noted TEXT NOT NULL UNIQUE,
    noted_at TEXT NOT NULL
) STRICT
"""
APPLICATION_DIGITS = range(6, 13)


class Fee(BaseModel):
    """A fee that was paid: `payment` is the receipt of whoever took the money, `reference` that of the request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    application: Annotated[str, Field(pattern=r"^[0-9]{6,12}$")]
    pages: Literal["32", "64", "minor"]
    how: Literal["normal", "urgent", "lost"] = "normal"
    payment: Annotated[str, Field(min_length=1, max_length=64)]
    reference: Annotated[str, Field(min_length=1, max_length=32)]


class Passports:
    def __init__(self, country: Country) -> None:
        self._store = country.store
        self._country = country

    def router(self, guards: Sequence[Depends]) -> APIRouter:
        """The office's own routes behind `guards`, and the tester's list, which no knob touches."""
        own: Doors = {
            "POST /fees": self._note,
            "GET /applications/{application}": self._standing,
        }
        return open_doors("/passports", guards, own, {"GET /fees": self._list})

    async def _standing(self, application: str) -> dict[str, Any]:
        require_known(application, APPLICATION_DIGITS)
        return {"application": application, **making_of(application)}

    async def _note(self, fee: Fee, response: Response, idempotency_key: IdempotencyKey = None) -> dict[str, Any]:
        key = require_idempotency_key(idempotency_key)
        if fee.application.startswith(UNKNOWN_PREFIX):
            raise HTTPException(422, {"code": "application_unknown"})
        body = fee.model_dump_json()
        before = self._store.row("SELECT noted, body FROM passport_fees WHERE key = ?", key)
        if before is None:
            return self._write(key, body, fee)
        return answer_again(before, body, response)

    def _write(self, key: str, body: str, fee: Fee) -> dict[str, Any]:
        number = self._store.next_number("passport_fees")
        noted = f"PF-{number:06d}"
        self._store.write(
            "INSERT INTO passport_fees (number, key, body, application, pages, payment, reference, noted, noted_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(number, key, body, fee.application, fee.pages, fee.payment, fee.reference, noted, self._country.now()),
        )
        return {"noted": noted}

    async def _list(self) -> list[dict[str, Any]]:
        return self._store.rows(
            "SELECT application, pages, body ->> 'how' AS how, payment, reference, noted, noted_at FROM passport_fees"
            " ORDER BY number DESC LIMIT ?",
            rows_listed_max,
        )
