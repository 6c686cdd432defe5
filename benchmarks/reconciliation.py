"""Two days of a wallet with planted differences, reconciled: all of them found, none invented.

`python -m benchmarks.reconciliation --payments 10000 --planted 50 --seed 1 [--database URL]`. Payments are taken as the
wallet tells of them, the statement is the sandbox's own, and files come twice, in pieces and late. n lines and payments
without a wrong verdict give a 95 % upper bound of 3/n for the rate of wrong ones.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from app.billing import Billing, Coming, Denied
from app.bookkeeping import examine
from app.editions import Edition, Editions
from app.errors import StoreUnavailable
from app.filing import Asker
from app.keys import Key, Keyring
from app.layouts import read_layouts
from app.ledger import Requests
from app.matching import Difference
from app.pack import Pack
from app.payments import Bill, Payment
from app.reconciliation import Reconciliation, Report
from app.statements import Layout
from app.tasks import Clerk
from benchmarks.market import SERVICE, priced
from integrations.database import Database, DatabaseBooks, migrate, open_database
from integrations.sandbox.statement import ZONE, Fault, Move, Status, Type, written

DAY = date(2026, 11, 27)
SECOND_DAY = DAY + timedelta(days=1)
BEGUN = datetime(2026, 11, 27, tzinfo=ZONE)
WALLET = "sandbox"
CROWD = 4
LINEO, THABO = Clerk("lineo"), Clerk("thabo")
TOTAL_MINOR = 32_50
TRIES, PAUSE_SECONDS = 20, 0.5
T = TypeVar("T")


class Plant(StrEnum):
    """What can be wrong."""

    LOST = "lost"  # a payment of ours has no row
    DOUBLED = "doubled"  # it has two
    OFF = "off"  # its row says one sente less
    LATE = "late"  # its row stands in the next day's file: a difference until then
    STRANGER = "stranger"  # a row of a payment that nobody told us of and that names no bill
    UNHEARD = "unheard"  # the same, and it names a bill: a difference until two people say that the file is right
    REVERSED = "reversed"  # the wallet gave money back that we did not
    TWICE = "twice"  # the wallet has one payment of ours under two ids


@dataclass(slots=True)
class Day:
    """A ledger, a wallet beside it, and what was planted: kind and the id by which it has to be found."""

    database: Database
    pack: Pack
    chance: random.Random
    now: datetime = BEGUN - timedelta(hours=12)
    moves: list[Move] = field(default_factory=list)
    faults: dict[str, Fault] = field(default_factory=dict)
    wanted: dict[Plant, set[tuple[str, str]]] = field(default_factory=dict)
    carried: set[tuple[str, str]] = field(default_factory=set)
    unheard: list[Bill] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    verdicts: int = 0
    count: int = 0
    requests: Requests = field(init=False)
    billing: Billing = field(init=False)
    layout: Layout = field(init=False)
    reconciliation: Reconciliation = field(init=False)

    def __post_init__(self) -> None:
        def clock() -> datetime:
            return self.now

        editions, bills = Editions(Edition(self.pack, {})), self.database.bills
        self.requests = Requests(editions, self.database.ledger, clock, self.chance.randbytes)
        self.billing = Billing(self.requests, self.database.ledger, bills, clock, self.chance.randbytes)
        layouts = read_layouts(Path("menus/statements"))
        self.layout = layouts[WALLET]
        self.reconciliation = Reconciliation(layouts, self.database.statements, bills, self.billing, clock)

    async def trade(self, payments: int, planted: int, tick: Callable[[int], None] = lambda _: None) -> None:
        """So many payments on the first day, the planted ones among them, and some at midnight."""
        plants = [Plant(plant) for plant in self.chance.choices(list(Plant), k=planted)]
        todo: list[Plant | None] = [*plants, *(None for _ in range(payments - planted))]
        self.chance.shuffle(todo)
        step = timedelta(days=1) / (payments + 2)
        for start in range(0, payments, CROWD):
            crowd = todo[start : start + CROWD]
            bills = await asyncio.gather(*(self.bill() for _ in crowd))
            told = zip(crowd, bills, range(start + 1, start + CROWD + 1), strict=False)
            await asyncio.gather(*(self._paid(plant, bill, BEGUN + step * place) for plant, bill, place in told))
            tick(len(crowd))
        for _ in range(min(4, payments)):  # by our clock before midnight and by theirs after it
            await self._paid(None, await self.bill(), BEGUN + timedelta(days=1, seconds=-1), timedelta(seconds=2))
        self.moves.sort(key=lambda move: move.at)

    async def bill(self, number: str = "") -> Bill:
        """That of a new request of somebody."""
        self.count += 1
        number, step = number or f"+2665{self.chance.randrange(10_000_000):07}", f"step-{self.count}"
        return await patiently(lambda: self._billed(number, step))

    async def _billed(self, number: str, step: str) -> Bill:
        asker = Asker(number, "st", step, 3.0)
        service = self.pack.catalogue.services[SERVICE]
        request = await self.requests.filings.file(Edition(self.pack, {}), service, {"sex": "female"}, asker)
        await self.billing.issue(request.id, 0)
        bill = await self.database.bills.bill(f"{request.id}:0")
        assert bill is not None
        return bill

    async def _paid(self, plant: Plant | None, bill: Bill, at: datetime, ahead: timedelta = timedelta()) -> None:
        correlation = str(uuid.UUID(bytes=self.chance.randbytes(16), version=4))
        move = self._moved(correlation, bill.code, at + ahead)
        if plant is Plant.UNHEARD:
            self.unheard.append(bill)
        if plant in (Plant.STRANGER, Plant.UNHEARD):
            if plant is Plant.STRANGER:
                self.moves[-1] = replace(move, account="chicken")
            return self._want(plant, "not-booked", move.reference)
        payment = await self.pay(bill, correlation, move.reference, at)
        assert isinstance(payment, Payment) and payment.unfit is None
        if plant is not None:
            self._spoil(plant, move, payment, at)
        return None

    async def pay(self, bill: Bill, correlation: str, reference: str, at: datetime) -> object:
        """As the wallet tells of it at a moment."""
        coming = Coming(WALLET, correlation, "32.50", "LSL", "+26658765432", reference, keeps=True)
        ledger, bills = self.database.ledger, self.database.bills
        billing = Billing(self.requests, ledger, bills, lambda: at, self.chance.randbytes)
        outcome = await patiently(lambda: billing.take(bill, coming))
        # A wallet that heard no answer tells of it again, and is told that it is known.
        return await bills.came(WALLET, correlation=correlation) if outcome is Denied.KNOWN else outcome

    def _spoil(self, plant: Plant, move: Move, payment: Payment, at: datetime) -> None:
        if plant in (Plant.LOST, Plant.LATE):
            self._want(plant, "not-stated", payment.receipt)
            if at >= BEGUN + timedelta(hours=23):  # it may still be in the next day's file
                self.carried.add(("not-stated", payment.receipt))
        elif plant is Plant.REVERSED:
            back = self._moved(move.correlation, "", at + timedelta(seconds=1), Type.REVERSAL)
            return self._want(plant, "not-booked", back.reference)
        elif plant is Plant.TWICE:
            second = self._moved(move.correlation, move.account, at + timedelta(seconds=1))
            return self._want(plant, "twice", second.reference)
        else:
            self._want(plant, "twice" if plant is Plant.DOUBLED else "amount", move.reference)
        self.faults[move.reference] = Fault(plant.value)
        return None

    def _moved(self, correlation: str, account: str, at: datetime, type: Type = Type.PAYMENT) -> Move:
        reference, told = f"SB{len(self.moves):08}", at.astimezone(UTC).isoformat(timespec="milliseconds")
        self.moves.append(Move(reference, correlation, type, account, TOTAL_MINOR, Status.COMPLETED, told))
        return self.moves[-1]

    def _want(self, plant: Plant, kind: str, id: str) -> None:
        self.wanted.setdefault(plant, set()).add((kind, id))

    async def reconcile(self) -> None:
        """Both days as a treasury lives them; adds to `violations`."""
        self.now = BEGUN + timedelta(days=1, hours=9)
        first = self._file(DAY, 0)
        half = "".join(first.splitlines(keepends=True)[: len(self.moves) // 2])
        await self._take_in(DAY, half)  # a piece of the day, which the whole file repeats
        await self._take_in(DAY, first)
        again = await self._take_in(DAY, first)
        report = await self._compared(DAY)
        self._hold("a file that came twice was read twice", again, 0)
        self._judge("on the first day", report.differences, self._all(*Plant) - self.carried)
        vouched = await self.reconciliation.vouch(self.layout, DAY, THABO)
        self._hold("another clerk vouched for", len(vouched), 2)
        report = await self._compared(DAY)
        left = self._all(*Plant) - self._all(Plant.UNHEARD) - self.carried
        self._judge("after the voucher", report.differences, left)
        await self._went_on()
        self.now += timedelta(days=1)
        balance = sum(move.signed_minor for move in self.moves if move.day == DAY)
        await self._take_in(SECOND_DAY, self._file(SECOND_DAY, balance))
        report = await self._compared(SECOND_DAY)
        left = self._all(*Plant) - self._all(Plant.UNHEARD, Plant.LATE)
        self._judge("on the second day", report.differences, left)
        kept = await self.database.statements.listed(WALLET, is_open=True, limit=len(left) + 100)
        self._judge("in the list", [one.difference for one in kept], left)
        found = await patiently(lambda: examine(DatabaseBooks(self.database._store)))
        self.violations += found.faults

    async def _went_on(self) -> None:
        for bill in self.unheard:
            request = await self.database.ledger.request(bill.request_id)
            self._hold(f"the stage of {bill.request_id[:8]}", request and request.stage, 1)

    async def _take_in(self, day: date, text: str) -> int:
        digest = sha256(text.encode()).hexdigest()
        lines = text.splitlines(keepends=True)
        imported = await patiently(lambda: self.reconciliation.take_in(self.layout, day, digest, lines, LINEO))
        self.violations += [fault.told for fault in imported.faults]
        return imported.new

    async def _compared(self, day: date) -> Report:
        return await patiently(lambda: self.reconciliation.compare(self.layout, day))

    def _file(self, day: date, opening_minor: int) -> str:
        return written(self.moves, self.faults, day, opening_minor)

    def _all(self, *plants: Plant) -> set[tuple[str, str]]:
        return {one for plant in plants for one in self.wanted.get(plant, ())}

    def _judge(self, when: str, found: Iterable[Difference], wanted: set[tuple[str, str]]) -> None:
        named = Counter((str(one.kind), one.line_id or one.receipt) for one in found)
        self.verdicts += len(self.moves)
        self.violations += [f"{when} {one} was not found" for one in sorted(wanted - named.keys())]
        self.violations += [f"{when} {one} was invented" for one in sorted(named.keys() - wanted)]
        self.violations += [f"{when} {one} was told {times} times" for one, times in named.items() if times > 1]

    def _hold(self, what: str, found: object, wanted: object) -> None:
        if found != wanted:
            self.violations.append(f"{what}: {found}, not {wanted}")


async def patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Again while a busy disk keeps the database from answering; all of it may be done twice."""
    for _ in range(TRIES):
        try:
            return await work()
        except StoreUnavailable:
            await asyncio.sleep(PAUSE_SECONDS)
    return await work()


