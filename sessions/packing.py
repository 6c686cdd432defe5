"""Calls of scripts as RESP has them, and who is told of their answers."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

import structlog

from app.errors import StoreUnavailable, place_of

_log = structlog.get_logger(__name__)
Word: TypeAlias = bytes | str | int
_LENGTHS = tuple([b"$%d\r\n" % length for length in range(4_096)])
"""How a word of so many bytes begins."""


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script, called by its hash and sent whole only when the server does not know it."""

    text: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "sha", digest)


class Then:
    """Stands where a future would, for who waits in no coroutine: `tell` gets the answer, or the error, as soon as it
    is there and not a round of the loop later.
    """

    __slots__ = ("_is_told", "_tell")

    def __init__(self, tell: Callable[[Any], None]) -> None:
        self._tell = tell
        self._is_told = False

    def done(self) -> bool:
        return self._is_told

    def set_result(self, answer: Any) -> None:
        """Raises nothing: who reads from the server goes on with the next answer, whatever becomes of this one."""
        self._is_told = True
        try:
            self._tell(answer)
        except Exception as error:  # broad: as a loop treats whatever it calls
            asyncio.get_running_loop().call_exception_handler({"message": "An answer was lost.", "exception": error})

    def set_exception(self, error: BaseException) -> None:
        self.set_result(error)


class Tasks:
    """Calls that wait in tasks of their own, for whoever is to be told of their answers."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, running: Coroutine[Any, Any, Any], tell: Callable[[Any], None]) -> None:
        task = asyncio.get_running_loop().create_task(_tell(running, tell))
        self._running.add(task)
        task.add_done_callback(self._running.discard)


async def _tell(running: Coroutine[Any, Any, Any], tell: Callable[[Any], None]) -> None:
    try:
        answer = await running
    except StoreUnavailable as error:
        answer = error
    except Exception as error:  # broad: whoever is never told waits for ever, and nobody can say so in their place
        answer = gone_wrong(error)
    tell(answer)


def gone_wrong(error: Exception) -> StoreUnavailable:
    """What is told in place of an answer after a mistake, which is ours or the server's."""
    _log.error("session_answer_lost", reason=place_of(error))
    return StoreUnavailable("The session store's answer could not be used.")


def called(script: Script, keys: tuple[bytes, ...], arguments: Sequence[Word]) -> bytes:
    """`EVALSHA` of a script; what is the same in most calls is packed once."""
    parts = [_head(script.sha, len(keys), len(arguments)), _packed(keys)]
    for word in arguments:
        if isinstance(word, bytes) and len(word) < len(_LENGTHS):
            parts += (_LENGTHS[len(word)], word, b"\r\n")
        else:
            parts.append(_packed((word,)) if isinstance(word, int) else _word(word))
    return b"".join(parts)


@lru_cache(maxsize=100)
def _head(sha: str, keys: int, arguments: int) -> bytes:
    words = (b"EVALSHA", sha, keys)
    return b"*%d\r\n" % (len(words) + keys + arguments) + b"".join([_word(word) for word in words])


@lru_cache(maxsize=1_000)
def _packed(words: tuple[Word, ...]) -> bytes:
    return b"".join([_word(word) for word in words])


def _word(word: Word) -> bytes:
    told = word if isinstance(word, bytes) else str(word).encode()
    return b"$%d\r\n%b\r\n" % (len(told), told)
