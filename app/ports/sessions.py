"""Where a Session lives between two callbacks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol, TypeAlias

import msgspec

from app.messages import Reply, Session
from app.telling import Listener


class SessionKey(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """Keyed hashes: of the caller's number, and of one dialogue of theirs. Looked up several times a turn."""

    caller: bytes
    session: bytes


class Keeping(msgspec.Struct, frozen=True, gc=False):
    """How long a session is kept, and for how long after that hop its caller is offered to go on with it (0: not).

    `forget` drops what else the caller is offered.
    """

    seconds: float
    resume_seconds: float = 0.0
    forget: bool = False


class Repeated(msgspec.Struct, frozen=True, gc=False):
    """This very turn was answered before."""

    reply: Reply


class InWork(msgspec.Struct, frozen=True, gc=False):
    """Another copy of this turn, or another turn of this session, is being worked on now."""


Replies: TypeAlias = Mapping[bytes, Reply]
"""The last replies of a session by turn, as its store names turns, oldest first."""


NO_REPLIES: Replies = MappingProxyType({})


class Opened(msgspec.Struct, frozen=True, gc=False, eq=False):
    """The turn is ours until the lease runs out; `session` is None on a first hop. `replies` are those that it
    remembers, for the commit.

    On a first hop, `fallen` names the caller's last dialogue if they are still offered to go on with it, and `dials`
    counts the first hops of this number within a minute.
    """

    session: Session | None
    fallen: bytes | None = None
    dials: int = 0
    replies: Replies = NO_REPLIES

    def __eq__(self, other: object) -> bool:
        """By what is open, however often somebody dialled."""
        return isinstance(other, Opened) and (self.session, self.fallen) == (other.session, other.fallen)

    __hash__ = None  # type: ignore[assignment]


class Recalled(msgspec.Struct, frozen=True, gc=False):
    """A session and its last replies as they were committed from this process last; `seal` is what the store knows them
    by, and nothing else.
    """

    session: Session
    replies: Replies
    seal: bytes


class Won(msgspec.Struct, frozen=True, gc=False):
    """The commit was applied."""


class Lost(msgspec.Struct, frozen=True, gc=False):
    """Somebody else committed first. `reply` is theirs if they answered this very turn, else None."""

    reply: Reply | None


class SessionStore(Protocol):
    """Where a Session lives between callbacks. One round trip a call; raises `StoreUnavailable`, and `SessionTooLarge`
    from a commit.

    `turn` names the hop, a keyed hash. `lease` is a token of whoever works on it.
    """

    def recall(self, key: SessionKey, turn: bytes) -> Recalled | None:
        """What others may have changed since, or the store have lost. None: it is not known here, or this turn was
        answered before.
        """
        ...

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
        """Begin and commit in one, for a turn that nobody else need wait for: if the session still is exactly the one
        that was recalled, and nobody is at work on it. Else nothing is changed, and nothing is recalled any more.

        `listener` is told once what came of it (`Won`, `Lost`, `InWork` or `StoreUnavailable`), as soon as that is
        known, maybe before this returns; of what is raised at once it is not told, and nothing was sent then.
        """
        ...

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
        """Begin and commit in one, for the first turn of a dialogue: if there is no session yet, nobody is at work on
        it, its caller has nothing to go on with, and has not dialled `dials_max` times within a minute. Else nothing
        is changed, and the dial is not counted. `listener` is told as by `commit_recalled`.
        """
        ...

    async def begin(
        self, key: SessionKey, turn: bytes, lease: bytes, lease_seconds: float
    ) -> Repeated | InWork | Opened: ...
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
        """Compare-and-set on the hop number (None: no session yet); gives the lease back.

        `replies` are those that were remembered when the turn was begun.
        """
        ...

    async def load(self, key: SessionKey) -> Session | None:
        """A session as it is, which somebody else may be about to change."""
        ...

    async def abandon(self, key: SessionKey, lease: bytes) -> None:
        """Give the lease back without a commit."""
        ...

    async def keep_up(self, every_seconds: float) -> None:
        """For ever let go, so often, what is recalled and nobody has gone on with since the last time."""
        ...

    async def ping(self) -> None: ...
    async def close(self) -> None: ...
