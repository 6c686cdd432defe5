"""Stands between an adapter and a twin, over sockets: hands requests on, spoils answers as told, keeps all."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

import httpx

from tests.integrations.desk import Heard, read_request

HUGE = b'{"a": "' + b"x" * 100_000 + b'"}'


class Fault(StrEnum):
    """What happens to a call. All but the first are done by the twin, whatever the adapter hears of it."""

    LOST = "lost"  # hung up on before the twin got it
    CUT = "cut"  # hung up on after
    SLOW = "slow"  # answered never
    GARBAGE = "garbage"  # answered by the page of a proxy
    HUGE = "huge"
    WRONG_TYPE = "wrong_type"  # the twin's status, and a JSON of another shape
    ERROR = "error"  # 500
    TWICE = "twice"  # delivered twice; the second answer is heard


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the twin was asked and said."""

    heard: Heard
    status: int
    headers: httpx.Headers
    body: bytes


class Spoiler:
    def __init__(self, behind: str) -> None:
        self.url = ""
        self.exchanges: list[Exchange] = []
        self._behind = behind
        self._faults: deque[tuple[Callable[[Heard], bool], Fault]] = deque()
        self._client = httpx.AsyncClient(trust_env=False, timeout=30.0)

    def will(self, wanted: Callable[[Heard], bool], fault: Fault) -> None:
        """The next request that is wanted meets this fault, once."""
        self._faults.append((wanted, fault))

    @property
    def spoilt_all(self) -> bool:
        return not self._faults

    async def close(self) -> None:
        await self._client.aclose()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError, httpx.HTTPError):
            while await self._turn(reader, writer):
                pass
        writer.close()

    async def _turn(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        heard = await read_request(reader)
        fault = self._fault(heard)
        if fault is Fault.LOST:
            return False
        answer = await self._hand_on(heard)
        if fault is Fault.TWICE:
            answer = await self._hand_on(heard)
        match fault:
            case Fault.CUT:
                return False
            case Fault.SLOW:
                await reader.read()  # until the adapter has left
                return False
            case Fault.GARBAGE:
                writer.write(_raw(200, "text/html", b"<html>Please log in</html>"))
            case Fault.HUGE:
                writer.write(_raw(answer.status, "application/json", HUGE))
            case Fault.WRONG_TYPE:
                writer.write(_raw(answer.status, "application/json", json.dumps([1, None]).encode()))
            case Fault.ERROR:
                writer.write(_raw(500, "text/plain", b"oops"))
            case _:
                writer.write(_raw(answer.status, answer.headers.get("content-type", ""), answer.body))
        await writer.drain()
        return True

    def _fault(self, heard: Heard) -> Fault | None:
        for wanted, fault in self._faults:
            if wanted(heard):
                self._faults.remove((wanted, fault))
                return fault
        return None

    async def _hand_on(self, heard: Heard) -> Exchange:
        kept = {name: value for name, value in heard.headers.items() if name not in ("host", "content-length")}
        response = await self._client.request(
            heard.method, f"{self._behind}{heard.path}", headers=kept, content=heard.body
        )
        self.exchanges.append(Exchange(heard, response.status_code, response.headers, response.content))
        return self.exchanges[-1]


def _raw(status: int, content_type: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: {content_type}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@contextlib.asynccontextmanager
async def open_spoiler(behind: str) -> AsyncIterator[Spoiler]:
    spoiler = Spoiler(behind)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        await spoiler.serve(reader, writer)
        tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    spoiler.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield spoiler
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await spoiler.close()
