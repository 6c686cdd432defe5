"""Callbacks that came whole go past ASGI: no scope, no messages, one write.

uvicorn makes for each request a scope, an event and a cycle that talks in messages: a quarter of what a turn costs. But
a callback is a short POST on a connection that is kept, so all that is known of it is a path, headers and a body. The
rest of HTTP stays uvicorn's: its parser, its time-outs, its shutdown, pipelined requests, and every request that is in
any way unusual, of which `Callbacks` then reads the body itself.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.web.callbacks import PLACE, Callbacks
from app.web.cycle import Cycle, Taker
from app.web.heads import Headers, Heads


class Direct(HttpToolsProtocol):
    """uvicorn's protocol, which hands a callback to `take` itself as soon as all of it is there.

    Only for the first request of a connection that waits for an answer, and never for one that would be answered before
    its body came: the deadline of a body that comes in pieces is `Callbacks`'.
    """

    take: Taker | None = None
    heads: Heads
    prefix = b""
    _arrived = b""
    _body: list[bytes] | None = None
    _is_between = True
    _keeps_alive = True
    _quiet_since: float | None = None
    _quiet_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        # On the object itself they are found sooner than on its class, and each callback asks for all of them.
        self.take, self.heads, self._is_between = self.take, self.heads, True
        self._quiet_since = self._quiet_timer = None

    def on_message_begin(self) -> None:
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._body = None
        self._is_between = False

    def on_headers_complete(self) -> None:
        self._quiet_since = None  # what came with it may have been answered while this was read
        if self.take is not None and self.url.startswith(self.prefix) and self._is_plain():
            self._body = []
            self._keeps_alive = self.parser.should_keep_alive()  # what comes behind a body has no say in it
        else:
            self._as_ever()

    def on_body(self, body: bytes) -> None:
        if self._body is None:
            super().on_body(body)
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        self._is_between = True
        if self._body is None:
            super().on_message_complete()
            return
        body, self._body = b"".join(self._body), None
        path, _, query = self.url.partition(b"?")
        assert self.take is not None, "or it would be answered as ever"
        text, headers = path.decode("ascii"), Headers(self.headers)
        if self._keeps_alive:
            self.heads.learn(self._arrived, text, headers, query, body)
        self._arrived = b""  # what follows in it is another one's
        cycle = Cycle(self, self._keeps_alive)
        self.cycle = cycle  # type: ignore[assignment]  # as much as is looked at
        self.take(text, headers, query, body, cycle)

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        has_room = (before is None or before.response_complete) and not self.flow.write_paused  # as `_has_room`
        if has_room and self._is_between and (head := self.heads.of(data)) is not None:
            if self.timeout_keep_alive_task is not None:
                super()._unset_keepalive_if_required()
            self._quiet_since = None  # as `_unset_keepalive_if_required`
            cycle = Cycle(self, True)
            self.cycle = cycle  # type: ignore[assignment]  # as above
            assert self.take is not None, "or no head were known"
            self.take(head.path, head.headers, head.query, data[head.size :], cycle)
            return
        self._arrived = data if self._is_between else b""
        super().data_received(data)
        self._arrived = b""
        if self._body is not None:  # what has come in pieces so far goes on as everything else does
            body, self._body = b"".join(self._body), None
            if not self.transport.is_closing():
                self._as_ever()
                if body:
                    super().on_body(body)

    def on_response_complete(self) -> None:
        """As uvicorn's, but one timer waits for the end of a connection that is kept, however many answers leave on it:
        to set and to cancel one for each costs a fiftieth of a turn.
        """
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        if self.flow.read_paused:
            self.flow.resume_reading()
        self._quiet_since = self.loop.time()
        if self._quiet_timer is None:
            self._quiet_timer = self.loop.call_later(self.timeout_keep_alive, self._look_if_quiet)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._quiet_timer is not None:
            self._quiet_timer.cancel()
            self._quiet_timer = None

    def _unset_keepalive_if_required(self) -> None:
        super()._unset_keepalive_if_required()
        self._quiet_since = None  # a request has begun to come; its answer sets the timer anew

    def _look_if_quiet(self) -> None:
        self._quiet_timer = None
        if self._quiet_since is None:
            return
        left = self._quiet_since + self.timeout_keep_alive - self.loop.time()
        if left <= 0:
            self.timeout_keep_alive_handler()
        else:
            self._quiet_timer = self.loop.call_later(left, self._look_if_quiet)

    def _has_room(self) -> bool:
        """Whether nobody waits here for an answer, and answers are read: else uvicorn waits and reads no further."""
        return (self.cycle is None or self.cycle.response_complete) and not self.flow.write_paused

    def _is_plain(self) -> bool:
        if not self._has_room():
            return False
        if self.parser.get_method() != b"POST" or self.parser.get_http_version() != "1.1":
            return False
        if self.expect_100_continue or self.parser.should_upgrade():
            return False
        return b"%" not in self.url and b"#" not in self.url and self.limit_concurrency is None

    def _as_ever(self) -> None:
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)  # the scope holds the list itself
        super().on_headers_complete()


def directly(callbacks: Callbacks) -> type[Direct]:
    """The protocol for one gateway."""

    return type(
        "DirectOfThis", (Direct,), {"heads": Heads(), "prefix": PLACE.encode(), "take": staticmethod(callbacks.take)}
    )
