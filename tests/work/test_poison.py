"""A job that kills its worker: it is tried alone, then set aside, and takes nobody else with it."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from app import limits
from app.errors import VersionUnusable
from app.messages import ClaimedJob
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio
APPLY = ("1", "2", "5/3/2026", "1", "012345678901", "1", "1")


async def apply(bench: Bench, citizens: int) -> None:
    for number in range(citizens):
        await bench.dial(*APPLY, session=f"birth-{number}", msisdn=f"+26650{number:06}")
    for claimed in await bench.database.outbox.claim("texts", bench.time(), 60.0, 20):
        if claimed.job.kind == "tell":
            await bench.worker.do(claimed)
        else:
            await bench.database.outbox.postpone(claimed, bench.time(), "not yet", counted=False)


async def die(bench: Bench) -> tuple[ClaimedJob, ...]:
    """A worker takes what is due and is gone; its lease runs out."""
    claimed = await bench.database.outbox.claim("dying", bench.time(), 60.0, 20)
    bench.time.pass_(61)
    return claimed


def registered(bench: Bench) -> int:
    return len([one for one in bench.desk.asked if one[0] == "register-birth"])


async def test_a_job_that_killed_its_worker_too_often_is_set_aside_without_another_try(bench: Bench) -> None:
    await apply(bench, 1)
    for _ in range(limits.job_lapses_max):
        assert len(await die(bench)) == 1
    await bench.work(1)
    (aside,) = await bench.database.shelf.page()
    assert aside.reason == "no attempt came to an end"
    assert registered(bench) == 0
    await bench.work()
    assert [sms.text for sms in bench.mast.sent if "e lieha" in sms.text], "its citizen hears that a person will look"


async def test_work_of_a_request_that_no_key_opens_comes_to_a_person_at_its_first_attempt(bench: Bench) -> None:
    await apply(bench, 1)
    altered = text("UPDATE requests SET answers = :answers")
    store = bench.database.outbox._store
    await store.write(lambda connection: connection.execute(altered, {"answers": b"of no key"}))
    assert await bench.work() == ["work"]
    (aside,) = await bench.database.shelf.page()
    assert (aside.kind, aside.reason.split()[0]) == ("work", "SealBroken")


@pytest.mark.plain  # a method is replaced
async def test_work_that_killed_its_workers_comes_to_a_person_also_while_its_menus_cannot_be_used(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await apply(bench, 1)
    for _ in range(limits.job_lapses_max):
        await die(bench)

    async def unusable(version: str) -> None:
        raise VersionUnusable("its secret is missing")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(bench.editions, "of", unusable)
        await bench.work(3)
        (aside,) = await bench.database.shelf.page()
        assert aside.reason == "no attempt came to an end"
    bench.time.pass_(600)
    await bench.work()
    assert [sms.text for sms in bench.mast.sent if "e lieha" in sms.text], "its citizen hears when that is possible"


async def test_who_was_in_hand_when_a_worker_died_is_tried_alone_and_done(bench: Bench) -> None:
    await apply(bench, 3)
    for _ in range(limits.job_lapses_alone):
        assert len(await die(bench)) == 3
    at_once: list[int] = []

    async def look(operation: str) -> None:
        if operation == "register-birth":
            at_once.append(len(bench.worker._running))
            await asyncio.sleep(0)

    bench.desk.before = look
    stop = asyncio.Event()
    running = asyncio.create_task(bench.worker.run(stop))
    async with asyncio.timeout(20):
        while registered(bench) < 3:
            bench.time.pass_(1)
            await asyncio.sleep(0.01)
    stop.set()
    await running
    assert at_once[:3] == [1, 1, 1]


async def test_a_stop_is_heard_while_a_suspect_waits_for_its_office(bench: Bench) -> None:
    await apply(bench, 2)
    for _ in range(limits.job_lapses_alone):
        await die(bench)
    asked, silence, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def wait(operation: str) -> None:
        asked.set()
        await silence.wait()

    bench.desk.before = wait
    running = asyncio.create_task(bench.worker.run(stop))
    async with asyncio.timeout(20):
        await asked.wait()
        stop.set()
        await asyncio.sleep(0)
        silence.set()
        await running
    assert registered(bench) == 1
