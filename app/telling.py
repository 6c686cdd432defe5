"""Whoever is told what came of something, without waiting for it in a coroutine; and who waits for that in one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Listener:
    """Is told once. A class and no function: machine code finds the method of an object at once, while a function that
    brings what it was bound to costs as much as what most of them do.
    """

    def tell(self, what: Any) -> None:
        raise NotImplementedError


class Hears(Listener):
    """A function that is told."""

    __slots__ = ("_hear",)

    def __init__(self, hear: Callable[[Any], object]) -> None:
        self._hear = hear

    def tell(self, what: Any) -> None:
        self._hear(what)


async def told(begin: Callable[[Listener], bool]) -> Any:
    """What `begin` tells to what it is given; None if it returns that it tells nothing."""
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def hear(what: Any) -> None:
        if not answer.done():  # whoever waited may be cancelled
            answer.set_result(what)

    return await answer if begin(Hears(hear)) else None
