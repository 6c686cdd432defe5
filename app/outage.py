"""When the session store was last found away."""

from __future__ import annotations

from collections.abc import Callable

from app import limits


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
