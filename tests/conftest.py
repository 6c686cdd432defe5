"""What every room's tests share: the shipped pack, compiled once."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.pack import Pack
from app.pack_files import read_pack

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def lesotho() -> Pack:
    return read_pack(ROOT / "menus" / "lesotho")


@pytest.fixture(scope="session")
def lesotho_sources() -> dict[str, str]:
    root = ROOT / "menus" / "lesotho"
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in root.rglob("*.yaml")}
