"""Sessions in a Redis-compatible server: one script, one round trip a call, everything sealed."""

from __future__ import annotations

import math
from binascii import b2a_base64
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

import structlog

from app.errors import SealBroken, StoreUnavailable
from app.keys import Keyring
from app.messages import Reply, Session
from app.ports import NO_REPLIES, InWork, Keeping, Lost, Opened, Recalled, Repeated, Replies, SessionKey, Won
from sessions.codec import Codec, mark_of, packed_hop, sealer_of
from sessions.connection import Script, Word
from sessions.recent import Recent

_log = structlog.get_logger(__name__)

# Each script takes all its keys by KEYS, which are in one hash slot, and may run twice with the same arguments.
# The third names the dialogue that the caller may go on with, the fourth counts their dials.
# A session is one value: one byte that counts the marks of the turns that it remembers, eight bytes for each of these,
# four for its hop, and what is sealed. A hash with a field for each reply took three times the memory.
_MARKED = """
local kept = redis.call('GET', KEYS[1])
local behind = 1
if kept then
  behind = 2 + 8 * (string.byte(kept, 1) or 0)
  for place = 2, behind - 8, 8 do
    if string.sub(kept, place, place + 7) == ARGV[1] then
      return {'repeated', kept, false, 0}
    end
  end
end
"""

_BEGIN = Script(
    _MARKED
    + """
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[2] then
  return {'in work', false, false, 0}
end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
if kept then
  return {'opened', kept, false, 0}
end
local dials = 0
if not holder then
  dials = redis.call('INCR', KEYS[4])
  if dials == 1 then
    redis.call('PEXPIRE', KEYS[4], 60000)
  end
end
return {'opened', false, redis.call('GET', KEYS[3]), dials}
"""
)

_KEEP = """
redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5])
if ARGV[6] ~= '0' then
  redis.call('SET', KEYS[3], ARGV[7], 'PX', ARGV[6])
elseif ARGV[8] == '1' or redis.call('GET', KEYS[3]) == ARGV[7] then
  redis.call('DEL', KEYS[3])
end
return {'won', false}
"""

_COMMIT = Script(
    """
if redis.call('GET', KEYS[2]) == ARGV[2] then
  redis.call('DEL', KEYS[2])
end
"""
    + _MARKED
    + """
if (kept and string.sub(kept, behind, behind + 3) or '') ~= ARGV[3] then
  return {'lost', false}
end
"""
    + _KEEP
)

# By the end of its seal, which no two values share: a session that was lost and begun anew may be at the same hop by
# the same turns and yet be another. No further command, which users of the server would first have to be allowed.
_COMMIT_RECALLED = Script(
    _MARKED
    + """
if redis.call('GET', KEYS[2]) then
  return {'in work', false}
end
if (kept and string.sub(kept, -16) or '') ~= ARGV[3] then
  return {'lost', false}
end
"""
    + _KEEP
)

_ABANDON = Script("""
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return 1
""")

_FORGET = Script("""
if redis.call('GET', KEYS[1]) == ARGV[1] then
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
        self._recent = Recent()
        self.unreadable = 0

    def recall(self, key: SessionKey, turn: bytes) -> Recalled | None:
        return self._recent.recall(key, turn)

    async def begin(
        self, key: SessionKey, turn: bytes, lease: bytes, lease_seconds: float
    ) -> Repeated | InWork | Opened:
        mark = mark_of(turn)
        for _ in range(2):
            arguments = (mark, lease, _milliseconds(lease_seconds))
            found, kept, fallen, dials = await self._client.run(_BEGIN, _keys(key), arguments)
            if found == b"in work":
                return InWork()
            if kept is None:
                return Opened(None, fallen, dials)
            try:
                session, replies = self._codec.unpack(kept, key.session)
                return Repeated(replies[mark]) if found == b"repeated" else Opened(session, replies=replies)
            except SealBroken:
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
        done = await self._commit(_COMMIT, key, turn, lease, expected, session, reply, keeping, replies)
        assert not isinstance(done, InWork), "whoever has a lease waits for nobody"
        return done

    def commit_recalled(
        self, key: SessionKey, turn: bytes, recalled: Recalled, session: Session, reply: Reply, keeping: Keeping
    ) -> Coroutine[Any, Any, Won | Lost | InWork]:
        return self._commit(_COMMIT_RECALLED, key, turn, b"", recalled.seal, session, reply, keeping, recalled.replies)

    async def _commit(
        self,
        script: Script,
        key: SessionKey,
        turn: bytes,
        lease: bytes,
        expected: bytes,
        session: Session,
        reply: Reply,
        keeping: Keeping,
        replies: Replies,
    ) -> Won | Lost | InWork:
        mark = mark_of(turn)
        told = {**replies, mark: reply}
        value = self._codec.pack(session, told, key.session)
        arguments = (
            mark, lease, expected, value, _milliseconds(max(keeping.seconds, keeping.resume_seconds)),
            _milliseconds(keeping.resume_seconds) if keeping.resume_seconds else 0, key.session, int(keeping.forget),
        )  # fmt: skip
        self._recent.forget(key)  # of two that commit at once only the one that wins is recalled
        outcome, theirs, *_ = await self._client.run(script, _keys(key), arguments)
        if outcome == b"won":
            self._recent.keep(key, value, session, told)
            return Won()
        if outcome == b"in work":
            return InWork()
        try:
            return Lost(None if theirs is None else self._codec.unpack(theirs, key.session)[1][mark])
        except SealBroken:
            await self._forget(key, theirs)
            return Lost(None)

    async def load(self, key: SessionKey) -> Session | None:
        kept = await self._client.call("GET", _keys(key)[0])
        try:
            return None if kept is None else self._codec.unpack(kept, key.session)[0]
        except SealBroken:
            await self._forget(key, kept)
            return None

    async def abandon(self, key: SessionKey, lease: bytes) -> None:
        await self._client.run(_ABANDON, _keys(key)[1:2], (lease,))

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
        await self._client.run(_FORGET, _keys(key)[:1], (kept,))


@lru_cache(maxsize=1_000)  # begin and commit of a turn ask for the same ones
def _keys(key: SessionKey) -> tuple[bytes, bytes, bytes, bytes]:
    """All of a caller in one slot of a cluster: what decides between two of their dialogues is one script."""
    of_caller = b"mohala:{%b}:" % b2a_base64(key.caller, newline=False).rstrip(b"=")
    of_session = of_caller + b2a_base64(key.session, newline=False).rstrip(b"=")
    return of_session, of_session + b":lease", of_caller + b"fallen", of_caller + b"dials"


@lru_cache(maxsize=100)
def _milliseconds(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))
