"""Sessions in this process: the twin of the Redis store, for development and tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app import limits
from app.errors import StoreUnavailable
from app.keys import Keyring
from app.messages import Reply, Session
from app.ports import Clock, InWork, Lost, Opened, Repeated, Won
from sessions.codec import Codec


@dataclass(frozen=True, slots=True)
class _Kept:
    """`replies` are the last ones by turn, oldest first."""

    replies: dict[bytes, bytes]
    step: int
    session: bytes
    until: datetime


@dataclass(frozen=True, slots=True)
class _Lease:
    token: bytes
    until: datetime


class MemorySessionStore:
    """A `SessionStore` that forgets everything with its process; seals like the other, so limits are the same.

    Keeps at most `sessions_max` sessions; a further one raises `StoreUnavailable`.
    """

    def __init__(self, keyring: Keyring, clock: Clock, *, sessions_max: int = 100_000) -> None:
        self._codec = Codec(keyring)
        self._clock = clock
        self._sessions_max = sessions_max
        self._sweep_size = min(1_000, sessions_max)
        self._kept: dict[bytes, _Kept] = {}
        self._leases: dict[bytes, _Lease] = {}

    async def begin(self, key: bytes, turn: bytes, lease: bytes, lease_seconds: float) -> Repeated | InWork | Opened:
        now = self._clock()
        kept = self._live(key, now)
        if kept is not None and turn in kept.replies:
            return Repeated(self._codec.open_reply(kept.replies[turn], key, turn))
        held = self._leases.get(key)
        if held is not None and held.until > now and held.token != lease:
            return InWork()
        self._make_room(key, now)
        self._leases[key] = _Lease(lease, now + timedelta(seconds=lease_seconds))
        return Opened(None if kept is None else self._codec.open_session(kept.session, key))

    async def commit(
        self,
        key: bytes,
        turn: bytes,
        lease: bytes,
        expected_step: int | None,
        session: Session,
        reply: Reply,
        seconds: float,
    ) -> Won | Lost:
        sealed, answer = self._codec.seal_session(session, key), self._codec.seal_reply(reply, key, turn)
        await self.abandon(key, lease)
        now = self._clock()
        kept = self._live(key, now)
        if kept is not None and turn in kept.replies:
            return Lost(self._codec.open_reply(kept.replies[turn], key, turn))
        if expected_step != (None if kept is None else kept.step):
            return Lost(None)
        self._make_room(key, now)
        before = [] if kept is None else list(kept.replies.items())
        replies = dict([*before, (turn, answer)][-limits.turns_remembered_max :])
        self._kept[key] = _Kept(replies, session.state.step, sealed, now + timedelta(seconds=seconds))
        return Won()

    async def abandon(self, key: bytes, lease: bytes) -> None:
        held = self._leases.get(key)
        if held is not None and held.token == lease:
            del self._leases[key]

    async def ping(self) -> None:
        return

    async def close(self) -> None:
        self._kept.clear()
        self._leases.clear()

    def _live(self, key: bytes, now: datetime) -> _Kept | None:
        kept = self._kept.get(key)
        return kept if kept is not None and kept.until > now else None

    def _make_room(self, key: bytes, now: datetime) -> None:
        """Sweep out what has expired whenever the store has doubled since the last sweep."""
        if key in self._kept or max(len(self._kept), len(self._leases)) < self._sweep_size:
            return
        self._kept = {key: kept for key, kept in self._kept.items() if kept.until > now}
        self._leases = {key: lease for key, lease in self._leases.items() if lease.until > now}
        size = max(len(self._kept), len(self._leases))
        if size >= self._sessions_max:
            raise StoreUnavailable(f"The store in memory is full: {self._sessions_max} sessions.")
        self._sweep_size = min(max(1_000, 2 * size), self._sessions_max)
