"""Bytes of a session in the server, hop by hop: the shipped birth certificate, through engine and store.

Run `python -m benchmarks.session_bytes`. The server's own count (`MEMORY USAGE`) of all that is kept
of one citizen, overhead included.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from datetime import date
from pathlib import Path

from app.engine.exchange import Facts, Failed, Step
from app.engine.program import Program
from app.engine.step import dial, hear, resume
from app.keys import Key, Keyring
from app.messages import Reply, Session
from app.pack_files import read_pack
from app.ports import Keeping, SessionKey, Won
from sessions.codec import mark_of
from sessions.connection import CoalescingClient
from sessions.embedded import EmbeddedValkey
from sessions.redis_store import RedisSessionStore

TYPED = ("1", "2", "5/3/2026", "6", "5", "012345678901", "1")
FACTS = Facts(date(2026, 11, 26), "africastalking", "65101")
KEY = SessionKey(bytes(16), bytes(16))


async def measure(url: str) -> None:
    program = read_pack(Path("tests/flat")).program
    client = CoalescingClient(url, deadline_seconds=5)
    store = RedisSessionStore(client, Keyring((Key("bench", os.urandom(32)),), os.urandom))
    step, transcript, before = dial(program, "welcome/start", "st", FACTS), "", None
    replies: dict[bytes, Reply] = {}
    for typed in (None, *TYPED):
        if typed is not None:
            step = _settled(program, hear(program, step.state, typed, FACTS))
            transcript = f"{transcript}*{typed}".lstrip("*")
        assert step.page is not None, "every hop ends with a page"
        turn = hashlib.sha256(transcript.encode()).digest()[:16]
        session = Session(step.state, len(transcript), turn, False, 0 if before is None else before + 1)
        reply = Reply(step.page.text, step.page.final)
        kept = await store.commit(KEY, turn, b"lease", before, session, reply, Keeping(300, 1_800), replies)
        assert kept == Won()
        replies[mark_of(turn)] = reply
        before = session.hop
        used = sum([await client.call("MEMORY", "USAGE", name) or 0 for name in await client.call("KEYS", "*")])
        print(f"hop {before}: {used:5} bytes  {step.state.screen}")
    await store.close()


def _settled(program: Program, step: Step) -> Step:
    while step.call is not None:
        step = resume(program, step.state, Failed("down", {}), FACTS)
    return step


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        server = EmbeddedValkey(Path(directory))
        server.start()
        try:
            asyncio.run(measure(server.url))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
