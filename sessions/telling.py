"""Who is told of an answer of the session server without waiting for it in a coroutine."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog

from app.errors import StoreUnavailable, place_of
from app.telling import Listener

_log: Final = structlog.get_logger(__name__)


class Then(Listener):
    """Stands where a future would, for who waits in no coroutine: is told the answer, or the error, as soon as it is
    there and not a round of the loop later.
    """

    __slots__ = ("_is_told",)

    def __init__(self) -> None:
        self._is_told = False

    def done(self) -> bool:
        return self._is_told

    def set_result(self, answer: Any) -> None:
        """Raises nothing: who reads from the server goes on with the next answer, whatever becomes of this one."""
        self._is_told = True
        try:
            self.tell(answer)
        except Exception as error:  # broad: as a loop treats whatever it calls
            asyncio.get_running_loop().call_exception_handler({"message": "An answer was lost.", "exception": error})

    def set_exception(self, error: BaseException) -> None:
        self.set_result(error)


class Tasks:
    """Calls that wait in tasks of their own, for whoever is to be told of their answers."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, running: Coroutine[Any, Any, Any], listener: Listener) -> None:
        task = asyncio.get_running_loop().create_task(_tell(running, listener))
        self._running.add(task)
        task.add_done_callback(self._running.discard)


async def _tell(running: Coroutine[Any, Any, Any], listener: Listener) -> None:
    try:
        answer = await running
    except StoreUnavailable as error:
        answer = error
    except Exception as error:  # broad: whoever is never told waits for ever, and nobody can say so in their place
        answer = gone_wrong(error)
    listener.tell(answer)


def gone_wrong(error: Exception) -> StoreUnavailable:
    """What is told in place of an answer after a mistake, which is ours or the server's."""
    _log.error("session_answer_lost", reason=place_of(error))
    return StoreUnavailable("The session store's answer could not be used.")
