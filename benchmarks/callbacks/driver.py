"""Drives a gateway from outside its process: whole dialogues over many connections, every answer compared byte by byte.

`python -m benchmarks.callbacks.driver PORT PATH CONNECTIONS SECONDS PAGES [HISTORY]` prints one line of JSON. All that
was sent and answered is added to HISTORY when the round is over, for `mohala history`'s checks.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from pathlib import Path
from typing import cast

import msgspec
import uvloop

from app.load.history import Deed, Exchange

LENGTH = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: *(\d+)")
CODE = "*384*26600#"
WRONG_MAX = 5  # more wrong answers end a caller's round: it measures nothing then
LAST_ANSWER_SECONDS = 60


def session_of(caller: int) -> str:
    return f"ATUid_{caller:032x}"


def number_of(caller: int) -> str:
    """Without its plus."""
    return f"266{50_000_000 + caller % 20_000_000}"


class Connection(asyncio.Protocol):
    """One caller after the other on one kept-alive connection, one callback at a time."""

    def __init__(self, path: str, pages: list[tuple[str, bytes]], number: int, step: int) -> None:
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        ).encode()
        self._pages = pages
        self._number, self._step = number, step
        self._hop = 0
        self._buffer = b""
        self._sent_at = 0
        self.nanoseconds: list[int] = []
        self.said: list[tuple[int, int, int, bytes]] = []  # caller, hop, when it was sent, the body
        self.sent = 0
        self.wrong: list[str] = []  # one for each callback that was answered wrong or not at all
        self.stopping = self.given_up = False
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass
        self._send()

    def _send(self) -> None:
        text = self._pages[self._hop][0]
        body = (
            f"sessionId={session_of(self._number)}&phoneNumber=%2B{number_of(self._number)}"
            f"&networkCode=65101&serviceCode=%2A384%2A26600%23&text={text}"
        ).encode()
        self._sent_at = time.perf_counter_ns()
        self.sent += 1
        self._transport.write(b"%sContent-Length: %d\r\n\r\n%s" % (self._head, len(body), body))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        length = LENGTH.search(head) if found else None
        if found and length is None:
            self._give_up(f"an answer without a length: {head[:200]!r}")
        if length is None or len(body) < int(length[1]):
            return
        self.nanoseconds.append(time.perf_counter_ns() - self._sent_at)
        self.said.append((self._number, self._hop, self._sent_at, body))
        self._buffer = b""
        if not head.startswith(b"HTTP/1.1 200") or body != self._pages[self._hop][1]:
            why = f"{self._pages[self._hop][0]!r} was answered {head[:15]!r} {body[:200]!r}"
            if len(self.wrong) == WRONG_MAX:
                self._give_up(why)
                return
            self.wrong.append(why)
        self._hop += 1
        if self._hop == len(self._pages):
            self._hop = 0
            self._number += self._step
            if self.stopping:
                self._transport.close()
                return
        self._send()

    def end(self) -> None:
        """What was not answered by now is answered wrong."""
        if not self.closed.done():
            self._give_up(f"{self._pages[self._hop][0]!r} was not answered within {LAST_ANSWER_SECONDS} s")

    def _give_up(self, why: str) -> None:
        self.given_up = True
        self.wrong.append(why)
        self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.given_up and (error is not None or not self.stopping):
            self.wrong.append(f"the connection was lost: {error}")
        if not self.closed.done():
            self.closed.set_result(None)


async def drive(
    port: int, path: str, connections: int, seconds: float, pages: list[tuple[str, bytes]], history: Path | None
) -> dict[str, object]:
    loop = asyncio.get_running_loop()
    first = time.time_ns() // 1_000_000  # so that no two rounds have a session in common
    callers = []
    began = time.perf_counter()
    for number in range(connections):
        _, caller = await loop.create_connection(
            lambda number=number: Connection(path, pages, first * 64 + number, connections),  # type: ignore[misc]
            "127.0.0.1", port,
        )  # fmt: skip
        callers.append(caller)
    await asyncio.sleep(seconds)
    for caller in callers:
        caller.stopping = True
    await asyncio.wait([caller.closed for caller in callers], timeout=LAST_ANSWER_SECONDS)
    for caller in callers:
        caller.end()
    taken = time.perf_counter() - began
    if history is not None:
        write_history(history, pages, callers)
    waits = sorted(wait for caller in callers for wait in caller.nanoseconds)
    wrong = [one for caller in callers for one in caller.wrong]
    return {
        "callbacks": len(waits),
        "sent": sum(caller.sent for caller in callers),
        "per_second": len(waits) / taken,
        "p50_ms": waits[len(waits) // 2] / 1e6 if waits else 0.0,
        "p99_ms": waits[len(waits) * 99 // 100] / 1e6 if waits else 0.0,
        "wrong": len(wrong),
        "wrong_answers": wrong[:WRONG_MAX],
    }


def write_history(file: Path, pages: list[tuple[str, bytes]], callers: list[Connection]) -> None:
    """Every exchange as the load generator writes it; times are the monotonic clock's."""
    encoder = msgspec.json.Encoder()
    with file.open("ab") as lines:
        for caller in callers:
            for (number, hop, sent, body), took in zip(caller.said, caller.nanoseconds, strict=True):
                at, text = sent / 1e9, pages[hop][0]
                exchange = Exchange(
                    f"+{number_of(number)}", session_of(number), CODE, Deed.TYPE if text else Deed.DIAL, text,
                    at, at, at, at + took / 1e9, answer=body.decode("utf-8", "replace"),
                )  # fmt: skip
                lines.write(encoder.encode(exchange) + b"\n")


def main() -> None:
    port, path, connections, seconds, pages_file = sys.argv[1:6]
    history = Path(sys.argv[6]) if len(sys.argv) > 6 else None
    pages = [(text, body.encode()) for text, body in json.loads(Path(pages_file).read_text("utf-8"))]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(drive(int(port), path, int(connections), float(seconds), pages, history))))


if __name__ == "__main__":
    main()
