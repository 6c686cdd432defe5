"""A call to the session server that waits for its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import msgspec

from app.errors import StoreUnavailable
from sessions.telling import Then

T = TypeVar("T")


class Call(msgspec.Struct, frozen=True):
    packed: bytes
    answer: asyncio.Future[Any] | Then
    due: float

    def fail(self, reason: str) -> None:
        if not self.answer.done():
            self.answer.set_exception(StoreUnavailable(reason))


async def ended_by(due: float, work: Coroutine[Any, Any, T]) -> T:
    """Raises `TimeoutError` if it has not ended when it is `due` on the loop's clock.

    Stands here, for this module is never machine code, in which an `async with` may raise what another task has caught.
    """
    async with asyncio.timeout_at(due):
        return await work
