"""What the walkers of tables share: samples from files, and a desk on loopback that answers as a sample says."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from integrations.sandbox.m_pesa_key import ensure_key, shown
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


@pytest.fixture(scope="session")
def wallet_keys(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Files that a sample's `files` may name."""
    directory = tmp_path_factory.mktemp("keys")
    public = directory / "public_key"
    public.write_text(shown(ensure_key(directory / "private_key")), "ascii")
    return {"public_key": public}
