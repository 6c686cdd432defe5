"""Sessions in a Redis-compatible server: one script, one round trip a call, everything sealed."""

from __future__ import annotations

import math
from binascii import b2a_base64
from collections.abc import Sequence
from typing import Any, Protocol

import structlog

from app import limits
from app.errors import SealBroken, StoreUnavailable
from app.keys import Keyring
from app.messages import Reply, Session
from app.ports import InWork, Keeping, Lost, Opened, Repeated, SessionKey, Won
from sessions.codec import Codec
from sessions.connection import Script, Word

_log = structlog.get_logger(__name__)

# Each script takes all its keys by KEYS, which are in one hash slot, and may run twice with the same arguments.
# The third names the dialogue that the caller may go on with, the fourth counts their dials.
# A session's hash has a field `r<turn>` for each reply that is remembered, and `t<place>` for the turn at each place of
# the ring, so that the oldest can be found when its place is taken; `n` counts the commits.
_BEGIN = Script("""
local kept = redis.call('HMGET', KEYS[1], 'r' .. ARGV[1], 'session')
if kept[1] then
  return {'repeated', kept[1], false, 0}
end
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[2] then
  return {'in work', false, false, 0}
end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
if kept[2] then
  return {'opened', kept[2], false, 0}
end
local dials = 0
if not holder then
  dials = redis.call('INCR', KEYS[4])
  if dials == 1 then
    redis.call('PEXPIRE', KEYS[4], 60000)
  end
end
return {'opened', false, redis.call('GET', KEYS[3]), dials}
""")

_COMMIT = Script("""
if redis.call('GET', KEYS[2]) == ARGV[2] then
  redis.call('DEL', KEYS[2])
end
local kept = redis.call('HMGET', KEYS[1], 'r' .. ARGV[1], 'hop')
if kept[1] then
  return {'lost', kept[1]}
end
if (kept[2] or '') ~= ARGV[3] then
  return {'lost', false}
end
local place = 't' .. redis.call('HINCRBY', KEYS[1], 'n', 1) % tonumber(ARGV[8])
local oldest = redis.call('HGET', KEYS[1], place)
if oldest then
  redis.call('HDEL', KEYS[1], 'r' .. oldest)
end
redis.call('HSET', KEYS[1], place, ARGV[1], 'r' .. ARGV[1], ARGV[6], 'hop', ARGV[4], 'session', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[7])
if ARGV[9] ~= '0' then
  redis.call('SET', KEYS[3], ARGV[10], 'PX', ARGV[9])
elseif ARGV[11] == '1' or redis.call('GET', KEYS[3]) == ARGV[10] then
  redis.call('DEL', KEYS[3])
end
return {'won', false}
""")

_ABANDON = Script("""
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return 1
""")

_FORGET = Script("""
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') == ARGV[2] then
  redis.call('DEL', KEYS[1])
end
return 1
""")


class Client(Protocol):
    """What the store asks of a connection to the server; raises `StoreUnavailable`."""

    async def run(self, script: Script, keys: Sequence[Word], arguments: Sequence[Word]) -> Any: ...
    async def call(self, *words: Word) -> Any: ...
    async def close(self) -> None: ...


class RedisSessionStore:
    """A `SessionStore` on a Redis or Valkey server. Owns the client that it is given.

    `unreadable` counts the sessions that did not open (lost key, altered bytes) and were forgotten.
    """

    def __init__(self, client: Client, keyring: Keyring) -> None:
        self._client = client
        self._codec = Codec(keyring)
        self.unreadable = 0

    async def begin(
        self, key: SessionKey, turn: bytes, lease: bytes, lease_seconds: float
    ) -> Repeated | InWork | Opened:
        for _ in range(2):
            arguments = (turn, lease, _milliseconds(lease_seconds))
            found, kept, fallen, dials = await self._client.run(_BEGIN, _keys(key), arguments)
            try:
                return self._read(found, kept, Opened(None, fallen, dials), key, turn)
            except SealBroken:
                await self._forget(key, _reply_field(turn) if found == b"repeated" else b"session", kept)
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
    ) -> Won | Lost:
        expected = "" if expected_hop is None else expected_hop
        kept_session = self._codec.seal_session(session, key.session)
        kept_reply = self._codec.seal_reply(reply, key.session, turn)
        arguments = (
            turn, lease, expected, session.hop, kept_session, kept_reply,
            _milliseconds(max(keeping.seconds, keeping.resume_seconds)), limits.turns_remembered_max,
            _milliseconds(keeping.resume_seconds) if keeping.resume_seconds else 0, key.session, int(keeping.forget),
        )  # fmt: skip
        outcome, theirs = await self._client.run(_COMMIT, _keys(key), arguments)
        if outcome == b"won":
            return Won()
        try:
            return Lost(None if theirs is None else self._codec.open_reply(theirs, key.session, turn))
        except SealBroken:
            await self._forget(key, _reply_field(turn), theirs)
            return Lost(None)

    async def load(self, key: SessionKey) -> Session | None:
        kept = await self._client.call("HGET", _keys(key)[0], "session")
        try:
            return None if kept is None else self._codec.open_session(kept, key.session)
        except SealBroken:
            await self._forget(key, b"session", kept)
            return None

    async def abandon(self, key: SessionKey, lease: bytes) -> None:
        await self._client.run(_ABANDON, _keys(key)[1:2], (lease,))

    async def ping(self) -> None:
        await self._client.call("PING")

    async def close(self) -> None:
        await self._client.close()

    def _read(
        self, found: bytes, kept: bytes | None, new: Opened, key: SessionKey, turn: bytes
    ) -> Repeated | InWork | Opened:
        if found == b"repeated":
            return Repeated(self._codec.open_reply(kept or b"", key.session, turn))
        if found == b"in work":
            return InWork()
        return new if kept is None else Opened(self._codec.open_session(kept, key.session))

    async def _forget(self, key: SessionKey, name: bytes, sealed: bytes | None) -> None:
        """Drop an unreadable session unless it has changed since, or no commit could ever follow it."""
        self.unreadable += 1
        _log.warning("session_unreadable")
        await self._client.run(_FORGET, _keys(key)[:1], (name, sealed or b""))


def _keys(key: SessionKey) -> tuple[bytes, bytes, bytes, bytes]:
    """All of a caller in one slot of a cluster: what decides between two of their dialogues is one script."""
    of_caller = b"mohala:{%b}:" % b2a_base64(key.caller, newline=False).rstrip(b"=")
    of_session = of_caller + b2a_base64(key.session, newline=False).rstrip(b"=")
    return of_session, of_session + b":lease", of_caller + b"fallen", of_caller + b"dials"


def _reply_field(turn: bytes) -> bytes:
    return b"r" + turn


def _milliseconds(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))
