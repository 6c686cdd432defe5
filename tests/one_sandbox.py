"""A sandbox country that is made and served once and is as new for each test: making one takes a quarter second."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime

from integrations.sandbox import SandboxSettings, create_sandbox
from integrations.sandbox.knobs import Knobs, OfficeName


class OneSandbox:
    """`app` is to be served until the last test; what M-Pesa has in memory, its sessions, is not made new."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._clock: Callable[[], datetime] | None = None
        self._random_bytes: Callable[[int], bytes] | None = None
        self.app = create_sandbox(settings, self._now, self._bytes)
        self._rows: sqlite3.Connection = self.app.state.country.store._connection
        self._made = sqlite3.connect(":memory:", check_same_thread=False)
        self._rows.backup(self._made)

    def make_new(self, clock: Callable[[], datetime], random_bytes: Callable[[int], bytes]) -> None:
        """Forget all that was told to it, and take this test's time and chance."""
        self._made.backup(self._rows)
        self.app.state.board._knobs.update(dict.fromkeys(OfficeName, Knobs()))
        self.app.state.security_server._log.clear()
        self._clock, self._random_bytes = clock, random_bytes

    def close(self) -> None:
        with closing(self._made):
            self._clock = self._random_bytes = None

    def _now(self) -> datetime:
        assert self._clock is not None, "no test has begun"
        return self._clock()

    def _bytes(self, length: int) -> bytes:
        assert self._random_bytes is not None, "no test has begun"
        return self._random_bytes(length)
