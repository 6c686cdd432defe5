"""What the tests of adapters share: a desk that answers as told, and a clock that stands still."""

from __future__ import annotations

import itertools
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.pack import Pack
from integrations.sandbox import SandboxSettings
from tests.integrations.country import SILENCE_SECONDS, Country, Numbers
from tests.integrations.desk import Desk, open_desk
from tests.integrations.ministry import Ministry, open_ministry
from tests.one_sandbox import OneSandbox
from tests.sandbox.conftest import Served, serving


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with open_desk() as opened:
        yield opened


@pytest.fixture
def closed_port() -> str:
    """A base URL at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def clock() -> Callable[[], datetime]:
    return lambda: datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture
async def country(lesotho: Pack, one_sandbox: tuple[OneSandbox, Served]) -> AsyncIterator[Country]:
    one, served = one_sandbox
    country = Country(served.base, lesotho)
    one.make_new(lambda: country.now, Numbers(itertools.count()))
    yield country
    await country.close()


@pytest.fixture(scope="session")
def one_sandbox(identity_keys: Path) -> Iterator[tuple[OneSandbox, Served]]:
    one = OneSandbox(SandboxSettings(silence_seconds_max=SILENCE_SECONDS, identity_keys=identity_keys))
    with serving(one.app) as served:
        yield one, served
    one.close()


@pytest.fixture
async def ministry() -> AsyncIterator[Ministry]:
    async with open_ministry() as ministry:
        yield ministry
