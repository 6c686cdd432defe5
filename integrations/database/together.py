"""Questions that are asked at every dial: all that wait are asked together, in one query."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Set
from typing import Generic, TypeVar

from app.errors import StoreUnavailable
from integrations.database.limits import asked_together_max

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Together(Generic[K, V]):
    """One query is out at a time; whoever asks meanwhile is in the next one. `read` raises `StoreUnavailable`."""

    def __init__(self, read: Callable[[Set[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._read = read
        self._waiting: list[tuple[K, asyncio.Future[V | None]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def of(self, key: K) -> V | None:
        answer: asyncio.Future[V | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, answer))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await answer

    async def _ask(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[:asked_together_max]
                del self._waiting[:asked_together_max]
                await self._answer([(key, answer) for key, answer in batch if not answer.done()])
        finally:
            self._asking = None

    async def _answer(self, batch: list[tuple[K, asyncio.Future[V | None]]]) -> None:
        try:
            known = await self._read({key for key, _ in batch})
        except StoreUnavailable as error:
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(StoreUnavailable(str(error)))
            return
        for key, answer in batch:
            if not answer.done():
                answer.set_result(known.get(key))
