"""What only SQLite needs: one writer among processes, grouped commits, a log that stays small."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import StoreUnavailable
from integrations.database import open_database
from integrations.database.address import SqliteAddress
from integrations.database.limits import LogLimits
from integrations.database.sqlite import SqliteStore
from integrations.database.sqlite_lock import WriterLock

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(sqlite_url):
    return Path(sqlite_url.removeprefix("sqlite:///"))


@pytest.fixture
async def database(sqlite_url, keyring, random_bytes):
    database = await open_database(sqlite_url, keyring, random_bytes)
    yield database
    await database.close()


def log_bytes(path):
    return path.with_name(f"{path.name}-wal").stat().st_size


async def test_a_write_that_fails_harms_no_other_in_its_group(database, filing):
    filings = [filing(number, language=None if number == 5 else "st") for number in range(10)]
    outcomes = await asyncio.gather(*(database.ledger.file(one, []) for one in filings), return_exceptions=True)
    assert isinstance(outcomes[5], AssertionError)
    del filings[5], outcomes[5]
    for one, outcome in zip(filings, outcomes, strict=True):
        assert await database.ledger.request(one.id) == outcome


async def test_waiting_writes_share_commits(sqlite_url, path, keyring, random_bytes, filing):
    """Counted in pages of the log: a commit of its own for each would write its own copies of the same pages."""

    async def pages_written(at_once):
        database = await open_database(sqlite_url, keyring, random_bytes)
        before = log_bytes(path)
        numbers = range(at_once * 1_000, at_once * 1_000 + 48)
        for start in range(0, 48, at_once):
            group = list(numbers)[start : start + at_once]
            await asyncio.gather(*(database.ledger.file(filing(number), []) for number in group))
        written = log_bytes(path) - before
        await database.close()
        return written

    assert await pages_written(48) * 4 < await pages_written(1)


async def test_closing_lets_waiting_writes_through(sqlite_url, keyring, random_bytes, filing):
    database = await open_database(sqlite_url, keyring, random_bytes)
    waiting = [asyncio.create_task(database.ledger.file(filing(number), [])) for number in range(30)]
    await asyncio.sleep(0)
    await database.close()
    assert len(await asyncio.gather(*waiting)) == 30


async def test_a_closed_database_is_unavailable(sqlite_url, keyring, random_bytes, filing):
    database = await open_database(sqlite_url, keyring, random_bytes)
    await database.close()
    await database.close()
    with pytest.raises(StoreUnavailable):
        await database.ledger.file(filing(), [])
    with pytest.raises(StoreUnavailable):
        await database.ledger.request("session-1/step-7")


async def test_the_log_stays_small(sqlite_url, path, keyring, random_bytes, filing):
    limits = LogLimits(commits_max=1_000_000, truncate_bytes=200_000)
    database = await open_database(sqlite_url, keyring, random_bytes, log_limits=limits)
    largest = 0
    for number in range(120):
        await database.ledger.file(filing(number, answers={"why": "x" * 3_000}), [])
        largest = max(largest, log_bytes(path))
    await database.close()
    assert 100_000 < largest < 300_000


async def test_the_log_is_used_again_from_its_start(sqlite_url, path, keyring, random_bytes, filing):
    limits = LogLimits(commits_max=5, truncate_bytes=10_000_000)
    database = await open_database(sqlite_url, keyring, random_bytes, log_limits=limits)
    for number in range(120):
        await database.ledger.file(filing(number, answers={"why": "x" * 3_000}), [])
    assert log_bytes(path) < 400_000
    await database.close()


async def test_a_log_that_a_reader_holds_is_refused_at_its_limit_and_recovers(
    sqlite_url, path, keyring, random_bytes, filing
):
    limits = LogLimits(commits_max=10, truncate_bytes=50_000, refuse_bytes=300_000)
    database = await open_database(sqlite_url, keyring, random_bytes, log_limits=limits)
    await database.ledger.file(filing(0), [])
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM requests").fetchone()
    with pytest.raises(StoreUnavailable, match="program that reads it"):
        for number in range(1, 200):
            await database.ledger.file(filing(number, answers={"why": "x" * 3_000}), [])
    assert log_bytes(path) < 400_000
    reader.close()
    await database.ledger.file(filing(500), [])
    assert log_bytes(path) < 100_000
    await database.close()


async def test_no_write_happens_while_another_process_holds_the_lock(database, path, filing):
    await database.ledger.file(filing(1), [])
    other = WriterLock(path)
    await other.acquire(1)
    with pytest.raises(StoreUnavailable):
        await database.ledger.file(filing(2), [])
    assert await database.ledger.request(filing(1).id) is not None
    assert await database.ledger.request(filing(2).id) is None
    other.release()
    await database.ledger.file(filing(2), [])
    other.close()


@pytest.fixture
async def store(database, path):
    """A table of numbers in the same file."""
    store = SqliteStore(SqliteAddress(path), LogLimits())
    await store.write(lambda connection: connection.exec_driver_sql("CREATE TABLE numbers (it INTEGER, why TEXT)"))
    await store.write(noted(1))
    await store.write(noted(2))
    yield store
    await store.close()


def noted(it, why=""):
    return lambda connection: connection.exec_driver_sql("INSERT INTO numbers VALUES (?, ?)", (it, why)).rowcount


def all_noted(connection):
    return connection.exec_driver_sql("SELECT it FROM numbers ORDER BY it").scalars().all()


@pytest.mark.parametrize("way", ["read", "write"])
async def test_work_that_fails_half_way_holds_up_neither_later_reads_nor_the_log(store, path, way):
    def fail(connection):
        rows = iter(connection.exec_driver_sql("SELECT it FROM numbers"))
        raise KeyError(next(rows).it)

    with pytest.raises(KeyError) as kept:  # with all that its frames hold
        await getattr(store, way)(fail)
    await store.write(noted(3))
    assert await store.read(all_noted) == [1, 2, 3]
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
    connection.close()
    assert kept.value.args == (1,)


async def test_on_a_full_disk_a_write_is_refused_and_undone_and_smaller_ones_go_on(store):
    pages = await store.write(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar())
    await store.write(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 3}").scalar())

    async def outcomes(*works):
        told = await asyncio.gather(*(store.write(work) for work in works), return_exceptions=True)
        return [StoreUnavailable if isinstance(one, StoreUnavailable) else one for one in told]

    large = noted(5, "x" * 100_000)
    told = await outcomes(noted(3), large, noted(4))
    assert told in ([1, StoreUnavailable, 1], [StoreUnavailable] * 3), "which, is SQLite's to say"
    assert await store.read(all_noted) == ([1, 2, 3, 4] if told[0] == 1 else [1, 2])
    assert await outcomes(noted(6)) == [1]
    assert 6 in await store.read(all_noted) and 5 not in await store.read(all_noted)


async def test_a_foreign_lock_on_the_file_is_told_within_the_deadline(database, path, filing):
    foreign = sqlite3.connect(path, isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    async with asyncio.timeout(4):
        with pytest.raises(StoreUnavailable):
            await database.ledger.file(filing(1), [])
    foreign.close()
    await database.ledger.file(filing(1), [])


async def test_a_busy_process_does_not_starve_another(sqlite_url, keyring, random_bytes, filing):
    busy = await open_database(sqlite_url, keyring, random_bytes)
    calm = await open_database(sqlite_url, keyring, random_bytes)
    done = asyncio.Event()

    async def hammer(first):
        number = first
        while not done.is_set():
            await busy.ledger.file(filing(number), [])
            number += 1

    hammers = [asyncio.create_task(hammer(10_000 * number)) for number in range(1, 5)]
    for number in range(20):
        await calm.ledger.file(filing(number), [])
    done.set()
    await asyncio.gather(*hammers)
    assert all([await busy.ledger.request(filing(number).id) for number in range(20)])
    await calm.close()
    await busy.close()


async def test_two_processes_that_checkpoint_all_the_time_keep_the_file_whole(sqlite_url, path, filer):
    own = [filer("file", sqlite_url, prefix, "40") for prefix in ("gateway", "worker")]
    shared = [filer("file", sqlite_url, "shared", "20") for _ in range(2)]
    told = [await asyncio.to_thread(process.communicate, timeout=120) for process in own + shared]
    assert [process.returncode for process in own + shared] == [0, 0, 0, 0]
    assert told[2] == told[3]  # the same references for the same ids
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT count(*) FROM requests").fetchone() == (100,)
        assert connection.execute("SELECT count(*) FROM jobs").fetchone() == (100,)
        assert connection.execute("SELECT count(*) FROM request_history").fetchone() == (100,)
    connection.close()


async def test_the_last_one_to_leave_empties_the_log(sqlite_url, path, keyring, random_bytes, filing):
    database = await open_database(sqlite_url, keyring, random_bytes)
    await database.ledger.file(filing(1), [])
    assert log_bytes(path) > 0
    await database.close()
    assert not path.with_name(f"{path.name}-wal").exists()


def test_a_lock_is_let_go_when_its_holder_is_killed(tmp_path):
    program = (
        "import sys; from pathlib import Path; from integrations.database.sqlite_lock import WriterLock\n"
        "lock = WriterLock(Path(sys.argv[1])); lock.acquire_blocking(5); print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "ledger.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    lock = WriterLock(tmp_path / "ledger.db")
    try:
        assert holder.stdout.readline() == b"held\n"
        assert not lock.try_acquire()
    finally:
        holder.kill()
        holder.communicate()
    assert lock.try_acquire()
    lock.close()
