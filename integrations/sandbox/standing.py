"""What small offices of the sandbox share: how a number stands follows from its digits, so testers need no list."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

from fastapi import HTTPException, Response

from integrations.sandbox.country import Country, rows_listed_max
from integrations.sandbox.doors import answer_again
from integrations.sandbox.home import PLACES

TABLE = """
CREATE TABLE IF NOT EXISTS receipts (
    number INTEGER PRIMARY KEY, office TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
    receipt TEXT NOT NULL UNIQUE, done_at TEXT NOT NULL, UNIQUE (office, key)
) STRICT
"""
UNKNOWN_PREFIX = "99"
LOCAL_TIME = timedelta(hours=2)
INITIALS = "BHKLMNPRST"


def require_known(number: str, digits: range) -> None:
    """Raises 404 `unknown` unless the number has so many digits and does not begin with 99."""
    if not (number.isascii() and number.isdigit() and len(number) in digits) or number.startswith(UNKNOWN_PREFIX):
        raise HTTPException(404, {"code": "unknown"})


def require_known_of(number: str, digits: range, code: str) -> None:
    """The same within an order: 422 with a code of its own."""
    try:
        require_known(number, digits)
    except HTTPException:
        raise HTTPException(422, {"code": code}) from None


def initials_of(number: str) -> str:
    """Of nobody: the same number has the same ones."""
    first, second = hashlib.sha256(number.encode()).digest()[:2]
    return f"{INITIALS[first % len(INITIALS)]}. {INITIALS[second % len(INITIALS)]}."


def place_of(number: str) -> str:
    return PLACES[int(number[-1]) % len(PLACES)]


def today_in(country: Country) -> date:
    return (country.clock() + LOCAL_TIME).date()


def making_of(number: str) -> dict[str, str]:
    """How far something is that an office makes: it ends in 1 and is being made, in 2 and something is asked for, in 3
    and it was declined; else it is ready.
    """
    status = {"1": "in_progress", "2": "query", "3": "rejected"}.get(number[-1], "ready")
    return {"status": status, "where": place_of(number) if status in ("ready", "query") else ""}


def validity_of(number: str, today: date) -> dict[str, str]:
    """Whether a licence holds: it ends in 1 and has lapsed, in 2 and is suspended; else it is valid for a while."""
    status = {"1": "lapsed", "2": "suspended"}.get(number[-1], "valid")
    days = -40 if status == "lapsed" else 30 * (1 + int(number[-1]))
    return {"status": status, "until": (today + timedelta(days=days)).isoformat()}


class Receipts:
    """Orders of one office, done once a key: the same key and body give the same receipt again."""

    def __init__(self, country: Country, prefix: str) -> None:
        self._country = country
        self._prefix = prefix

    def take(self, key: str, body: str, response: Response) -> dict[str, Any]:
        """The receipt of an order; raises 409 for a key that came with another body."""
        before = self._row(key)
        if before is None:
            return self._write(key, body)
        return answer_again(before, body, response)

    def found(self, key: str) -> dict[str, Any]:
        """What was done under a key of the client's; raises 404 `unknown`."""
        before = self._row(key)
        if before is None:
            raise HTTPException(404, {"code": "unknown"})
        return {"receipt": before["receipt"]}

    def listed(self) -> list[dict[str, Any]]:
        """The newest first."""
        return self._country.store.rows(
            "SELECT body, receipt, done_at FROM receipts WHERE office = ? ORDER BY number DESC LIMIT ?",
            *(self._prefix, rows_listed_max),
        )

    def _row(self, key: str) -> dict[str, Any] | None:
        wanted = "SELECT receipt, body FROM receipts WHERE office = ? AND key = ?"
        return self._country.store.row(wanted, self._prefix, key)

    def _write(self, key: str, body: str) -> dict[str, Any]:
        number = self._country.store.next_number("receipts")
        receipt = f"{self._prefix}-{number:06d}"
        self._country.store.write(
            "INSERT INTO receipts (number, office, key, body, receipt, done_at) VALUES (?, ?, ?, ?, ?, ?)",
            *(number, self._prefix, key, body, receipt, self._country.now()),
        )
        return {"receipt": receipt}
