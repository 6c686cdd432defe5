"""`mohala load` on a real gateway, and `mohala history` over what it wrote and over the gateway's own database."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from app.load.history import FILE, Deed, History, Trouble, read_history, references_in
from app.load.proof import CHECKS
from app.load.report import Report
from tests.lands import FLAT_CONVERSATIONS
from tests.story.country import ROOT, Country
from tests.story.mohala import mohala_command

ARGUMENTS = (
    "--rate", "40", "--seconds", "6", "--think", "0.2", "--troubles", "6", "--seed", "3",
    "--conversations", str(FLAT_CONVERSATIONS),
)  # fmt: skip


def mohala(country: Country, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*mohala_command(), *arguments], cwd=ROOT, env=country.environment, text=True, check=False,
        capture_output=True, timeout=120,
    )  # fmt: skip


def database(country: Country) -> Path:
    return country.home / "mohala.db"


@pytest.fixture(scope="module")
def loaded(country: Country, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a short run on a bad network."""
    directory = tmp_path_factory.mktemp("load") / "run"
    done = mohala(country, "load", *ARGUMENTS, "--output", str(directory))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"mohala history {directory}" in done.stdout and "No check is broken." in done.stdout
    assert done.stderr.count("in flight") >= 6, "a line of progress a second"
    return directory


@pytest.fixture(scope="module")
def history(loaded: Path) -> History:
    return read_history(loaded)


def test_a_run_has_everything_that_networks_do_in_it(history: History) -> None:
    deeds = Counter(one.deed for one in history.exchanges)
    assert set(deeds) == set(Deed)
    assert any(one.fell and not one.text for one in history.exchanges), "somebody fell and dialled again"
    assert history.cut is not None


def test_the_audit_log_of_the_run_proves_itself_in_the_database_and_in_a_file(
    country: Country, loaded: Path, tmp_path: Path
) -> None:
    proven = mohala(country, "audit", "verify")
    head = proven.stdout.split("elsewhere: ")[1].split()[0]
    assert proven.returncode == 0 and int(head.split(":")[0]) > 0, proven.stderr
    file = tmp_path / "audit.jsonl"
    assert mohala(country, "audit", "export", str(file)).returncode == 0
    assert mohala(country, "audit", "verify", "--file", str(file), "--head", head).returncode == 0
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    request = [line["subject"] for line in lines if line.get("act") == "move"][-1]
    assert " move " in mohala(country, "audit", "show", request).stdout
    file.write_text(file.read_text("utf-8").replace('"actor":"citizen"', '"actor":"house"', 1), "utf-8")
    refused = mohala(country, "audit", "verify", "--file", str(file))
    assert refused.returncode == 1 and refused.stderr.endswith("was altered after it was written.\n")


def test_the_report_and_its_pictures_lie_beside_the_history(loaded: Path, history: History) -> None:
    report = msgspec.json.decode((loaded / "report.json").read_bytes(), type=Report)
    assert report.callbacks == len(history.exchanges) and report.whole and not report.troubles
    assert (loaded / "callbacks.svg").read_bytes().startswith(b"<?xml")
    assert (loaded / "latency.svg").read_bytes().startswith(b"<?xml")


def test_the_promises_hold_and_each_was_looked_at(country: Country, loaded: Path) -> None:
    proven = mohala(country, "history", str(loaded))
    assert proven.returncode == 0, proven.stdout + proven.stderr
    assert "No check is broken." in proven.stdout
    unseen = {line.split()[2].rstrip(":") for line in proven.stdout.splitlines() if line.startswith("unseen")}
    # Whether one of so few citizens texts their reference is chance.
    assert unseen - {"text-kept"} == {"recovered"}


def test_a_request_that_the_database_lost_is_missed(
    country: Country, loaded: Path, history: History, tmp_path: Path
) -> None:
    shown = {
        reference
        for one in history.exchanges
        for reference in references_in(one.page)
        if reference not in references_in(one.text)
    }
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(database(country))) as original, closing(sqlite3.connect(copy)) as copied:
        original.backup(copied)
        copied.execute("PRAGMA journal_mode = WAL")
        copied.execute("PRAGMA foreign_keys = OFF")
        assert copied.execute("DELETE FROM requests WHERE reference = ?", (min(shown),)).rowcount == 1
        copied.commit()
    proven = mohala(country, "history", str(loaded), "--database", f"sqlite:///{copy}")
    assert proven.returncode == 1
    assert "BROKEN I1  kept" in proven.stdout and min(shown) in proven.stdout
    assert f"1 of {len(CHECKS)} checks are broken" in proven.stdout


def test_a_run_is_not_written_over(country: Country, loaded: Path) -> None:
    before = (loaded / FILE).read_bytes()
    again = mohala(country, "load", "--output", str(loaded))
    assert again.returncode == 1 and "another run" in again.stderr
    assert (loaded / FILE).read_bytes() == before


def test_a_gateway_elsewhere_is_not_loaded_by_mistake(country: Country, tmp_path: Path) -> None:
    refused = mohala(country, "load", "--url", "https://mohala.example", "--output", str(tmp_path / "run"))
    assert refused.returncode == 1 and "--elsewhere" in refused.stderr and not (tmp_path / "run").exists()


def test_the_promises_hold_while_parts_are_killed(new_country: Callable[..., Country], tmp_path: Path) -> None:
    country = new_country()
    country.start()
    command = [sys.executable, "-m", "app.entry", "load", "--no-prove", *ARGUMENTS, "--output", str(tmp_path / "run")]
    load = subprocess.Popen(
        command, cwd=ROOT, env=country.environment, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert load.stderr is not None
    victims = {2: "serve", 4: "valkey-server", 6: "worker"}
    for second, _ in enumerate(load.stderr, 1):
        if part := victims.pop(second, ""):
            country.kill(part)
    assert load.wait(60) == 0 and not victims
    proven = mohala(country, "history", str(tmp_path / "run"), "--killed")
    assert proven.returncode == 0, proven.stdout + proven.stderr
    audited = mohala(country, "audit", "verify")
    assert audited.returncode == 0 and "lines, unbroken" in audited.stdout, audited.stderr
    troubles = Counter(one.trouble for one in read_history(tmp_path / "run").exchanges)
    assert troubles[Trouble.LOST], "the kill was felt"
