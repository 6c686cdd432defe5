"""Time moves from moment to moment, and stands still while somebody is at work."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from app.simulation.timeline import Timeline

BEGINS = datetime(2026, 11, 1, tzinfo=UTC)


def test_who_waits_is_woken_in_the_order_of_moments_whoever_came_first() -> None:
    woken: list[tuple[str, float]] = []

    async def run() -> None:
        timeline = Timeline(BEGINS)

        async def wait(name: str, seconds: float) -> None:
            await timeline.until(timeline.at(seconds))
            woken.append((name, timeline.seconds()))

        waiting = [asyncio.create_task(wait(*one)) for one in (("late", 20.0), ("soon", 5.0), ("past", -3.0))]
        await timeline.settle()
        while timeline.next_moment() is not None:
            await timeline.wake()
        await asyncio.gather(*waiting)

    asyncio.run(run())
    assert woken == [("past", 0.0), ("soon", 5.0), ("late", 20.0)]


def test_time_stands_still_until_what_was_woken_has_done_its_work() -> None:
    async def run() -> float:
        timeline = Timeline(BEGINS)
        done_at: list[float] = []
        release = asyncio.Event()

        async def work() -> None:
            await timeline.until(timeline.at(1.0))
            with timeline.at_work():
                await release.wait()
            done_at.append(timeline.seconds())

        async def later() -> None:
            await timeline.until(timeline.at(2.0))

        tasks = [asyncio.create_task(work()), asyncio.create_task(later())]
        await timeline.settle()
        waking = asyncio.create_task(timeline.wake())
        await asyncio.sleep(0)
        assert not waking.done() and timeline.now == BEGINS + timedelta(seconds=1)
        release.set()
        await waking
        await timeline.wake()
        await asyncio.gather(*tasks)
        return done_at[0]

    assert asyncio.run(run()) == 1.0


def test_a_chain_of_waits_without_work_between_is_followed_to_its_end() -> None:
    async def run() -> list[float]:
        timeline, seen = Timeline(BEGINS), []

        async def child() -> None:
            await timeline.until(timeline.at(3.0))
            seen.append(timeline.seconds())

        async def parent() -> None:
            await asyncio.gather(child(), child())
            await timeline.until(timeline.at(4.0))
            seen.append(timeline.seconds())

        task = asyncio.create_task(parent())
        await timeline.settle()
        while timeline.next_moment() is not None:
            await timeline.wake()
        await task
        return seen

    assert asyncio.run(run()) == [3.0, 3.0, 4.0]
