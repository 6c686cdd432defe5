"""About the limit of CPython with Redis: no framework, an asyncio protocol and two scripts in one write a loop tick."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs

import uvloop

from sessions.connection import CoalescingClient
from sessions.packing import Script, words_of

PAGES = json.loads(Path(sys.argv[2]).read_text("utf-8"))
LENGTH = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: *(\d+)")
LOAD = Script(
    "local kept = redis.call('HMGET', KEYS[1], 'text', 'reply', 'state') "
    "if kept[1] == ARGV[1] then return {'repeated', kept[2]} end return {'opened', kept[3]}"
)
COMMIT = Script(
    "if (redis.call('HGET', KEYS[1], 'step') or '') ~= ARGV[1] then return 0 end "
    "redis.call('HSET', KEYS[1], 'step', ARGV[2], 'text', ARGV[3], 'reply', ARGV[4], 'state', ARGV[5]) "
    "redis.call('EXPIRE', KEYS[1], 300) return 1"
)


class Door(asyncio.Protocol):
    client: CoalescingClient

    def __init__(self) -> None:
        self._buffer = b""
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        length = LENGTH.search(head) if found else None
        if length and len(body) >= int(length[1]):
            self._buffer = b""
            task = asyncio.create_task(self._answer(body))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, body: bytes) -> None:
        form = parse_qs(body.decode(), keep_blank_values=True)
        text, key = form["text"][0], f"{{{form['sessionId'][0]}}}".encode()
        found, kept = await self.client.run(LOAD, words_of(key), words_of(text.encode()))
        if found == b"repeated":
            page = kept
        else:
            state: dict[str, Any] = json.loads(kept) if kept else {"step": -1, "answers": []}
            before = b"" if kept is None else b"%d" % state["step"]
            state = {"step": state["step"] + 1, "answers": [*state["answers"], text.rpartition("*")[2]]}
            page = PAGES[state["step"]][1].encode()
            words = words_of(before, b"%d" % state["step"], text.encode(), page, json.dumps(state).encode())
            await self.client.run(COMMIT, words_of(key), words)
        self._transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: %d\r\n\r\n%s" % (len(page), page)
        )


async def main() -> None:
    Door.client = CoalescingClient(sys.argv[3], deadline_seconds=5)
    server = await asyncio.get_running_loop().create_server(Door, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(main())
