"""`mohala run`: the whole country on one machine, under one supervisor."""

from __future__ import annotations

import errno
import fcntl
import http.client
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app import limits
from app.errors import SettingsWrong
from app.handsets import Handsets
from app.pack import Pack
from app.pack_files import read_pack
from app.pretending import make_secrets, office_addresses, office_token_urls, wallets_of
from app.printable import printable
from app.processes import Child, Keeper, supervise
from app.settings import LOOPBACK, Settings

READY_SECONDS = 40.0
# With these Ctrl-C ends within 5 s: the worker may give its jobs back, and the rest has nothing to lose.
WORK_STOP_SECONDS = limits.worker_stop_seconds + 0.3
SERVE_STOP_SECONDS = WORK_STOP_SECONDS + 0.3  # it may be a supervisor itself
SANDBOX_STOP_SECONDS = 0.5
PORT_PATIENCE_SECONDS = 2.0
DEVELOPMENT_SECRET = "dev"  # noqa: S105  # no secret at all, and said so where it is used


def run(settings: Settings) -> int:
    """Start everything, keep it alive until a signal comes, stop everything; returns an exit code.

    Raises `MohalaError`, with nothing left running, when something cannot start or will not stay alive.
    """
    with _only_one(settings):
        supervise(_say, lambda keeper, held: _start(settings, keeper, held))
    return 0


def _start(settings: Settings, keeper: Keeper, held: int) -> None:
    pack = read_pack(settings.pack)
    _for_this_machine_only(settings)
    _ports_free(settings)
    make_secrets(settings, pack, _say)
    environment = _environment(settings, pack)
    # Needs neither sessions nor database: it loads on another core while those are made ready.
    keeper.start(Child("sandbox", ["sandbox"], SANDBOX_STOP_SECONDS, environment, held))
    store_url = settings.redis_url or _start_store(settings, keeper)
    _bring_database_up_to_date(settings)
    _publish(settings)
    at_point = _enrol_demo_agent(settings, pack, environment)
    if keeper.is_stopping:
        return
    environment |= {"MOHALA_REDIS_URL": store_url}
    keeper.start(
        Child("worker", ["worker"], WORK_STOP_SECONDS, environment, held),
        Child("gateway", ["serve"], SERVE_STOP_SECONDS, environment, held),
    )
    keeper.until(lambda: _listens("127.0.0.1", settings.sandbox_port), "sandbox", READY_SECONDS)
    keeper.until(lambda: _ready(settings.host, settings.port), "gateway", READY_SECONDS)
    if not keeper.is_stopping:
        _welcome(settings, pack.handsets, at_point)


def _start_store(settings: Settings, keeper: Keeper) -> str:
    store = _Store(settings.embedded_store_dir)
    keeper.start(store)
    return store.url


def _bring_database_up_to_date(settings: Settings) -> None:
    from integrations.database import migrate  # a second of imports, which the sandbox's start need not wait for

    _say("bringing the database up to date")
    migrate(settings.database)


def _publish(settings: Settings) -> None:
    from app.publishing import publish_if_changed  # everything that serves hangs on it; the same second of imports

    if told := publish_if_changed(settings, settings.pack):
        _say(told)


def _enrol_demo_agent(settings: Settings, pack: Pack, environment: dict[str, str]) -> str:
    """Somebody to bring the cash to, in the sandbox country only; returns the name of the service point."""
    from app.demo_agent import demo_number, enrol_demo_agent  # hangs on the database too

    at_point = enrol_demo_agent(settings, pack)
    if at_point:
        environment["MOHALA_PHONE_AGENT"] = demo_number(pack)
    return at_point


class _Store:
    """The embedded Valkey as a part: started again on the same directory, so on the same data."""

    name = "embedded Valkey"

    def __init__(self, directory: Path) -> None:
        from sessions.embedded import EmbeddedValkey

        self._server = EmbeddedValkey(directory)

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> None:
        self._server.start()

    def alive(self) -> bool:
        return not self._server.has_ended()

    def ask_to_stop(self) -> None:
        pass

    def stop(self) -> None:
        self._server.stop()


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


def _for_this_machine_only(settings: Settings) -> None:
    """The phone and the sandbox believe everybody, and the usual secret is no secret."""
    if settings.host not in LOOPBACK:
        raise SettingsWrong(
            f"`mohala run` is for this machine only, and MOHALA_HOST is {settings.host}: "
            "unset it, or start `mohala serve` and `mohala worker` with a callback secret of your own."
        )


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


def _environment(settings: Settings, pack: Pack) -> dict[str, str]:
    """The caller's environment with what a development country needs; what the caller set stays."""
    filled = {
        "MOHALA_HOME": str(settings.home.resolve()),
        "MOHALA_CALLBACK_SECRET": settings.callback_secret or DEVELOPMENT_SECRET,
        "MOHALA_DATABASE_URL": settings.database,
        "MOHALA_KEYS_FILE": str(settings.keys.resolve()),
        "MOHALA_OFFICE_ADDRESSES": json.dumps(office_addresses(settings, pack)),
        "MOHALA_OFFICE_TOKEN_URLS": json.dumps(office_token_urls(settings, pack)),
        "MOHALA_PHONE": "true",
        "MOHALA_WALLETS": json.dumps(wallets_of(settings)),
        "MOHALA_PUBLIC_URL": settings.public_url or f"http://127.0.0.1:{settings.port}",
        "PYTHONUNBUFFERED": "1",
    }
    real_account = settings.africastalking_url or settings.africastalking_key_file or settings.secrets_dir
    if not real_account:
        filled["MOHALA_AFRICASTALKING_URL"] = f"{settings.sandbox_url}/version1"
    return {**os.environ, **filled}


# --- after the start -------------------------------------------------------------------------------------------


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


def _welcome(settings: Settings, handsets: Handsets, at_point: str) -> None:
    host, code = settings.host, settings.service_code or handsets.code
    agent = handsets.other_than(handsets.first) if at_point else ""
    gateway = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    secret = "$MOHALA_CALLBACK_SECRET" if settings.callback_secret else DEVELOPMENT_SECRET
    fields = (
        "sessionId=first-dial",
        f"phoneNumber={handsets.first}",
        f"serviceCode={code}",
        f"networkCode={handsets.network_of(handsets.first)}",
        "text=",
    )
    dial = " ".join(f"--data-urlencode '{field}'" for field in fields)
    lines = (
        ("open", f"{gateway}/phone"),
        ("dial", f"{code} on that phone, or from another terminal:"),
        ("", f'curl {dial} "{gateway}/callbacks/{secret}/africastalking/ussd"'),
        *([("agent", f"DEMO at {at_point}, {agent}: a pretend agent with pretend money")] if at_point else []),
        ("SMS sent", f"curl '{settings.sandbox_url}/sms?to={handsets.first.replace('+', '%2B')}'"),
        ("kept in", str(settings.home.resolve())),
        ("stop", "Ctrl-C"),
    )
    _write("\n".join(["", "Mohala is ready.", "", *(f"  {name:<10}{text}" for name, text in lines), "", ""]))


def _say(text: str) -> None:
    _write(f"mohala: {printable(text)}\n")


def _write(text: str) -> None:
    with suppress(OSError):  # the terminal may be gone; what runs must still be stopped
        sys.stdout.write(text)
        sys.stdout.flush()
