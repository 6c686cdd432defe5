"""Callbacks past ASGI: byte for byte what uvicorn's own protocol answers, however a request comes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app import limits
from app.messages import WireResponse
from app.web.cycle import Cycle
from app.web.direct import Direct
from app.web.heads import Header, Headers, Heads

pytestmark = pytest.mark.anyio
PATH = "/callbacks/dev/africastalking/ussd"


class Gateway:
    """Answers with what it was given, by either way, and counts the ways."""

    def __init__(self, *, is_quick: bool = False) -> None:
        self.is_quick = is_quick
        self.direct = 0
        self.usual = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    def take(self, path: str, headers: Headers, query: bytes, body: bytes, cycle: Cycle) -> None:
        """At once, or in a task if it is to wait."""
        self.direct += 1
        if self.may_answer.is_set() and self.is_quick:
            cycle.finish(self._answer(path, headers.pairs, query, body))
        else:
            cycle.wait_for(self._told(path, headers.pairs, query, body))

    async def _told(self, path: str, headers: list[Header], query: bytes, body: bytes) -> WireResponse:
        await self.may_answer.wait()
        return self._answer(path, headers, query, body)

    def _answer(self, path: str, headers: list[Header], query: bytes, body: bytes) -> WireResponse:
        told = repr((path, [pair for pair in headers if pair[0] != b"expect"], query, body)).encode()
        return WireResponse(404 if b"lost" in query else 200, "text/plain; charset=utf-8", told)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.usual += 1
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        response = await self._told(scope["path"], scope["headers"], scope["query_string"], body)
        headers = [
            (b"content-type", response.content_type.encode()),
            (b"content-length", b"%d" % len(response.body)),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else response.body})


@asynccontextmanager
async def served(gateway: Gateway, protocol: type[HttpToolsProtocol]) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    config = uvicorn.Config(
        gateway, http=protocol, lifespan="off", log_level="critical", port=0, timeout_keep_alive=1, server_header=False
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield server, server.servers[0].sockets[0].getsockname()[1]
    finally:
        await server.shutdown()


def directly(gateway: Gateway) -> type[Direct]:
    class OfThis(Direct):
        heads = Heads()
        prefix = b"/callbacks/"
        take = staticmethod(gateway.take)

    return OfThis


async def heard(port: int, pieces: tuple[bytes, ...]) -> bytes:
    """What comes back until the server closes, which it does a second after the last answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.02)  # so that pieces come as pieces
    async with asyncio.timeout(20):
        told = await reader.read()
    writer.close()
    return re.sub(rb"date: [^\r]+", b"date: now", told)


