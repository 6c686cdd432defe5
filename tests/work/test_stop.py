"""A worker that is told to stop: what is in hand ends or is given back, and nothing waits for a lease."""

from __future__ import annotations

import asyncio

import pytest

from app import limits
from app.messages import Job, OutgoingSms, Priority
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio
APPLY = ("1", "2", "5/3/2026", "1", "012345678901", "1", "1")


class Gate:
    """Something that takes its time, until it is opened; `reached` once anybody is at it."""

    def __init__(self) -> None:
        self.reached, self.open = asyncio.Event(), asyncio.Event()

    async def __call__(self, *_: object) -> None:
        self.reached.set()
        await self.open.wait()


async def test_what_is_in_hand_gets_a_moment_to_end(bench: Bench) -> None:
    gate = Gate()
    await bench.dial(*APPLY)
    bench.desk.before = gate
    stop = asyncio.Event()
    running = asyncio.create_task(bench.worker.run(stop))
    await gate.reached.wait()
    stop.set()
    gate.open.set()
    await running
    assert (await bench.database.outbox.counts())["waiting"] <= 1, "but for a text that was not claimed yet"
    assert [operation for operation, _, _ in bench.desk.asked].count("register-birth") == 1


async def test_what_is_cut_off_at_an_office_is_there_for_others_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "worker_stop_seconds", 0.05)
    gate = Gate()
    await bench.dial(*APPLY)
    bench.desk.before = gate
    stop = asyncio.Event()
    running = asyncio.create_task(bench.worker.run(stop))
    await gate.reached.wait()
    stop.set()
    await running
    (again,) = await bench.database.outbox.claim("other", bench.time(), 60.0, 9, {Priority.WORK})
    assert (again.job.kind, again.attempt) == ("work", 2), "the office may have done it"


async def test_a_text_that_is_cut_off_may_have_gone_and_waits(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "worker_stop_seconds", 0.05)
    gate = Gate()

    async def send(sms: OutgoingSms) -> str:
        await gate()
        return "never"

    monkeypatch.setattr(type(bench.mast), "send", lambda self, sms: send(sms))
    payload = {"aggregator": "africastalking", "to": "+26650123456", "text": "Lumela"}
    await bench.database.outbox.add([Job("hello", "text", payload, bench.time(), Priority.URGENT)])
    stop = asyncio.Event()
    running = asyncio.create_task(bench.worker.run(stop))
    await gate.reached.wait()
    stop.set()
    await running
    assert await bench.database.outbox.claim("other", bench.time(), 60.0, 9) == ()
    bench.time.pass_(limits.sms_unknown_pauses_seconds[0])
    assert len(await bench.database.outbox.claim("other", bench.time(), 60.0, 9)) == 1


async def test_a_worker_with_full_hands_hears_that_it_is_to_stop(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "worker_stop_seconds", 0.05)
    monkeypatch.setattr(limits, "job_parallel_max", 1)
    gate = Gate()
    await bench.dial(*APPLY)
    bench.desk.before = gate
    stop = asyncio.Event()
    running = asyncio.create_task(bench.worker.run(stop))
    await gate.reached.wait()
    stop.set()
    async with asyncio.timeout(20):
        await running
    assert bench.worker._running == {}