async def run(
    database_url: str, payments: int, planted: int, seed: int, tick: Callable[[int], None] = lambda _: None
) -> Day:
    """Trade and reconcile on a migrated, empty database; the Day knows what was violated."""
    chance = random.Random(seed)
    keyring = Keyring((Key("day", chance.randbytes(32)),), chance.randbytes)
    database = await open_database(database_url, keyring, chance.randbytes, allow_unsafe=True)
    try:
        day = Day(database, priced(), chance)
        await day.trade(payments, planted, tick)
        await day.reconcile()
        return day
    finally:
        await database.close()


def main(
    payments: Annotated[int, typer.Option(min=1)] = 10_000,
    planted: Annotated[int, typer.Option(min=0)] = 50,
    seed: int = 1,
    database: Annotated[str, typer.Option(help="an empty one; default: a new SQLite file")] = "",
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        url = database or f"sqlite:///{directory}/day.db"
        migrate(url)
        with typer.progressbar(length=payments, label="payments") as bar:
            day = asyncio.run(run(url, payments, min(planted, payments), seed, bar.update))
    for violation in day.violations[:20]:
        print(violation)
    print(_told(day.wanted))
    bound = f"fewer than {3 / day.verdicts:.2g} of them (95 %)" if not day.violations else "differences are not exact"
    print(f"{len(day.violations)} wrong verdicts in {day.verdicts} on {len(day.moves)} moves, seed {seed}: {bound}")
    raise typer.Exit(1 if day.violations else 0)


def _told(wanted: dict[Plant, set[tuple[str, str]]]) -> str:
    planted: Sequence[str] = [f"{len(found)} {plant}" for plant, found in sorted(wanted.items())]
    return f"planted: {', '.join(planted) or 'nothing'}"


if __name__ == "__main__":
    typer.run(main)
