"""What every room's tests share: the shipped pack, compiled once."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.pack import Pack
from app.pack_files import read_pack, read_sources
from integrations.sandbox.mosip_keys import make_keys

ROOT = Path(__file__).resolve().parent.parent

# Else every process of a run, and every command that a test starts, compiles all modules anew: a third of the time.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def identity_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory with the keys of an ID office, and with what it gave its partner."""
    directory = tmp_path_factory.mktemp("identity")
    make_keys(directory, lambda: datetime(2026, 11, 23, 9, 30, tzinfo=UTC), os.urandom)
    return directory


@pytest.fixture(scope="session")
def lesotho() -> Pack:
    return read_pack(ROOT / "menus" / "lesotho")


@pytest.fixture(scope="session")
def lesotho_sources() -> dict[str, str]:
    root = ROOT / "menus" / "lesotho"
    return read_sources(root)[0]
