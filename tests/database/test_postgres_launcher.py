"""The launcher of PostgreSQL: it leaves nothing behind, however the tests end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")

PROGRAM = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("launcher", sys.argv[1])
module = importlib.util.module_from_spec(spec)
sys.modules["launcher"] = module
spec.loader.exec_module(module)
server = module.PostgresServer()
print(server.pid, server.directory, flush=True)
sys.stdin.readline()
server.remove()
"""


def start():
    launcher = str(Path(__file__).with_name("postgres.py"))
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, launcher], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    pid, directory = process.stdout.readline().split()
    return process, Path(f"/proc/{pid}"), Path(directory)


def test_a_removed_server_leaves_no_process_and_no_file():
    process, server, directory = start()
    assert server.exists()
    process.communicate("\n", timeout=30)
    assert process.returncode == 0
    assert not server.exists()
    assert not directory.exists()


def test_a_server_whose_tests_were_killed_stops_by_itself():
    process, server, directory = start()
    descriptor = os.pidfd_open(int(server.name))
    process.kill()
    process.communicate()
    ended = subprocess.run(
        [sys.executable, "-c", "import select, sys; print(select.select([0], [], [], 20)[0])"],
        stdin=descriptor,
        capture_output=True,
        text=True,
        check=True,
    )
    os.close(descriptor)
    assert ended.stdout == "[0]\n"
    subprocess.run(["rm", "-rf", str(directory)], check=True)
