"""What the twin in memory promises beyond the contract: it does not grow without end."""

from __future__ import annotations

import pytest

from app.errors import StoreUnavailable
from app.messages import Reply
from app.ports import Keeping, Opened, SessionKey, Won
from sessions.memory_store import MemorySessionStore

pytestmark = pytest.mark.anyio

WELCOME = Reply("Lumela", final=False)
KEPT = Keeping(300)


def key(name: str) -> SessionKey:
    return SessionKey(name.encode(), b"dialogue")


async def test_it_refuses_a_session_beyond_its_limit_and_takes_it_when_others_have_run_out(
    keyring, clock, make_session
):
    store = MemorySessionStore(keyring, clock, sessions_max=3)
    for number in range(3):
        await store.commit(key(f"{number}"), b"dial", b"lease", None, make_session(0), WELCOME, KEPT)
    with pytest.raises(StoreUnavailable, match="full"):
        await store.begin(key("one more"), b"dial", b"lease", 30)
    with pytest.raises(StoreUnavailable, match="full"):
        await store.commit(key("one more"), b"dial", b"lease", None, make_session(0), WELCOME, KEPT)
    assert await store.commit(key("0"), b"choice", b"lease", 0, make_session(1), WELCOME, KEPT) == Won()
    await clock.advance(300)
    assert await store.begin(key("one more"), b"dial", b"lease", 30) == Opened(None)


async def test_sessions_that_ran_out_are_swept_out(keyring, clock, make_session):
    store = MemorySessionStore(keyring, clock)
    for number in range(3_000):
        await store.begin(key(f"{number}"), b"dial", b"lease", 1)
        await store.commit(key(f"{number}"), b"dial", b"other", None, make_session(0), WELCOME, Keeping(1))
        await clock.advance(0.01)
    assert len(store._kept) <= 1_100 and len(store._leases) <= 1_100
