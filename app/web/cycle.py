"""One callback and its answer, written in one go."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeAlias

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.messages import WireResponse
from app.web.heads import Header, Headers


class _Nobody:
    """uvicorn wakes up whoever waits for more of a body when a connection is lost; of these nobody does."""

    def set(self) -> None:
        return


_NOBODY: Final = _Nobody()


class Cycle:
    """One callback and its answer; as much of uvicorn's cycle as its protocol looks at."""

    __slots__ = ("_protocol", "disconnected", "keep_alive", "message_event", "response_complete")

    def __init__(self, protocol: HttpToolsProtocol, keep_alive: bool) -> None:
        self._protocol = protocol
        self.keep_alive = keep_alive
        self.disconnected = False
        self.response_complete = False
        self.message_event = _NOBODY

    def wait_for(self, answer: Coroutine[Any, Any, WireResponse]) -> None:
        """The answer needs a task."""
        protocol = self._protocol
        task = protocol.loop.create_task(self._finish(answer))
        task.add_done_callback(protocol.tasks.discard)
        protocol.tasks.add(task)

    async def _finish(self, answer: Coroutine[Any, Any, WireResponse]) -> None:
        try:
            response = await answer
        except BaseException:
            self.give_up()
            raise
        self.finish(response)

    def give_up(self) -> None:
        """There is no answer: who waits for one sees so at once."""
        self.response_complete = True
        self._protocol.transport.close()

    def finish(self, response: WireResponse) -> None:
        protocol = self._protocol
        self.response_complete = True
        # Of a connection with several callbacks on it uvicorn tells only the last one that it was lost.
        if self.disconnected or protocol.transport.is_closing():
            return
        protocol.transport.write(_written(protocol.server_state.default_headers, response, self.keep_alive))
        if not self.keep_alive:
            protocol.transport.close()
        protocol.on_response_complete()


Taker: TypeAlias = Callable[[str, Headers, bytes, bytes, Cycle], None]
"""Path, headers, query and body of a POST, whose cycle is told the answer. It never raises."""


class _Begun:
    """How the latest answer began: so do most, for uvicorn makes its headers anew once a second."""

    def __init__(self) -> None:
        self.default: list[Header] = []
        self.status = 0
        self.content_type = ""
        self.text = b""

    def text_of(self, default: list[Header], response: WireResponse) -> bytes:
        status, content_type = response.status, response.content_type
        if self.default is not default or self.status != status or self.content_type != content_type:
            self.text = b"".join(
                (
                    STATUS_LINE[status],
                    *[part for name, value in default for part in (name, b": ", value, b"\r\n")],
                    b"content-type: ", content_type.encode(), b"\r\ncontent-length: ",
                )
            )  # fmt: skip
            self.default, self.status, self.content_type = default, status, content_type
        return self.text


_begun: Final = _Begun()


def _written(default: list[Header], response: WireResponse, keep_alive: bool) -> bytes:
    return b"".join(
        (
            _begun.text_of(default, response),
            b"%d\r\ncache-control: no-store\r\n" % len(response.body),
            b"\r\n" if keep_alive else b"connection: close\r\n\r\n",
            response.body,
        )
    )  # fmt: skip
