"""A dialogue that fell is offered again although the session server lost everything, from the ledger's database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from app.audit import AuditEntry
from app.openings import OpeningLog
from app.retention import Retention
from sessions.clients import client_for
from sessions.embedded import EmbeddedValkey
from sessions.memory_store import MemorySessionStore
from sessions.redis_store import RedisSessionStore
from tests.work.conftest import Bench
from tests.work.test_falls import BIRTH, MOTHER, OFFER, WELCOME

pytestmark = pytest.mark.anyio
MPHO = "+26650123456"
BUY = ("3", "01234567897", "50")


async def lose_everything(bench: Bench) -> None:
    """The session server is empty, and the gateway was started anew after it had written what it noted."""
    await bench.openings.write()
    bench.openings._latest.clear()
    bench.line.to = MemorySessionStore(bench.keyring, bench.time)


async def test_it_is_offered_and_gone_on_with_as_if_nothing_had_been_lost(bench: Bench) -> None:
    fell = await bench.dial(*BIRTH)
    assert fell.text.startswith(MOTHER)
    await lose_everything(bench)
    assert (await bench.hop("", "s2")).text == OFFER
    assert await bench.hop("1", "s2") == fell
    assert (await bench.hop("1*012345678901", "s2")).text.startswith("U mang ho ngoana?")


async def test_it_is_offered_by_a_real_server_that_was_flushed(bench: Bench, tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start()
    client = client_for(server.url)
    try:
        bench.line.to = RedisSessionStore(client, bench.keyring)
        fell = await bench.dial(*BIRTH)
        await bench.openings.write()
        await client.call("FLUSHALL")
        assert (await bench.hop("", "s2")).text == OFFER
        await client.call("FLUSHALL")  # also between the offer and its answer
        assert await bench.hop("1", "s2") == fell
    finally:
        await client.close()
        server.stop()


async def test_what_is_lost_a_second_time_is_offered_a_second_time(bench: Bench) -> None:
    await bench.dial(*BIRTH)
    await lose_everything(bench)
    await bench.hop("", "s2")
    await bench.hop("1", "s2")
    further = await bench.hop("1*012345678901", "s2")
    await lose_everything(bench)
    assert (await bench.hop("", "s3")).text == OFFER
    assert await bench.hop("1", "s3") == further


async def test_the_time_of_its_program_holds(bench: Bench) -> None:
    await bench.dial(*BUY)
    await lose_everything(bench)
    bench.time.pass_(10 * 60 + 1)
    assert (await bench.hop("", "s2")).text.startswith(WELCOME)


@pytest.mark.parametrize("typed", [(*BUY, "1"), (*BUY, "2"), (*BUY, "0")])
async def test_what_was_finished_or_left_is_not_offered(bench: Bench, typed: tuple[str, ...]) -> None:
    await bench.dial(*typed)
    await lose_everything(bench)
    assert (await bench.hop("", "s2")).text.startswith(WELCOME)


async def test_who_started_again_is_not_asked_a_second_time(bench: Bench) -> None:
    await bench.dial(*BIRTH)
    await lose_everything(bench)
    await bench.hop("", "s2")
    assert (await bench.hop("2", "s2")).text.startswith(WELCOME)
    await lose_everything(bench)
    assert (await bench.hop("", "s3")).text.startswith(WELCOME)


async def test_what_was_filed_before_the_loss_shows_its_outcome_and_is_not_filed_twice(bench: Bench) -> None:
    """The gateway was killed before it could write that the dialogue is finished."""
    await bench.dial(*BIRTH, "012345678901", "1")
    await bench.openings.write()
    done = await bench.hop("*".join((*BIRTH, "012345678901", "1", "1")))
    bench.openings._drafts.clear()
    await lose_everything(bench)
    assert (await bench.hop("", "s2")).text == OFFER
    assert (await bench.hop("1", "s2")).text == done.text
    assert len(await bench.database.audit.filed("")) == 1


async def test_nobody_elses_phone_is_offered_it_and_nothing_of_it_stands_in_clear(bench: Bench, tmp_path: Path) -> None:
    await bench.dial(*BIRTH, "012345678901")
    await lose_everything(bench)
    assert (await bench.hop("", "s2", msisdn="+26658765432")).text.startswith(WELCOME)
    kept = (await anyio.run_process(["find", str(tmp_path), "-name", "mohala.db*", "-exec", "cat", "{}", "+"])).stdout
    for canary in (b"012345678901", MPHO.encode(), MPHO[-8:].encode()):
        assert canary not in kept


async def test_erasing_and_the_sweep_reach_it(bench: Bench) -> None:
    entry = AuditEntry(bench.time(), "operator:palesa", "export-citizen", "", "asked")
    await bench.dial(*BIRTH)
    await bench.openings.write()
    record = await bench.database.citizens.record(MPHO, entry)
    assert record.unfinished_until == bench.time() + timedelta(minutes=30)
    await bench.database.citizens.erase(MPHO, entry)
    await lose_everything(bench)
    assert (await bench.hop("", "s2")).text.startswith(WELCOME)
    await bench.dial(*BIRTH, session="s3")
    await bench.openings.write()
    retention = Retention(bench.editions, bench.database.retention)
    assert (await retention.sweep(bench.time() + timedelta(minutes=31)))["drafts"] == 1


async def test_a_late_write_of_another_process_does_not_bring_back_what_was_finished(bench: Bench) -> None:
    await bench.dial(*BUY)
    late = dict(bench.openings._drafts)
    bench.time.pass_(1)
    await bench.hop("*".join((*BUY, "2")))
    await bench.openings.write()
    other = OpeningLog(bench.database.openings, bench.time)
    other._drafts.update(late)
    await other.write()
    await lose_everything(bench)
    assert (await bench.hop("", "s2")).text.startswith(WELCOME)


@pytest.fixture
async def away(bench: Bench) -> AsyncIterator[Bench]:
    await bench.dial(*BIRTH)
    await lose_everything(bench)
    await bench.database.close()
    yield bench


async def test_while_the_database_is_away_whoever_dials_just_begins(away: Bench) -> None:
    assert (await away.hop("", "s2")).text.startswith(WELCOME)
