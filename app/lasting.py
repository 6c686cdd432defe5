"""The processes that last for months: gateways and workers. They carry nothing that only a command line needs."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from app import limits
from app.settings import Settings

FINERY = ("pygments", "rich")
"""What structlog and httpx load, where it is installed, to colour a terminal that these processes do not have."""


def serve(settings: Settings, workers: int | None = None) -> None:
    """`workers` None: as many as the settings say."""
    if (count := workers or settings.workers) > 1:
        from app.serving import serve_together

        serve_together(settings, count)
        return
    _prepare()
    from app.main import serve as serve_gateway

    serve_gateway(settings)


def serve_one(descriptor: int, place: int, count: int, sockets: Path) -> None:
    """One of the gateways that `mohala serve --workers` starts."""
    _prepare()
    from app.main import serve as serve_gateway
    from app.web.siblings import Siblings

    serve_gateway(Settings.load(), socket.socket(fileno=descriptor), Siblings(place, count, sockets))


def work() -> None:
    _prepare()
    from app.worker import work as work_on

    work_on(Settings.load())


def _prepare() -> None:
    # Each of the statements of a write gives the interpreter away and has to get it back from turns that compute: with
    # Python's own patience a crowd made a filing wait a quarter of a second for the others of its commit.
    sys.setswitchinterval(limits.thread_switch_seconds)
    for name in FINERY:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # the language's way to say: not installed
