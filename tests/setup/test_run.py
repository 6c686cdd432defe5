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
def test_a_part_that_is_killed_is_started_again_and_ready_within_5_s(running, part):
    killed = running.kill(part)
    at = time.monotonic()
    running.wait_until(lambda: running.process_of(part) not in {None, killed}, 5, f"the {part} runs again")
    running.wait_until(running.ready, 5 - (time.monotonic() - at), "the gateway is ready again")
    assert dial_as_told(running.told).startswith("CON ")


def test_a_run_beside_a_running_one_says_so_in_one_sentence(running):
    beside = type(running)(running.home, running.port, running.sandbox_port)
    beside.log = running.log.with_suffix(".beside")
    beside.start()
    assert beside.end(30) == 1
    assert beside.told == (
        f"mohala: Mohala already runs in {running.home}: "
        "stop that one first, or set MOHALA_HOME to another directory.\n"
    )
    assert running.ready()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_of_it_within_5_s_and_leaves_no_process(country, number):
    country.start_and_wait()
    assert len(country.processes()) == 5
    asked = time.monotonic()
    os.killpg(country.process.pid, number)
    assert country.end() == 0
    assert time.monotonic() - asked < 5
    assert country.processes() == {}


def test_a_signal_while_it_starts_leaves_no_process(country):
    country.start()
    country.wait_until(lambda: "starting the sandbox" in country.told, 30, "the start is half way")
    country.process.send_signal(signal.SIGINT)
    assert country.end() == 0
    assert country.processes() == {}


def test_a_second_run_finds_what_was_stored(country):
    country.start_and_wait()
    first_screen = dial_as_told(country.told)
    keys = (country.home / "keys").read_bytes()
    country.process.send_signal(signal.SIGINT)
    country.end()
    country.start_and_wait()
    assert dial_as_told(country.told) == first_screen
    assert (country.home / "keys").read_bytes() == keys
    assert "made the sealing key" not in country.told


@pytest.mark.parametrize(("taken", "setting"), [("port", "MOHALA_PORT"), ("sandbox_port", "MOHALA_SANDBOX_PORT")])
def test_a_taken_port_is_named_with_the_setting_that_moves_it(country, taken, setting):
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        port = somebody.getsockname()[1]
        setattr(country, taken, port)
        country.start()
        assert country.end(30) == 1
    assert country.told == (
        f"mohala: Port {port} on 127.0.0.1 is taken: free it, or set {setting} to another port, "
        f"as in `{setting}={port + 10} make run`.\n"
    )
    assert country.processes() == {}


def test_it_does_not_open_a_development_country_to_the_network(country, monkeypatch):
    monkeypatch.setattr(type(country), "environment", {**country.environment, "MOHALA_HOST": "0.0.0.0"})
    country.start()
    assert country.end(30) == 1
    assert country.told.startswith("mohala: `mohala run` is for this machine only, and MOHALA_HOST is 0.0.0.0: ")
    assert country.processes() == {}


def test_a_lost_key_file_is_not_replaced_by_a_new_key(country):
    country.home.mkdir(mode=0o700)
    (country.home / "mohala.db").touch()
    country.start()
    assert country.end(30) == 1
    assert "put it back" in country.told
    assert not (country.home / "keys").exists()


def test_a_part_that_keeps_dying_stops_everything_with_a_sentence(country):
    country.start_and_wait()
    for _ in range(6):
        killed = country.kill("worker")
        country.wait_until(lambda gone=killed: gone not in country.processes(), 5, "the worker is gone")
    assert country.end() == 1
    assert "The worker died 6 times within 60 s" in country.told
    assert country.processes() == {}


def test_killing_the_supervisor_takes_its_children_with_it_and_the_next_run_adopts_the_sessions(country):
    country.start_and_wait()
    store = country.process_of("valkey-server")
    country.process.kill()
    country.process.wait()
    country.wait_until(lambda: set(country.processes()) == {store}, 5, "only the session server is left")
    country.start_and_wait()
    assert country.process_of("valkey-server") == store
    country.process.send_signal(signal.SIGINT)
    assert country.end() == 0
    assert country.processes() == {}
