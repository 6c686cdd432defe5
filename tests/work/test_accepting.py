"""Connections that came while a gateway computed are all taken in the next round of its loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app import limits
from app.web.accepting import taking_all

CROWD = 300
ASKS = b"GET / HTTP/1.1\r\nHost: gateway\r\n\r\n"


async def yes(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"3")]})
    await send({"type": "http.response.body", "body": b"yes"})


@contextmanager
def crowd(port: int) -> Iterator[list[socket.socket]]:
    """Connections that the kernel has made, and that wait to be taken."""
    with ExitStack() as closing:
        yield [closing.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10)) for _ in range(CROWD)]


async def rounds_of(protocol: type[asyncio.Protocol], listening: socket.socket) -> tuple[int, list[bool]]:
    """How often the loop went round until the crowd was taken, and who was answered afterwards."""
    config = uvicorn.Config(yes, http=protocol, lifespan="off", log_level="critical", backlog=2048)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup([listening])
    loop, rounds = asyncio.get_running_loop(), 0

    def turn() -> None:
        nonlocal rounds
        rounds += 1
        loop.call_soon(turn)

    with crowd(listening.getsockname()[1]) as clients:
        loop.call_soon(turn)
        async with asyncio.timeout(30):
            while len(server.server_state.connections) < CROWD:  # noqa: ASYNC110  # uvicorn has nothing to wait for
                await asyncio.sleep(0)
        taken = rounds
        assert all(_sends_at_once(one) for one in server.server_state.connections)
        answered = await asyncio.gather(*(asyncio.to_thread(_is_answered, client) for client in clients))
    server.should_exit = True
    await server.shutdown([listening])
    return taken, list(answered)


def _sends_at_once(protocol: HttpToolsProtocol) -> bool:
    """Nagle's algorithm would hold a page back until the one before it was acknowledged."""
    connection = protocol.transport.get_extra_info("socket")
    return bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


def _is_answered(client: socket.socket) -> bool:
    client.sendall(ASKS)
    return client.recv(1_000).startswith(b"HTTP/1.1 200")


def counted(is_taking_all: bool) -> tuple[int, list[bool]]:
    with (
        socket.create_server(("127.0.0.1", 0), backlog=2048) as listening,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        listening.setblocking(False)
        return runner.run(rounds_of(taking_all(listening) if is_taking_all else HttpToolsProtocol, listening))


def test_all_who_wait_are_taken_in_a_few_rounds_and_answered() -> None:
    rounds, answered = counted(is_taking_all=True)
    assert rounds <= 2 * (CROWD // limits.accepted_at_once_max + 2) and all(answered) and len(answered) == CROWD


def test_without_that_the_loop_takes_one_each_time_round() -> None:
    """Once this fails, uvloop takes all of them itself, and `app.web.accepting` can go."""
    rounds, answered = counted(is_taking_all=False)
    assert rounds >= CROWD and all(answered)


def test_no_more_than_a_bound_are_taken_in_one_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "accepted_at_once_max", 9)
    rounds, answered = counted(is_taking_all=True)
    assert rounds >= CROWD // 10 and all(answered)
