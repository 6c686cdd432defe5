"""The coalescing client: calls made in one event-loop tick leave as one write on one of a few connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import hiredis
from msgspec.structs import replace

from app.errors import StoreUnavailable
from app.telling import Listener
from sessions.address import Address, read_address
from sessions.calls import Call, ended_by
from sessions.packing import Packed, Script, Word, called, whole
from sessions.telling import Then
from sessions.wire import Wire, answer_of, code_of, pack, refusal_of, unless_refused

_SILENT: Final = "The session store does not answer."


class CoalescingClient:
    """Speaks RESP2 to one Redis-compatible server (6.0 or newer); an answer belongs to its place in the line.

    A call ends within `deadline_seconds`, or twice that if it must wait for a connection (or `run_then` send a script
    whole), or raises
    `StoreUnavailable`; so does a call beyond `waiting_max` unanswered ones. Nothing is sent twice. A connection that
    is late is dropped with everyone who waits on it, so that a late answer finds nobody, and the next call opens
    another. A caller that is cancelled leaves its place in the line behind. Belongs to one event loop.
    """

    def __init__(
        self, at: str | Address, *, deadline_seconds: float = 0.25, connections: int = 2, waiting_max: int = 2_000
    ) -> None:
        self._deadline_seconds = deadline_seconds
        address = read_address(at) if isinstance(at, str) else at
        self._lanes = tuple(_Lane(address, deadline_seconds) for _ in range(connections))
        self._next_lane = 0
        self._waiting_max = waiting_max
        self._batch: list[Call] = []
        self._room = 0
        self._loop: asyncio.AbstractEventLoop
        self._closed = False

    async def call(self, *words: Word) -> Any:
        """Send one command and return its answer: bytes, int, None or a list of these."""
        return unless_refused(await answer_of(self._place(pack(words))))

    async def ask(self, packed: bytes, before: tuple[Word, ...] = ()) -> Any:
        """As `call`, of a command that is packed, but a refusal is returned. `before` is a command that leaves just
        before, on the same wire.
        """
        first = self._place(pack(before)) if before else None
        call = self._place(packed)
        if first is not None and isinstance(refusal := await answer_of(first), hiredis.ReplyError):
            return refusal
        return await answer_of(call)

    async def run(self, script: Script, keys: Packed, arguments: Packed) -> Any:
        """Run a script and return its answer; a server that lost its scripts gets the text again."""
        call = self._place(called(script, keys, arguments))
        answer = await answer_of(call)
        if isinstance(answer, hiredis.ReplyError):
            if code_of(answer) == "NOSCRIPT":
                answer = await answer_of(self._place(whole(script, keys, arguments), call.due))
            return unless_refused(answer)
        return answer

    def run_then(self, script: Script, keys: Packed, arguments: Packed, listener: Listener) -> None:
        """As `run`, for who waits in no coroutine: `listener` is told the answer or the `StoreUnavailable`, at once
        when it is there. Raises `StoreUnavailable` if nothing was sent.
        """
        self._place(called(script, keys, arguments), None, _Ran(self, script, keys, arguments, listener))

    def run_whole(self, whole: bytes, listener: Listener) -> None:
        """Send a script with its text, after its hash was not known; a refusal is told."""
        try:
            self._place(whole, None, _Ran(self, None, _NONE, _NONE, listener))
        except StoreUnavailable as error:
            listener.tell(error)

    async def close(self) -> None:
        self._closed = True
        for call in self._batch:
            call.fail("The session store's connections are closed.")
        self._batch.clear()
        for lane in self._lanes:
            await lane.close()

    def _place(self, packed: bytes, due: float | None = None, then: Then | None = None) -> Call:
        """In line; the first of a tick says when the line leaves, and counts how much room it has."""
        if not self._batch:
            if self._closed:
                raise StoreUnavailable("The session store's connections are closed.")
            self._room = self._waiting_max - sum([lane.waiting for lane in self._lanes])
            self._loop = asyncio.get_running_loop()  # asking costs a system call, and one a tick is enough
            self._loop.call_soon(self._send_batch)
        if len(self._batch) >= self._room:
            raise StoreUnavailable("Too many calls wait for the session store.")
        loop = self._loop
        if due is None:
            due = loop.time() + self._deadline_seconds
        call = Call(packed, loop.create_future() if then is None else then, due)
        self._batch.append(call)
        return call

    def _send_batch(self) -> None:
        batch = [call for call in self._batch if not call.answer.done()]
        self._batch.clear()
        if batch:
            self._next_lane = (self._next_lane + 1) % len(self._lanes)
            self._lanes[self._next_lane].send(batch)


_NONE: Final = Packed(0, b"", b"")


class _Ran(Then):
    """Who waits for the answer to a script; it is None when its text was sent."""

    __slots__ = ("_arguments", "_client", "_keys", "_listener", "_script")

    def __init__(
        self,
        client: CoalescingClient,
        script: Script | None,
        keys: Packed,
        arguments: Packed,
        listener: Listener,
    ) -> None:
        super().__init__()
        self._client = client
        self._script = script
        self._keys = keys
        self._arguments = arguments
        self._listener = listener

    def tell(self, what: Any) -> None:
        script = self._script
        if not isinstance(what, hiredis.ReplyError):
            self._listener.tell(what)
        elif script is None or code_of(what) != "NOSCRIPT":
            self._listener.tell(refusal_of(what))
        else:
            self._client.run_whole(whole(script, self._keys, self._arguments), self._listener)


class _Lane:
    """One of the few connections: the wire that is open, or the calls that wait for it to open.

    Where a server says nothing to a greeting, whoever waits hears so when the deadline is over, and those that come
    after them at once: it is greeted again and again meanwhile, and nobody waits for that.
    """

    def __init__(self, address: Address, deadline_seconds: float) -> None:
        self._address = address
        self._deadline_seconds = deadline_seconds
        self._wire: Wire | None = None
        self._early: list[Call] = []
        self._opening: asyncio.Task[None] | None = None
        self._is_silent = False

    @property
    def waiting(self) -> int:
        return len(self._early) + (self._wire.waiting if self._wire else 0)

    def send(self, calls: list[Call]) -> None:
        if self._wire is not None and self._wire.is_open:
            self._wire.send(calls)
            return
        self._early.extend(calls)
        if self._is_silent:
            self._fail_early(_SILENT)
        elif self._opening is None:
            self._opening = asyncio.get_running_loop().create_task(self._open())

    async def close(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        # A task that is cancelled before its first step runs none of its own clauses.
        self._fail_early("The session store's connections are closed.")
        if self._wire is not None:
            await self._wire.close()

    async def _open(self) -> None:
        """Until there is a wire, or the server can be asked for none."""
        reason = "The session store cannot be reached."
        try:
            while not await self._opens():
                self._is_silent = True
                self._fail_early(_SILENT)
        except OSError:
            pass
        except StoreUnavailable as error:
            reason = str(error)
        finally:
            self._opening, self._is_silent = None, False
            self._fail_early(reason)

    async def _opens(self) -> bool:
        """False: it says nothing. Raises OSError or `StoreUnavailable` if it refuses."""
        clock = asyncio.get_running_loop().time
        try:
            self._wire = await self._greeted(clock() + self._deadline_seconds)
        except TimeoutError:
            return False
        due = clock() + self._deadline_seconds  # anew, or a slow greeting would always spoil the first call
        self._wire.send([replace(call, due=due) for call in self._early if not call.answer.done()])
        self._early.clear()
        return True

    def _fail_early(self, reason: str) -> None:
        early, self._early = self._early, []
        for call in early:
            call.fail(reason)

    async def _greeted(self, due: float) -> Wire:
        wires: list[Wire] = []

        def make() -> Wire:
            wires.append(Wire())
            return wires[-1]

        try:
            return await ended_by(due, self._greet(make, due))
        except BaseException:
            for wire in wires:  # happy eyeballs and time-outs may leave one that nobody else knows
                wire.drop("The session store did not answer the greeting.")
            raise

    async def _greet(self, make: Callable[[], Wire], due: float) -> Wire:
        wire = await self._address.connect(make)
        await wire.greet(self._address, due)
        return wire
