"""What the worker finds of an office is known to the gateways: in health, and in menus that ask whether it is open."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from app import limits
from app.doors import Doors, DoorState
from app.errors import StoreUnavailable
from app.measures import Measures
from app.messages import Answered
from app.overview import Overview
from app.ports import Office
from tests.work.conftest import Bench
from tests.work.test_doors import AWAY, MPHO, Registry

pytestmark = pytest.mark.anyio
OFFICE = "wallet"


@dataclass
class Process:
    """A gateway or a worker, with doors of its own before an office of its own."""

    bench: Bench
    name: str = ""

    def __post_init__(self) -> None:
        self.doors = Doors(Measures(), self.bench.time, self.bench.time.seconds)
        self.office = Registry()
        self.door: Office = self.doors.before(OFFICE, self.office)
        self.overview = Overview(self.doors, self.bench.database.doors, self.bench.time)
        if self.name:
            self.overview.tell_as(self.name)

    async def fail(self) -> None:
        self.office.says = AWAY
        for _ in range(limits.office_door_calls_min):
            await self.ask()

    async def ask(self) -> None:
        try:
            await self.door.ask("request-payment", MPHO, "S1", 5.0)
        except type(AWAY):
            return

    @property
    def state(self) -> DoorState:
        return self.overview.health()[OFFICE].state

    @property
    def is_offered(self) -> bool:
        return OFFICE not in self.overview.closed()


@dataclass
class Street:
    gateway: Process
    worker: Process
    bench: Bench

    async def look(self, *processes: Process) -> None:
        for process in processes or (self.worker, self.gateway):
            await process.overview.look()

    async def pass_(self, seconds: float, *living: Process) -> None:
        """Time passes, and those who live look about once a second."""
        for _ in range(int(seconds)):
            self.bench.time.pass_(1.0)
            await self.look(*living)


@pytest.fixture
def street(bench: Bench) -> Street:
    return Street(Process(bench), Process(bench, "w1"), bench)


async def test_a_door_that_closed_in_the_worker_is_closed_for_the_gateway(street: Street) -> None:
    await street.look()
    assert street.gateway.state is DoorState.OPEN and street.gateway.is_offered
    await street.worker.fail()
    assert street.gateway.is_offered, "nothing is asked of the database meanwhile"
    await street.look()
    assert street.gateway.state is DoorState.CLOSED and not street.gateway.is_offered
    assert street.gateway.overview.health()[OFFICE].since == street.bench.time()
    assert street.gateway.office.asked == 0


async def test_it_opens_for_the_gateway_when_the_worker_was_let_in_again(street: Street) -> None:
    await street.worker.fail()
    await street.look()
    street.worker.office.says = Answered({})
    await street.pass_(limits.office_door_closed_seconds + 1)
    await street.worker.ask()
    await street.look()
    assert street.gateway.state is DoorState.OPEN and street.gateway.is_offered


async def test_while_the_worker_looks_the_office_is_being_looked_at_and_not_offered(street: Street) -> None:
    await street.worker.fail()
    await street.pass_(limits.office_door_closed_seconds + 1)
    seen: list[tuple[DoorState, bool]] = []

    async def meanwhile() -> None:
        await street.look()
        seen.append((street.gateway.state, street.gateway.is_offered))

    street.worker.office.before = meanwhile
    await street.worker.ask()
    assert seen == [(DoorState.PROBING, False)]


async def test_an_office_that_no_work_looks_at_is_offered_again_and_stays_closed_in_health(street: Street) -> None:
    await street.worker.fail()
    await street.pass_(limits.office_door_closed_seconds + limits.office_door_forgotten_seconds - 2)
    assert not street.gateway.is_offered, "the work that waits looks at least so often"
    await street.pass_(3)
    assert street.gateway.is_offered, "else nobody would file what makes the worker look"
    assert street.gateway.state is DoorState.CLOSED


async def test_a_worker_that_was_killed_says_nothing_any_more(street: Street) -> None:
    await street.worker.fail()
    await street.look()
    await street.pass_(limits.doors_told_seconds_max, street.gateway)
    assert street.gateway.state is DoorState.CLOSED
    await street.pass_(1, street.gateway)
    assert street.gateway.state is DoorState.OPEN and street.gateway.is_offered
    other = Process(street.bench, "w2")
    await street.look(other)
    assert await street.bench.database.doors.told_by_others("") == [], "the next worker drops what it left"


async def test_a_worker_that_stops_takes_back_what_it_said(street: Street) -> None:
    await street.worker.fail()
    await street.look()
    await street.worker.overview.leave()
    await street.look(street.gateway)
    assert street.gateway.state is DoorState.OPEN


async def test_of_two_workers_the_one_for_whom_it_is_closed_is_believed(street: Street) -> None:
    well = Process(street.bench, "w2")
    await street.worker.fail()
    await street.look(street.worker, well, street.gateway)
    assert street.gateway.state is DoorState.CLOSED
    assert well.state is DoorState.CLOSED and street.worker.state is DoorState.CLOSED


async def test_a_gateway_tells_nobody_of_its_own_doors(street: Street) -> None:
    await street.gateway.fail()
    await street.look(street.gateway, street.worker)
    assert street.gateway.state is DoorState.CLOSED
    assert street.worker.state is DoorState.OPEN


async def test_what_was_heard_lasts_as_long_as_it_may_while_the_database_is_away(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(process: str) -> None:
        raise StoreUnavailable("x")

    await street.worker.fail()
    await street.look()
    monkeypatch.setattr(street.bench.database.doors, "told_by_others", away)
    await street.pass_(limits.doors_told_seconds_max)
    assert street.gateway.state is DoorState.CLOSED
    await street.pass_(1)
    assert street.gateway.state is DoorState.OPEN


async def test_the_database_is_written_to_when_a_door_moves_and_now_and_then(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, told = street.bench.database.doors, 0
    real = book.tell

    async def counted(*arguments: object) -> None:
        nonlocal told
        told += 1
        await real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(book, "tell", counted)
    await street.pass_(60)
    assert told == 0
    await street.worker.fail()
    await street.pass_(60)
    assert told == 60 // limits.doors_told_seconds
    assert len(await book.told_by_others("")) == 1


async def test_a_menu_leads_elsewhere_while_the_worker_finds_the_wallet_closed(street: Street) -> None:
    bench = street.bench
    bench.editions.current = replace(bench.editions.current, away=street.gateway.overview.closed)
    await street.look()
    assert (await bench.dial("3")).text.startswith("Reka motlakase. Kenya nomoro")
    await street.worker.fail()
    await street.look()
    assert (await bench.dial("3", session="s2", msisdn="+26662123456")).text.startswith(
        "Motlakase ha o rekoe hona joale."
    )


async def test_what_a_dead_worker_said_is_heeded_no_longer_because_its_clock_was_ahead(street: Street) -> None:
    street.bench.time.pass_(86_400)
    await street.worker.fail()
    await street.look()
    assert not street.gateway.is_offered
    street.bench.time.pass_(-86_400)  # and it dies
    await street.look(street.gateway)
    assert street.gateway.is_offered and street.gateway.state is DoorState.OPEN
