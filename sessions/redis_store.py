"""Sessions in a Redis-compatible server: one script, one round trip a call, everything sealed."""

from __future__ import annotations

import math
from binascii import b2a_base64
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Protocol

import structlog

from app.errors import SealBroken, StoreUnavailable
from app.keys import Keyring
from app.messages import Reply, Session
from app.ports import (
    NO_REPLIES,
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
from sessions.codec import Codec, mark_of, packed_hop, sealer_of
from sessions.packing import Packed, Script, Word, length_of, word_of, words_of
from sessions.recent import Recent
from sessions.scripts import BEGIN, COMMIT, COMMIT_DIALLED, COMMIT_RECALLED, DROP
from sessions.telling import gone_wrong

_log: Final = structlog.get_logger(__name__)
_LEASE: Final = b":lease"
_END: Final = b"\r\n"


class Client(Protocol):
    """What the store asks of a connection to the server; raises `StoreUnavailable`."""

    async def run(self, script: Script, keys: Packed, arguments: Packed) -> Any: ...
    def run_then(self, script: Script, keys: Packed, arguments: Packed, listener: Listener) -> None: ...
    async def call(self, *words: Word) -> Any: ...
    async def close(self) -> None: ...


class RedisSessionStore:
    """A `SessionStore` on a Redis or Valkey server. Owns the client that it is given.

    `unreadable` counts the sessions that did not open (lost key, altered bytes) and were forgotten.
    """

    def __init__(self, client: Client, keyring: Keyring) -> None:
        self._client = client
        self._codec = Codec(keyring)
        self._recent = Recent()
        self.unreadable = 0

    def recall(self, key: SessionKey, turn: bytes) -> Recalled | None:
        return self._recent.recall(key, turn)

    async def begin(
        self, key: SessionKey, turn: bytes, lease: bytes, lease_seconds: float
    ) -> Repeated | InWork | Opened:
        mark = mark_of(turn)
        for _ in range(2):
            arguments = words_of(mark, lease, _milliseconds(lease_seconds))
            found, kept, fallen, dials = await self._client.run(BEGIN, _keys(key), arguments)
            if found == b"in work":
                return InWork()
            if kept is None:
                return Opened(None, fallen, dials)
            if (opened := self._unpacked(key, kept)) is not None:
                session, replies = opened
                return Repeated(replies[mark]) if found == b"repeated" else Opened(session, replies=replies)
            await self._forget(key, kept)
        raise StoreUnavailable("Sessions keep being written with a key that is not in the key file.")

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
        expected = b"" if expected_hop is None else packed_hop(expected_hop)
        told = {**replies, mark_of(turn): reply}
        value = self._codec.pack(session, told, key.session)
        arguments = _arguments(mark_of(turn), lease, expected, value, keeping, key)
        self._recent.forget(key)  # of two that commit at once only the one that wins is recalled
        answer = await self._client.run(COMMIT, _keys(key), arguments)
        done = self.committed(key, turn, value, session, told, answer)
        if done is None:
            await self._forget(key, answer[1])
            return Lost(None)
        assert not isinstance(done, InWork), "whoever has a lease waits for nobody"
        return done

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
        told = {mark_of(turn): reply}
        value = self._codec.pack(session, told, key.session)
        arguments = _arguments(mark_of(turn), b"", b"%d" % dials_max, value, keeping, key)
        self._recent.forget(key)
        committing = _Committing(self, key, turn, value, session, told, listener)
        self._client.run_then(COMMIT_DIALLED, _keys(key), arguments, committing)

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
        told = {**recalled.replies, mark_of(turn): reply}
        value = self._codec.pack(session, told, key.session)
        arguments = _arguments(mark_of(turn), b"", recalled.seal, value, keeping, key)
        self._recent.forget(key)
        committing = _Committing(self, key, turn, value, session, told, listener)
        self._client.run_then(COMMIT_RECALLED, _keys(key), arguments, committing)

    def committed(
        self, key: SessionKey, turn: bytes, value: bytes, session: Session, told: Replies, answer: Any
    ) -> Won | Lost | InWork | None:
        """None: somebody else answered this turn, and what they left does not open."""
        outcome, theirs = answer[0], answer[1]
        if outcome == b"won":
            self._recent.keep(key, value, session, told)
            return Won()
        if outcome == b"in work":
            return InWork()
        if theirs is None:
            return Lost(None)
        opened = self._unpacked(key, theirs)
        return None if opened is None else Lost(opened[1][mark_of(turn)])

    def _unpacked(self, key: SessionKey, kept: bytes) -> tuple[Session, dict[bytes, Reply]] | None:
        """None: it does not open."""
        try:
            return self._codec.unpack(kept, key.session)
        except SealBroken:
            return None

    async def load(self, key: SessionKey) -> Session | None:
        kept = await self._client.call("GET", _keys(key).first)
        if kept is None:
            return None
        if (opened := self._unpacked(key, kept)) is not None:
            return opened[0]
        await self._forget(key, kept)
        return None

    async def abandon(self, key: SessionKey, lease: bytes) -> None:
        await self._client.run(DROP, words_of(_keys(key).first + _LEASE), words_of(lease))

    async def seals(self) -> Mapping[str, int]:
        """How many sessions each key sealed, of those on this server; not for a cluster, whose servers are several."""
        found: Counter[str] = Counter()
        place: Any = b"0"
        while True:
            place, names = await self._client.call("SCAN", place, "MATCH", "mohala:{*}:*", "COUNT", 500)
            for name in names:
                if not name.endswith((b":lease", b":fallen", b":dials")):
                    kept = await self._client.call("GET", name)
                    found.update([sealer_of(kept)] if kept is not None else [])
            if place == b"0":
                return found

    async def keep_up(self, every_seconds: float) -> None:
        await self._recent.keep_up(every_seconds)

    async def ping(self) -> None:
        await self._client.call("PING")

    async def close(self) -> None:
        await self._client.close()

    async def _forget(self, key: SessionKey, kept: bytes) -> None:
        """Drop an unreadable session unless it has changed since, or no commit could ever follow it."""
        self.unreadable += 1
        _log.warning("session_unreadable")
        await self._client.run(DROP, words_of(_keys(key).first), words_of(kept))


class _Committing(Listener):
    """Who hears the server's answer to a commit, and tells what came of it."""

    __slots__ = ("_key", "_listener", "_session", "_store", "_told", "_turn", "_value")

    def __init__(
        self,
        store: RedisSessionStore,
        key: SessionKey,
        turn: bytes,
        value: bytes,
        session: Session,
        told: Replies,
        listener: Listener,
    ) -> None:
        self._store = store
        self._key = key
        self._turn = turn
        self._value = value
        self._session = session
        self._told = told
        self._listener = listener

    def tell(self, what: Any) -> None:
        committed: Won | Lost | InWork | StoreUnavailable
        try:
            if isinstance(what, StoreUnavailable):
                committed = what
            else:  # one that does not open is dropped when the turn is begun
                kept = self._store.committed(self._key, self._turn, self._value, self._session, self._told, what)
                committed = Lost(None) if kept is None else kept
        except Exception as error:  # broad: whoever is never told waits for ever
            committed = gone_wrong(error)
        self._listener.tell(committed)


@lru_cache(maxsize=1_000)  # every hop of a dialogue asks for the same ones
def _keys(key: SessionKey) -> Packed:
    """All of a caller in one slot of a cluster: what decides between two of their dialogues is one script."""
    of_caller = b"mohala:{%b}:" % b2a_base64(key.caller, newline=False).rstrip(b"=")
    of_session = of_caller + b2a_base64(key.session, newline=False).rstrip(b"=")
    return words_of(of_session, of_session + _LEASE, of_caller + b"fallen", of_caller + b"dials")


def _arguments(mark: bytes, lease: bytes, expected: bytes, value: bytes, keeping: Keeping, key: SessionKey) -> Packed:
    """Of the scripts that commit."""
    longest, forget = _kept(keeping)
    session = key.session
    packed = b"".join(
        (
            length_of(mark), mark, _END, length_of(lease), lease, _END, length_of(expected), expected, _END,
            length_of(value), value, _END, longest, length_of(session), session, _END, forget,
        )
    )  # fmt: skip
    return Packed(8, mark, packed)


@lru_cache(maxsize=100)
def _kept(keeping: Keeping) -> tuple[bytes, bytes]:
    """For how many milliseconds a session is kept, and offered to go on with; whether what fell before is forgotten."""
    resume = _milliseconds(keeping.resume_seconds) if keeping.resume_seconds else b"0"
    longest = _milliseconds(max(keeping.seconds, keeping.resume_seconds))
    return word_of(longest) + word_of(resume), word_of(b"1" if keeping.forget else b"0")


def _milliseconds(seconds: float) -> bytes:
    return b"%d" % max(1, math.ceil(seconds * 1000))
