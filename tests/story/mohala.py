"""How tests start a command of `mohala` without paying for its imports each time."""

from __future__ import annotations

import atexit
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("commands.py")
START_SECONDS_MAX = 60.0


@cache
def mohala_command() -> tuple[str, ...]:
    """What to start with in the place of `python -m app.entry`; that it starts as a user starts it, others show."""
    directory = TemporaryDirectory(prefix="mohala-")
    path = Path(directory.name) / "commands"
    words = (sys.executable, "-E", "-S", str(SCRIPT), str(path), "--")
    server = subprocess.Popen([sys.executable, str(SCRIPT), str(path)], cwd=ROOT, stdin=subprocess.PIPE)

    def end() -> None:
        assert server.stdin is not None
        server.stdin.close()
        server.wait()
        directory.cleanup()

    atexit.register(end)
    deadline = time.monotonic() + START_SECONDS_MAX
    while not path.exists():
        assert server.poll() is None and time.monotonic() < deadline, "the server of commands did not start"
        time.sleep(0.02)
    return words
