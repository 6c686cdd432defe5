"""Work of which nobody knows whether it was done: looked for, asked again with the same key, or left to a person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from app import limits
from app.audit import AuditEntry
from app.errors import ServiceFailed
from app.messages import Answered, Refused, Status
from tests.made_once import compiled
from tests.work.conftest import Bench, open_bench

pytestmark = pytest.mark.anyio

APPLY = ("1", "2", "5/3/2026", "1", "012345678901", "1", "1")
BUY = ("3", "01234567897", "50", "1")
UNCLEAR = ServiceFailed("connection_lost", retryable=True, late=True)
NOT_SENT = ServiceFailed("connect", retryable=True)
CLOSED = ServiceFailed("closed", retryable=True, closed_seconds=5.0)
FILED = Answered({"application": "CR-1"})
POST = "        answered: [200, 201]\n        refused:\n          mother_unknown"
NEVER = f"        repeat: never\n{POST}"
PATIENCE_SECONDS = 20.0
LOOKED_FOR = f"        found_by: filed\n{NEVER}"
NEXT = "      application:\n        method: GET"
LOOKS = """      filed:
        method: GET
        path: /births/{reference}
        takes: [reference]
        results: {application: {from: application, longest: 20}}
        answered: [200]
        refused: {unknown: {status: 404}}
"""


@pytest.fixture
def house(lesotho_sources: Mapping[str, str], tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Bench]]:
    """The registry is never asked twice, and tells of what it has if there is an operation for that."""

    def opened(*, is_looked_for: bool) -> AbstractAsyncContextManager[Bench]:
        services = lesotho_sources["services.yaml"].replace(POST, LOOKED_FOR if is_looked_for else NEVER)
        if is_looked_for:
            services = services.replace(NEXT, f"{LOOKS}{NEXT}")
        return open_bench(compiled({**lesotho_sources, "services.yaml": services}), tmp_path)

    return opened


@pytest.fixture
async def alone(house: Callable[..., AbstractAsyncContextManager[Bench]]) -> AsyncIterator[Bench]:
    async with house(is_looked_for=False) as bench:
        yield bench


@pytest.fixture
async def looked_for(house: Callable[..., AbstractAsyncContextManager[Bench]]) -> AsyncIterator[Bench]:
    async with house(is_looked_for=True) as bench:
        bench.desk.answers["filed"] = Refused("unknown")
        yield bench


def asked(bench: Bench, operation: str) -> list[str]:
    """The keys with which an operation was asked."""
    return [key for name, _, key in bench.desk.asked if name == operation]


async def pass_by(bench: Bench, seconds: float = 3_600.0) -> None:
    """In steps: whatever falls due in one is done at its end."""
    for _ in range(10):
        await bench.work(3)
        bench.time.pass_(seconds / 10)


async def waiting_for_a_person(bench: Bench) -> int:
    return (await bench.database.outbox.counts())["set_aside"]


def texts(bench: Bench) -> str:
    return "\n".join(sms.text for sms in bench.mast.sent)


async def test_an_office_that_honours_keys_is_asked_again_with_the_same_one(bench: Bench) -> None:
    bench.desk.answers["register-birth"] = UNCLEAR
    await bench.dial(*APPLY)
    await bench.work()
    bench.desk.answers["register-birth"] = FILED
    await pass_by(bench, 60)
    assert len(asked(bench, "register-birth")) == 2 and len(set(asked(bench, "register-birth"))) == 1


async def test_what_an_office_has_by_the_key_is_not_sent_again(bench: Bench) -> None:
    bench.desk.answers["vend"] = UNCLEAR
    await bench.dial(*BUY)
    await bench.work()
    bench.desk.answers["sold"] = Answered({"token": "7" * 20, "kwh": "27.3"})
    await pass_by(bench, 60)
    (key,) = asked(bench, "vend")
    ((_, arguments, _),) = [one for one in bench.desk.asked if one[0] == "sold"]
    assert arguments == {"key": key}
    assert f"Token {'7' * 20}" in texts(bench)


async def test_what_an_office_has_not_is_sent_again_with_the_same_key(bench: Bench) -> None:
    vend = bench.desk.answers["vend"]
    bench.desk.answers["vend"] = UNCLEAR
    await bench.dial(*BUY)
    await bench.work()
    bench.desk.answers["vend"] = vend
    await pass_by(bench, 60)
    assert len(asked(bench, "vend")) == 2 and len(set(asked(bench, "vend"))) == 1
    assert f"Token {'1' * 20}" in texts(bench)


async def test_an_office_that_cannot_tell_is_sent_nothing_twice_and_a_person_looks(alone: Bench) -> None:
    alone.desk.answers["register-birth"] = UNCLEAR
    await alone.dial(*APPLY)
    await pass_by(alone)
    assert len(asked(alone, "register-birth")) == 1
    assert await waiting_for_a_person(alone) == 1 and "Motho o tla e hlahloba" in texts(alone)


async def test_a_person_who_looked_lets_it_be_sent_once_more(alone: Bench) -> None:
    alone.desk.answers["register-birth"] = UNCLEAR
    await alone.dial(*APPLY)
    await pass_by(alone, 60)
    alone.desk.answers["register-birth"] = FILED
    (job,) = await alone.database.shelf.page("")
    entry = AuditEntry(alone.time(), "operator:palesa", "retry-job", job.id, "not there", {})
    assert await alone.database.shelf.retry(job.id, alone.time(), entry)
    await pass_by(alone, 60)
    assert len(asked(alone, "register-birth")) == 2
    (request,) = [await alone.database.ledger.request(job.request_id)]
    assert request is not None and request.status is Status.IN_PROGRESS


@pytest.mark.parametrize("failure", [NOT_SENT, CLOSED])
async def test_what_was_certainly_not_sent_is_sent_when_it_can_be(alone: Bench, failure: ServiceFailed) -> None:
    alone.desk.answers["register-birth"] = failure
    await alone.dial(*APPLY)
    await pass_by(alone, 300)
    assert len(asked(alone, "register-birth")) > 3 and await waiting_for_a_person(alone) == 0
    alone.desk.answers["register-birth"] = FILED
    await pass_by(alone, 300)
    assert "CR-1" in texts(alone)


async def test_a_worker_that_died_at_it_may_have_sent_it(alone: Bench) -> None:
    await alone.dial(*APPLY)
    claimed = await alone.database.outbox.claim("dies", alone.time(), limits.job_lease_seconds, 20)
    assert "work" in {one.job.kind for one in claimed}
    alone.time.pass_(limits.job_lease_seconds + 1)
    await pass_by(alone, 60)
    assert asked(alone, "register-birth") == [] and await waiting_for_a_person(alone) == 1


async def test_what_may_never_be_repeated_is_looked_for_a_few_times_and_then_left_to_a_person(
    looked_for: Bench,
) -> None:
    looked_for.desk.answers["register-birth"] = UNCLEAR
    await looked_for.dial(*APPLY)
    await pass_by(looked_for)
    assert len(asked(looked_for, "register-birth")) == 1
    assert len(asked(looked_for, "filed")) == 1 + len(limits.office_unclear_pauses_seconds)
    assert await waiting_for_a_person(looked_for) == 1


async def test_what_is_found_late_is_done_and_nobody_need_look(looked_for: Bench) -> None:
    looked_for.desk.answers["register-birth"] = UNCLEAR
    await looked_for.dial(*APPLY)
    await pass_by(looked_for, 60)
    looked_for.desk.answers["filed"] = FILED
    await pass_by(looked_for, 300)
    assert len(asked(looked_for, "register-birth")) == 1
    assert await waiting_for_a_person(looked_for) == 0 and "CR-1" in texts(looked_for)


async def test_what_a_person_lets_be_tried_again_is_looked_for_before_it_is_sent(bench: Bench) -> None:
    """It may have been done: the office's first answer was not understood."""
    bench.desk.answers["vend"] = ServiceFailed("answer_malformed", retryable=False)
    bench.desk.answers["sold"] = Answered({"token": "2" * 20, "kwh": "27.3"})
    await bench.dial(*BUY)
    await bench.work()
    (job,) = await bench.database.shelf.page("")
    assert job.attempts == 1
    entry = AuditEntry(bench.time(), "operator:palesa", "retry-job", job.id, "", {})
    assert await bench.database.shelf.retry(job.id, bench.time(), entry)
    await pass_by(bench, 60)
    assert len(asked(bench, "vend")) == 1 and f"Token {'2' * 20}" in texts(bench)


