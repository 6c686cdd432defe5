"""What a door does: it closes while its office is away, lets one in to see, and lets no crowd gather."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import pytest

from app import limits
from app.doors import Doors, DoorState
from app.errors import ServiceFailed
from app.measures import Measures
from app.messages import Answered, Pending, Refused
from app.ports import Office
from tests.work.conftest import Time

pytestmark = pytest.mark.anyio

AWAY = ServiceFailed("connect", retryable=True)
UNKNOWN = ServiceFailed("timeout", retryable=True, late=True)
MPHO = {"msisdn": "+26650123456", "mother_id": "012345678901"}
PATIENT = 5.0


async def _at_once() -> None:
    return None


@dataclass
class Registry:
    """Says what it is told to; `before` happens before it does."""

    says: Answered | Refused | Pending | ServiceFailed = field(default_factory=Answered)
    before: Callable[[], Awaitable[None]] = _at_once
    asked: int = 0

    async def ask(
        self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float
    ) -> Answered | Refused | Pending:
        self.asked += 1
        says = self.says  # of the moment when it was asked
        await self.before()
        if isinstance(says, ServiceFailed):
            raise ServiceFailed(says.reason, retryable=says.retryable, late=says.late)
        return says

    async def close(self) -> None:
        return None


@dataclass
class Street:
    """One office and the door before it."""

    registry: Registry
    door: Office
    doors: Doors
    time: Time
    measures: Measures

    async def ask(self, within_seconds: float = PATIENT) -> object:
        """The outcome, or the failure."""
        try:
            return await self.door.ask("register-birth", MPHO, "S1-4", within_seconds)
        except ServiceFailed as failure:
            return failure

    async def fail(self, times: int = limits.office_door_calls_min) -> None:
        self.registry.says = AWAY
        for _ in range(times):
            await self.ask()

    @property
    def state(self) -> DoorState:
        return self.doors.health()["registry"].state


@pytest.fixture
def street() -> Street:
    time, measures, registry = Time(), Measures(), Registry()
    doors = Doors(measures, time, time.seconds)
    return Street(registry, doors.before("registry", registry), doors, time, measures)


def reason(outcome: object) -> str:
    return outcome.reason if isinstance(outcome, ServiceFailed) else type(outcome).__name__


async def test_an_office_that_fails_again_and_again_is_not_asked_any_more(street: Street) -> None:
    await street.fail(limits.office_door_calls_min - 1)
    assert street.state is DoorState.OPEN
    await street.fail(1)
    told = await street.ask()
    assert isinstance(told, ServiceFailed)
    assert (told.reason, told.retryable, told.late) == ("closed", True, False)
    assert told.closed_seconds == limits.office_door_closed_seconds
    assert street.registry.asked == limits.office_door_calls_min
    assert street.doors.closed() == {"registry"}


async def test_work_of_which_nothing_is_known_closes_a_door_as_well(street: Street) -> None:
    street.registry.says = UNKNOWN
    for _ in range(limits.office_door_calls_min):
        assert reason(await street.ask()) == "timeout"
    assert street.state is DoorState.CLOSED


@pytest.mark.parametrize(
    "says",
    [
        Answered({"application": "CR-1"}),
        Refused("mother_unknown"),
        Pending(),
        ServiceFailed("status_400", retryable=False),
    ],
)
async def test_an_answer_of_any_kind_is_a_sign_of_life(street: Street, says: Answered) -> None:
    street.registry.says = says
    for _ in range(3 * limits.office_door_calls):
        await street.ask()
    assert street.state is DoorState.OPEN


async def test_an_office_that_fails_every_other_time_is_asked_on(street: Street) -> None:
    for _ in range(limits.office_door_calls):
        street.registry.says = AWAY
        await street.ask()
        street.registry.says = Answered()
        await street.ask()
    assert street.state is DoorState.OPEN


async def test_one_alone_is_let_in_to_see_and_all_others_are_told_at_once(street: Street) -> None:
    await street.fail()
    street.time.pass_(limits.office_door_closed_seconds)
    back = asyncio.Event()
    street.registry.says, street.registry.before, street.registry.asked = Answered(), lambda: _until(back), 0
    probe = asyncio.create_task(street.ask())
    others = [asyncio.create_task(street.ask()) for _ in range(100)]
    assert {reason(told) for told in await asyncio.gather(*others)} == {"closed"}
    assert (street.registry.asked, street.state) == (1, DoorState.PROBING)
    back.set()
    assert reason(await probe) == "Answered"
    assert street.state is DoorState.OPEN and reason(await street.ask()) == "Answered"


async def test_each_look_in_vain_doubles_the_wait_up_to_its_limit(street: Street) -> None:
    await street.fail()
    waits = []
    for _ in range(5):
        refused = await street.ask()
        assert isinstance(refused, ServiceFailed) and refused.closed_seconds is not None
        waits.append(refused.closed_seconds)
        street.time.pass_(refused.closed_seconds - 0.001)
        assert street.doors.closed() == {"registry"}
        street.time.pass_(0.001)
        assert not street.doors.closed(), "menus offer it again, for else nobody would look"
        assert street.state is DoorState.CLOSED
        assert reason(await street.ask()) == "connect", "it is let in, and finds the office away"
    assert waits == [5.0, 10.0, 20.0, 30.0, 30.0]
    assert limits.office_door_closed_seconds_max == 30.0


async def test_whoever_is_cancelled_while_looking_keeps_the_door_from_nobody(street: Street) -> None:
    await street.fail()
    street.time.pass_(limits.office_door_closed_seconds)
    street.registry.before = lambda: _until(asyncio.Event())
    probe = asyncio.create_task(street.ask())
    await asyncio.sleep(0)
    probe.cancel()
    assert street.doors.closed() == {"registry"}, "while somebody looks"
    await asyncio.gather(probe, return_exceptions=True)
    assert not street.doors.closed()
    street.registry.says, street.registry.before = Answered(), _at_once
    assert reason(await street.ask()) == "Answered" and street.state is DoorState.OPEN


async def test_a_late_failure_from_before_does_not_close_what_opened_again(street: Street) -> None:
    slow = asyncio.Event()
    street.registry.says, street.registry.before = UNKNOWN, lambda: _until(slow)
    before = [asyncio.create_task(street.ask()) for _ in range(limits.office_door_calls)]
    await asyncio.sleep(0)
    street.registry.before = _at_once
    await street.fail()
    street.time.pass_(limits.office_door_closed_seconds)
    street.registry.says = Answered()
    assert reason(await street.ask()) == "Answered"
    slow.set()
    await asyncio.gather(*before)
    assert street.state is DoorState.OPEN


async def test_whoever_has_hardly_any_time_says_nothing_of_an_office_and_is_not_the_one_to_see(street: Street) -> None:
    street.registry.says = UNKNOWN
    for _ in range(limits.office_door_calls):
        await street.ask(0.3)
    assert street.state is DoorState.OPEN
    await street.fail()
    street.time.pass_(limits.office_door_closed_seconds)
    assert reason(await street.ask(0.3)) == "closed"
    assert reason(await street.ask()) == "connect"


async def test_no_crowd_gathers_at_an_office_that_says_nothing(street: Street) -> None:
    most = limits.office_calls_max + limits.office_calls_waiting_max
    never = asyncio.Event()
    street.registry.before = lambda: _until(never)
    asking = [asyncio.create_task(street.ask()) for _ in range(most)]
    await asyncio.sleep(0)
    told = await street.ask()
    assert isinstance(told, ServiceFailed)
    assert (told.reason, told.retryable, told.late, told.closed_seconds) == ("busy", True, False, 1.0)
    assert street.registry.asked == limits.office_calls_max, "the others wait for a place"
    never.set()
    assert {reason(one) for one in await asyncio.gather(*asking)} == {"Answered"}
    assert street.state is DoorState.OPEN


async def test_doors_of_two_versions_of_the_menus_close_together_and_those_of_other_offices_do_not(
    street: Street,
) -> None:
    newer, other = street.doors.before("registry", Registry()), street.doors.before("wallet", Registry())
    await street.fail()
    with pytest.raises(ServiceFailed, match="closed"):
        await newer.ask("person", {}, "k", PATIENT)
    assert await other.ask("pay", {}, "k", PATIENT) == Answered()


async def test_the_measures_tell_each_office_with_its_state_and_name_no_citizen(street: Street) -> None:
    await street.ask()
    await street.fail(4)  # of the five that were let in
    await street.ask()
    told = street.measures.render({"0": street.measures.measured()}).decode()
    at = 'office="registry"'
    asked = f'{at},operation="register-birth",outcome='
    assert f'mohala_office_state{{{at},process="0",state="closed"}} 1.0' in told
    assert f'mohala_office_state{{{at},process="0",state="open"}} 0.0' in told
    assert f'mohala_office_asked_total{{{asked}"answered",process="0"}} 1.0' in told
    assert f'mohala_office_asked_total{{{asked}"closed",process="0"}} 1.0' in told
    assert f'mohala_office_seconds_count{{{at},operation="register-birth",process="0"}} 5.0' in told
    assert not [value for value in (*MPHO.values(), "S1-4") if value in told]


async def _until(event: asyncio.Event) -> None:
    await event.wait()
