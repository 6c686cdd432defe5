"""What stands wrong on the command line is a sentence and status 2, before any work is done."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli

LONG = "a" * 5_000
HUGE = "9" * 5_000


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of the command's own, with a file, a directory, a link and a pipe in it."""
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("text")
    Path("directory").mkdir()
    Path("link").symlink_to("file")
    os.mkfifo("pipe")
    return tmp_path


def called(*words: str) -> Result:
    return CliRunner().invoke(cli, words, env={"COLUMNS": "6000"})


@pytest.mark.parametrize(
    "command",
    [
        ("check",), ("test",), ("test", "--conversations"), ("test", "--only"), ("dial",), ("dial", "--number"),
        ("dial", "--url"), ("dial", "--agent"), ("dial", "--record"), ("dial", "--language-digits"),
        ("menus", "publish"), ("menus", "publish", "--by"), ("menus", "rollback"), ("menus", "rollback", "--by"),
        ("menus", "diff", "current"), ("menus", "diff", "a", "b", "--conversations"), ("menus", "draw"),
        ("menus", "draw", "--program"), ("menus", "draw", "--language"), ("menus", "draw", "--output"),
        ("menus", "languages"), ("menus", "numbers"), ("menus", "schema"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_an_empty_argument_is_refused_and_not_taken_for_none(command: tuple[str, ...]) -> None:
    result = called(*command, "")
    assert result.exit_code == 2
    assert "is empty; " in result.output
    assert called(*command, LONG).exit_code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("check", "file"), "file is no directory; name one"),
        (("check", "pipe"), "pipe is no directory; name one"),
        (("menus", "schema", "file"), "file is no directory; name one"),
        (("menus", "draw", "--output", "directory"), "directory is a directory: name a file in it"),
        (("menus", "draw", "--output", "link"), "link is a symbolic link"),
        (("dial", "--record", "directory"), "directory is a directory: name a file in it"),
        (("dial", "--record", "pipe"), "pipe is a device or a pipe"),
        (("menus", "draw", "--columns", HUGE), "--columns"),
        (("menus", "draw", "--columns", "0"), "--columns"),
        (("serve", "--workers", HUGE), "--workers"),
        (("check", "--format", "pdf"), "pdf is no format"),
        (("menus", "publish", "--by", "Palesa\nThabo"), "`Palesa\\nThabo` holds letters that cannot be seen"),
        (("menus", "publish", "--note", "\x1b[2J"), "`\\u001b[2J` holds letters that cannot be seen"),
        (("menus", "publish", "--note", "n" * 201), "has 201 letters; 200 are allowed"),
    ],
)
def test_a_wrong_argument_is_told(words: tuple[str, ...], told: str) -> None:
    result = called(*words)
    assert result.exit_code == 2
    assert told in result.output


def test_a_note_may_be_empty_and_two_hundred_letters_long() -> None:
    for note in ("", "n" * 200):
        assert "letters" not in called("menus", "publish", "--note", note, "missing").output