async def test_while_the_office_is_away_nobody_concludes_that_there_is_nothing(looked_for: Bench) -> None:
    looked_for.desk.answers["register-birth"] = UNCLEAR
    await looked_for.dial(*APPLY)
    await looked_for.work()
    looked_for.desk.answers["filed"] = CLOSED
    await pass_by(looked_for, 2 * 3_600)
    assert await waiting_for_a_person(looked_for) == 0
    looked_for.desk.answers["filed"] = FILED
    await pass_by(looked_for, 600)
    assert len(asked(looked_for, "register-birth")) == 1 and "CR-1" in texts(looked_for)


async def test_whoever_comes_after_a_worker_that_was_stopped_sends_nothing_a_second_time(
    alone: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "worker_stop_seconds", 0.05)
    reached, never = asyncio.Event(), asyncio.Event()
    begun: list[str] = []

    async def slowly(operation: str) -> None:
        begun.append(operation)
        reached.set()
        await never.wait()

    await alone.dial(*APPLY)
    alone.desk.before = slowly
    stop = asyncio.Event()
    running = asyncio.create_task(alone.worker.run(stop))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await reached.wait()
        stop.set()
        await running
    never.set()
    await alone.work()
    assert begun == ["register-birth"]
    assert (await alone.database.outbox.counts())["set_aside"] == 1
