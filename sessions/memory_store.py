"""Sessions in this process: the twin of the Redis store, for development and tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.errors import StoreUnavailable
from app.keys import Keyring
from app.messages import Reply, Session
from app.ports import (
    NO_REPLIES,
    Clock,
    InWork,
    Keeping,
    Lost,
    Opened,
    Recalled,
    Repeated,
    Replies,
    SessionKey,
    Won,
)
from app.telling import Listener
from sessions.codec import Codec, hop_of, mark_of, marks_of, packed_hop, seal_of
from sessions.recent import Recent


@dataclass(frozen=True, slots=True)
class _Kept:
    value: bytes
    until: datetime


@dataclass(frozen=True, slots=True)
class _Fallen:
    session: bytes
    until: datetime


@dataclass(frozen=True, slots=True)
class _Dials:
    count: int
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
        self._recent = Recent()
        self._clock = clock
        self._sessions_max = sessions_max
        self._sweep_size = min(1_000, sessions_max)
        self._kept: dict[SessionKey, _Kept] = {}
        self._leases: dict[SessionKey, _Lease] = {}
        self._fallen: dict[bytes, _Fallen] = {}
        self._dials: dict[bytes, _Dials] = {}

    async def begin(
        self, key: SessionKey, turn: bytes, lease: bytes, lease_seconds: float
    ) -> Repeated | InWork | Opened:
        now = self._clock()
        kept, mark = self._live(key, now), mark_of(turn)
        if kept is not None and mark in marks_of(kept):
            return Repeated(self._codec.unpack(kept, key.session)[1][mark])
        held = self._leases.get(key)
        if held is not None and held.until > now and held.token != lease:
            return InWork()
        self._make_room(key, now)
        self._leases[key] = _Lease(lease, now + timedelta(seconds=lease_seconds))
        if kept is not None:
            session, replies = self._codec.unpack(kept, key.session)
            return Opened(session, replies=replies)
        fallen = self._fallen.get(key.caller)
        dials = 0 if held is not None and held.until > now else self._count_dial(key.caller, now)
        return Opened(None, fallen.session if fallen is not None and fallen.until > now else None, dials)

    def _count_dial(self, caller: bytes, now: datetime) -> int:
        before = self._dials.get(caller)
        if before is None or before.until <= now:
            before = _Dials(0, now + timedelta(minutes=1))
        self._dials[caller] = _Dials(before.count + 1, before.until)
        return before.count + 1

    async def commit(
        self,
        key: SessionKey,
        turn: bytes,
        lease: bytes,
        expected_hop: int | None,
        session: Session,
        reply: Reply,
        keeping: Keeping,
        replies: Replies = NO_REPLIES,
    ) -> Won | Lost:
        told = {**replies, mark_of(turn): reply}
        value = self._codec.pack(session, told, key.session)
        self._recent.forget(key)
        await self.abandon(key, lease)
        kept = self._live(key, self._clock())
        if (lost := self._answered(key, kept, turn)) is not None:
            return lost
        if (None if expected_hop is None else packed_hop(expected_hop)) != (None if kept is None else hop_of(kept)):
            return Lost(None)
        return self._keep(key, value, session, told, keeping)

    def recall(self, key: SessionKey, turn: bytes) -> Recalled | None:
        return self._recent.recall(key, turn)

    def commit_dialled(
        self,
        key: SessionKey,
        turn: bytes,
        session: Session,
        reply: Reply,
        keeping: Keeping,
        dials_max: int,
        listener: Listener,
    ) -> None:
        listener.tell(self._commit_dialled(key, turn, session, reply, keeping, dials_max))

    def _commit_dialled(
        self, key: SessionKey, turn: bytes, session: Session, reply: Reply, keeping: Keeping, dials_max: int
    ) -> Won | Lost | InWork:
        now, told = self._clock(), {mark_of(turn): reply}
        value = self._codec.pack(session, told, key.session)
        self._recent.forget(key)
        kept, held = self._live(key, now), self._leases.get(key)
        if (lost := self._answered(key, kept, turn)) is not None:
            return lost
        if kept is not None or (held is not None and held.until > now):
            return InWork()
        fallen, dials = self._fallen.get(key.caller), self._dials.get(key.caller)
        if fallen is not None and fallen.until > now:
            return Lost(None)
        if dials is not None and dials.until > now and dials.count >= dials_max:
            return Lost(None)
        self._count_dial(key.caller, now)
        return self._keep(key, value, session, told, keeping)

    def commit_recalled(
        self,
        key: SessionKey,
        turn: bytes,
        recalled: Recalled,
        session: Session,
        reply: Reply,
        keeping: Keeping,
        listener: Listener,
    ) -> None:
        listener.tell(self._commit_recalled(key, turn, recalled, session, reply, keeping))

    def _commit_recalled(
        self, key: SessionKey, turn: bytes, recalled: Recalled, session: Session, reply: Reply, keeping: Keeping
    ) -> Won | Lost | InWork:
        now, told = self._clock(), {**recalled.replies, mark_of(turn): reply}
        value = self._codec.pack(session, told, key.session)
        self._recent.forget(key)
        kept = self._live(key, now)
        if (lost := self._answered(key, kept, turn)) is not None:
            return lost
        if (held := self._leases.get(key)) is not None and held.until > now:
            return InWork()
        if kept is None or seal_of(kept) != recalled.seal:
            return Lost(None)
        return self._keep(key, value, session, told, keeping)

    def _answered(self, key: SessionKey, kept: bytes | None, turn: bytes) -> Lost | None:
        mark = mark_of(turn)
        if kept is None or mark not in marks_of(kept):
            return None
        return Lost(self._codec.unpack(kept, key.session)[1][mark])

    def _keep(self, key: SessionKey, value: bytes, session: Session, told: Replies, keeping: Keeping) -> Won:
        now = self._clock()
        self._make_room(key, now)
        seconds = max(keeping.seconds, keeping.resume_seconds)
        self._kept[key] = _Kept(value, now + timedelta(seconds=seconds))
        self._remember_fallen(key, keeping, now)
        self._recent.keep(key, value, session, told)
        return Won()

    def _remember_fallen(self, key: SessionKey, keeping: Keeping, now: datetime) -> None:
        fallen = self._fallen.get(key.caller)
        if keeping.resume_seconds:
            until = now + timedelta(seconds=keeping.resume_seconds)
            self._fallen[key.caller] = _Fallen(key.session, until)
        elif fallen is not None and (keeping.forget or fallen.session == key.session):
            del self._fallen[key.caller]

    async def load(self, key: SessionKey) -> Session | None:
        kept = self._live(key, self._clock())
        return None if kept is None else self._codec.unpack(kept, key.session)[0]

    async def abandon(self, key: SessionKey, lease: bytes) -> None:
        held = self._leases.get(key)
        if held is not None and held.token == lease:
            del self._leases[key]

    async def keep_up(self, every_seconds: float) -> None:
        await self._recent.keep_up(every_seconds)

    async def ping(self) -> None:
        return

    async def close(self) -> None:
        self._kept.clear()
        self._leases.clear()
        self._fallen.clear()
        self._dials.clear()

    def _live(self, key: SessionKey, now: datetime) -> bytes | None:
        kept = self._kept.get(key)
        return kept.value if kept is not None and kept.until > now else None

    def _make_room(self, key: SessionKey, now: datetime) -> None:
        """Sweep out what has expired whenever the store has doubled since the last sweep."""
        if key in self._kept or max(len(self._kept), len(self._leases)) < self._sweep_size:
            return
        self._kept = {key: kept for key, kept in self._kept.items() if kept.until > now}
        self._leases = {key: lease for key, lease in self._leases.items() if lease.until > now}
        self._fallen = {caller: fallen for caller, fallen in self._fallen.items() if fallen.until > now}
        self._dials = {caller: dials for caller, dials in self._dials.items() if dials.until > now}
        size = max(len(self._kept), len(self._leases))
        if size >= self._sessions_max:
            raise StoreUnavailable(f"The store in memory is full: {self._sessions_max} sessions.")
        self._sweep_size = min(max(1_000, 2 * size), self._sessions_max)
