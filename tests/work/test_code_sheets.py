"""A clerk prints a sheet of codes for a citizen, and revokes it."""

from __future__ import annotations

import base64
import itertools
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app import limits
from app.citizens import export, new_codes
from app.cli import cli
from app.publishing import Publisher, publish
from app.settings import Settings
from tests.lands import FLAT
from tests.made_once import new_sqlite

MPHO = "+26650123456"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    new_sqlite(tmp_path / "mohala.db")
    (tmp_path / "keys").write_text(f"k1:{base64.b64encode(bytes(32)).decode()}\n", "ascii")
    monkeypatch.setenv("MOHALA_HOME", str(tmp_path))
    settings = Settings.load()
    pack = Path(shutil.copytree(FLAT, tmp_path / "lesotho"))  # publishing writes the option numbers into it
    publish(settings, pack, Publisher("lineo", "for a test"))
    return settings


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["citizen", "code-sheet", MPHO, "--note", "saw their ID", *arguments])


def unspent(settings: Settings) -> list[int]:
    told = json.loads(export(settings, MPHO, "lineo", "asked"))
    return [one["unspent"] for one in told["sheet_codes"]]


def test_a_sheet_has_ten_codes_once_and_says_that_it_is_money(settings: Settings) -> None:
    printed = run()
    assert printed.exit_code == 0, printed.output
    codes = re.findall(r"^ ?[0-9]+\.  ([0-9]{4} [0-9]{4})$", printed.output, re.MULTILINE)
    assert len(set(codes)) == limits.sheet_codes_count
    assert "joalo ka chelete" in printed.output and "This sheet is like money" in printed.output
    assert unspent(settings) == [limits.sheet_codes_count]
    run()
    assert unspent(settings) == [limits.sheet_codes_count], "another sheet voids the one before"


def test_a_sheet_that_is_revoked_has_no_code_left(settings: Settings) -> None:
    run()
    assert "Revoked: 10 codes" in run("--revoke").output
    assert unspent(settings) == [] and "Revoked: 0 codes" in run("--revoke").output


def test_no_code_stands_on_a_sheet_twice() -> None:
    counter: Callable[[], int] = itertools.count().__next__
    drawn = new_codes(lambda size: (counter() // 2).to_bytes(size, "big"))
    assert drawn == [f"{number:08}" for number in range(limits.sheet_codes_count)]
