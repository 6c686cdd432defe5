"""Begin-and-commit pairs a second: the coalescing client against redis-py's plain calls, in interleaved rounds.

Run `python -m benchmarks.sessions [rounds]` (as a file it would hide the package of its name). Trust the ratios only.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import hiredis
import redis.asyncio
import uvloop
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError

from app.engine.state import Left, State
from app.keys import Key, Keyring
from app.messages import Reply, Session
from app.ports import Keeping, Opened, SessionKey, Won
from app.telling import Listener
from sessions.connection import CoalescingClient
from sessions.embedded import EmbeddedValkey
from sessions.packing import Packed, Script, Word
from sessions.redis_store import RedisSessionStore
from sessions.telling import Tasks

CALLERS = 64
TURNS = 40  # of each caller in a round


class PlainClient:
    """The same scripts by redis-py as its manual shows it: a pool with a connection for each caller."""

    def __init__(self, url: str) -> None:
        never = Retry(NoBackoff(), 0)
        self._redis = redis.asyncio.Redis.from_url(url, protocol=2, max_connections=CALLERS, retry=never)
        self._told = Tasks()

    async def run(self, script: Script, keys: Packed, arguments: Packed) -> Any:
        words = [*_unpacked(keys), *_unpacked(arguments)]
        try:
            return await self._redis.evalsha(script.sha, keys.count, *words)
        except NoScriptError:
            return await self._redis.eval(script.text, keys.count, *words)

    def run_then(self, script: Script, keys: Packed, arguments: Packed, listener: Listener) -> None:
        self._told.start(self.run(script, keys, arguments), listener)

    async def call(self, *words: Word) -> Any:
        untyped: Any = self._redis
        return await untyped.execute_command(*words)

    async def close(self) -> None:
        await self._redis.aclose()


def _unpacked(words: Packed) -> list[bytes]:
    """What redis-py packs again: some microseconds of its hundreds."""
    reader = hiredis.Reader()
    reader.feed(b"*%d\r\n%b" % (words.count, words.packed))
    unpacked: list[bytes] = reader.gets()
    return unpacked


async def caller(store: RedisSessionStore, key: SessionKey) -> None:
    answers = {f"answer{number}": "Tselane Mokoena" for number in range(6)}
    trail = tuple(Left(f"birth/question{number}", answers) for number in range(6))
    expected: int | None = None
    for step in range(TURNS):
        turn = step.to_bytes(16, "big")
        begun = await store.begin(key, turn, key.session, 5)
        assert isinstance(begun, Opened) and (begun.session is None) == (step == 0)
        state = State("lesotho", "9f2c41d0", "birth", "birth/summary", "st", step, answers, trail)
        session = Session(state, step, b"\x05" * 16, ended=False, hop=step)
        reply = Reply("x" * 140, final=False)
        assert await store.commit(key, turn, key.session, expected, session, reply, Keeping(300, 600)) == Won()
        expected = step


async def a_round(store: RedisSessionStore, callers: int) -> tuple[float, float]:
    """Pairs a second, and microseconds of this process's CPU a pair."""
    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller(store, SessionKey(os.urandom(16), os.urandom(16))) for _ in range(callers)))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    pairs = callers * TURNS
    return pairs / wall, cpu / pairs * 1e6


async def compare(url: str, rounds: int) -> None:
    keyring = Keyring((Key("bench", os.urandom(32)),), os.urandom)
    coalesced = RedisSessionStore(CoalescingClient(url, deadline_seconds=5), keyring)
    plain = RedisSessionStore(PlainClient(url), keyring)
    for callers in (CALLERS, 1):
        for store in (coalesced, plain):
            await a_round(store, callers)  # warm up
        rate_ratios, cpu_ratios = [], []
        for number in range(rounds):
            ours, theirs = await a_round(coalesced, callers), await a_round(plain, callers)
            rate_ratios.append(ours[0] / theirs[0])
            cpu_ratios.append(theirs[1] / ours[1])
            print(
                f"{callers:3} callers, round {number + 1}: coalesced {ours[0]:7.0f} pairs/s {ours[1]:4.0f} us CPU | "
                f"plain {theirs[0]:7.0f} pairs/s {theirs[1]:4.0f} us CPU | ratio {rate_ratios[-1]:.2f}"
            )
        print(
            f"{callers:3} callers: coalesced does {statistics.median(rate_ratios):.2f}x the pairs of plain calls, "
            f"with 1/{statistics.median(cpu_ratios):.2f} of the CPU a pair (medians of {rounds} rounds)"
        )
    await coalesced.close()
    await plain.close()


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    with tempfile.TemporaryDirectory() as directory:
        server = EmbeddedValkey(Path(directory))
        server.start()
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(compare(server.url, rounds))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
