"""`mohala dial` as its users start it: in a pipe, and on a terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

from app.authoring.conversations.files import read_files
from tests.story.country import ROOT, Country, free_port
from tests.story.mohala import mohala_command
from tests.terminal.parts import new_number

MISSING = "import sys; sys.modules['textual'] = None; sys.argv[0] = 'mohala'; from app.entry import main; main()"


def environment(country: Country | None = None) -> dict[str, str]:
    ports = {"MOHALA_PORT": str(country.port), "MOHALA_SANDBOX_PORT": str(country.sandbox_port)} if country else {}
    return {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": "120"} | ports


def in_a_pipe(country: Country, *arguments: str, typed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*mohala_command(), "dial", "--number", new_number(), *arguments],
        cwd=ROOT, input=typed, capture_output=True, text=True, timeout=60, check=False, env=environment(country),
    )  # fmt: skip


def on_a_terminal(words: list[str], sees: bytes, presses: bytes, env: dict[str, str]) -> tuple[int, bytes]:
    """Run on a terminal of its own, press keys when something is seen; gives the exit code and all that was drawn."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(words, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, env=env, close_fds=True)
    os.close(theirs)
    drawn, pressed, deadline = b"", False, time.monotonic() + 30
    try:
        while time.monotonic() < deadline:
            if select.select([ours], [], [], 0.1)[0]:
                try:
                    drawn += os.read(ours, 65_536)
                except OSError:  # its end is closed: it has ended
                    break
            if not pressed and sees in drawn:
                pressed = os.write(ours, presses) > 0
        return process.wait(10), drawn
    finally:
        process.kill()
        os.close(ours)


def test_a_script_in_a_pipe_walks_two_phones_and_records(country: Country, file: Path) -> None:
    agent = new_number()
    typed = ":agent\n:dial\n2\n:citizen\n3\n:drop\n"
    ran = in_a_pipe(country, "--plain", "--agent", agent, "--record", str(file), typed=typed)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.startswith("Recorded as `recorded ") and ran.stderr.endswith(f"in {file}: 5 turns.\n")
    [conversation] = read_files([file])
    assert [turn.number == agent for turn in conversation.turns] == [False, True, True, False, False]


def test_a_pipe_without_plain_ends_with_the_dialogue(country: Country) -> None:
    ran = in_a_pipe(country, "*384*26600*3*01234567897*50#", typed="2\n:nonsense\n")
    assert ran.returncode == 0 and ran.stdout.endswith("> Ha ho chelete e nkiloeng.\n\n")


def test_digits_that_lead_to_a_language_may_be_told(country: Country) -> None:
    ran = in_a_pipe(country, "--plain", "--language-digits", "en=8*2", typed=":language\n")
    assert ran.returncode == 0 and "Welcome to Mohala. Choose:" in ran.stdout


def test_a_number_that_is_none_is_one_clear_sentence(country: Country) -> None:
    ran = in_a_pipe(country, "--agent", "62123456", typed=":agent\n")
    assert ran.returncode == 1
    assert ran.stderr == "mohala: 62123456 is no number with its country code: write it like +12025550123.\n"


def test_on_a_terminal_the_full_screen_opens_and_ctrl_q_closes_it(country: Country) -> None:
    words = [sys.executable, "-m", "app.entry", "dial", "*384*26600*3#", "--number", new_number()]
    code, drawn = on_a_terminal(words, b"Reka", b"\x11", environment(country))
    assert code == 0, drawn.decode(errors="replace")
    assert b"\x1b[?1049h" in drawn and b"septets" in drawn


def test_on_a_terminal_plain_asks_for_lines_and_forgives(country: Country) -> None:
    words = [sys.executable, "-m", "app.entry", "dial", "--plain", "--number", new_number()]
    code, drawn = on_a_terminal(words, b"> ", b":fly\r:quit\r", environment(country))
    assert code == 0 and b"There is no :fly" in drawn


def test_without_textual_the_full_screen_says_what_to_install() -> None:
    env = environment() | {"MOHALA_PORT": str(free_port())}
    code, drawn = on_a_terminal([sys.executable, "-c", MISSING, "dial"], b"nothing", b"", env)
    assert code == 1
    assert b"mohala: The full-screen phone needs textual: run `pip install 'mohala[phone]'`" in drawn
