"""The pretend pensions office: each year a pensioner has to be seen alive; agents say so with their own name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Response
from fastapi.params import Depends
from pydantic import Field

from integrations.sandbox.attestation import Attestation
from integrations.sandbox.civil_registry import LOCAL_TIME
from integrations.sandbox.country import (
    Country,
    IdempotencyKey,
    require_idempotency_key,
    rows_listed_max,
)
from integrations.sandbox.doors import Doors, answer_again, open_doors
from integrations.sandbox.home import PREPAID

TABLE = """
CREATE TABLE IF NOT EXISTS proofs_of_life (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, body TEXT NOT NULL, pensioner TEXT NOT NULL,
    year TEXT NOT NULL, agent TEXT NOT NULL, point TEXT NOT NULL, reference TEXT NOT NULL, seen_at TEXT NOT NULL,
    UNIQUE (pensioner, year)
) STRICT
"""
PENSIONER = re.compile("[0-9]{12}")
UNKNOWN_PREFIX, STOPPED_PREFIX = "99", "88"


class Proof(Attestation):
    """That a pensioner stood before an agent."""

    id: Annotated[str, Field(min_length=1, max_length=32)]


class Pensions:
    def __init__(self, country: Country) -> None:
        self._store = country.store
        self._country = country

    def router(self, guards: Sequence[Depends]) -> APIRouter:
        """The office's own route behind `guards`, and the tester's list, which no knob touches."""
        own: Doors = {
            "POST /proofs": self._note,
        }
        return open_doors("/pensions", guards, own, {"GET /proofs": self._list})

    async def _note(self, proof: Proof, response: Response, idempotency_key: IdempotencyKey = None) -> dict[str, Any]:
        key, body = require_idempotency_key(idempotency_key), proof.model_dump_json()
        before = self._store.row("SELECT body, year FROM proofs_of_life WHERE key = ?", key)
        if before is not None:
            return _noted(proof.id, answer_again(before, body, response)["year"])
        year = self._year()
        if not PENSIONER.fullmatch(proof.id) or proof.id.startswith(UNKNOWN_PREFIX):
            raise HTTPException(422, {"code": "pensioner_unknown"})
        if proof.id.startswith(STOPPED_PREFIX):
            raise HTTPException(422, {"code": "pension_stopped"})
        seen = "SELECT number FROM proofs_of_life WHERE pensioner = ? AND year = ?"
        if self._store.row(seen, proof.id, year) is not None:
            raise HTTPException(422, {"code": "seen_before"})
        self._write(key, body, year, proof)
        return _noted(proof.id, year)

    def _year(self) -> str:
        return str((self._country.clock() + LOCAL_TIME).year)

    def _write(self, key: str, body: str, year: str, proof: Proof) -> None:
        self._store.write(
            "INSERT INTO proofs_of_life (number, key, body, pensioner, year, agent, point, reference, seen_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(self._store.next_number("proofs_of_life"), key, body, proof.id, year),
            *(proof.agent, proof.point, proof.reference, self._country.now()),
        )

    async def _list(self) -> list[dict[str, Any]]:
        return self._store.rows(
            "SELECT pensioner, year, agent, point, reference, seen_at FROM proofs_of_life ORDER BY number DESC LIMIT ?",
            rows_listed_max,
        )


def phone_of(pensioner: str) -> str:
    """The number that the office has of a pensioner: nobody real; empty of the one in ten who have none."""
    return "" if pensioner.endswith("0") else f"{PREPAID}020{pensioner[-4:]}"


def _noted(pensioner: str, year: str) -> dict[str, Any]:
    return {"year": year, "phone": phone_of(pensioner)}
