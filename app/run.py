"""`mohala run`: the whole country on one machine, under one supervisor."""

from __future__ import annotations

import errno
import fcntl
import http.client
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from app.errors import MohalaError, SettingsWrong
from app.keys import new_key_line
from app.processes import Child, Keeper, leash
from app.settings import Settings
from integrations.database import migrate
from sessions.embedded import EmbeddedValkey

READY_SECONDS = 40.0
STOP_SECONDS = 3.5
PORT_PATIENCE_SECONDS = 2.0
DEVELOPMENT_SECRET = "dev"  # noqa: S105  # no secret at all, and said so where it is used
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(settings: Settings) -> int:
    """Start everything, keep it alive until a signal comes, stop everything; returns an exit code."""
    stopping = threading.Event()
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in SIGNALS}
    keeper = Keeper(_say, stopping)
    try:
        with _only_one(settings), leash() as held:
            try:
                _start(settings, keeper, held, stopping)
                keeper.watch()
            finally:
                _say("stopping")
                keeper.stop(STOP_SECONDS)
    except MohalaError as error:
        _say(str(error))
        return 1
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


def _start(settings: Settings, keeper: Keeper, held: int, stopping: threading.Event) -> None:
    _make_key_file(settings)
    _ports_free(settings)
    store_url = settings.redis_url
    if store_url is None:
        _say("starting the embedded Valkey")
        store = _Store(settings.embedded_store_dir)
        keeper.start(store)
        store_url = store.url
    _say("bringing the database up to date")
    migrate(settings.database)
    environment = _environment(settings, store_url)
    for name, command in (("sandbox", "sandbox"), ("worker", "worker"), ("gateway", "serve")):
        if stopping.is_set():
            return
        _say(f"starting the {name}")
        keeper.start(Child(name, command, environment, held))
    keeper.until(lambda: _listens("127.0.0.1", settings.sandbox_port), "sandbox", READY_SECONDS)
    keeper.until(lambda: _ready(_reachable(settings.host), settings.port), "gateway", READY_SECONDS)
    if not stopping.is_set():
        _welcome(settings)


class _Store:
    """The embedded Valkey as a part: started again on the same directory, so on the same data."""

    name = "embedded Valkey"

    def __init__(self, directory: Path) -> None:
        self._server = EmbeddedValkey(directory)

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> None:
        self._server.start()

    def alive(self) -> bool:
        return not self._server._has_ended()

    def stop(self, seconds: float) -> None:
        self._server.stop()  # has a limit of its own


# --- before the start ------------------------------------------------------------------------------------------


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """Make the home directory and hold its lock, which the kernel gives back even after `kill -9`."""
    if not settings.home.exists():
        settings.home.mkdir(mode=0o700, parents=True)
    with (settings.home / "run.lock").open("a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SettingsWrong(
                f"Mohala already runs in {settings.home.resolve()}: "
                "stop that one first, or set MOHALA_HOME to another directory."
            ) from None
        yield


def _make_key_file(settings: Settings) -> None:
    path = settings.keys
    if path.exists():
        return
    if settings.database_url is None and (settings.home / "mohala.db").exists():
        raise SettingsWrong(f"{path} is missing, and {settings.home / 'mohala.db'} was sealed with it: put it back.")
    line = new_key_line(f"k{datetime.now(UTC):%Y%m%d}", os.urandom)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(line)
    _say(f"made a sealing key in {path}; keep a copy of it, nothing that is stored opens without it")


def _ports_free(settings: Settings) -> None:
    if settings.port == settings.sandbox_port:
        raise SettingsWrong("MOHALA_PORT and MOHALA_SANDBOX_PORT name the same port: give one of them another.")
    _port_free(settings.host, settings.port, "MOHALA_PORT")
    _port_free("127.0.0.1", settings.sandbox_port, "MOHALA_SANDBOX_PORT")


def _port_free(host: str, port: int, setting: str) -> None:
    """Raise if the port cannot be listened on; waits a moment for children of a killed supervisor to leave."""
    deadline = time.monotonic() + PORT_PATIENCE_SECONDS
    while True:
        try:
            _bind(host, port)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and time.monotonic() < deadline:
                time.sleep(0.1)
                continue
            why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            raise SettingsWrong(
                f"Port {port} on {host} {why}: "
                f"free it, or set {setting} to another port, as in `{setting}={port + 10} make run`."
            ) from None
        return


def _bind(host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


def _environment(settings: Settings, store_url: str) -> dict[str, str]:
    """The caller's environment with what a development country needs; what the caller set stays."""
    filled = {
        "MOHALA_HOME": str(settings.home.resolve()),
        "MOHALA_CALLBACK_SECRET": settings.callback_secret or DEVELOPMENT_SECRET,
        "MOHALA_REDIS_URL": store_url,
        "MOHALA_DATABASE_URL": settings.database,
        "MOHALA_KEYS_FILE": str(settings.keys.resolve()),
        "MOHALA_AFRICASTALKING_URL": settings.africastalking_url or f"{settings.sandbox_url}/version1",
        "MOHALA_PHONE": "true",
        "PYTHONUNBUFFERED": "1",
    }
    return {**os.environ, **filled}


# --- after the start -------------------------------------------------------------------------------------------


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # a comparison, not a bind


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _ready(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _welcome(settings: Settings) -> None:
    host = _reachable(settings.host)
    gateway = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    secret = "$MOHALA_CALLBACK_SECRET" if settings.callback_secret else DEVELOPMENT_SECRET
    fields = (
        "sessionId=first-dial",
        "phoneNumber=+26650123456",
        f"serviceCode={settings.service_code}",
        "networkCode=65101",
        "text=",
    )
    dial = " ".join(f"--data-urlencode '{field}'" for field in fields)
    lines = (
        ("open", f"{gateway}/phone"),
        ("dial", f"{settings.service_code} on that phone, or from another terminal:"),
        ("", f'curl {dial} "{gateway}/callbacks/{secret}/africastalking/ussd"'),
        ("SMS sent", f"curl '{settings.sandbox_url}/sms?to=%2B26650123456'"),
        ("kept in", str(settings.home.resolve())),
        ("stop", "Ctrl-C"),
    )
    _write("\n".join(["", "Mohala is ready.", "", *(f"  {name:<10}{text}" for name, text in lines), "", ""]))


def _say(text: str) -> None:
    _write(f"mohala: {text}\n")


def _write(text: str) -> None:
    with suppress(OSError):  # the terminal may be gone; what runs must still be stopped
        sys.stdout.write(text)
        sys.stdout.flush()
