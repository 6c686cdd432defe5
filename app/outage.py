"""When the session store was last found away, and what it counts otherwise."""

from __future__ import annotations

from collections.abc import Callable

from app import limits
from app.bounded import shorten


class Outage:
    """For as long as a session lives, the store may hold one that has not heard all that we answered meanwhile."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._until = float("-inf")

    @property
    def is_recent(self) -> bool:
        return self._monotonic() < self._until

    def remember(self) -> None:
        self._until = self._monotonic() + limits.session_seconds_max


class Dials:
    """How often a number dialled here within a minute of its first dial, for as many as `dials_counted_max`."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._counted: dict[bytes, tuple[float, int]] = {}

    def count(self, caller: bytes) -> int:
        now = self._monotonic()
        began, dialled = self._counted.pop(caller, (now, 0))
        if now - began >= 60:
            began, dialled = now, 0
        self._counted[caller] = began, dialled + 1
        shorten(self._counted, limits.dials_counted_max)
        return dialled + 1
