"""Sealing keys are rotated under gateways that are serving: two processes on one server, two keys live at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app import limits
from app.key_file import drop_key, make_key, read_key_file, use_key
from app.keys import Keyring
from app.wiring import read_keyring
from app.wiring.keyring import keep_keys
from sessions.clients import client_for
from sessions.embedded import EmbeddedValkey
from sessions.redis_store import RedisSessionStore
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio

BIRTH = ("1", "2", "5/3/2026", "6", "5", "012345678901", "1", "1")


@asynccontextmanager
async def process(file: Path, server: EmbeddedValkey) -> AsyncIterator[tuple[Keyring, RedisSessionStore]]:
    """What a gateway has of its own: the keys that it read, and its session store."""
    keyring = read_keyring(file)
    store = RedisSessionStore(client_for(server.url, deadline_seconds=20.0), keyring)
    yield keyring, store
    await store.close()


@asynccontextmanager
async def watching(file: Path, *keyrings: Keyring) -> AsyncIterator[None]:
    """As gateways do all the time; here only where the test waits for it."""
    watches = [asyncio.create_task(keep_keys(file, keyring)) for keyring in keyrings]
    await asyncio.sleep(0)  # each looks at the file as it is now
    yield
    for watch in watches:
        watch.cancel()
    await asyncio.gather(*watches, return_exceptions=True)


async def know(names: tuple[str, ...], *keyrings: Keyring) -> None:
    async with asyncio.timeout(20):
        while any(keyring.names != names for keyring in keyrings):  # noqa: ASYNC110 (a file is looked at)
            await asyncio.sleep(0.01)


async def test_dialogues_live_through_a_rotation_whichever_process_takes_the_next_hop(
    bench: Bench, server: EmbeddedValkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "keys_look_seconds", 0.01)
    file = tmp_path / "keys"
    old = make_key(file)
    as_ever = [await bench.dial(*BIRTH[:count], session="as ever", msisdn="+26662123456") for count in range(8)]
    hops = iter(range(len(BIRTH) + 1))

    async def hop(store: RedisSessionStore, other: RedisSessionStore) -> None:
        """By one process, and its copy by the other."""
        transcript = "*".join(BIRTH[: (count := next(hops))])
        bench.line.to = store
        page = await bench.hop(transcript)
        bench.line.to = other
        assert await bench.hop(transcript) == page
        assert page == as_ever[count] if count < len(BIRTH) else "Ref: " in page.text

    async with process(file, server) as (here, one), process(file, server) as (there, two):
        await hop(one, two)
        async with watching(file, here, there):
            new = make_key(file)
            await know((old, new), here, there)
        await hop(two, one)
        assert await one.seals() == {old: 1}, "it opens, and seals nothing yet"
        use_key(file, new)
        here.take(read_key_file(file))  # the first to look
        await hop(one, two)
        assert await one.seals() == {new: 1}
        await hop(two, one)
        assert await one.seals() == {old: 1}, "one process has not looked yet, and opens what the other sealed"
        there.take(read_key_file(file))
        await hop(two, one)
        drop_key(file, old)
        for keyring in (here, there):
            keyring.take(read_key_file(file))
        assert here.names == there.names == (new,)
        for stores in ((one, two), (two, one), (one, two), (two, one)):
            await hop(*stores)
        assert one.unreadable == two.unreadable == 0