@asynccontextmanager
async def hanging_up(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        writer.close()


def post(body: bytes = b"text=1*2", path: str = PATH, *, version: str = "1.1", headers: tuple[str, ...] = ()) -> bytes:
    lines = (f"POST {path} HTTP/{version}", "Host: gateway", f"Content-Length: {len(body)}", *headers, "", "")
    return "\r\n".join(lines).encode() + body


CHUNKED = (
    f"POST {PATH} HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    + b"4\r\ntext\r\n4\r\n=1*2\r\n0\r\n\r\n"
)
WHOLE, LONG = post(), post(b"x" * 300_000)
REQUESTS = {
    "whole": ((WHOLE,), 1),
    "twice": ((WHOLE, WHOLE), 2),
    "empty": ((post(b""),), 1),
    "with a query": ((post(path=f"{PATH}?a=b&lost=1"),), 1),
    "its last": ((post(headers=("Connection: close",)),), 1),
    "chunked at once": ((CHUNKED,), 1),
    "chunked in pieces": ((CHUNKED[:-12], CHUNKED[-12:]), 0),
    "headers in pieces": ((WHOLE[:30], WHOLE[30:]), 1),
    "headers, then the body": ((WHOLE[:-8], WHOLE[-8:]), 0),
    "the body in pieces": ((WHOLE[:-5], WHOLE[-5:-2], WHOLE[-2:]), 0),
    "too long": ((LONG,), 0),
    "of a head that is known": (
        (
            WHOLE,
            post(b"longer than it was"),
            WHOLE + WHOLE,
            WHOLE[:30],
            WHOLE[30:],
            WHOLE[:-3],
            WHOLE[-3:] + WHOLE,
            post(headers=("Connection: close",)),
        ),
        8,
    ),
    "closed by a trailer": ((CHUNKED[:-2] + b"Connection: close\r\n\r\n",), 1),
    "two at once": ((WHOLE + WHOLE,), 1),
    "three at once and one more": ((WHOLE + post(b"second") + post(b"third"), WHOLE), 2),
    "of another path before it": ((post(path="/desk"), WHOLE), 1),
    "of another path behind it": ((WHOLE + post(path="/desk"),), 1),
    "HTTP/1.0": ((post(version="1.0"),), 0),
    "with an escape": ((post(path=PATH.replace("dev", "d%65v")),), 0),
    "that waits to be asked": ((post(headers=("Expect: 100-continue",)),), 0),
    "that would be something else": ((post(headers=("Connection: upgrade", "Upgrade: h2c")),), 0),
    "GET": ((f"GET {PATH} HTTP/1.1\r\nHost: gateway\r\n\r\n".encode(),), 0),
    "HEAD": ((f"HEAD {PATH} HTTP/1.1\r\nHost: gateway\r\n\r\n".encode(),), 0),
    "nonsense": ((b"POST nonsense\r\n\r\n",), 0),
    "nonsense behind it": ((WHOLE + b"nonsense\r\n\r\n",), 1),
}


@pytest.mark.parametrize("is_quick", [True, False], ids=["at once", "in a task"])
async def test_it_answers_as_uvicorn_does(is_quick: bool) -> None:
    """All at once, for each waits a second until its connection is closed."""

    async def differs(which: str) -> str:
        pieces, directs = REQUESTS[which]
        plain, direct = Gateway(), Gateway(is_quick=is_quick)
        async with served(plain, HttpToolsProtocol) as (_, port), served(direct, directly(direct)) as (_, other):
            expected, told = await asyncio.gather(heard(port, pieces), heard(other, pieces))
        if which == "nonsense behind it" and is_quick:  # what came before it was answered before it was read
            is_same = told.startswith(b"HTTP/1.1 200") and told.endswith(expected)
        else:
            is_same = told == expected
        if not is_same or plain.direct or direct.direct + direct.usual != plain.usual:
            return f"{which}: {told!r} in {direct.direct} + {direct.usual} for {expected!r} in {plain.usual}"
        if len(pieces) == 1:  # else pieces may come as one on a busy machine
            answered_before_the_next = which == "two at once" and is_quick
            if direct.direct != (2 if answered_before_the_next else directs):
                return f"{which}: {direct.direct} directly"
        return ""

    assert [said for said in await asyncio.gather(*map(differs, REQUESTS)) if said] == []


async def test_what_has_the_head_of_one_before_is_not_parsed_again_whoever_sends_it() -> None:
    class Once(Direct):
        heads = Heads()
        prefix = b"/callbacks/"
        parsed = 0

        def on_message_begin(self) -> None:
            Once.parsed += 1
            super().on_message_begin()

    gateway = Gateway(is_quick=True)
    Once.take = staticmethod(gateway.take)
    async with served(gateway, Once) as (_, port):
        first = await heard(port, (WHOLE,))
        assert await heard(port, (WHOLE,)) == first and (Once.parsed, gateway.direct) == (1, 2)
        other = post(b"text=2*1")
        assert b"text=2*1" in await heard(port, (other,)) and (Once.parsed, gateway.direct) == (1, 3)
        for changed in (WHOLE.replace(b"dev", b"vde"), post(b"text=1*2*3"), WHOLE.replace(b"Host", b"HOST")):
            await heard(port, (changed,))
        assert (Once.parsed, gateway.direct) == (4, 6)


async def test_only_what_says_its_own_length_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    heads = Heads()
    pairs: list[Header] = [(b"host", b"gateway"), (b"content-length", b"8")]

    def learned(data: bytes, told: list[Header], body: bytes = b"text=1*2") -> bool:
        heads.learn(data, PATH, Headers(told), b"", body)
        return heads.of(data) is not None

    assert not learned(WHOLE[:-1], pairs), "a piece"
    assert not learned(WHOLE + b"more", pairs), "more than one"
    assert not learned(WHOLE, pairs[:1]), "without a length"
    assert not learned(WHOLE, [*pairs, pairs[1]]), "with two"
    assert not learned(WHOLE, [*pairs, (b"transfer-encoding", b"chunked")])
    assert not learned(WHOLE, [pairs[0], (b"content-length", b"+8")])
    assert learned(WHOLE, pairs)
    assert heads.of(WHOLE + b"more") is None and heads.of(WHOLE[:-1]) is None and heads.of(b"") is None
    monkeypatch.setattr(limits, "heads_known_max", 2)
    other, third = post(path="/callbacks/other"), post(path="/callbacks/third")
    assert learned(other, pairs) and learned(third, pairs) and heads.of(WHOLE) is None, "the oldest is forgotten"
    monkeypatch.setattr(limits, "head_known_bytes_max", len(WHOLE) - 9)
    heads = Heads()
    assert not learned(WHOLE, pairs), "too long"


def test_of_headers_of_one_name_the_last_counts() -> None:
    headers = Headers([(b"a", b"1"), (b"b", b"2"), (b"a", b"3")])
    assert (headers["a"], headers.get("a"), headers.get("c"), headers.get("c", "")) == ("3", "3", None, "")
    assert list(headers) == ["a", "b"] and len(headers) == 2 and "c" not in headers
    with pytest.raises(KeyError):
        headers["c"]


async def test_whoever_reads_no_answers_is_left_to_uvicorn_until_they_do() -> None:
    """Which waits for them and reads no further; else all that they did not read would be kept in memory."""
    gateway = Gateway()
    async with served(gateway, directly(gateway)) as (server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        async with hanging_up(writer), asyncio.timeout(30):
            asked, paused = 0, False
            while not paused:
                writer.write(post(b"x" * 60_000))
                asked += 1
                while gateway.direct < asked or server.server_state.tasks:  # noqa: ASYNC110
                    await asyncio.sleep(0)
                (protocol,) = server.server_state.connections
                paused = protocol.flow.write_paused
            writer.write(WHOLE)
            while not gateway.usual:  # noqa: ASYNC110
                await asyncio.sleep(0)
            assert gateway.direct == asked
            writer.write(post(headers=("Connection: close",)))
            told = await reader.read()
    assert told.count(b"HTTP/1.1 200 OK") == asked + 2


async def test_whoever_hangs_up_is_answered_nothing_and_holds_up_nobody() -> None:
    gateway = Gateway()
    async with served(gateway, directly(gateway)) as (server, port):
        gateway.may_answer.clear()
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(WHOLE)
        async with asyncio.timeout(10):
            while not gateway.direct:  # noqa: ASYNC110  # the gateway has nothing to wait for
                await asyncio.sleep(0.01)
        writer.close()
        async with asyncio.timeout(10):
            while server.server_state.connections:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        gateway.may_answer.set()
        assert await heard(port, (WHOLE,))
        assert not server.server_state.tasks


async def test_a_server_that_stops_lets_what_is_in_hand_be_answered() -> None:
    gateway = Gateway()
    async with served(gateway, directly(gateway)) as (server, port):
        gateway.may_answer.clear()
        answer = asyncio.create_task(heard(port, (WHOLE,)))
        async with asyncio.timeout(10):
            while not gateway.direct:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        stopping = asyncio.create_task(server.shutdown())
        await asyncio.sleep(0.05)
        gateway.may_answer.set()
        told = await answer
        await stopping
    assert told.startswith(b"HTTP/1.1 200") and b"connection: close" in told


async def test_what_came_with_a_callback_that_was_answered_at_once_has_its_own_time() -> None:
    """The answer before it starts the time after which a quiet connection is closed, a second here."""

    class Half(Gateway):
        def take(self, path: str, headers: Headers, query: bytes, body: bytes, cycle: Cycle) -> None:
            self.is_quick = body != b"slow"
            if not self.is_quick:
                self.may_answer.clear()
            super().take(path, headers, query, body, cycle)

    gateway = Half()
    async with served(gateway, directly(gateway)) as (_, port):
        answers = asyncio.create_task(heard(port, (WHOLE + post(b"slow"),)))
        await asyncio.sleep(1.5)
        gateway.may_answer.set()
        assert (await answers).count(b"HTTP/1.1 200 OK") == 2


async def test_what_is_wrong_with_the_gateway_closes_the_connection() -> None:
    class Wrong(Gateway):
        async def _told(self, *_: object) -> WireResponse:
            raise KeyError("ours")

    gateway = Wrong()
    async with served(gateway, directly(gateway)) as (server, port):
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda *_: None)
        assert await heard(port, (WHOLE,)) == b""
        assert not server.server_state.connections


def test_a_body_is_never_collected_beyond_what_is_read_at_once() -> None:
    """Of more than one reading the parts go to uvicorn, which stops reading; 256 kB is uvloop's largest."""
    assert limits.callback_body_bytes_max < 256 * 1024
