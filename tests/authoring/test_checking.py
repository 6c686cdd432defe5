"""What `mohala check` prints of a pack that is full of faults, in each of its forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.authoring.checking import ReportForm, report
from app.pack_files import read_pack
from tests.lands import SHIPPED


@pytest.fixture
def faulty(pack: Path) -> Path:
    """A pack with three hundred unknown keys, each of them with a control letter in it."""
    keys = "".join(f'"key\\e{number}": 1\n' for number in range(300))
    path = pack / "pack.yaml"
    path.write_text(path.read_text("utf-8") + keys, encoding="utf-8")
    return pack


def test_as_text_the_first_complaints_are_told_and_all_are_counted(faulty: Path) -> None:
    told, well = report(faulty, ReportForm.TEXT)
    lines = told.splitlines()
    assert not well
    assert len(lines) == 202
    assert "unknown-key: `key\\u001b0` means nothing here" in lines[0] and lines[0].startswith(f"{faulty}/pack.yaml:")
    assert lines[200:] == ["and 100 more.", "300 complaints."]


def test_for_a_forge_the_first_complaints_are_told(faulty: Path) -> None:
    lines = report(faulty, ReportForm.GITHUB)[0].splitlines()
    assert len(lines) == 201 and lines[-1] == "::error ::and 100 more."


def test_for_machines_the_first_complaints_are_told_and_how_many_are_left_out(faulty: Path) -> None:
    told = json.loads(report(faulty, ReportForm.JSON)[0])
    assert len(told["complaints"]) == 200
    assert told["left_out"] == 100


def test_whoever_has_more_to_expect_is_told_so(pack: Path) -> None:
    path = pack / "service-points.yaml"
    whole = path.read_text("utf-8")
    assert json.loads(report(pack, ReportForm.JSON)[0])["more_may_follow"] is False
    path.write_text("start: [", "utf-8")
    text, well = report(pack, ReportForm.TEXT)
    assert not well
    assert text.endswith("\n1 complaint. More may follow once these are mended: what builds on them waits.")
    assert json.loads(report(pack, ReportForm.JSON)[0])["more_may_follow"] is True
    path.write_text(whole.replace("start:", "begin:"), "utf-8")
    assert "missing-key" in report(pack, ReportForm.TEXT)[0]


def test_an_answer_to_a_text_that_may_be_several_sms_is_a_note_and_no_complaint(pack: Path) -> None:
    assert "note:" not in report(pack, ReportForm.TEXT)[0]
    (pack / "pack.yaml").write_text((pack / "pack.yaml").read_text("utf-8") + 'budgets: {"*": 182}\n', "utf-8")
    status = pack / "status.yaml"
    text = status.read_text("utf-8").replace("Ofisi ha e so arabe.", f"Ofisi ha e so arabe. {'Ema hanyane. ' * 7}")
    status.write_text(text, "utf-8")
    told, well = report(pack, ReportForm.TEXT)
    assert well
    (note,) = [line for line in told.splitlines() if line.startswith("note:")]
    assert "status/later can be " in note and note.endswith("in `st`: 2 SMS as the answer to a text")
    (long,) = json.loads(report(pack, ReportForm.JSON)[0])["long_answers"]
    assert (long["screen"], long["language"], long["parts"]) == ("status/later", "st", 2)


def test_a_screen_with_more_options_than_the_pack_wants_is_a_note_and_no_complaint(pack: Path) -> None:
    (pack / "pack.yaml").write_text((pack / "pack.yaml").read_text("utf-8") + "options_max: 7\n", "utf-8")
    assert "note:" not in report(pack, ReportForm.TEXT)[0]
    (pack / "pack.yaml").write_text((pack / "pack.yaml").read_text("utf-8").replace("max: 7", "max: 5"), "utf-8")
    told, well = report(pack, ReportForm.TEXT)
    assert well
    crowded = json.loads(report(pack, ReportForm.JSON)[0])["crowded"]
    assert {"screen": "birth-certificate/district", "options": 6} in crowded
    assert "note: birth-certificate/district offers 6 options, and 5 are the most that this pack wants" in told


def test_no_screen_that_is_shipped_offers_more_than_its_pack_wants() -> None:
    assert read_pack(SHIPPED).options_max == 5
    assert "note:" not in report(SHIPPED, ReportForm.TEXT)[0]
