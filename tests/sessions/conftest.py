"""A real Valkey of our own, both stores, and the citizens' sessions that the tests keep in them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.engine.state import Left, State
from app.keys import Key, Keyring
from app.messages import Session
from app.ports import SessionStore
from sessions.clients import Client, client_for
from sessions.connection import CoalescingClient
from sessions.embedded import EmbeddedValkey
from sessions.memory_store import MemorySessionStore
from sessions.redis_store import RedisSessionStore
from tests.sessions import groups
from tests.sessions.guarded import behind_tls, make_authority, rights

MakeSession = Callable[..., Session]


@dataclass
class HandClock:
    """A clock that stands still until a test moves it."""

    now: datetime = field(default_factory=lambda: datetime(2026, 11, 23, 8, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    async def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Bench:
    """A store under test and how time passes for it."""

    store: SessionStore
    pass_time: Callable[[float], Awaitable[None]]

    async def until(self, wanted: Callable[[], Awaitable[bool]], seconds: float = 10.0, look: float = 0.02) -> None:
        for _ in range(int(seconds / look)):
            if await wanted():
                return
            await self.pass_time(look)
        raise AssertionError(f"not seen within {seconds} s")


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """Both event loops: the gateway runs on uvloop, which orders timers and reads differently."""
    return "asyncio", {"use_uvloop": request.param}


@pytest.fixture
def keyring() -> Keyring:
    return Keyring((Key("first", b"\x01" * 32),), random.Random(7).randbytes)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def make_session() -> MakeSession:
    """A Session of Mpho's birth certificate at a step, with as many answers as steps."""

    def make(step: int, text: str = "Mpho", visits: int = 0) -> Session:
        trail = tuple(Left(f"birth/question{number}", {"name": text}) for number in range(visits))
        state = State("lesotho", "9f2c41d0", "birth", f"birth/question{step}", "st", step, {"name": text}, trail)
        return Session(state, heard_length=step * 4, heard_mark=b"\x05" * 16, ended=False, hop=step)

    return make


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """One server for all the tests that do not hurt it."""
    yield from _running(tmp_path_factory.mktemp("valkey"))


@pytest.fixture
def frail_valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """A server that the test may stop, kill or fill."""
    yield from _running(tmp_path / "frail")


@pytest.fixture
async def client(valkey: EmbeddedValkey) -> AsyncIterator[CoalescingClient]:
    """Patient, because the machine may be busy; the server is empty."""
    client = CoalescingClient(valkey.url, deadline_seconds=10.0)
    await client.call("FLUSHALL")
    yield client
    await client.close()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[groups.Cluster]:
    """Three primaries with a replica each, for all the tests that do not hurt it."""
    with groups.cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[groups.Watched]:
    """A primary and its replica under three sentinels, for all the tests that do not hurt it."""
    with groups.watched(tmp_path_factory.mktemp("watched")) as watched:
        yield watched


@pytest.fixture
async def cluster_client(cluster: groups.Cluster) -> AsyncIterator[Client]:
    client = client_for(cluster.url, deadline_seconds=10.0)
    await client.call("FLUSHALL")
    yield client
    await client.close()


@pytest.fixture
async def sentinel_client(watched: groups.Watched) -> AsyncIterator[Client]:
    client = client_for(watched.url, deadline_seconds=10.0)
    await client.call("FLUSHALL")
    yield client
    await client.close()


@pytest.fixture
async def guarded_client(
    client: CoalescingClient, valkey: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Client]:
    """The same server by TCP, behind TLS, as a user who may do no more than is documented."""
    certificate, key, _ = make_authority(tmp_path_factory.mktemp("authority"))
    await client.call("ACL", "SETUSER", "guarded", "reset", "on", ">s@cret", *rights())
    async with behind_tls(valkey.url.removeprefix("unix://"), certificate, key) as port:
        url = f"rediss://guarded:s%40cret@127.0.0.1:{port}/0?ssl_ca_certs={certificate}"
        guarded = client_for(url, deadline_seconds=10.0)
        yield guarded
        await guarded.close()


CLIENTS = {"redis": "client", "guarded": "guarded_client", "cluster": "cluster_client", "sentinel": "sentinel_client"}


@pytest.fixture(params=[*CLIENTS, "memory"])
def bench(request: pytest.FixtureRequest, keyring: Keyring, clock: HandClock) -> Bench:
    if request.param == "memory":
        return Bench(MemorySessionStore(keyring, clock), clock.advance)
    return Bench(RedisSessionStore(request.getfixturevalue(CLIENTS[request.param]), keyring), asyncio.sleep)


def _running(directory: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(directory)
    server.start(within_seconds=30)
    yield server
    server.stop()
