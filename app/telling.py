"""Whoever waits in a coroutine for what is told elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def told(begin: Callable[[Callable[[T | None], None]], bool]) -> T | None:
    """What `begin` tells to what it is given; None if it returns that it tells nothing."""
    answer: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()

    def tell(what: T | None) -> None:
        if not answer.done():  # whoever waited may be cancelled
            answer.set_result(what)

    return await answer if begin(tell) else None
