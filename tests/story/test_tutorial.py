"""The tutorial, done as it says: its files written, its commands run, in a copy of what a newcomer has."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.pack_files import examine_pack
from tests.story.mohala import mohala_command

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = (ROOT / "docs/tutorial.md").read_text("utf-8")
NOT_MERGED: frozenset[str] = frozenset()
"""Commands that do not exist yet; the steps that need them are left out until this is empty."""
BLOCK = re.compile(r"(?:^<!-- ([a-z: ]+) -->\n)?^```([a-z]+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
HEAD = re.compile(r'# (\S+?)(?:, (below|instead of) "(.+)")?')


@dataclass(frozen=True, slots=True)
class Block:
    remark: str
    language: str
    text: str

    @property
    def left_out(self) -> bool:
        return self.remark.removeprefix("needs: ") in NOT_MERGED


BLOCKS = tuple(Block(*found) for found in BLOCK.findall(TUTORIAL))


def write(directory: Path, text: str) -> None:
    """Write a file, or put lines below or instead of the one line that holds what is quoted."""
    first, _, body = text.partition("\n")
    head = HEAD.fullmatch(first)
    assert head is not None, first
    path = directory / head[1]
    if head[2] is None:
        assert not path.exists(), "the tutorial makes a new file, or says where the lines go"
        path.parent.mkdir(exist_ok=True)
        path.write_text(body, encoding="utf-8")
        return
    lines = path.read_text("utf-8").splitlines(keepends=True)
    at = next(place for place, line in enumerate(lines) if head[3] in line)
    lines[at : at + 1] = [body] if head[2] == "instead of" else [lines[at], body]
    path.write_text("".join(lines), encoding="utf-8")


def run(directory: Path, block: Block) -> str:
    """Run the commands of a block as a newcomer would; fails unless they end as the tutorial says."""
    known = ("HOME", "LANG")
    environment = {name: os.environ[name] for name in known if name in os.environ} | {
        "PATH": f"{directory / '.venv/bin'}:{os.environ['PATH']}",  # as the first block leaves it in a shell
    }
    ran = subprocess.run(
        ["bash", "-eu", "-c", block.text], cwd=directory, env=environment, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert ran.returncode == (1 if block.remark == "complains" else 0), ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("lesotho", "schema"):
        shutil.copytree(ROOT / "menus" / name, tmp_path / "menus" / name)
    command = tmp_path / ".venv/bin/mohala"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec {shlex.join(mohala_command())} "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return tmp_path


def test_everything_in_the_tutorial_happens_as_it_says(checkout: Path) -> None:
    printed, left_out = "", False
    for block in BLOCKS:
        left_out = block.left_out or (left_out and block.language == "text")
        if block.language == "yaml":
            write(checkout, block.text)
        elif block.language == "sh" and not left_out:
            printed = run(checkout, block)
        elif block.language == "text" and not left_out:
            for line in block.text.splitlines():
                assert line in printed, f"not printed: {line}\n{printed}"


def test_the_pack_that_it_builds_has_the_new_service_in_both_languages(checkout: Path) -> None:
    shutil.copytree(checkout / "menus/lesotho", checkout / "menus/tutorial")
    for block in BLOCKS:
        if block.language == "yaml":
            write(checkout, block.text)
    pack, complaints = examine_pack(checkout / "menus/tutorial")
    assert complaints == ()
    assert pack is not None
    assert "visit/point" in pack.program.screens
    assert pack.catalogue.services["visit"].title.keys() == {"st", "en"}


def test_every_block_is_one_that_is_done_or_compared() -> None:
    assert TUTORIAL.count("```") == 2 * len(BLOCKS)
    assert {block.language for block in BLOCKS} == {"sh", "yaml", "text"}


def test_every_command_in_the_tutorial_is_one_that_exists() -> None:
    needs = {block.remark.removeprefix("needs: ") for block in BLOCKS if block.remark.startswith("needs: ")}
    assert needs >= NOT_MERGED, "a command that is not left out has no business in the list"


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", TUTORIAL))
def test_its_links_lead_somewhere(link: str) -> None:
    assert (ROOT / "docs" / link).exists()
