"""The matrix: each journey once to find its points, then once for each of them, with a kill there."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from app.auditing import verify
from app.errors import StoreUnavailable
from app.ledger import FINAL
from app.load.books import read_books
from app.load.case import Case, Rules
from app.load.history import FILE, HistoryWriter, Run, read_history
from app.load.proof import Verdict, prove
from app.messages import Status
from app.payments import Bill, Payment
from integrations.database.evidence import RequestEvidence
from tests.crash.caller import Caller
from tests.crash.journeys import Journey
from tests.crash.land import PATIENCE_SECONDS, Land, open_land
from tests.crash.others import REGISTRY
from tests.crash.points import Point, passed

OFFICES = ("civil-registry", "electricity", "x-road", "wallet")
SETTLED_SECONDS, TEXTS_SECONDS = 30.0, 3.0
BIRTHS = (REGISTRY, "reference")
PUSHES = {
    "electricity": (
        "/wallet/transactions",
        "requestingOrganisationTransactionReference",
        "transactionStatus",
        "completed",
    ),
    "units": ("/m-pesa/transactions", "their_reference", "status", "paid"),
}
"""Where the wallet of a service shows its payments: under which of their fields our reference stands, which says how
they ended, and how that is said of one that took money.
"""
VENDS = ("/electricity/vends", "payment")
BILLED = "plot-search"
MANUAL = (BILLED, "deed-search", "complaint")


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
    history: HistoryWriter
    began: float
    settled_seconds: float = SETTLED_SECONDS
    runs: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def points_of(self, journey: Journey) -> tuple[Crash, list[Point]]:
        """An undisturbed run, and the points that it came to, each once, in order."""
        crash = await self.run(journey, None)
        return crash, list(dict.fromkeys(passed(self.land.told.steps)))

    async def run(self, journey: Journey, victim: Point | None, *, redials: bool = False) -> Crash:
        number = next(self.runs)
        began = time.monotonic()
        land = self.land
        caller = Caller(land, number, f"+2665{number:05}01", redials, land.clock(), self.history, self.began)
        self._order(number, victim)
        died_before = sum(land.killed.values())
        wrong: list[str] = []
        try:
            await journey.go(caller)
            wrong += await self._settled(journey, caller)
        except (AssertionError, TimeoutError, httpx.HTTPError, StoreUnavailable) as error:  # a machine may stand still
            wrong.append(f"{type(error).__name__}: {error}")
        land.orders.forget()
        if wrong:
            await land.leave()
        for office in OFFICES:
            await land.knob(office, delay_s=0, fail=False, silent=False, after="answer")
        reached = sum(land.killed.values()) > died_before
        return Crash(journey.name, victim, reached, redials, time.monotonic() - began, tuple(wrong))

    def _order(self, number: int, victim: Point | None) -> None:
        self.land.told.steps.write_bytes(b"")
        self.land.orders.give(number, victim)

    async def _settled(self, journey: Journey, caller: Caller) -> list[str]:
        """What is not as it must be once the outbox has come to rest."""
        filed: list[RequestEvidence] = []

        async def is_over() -> bool:
            filed[:] = await caller.requests()
            return await self.land.is_at_rest() and all(one.status in journey.ends[one.service] for one in filed)

        try:
            await self.land.until(is_over, "the end", self.settled_seconds)
        except AssertionError:
            stand = [f"{one.reference} ({one.service}) is {one.status}" for one in filed]
            return [f"not at rest after {self.settled_seconds:.0f} s", *stand]
        found = [*_wrong_ends(journey, filed), *await self._wrong_texts_at_last(caller, filed)]
        for one in filed:
            found += await self._not_once(one)
        aside = await self.land.set_aside()
        found += _unless(aside == 0, f"{aside} jobs are set aside")
        return [*found, *await self.land.faults_of_books()]

    async def _wrong_texts_at_last(self, caller: Caller, filed: list[RequestEvidence]) -> list[str]:
        """A worker may be careless and end a job before it has done it, so a text may come when all is at rest."""
        wrong: list[str] = []

        async def is_told() -> bool:
            wrong[:] = await self._wrong_texts(caller, filed)
            return not wrong

        with suppress(AssertionError):
            await self.land.until(is_told, "the texts", TEXTS_SECONDS)
        return wrong

    async def _wrong_texts(self, caller: Caller, filed: list[RequestEvidence]) -> list[str]:
        kept = {one.reference for one in filed}
        told = "\n".join(await caller.texts()).replace("-", "")
        wrong = [f"{reference} was shown and is not in the ledger" for reference in set(caller.references) - kept]
        return wrong + [f"no text tells of {one.reference}" for one in filed if one.reference not in told]

    async def _not_once(self, request: RequestEvidence) -> list[str]:
        """What an office has, or somebody paid, another number of times than once; a refused one never."""
        wanted = 0 if request.status is Status.REJECTED else 1
        is_unpaid = request.service == BILLED and not wanted
        if request.service in ("birth-certificate", "late-birth"):
            births = await self._standing(BIRTHS, request.reference)
            return _unless(len(births) == wanted, f"{len(births)} births of {request.reference}")
        if request.service in PUSHES:
            return await self._wrong_purchase(request, wanted)
        wrong = await self._wrong_tasks(request) if request.service in MANUAL and not is_unpaid else []
        return [*wrong, *(await self._wrong_payments(request, wanted) if request.service == BILLED else ())]

    async def _wrong_purchase(self, request: RequestEvidence, wanted: int) -> list[str]:
        path, name, status, took = PUSHES[request.service]
        pushes = await self._standing((path, name), request.reference)
        paid = [push for push in pushes if push[status] == took]
        wrong = _unless(len(paid) == wanted and len(pushes) == 1, f"{len(paid)} payments of {request.reference}")
        for payment in paid:
            vends = await self._standing(VENDS, str(payment.get("transactionReference") or payment["reference"]))
            wrong += _unless(len(vends) == wanted, f"{len(vends)} vends of {request.reference}")
        return wrong

    async def _wrong_tasks(self, request: RequestEvidence) -> list[str]:
        """It was put on the list once; one that has no end is still there, for a clerk who is told of it."""
        entry = await self.land.database.board.find(request.reference, "")
        if entry is None:
            return [f"{request.reference} is on nobody's list"]
        is_over = request.status in FINAL
        return _unless((entry.task.closed_at is not None) == is_over, f"the task of {request.reference} is left open")

    async def _wrong_payments(self, request: RequestEvidence, wanted: int) -> list[str]:
        """Its bill was paid as often as it should be, and nothing came for it that did not fit."""
        bills = self.land.database.bills
        bill = await bills.bill(f"{request.id}:0")
        came = await bills.payments_of(bill.id) if bill else ()
        right = [one for one in came if bill and one.receipt == bill.receipt and one.unfit is None]
        wrong = _unless(len(came) == len(right) == wanted, f"{len(came)} payments of {request.reference} came")
        return wrong + await self._wrong_pushes(bill, came) if bill else wrong

    async def _wrong_pushes(self, bill: Bill, came: Sequence[Payment]) -> list[str]:
        """What a wallet took when it was asked for the bill is what was booked of it."""
        path, name, status, took = PUSHES["electricity"]
        pushes = [row for row in await self.land.rows(path) if str(row[name]).startswith(bill.code)]
        asked = [row[name] for row in pushes]
        paid = sum(row[status] == took for row in pushes)
        booked = sum(one.wallet == "wallet" for one in came)
        wrong = _unless(paid == booked, f"the wallet took {paid} payments for {bill.code} and {booked} are booked")
        return wrong + _unless(len(set(asked)) == len(asked), f"the wallet was asked twice for one of {asked}")

    async def _standing(self, where: tuple[str, str], value: str) -> list[dict[str, Any]]:
        path, name = where
        return [row for row in await self.land.rows(path) if str(row[name]).replace("-", "") == value.replace("-", "")]


@asynccontextmanager
async def open_matrix(home: Path, database_url: str | None = None) -> AsyncIterator[Matrix]:
    """A land in this directory, and the history of all that happens in it."""
    async with open_land(home, database_url) as land:
        run = Run("crashes", "crashes", 0, 0.0, 0.0, land.clock(), 160, {})
        with (home / FILE).open("wb", buffering=0) as file:
            yield Matrix(land, HistoryWriter(file, run), time.monotonic())


async def proven(matrix: Matrix) -> tuple[Verdict, ...]:
    """The promises of `mohala history` over all runs together, and that the audit log is unbroken (`ChainBroken`)."""
    history = read_history(matrix.land.home)
    settings = matrix.land.settings
    await asyncio.to_thread(verify, settings.database, None)
    books = await read_books(history, settings.database, matrix.land.keyring, "africastalking")
    return prove(Case(history, books, Rules(PATIENCE_SECONDS, unanswered=True)))


def _wrong_ends(journey: Journey, filed: list[RequestEvidence]) -> list[str]:
    """Each service of the journey has a request for each of its ends; that each has one of them was waited for."""
    seen = {(one.service, one.status) for one in filed}
    wanted = {(service, status) for service, statuses in journey.ends.items() for status in statuses}
    return [f"no {service} ended as {status}" for service, status in sorted(wanted - seen)]


def _unless(holds: bool, sentence: str) -> list[str]:
    return [] if holds else [sentence]
