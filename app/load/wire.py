"""The callbacks' wire: HTTP over kept-alive connections, one callback at a time on each, with little of our own CPU."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode, urlsplit

import httptools

from app.errors import SettingsWrong
from app.load.history import Trouble

IDLE_SECONDS_MAX = 2.0  # uvicorn hangs up on a connection that was idle for 5 s
BODY_BYTES_MAX = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    kind: str
    body: bytes
    trouble: Trouble | None = None


class Wire:
    """Posts to one URL, `https` too. As many connections are open as callbacks are in flight."""

    def __init__(self, url: str, answer_seconds: float) -> None:
        """Raises `SettingsWrong` if the URL is none."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsWrong(f"{url} is no URL of a gateway; write it as http://127.0.0.1:8000.")
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port or (443 if self._secure else 80)
        self._head = (
            f"POST {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
        ).encode()
        self._answer_seconds = answer_seconds
        self._idle: list[_Connection] = []

    async def post(self, form: Mapping[str, str]) -> Answer:
        """The answer, or what kept it from coming within `answer_seconds`."""
        body = urlencode(form).encode()
        try:
            async with asyncio.timeout(self._answer_seconds):
                connection = self._idle_one() or await self._connect()
                try:
                    answer = await connection.ask(b"%s%d\r\n\r\n%s" % (self._head, len(body), body))
                except BaseException:
                    connection.close()
                    raise
        except TimeoutError:
            return Answer(0, "", b"", Trouble.NO_ANSWER)
        except OSError:
            return Answer(0, "", b"", Trouble.LOST)
        if connection.is_open:
            self._idle.append(connection)
        return answer

    def close(self) -> None:
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    def _idle_one(self) -> _Connection | None:
        """The one used last; the others are closed when they have become too old to be trusted."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open and now - connection.used_at < IDLE_SECONDS_MAX:
                return connection
            connection.close()
        return None

    async def _connect(self) -> _Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            _Connection, self._host, self._port, ssl=self._secure or None, server_hostname=None
        )
        return connection


class _Connection(asyncio.Protocol):
    """httptools calls the `on_…` methods while it parses."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Answer] | None = None
        self._keep_alive = True
        self.used_at = self._loop.time()
        self._begin()

    @property
    def is_open(self) -> bool:
        return self._keep_alive and self._transport is not None and not self._transport.is_closing()

    async def ask(self, request: bytes) -> Answer:
        """Raises `ConnectionError` if the other side hangs up or does not speak HTTP."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError
        self._begin()
        self._waiter = self._loop.create_future()
        self._transport.write(request)
        answer = await self._waiter
        self.used_at = self._loop.time()
        return answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._kind, self._body = "", bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is none of asyncio's

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._fail()

    def connection_lost(self, error: Exception | None) -> None:
        self._fail()

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-type":
            self._kind = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body
        if len(self._body) > BODY_BYTES_MAX:
            self._fail()

    def on_message_complete(self) -> None:
        self._keep_alive = self._parser.should_keep_alive()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(Answer(self._parser.get_status_code(), self._kind, bytes(self._body)))

    def _fail(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(ConnectionResetError())
        self.close()
