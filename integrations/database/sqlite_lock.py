"""The right to write or to checkpoint one SQLite file: one holder at a time among all processes."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from pathlib import Path

from app.errors import StoreUnavailable
from integrations.database.limits import lock_poll_seconds


class WriterLock:
    """Two files beside the database, held by `flock`, which the kernel lets go when a process dies.

    Whoever waits holds the turnstile. The last holder cannot pass it again before the waiting one is through, so that
    a busy gateway never starves the worker. Not the database file itself: SQLite's own locks on it are dropped when
    any descriptor of it is closed.
    """

    def __init__(self, database: Path) -> None:
        self._turnstile = _open(database.with_name(f"{database.name}-turn"))
        self._lock = _open(database.with_name(f"{database.name}-lock"))

    def try_acquire(self) -> bool:
        """One attempt without waiting; False when somebody holds it or waits for it."""
        if not _try(self._turnstile):
            return False
        try:
            return _try(self._lock)
        finally:
            fcntl.flock(self._turnstile, fcntl.LOCK_UN)

    async def acquire(self, seconds: float) -> None:
        """Wait in turn; raises `StoreUnavailable` after `seconds`."""
        if self.try_acquire():
            return
        deadline = time.monotonic() + seconds
        await _wait(self._turnstile, deadline)
        try:
            await _wait(self._lock, deadline)
        finally:
            fcntl.flock(self._turnstile, fcntl.LOCK_UN)

    def acquire_blocking(self, seconds: float) -> None:
        """The same for a process that has no event loop."""
        deadline = time.monotonic() + seconds
        while not self.try_acquire():
            if time.monotonic() >= deadline:
                raise _busy()
            time.sleep(0.02)

    def release(self) -> None:
        fcntl.flock(self._lock, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._turnstile)
        os.close(self._lock)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _wait(descriptor: int, deadline: float) -> None:
    while not _try(descriptor):
        if time.monotonic() >= deadline:
            raise _busy()
        await asyncio.sleep(lock_poll_seconds)


def _busy() -> StoreUnavailable:
    return StoreUnavailable("Another process keeps the ledger's file locked; look for one that hangs.")
