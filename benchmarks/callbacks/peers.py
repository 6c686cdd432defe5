"""The gateways for USSD on PyPI: which they are, what each needs beside it, and an environment of its own for each."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import redis

from benchmarks.callbacks.contestants import ROOT, SERVERS, Contestant, free_port

INSTALL_SECONDS = 300.0
ASGI = ("fastapi", "uvicorn", "uvloop", "httptools")  # in the versions that F4 and ours have
WSGI = ("flask==3.1.3", "waitress==3.0.2")


@dataclass(frozen=True, slots=True)
class Peer:
    """`needs` is beside the package: a pin, or a bare name for the version that F4 and ours have."""

    package: str
    what: str
    script: str
    needs: tuple[str, ...]
    path: str = "/ussd"
    over_tcp: bool = False

    @property
    def name(self) -> str:
        return self.package.partition("==")[0]

    def pins(self) -> list[str]:
        return [self.package, *(need if "==" in need else f"{need}=={version(need)}" for need in self.needs)]


# Pins beyond the package itself are where what pip picks today does not run, or where all should have the same.
# mobilex asks for redis-py below 5, anysd gives it an argument that 6 took away, ussd-airflow-engine gives fields of
# marshmallow one that 4 took away.
PEERS = (
    Peer("mobilex==0.0.5", "on FastAPI, sessions in Redis", "peer_mobilex.py", (*ASGI, "redis==4.6.0", "hiredis")),
    Peer(
        "anysd==1.2.7", "on Flask, sessions in Redis over TCP", "peer_anysd.py",
        (*WSGI, "redis==5.3.1", "hiredis"), over_tcp=True,
    ),
    Peer(
        "ussd-airflow-engine==0.0.8.3", "on Flask, sessions in Redis", "peer_airflow.py",
        (*WSGI, "marshmallow==3.26.1", "redis", "hiredis"),
    ),
    Peer("cloey==0.1.3", "its own FastAPI, sessions in memory", "peer_cloey.py", ASGI, path="/"),
    Peer("cardisk==0.4.7", "its own FastAPI, sessions in memory", "peer_cardisk.py", ASGI, path="/"),
)  # fmt: skip


def python_peers(home: Path, pages: Path, store_url: str, is_wanted: Callable[[str], bool]) -> list[Contestant]:
    """All that are wanted and can be installed here; the others are left out, with a word."""
    found = []
    for peer in PEERS:
        environment = home / "peers" / peer.name
        if is_wanted(peer.name) and install(peer, environment):
            url = tcp_url(store_url) if peer.over_tcp else store_url
            found.append(_contestant(peer, environment / "bin" / "python", pages, url))
    return found


def _contestant(peer: Peer, python: Path, pages: Path, url: str) -> Contestant:
    def command(port: int) -> list[str]:
        return [str(python), str(SERVERS / peer.script), str(port), str(pages), url]

    return Contestant(peer.name, peer.what, command, peer.path, lambda port: {"PYTHONPATH": str(ROOT)})


def install(peer: Peer, environment: Path) -> bool:
    """Whether the peer now has a virtual environment with all that it needs; their versions conflict in one."""
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True, timeout=INSTALL_SECONDS)
        subprocess.run([*pip, *peer.pins()], check=True, timeout=INSTALL_SECONDS, capture_output=True)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"Left out, because pip cannot install it here ({type(error).__name__}): {peer.name}")
        return False
    return True


def tcp_url(store_url: str) -> str:
    """A port of the loopback on which the session server listens too from now on; anysd has no word for a socket."""
    port = free_port()
    with redis.Redis.from_url(store_url) as client:
        client.config_set("bind", "127.0.0.1")
        client.config_set("port", port)
    return f"redis://127.0.0.1:{port}"
