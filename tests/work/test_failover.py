"""Replication is black-holed and the stale replica takes over: what was filed or bought stays so; dialogues go on."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import pytest

from app.errors import StoreUnavailable
from app.messages import Reply
from app.ports import Deadlines
from app.turn import session_key
from sessions.clients import client_for
from sessions.cluster import slot_of, slots_count
from sessions.redis_store import RedisSessionStore, _keys
from tests.sessions import groups
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio

BUY = ("3", "01234567897", "50", "1")
ONCE = ("request-payment", "vend")
BIRTH = ("1", "2", "5/3/2026", "6", "5", "012345678901", "1")


@dataclass(frozen=True)
class Pair:
    """A primary, whose `proxy` can swallow what it tells its replica, and the replica, which is to be its `heir`."""

    url: str
    primary: groups.Server
    heir: groups.Server
    proxy: groups.Proxy


@contextmanager
def under_sentinels(directory: Path) -> Iterator[Pair]:
    with groups.watched(directory) as watched:
        yield Pair(watched.url, *watched.pair, watched.proxy)


@contextmanager
def in_a_cluster(directory: Path) -> Iterator[Pair]:
    proxy = groups.Proxy(groups.free_port())
    try:
        with groups.cluster(directory, proxy) as cluster:
            yield Pair(cluster.url, cluster.servers[0], cluster.servers[3], proxy)
    finally:
        proxy.close()


def numbers_of_the_first(bench: Bench) -> Iterator[str]:
    """Whose sessions lie with the first of three primaries."""
    for number in count():
        msisdn = f"+266501{number:05}"
        name = _keys(session_key(bench.keyring, bench.event("", msisdn=msisdn))).first
        if slot_of(name) < slots_count // 3:
            yield msisdn


@pytest.mark.parametrize("pair", [under_sentinels, in_a_cluster])
async def test_a_failover_that_loses_acknowledged_writes_loses_no_request_and_files_none_twice(
    bench: Bench, tmp_path: Path, pair: Callable[[Path], AbstractContextManager[Pair]]
) -> None:
    mpho, thabo, palesa = islice(numbers_of_the_first(bench), 3)

    async def hop(*typed: str, of: str) -> Reply:
        return await bench.hop("*".join(typed), f"of {of}", msisdn=of)

    async def dial(*typed: str, of: str) -> Reply:
        return await bench.dial(*typed, session=f"of {of}", msisdn=of)

    with pair(tmp_path / "servers") as servers:
        client = client_for(servers.url, deadline_seconds=1.0)
        bench.line.to = RedisSessionStore(client, bench.keyring)
        early = await dial(*BIRTH[:3], of=mpho)
        servers.primary.bring_replicas_up()
        servers.proxy.hole = True
        filed, bought = await dial(*BIRTH, "1", of=thabo), await dial(*BUY, of=palesa)
        assert "Ref: " in filed.text and "Ref: " in bought.text
        further = await hop(*BIRTH[:4], of=mpho)
        servers.primary.signal(signal.SIGKILL)
        began = time.monotonic()
        meanwhile = await hop(*BIRTH[:5], of=mpho)
        assert meanwhile.text.startswith("Nomoro ea ID") and time.monotonic() - began < Deadlines().hard_seconds
        groups.wait_until("the replica to take over", lambda: servers.heir.role() == "master")
        await _until_it_answers(bench, mpho)
        with servers.heir.client() as new:
            kept = {name for name in new.keys("*") if not name.endswith((b":dials", b":fallen", b":lease"))}
        assert len(kept) == 1, "the stale replica has lost nothing, so this shows nothing"

        assert await hop(*BIRTH, "1", of=thabo) == filed
        assert await hop(*BUY, of=palesa) == bought
        assert await hop(*BIRTH[:3], of=mpho) == early
        assert await hop(*BIRTH[:4], of=mpho) == further
        for hops in range(5, len(BIRTH) + 1):
            confirm = await hop(*BIRTH[:hops], of=mpho)
        assert confirm.text.startswith("Netefatsa")
        assert "Ref: " in (await hop(*BIRTH, "1", of=mpho)).text
        assert (await bench.work()).count("work") == 4, "two registrations; one payment and one sale"
        assert [operation for operation, *_ in bench.desk.asked if operation in ONCE] == list(ONCE)
        await client.close()


async def _until_it_answers(bench: Bench, msisdn: str) -> None:
    key = session_key(bench.keyring, bench.event("", msisdn=msisdn))
    for _ in range(400):
        try:
            await bench.line.to.load(key)
            return
        except StoreUnavailable:
            await asyncio.sleep(0.05)
    raise AssertionError("no primary is found again")
