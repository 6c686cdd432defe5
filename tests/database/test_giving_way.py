"""Two writes on PostgreSQL that wait for each other: the server undoes one of them, which is done again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection, text

from app.errors import StoreUnavailable
from integrations.database import limits
from integrations.database.address import PostgresAddress, read_address
from integrations.database.limits import calm_seconds_max
from integrations.database.postgres import PostgresStore

pytestmark = pytest.mark.anyio
SOON = text("SET LOCAL deadlock_timeout = '20ms'")
HOLD = text("SELECT pg_advisory_xact_lock(:one)")
SEEN = text("SELECT pg_sleep(0.05)")  # the other one has its first lock by then, or the next round shows it


@pytest.fixture
async def store(url: str) -> AsyncIterator[PostgresStore]:
    address = read_address(url)
    if not isinstance(address, PostgresAddress):
        pytest.skip("SQLite writes one after the other")
    store = PostgresStore(address.url, calm_seconds_max)
    yield store
    await store.close()


def holding(runs: list[str], name: str, *locks: int) -> object:
    def work(connection: Connection) -> str:
        runs.append(name)
        connection.execute(SOON)
        for lock in locks:
            connection.execute(HOLD, {"one": lock})
            connection.execute(SEEN)
        return name

    return work


async def test_both_are_done_and_one_of_them_ran_twice(store: PostgresStore) -> None:
    runs: list[str] = []
    for _ in range(20):
        runs.clear()
        pair = (holding(runs, "a", 1, 2), holding(runs, "b", 2, 1))
        assert await asyncio.gather(*(store.write(work) for work in pair)) == ["a", "b"]  # type: ignore[arg-type]
        if len(runs) > 2:
            break
    assert len(runs) == 3 and set(runs) == {"a", "b"}


async def test_one_that_gives_way_again_and_again_fails(store: PostgresStore) -> None:
    runs = 0

    def always(connection: Connection) -> None:
        nonlocal runs
        runs += 1
        connection.execute(text("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$"))

    with pytest.raises(StoreUnavailable, match="DeadlockDetected"):
        await store.write(always)
    assert runs == limits.gave_way_max + 1
