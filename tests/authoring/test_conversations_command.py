"""`mohala test` as its users call it: exit status, choice of conversations, report for machines."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.lands import FLAT, SHIPPED
from tests.story.mohala import mohala_command

ROOT = Path(__file__).resolve().parents[2]


def mohala(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*mohala_command(), "test", *arguments],
        cwd=cwd, capture_output=True, text=True, timeout=300, check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "MOHALA_PACK": str(FLAT)},
    )  # fmt: skip


@pytest.mark.hunt
def test_the_shipped_conversations_pass_and_reach_everything() -> None:
    """As `make check` has it."""
    ran = mohala(str(SHIPPED), "--require-coverage")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "not reached" not in ran.stdout.lower()


@pytest.fixture
def little(tmp_path: Path) -> Path:
    file = tmp_path / "little.yaml"
    file.write_text(
        'conversations:\n  good:\n    dial: "*384*26600#"\n    turns: [{matches: Khetha}]\n'
        '  bad:\n    dial: "*384*26600#"\n    turns: [{matches: Zulu}]\n'
    )
    return file


def test_a_failure_is_the_exit_status(little: Path) -> None:
    ran = mohala("--conversations", str(little))
    assert ran.returncode == 1
    assert f"{little}:7: FAILED bad" in ran.stdout and "1 of 2 conversations passed." in ran.stdout


def test_one_conversation_may_be_played_alone_and_need_not_reach_everything(little: Path) -> None:
    ran = mohala("--conversations", str(little), "--only", "good", "--require-coverage")
    assert ran.returncode == 0 and "1 of 1 conversations passed." in ran.stdout


def test_an_unknown_name_is_told(little: Path) -> None:
    ran = mohala("--conversations", str(little), "--only", "nobody")
    assert ran.returncode == 1
    assert ran.stderr.strip() == f"mohala: There is no conversation named `nobody` in {little}."


def test_required_coverage_makes_what_is_unreached_a_failure(little: Path) -> None:
    little.write_text('conversations:\n  good:\n    dial: "*384*26600#"\n    turns: [{matches: Khetha}]\n')
    ran = mohala("--conversations", str(little), "--require-coverage")
    assert ran.returncode == 1
    assert "1 of 1 conversations passed." in ran.stdout and "NOT REACHED: electricity/look late" in ran.stdout


def test_the_report_for_machines_is_one_object(little: Path) -> None:
    ran = mohala("--conversations", str(little), "--json")
    report = json.loads(ran.stdout)
    assert ran.returncode == 1 and report["passed"] is False
    assert [entry["failure"] is None for entry in report["conversations"]] == [True, False]
    assert report["conversations"][1]["failure"]["place"]["line"] == 7
    assert {"screen": "electricity/look", "word": "late"} in report["coverage"]["unreached_outcomes"]
