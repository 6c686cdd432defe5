"""Alarms: many deadlines on one timer, each of them kept."""

from __future__ import annotations

import asyncio
import time

import pytest

from app.alarms import Alarms

pytestmark = pytest.mark.anyio
SOON, LATER, NEVER = 0.02, 0.06, 60.0


async def test_alarms_ring_in_the_order_in_which_they_are_due_whichever_was_set_first() -> None:
    alarms, rung, done = Alarms(), list[str](), asyncio.Event()
    alarms.set(NEVER, lambda: rung.append("never"))
    alarms.set(LATER, lambda: (rung.append("later"), done.set()))
    alarms.set(SOON, lambda: rung.append("soon"))
    await asyncio.wait_for(done.wait(), 5)
    assert rung == ["soon", "later"]


async def test_an_alarm_is_never_early() -> None:
    alarms, loop, done = Alarms(), asyncio.get_running_loop(), asyncio.Event()
    began = loop.time()
    alarms.put_off(alarms.set(SOON / 4, done.set))  # the timer wakes up for one that is no longer there
    alarms.set(SOON, done.set)
    await asyncio.wait_for(done.wait(), 5)
    assert loop.time() - began >= SOON


async def test_an_alarm_that_was_put_off_is_silent() -> None:
    alarms, rung, done = Alarms(), list[str](), asyncio.Event()
    alarms.put_off(alarms.set(SOON, lambda: rung.append("put off")))
    alarms.set(LATER, done.set)
    await asyncio.wait_for(done.wait(), 5)
    assert rung == []


async def test_what_takes_too_long_is_cut_off() -> None:
    with pytest.raises(TimeoutError), Alarms().cut(SOON):
        await asyncio.sleep(NEVER)


async def test_what_has_no_time_left_is_cut_off_at_once() -> None:
    with pytest.raises(TimeoutError), Alarms().cut(-1.0):
        await asyncio.sleep(NEVER)


async def test_what_is_through_in_time_goes_on_undisturbed() -> None:
    alarms = Alarms()
    with alarms.cut(SOON):
        await asyncio.sleep(0)
    await asyncio.sleep(LATER)  # nothing cancels it any more
    task = asyncio.current_task()
    assert task is not None and task.cancelling() == 0


async def test_of_two_cuts_only_the_one_whose_time_is_over_ends_its_block() -> None:
    alarms, ended = Alarms(), list[str]()
    with alarms.cut(NEVER):
        try:
            with alarms.cut(SOON):
                await asyncio.sleep(NEVER)
        except TimeoutError:
            ended.append("inner")
        await asyncio.sleep(0)
        ended.append("outer goes on")
    assert ended == ["inner", "outer goes on"]


async def test_somebody_elses_cancellation_is_no_deadline() -> None:
    alarms = Alarms()

    async def guarded() -> None:
        with alarms.cut(NEVER):
            await asyncio.sleep(NEVER)

    task = asyncio.create_task(guarded())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_at_the_moment_of_the_deadline_stays_a_cancellation() -> None:
    alarms = Alarms()

    async def guarded() -> None:
        with alarms.cut(SOON):
            await asyncio.sleep(NEVER)

    task = asyncio.create_task(guarded())
    await asyncio.sleep(0)
    alarms.set(SOON, task.cancel)
    time.sleep(LATER)  # noqa: ASYNC251  # both are due when the loop looks next
    with pytest.raises(asyncio.CancelledError):
        await task
