"""A cluster: each call goes to the primary of its key's slot, and the map is learned anew when it proves wrong."""

from __future__ import annotations

import asyncio
from binascii import crc_hqx
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import hiredis

from app.errors import StoreUnavailable
from app.telling import Listener
from sessions.address import Address
from sessions.connection import CoalescingClient
from sessions.packing import Packed, Script, Word, called, whole
from sessions.telling import Tasks
from sessions.wire import code_of, pack, unless_refused

slots_count = 16_384  # of every cluster (its specification)
redirects_max = 3  # of one call; more: StoreUnavailable
learn_pause_seconds = 0.1  # between two looks at the map, however many calls find it wrong
nodes_max = 1_000  # a larger map is not believed


class ClusterClient:
    """The scripts and commands of the session store on a cluster; same promises as `CoalescingClient`.

    All keys of a call lie in one slot. A call that was redirected is sent again, for the node that redirects has done
    nothing; a call whose node does not answer is not, and the map is learned anew for those that come after.
    """

    def __init__(self, seeds: Sequence[Address], *, deadline_seconds: float = 0.25, connections: int = 2) -> None:
        self._seeds = tuple(seeds)
        self._deadline_seconds = deadline_seconds
        self._connections = connections
        self._clients: dict[tuple[str, int], CoalescingClient] = {}
        self._primary_of: list[tuple[str, int] | None] = [None] * slots_count
        self._primaries: tuple[tuple[str, int], ...] = ()
        self._learning: asyncio.Task[None] | None = None
        self._learned_at = float("-inf")
        self._closed = False
        self._told = Tasks()

    async def run(self, script: Script, keys: Packed, arguments: Packed) -> Any:
        slot = slot_of(keys.first)
        answer = await self._ask(slot, called(script, keys, arguments))
        if isinstance(answer, hiredis.ReplyError) and code_of(answer) == "NOSCRIPT":
            answer = await self._ask(slot, whole(script, keys, arguments))
        return unless_refused(answer)

    def run_then(self, script: Script, keys: Packed, arguments: Packed, listener: Listener) -> None:
        self._told.start(self.run(script, keys, arguments), listener)

    async def call(self, *words: Word) -> Any:
        """A command whose second word is its key; a word alone goes to every primary, and one answer is returned."""
        if len(words) > 1:
            return unless_refused(await self._ask(slot_of(words[1]), pack(words)))
        if not self._primaries:
            await self._learn()
        try:
            answers = await asyncio.gather(*(self._client(node).call(*words) for node in self._primaries))
        except StoreUnavailable:
            self._learn_soon()
            raise
        return answers[0]

    async def close(self) -> None:
        self._closed = True
        if self._learning is not None:
            self._learning.cancel()
            await asyncio.wait([self._learning])
        for client in list(self._clients.values()):
            await client.close()

    async def _ask(self, slot: int, packed: bytes) -> Any:
        before: tuple[Word, ...] = ()
        node = self._primary_of[slot]
        if node is None:
            await self._learn()
            node = self._primary_of[slot]
        for _ in range(redirects_max + 1):
            if node is None:
                raise StoreUnavailable("No server of the cluster has this slot.")
            try:
                answer = await self._client(node).ask(packed, before)
            except StoreUnavailable:
                self._learn_soon()
                raise
            if not isinstance(answer, hiredis.ReplyError):
                return answer
            code, *told = str(answer).split(" ")
            if code not in ("MOVED", "ASK") or len(told) < 2:
                if code in ("CLUSTERDOWN", "READONLY", "LOADING", "MASTERDOWN"):
                    self._learn_soon()
                return answer
            node = _place(told[1], node)
            before = ("ASKING",) if code == "ASK" else ()
            if code == "MOVED":
                self._primary_of[slot] = node
                self._learn_soon()
        raise StoreUnavailable("The cluster sends a call from one server to the other.")

    def _client(self, node: tuple[str, int]) -> CoalescingClient:
        client = self._clients.get(node)
        if client is None:
            if self._closed:
                raise StoreUnavailable("The session store's connections are closed.")
            address = replace(self._seeds[0], host=node[0], port=node[1])
            client = self._clients[node] = CoalescingClient(
                address, deadline_seconds=self._deadline_seconds, connections=self._connections
            )
        return client

    def _learn_soon(self) -> None:
        """One at a time, and no more often than `learn_pause_seconds` allows."""
        now = asyncio.get_running_loop().time()
        if self._learning is None and now - self._learned_at >= learn_pause_seconds and not self._closed:
            self._learning = asyncio.create_task(self._look())

    async def _learn(self) -> None:
        """Wait until somebody has told what the map is; raises `StoreUnavailable` if nobody did."""
        if self._learning is None:
            self._learning = asyncio.create_task(self._look())
        await asyncio.shield(self._learning)
        if not self._primaries:
            raise StoreUnavailable("No server of the cluster can be reached.")

    async def _look(self) -> None:
        """Ask those that are known, then the seeds, all at once; the first whole map is taken."""
        try:
            nodes = dict.fromkeys([*self._primaries, *((seed.host, seed.port) for seed in self._seeds)])
            asking = [asyncio.create_task(self._map_of(node)) for node in nodes]
            try:
                for told in asyncio.as_completed(asking):
                    if (slots := await told) is not None:
                        await self._take(slots)
                        return
            finally:
                for task in asking:
                    task.cancel()
        finally:
            self._learned_at = asyncio.get_running_loop().time()
            self._learning = None

    async def _map_of(self, node: tuple[str, int]) -> list[tuple[int, int, tuple[str, int]]] | None:
        try:
            answer = await self._client(node).call("CLUSTER", "SLOTS")
            found = [(int(first), int(last), (_text(host) or node[0], int(port)))
                     for first, last, (host, port, *_), *_ in answer]  # fmt: skip
        except (StoreUnavailable, ValueError, TypeError):
            return None
        whole = sum(last - first + 1 for first, last, _ in found) == slots_count
        return found if whole and len(found) <= nodes_max else None

    async def _take(self, slots: list[tuple[int, int, tuple[str, int]]]) -> None:
        for first, last, node in slots:
            self._primary_of[first : last + 1] = [node] * (last - first + 1)
        self._primaries = tuple(dict.fromkeys(node for _, _, node in slots))
        seeds = {(seed.host, seed.port) for seed in self._seeds}
        for node in [node for node in self._clients if node not in self._primaries and node not in seeds]:
            await self._clients.pop(node).close()


def slot_of(key: Word) -> int:
    """CRC-16/XMODEM of the key, or of what its first braces hold, if that is anything (the cluster specification)."""
    name = key if isinstance(key, bytes) else str(key).encode()
    _, _, behind = name.partition(b"{")
    tag, closed, _ = behind.partition(b"}")
    return crc_hqx(tag if closed and tag else name, 0) % slots_count


def _place(told: str, asked: tuple[str, int]) -> tuple[str, int] | None:
    """`host:port` of a redirection; without a host it is that of whoever redirects."""
    host, _, port = told.rpartition(":")
    return (host or asked[0], int(port)) if port.isdigit() else None


def _text(word: Any) -> str:
    return word.decode() if isinstance(word, bytes) else ""
