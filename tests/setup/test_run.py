"""`mohala run`: one supervisor, real processes, real signals."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import stat
import time
import urllib.parse
import urllib.request
from contextlib import suppress

import pytest


def dial_as_told(told: str) -> str:
    """Send what the printed curl line would send."""
    words = shlex.split(next(line for line in told.splitlines() if "curl --data-urlencode" in line))
    fields = [tuple(word.split("=", 1)) for word in words if "=" in word]
    body = urllib.parse.urlencode(fields).encode()
    with urllib.request.urlopen(words[-1], body, timeout=10) as answer:
        return answer.read().decode()


def test_what_it_prints_can_be_dialled_and_opened(running):
    assert dial_as_told(running.told).startswith("CON ")
    with urllib.request.urlopen(f"http://127.0.0.1:{running.port}/phone", timeout=10) as page:
        assert b"<html" in page.read()
    assert f"http://127.0.0.1:{running.port}/phone" in running.told
    assert f"http://127.0.0.1:{running.sandbox_port}/sms?to=" in running.told


def test_what_it_keeps_is_for_its_owner_only(running):
    assert stat.S_IMODE(running.home.stat().st_mode) == 0o700
    files = [running.home / "keys", *(running.home / "secrets").iterdir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


@pytest.mark.parametrize("part", ["gateway", "worker", "sandbox", "valkey-server"])
def test_a_part_that_is_killed_is_started_again_and_ready(running, part):
    killed = running.kill(part)
    at = time.monotonic()
    running.wait_until(lambda: running.process_of(part) not in {None, killed}, f"the {part} runs again")
    running.wait_until(running.ready, "the gateway is ready again")
    print(f"the {part} was away for {time.monotonic() - at:.1f} s")
    assert dial_as_told(running.told).startswith("CON ")


def test_a_run_beside_a_running_one_says_so_in_one_sentence(running):
    beside = type(running)(running.home, running.port, running.sandbox_port)
    beside.log = running.log.with_suffix(".beside")
    beside.start()
    assert beside.end() == 1
    assert beside.told == (
        f"mohala: Mohala already runs in {running.home}: "
        "stop that one first, or set MOHALA_HOME to another directory.\n"
    )
    assert running.ready()


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGINT,
        pytest.param(signal.SIGTERM, marks=pytest.mark.hunt),
        pytest.param(signal.SIGHUP, marks=pytest.mark.hunt),
    ],
)
def test_a_signal_stops_all_of_it_and_leaves_no_process(running, number):
    assert len(running.processes()) == 5
    asked = time.monotonic()
    os.killpg(running.process.pid, number)
    assert running.end() == 0
    print(f"all of it was gone after {time.monotonic() - asked:.1f} s")
    assert running.processes() == {}


def test_a_signal_while_it_starts_leaves_no_process(country):
    country.start()
    country.wait_until(lambda: "starting the sandbox" in country.told, "the start is half way")
    country.process.send_signal(signal.SIGINT)
    assert country.end() == 0
    assert country.processes() == {}


def test_a_second_run_finds_what_was_stored(running):
    first_screen = dial_as_told(running.told)
    keys = (running.home / "keys").read_bytes()
    running.process.send_signal(signal.SIGINT)
    running.end()
    running.start_and_wait()
    assert dial_as_told(running.told) == first_screen
    assert (running.home / "keys").read_bytes() == keys
    assert "made the sealing key" not in running.told


@pytest.mark.parametrize(("taken", "setting"), [("port", "MOHALA_PORT"), ("sandbox_port", "MOHALA_SANDBOX_PORT")])
def test_a_taken_port_is_named_with_the_setting_that_moves_it(country, taken, setting):
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        port = somebody.getsockname()[1]
        setattr(country, taken, port)
        country.start()
        assert country.end() == 1
    assert country.told == (
        f"mohala: Port {port} on 127.0.0.1 is taken: free it, or set {setting} to another port, "
        f"as in `{setting}={port + 10} make run`.\n"
    )
    assert country.processes() == {}


def test_it_does_not_open_a_development_country_to_the_network(country, monkeypatch):
    monkeypatch.setattr(type(country), "environment", {**country.environment, "MOHALA_HOST": "0.0.0.0"})
    country.start()
    assert country.end() == 1
    assert country.told.startswith("mohala: `mohala run` is for this machine only, and MOHALA_HOST is 0.0.0.0: ")
    assert country.processes() == {}


def test_a_lost_key_file_is_not_replaced_by_a_new_key(country):
    country.home.mkdir(mode=0o700)
    (country.home / "mohala.db").touch()
    country.start()
    assert country.end() == 1
    assert "put it back" in country.told
    assert not (country.home / "keys").exists()


def test_a_part_that_keeps_dying_stops_everything_with_a_sentence(running):
    def gives_up() -> bool:
        if worker := running.process_of("worker"):
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        return running.process.poll() is not None

    running.wait_until(gives_up, "the supervisor gives up")
    assert running.end() == 1
    assert "The worker died 6 times within 60 s" in running.told
    assert running.processes() == {}


def test_killing_the_supervisor_takes_its_children_with_it_and_the_next_run_adopts_the_sessions(running):
    country = running
    store = country.process_of("valkey-server")
    country.process.kill()
    country.process.wait()
    country.wait_until(lambda: set(country.processes()) == {store}, "only the session server is left")
    country.start_and_wait()
    assert country.process_of("valkey-server") == store
    country.process.send_signal(signal.SIGINT)
    assert country.end() == 0
    assert country.processes() == {}
