"""Payers of the pretend wallets: what each does when a wallet asks for the PIN, as a tester says, and their money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from integrations.sandbox.country import rows_listed_max
from integrations.sandbox.home import CALLING_CODE
from integrations.sandbox.store import Store

TABLE = """
CREATE TABLE IF NOT EXISTS payers (msisdn TEXT PRIMARY KEY, does TEXT NOT NULL, after_s REAL NOT NULL) STRICT
"""
DECLINING_SUFFIX = "00"
opening_balance_minor = 500_00
after_seconds_max = 600.0
late_seconds = 90.0  # later than any wallet waits


class Does(StrEnum):
    """`insufficient` has too little money whatever is asked; `late` pays when its wallet waits no more."""

    ACCEPT = "accept"
    DECLINE = "decline"
    INSUFFICIENT = "insufficient"
    TIMEOUT = "timeout"
    LATE = "late"


class Habit(BaseModel):
    """What a payer does and how many seconds after they are asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    does: Does
    after_s: Annotated[float, Field(ge=0, le=after_seconds_max, allow_inf_nan=False)] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    does: Does
    at: datetime


class Payers:
    """A number that nobody spoke for accepts after `usual_seconds`, or declines if it ends in `00`."""

    def __init__(self, store: Store, usual_seconds: float) -> None:
        self._store = store
        self._usual_seconds = usual_seconds

    def decision(self, msisdn: str, now: datetime) -> Decision:
        habit = self._habit(msisdn)
        after = self._usual_seconds if habit.after_s is None else habit.after_s
        return Decision(habit.does, now + timedelta(seconds=after))

    def does(self, msisdn: str) -> Does:
        return self._habit(msisdn).does

    def _habit(self, msisdn: str) -> Habit:
        row = self._store.row("SELECT does, after_s FROM payers WHERE msisdn = ?", msisdn)
        if row is not None:
            return Habit.model_validate(row)
        return Habit(does=Does.DECLINE if msisdn.endswith(DECLINING_SUFFIX) else Does.ACCEPT)

    def router(self) -> APIRouter:
        """For testers; no knob touches it."""
        router = APIRouter(prefix="/payers")
        router.add_api_route("", self._list, methods=["GET"])
        router.add_api_route("/{msisdn}", self._set, methods=["POST"])
        return router

    async def _list(self) -> list[dict[str, object]]:
        return self._store.rows("SELECT msisdn, does, after_s FROM payers ORDER BY msisdn LIMIT ?", rows_listed_max)

    async def _set(self, msisdn: str, habit: Habit) -> Habit:
        if not msisdn.isascii() or len(msisdn) != 12 or not msisdn.startswith(f"+{CALLING_CODE}"):
            raise HTTPException(404, {"code": "unknown", "message": f"A payer is +{CALLING_CODE} and eight digits."})
        usual = late_seconds if habit.does is Does.LATE else self._usual_seconds
        after = usual if habit.after_s is None else habit.after_s
        self._store.write("INSERT OR REPLACE INTO payers VALUES (?, ?, ?)", msisdn, habit.does.value, after)
        return Habit(does=habit.does, after_s=after)
