"""Replication is black-holed and the stale replica takes over: what was filed stays so, once; dialogues go on."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from app.errors import StoreUnavailable
from sessions.clients import client_for
from sessions.redis_store import RedisSessionStore
from tests.sessions import groups
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio

BIRTH = ("1", "2", "5/3/2026", "6", "5", "012345678901", "1")


async def test_a_failover_that_loses_acknowledged_writes_loses_no_request_and_files_none_twice(
    bench: Bench, tmp_path: Path
) -> None:
    with groups.watched(tmp_path / "watched") as watched:
        client = client_for(watched.url, deadline_seconds=1.0)
        bench.line.to = RedisSessionStore(client, bench.keyring)
        early = await bench.dial(*BIRTH[:3], session="begun before")
        watched.pair[0].bring_replicas_up()
        watched.proxy.hole = True
        filed = await bench.dial(*BIRTH, "1", session="filed", msisdn="+26662123456")
        assert "Ref: " in filed.text
        further = await bench.hop("*".join(BIRTH[:4]), "begun before")
        watched.pair[0].signal(signal.SIGKILL)
        groups.wait_until("the replica to take over", lambda: watched.primary() is watched.pair[1])
        await _until_it_answers(bench)
        with watched.pair[1].client() as new:
            kept = {name for name in new.keys("*") if not name.endswith((b":dials", b":fallen", b":lease"))}
        assert len(kept) == 1, "the stale replica has lost nothing, so this shows nothing"

        assert await bench.hop("*".join((*BIRTH, "1")), "filed", msisdn="+26662123456") == filed
        assert await bench.hop("*".join(BIRTH[:3]), "begun before") == early
        assert await bench.hop("*".join(BIRTH[:4]), "begun before") == further
        for count in range(5, len(BIRTH) + 1):
            confirm = await bench.hop("*".join(BIRTH[:count]), "begun before")
        assert confirm.text.startswith("Netefatsa")
        assert "Ref: " in (await bench.hop("*".join((*BIRTH, "1")), "begun before")).text
        assert (await bench.work()).count("work") == 2
        await client.close()


async def _until_it_answers(bench: Bench) -> None:
    for _ in range(200):
        try:
            await bench.line.to.ping()
            return
        except StoreUnavailable:
            await asyncio.sleep(0.05)
    raise AssertionError("no primary is found again")
