"""One socket to the session server, and what its answers say."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, cast

import hiredis

from app.errors import StoreUnavailable
from sessions.address import Address
from sessions.calls import Call
from sessions.packing import Word
from sessions.telling import Then

_NOTHING_YET: Final = object()
_SECOND_LOOK_SECONDS: Final = 0.01
_RESP_VERSION: Final = 2


class Wire(asyncio.Protocol):
    """One socket: commands leave in order, answers come back in the same order."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader(notEnoughData=_NOTHING_YET)
        self._line: deque[Call] = deque()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ended = self._loop.create_future()

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    @property
    def waiting(self) -> int:
        return len(self._line)

    def send(self, calls: Sequence[Call]) -> None:
        """Write all in one go; on a wire that has just closed they fail at once."""
        if not self.is_open:
            for call in calls:
                call.fail("The session store closed the connection.")
            return
        assert self._transport is not None
        self._line.extend(calls)
        self._transport.write(b"".join([call.packed for call in calls]))
        if self._timer is None and self._line:
            self._timer = self._loop.call_at(self._line[0].due, self._look)

    async def greet(self, address: Address, due: float) -> None:
        """Pin the protocol, log in, choose the database."""
        login = ("AUTH", address.user or "default", address.password) if address.password else ()
        commands: list[tuple[Word, ...]] = [("HELLO", _RESP_VERSION, *login, "SETNAME", "mohala")]
        if address.database:
            commands.append(("SELECT", address.database))
        calls = [Call(pack(words), self._loop.create_future(), due) for words in commands]
        self.send(calls)
        for answer in await asyncio.gather(*[answer_of(call) for call in calls]):
            unless_refused(answer)

    def drop(self, reason: str) -> None:
        """Close without waiting; everyone in line hears the reason now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        line, self._line = self._line, deque()
        for call in line:
            call.fail(reason)
        if self._transport is not None:
            self._transport.abort()

    async def close(self) -> None:
        self.drop("The session store's connections are closed.")
        if self._transport is not None:
            await asyncio.shield(self._ended)  # whoever closes may be cancelled meanwhile

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        try:
            while (answer := self._reader.gets()) is not _NOTHING_YET:
                call = self._line.popleft()
                if not call.answer.done():
                    call.answer.set_result(answer)
        except (IndexError, hiredis.ProtocolError):  # an answer that nobody asked for, or no RESP at all
            self.drop("The session store broke the protocol.")

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._ended.set_result(None)
        self.drop("The session store closed the connection.")

    def _look(self, overdue: Call | None = None) -> None:
        """Drop the wire when its oldest call is overdue, and still is at a second look.

        uvloop runs timers before reads: in a process that is late itself the answer may be there, unread. What has
        become overdue between two looks gets a second one of its own, or a busy process would take a server that
        answers in time for a dead one.
        """
        self._timer = None
        if not self._line:
            return
        oldest, now = self._line[0], self._loop.time()
        if oldest.due > now:
            self._timer = self._loop.call_at(oldest.due, self._look)
        elif oldest is not overdue:
            self._timer = self._loop.call_at(now + _SECOND_LOOK_SECONDS, self._look, oldest)
        else:
            self.drop("The session store did not answer in time.")


def pack(words: tuple[Word, ...]) -> bytes:
    packed: bytes = hiredis.pack_command(words)  # type: ignore[arg-type]  # its stub knows tuples of one word only
    return packed


def code_of(error: hiredis.ReplyError) -> str:
    """The first word of an error; the rest may quote what was sent."""
    return str(error).partition(" ")[0]


def refusal_of(error: hiredis.ReplyError) -> StoreUnavailable:
    return StoreUnavailable(f"The session store refused a call ({code_of(error)}).")


def unless_refused(answer: Any) -> Any:
    if isinstance(answer, hiredis.ReplyError):
        raise refusal_of(answer)
    return answer


def answer_of(call: Call) -> asyncio.Future[Any]:
    """For who waits in a coroutine."""
    assert not isinstance(call.answer, Then), "that is told, and nobody waits for it"
    return call.answer
