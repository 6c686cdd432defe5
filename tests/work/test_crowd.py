"""Too much at once: who is let in, who is not, and that nobody who is under way notices."""

from __future__ import annotations

import asyncio

import pytest

from app import limits
from app.crowd import Crowd
from app.errors import StoreUnavailable
from tests.work.conftest import Bench, Time
from tests.work.test_gateway import Away

pytestmark = pytest.mark.anyio

UNAVAILABLE = "Ts'ebeletso ha e fumanehe hona joale. Leka hape hamorao."


async def test_a_process_is_dense_and_full_by_what_it_has_in_hand_and_recovers_at_once() -> None:
    crowd = Crowd()
    seen = []
    for _ in range(limits.turns_in_hand_max):
        seen.append((crowd.is_dense, crowd.is_full))
        crowd.enter()
    assert seen.index((True, False)) == limits.turns_in_hand_dense + 1
    assert (True, True) not in seen and crowd.is_full
    for _ in range(limits.turns_in_hand_max):
        crowd.leave()
    assert not crowd.is_dense and not crowd.is_full and crowd.in_hand == 0


async def test_a_process_that_wakes_up_late_is_dense_until_it_wakes_up_in_time() -> None:
    time, seen, naps = Time(), [], iter((0.1, 0.7, 2.2, 0.1, None))

    async def nap(seconds: float) -> None:
        seen.append((crowd.is_dense, crowd.is_full))
        late = next(naps)
        if late is None:
            raise asyncio.CancelledError
        time.pass_(late)

    crowd = Crowd(time.seconds, nap)
    with pytest.raises(asyncio.CancelledError):
        await crowd.watch()
    assert seen == [(False, False), (False, False), (True, False), (True, True), (False, False)]


async def test_a_ledger_that_is_slow_for_many_makes_a_process_dense_also_while_it_has_not_answered() -> None:
    time, seen = Time(), []
    took = iter((0.1, 0.7, 0.1, 5.0))

    async def write() -> None:
        time.pass_(next(took))
        seen.append(crowd.is_dense)

    async def nap(_: float) -> None:
        seen.append(crowd.is_dense)
        if len(seen) == 8:
            crowd.in_hand = limits.turns_in_hand_few  # so few that the ledger is not asked, and blamed for nothing
        if len(seen) == 9:
            raise asyncio.CancelledError

    crowd = Crowd(time.seconds, nap)
    crowd.in_hand = limits.turns_in_hand_few + 1
    with pytest.raises(asyncio.CancelledError):
        await crowd.watch_ledger(write)
    assert seen == [False, False, True, True, True, False, True, True, False] and crowd.ledger_seconds == 0


async def test_a_ledger_that_is_away_is_waited_for_like_any_other() -> None:
    time, naps = Time(), iter((None,))

    async def write() -> None:
        time.pass_(2.5)
        raise StoreUnavailable("late")

    async def nap(_: float) -> None:
        next(naps)
        raise asyncio.CancelledError

    crowd = Crowd(time.seconds, nap)
    crowd.in_hand = limits.turns_in_hand_few + 1
    with pytest.raises(asyncio.CancelledError):
        await crowd.watch_ledger(write)
    assert crowd.ledger_seconds == 2.5 and crowd.is_dense and not crowd.is_full


def fill(bench: Bench) -> None:
    bench.crowd.in_hand = limits.turns_in_hand_dense + 1


async def test_when_it_is_dense_whoever_dials_gets_a_last_page_and_may_dial_again(bench: Bench) -> None:
    fill(bench)
    reply = await bench.hop("")
    assert reply.final and reply.text == UNAVAILABLE
    bench.crowd.in_hand = 1
    assert not (await bench.hop("")).final


async def test_when_it_is_dense_who_is_under_way_goes_on_and_repeats_get_the_same(bench: Bench) -> None:
    page = await bench.dial("1", "2")
    fill(bench)
    assert await bench.hop("1*2") == page
    assert (await bench.hop("")).text.startswith("Rea u amohela!")
    assert (await bench.hop("1*2*5/3/2026")).text.startswith("O tsoaletsoe")
    await bench.line.to.close()
    assert (await bench.hop("1*2*5/3/2026*1")).text.startswith("Nomoro ea ID"), "also if its session was lost"


@pytest.mark.parametrize("is_away", [False, True])
async def test_one_number_may_dial_only_so_often_within_a_minute(bench: Bench, is_away: bool) -> None:
    if is_away:
        bench.line.to = Away()
    for number in range(limits.dials_a_minute_max):
        assert not (await bench.hop("", f"s{number}")).final
    refused = await bench.hop("", "one too many")
    assert refused.final and refused.text == UNAVAILABLE
    assert not (await bench.hop("1", "s0")).final, "who is under way goes on"
    assert not (await bench.hop("", "s1", msisdn="+26662123456")).final, "so does everybody else"
    bench.time.pass_(61)
    assert not (await bench.hop("", "later")).final


async def test_without_the_session_server_dials_are_counted_for_so_many_numbers_and_shed_in_a_crowd(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.limits.dials_a_minute_max", 1)
    monkeypatch.setattr("app.limits.dials_counted_max", 2)
    bench.line.to = Away()
    numbers = [f"+2666212345{digit}" for digit in range(3)]
    assert [(await bench.hop("", of, msisdn=of)).final for of in numbers] == [False] * 3
    assert [(await bench.hop("", of, msisdn=of)).final for of in (numbers[2], numbers[0])] == [True, False]
    fill(bench)
    assert (await bench.hop("", msisdn="+26662123459")).text == UNAVAILABLE
    assert not (await bench.hop("1", "s2", msisdn=numbers[2])).final, "who is under way goes on"
