"""The pretend office for farm inputs: vouchers for seed and fertiliser, each for one farmer, redeemed once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Response
from fastapi.params import Depends
from pydantic import Field

from integrations.sandbox.attestation import Attestation
from integrations.sandbox.country import (
    Country,
    IdempotencyKey,
    require_idempotency_key,
    rows_listed_max,
)
from integrations.sandbox.doors import Doors, answer_again, open_doors
from integrations.sandbox.home import PREPAID

TABLE = """
CREATE TABLE IF NOT EXISTS vouchers_redeemed (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, body TEXT NOT NULL, voucher TEXT NOT NULL UNIQUE,
    agent TEXT NOT NULL, point TEXT NOT NULL, reference TEXT NOT NULL, redeemed_at TEXT NOT NULL
) STRICT
"""
TRIES_TABLE = "CREATE TABLE IF NOT EXISTS voucher_tries (voucher TEXT PRIMARY KEY, wrong INTEGER NOT NULL) STRICT"
VOUCHER = re.compile("[0-9A-Z]{8}")
UNKNOWN_PREFIX, EXPIRED_PREFIX, ALREADY_PREFIX = "00", "EX", "US"
wrong_tries_max = 5
ITEMS = ("10 kg maize seed", "50 kg fertiliser 2:3:2", "5 kg bean seed")


class Standing(StrEnum):
    OPEN = "open"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    BLOCKED = "blocked"  # too many wrong ends of ID numbers were tried


class Redemption(Attestation):
    """That an agent hands over what a voucher is for: `id_end` are the last four digits of its farmer's ID number."""

    id_end: Annotated[str, Field(pattern=r"^[0-9]{4}$")]


class FarmInputs:
    """A voucher is made from its own code: its last four characters are digits, which are the end of the ID number
    backwards, and its farmer's phone; so a tester needs no list.
    """

    def __init__(self, country: Country) -> None:
        self._store = country.store
        self._country = country

    def router(self, guards: Sequence[Depends]) -> APIRouter:
        """The office's own routes behind `guards`, and the tester's list, which no knob touches."""
        own: Doors = {
            "GET /vouchers/{voucher}": self._told,
            "POST /vouchers/{voucher}/redemptions": self._redeem,
            "GET /redemptions/{key}": self._redeemed,
        }
        return open_doors("/farm-inputs", guards, own, {"GET /redemptions": self._list})

    async def _told(self, voucher: str) -> dict[str, str]:
        """How a voucher stands, and what it is for; not whose it is."""
        standing = self._standing(voucher)
        if standing is None:
            raise HTTPException(404, {"code": "unknown"})
        return {"status": f"voucher_{standing.value}", "items": _handed_over(voucher)["items"]}

    async def _redeem(
        self, voucher: str, redemption: Redemption, response: Response, idempotency_key: IdempotencyKey = None
    ) -> dict[str, Any]:
        key, body = require_idempotency_key(idempotency_key), f"{voucher} {redemption.model_dump_json()}"
        before = self._store.row("SELECT voucher, body FROM vouchers_redeemed WHERE key = ?", key)
        if before is None:
            self._check(voucher, redemption)
            self._write(key, body, voucher, redemption)
        else:
            answer_again(before, body, response)
        return _handed_over(voucher)

    async def _redeemed(self, key: str) -> dict[str, Any]:
        """What was redeemed under a key of the client's, for a client that never heard the answer."""
        before = self._store.row("SELECT voucher FROM vouchers_redeemed WHERE key = ?", key)
        if before is None:
            raise HTTPException(404, {"code": "unknown"})
        return _handed_over(before["voucher"])

    def _check(self, voucher: str, redemption: Redemption) -> None:
        """Raise for a voucher that cannot be redeemed now; a wrong end is counted before anything is told of it."""
        standing = self._standing(voucher)
        if standing is None:
            raise HTTPException(422, {"code": "voucher_unknown"})
        if standing is Standing.OPEN and redemption.id_end != id_end_of(voucher):
            self._store.write(
                "INSERT INTO voucher_tries (voucher, wrong) VALUES (?, 1)"
                " ON CONFLICT (voucher) DO UPDATE SET wrong = wrong + 1",
                voucher,
            )
            raise HTTPException(422, {"code": "id_wrong"})
        if standing is not Standing.OPEN:
            raise HTTPException(422, {"code": f"voucher_{standing.value}"})

    def _standing(self, voucher: str) -> Standing | None:
        if not VOUCHER.fullmatch(voucher) or not voucher[4:].isdigit() or voucher.startswith(UNKNOWN_PREFIX):
            return None
        redeemed = self._store.row("SELECT number FROM vouchers_redeemed WHERE voucher = ?", voucher)
        if redeemed is not None or voucher.startswith(ALREADY_PREFIX):
            return Standing.REDEEMED
        if voucher.startswith(EXPIRED_PREFIX):
            return Standing.EXPIRED
        tries = self._store.row("SELECT wrong FROM voucher_tries WHERE voucher = ?", voucher)
        return Standing.BLOCKED if tries and tries["wrong"] >= wrong_tries_max else Standing.OPEN

    def _write(self, key: str, body: str, voucher: str, redemption: Redemption) -> None:
        number, now = self._store.next_number("vouchers_redeemed"), self._country.now()
        self._store.write(
            "INSERT INTO vouchers_redeemed (number, key, body, voucher, agent, point, reference, redeemed_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *(number, key, body, voucher, redemption.agent, redemption.point, redemption.reference, now),
        )

    async def _list(self) -> list[dict[str, Any]]:
        return self._store.rows(
            "SELECT voucher, agent, point, reference, redeemed_at FROM vouchers_redeemed ORDER BY number DESC LIMIT ?",
            rows_listed_max,
        )


def id_end_of(voucher: str) -> str:
    """The end of the ID number of whose voucher it is."""
    return voucher[:3:-1]


def phone_of(voucher: str) -> str:
    """The farmer's number: nobody real, and the same for the same voucher."""
    return f"{PREPAID}010{voucher[4:]}"


def _handed_over(voucher: str) -> dict[str, Any]:
    return {"items": ITEMS[int(voucher[4:]) % len(ITEMS)], "phone": phone_of(voucher)}
