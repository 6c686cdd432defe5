"""What the walkers of tables share: samples from files, and a desk on loopback that answers as a sample says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from integrations.sandbox.m_pesa_key import ensure_key, shown
from tests.integrations.conftest import anyio_backend, closed_port, desk

__all__ = ["anyio_backend", "closed_port", "desk"]


@pytest.fixture(scope="session")
def wallet_keys(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Files that a sample's `files` may name."""
    directory = tmp_path_factory.mktemp("keys")
    public = directory / "public_key"
    public.write_text(shown(ensure_key(directory / "private_key")), "ascii")
    return {"public_key": public}
