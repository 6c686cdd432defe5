"""A cluster and a watched pair while slots move and servers die: calls fail fast, and soon find who is there now."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from redis.crc import key_slot

from app.errors import SettingsWrong, StoreUnavailable
from app.messages import Reply
from app.ports import Keeping, Opened, Repeated, SessionKey, Won
from sessions.address import read_group
from sessions.clients import client_for
from sessions.cluster import ClusterClient, slot_of
from sessions.connection import CoalescingClient
from sessions.redis_store import RedisSessionStore
from tests.sessions import groups
from tests.sessions.groups import wait_until

pytestmark = pytest.mark.anyio

KEPT = Keeping(300)
WELCOME = Reply("Lumela", final=False)
OURS = b"our lease"
RECOVERY_SECONDS = 20.0
FAST_SECONDS = 1.0
on_uvloop = pytest.mark.parametrize("anyio_backend", [("asyncio", {"use_uvloop": True})], ids=["uvloop"])
"""As the gateway runs; a failover takes seconds, and the contract runs on both loops."""


def key(number: int) -> SessionKey:
    return SessionKey(b"citizen %08d" % number, b"dialogue%08d" % number)


NAMES = st.one_of(
    st.binary(), st.binary().map(lambda tag: b"mohala:{" + tag + b"}:rest"), st.sampled_from([b"{}", b"{"])
)


@given(NAMES)
def test_a_key_has_the_slot_that_the_specification_gives_it(name: bytes) -> None:
    assert slot_of(name) == key_slot(name)


def test_the_address_of_a_group_is_taken_apart() -> None:
    cluster = read_group("rediss+cluster://palesa:s%40cret@one:7000,two?ssl_ca_certs=/ca.pem")
    assert cluster is not None and cluster.kind == "cluster"
    assert [(seed.host, seed.port, seed.tls, seed.user, seed.password) for seed in cluster.seeds] == [
        ("one", 7000, True, "palesa", "s@cret"), ("two", 6379, True, "palesa", "s@cret"),
    ]  # fmt: skip
    watched = read_group("redis+sentinel://one:26379,two:26379/mohala")
    assert watched is not None and (watched.kind, watched.name, len(watched.seeds)) == ("sentinel", "mohala", 2)
    assert read_group("redis://one:6379/0") is None


@pytest.mark.parametrize(
    "url",
    ["redis+cluster://", "redis+cluster://one/name", "redis+sentinel://one", "redis+ring://one", "unix+cluster://x"],
)
def test_an_address_of_no_known_shape_is_told_without_its_password(url: str) -> None:
    with pytest.raises(SettingsWrong, match=r"redis\+cluster://") as refusal:
        client_for(url.replace("://", "://user:hushed@"))
    assert "hushed" not in str(refusal.value)


async def test_nobody_there_is_an_error_and_not_a_wait() -> None:
    for url in ("redis+cluster://127.0.0.1:1,127.0.0.1:2", "redis+sentinel://127.0.0.1:1,127.0.0.1:2/mohala"):
        client = client_for(url, deadline_seconds=0.1)
        began = time.monotonic()
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                await client.call("PING")
        assert time.monotonic() - began < FAST_SECONDS
        await client.close()


async def test_sessions_lie_on_all_primaries_and_each_is_found(cluster, cluster_client, keyring, make_session) -> None:
    store = RedisSessionStore(cluster_client, keyring)
    for number in range(60):
        assert await store.commit(key(number), b"dial", OURS, None, make_session(0), WELCOME, KEPT) == Won()
    for server in cluster.servers[:3]:
        with server.client() as client:
            assert client.dbsize() > 0
    for number in range(60):
        assert await store.begin(key(number), b"dial", OURS, 30) == Repeated(WELCOME)


async def test_turns_go_on_while_their_slot_moves(cluster, cluster_client, keyring, make_session) -> None:
    """ASK while it is under way, MOVED when it is done; the client knows nothing of it beforehand."""
    store = RedisSessionStore(cluster_client, keyring)
    await store.commit(key(1), b"dial", OURS, None, make_session(0), WELCOME, KEPT)
    (name,) = await _names_of(cluster, cluster_client)
    slot = slot_of(name)
    source = cluster.primary_of(name)
    target = next(server for server in cluster.servers if server.role() == "master" and server is not source)
    with source.client() as old, target.client() as new:
        ids = [one.execute_command("CLUSTER", "MYID").decode() for one in (old, new)]
        new.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[0])
        old.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[1])
        keys = old.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 100)
        old.execute_command("MIGRATE", "127.0.0.1", target.port, "", 0, 5_000, "KEYS", *keys)
        assert await store.load(key(1)) == make_session(0), "asked on its new server"
        with pytest.raises(StoreUnavailable, match="TRYAGAIN"):  # not all keys are there: the turn goes on without
            await store.begin(key(1), b"next", OURS, 30)
        for one in (new, old):
            one.execute_command("CLUSTER", "SETSLOT", slot, "NODE", ids[1])
        assert await store.begin(key(1), b"next", OURS, 30) == Opened(make_session(0))
        assert await store.commit(key(1), b"next", OURS, 0, make_session(1), WELCOME, KEPT) == Won()
        assert await store.begin(key(1), b"next", OURS, 30) == Repeated(WELCOME)


async def _names_of(cluster: groups.Cluster, client: ClusterClient) -> list[str]:
    names = set()
    for server in cluster.servers:
        if server.role() == "master":
            with server.client() as one:
                names |= {name.decode() for name in one.keys("*") if not name.endswith((b":lease", b":dials"))}
    return sorted(names)


@on_uvloop
@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stands still"])
async def test_a_primary_of_the_cluster_goes_and_its_replica_takes_over(
    tmp_path: Path, keyring, make_session, signal_number: int
) -> None:
    with groups.cluster(tmp_path) as cluster:
        client = client_for(cluster.url, deadline_seconds=0.2)
        store = RedisSessionStore(client, keyring)
        for number in range(30):
            assert await store.commit(key(number), b"dial", OURS, None, make_session(0), WELCOME, KEPT) == Won()
        victim = cluster.servers[0]
        for server in cluster.servers[:3]:
            server.bring_replicas_up()
        victim.signal(signal_number)
        lost = await _until_all_answer(store, 30)
        assert lost > 0, "nobody noticed, so this has shown nothing"
        for number in range(30, 60):
            assert await store.commit(key(number), b"dial", OURS, None, make_session(0), WELCOME, KEPT) == Won()
        if signal_number == signal.SIGSTOP:
            victim.signal(signal.SIGCONT)
            wait_until("the old primary to follow", lambda: victim.role() == "slave")
            assert await store.begin(key(0), b"dial", OURS, 30) == Repeated(WELCOME)
        await client.close()


async def _until_all_answer(store: RedisSessionStore, count: int) -> int:
    """Ask for every session until each is found again; how often one was not to be had. Each answer comes fast."""
    failures = 0
    deadline = time.monotonic() + RECOVERY_SECONDS
    missing = set(range(count))
    while missing:
        assert time.monotonic() < deadline, f"{len(missing)} sessions are not to be had"
        for number in sorted(missing):
            began = time.monotonic()
            try:
                begun = await store.begin(key(number), b"dial", OURS, 30)
            except StoreUnavailable:
                failures += 1
            else:
                assert begun == Repeated(WELCOME), "a replica that had it all has lost a session"
                missing.discard(number)
            assert time.monotonic() - began < FAST_SECONDS
        await asyncio.sleep(0.05)
    return failures


@on_uvloop
@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stands still"])
async def test_a_watched_primary_goes_and_its_replica_takes_over(
    tmp_path: Path, keyring, make_session, signal_number: int
) -> None:
    with groups.watched(tmp_path) as watched:
        client = client_for(watched.url, deadline_seconds=0.2)
        store = RedisSessionStore(client, keyring)
        for number in range(10):
            assert await store.commit(key(number), b"dial", OURS, None, make_session(0), WELCOME, KEPT) == Won()
        watched.pair[0].bring_replicas_up()
        watched.primary().signal(signal_number)
        assert await _until_all_answer(store, 10) > 0
        assert watched.primary() is watched.pair[1]
        if signal_number == signal.SIGSTOP:
            watched.pair[0].signal(signal.SIGCONT)
            for _ in range(20):  # the old one wakes up believing that it is the primary; nobody goes back to it
                assert await store.begin(key(3), b"dial", OURS, 30) == Repeated(WELCOME)
        await client.close()


@on_uvloop
async def test_bare_redis_loses_what_it_acknowledged_if_a_replica_that_heard_nothing_takes_over(
    tmp_path: Path,
) -> None:
    """So the set-up is sharp: the same in which the gateway loses nothing (`tests/work/test_failover.py`)."""
    with groups.watched(tmp_path) as watched:
        watched.proxy.hole = True
        bare = CoalescingClient(f"redis://127.0.0.1:{watched.proxy.port}", deadline_seconds=2.0)
        assert await bare.call("SET", "acknowledged", "yes") == b"OK"
        await bare.close()
        watched.pair[0].signal(signal.SIGKILL)
        wait_until("the replica to take over", lambda: watched.primary() is watched.pair[1])
        wait_until("a new primary", lambda: watched.pair[1].role() == "master")
        with redis.Redis(port=watched.pair[1].port) as new:
            assert new.get("acknowledged") is None
