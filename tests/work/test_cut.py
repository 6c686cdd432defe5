"""A turn is cut at any moment: nothing of it is half done, and its copy ends what it began."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app import limits
from app.ports import Deadlines
from sessions.clients import client_for
from sessions.embedded import EmbeddedValkey
from sessions.redis_store import RedisSessionStore
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio

BIRTH = ("1", "2", "5/3/2026", "6", "5", "012345678901", "1")
TICKS = 60
"""Rounds of the loop that a filing has before it is cut; after fewer it is over."""


@pytest.fixture
async def bench(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.setattr(limits, "turn_lease_seconds", 0.05)  # who was cut before it heard of its lease gives none back
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start(within_seconds=30)
    bench.line.to = RedisSessionStore(client_for(server.url, deadline_seconds=20.0), bench.keyring)
    yield bench
    await bench.line.to.close()
    server.stop()


async def cut(bench: Bench, transcript: str, msisdn: str, ticks: int) -> bool:
    """Whether it was not over before."""
    turn = asyncio.create_task(bench.gateway.answer(bench.event(transcript, msisdn=msisdn), Deadlines(60.0, 60.0)))
    for _ in range(ticks):
        await asyncio.sleep(0)
    turn.cancel()
    await asyncio.gather(turn, return_exceptions=True)
    return turn.cancelled()


async def test_wherever_a_filing_is_cut_its_copy_files_it_once_and_says_so(bench: Bench) -> None:
    cuts = 0
    for ticks in range(TICKS):
        msisdn = f"+266501{ticks:05}"
        await bench.dial(*BIRTH, msisdn=msisdn)
        cuts += await cut(bench, "*".join((*BIRTH, "1")), msisdn, ticks)
        told = await bench.hop("*".join((*BIRTH, "1")), msisdn=msisdn)
        assert told.final and "Ref: " in told.text
        assert await bench.hop("*".join((*BIRTH, "1")), msisdn=msisdn) == told
        assert sum((await bench.database.archive.open_requests()).values()) == ticks + 1
    assert cuts > 5, "none was cut in the middle, so this shows nothing"
    work = [kind for kind in await bench.work(200) if kind == "work"]
    assert len(work) == TICKS, "and each is carried out once"


async def test_wherever_another_hop_is_cut_its_copy_gets_the_page_and_the_dialogue_goes_on(bench: Bench) -> None:
    pages = [await bench.dial(*BIRTH[:count], session="as ever", msisdn="+26662123456") for count in range(8)]
    for ticks in range(TICKS // 2):
        msisdn = f"+266501{ticks:05}"
        for count, page in enumerate(pages):
            await cut(bench, "*".join(BIRTH[:count]), msisdn, ticks)
            assert await bench.hop("*".join(BIRTH[:count]), msisdn=msisdn) == page
