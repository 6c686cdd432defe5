"""Option numbers are kept by the author's own command, and then guarded by the compiler."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from app.authoring.numbers import keep_numbers
from app.compiler.published import kept_numbers, numbers_file
from app.errors import MenuRefused
from app.pack_files import read_pack

BASE = Path(__file__).resolve().parents[1] / "broken_menus" / "base"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    shutil.copytree(BASE, tmp_path / "pack")
    (tmp_path / "pack" / "published.yaml").unlink()
    return tmp_path / "pack"


def change(pack: Path, before: str, after: str) -> None:
    changed = (pack / "main.yaml").read_text("utf-8")
    assert before in changed
    (pack / "main.yaml").write_text(changed.replace(before, after), "utf-8")


def translate(pack: Path, options: str) -> None:
    text = (pack / "languages" / "fr.yaml").read_text("utf-8")
    assert "3: Payer" in text
    (pack / "languages" / "fr.yaml").write_text(text.replace("3: Payer", options), "utf-8")


def test_keeping_numbers_changes_no_version_and_no_complaint(pack: Path) -> None:
    before = read_pack(pack).program.version
    assert "6 numbers of 2 screens" in keep_numbers(pack)
    assert read_pack(pack).program.version == before


def test_a_kept_number_may_never_mean_something_else(pack: Path) -> None:
    keep_numbers(pack)
    change(pack, "2: {text: Read, to: read}", "2: {text: Read, to: amount}")
    with pytest.raises(MenuRefused, match="number 2 was published as `main/read` and is now `main/amount`"):
        keep_numbers(pack)


def test_a_number_that_is_gone_stays_kept(pack: Path) -> None:
    keep_numbers(pack)
    change(pack, "      3: {text: Pay, to: amount}\n", "      5: {text: Pay, to: amount}\n")
    translate(pack, "5: Payer")
    keep_numbers(pack)
    change(
        pack,
        "      5: {text: Pay, to: amount}\n",
        "      3: {text: Read again, to: read}\n      5: {text: Pay, to: amount}\n",
    )
    with pytest.raises(MenuRefused, match="number 3 was published as `main/amount`"):
        read_pack(pack)


@pytest.mark.parametrize(
    "name", ["yes", "1", "null", "2026-11-27", "Main/start", "a b: c/start", "#no", 'say "x"\\', "main/start"]
)
def test_a_name_in_the_record_is_read_back_by_any_reader_of_yaml(name: str) -> None:
    numbers = {name: {"2": "no", "10": name}}
    text = numbers_file(numbers)
    assert kept_numbers(text) == numbers
    assert yaml.safe_load(text) == {name: {2: "no", 10: name}}


def test_a_record_without_numbers_can_be_read_again() -> None:
    assert kept_numbers(numbers_file({"main/start": {}})) == {}
