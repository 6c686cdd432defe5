"""A primary that sentinels watch over: found through them, and found anew when another takes its place."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.errors import StoreUnavailable
from app.telling import Listener
from sessions.address import Address
from sessions.connection import CoalescingClient
from sessions.packing import Packed, Script, Word
from sessions.telling import Tasks

look_pause_seconds = 0.1  # between two looks, however many calls find no primary
look_again_seconds = 1.0  # so often are the sentinels asked whether the primary is still the one


class SentinelClient:
    """The scripts and commands of the session store on whichever server is the primary; as `CoalescingClient`.

    A call that failed is not sent again: the primary is looked for, for those that come after. A primary that was cut
    off from its sentinels and does not know it is left as soon as they name another.
    """

    def __init__(
        self, sentinels: Sequence[Address], name: str, *, deadline_seconds: float = 0.25, connections: int = 2
    ) -> None:
        # The sentinels have no databases; the log-in of the URL is for them and for the servers they watch.
        self._sentinels = [replace(sentinel, database=0) for sentinel in sentinels]
        self._name = name
        self._deadline_seconds = deadline_seconds
        self._connections = connections
        self._primary: tuple[str, int] | None = None
        self._client: CoalescingClient | None = None
        self._looking: asyncio.Task[None] | None = None
        self._looked_at = float("-inf")
        self._closed = False
        self._told = Tasks()

    async def run(self, script: Script, keys: Packed, arguments: Packed) -> Any:
        client = await self._found()
        try:
            return await client.run(script, keys, arguments)
        except StoreUnavailable:
            self._look_soon(look_pause_seconds)
            raise

    def run_then(self, script: Script, keys: Packed, arguments: Packed, listener: Listener) -> None:
        self._told.start(self.run(script, keys, arguments), listener)

    async def call(self, *words: Word) -> Any:
        client = await self._found()
        try:
            return await client.call(*words)
        except StoreUnavailable:
            self._look_soon(look_pause_seconds)
            raise

    async def close(self) -> None:
        self._closed = True
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])
        if self._client is not None:
            await self._client.close()

    async def _found(self) -> CoalescingClient:
        if self._client is None:
            self._look_soon(0.0 if self._looked_at == float("-inf") else look_pause_seconds)
            if self._looking is not None:
                await asyncio.shield(self._looking)
        else:
            self._look_soon(look_again_seconds)
        if self._client is None:
            raise StoreUnavailable("No sentinel names a primary that can be reached.")
        return self._client

    def _look_soon(self, pause_seconds: float) -> None:
        now = asyncio.get_running_loop().time()
        if self._looking is None and now - self._looked_at >= pause_seconds and not self._closed:
            self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        """All sentinels at once; the first that names a server which says that it is the primary is believed."""
        try:
            asking = [asyncio.create_task(self._named_by(sentinel)) for sentinel in self._sentinels]
            try:
                for told in asyncio.as_completed(asking):
                    named = await told
                    if named is not None and (named == self._primary or await self._take(named)):
                        return
            finally:
                for task in asking:
                    task.cancel()
        finally:
            self._looked_at = asyncio.get_running_loop().time()
            self._looking = None

    async def _named_by(self, sentinel: Address) -> tuple[str, int] | None:
        client = CoalescingClient(sentinel, deadline_seconds=self._deadline_seconds, connections=1)
        try:
            host, port = await client.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._name)
            return host.decode(), int(port)
        except (StoreUnavailable, TypeError, ValueError):
            return None
        finally:
            await client.close()

    async def _take(self, named: tuple[str, int]) -> bool:
        address = replace(self._sentinels[0], host=named[0], port=named[1])
        client = CoalescingClient(address, deadline_seconds=self._deadline_seconds, connections=self._connections)
        try:
            role = await client.call("ROLE")
        except StoreUnavailable:
            role = None
        if not role or role[0] != b"master":
            await client.close()
            return False
        before, self._client, self._primary = self._client, client, named
        if before is not None:
            await before.close()
        return True
