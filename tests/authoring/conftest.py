"""A pack and a database to publish; what the tools change for their whole process is put back after each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.authoring.conversations.files import read_files
from app.authoring.conversations.run import Run, run_conversations
from app.pack import Pack
from app.pack_files import read_pack
from app.settings import Settings
from tests.lands import FLAT
from tests.made_once import new_sqlite


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "var")
    assert settings.database == new_sqlite(settings.home / "mohala.db")
    return settings


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    shutil.copytree(FLAT, tmp_path / "pack")
    return tmp_path / "pack"


@pytest.fixture
def greet(pack: Path) -> Callable[[str], str]:
    """Changes the greeting; returns the version that the pack has then."""
    path = pack / "welcome.yaml"
    original = path.read_text("utf-8")

    def change(words: str) -> str:
        path.write_text(original.replace("Rea u amohela!", words), encoding="utf-8")
        return read_pack(pack).program.version

    return change


@pytest.fixture
def test(lesotho: Pack, tmp_path: Path) -> Callable[[str], Run]:
    """Plays one conversation, given as what stands below its name."""

    def run(body: str) -> Run:
        file = tmp_path / "conversation.yaml"
        file.write_text(f"conversations:\n  Palesa:{body}", "utf-8")
        return run_conversations(lesotho, read_files([file]))

    return run
