"""The launcher: private, found again after a killed parent, gone after stop, never two on one directory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.errors import SettingsWrong
from sessions.address import read_address
from sessions.embedded import EmbeddedValkey

KILLED_PARENT = """
import os, sys
from pathlib import Path
from sessions.embedded import EmbeddedValkey
server = EmbeddedValkey(Path(sys.argv[1]))
server.start(within_seconds=30)
print(server.process_id, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def directory(tmp_path):
    """A directory whose server is stopped afterwards, whoever started it."""
    yield tmp_path / "valkey data"
    heir = EmbeddedValkey(tmp_path / "valkey data")
    if (tmp_path / "valkey data" / "lock").exists():
        heir.start(within_seconds=30)
        heir.stop()


def ask(server: EmbeddedValkey) -> redis.Redis:
    path = read_address(server.url).path
    return redis.Redis(unix_socket_path=path, decode_responses=True, retry=Retry(NoBackoff(), 0))


def answers(server: EmbeddedValkey) -> bool:
    try:
        return bool(ask(server).ping())
    except redis.ConnectionError:
        return False


def test_it_answers_after_start_and_is_gone_after_stop(directory):
    server = EmbeddedValkey(directory)
    server.start(within_seconds=30)
    process_id = server.process_id
    assert answers(server)
    server.stop()
    assert not answers(server)
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)


def test_it_keeps_what_was_stored_over_a_stop_and_a_start(directory):
    server = EmbeddedValkey(directory)
    server.start(within_seconds=30)
    ask(server).set("district", "Maseru")
    server.stop()
    server.start(within_seconds=30)
    assert ask(server).get("district") == "Maseru"


def test_its_settings_are_those_of_a_store_that_may_lose_nothing_silently(directory):
    server = EmbeddedValkey(directory, appendfsync="always")
    server.start(within_seconds=30)
    wanted = {
        "appendonly": "yes",
        "appendfsync": "always",
        "aof-load-truncated": "yes",
        "maxmemory-policy": "noeviction",
        "port": "0",
        "save": "",
        "dir": str(directory),
    }
    assert {name: ask(server).config_get(name)[name] for name in wanted} == wanted


def test_nobody_else_may_enter_its_directory_or_its_socket(directory):
    server = EmbeddedValkey(directory)
    server.start(within_seconds=30)
    assert directory.stat().st_mode & 0o777 == 0o700
    assert Path(read_address(server.url).path).stat().st_mode & 0o777 == 0o700
    assert server.log_file.stat().st_mode & 0o777 == 0o600


def test_the_server_of_a_killed_parent_is_adopted_and_can_be_stopped(directory):
    parent = subprocess.run([sys.executable, "-c", KILLED_PARENT, str(directory)], capture_output=True, check=False)
    left_behind = int(parent.stdout)
    assert parent.returncode == -signal.SIGKILL
    heir = EmbeddedValkey(directory)
    heir.start(within_seconds=30)
    assert heir.process_id == left_behind
    heir.stop()
    assert not answers(heir)


def test_a_second_launcher_shares_the_server_of_the_first(directory):
    first, second = EmbeddedValkey(directory), EmbeddedValkey(directory)
    first.start(within_seconds=30)
    second.start(within_seconds=30)
    assert second.process_id == first.process_id


def test_launchers_that_start_at_once_start_one_server(directory):
    servers = [EmbeddedValkey(directory) for _ in range(6)]
    threads = [threading.Thread(target=server.start, args=(30,)) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({server.process_id for server in servers}) == 1


def test_a_killed_server_is_started_again_by_the_same_launcher(directory):
    server = EmbeddedValkey(directory)
    server.start(within_seconds=30)
    killed = server.process_id
    os.kill(killed, signal.SIGKILL)
    server.start(within_seconds=30)
    assert server.process_id != killed and answers(server)


def test_a_server_that_stands_still_is_ended_all_the_same(directory):
    server = EmbeddedValkey(directory)
    server.start(within_seconds=30)
    os.kill(server.process_id, signal.SIGSTOP)
    began = time.monotonic()
    server.stop()
    assert 3 <= time.monotonic() - began < 5
    server.start(within_seconds=30)
    assert answers(server)


def test_an_adopted_server_that_stands_still_is_ended_too(directory):
    first, heir = EmbeddedValkey(directory), EmbeddedValkey(directory)
    first.start(within_seconds=30)
    heir.start(within_seconds=30)
    os.kill(heir.process_id, signal.SIGSTOP)
    heir.stop()
    first.start(within_seconds=30)
    assert answers(first)


def test_a_directory_with_a_long_name_keeps_its_socket_elsewhere(tmp_path):
    long = tmp_path / ("a-very-long-name-" * 10)
    server = EmbeddedValkey(long)
    server.start(within_seconds=30)
    socket = Path(read_address(server.url).path)
    heir = EmbeddedValkey(long)
    heir.start(within_seconds=30)
    assert heir.process_id == server.process_id
    assert len(os.fsencode(socket)) <= 100 and socket.parent.stat().st_mode & 0o777 == 0o700
    server.stop()
    assert not socket.parent.exists()


def test_a_server_of_somebody_else_on_the_socket_is_refused(tmp_path):
    theirs, ours = EmbeddedValkey(tmp_path / "theirs"), EmbeddedValkey(tmp_path / "ours")
    theirs.start(within_seconds=30)
    try:
        (tmp_path / "ours").mkdir()
        (tmp_path / "ours" / "valkey.sock").symlink_to(read_address(theirs.url).path)
        with pytest.raises(SettingsWrong, match="elsewhere"):
            ours.start(within_seconds=30)
        ours.stop()
        assert answers(theirs)
    finally:
        theirs.stop()


def test_a_setting_that_the_server_refuses_points_to_its_log(directory):
    server = EmbeddedValkey(directory, appendfsync="sometimes")
    with pytest.raises(SettingsWrong, match=r"valkey\.log"):
        server.start(within_seconds=30)
    assert "appendfsync" in server.log_file.read_text()


def test_a_file_that_is_damaged_in_the_middle_is_refused_and_not_overwritten(directory):
    server = EmbeddedValkey(directory)
    server.start(within_seconds=30)
    for number in range(50):
        ask(server).set(f"district {number}", "Maseru")
    server.stop()
    (appended,) = directory.glob("appendonlydir/*.incr.aof")
    whole = appended.read_bytes()
    appended.write_bytes(whole.replace(b"*3\r\n", b"?3\r\n", 30))
    with pytest.raises(SettingsWrong, match=r"valkey\.log"):
        server.start(within_seconds=30)
    appended.write_bytes(whole)
    server.start(within_seconds=30)
    assert ask(server).get("district 49") == "Maseru"


def test_stop_without_start_does_nothing_and_may_be_repeated(directory):
    server = EmbeddedValkey(directory)
    server.stop()
    server.start(within_seconds=30)
    server.stop()
    server.stop()
    assert not answers(server)
