"""A sandbox country that is really served, on a free port of this machine, with a clock that the test holds."""

from __future__ import annotations

import hashlib
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from integrations.sandbox import SandboxSettings, create_sandbox
from tests.one_sandbox import OneSandbox

start_seconds_max = 10.0


class HeldClock:
    """Stands still until the test moves it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_seconds(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


def counted_bytes() -> Callable[[int], bytes]:
    numbers = itertools.count()
    return lambda length: hashlib.sha256(str(next(numbers)).encode()).digest()[:length]


@dataclass(frozen=True, slots=True)
class Served:
    """A sandbox that answers: `client` knows its address and the offices' key."""

    base: str
    client: httpx.Client
    server: uvicorn.Server


Make = Callable[[SandboxSettings], FastAPI]


@contextmanager
def serving(app: FastAPI) -> Iterator[Served]:
    listening = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1, timeout_keep_alive=600)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive())
        with httpx.Client(base_url=base, headers={"X-Api-Key": "sandbox"}, timeout=10, trust_env=False) as client:
            yield Served(base, client, server)
    finally:
        server.should_exit = True
        thread.join(start_seconds_max)
        listening.close()
    assert not thread.is_alive()


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + start_seconds_max
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    return wait_until


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def make(clock: HeldClock) -> Make:
    """Make a sandbox with the test's clock and with bytes that are the same in every run and never repeat."""
    random_bytes = counted_bytes()
    return lambda settings: create_sandbox(settings, clock, random_bytes)


@pytest.fixture
def serve(make: Make) -> Iterator[Callable[[SandboxSettings], Served]]:
    """Serve a sandbox of the test's own settings until the end of the test."""
    with ExitStack() as stack:
        yield lambda settings: stack.enter_context(serving(make(settings)))


@pytest.fixture
def serve_while(make: Make) -> Callable[[SandboxSettings], AbstractContextManager[Served]]:
    """Serve a sandbox for as long as a `with` block lasts."""
    return lambda settings: serving(make(settings))


@pytest.fixture(scope="session")
def one_sandbox(identity_keys: Path) -> Iterator[tuple[OneSandbox, Served]]:
    one = OneSandbox(SandboxSettings(identity_keys=identity_keys))
    with serving(one.app) as served:
        yield one, served
    one.close()


@pytest.fixture
def sandbox(one_sandbox: tuple[OneSandbox, Served], clock: HeldClock) -> Served:
    """A sandbox as if new, that keeps everything in memory and sends no delivery reports."""
    one, served = one_sandbox
    one.make_new(clock, counted_bytes())
    served.client.cookies.clear()
    return served


@pytest.fixture
def client(sandbox: Served) -> httpx.Client:
    return sandbox.client
