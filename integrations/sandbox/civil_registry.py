"""The pretend civil registry: people, birth applications, and the clerk's desk."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Response
from fastapi.exceptions import RequestValidationError
from fastapi.params import Depends
from pydantic import BaseModel, ConfigDict, Field

from integrations.sandbox.country import (
    Country,
    IdempotencyKey,
    require_idempotency_key,
    rows_listed_max,
)
from integrations.sandbox.districts import district_of
from integrations.sandbox.doors import Doors, answer_again, open_doors

TABLE = """
CREATE TABLE IF NOT EXISTS births (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, body TEXT NOT NULL, application TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL, place TEXT NOT NULL, reason TEXT NOT NULL, filed_at TEXT NOT NULL
) STRICT
"""

PERSON = re.compile(r"[0-9]{12}")
UNKNOWN_PREFIX = "99"
EARLIEST_BIRTH = date(1900, 1, 1)
LOCAL_TIME = timedelta(hours=2)


class Standing(StrEnum):
    IN_PROGRESS = "in_progress"
    QUERY = "query"
    READY = "ready"
    DONE = "done"
    REJECTED = "rejected"


class Birth(BaseModel):
    """A birth to register. `born` is YYYY-MM-DD, `reference` the client's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    child_sex: Literal["male", "female"]
    born: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    district: Annotated[str, Field(min_length=1, max_length=40)]
    mother_id: Annotated[str, Field(pattern=r"^[0-9]{12}$")]
    informant: Literal["mother", "father", "guardian", "other"]
    reference: Annotated[str, Field(min_length=1, max_length=64)]


class Decision(BaseModel):
    """What the clerk writes: the new status, where to collect, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: Standing
    where: Annotated[str, Field(max_length=100)] = ""
    reason: Annotated[str, Field(max_length=200)] = ""


class CivilRegistry:
    def __init__(self, country: Country) -> None:
        self._store = country.store
        self._country = country

    def router(self, guards: Sequence[Depends]) -> APIRouter:
        """The office's own routes behind `guards`, and the tester's: a list and the desk, which no knob touches."""
        own: Doors = {
            "GET /people/{id}": self._person,
            "POST /births": self._file,
            "GET /applications/{application}": self._standing,
        }
        return open_doors(
            "/civil-registry",
            guards,
            own,
            {"GET /applications": self._list, "POST /applications/{application}": self._decide},
        )

    async def _person(self, id: str) -> dict[str, Any]:
        if not PERSON.fullmatch(id) or id.startswith(UNKNOWN_PREFIX):
            raise _unknown()
        return {"id": id, "registered": True}

    async def _file(self, birth: Birth, response: Response, idempotency_key: IdempotencyKey = None) -> dict[str, Any]:
        key = require_idempotency_key(idempotency_key)
        self._check(birth)
        body = birth.model_dump_json()
        before = self._store.row("SELECT application, body FROM births WHERE key = ?", key)
        if before is None:
            return _accepted(self._write(key, body))
        return _accepted(answer_again(before, body, response)["application"])

    def _check(self, birth: Birth) -> None:
        """Raise for what the types cannot say: a day that is none or is to come, a district, an unknown mother."""
        today = (self._country.clock() + LOCAL_TIME).date()
        if not _is_birthday(birth.born, today):
            raise _wrong("born", "is no day between 1900 and today")
        if district_of(birth.district) is None:
            raise _wrong("district", "is none of the ten districts")
        if birth.mother_id.startswith(UNKNOWN_PREFIX):
            raise HTTPException(422, {"code": "mother_unknown"})

    def _write(self, key: str, body: str) -> str:
        number = self._store.next_number("births")
        application = f"CR-{(self._country.clock() + LOCAL_TIME).year}-{number:06d}"
        self._store.write(
            "INSERT INTO births (number, key, body, application, status, place, reason, filed_at)"
            " VALUES (?, ?, ?, ?, ?, '', '', ?)",
            *(number, key, body, application, Standing.IN_PROGRESS.value, self._country.now()),
        )
        return application

    async def _standing(self, application: str) -> dict[str, Any]:
        return _standing(self._find(application))

    async def _decide(self, application: str, decision: Decision) -> dict[str, Any]:
        number = self._find(application)["number"]
        self._store.write(
            "UPDATE births SET status = ?, place = ?, reason = ? WHERE number = ?",
            *(decision.status.value, decision.where, decision.reason, number),
        )
        return _whole(self._find(application))

    async def _list(self) -> list[dict[str, Any]]:
        return [_whole(row) for row in self._store.rows(f"{SELECT} ORDER BY number DESC LIMIT ?", rows_listed_max)]

    def _find(self, application: str) -> dict[str, Any]:
        row = self._store.row(f"{SELECT} WHERE application = ?", application)
        if row is None:
            raise _unknown()
        return row


SELECT = "SELECT number, application, status, place, reason, body, filed_at FROM births"


def _is_birthday(born: str, today: date) -> bool:
    try:
        return EARLIEST_BIRTH <= date.fromisoformat(born) <= today
    except ValueError:
        return False


def _wrong(field: str, problem: str) -> RequestValidationError:
    return RequestValidationError([{"loc": ("body", field), "msg": problem, "type": "value_error"}])


def _unknown() -> HTTPException:
    return HTTPException(404, {"code": "unknown"})


def _accepted(application: str) -> dict[str, Any]:
    return {"application": application, "status": Standing.IN_PROGRESS.value}


def _standing(row: dict[str, Any]) -> dict[str, Any]:
    names = {"application": "application", "status": "status", "where": "place", "reason": "reason"}
    return {name: row[column] for name, column in names.items()}


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    return {**_standing(row), **json.loads(row["body"]), "filed_at": row["filed_at"]}
