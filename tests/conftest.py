"""What every room's tests share: the pack of the house's tests, compiled once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from app.pack import Pack
from app.pack_files import read_pack, read_sources
from integrations.sandbox.mosip_keys import make_keys
from tests.lands import FLAT
from tests.lands import ROOT as ROOT

# Else every process of a run, and every command that a test starts, compiles all modules anew: a third of the time.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["MOHALA_PACK"] = str(FLAT)


# The same examples in every run, and none that is too slow for a machine that is busy.
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """The tools silence the house's log lines, which other rooms' tests read."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


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
    return read_pack(FLAT)


@pytest.fixture(scope="session")
def lesotho_sources() -> dict[str, str]:
    return read_sources(FLAT)[0]
