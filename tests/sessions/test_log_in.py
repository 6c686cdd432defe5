"""A server that asks who comes: TLS with an authority of one's own, and a user who may do no more than is needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from app.errors import StoreUnavailable
from app.messages import Reply
from app.ports import Keeping, Lost, Opened, Repeated, SessionKey, Won
from sessions.clients import client_for
from sessions.redis_store import RedisSessionStore
from tests.sessions.groups import Server
from tests.sessions.guarded import behind_tls, make_authority, rights
from tests.sessions.telling import commit_dialled, commit_recalled

pytestmark = pytest.mark.anyio

MPHO = SessionKey(b"mpho" * 4, b"dia1" * 4)
WELCOME = Reply("Lumela", final=False)


async def all_that_a_store_does(store: RedisSessionStore, make_session) -> None:
    assert await store.begin(MPHO, b"dial", b"lease", 30) == Opened(None)
    assert await store.commit(MPHO, b"dial", b"lease", None, make_session(0), WELCOME, Keeping(300, 600)) == Won()
    assert await store.begin(MPHO, b"dial", b"lease", 30) == Repeated(WELCOME)
    assert await store.load(MPHO) == make_session(0)
    for hop in range(1, 12):
        kept = await store.commit(MPHO, b"hop %d" % hop, b"", hop - 1, make_session(hop), WELCOME, Keeping(300))
        assert kept == Won()
    recalled = store.recall(MPHO, b"hop 12")
    assert recalled is not None
    assert await commit_recalled(store, MPHO, b"hop 12", recalled, make_session(12), WELCOME, Keeping(300)) == Won()
    assert await store.commit(MPHO, b"late", b"", 3, make_session(4), WELCOME, Keeping(300)) == Lost(None)
    await store.abandon(MPHO, b"lease")
    thabo = SessionKey(b"thab" * 4, b"dia2" * 4)
    assert await commit_dialled(store, thabo, b"dial", make_session(0), WELCOME, Keeping(300), 20) == Won()
    await store.ping()


async def test_a_user_with_the_rights_that_are_documented_can_do_all_and_nothing_else(
    client, valkey, keyring, make_session
) -> None:
    await client.call("ACL", "SETUSER", "mohala", "reset", "on", ">s@cret", *rights())
    try:
        theirs = client_for(valkey.url.replace("unix://", "unix://mohala:s%40cret@"), deadline_seconds=5.0)
        store = RedisSessionStore(theirs, keyring)
        await all_that_a_store_does(store, make_session)
        with pytest.raises(StoreUnavailable, match="NOPERM"):
            await store.seals()
        await client.call("ACL", "SETUSER", "mohala", "+scan")
        assert await store.seals() == {"first": 2}
        for refused in (("KEYS", "*"), ("FLUSHALL",), ("GET", "somebody else's"), ("CONFIG", "GET", "*")):
            with pytest.raises(StoreUnavailable, match="NOPERM"):
                await theirs.call(*refused)
        await theirs.close()
        wrong = client_for(valkey.url.replace("unix://", "unix://mohala:hushed@"), deadline_seconds=5.0)
        with pytest.raises(StoreUnavailable, match="WRONGPASS") as refusal:
            await wrong.call("PING")
        assert "hushed" not in str(refusal.value)
        await wrong.close()
    finally:
        await client.call("ACL", "DELUSER", "mohala")


NEEDED = [right for right in rights() if right.startswith("+") and right != "+hello"]  # which servers ask of nobody


@pytest.mark.parametrize("missing", NEEDED)
async def test_a_user_needs_each_of_the_rights_that_are_documented(
    client, valkey, keyring, make_session, missing: str
) -> None:
    await client.call("SCRIPT", "FLUSH", "SYNC")
    await client.call("ACL", "SETUSER", "lacking", "reset", "on", ">s@cret", *rights(), f"-{missing[1:]}")
    lacking = client_for(valkey.url.replace("unix://", "unix://lacking:s%40cret@"), deadline_seconds=5.0)
    try:
        with pytest.raises(StoreUnavailable, match=r"NOPERM|ERR"):  # the latter inside a script
            await all_that_a_store_does(RedisSessionStore(lacking, keyring), make_session)
    finally:
        await lacking.close()
        await client.call("ACL", "DELUSER", "lacking")


async def test_a_server_behind_tls_is_used_if_its_authority_is_known(
    client, valkey, keyring, make_session, tmp_path: Path
) -> None:
    certificate, key, stranger = make_authority(tmp_path)
    async with behind_tls(valkey.url.removeprefix("unix://"), certificate, key) as port:
        ours = client_for(f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={certificate}", deadline_seconds=5.0)
        await all_that_a_store_does(RedisSessionStore(ours, keyring), make_session)
        await ours.close()
        for query in (f"?ssl_ca_certs={stranger}", ""):
            theirs = client_for(f"rediss://127.0.0.1:{port}/0{query}", deadline_seconds=2.0)
            with pytest.raises(StoreUnavailable):
                await theirs.call("PING")
            await theirs.close()


def let_in(servers: Sequence[Server], name: str, more: Sequence[str]) -> None:
    for server in servers:
        with server.client() as client:
            client.execute_command("ACL", "SETUSER", name, "reset", "on", ">s@cret", *rights(), *more)


async def few_are_refused_and_enough_do_all(with_it, keyring, make_session):
    few = client_for(with_it.format("few"), deadline_seconds=5.0)
    with pytest.raises(StoreUnavailable):
        await few.call("GET", "mohala:{x}:y")
    await few.close()
    await all_that_a_store_does(
        store := RedisSessionStore(client_for(with_it.format("enough"), deadline_seconds=5.0), keyring), make_session
    )
    await store.close()


async def test_on_a_cluster_a_user_needs_what_is_documented_besides(cluster, cluster_client, keyring, make_session):
    with_it = cluster.url.replace("cluster://", "cluster://{}:s%40cret@")
    let_in(cluster.servers, "few", [])
    let_in(cluster.servers, "enough", ["+asking", "+cluster|slots"])
    await few_are_refused_and_enough_do_all(with_it, keyring, make_session)


async def test_under_sentinels_a_user_needs_what_is_documented_besides(watched, sentinel_client, keyring, make_session):
    with_it = watched.url.replace("sentinel://", "sentinel://{}:s%40cret@")
    for name, more in (("few", []), ("enough", ["+role"])):
        let_in(watched.pair, name, more)
        for sentinel in watched.sentinels:
            with sentinel.client() as client:
                client.execute_command("ACL", "SETUSER", name, "reset", "on", ">s@cret", "+hello", "+sentinel")
    await few_are_refused_and_enough_do_all(with_it, keyring, make_session)
