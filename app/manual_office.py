"""An office that has no system: what it is asked goes to the work list of its clerks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from app.messages import Handed
from app.ports import Board, Clock
from app.tasks import Named, Task

ComplainsOf = Callable[[str, Mapping[str, str], str], Awaitable[Named | None]]
"""Whom an operation with some arguments complains of, for a request by its id."""


async def _nobody(operation: str, arguments: Mapping[str, str], request_id: str) -> None:
    return None


class ManualOffice:
    """`app.ports.Office` of an office that has no system: what is asked goes to its work list, and no answer comes."""

    def __init__(
        self, name: str, promise_days: int, board: Board, clock: Clock, complains_of: ComplainsOf = _nobody
    ) -> None:
        self.name = name
        self._complains_of = complains_of
        self._promise = timedelta(days=promise_days)
        self._board = board
        self._clock = clock

    async def ask(self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float) -> Handed:
        """`key` is that of a request's stage; the same one is on the list once. Raises `StoreUnavailable`."""
        request_id, _, stage = key.rpartition(":")
        named, now = await self._complains_of(operation, arguments, request_id), self._clock()
        task = Task(key, request_id, int(stage), self.name, operation, now, now + self._promise)
        await self._board.open(task, named)
        return Handed()

    async def close(self) -> None:
        return None
