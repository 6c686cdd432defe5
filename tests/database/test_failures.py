"""Servers and processes that are killed or freeze: nothing acknowledged is lost, nothing waits for ever."""

from __future__ import annotations

import asyncio
import os
import signal

import asyncpg
import pytest

from app.errors import StoreUnavailable
from integrations.database import open_database

pytestmark = pytest.mark.anyio


async def test_what_a_killed_process_acknowledged_is_there(url, filer, keyring, random_bytes):
    process = filer("file", url, "session", "100000")
    told = [await asyncio.to_thread(process.stdout.readline) for _ in range(50)]
    process.kill()
    told += (await asyncio.to_thread(process.communicate))[0].splitlines(keepends=True)
    acknowledged = [line.split() for line in told if line.endswith("\n")]
    assert len(acknowledged) >= 50
    database = await open_database(url, keyring, random_bytes, allow_unsafe=True)
    for id, reference in acknowledged:
        assert (await database.ledger.request(id)).reference == reference
    await database.close()


async def test_two_processes_that_file_the_same_requests_get_the_same_references(url, filer):
    both = [filer("file", url, "session", "30") for _ in range(2)]
    first, second = [(await asyncio.to_thread(process.communicate, timeout=120))[0] for process in both]
    assert first.count("\n") == 30
    assert first == second


async def test_a_killed_server_is_told_and_found_again_without_a_restart(own_server, keyring, random_bytes, filing):
    database = await open_database(own_server.url(), keyring, random_bytes)
    filed = await database.ledger.file(filing(1), [])
    own_server.kill()
    async with asyncio.timeout(4):
        with pytest.raises(StoreUnavailable):
            await database.ledger.file(filing(2), [])
    own_server.start()
    assert await database.ledger.request(filed.id) == filed
    await database.ledger.file(filing(2), [])
    await database.close()


async def test_a_restart_between_two_calls_is_not_noticed(own_server, keyring, random_bytes, filing):
    database = await open_database(own_server.url(), keyring, random_bytes)
    await asyncio.gather(*(database.ledger.file(filing(number), []) for number in range(10)))
    await asyncio.to_thread(own_server.stop)
    await asyncio.to_thread(own_server.start)
    await asyncio.gather(*(database.ledger.file(filing(number), []) for number in range(10, 20)))
    assert all([await database.ledger.request(filing(number).id) for number in (0, 9, 10, 19)])
    await database.close()


async def test_a_frozen_server_is_told_within_the_deadline(own_server, sql, keyring, random_bytes, filing, caplog):
    database = await open_database(own_server.url(), keyring, random_bytes)
    await database.ledger.file(filing(1), [])
    (row,) = await sql(own_server.url(), "SELECT pid FROM pg_stat_activity WHERE application_name = 'mohala'")
    os.kill(row["pid"], signal.SIGSTOP)
    os.kill(own_server.pid, signal.SIGSTOP)
    async with asyncio.timeout(4):
        outcomes = await asyncio.gather(
            *(database.ledger.file(filing(number, msisdn="+26659174027"), []) for number in range(2, 14)),
            return_exceptions=True,
        )
    assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
    os.kill(own_server.pid, signal.SIGCONT)
    os.kill(row["pid"], signal.SIGCONT)
    assert any([await answers(database, filing(20)) for _ in range(5)])  # each takes as long as the deadline at most
    await database.close()
    assert "26659174027" not in caplog.text


async def test_a_row_that_another_holds_is_told_within_the_deadline(postgres_url, keyring, random_bytes, filing, at):
    database = await open_database(postgres_url, keyring, random_bytes, allow_unsafe=True)
    await database.ledger.remember_language("+26658123456", "st", at)
    foreign = await asyncpg.connect(postgres_url)
    transaction = foreign.transaction()
    await transaction.start()
    await foreign.execute("LOCK TABLE preferences")
    async with asyncio.timeout(4):
        with pytest.raises(StoreUnavailable):
            await database.ledger.remember_language("+26658123456", "en", at)
    await transaction.rollback()
    await foreign.close()
    await database.ledger.remember_language("+26658123456", "en", at)
    assert await database.ledger.language("+26658123456") == "en"
    await database.close()


async def test_a_caller_that_is_cut_off_leaves_the_database_usable(url, keyring, random_bytes, filing):
    database = await open_database(url, keyring, random_bytes, allow_unsafe=True)
    for delay in (0, 0.001, 0.003):
        tasks = [asyncio.create_task(database.ledger.file(filing(number), [])) for number in range(20)]
        await asyncio.sleep(delay)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    filed = await asyncio.gather(*(database.ledger.file(filing(number), []) for number in range(20)))
    assert len({request.reference for request in filed}) == 20
    await database.close()


async def answers(database, filing):
    try:
        await database.ledger.file(filing, [])
    except StoreUnavailable:
        return False
    return True
