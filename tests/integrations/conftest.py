"""What the tests of adapters share: a desk that answers as told, and a clock that stands still."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest

from app.pack import Pack
from tests.integrations.country import Country, served_country
from tests.integrations.desk import Desk, open_desk
from tests.integrations.ministry import Ministry, open_ministry


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
async def country(lesotho: Pack) -> AsyncIterator[Country]:
    async with served_country(lesotho) as country:
        yield country


@pytest.fixture
async def ministry() -> AsyncIterator[Ministry]:
    async with open_ministry() as ministry:
        yield ministry
