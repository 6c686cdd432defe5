"""A strict HTTP server on loopback that answers what a test tells it to, faults included, and keeps what it heard."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as it came over the socket; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> object:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def raw(self) -> bytes:
        headers = {"Content-Type": self.content_type, "Content-Length": str(len(self.body)), **self.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\n{lines}\r\n".encode() + self.body


@dataclass(frozen=True, slots=True)
class Cut:
    """Hang up after these bytes."""

    sent: bytes = b""


@dataclass(frozen=True, slots=True)
class Silence:
    """Hear the request and say nothing more than these bytes."""

    sent: bytes = b""


@dataclass(frozen=True, slots=True)
class Trickle:
    """A byte every `pause_seconds`: each read is quick and the whole never ends."""

    sent: bytes
    pause_seconds: float


@dataclass(frozen=True, slots=True)
class Slow:
    """An answer after a while; how many were waited for at once is counted."""

    answer: Answer
    seconds: float


@dataclass(frozen=True, slots=True)
class Last:
    """An answer after which nobody listens any more."""

    answer: Answer


Act = Answer | Cut | Silence | Trickle | Slow | Last


def say(status: int, value: object, content_type: str = "application/json") -> Answer:
    return Answer(status, json.dumps(value).encode(), content_type)


class Desk:
    """Answers requests in the order of `will`; a request too many is answered with 418."""

    def __init__(self) -> None:
        self.url = ""
        self.heard: list[Heard] = []
        self.waiting = 0
        self.waiting_most = 0
        self._news = asyncio.Event()
        self._acts: deque[Act] = deque()
        self.leave: Callable[[], None] = lambda: None

    def will(self, *acts: Act) -> None:
        self._acts.extend(acts)

    async def hear(self, count: int) -> None:
        """Return when so many requests came; fails after 5 s."""
        async with asyncio.timeout(5):
            while len(self.heard) < count:
                self._news.clear()
                await self._news.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while await self._turn(reader, writer):
                pass
        writer.close()

    async def _turn(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        self.heard.append(await read_request(reader))
        self._news.set()
        act = self._acts.popleft() if self._acts else Answer(418, b"nobody expected this request", "text/plain")
        match act:
            case Answer():
                writer.write(act.raw())
                await writer.drain()
                return True
            case Slow(answer, seconds):
                await self._wait(seconds)
                writer.write(answer.raw())
                await writer.drain()
                return True
            case Last(answer):
                self.leave()
                writer.write(replace(answer, headers={**answer.headers, "Connection": "close"}).raw())
                await writer.drain()
            case Cut(sent):
                writer.write(sent)
                await writer.drain()
            case Silence(sent):
                writer.write(sent)
                await reader.read()  # until the client has left
            case Trickle(sent, pause_seconds):
                for byte in sent:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(pause_seconds)
        return False

    async def _wait(self, seconds: float) -> None:
        self.waiting += 1
        self.waiting_most = max(self.waiting_most, self.waiting)
        await asyncio.sleep(seconds)
        self.waiting -= 1


async def read_request(reader: asyncio.StreamReader) -> Heard:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
    first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    method, path, version = first.split(" ")
    assert version == "HTTP/1.1"
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    assert len(headers) == len(lines), "a header came twice"
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Heard(method, path, headers, body)


@contextlib.asynccontextmanager
async def open_desk() -> AsyncIterator[Desk]:
    desk = Desk()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        await desk.serve(reader, writer)
        tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    desk.leave = server.close
    desk.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield desk
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
