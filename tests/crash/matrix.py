"""The matrix: each journey once to find its points, then once for each of them, with a kill there."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from app.load.books import read_books
from app.load.checks import Case, Rules
from app.load.history import FILE, HistoryWriter, Run, read_history
from app.load.proof import Verdict, prove
from app.messages import Status
from app.wiring import now_utc
from integrations.database import Database, open_database
from integrations.database.evidence import RequestEvidence, citizen_hash
from integrations.database.tables import JobState
from tests.crash.caller import Caller
from tests.crash.instrument import be_worker
from tests.crash.journeys import Journey
from tests.crash.land import PATIENCE_SECONDS, Land, open_land
from tests.crash.points import Point, passed

OFFICES = ("civil-registry", "electricity", "wallet", "directory", "sms")
SETTLED_SECONDS = 30.0
BIRTHS = ("/civil-registry/applications", "reference")
PAYMENTS = ("/wallet/transactions", "requestingOrganisationTransactionReference")
VENDS = ("/electricity/vends", "payment")


@dataclass(frozen=True, slots=True)
class Crash:
    """One run: `victim` None is one in which nobody died. `reached`: somebody died. `wrong` is empty if all holds."""

    journey: str
    victim: Point | None
    reached: bool
    redialled: bool
    seconds: float
    wrong: tuple[str, ...]


@dataclass(slots=True)
class Matrix:
    """Runs in one land, one after the other, each with a citizen of its own."""

    land: Land
    database: Database
    history: HistoryWriter
    began: float
    settled_seconds: float = SETTLED_SECONDS
    runs: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def points_of(self, journey: Journey) -> tuple[Crash, list[Point]]:
        """An undisturbed run, and the points that it came to, each once, in order."""
        crash = await self.run(journey, None)
        return crash, list(dict.fromkeys(passed(self.land.steps)))

    async def run(self, journey: Journey, victim: Point | None, *, redials: bool = False) -> Crash:
        number = next(self.runs)
        began = time.monotonic()
        caller = Caller(self.land, f"+2665{number:05}{journey.number_ends:0>2}", redials, self.history, self.began)
        since = now_utc()
        self._order(number, victim)
        died_before = sum(self.land.killed.values())
        wrong: list[str] = []
        try:
            await journey.go(caller)
            wrong += await self._settled(journey, caller, since)
        except (AssertionError, TimeoutError) as error:
            wrong.append(f"{type(error).__name__}: {error}")
        for office in OFFICES:
            await self.land.knob(office, delay_s=0, fail=False, silent=False)
        reached = sum(self.land.killed.values()) > died_before
        return Crash(journey.name, victim, reached, redials, time.monotonic() - began, tuple(wrong))

    def _order(self, number: int, victim: Point | None) -> None:
        self.land.steps.write_bytes(b"")
        self.land.orders.give(number, victim)

    async def _settled(self, journey: Journey, caller: Caller, since: datetime) -> list[str]:
        """What is not as it must be once the outbox has come to rest."""
        deadline = time.monotonic() + self.settled_seconds
        while True:
            counts = await self.database.outbox.counts()
            filed = await self._requests(caller.number, since)
            if not counts[JobState.WAITING.value] and all(_has_ended(journey, one) for one in filed):
                break
            if time.monotonic() > deadline:
                waiting = [f"{one.reference} ({one.service}) is {one.status}" for one in filed]
                return [f"not at rest after {self.settled_seconds:.0f} s", *waiting]
            await asyncio.sleep(0.02)
        kept = {one.reference for one in filed}
        told = "\n".join(await caller.texts()).replace("-", "")
        wrong = [f"{reference} was shown and is not in the ledger" for reference in set(caller.references) - kept]
        wrong += [f"no text tells of {one.reference}" for one in filed if one.reference not in told]
        wrong += ["nothing was filed"] * (bool(journey.ends) and not filed)
        wrong += [f"{counts[JobState.SET_ASIDE.value]} jobs are set aside"] * (counts[JobState.SET_ASIDE.value] > 0)
        for one in filed:
            wrong += await self._not_once(one)
        return wrong

    async def _requests(self, msisdn: str, since: datetime) -> list[RequestEvidence]:
        citizen = citizen_hash(self.land.keyring, msisdn)
        return [one for one in await self.land.evidence.requests(since) if one.citizen == citizen]

    async def _not_once(self, request: RequestEvidence) -> list[str]:
        """Offices that have it another number of times than once; a refused one is in no list, or unpaid."""
        is_refused = request.status is Status.REJECTED
        if request.service == "birth-certificate":
            births = await self._standing(BIRTHS, request.reference)
            return _unless(len(births) == (0 if is_refused else 1), f"{len(births)} births of {request.reference}")
        payments = await self._standing(PAYMENTS, request.reference)
        wrong = _unless(len(payments) == 1, f"{len(payments)} payments of {request.reference}")
        for payment in payments:
            vends = await self._standing(VENDS, str(payment["transactionReference"]))
            wrong += _unless(len(vends) == (0 if is_refused else 1), f"{len(vends)} vends of {request.reference}")
        return wrong

    async def _standing(self, where: tuple[str, str], value: str) -> list[dict[str, Any]]:
        path, name = where
        return [row for row in await self.land.rows(path) if str(row[name]).replace("-", "") == value]


@asynccontextmanager
async def open_matrix(
    home: Path, database_url: str | None = None, worker: Callable[..., None] = be_worker
) -> AsyncIterator[Matrix]:
    """A land in this directory, and the history of all that happens in it."""
    async with open_land(home, database_url, worker) as land:
        database = await open_database(land.settings.database, land.keyring, os.urandom, allow_unsafe=True)
        run = Run("crashes", "crashes", 0, 0.0, 0.0, now_utc(), 160, {})
        with (home / FILE).open("wb", buffering=0) as file:
            yield Matrix(land, database, HistoryWriter(file, run), time.monotonic())
        await database.close()


async def proven(matrix: Matrix) -> tuple[Verdict, ...]:
    """The promises of `mohala history` over all runs together; call it when the matrix's file is written out."""
    history = read_history(matrix.land.home)
    settings = matrix.land.settings
    books = await read_books(history, settings.database, matrix.land.keyring, "africastalking")
    return prove(Case(history, books, Rules(PATIENCE_SECONDS, unanswered=True)))


def _has_ended(journey: Journey, request: RequestEvidence) -> bool:
    return journey.ends.get(request.service) is request.status


def _unless(holds: bool, sentence: str) -> list[str]:
    return [] if holds else [sentence]
