"""The pretend wallet's daily statement of what its citizens paid at `*111#`, with faults that a tester plants in it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Response
from pydantic import BaseModel, ConfigDict, Field

from integrations.sandbox.country import Country, rows_listed_max, stamp
from integrations.sandbox.home import CURRENCY, ZONE_NAME
from integrations.sandbox.wallet_words import to_minor

MOVES_TABLE = """
CREATE TABLE IF NOT EXISTS wallet_moves (
    number INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, correlation TEXT NOT NULL, type TEXT NOT NULL,
    account TEXT NOT NULL, amount_minor INTEGER NOT NULL, status TEXT NOT NULL, at TEXT NOT NULL
) STRICT
"""
FAULTS_TABLE = """
CREATE TABLE IF NOT EXISTS statement_faults (reference TEXT PRIMARY KEY, fault TEXT NOT NULL, day TEXT NOT NULL) STRICT
"""
COLUMNS = ("Transaction", "Time", "Type", "Status", "Account", "Correlation", "Amount", "Currency", "Balance")
AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
ZONE = ZoneInfo(ZONE_NAME)


class Type(StrEnum):
    PAYMENT = "Payment"
    REVERSAL = "Reversal"
    PAYOUT = "Payout"


class Status(StrEnum):
    COMPLETED = "Completed"
    FAILED = "Failed"  # we said no, and the payer has the money back


class Fault(StrEnum):
    """What a statement may have wrong."""

    LOST = "lost"  # the row is not there
    DOUBLED = "doubled"  # it is there twice
    OFF = "off"  # its amount is less by one sente
    LATE = "late"  # it stands in the file of the next day


@dataclass(frozen=True, slots=True)
class Move:
    """Money that the wallet moved. `correlation` is what it told us of it under, `account` what the payer typed."""

    reference: str
    correlation: str
    type: str
    account: str
    amount_minor: int
    status: str
    at: str

    @property
    def day(self) -> date:
        return datetime.fromisoformat(self.at).astimezone(ZONE).date()

    @property
    def signed_minor(self) -> int:
        if self.status != Status.COMPLETED:
            return 0
        return self.amount_minor if self.type == Type.PAYMENT else -self.amount_minor


class Planted(BaseModel):
    """A fault of the row of a transaction, or a `stranger`: a payment that we were never told of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reference: Annotated[str, Field(max_length=40)]
    fault: Fault


class Given(BaseModel):
    """Money that a person moves in the wallet's portal: back to a payer, or out to the treasury's bank."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Type
    correlation: Annotated[str, Field(max_length=64)]
    amount: Annotated[str, Field(pattern=f"^{AMOUNT.pattern}$")]
    account: Annotated[str, Field(max_length=40)] = ""


class MoveBook:
    """What the wallet's menu moved, and the statement of a day."""

    def __init__(self, country: Country) -> None:
        self._country = country
        self._store = country.store

    def note(self, type: Type, correlation: str, account: str, amount: str) -> Move:
        """Write money that moves now; the same correlation and type again is the same move."""
        known = self._find("correlation = ? AND type = ?", correlation, type.value)
        if known:
            return known[0]
        number = self._store.next_number("wallet_moves")
        move = Move(
            f"SB{number:08d}", correlation, type.value, account, to_minor(amount), Status.COMPLETED.value,
            stamp(self._country.clock()),
        )  # fmt: skip
        values = [getattr(move, column) for column in Move.__slots__]
        self._store.write("INSERT INTO wallet_moves VALUES (?, ?, ?, ?, ?, ?, ?, ?)", number, *values)
        return move

    def failed(self, move: Move) -> None:
        """We said no, so the payer keeps the money."""
        self._store.write("UPDATE wallet_moves SET status = ? WHERE reference = ?", Status.FAILED.value, move.reference)

    def router(self) -> APIRouter:
        """For testers; no knob touches it."""
        router = APIRouter(prefix="/wallet/statement")
        router.add_api_route("", self._written, methods=["GET"])
        router.add_api_route("/moves", self._list, methods=["GET"])
        router.add_api_route("/moves", self._give, methods=["POST"])
        router.add_api_route("/faults", self._plant, methods=["POST"])
        return router

    async def _written(self, day: date) -> Response:
        faults = {row["reference"]: Fault(row["fault"]) for row in self._store.rows("SELECT * FROM statement_faults")}
        begun = stamp(datetime(day.year, day.month, day.day, tzinfo=ZONE) - timedelta(days=1))
        over = stamp(datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(days=1))
        moves = self._find("at >= ? AND at < ?", begun, over)
        earlier = self._find("at < ?", stamp(datetime(day.year, day.month, day.day, tzinfo=ZONE)))
        opening = sum(move.signed_minor for move in earlier)
        return Response(written(moves, faults, day, opening), media_type="text/csv; charset=utf-8")

    async def _list(self) -> list[dict[str, Any]]:
        query = "SELECT * FROM wallet_moves ORDER BY number DESC LIMIT ?"
        return self._store.rows(query, rows_listed_max)

    async def _give(self, given: Given) -> dict[str, str]:
        return {"reference": self.note(given.type, given.correlation, given.account, given.amount).reference}

    async def _plant(self, planted: Planted) -> Planted:
        found = self._find("reference = ?", planted.reference)
        if not found:
            raise HTTPException(404, {"code": "unknown", "message": "The wallet moved nothing under this reference."})
        values = planted.reference, planted.fault.value, found[0].day.isoformat()
        self._store.write("INSERT OR REPLACE INTO statement_faults VALUES (?, ?, ?)", *values)
        return planted

    def _find(self, where: str, *values: object) -> list[Move]:
        query = f"SELECT {', '.join(Move.__slots__)} FROM wallet_moves WHERE {where} ORDER BY number"  # noqa: S608 (ours)
        return [Move(**row) for row in self._store.rows(query, *values)]


def written(moves: Iterable[Move], faults: dict[str, Fault], day: date, opening_minor: int) -> str:
    """The statement of a day as CSV. The balance is what the wallet really holds, whatever its rows say."""
    text = io.StringIO(newline="")
    sheet = csv.writer(text)
    sheet.writerow(COLUMNS)
    balance = opening_minor
    for move in moves:
        fault = faults.get(move.reference)
        balance += move.signed_minor if move.day == day else 0
        stated_on = move.day + timedelta(days=1) if fault is Fault.LATE else move.day
        if stated_on == day:
            sheet.writerows(_row(one, balance) for one in _stated(move, fault))
    return text.getvalue()


def _stated(move: Move, fault: Fault | None) -> Sequence[Move]:
    if fault is Fault.LOST:
        return ()
    if fault is Fault.DOUBLED:
        return move, move
    return (replace(move, amount_minor=move.amount_minor - 1),) if fault is Fault.OFF else (move,)


def _row(move: Move, balance_minor: int) -> Iterator[str]:
    at = datetime.fromisoformat(move.at).astimezone(ZONE)
    sign = "" if move.type == Type.PAYMENT else "-"
    amount, balance = (f"{minor // 100}.{minor % 100:02}" for minor in (move.amount_minor, abs(balance_minor)))
    yield from (move.reference, f"{at:%Y-%m-%d %H:%M:%S}", move.type, move.status, move.account, move.correlation)
    yield from (f"{sign}{amount}", CURRENCY, f"{'-' if balance_minor < 0 else ''}{balance}")
