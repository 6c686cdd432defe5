"""The sessions that this process committed last: the next hop need not ask the server for what it was just told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import islice

from app import limits
from app.bounded import shorten
from app.messages import Session
from app.ports import Recalled, Replies, SessionKey
from sessions.codec import mark_of, seal_of


class Recent:
    """A guess, and no more: another process may have gone on since, or the server have lost it all. Whoever goes by it
    commits only if the server still has exactly what was committed here.

    Holds the newest `sessions_recalled_max` that can go on; their answers stand in memory in clear for as long, and no
    longer than twice the time between two calls of `age`.
    """

    def __init__(self) -> None:
        self._known: dict[SessionKey, Recalled] = {}
        self._aged: dict[SessionKey, Recalled] = {}

    def age(self) -> None:
        """Let go what nobody has gone on with since the last call."""
        self._known = {key: known for key, known in self._known.items() if self._aged.get(key) is not known}
        self._aged = dict(self._known)

    async def keep_up(self, every_seconds: float, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Age for ever."""
        while True:
            await sleep(every_seconds)
            self.age()

    def keep(self, key: SessionKey, value: bytes, session: Session, replies: Replies) -> None:
        """What a commit has just packed: the first byte of `value` counts the last replies, which it remembers."""
        self._known.pop(key, None)
        if session.ended:
            return
        if dropped := len(replies) - value[0]:
            replies = dict(islice(replies.items(), dropped, None))
        self._known[key] = Recalled(session, replies, seal_of(value))
        shorten(self._known, limits.sessions_recalled_max, spare=limits.sessions_recalled_max // 10)

    def forget(self, key: SessionKey) -> None:
        self._known.pop(key, None)

    def recall(self, key: SessionKey, turn: bytes) -> Recalled | None:
        """For a turn that was not answered before. A repeat is for the server, which may have lost what it repeats."""
        known = self._known.get(key)
        return None if known is None or mark_of(turn) in known.replies else known
