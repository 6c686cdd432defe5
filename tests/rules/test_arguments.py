"""What stands wrong on the command line is a sentence and status 2, before any work is done."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_type_hints

import pytest
import typer
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


def _commands(group: typer.Typer, path: str = "") -> Iterator[tuple[str, Callable[..., object]]]:
    for command in group.registered_commands:
        assert command.callback is not None
        yield f"{path} {command.name or command.callback.__name__}", command.callback
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from _commands(inner.typer_instance, f"{path} {inner.name or ''}")


@pytest.mark.parametrize("command", [pytest.param(call, id=name.strip()) for name, call in _commands(cli)])
def test_whatever_may_be_left_away_can_be(command: Callable[..., object]) -> None:
    """What stands in its place is read as if it had been typed."""
    hints = get_type_hints(command, include_extras=True)
    for name, parameter in inspect.signature(command).parameters.items():
        for one in getattr(hints[name], "__metadata__", ()):
            if one.parser is not None and parameter.default not in (inspect.Parameter.empty, None):
                one.parser(parameter.default)


def test_agents_money_moves_before_the_bank_has_an_id_for_it() -> None:
    for words in (("agents", "top-up"), ("agents", "pay-out")):
        assert "reference" not in called(*words, "014", "200", "--note", "wants it back").output
    assert "Give an id, or --reason" in called("jobs", "retry").output


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
