"""The wire against a real socket: connections are kept, and what goes wrong is said, not raised."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.errors import SettingsWrong
from app.load.history import Trouble
from app.load.wire import Answer, Wire

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n\r\nCON a"


def asked(serve: Serve, times: int = 1, seconds: float = 5.0) -> list[Answer]:
    """The answers to the same callback, one after the other, from a server that does as it is told."""

    async def run() -> list[Answer]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        wire = Wire(f"http://127.0.0.1:{port}/callbacks/dev/africastalking/ussd", seconds)
        answers = [await wire.post({"text": "1*é+&", "phoneNumber": "+26650000001"}) for _ in range(times)]
        wire.close()
        server.close()
        return answers

    return asyncio.run(run())


async def request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return head + await reader.readexactly(length)


def test_a_form_is_posted_and_the_answer_read_over_one_connection() -> None:
    seen: list[bytes] = []
    connections: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        while True:
            seen.append(await request(reader))
            writer.write(OK)

    assert asked(serve, 3) == [Answer(200, "text/plain; charset=utf-8", b"CON a")] * 3
    assert len(connections) == 1
    assert seen[0].startswith(b"POST /callbacks/dev/africastalking/ussd HTTP/1.1\r\n")
    assert seen[0].endswith(b"text=1%2A%C3%A9%2B%26&phoneNumber=%2B26650000001")


def test_a_connection_that_the_other_side_ends_is_not_used_again() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        writer.close()

    assert [answer.status for answer in asked(serve, 3)] == [200, 200, 200]


def test_silence_a_broken_line_and_gibberish_are_troubles() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def breaking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(OK[:-2])
        writer.close()

    async def gibberish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"what?\r\n\r\n")

    assert [answer.trouble for answer in asked(silent, seconds=0.05)] == [Trouble.NO_ANSWER]
    assert [answer.trouble for answer in asked(breaking, 2)] == [Trouble.LOST] * 2
    assert [answer.trouble for answer in asked(gibberish, 2)] == [Trouble.LOST] * 2


@pytest.mark.parametrize("url", ["", "127.0.0.1:8000", "ftp://127.0.0.1/", "http:///callbacks"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(SettingsWrong, match="write it as"):
        Wire(url, 1.0)
