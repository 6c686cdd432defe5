"""What the walkers of tables share: samples from files, and a desk on loopback that answers as a sample says."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest

from tests.integrations.desk import Desk, open_desk


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with open_desk() as opened:
        yield opened


@pytest.fixture
def unused() -> str:
    """A base URL at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    return f"http://127.0.0.1:{port}"
