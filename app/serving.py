"""`mohala serve --workers N`: several gateway processes that accept from one listening socket, under a supervisor.

A process that dies is started again; what waited in the socket's queue is taken by the others meanwhile. They share
nothing but the session server and the database, as gateways on several machines do.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from app import limits
from app.listening import listen
from app.printable import printable
from app.processes import Child, Keeper, supervise
from app.settings import Settings

READY_SECONDS = 40.0
STOP_SECONDS = limits.worker_stop_seconds + 0.3


def serve_together(settings: Settings, count: int) -> None:
    """Serve in `count` processes until a signal comes.

    Raises `SettingsWrong`, also for a port that is taken, or `PartsFailed` when a process will not stay alive.
    """
    settings.check_serving()
    with listen(settings) as listening, tempfile.TemporaryDirectory(prefix="mohala-") as directory:

        def begin(keeper: Keeper, leash: int) -> None:
            door = listening.fileno()
            keeper.start(*(_process(place, count, door, directory, leash) for place in range(count)))
            keeper.until(lambda: len(list(Path(directory).iterdir())) == count, "gateway", READY_SECONDS)
            _say(f"{count} processes serve port {settings.port}")

        supervise(_say, begin)


def _process(place: int, count: int, door: int, directory: str, leash: int) -> Child:
    words = ["serve-one", str(door), str(place), str(count), directory]
    return Child(f"gateway {place + 1} of {count}", words, STOP_SECONDS, os.environ, leash, [door])


def _say(text: str) -> None:
    with suppress(OSError):  # standard output may be gone; what runs must still be stopped
        sys.stdout.write(f"mohala: {printable(text)}\n")
        sys.stdout.flush()
