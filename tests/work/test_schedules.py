"""Schedules on a real outbox: each period once, no making up for a stand-still, and what fails is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import limits
from app.audit import AuditEntry
from app.endings import Finished
from app.keys import Key, Keyring
from app.messages import Job
from app.schedules import Schedule, Schedules
from integrations.database import Database, open_database
from integrations.database.limits import calm_seconds_max
from tests.made_once import new_sqlite
from tests.work.conftest import Bench, Numbers, Time

pytestmark = pytest.mark.anyio
EVERY_SECONDS = 60


@dataclass
class Post:
    """A database, and what a schedule was called for."""

    database: Database
    time: Time
    seen: list[datetime] = field(default_factory=list)
    left: int = 0  # rounds that it still wants
    fails: Exception | None = None

    async def sweep(self, now: datetime) -> bool:
        if self.fails:
            raise self.fails
        self.seen.append(now)
        self.left -= 1
        return self.left > 0

    def worker(self) -> Schedules:
        """The schedules of one more worker process."""
        return Schedules([Schedule("sweep", EVERY_SECONDS, self.sweep)], self.database.outbox, self.time)

    async def turn(self, *workers: Schedules) -> None:
        """All look at the clock at once and do what they could claim."""
        await asyncio.gather(*(worker.put() for worker in workers))
        await asyncio.gather(*(self.work(worker) for worker in workers))

    async def work(self, worker: Schedules) -> None:
        for claimed in await self.database.outbox.claim("w", self.time(), 60.0, 9):
            ending = await worker.do(claimed)
            if isinstance(ending, Finished):
                await self.database.outbox.finish(claimed, self.time())
            else:
                await self.database.outbox.postpone(claimed, self.time(), ending.reason)


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    url = new_sqlite(tmp_path / "mohala.db")
    database = await open_database(
        url, Keyring((Key("k1", bytes(32)),), Numbers()), Numbers(), call_seconds=calm_seconds_max
    )
    yield Post(database, Time())
    await database.close()


async def test_workers_side_by_side_run_each_period_once(post: Post) -> None:
    workers = [post.worker() for _ in range(5)]
    for _ in range(6):
        await post.turn(*workers)
        post.time.pass_(EVERY_SECONDS / 2)
    assert len(post.seen) == 3


async def test_a_worker_that_comes_later_runs_no_period_that_was_run(post: Post) -> None:
    await post.turn(post.worker())
    post.time.pass_(1)
    await post.turn(post.worker())
    assert len(post.seen) == 1


async def test_a_stand_still_of_a_week_is_one_run(post: Post) -> None:
    worker = post.worker()
    await post.turn(worker)
    post.time.pass_(7 * 86_400)
    await post.turn(worker)
    assert len(post.seen) == 2


async def test_a_period_that_nobody_came_to_gives_way_to_the_next(post: Post) -> None:
    worker = post.worker()
    await worker.put()
    post.time.pass_(EVERY_SECONDS)
    await post.turn(worker)
    assert len(post.seen) == 1
    assert (await post.database.outbox.counts())["waiting"] == 0


async def test_what_wants_more_rounds_gets_them_but_not_without_end(post: Post) -> None:
    worker, post.left = post.worker(), limits.schedule_rounds_max + 3
    await post.turn(worker)
    assert len(post.seen) == limits.schedule_rounds_max
    await post.work(worker)
    assert len(post.seen) == limits.schedule_rounds_max + 3


async def test_rows_of_periods_that_are_over_do_not_pile_up(post: Post) -> None:
    worker = post.worker()
    for _ in range(9):
        await post.turn(worker)
        post.time.pass_(EVERY_SECONDS)
    before = f"schedule:sweep:{datetime(2027, 1, 1, tzinfo=UTC):%Y}"
    assert await post.database.outbox.forget("schedule:sweep:", before) == 1


async def test_one_that_fails_is_tried_again_and_left_to_a_human_without_its_words(
    post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    worker, post.fails = post.worker(), TypeError("canary +26650123456")
    await worker.put()
    for _ in range(limits.schedule_attempts_told + 2):
        await post.work(worker)
    (left,) = await post.database.shelf.page()
    assert left.reason.startswith("schedule sweep fails: TypeError at test_schedules.py:")
    told = capsys.readouterr()
    assert "schedule_failed" in told.out and "canary" not in told.out + told.err
    post.fails = None
    await post.work(worker)
    assert len(post.seen) == 1, "it is not given up"


async def test_a_name_that_no_schedule_has_any_more_is_let_go(post: Post) -> None:
    await post.worker().put()
    (claimed,) = await post.database.outbox.claim("w", post.time(), 60.0, 9)
    other = Schedules([], post.database.outbox, post.time)
    assert await other.do(claimed) == Finished()


async def test_a_human_who_lets_go_of_what_was_left_for_them_ends_it(bench: Bench) -> None:

    await bench.database.outbox.leave([Job("x", "look", {}, bench.time())], "look at it", bench.time())
    await bench.database.shelf.retry("x", bench.time(), AuditEntry(bench.time(), "operator:neo", "retry-job", "x"))
    assert await bench.work() == ["look"]
    assert await bench.database.outbox.counts() == {"waiting": 0, "set_aside": 0}


def test_periods_begin_at_the_same_moments_everywhere() -> None:
    async def nothing(now: datetime) -> bool:
        return False

    daily = Schedule("daily", 86_400, nothing)
    assert daily.period(datetime(2026, 11, 28, 23, 59, 59, 5, tzinfo=UTC)) == datetime(2026, 11, 28, tzinfo=UTC)
    assert daily.period(datetime(2026, 11, 28, tzinfo=UTC)) == datetime(2026, 11, 28, tzinfo=UTC)
