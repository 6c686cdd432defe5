"""The seam: a Protocol for each thing outside the house, all on one page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Protocol, TypeAlias

import msgspec

from app import limits
from app.audit import AuditEntry
from app.messages import (
    Answered,
    Change,
    ClaimedJob,
    DeliveryEvent,
    Filing,
    Handed,
    HistoryEntry,
    Job,
    Opening,
    OutgoingSms,
    Pending,
    Publication,
    Refused,
    Reply,
    Request,
    Session,
    SmsEvent,
    UssdEnded,
    UssdEvent,
    WireRequest,
    WireResponse,
)
from app.tasks import Entry, Task, Wanted

Clock = Callable[[], datetime]
"""Now, in UTC with its time zone."""

RandomBytes = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Of a turn: offices get no more than `soft_seconds` of it; the answer leaves before `hard_seconds` are over."""

    soft_seconds: float = limits.turn_soft_seconds
    hard_seconds: float = limits.turn_hard_seconds


class Aggregator(Protocol):
    """A telecom aggregator's wire, for one account. The readers raise `NotOurs` and remember nothing."""

    name: str
    deadlines: Deadlines

    def read_ussd(self, request: WireRequest) -> UssdEvent: ...
    def read_ussd_end(self, request: WireRequest) -> UssdEnded: ...
    def read_sms(self, request: WireRequest) -> SmsEvent: ...
    def read_delivery(self, request: WireRequest) -> DeliveryEvent: ...
    def write(self, reply: Reply) -> WireResponse: ...

    async def send(self, sms: OutgoingSms) -> str:
        """Hand an SMS over and return the aggregator's message id; raises `ServiceFailed`."""
        ...

    async def close(self) -> None: ...


class SessionKey(msgspec.Struct, frozen=True):
    """Keyed hashes: of the caller's number, and of one dialogue of theirs."""

    caller: bytes
    session: bytes


class Keeping(msgspec.Struct, frozen=True):
    """How long a session is kept, and for how long after that hop its caller is offered to go on with it (0: not).

    `forget` drops what else the caller is offered.
    """

    seconds: float
    resume_seconds: float = 0.0
    forget: bool = False


class Repeated(msgspec.Struct, frozen=True):
    """This very turn was answered before."""

    reply: Reply


class InWork(msgspec.Struct, frozen=True):
    """Another copy of this turn, or another turn of this session, is being worked on now."""


Replies: TypeAlias = Mapping[bytes, Reply]
"""The last replies of a session by turn, as its store names turns, oldest first."""
NO_REPLIES: Replies = MappingProxyType({})


class Opened(msgspec.Struct, frozen=True, eq=False):
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


class Won(msgspec.Struct, frozen=True):
    """The commit was applied."""


class Lost(msgspec.Struct, frozen=True):
    """Somebody else committed first. `reply` is theirs if they answered this very turn, else None."""

    reply: Reply | None


class SessionStore(Protocol):
    """Where a Session lives between callbacks. One round trip a call; raises `StoreUnavailable`, and `SessionTooLarge`
    from a commit.

    `turn` names the hop, a keyed hash. `lease` is a token of whoever works on it.
    """

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

    async def ping(self) -> None: ...
    async def close(self) -> None: ...


class Ledger(Protocol):
    """What must never be lost and never happen twice. Raises `StoreUnavailable`; every call is one transaction."""

    async def file(self, filing: Filing, jobs: Sequence[Job]) -> Request:
        """Write a request and its jobs, or return the request that was filed with this id before."""
        ...

    async def request(self, id: str) -> Request | None: ...

    async def find(self, reference: str, msisdn: str) -> Request | None:
        """The request with this canonical reference, if this number filed it."""
        ...

    async def advance(self, request: Request, change: Change, jobs: Sequence[Job]) -> bool:
        """Apply a change and add its jobs if status and stage are still those of `request`; False: nothing done."""
        ...

    async def history(self, id: str) -> tuple[HistoryEntry, ...]: ...
    async def language(self, msisdn: str) -> str | None: ...
    async def remember_language(self, msisdn: str, language: str, at: datetime) -> None: ...

    async def tally(self, name: str, msisdn: str, day: date, add: int) -> int:
        """Add to a count kept by name, number and day (`add` 0 reads it) and return the new count."""
        ...

    async def record_sent(self, job_id: str, aggregator: str, message_id: str, at: datetime) -> None: ...

    async def record_delivery(self, event: DeliveryEvent, at: datetime) -> None:
        """Keep what became of an SMS; a final status is never changed, an unknown message id is kept."""
        ...

    async def delivery(self, aggregator: str, message_id: str) -> DeliveryEvent | None: ...
    async def ping(self) -> None: ...
    async def close(self) -> None: ...


class Outbox(Protocol):
    """Effects that must happen after the reply, at least once each. Same database as the ledger."""

    async def add(self, jobs: Sequence[Job]) -> int:
        """Add jobs; ids seen before are left alone. Returns how many were new."""
        ...

    async def claim(self, worker: str, now: datetime, lease_seconds: float, limit: int) -> tuple[ClaimedJob, ...]:
        """Take due jobs, oldest due first; a job whose lease ran out may be taken again."""
        ...

    async def finish(self, claimed: ClaimedJob, now: datetime, jobs: Sequence[Job] = ()) -> bool:
        """Done; adds follow-up jobs in the same transaction. False: the lease was somebody else's by now."""
        ...

    async def postpone(self, claimed: ClaimedJob, until: datetime, reason: str, counted: bool = True) -> bool:
        """Let go until later; not `counted`, the attempt did not take place."""
        ...

    async def set_aside(self, claimed: ClaimedJob, reason: str, now: datetime) -> bool:
        """Give up until a human looks."""
        ...

    async def is_behind(self, job: Job, prefix: str) -> bool:
        """Whether a job whose id begins with `prefix` was added before this one and still waits."""
        ...

    async def counts(self) -> Mapping[str, int]:
        """Jobs by state: `waiting`, `set_aside`."""
        ...


class Openings(Protocol):
    """How dialogues began, in the ledger's database. Raises `StoreUnavailable`."""

    async def keep(self, kept: Sequence[Opening], forget_before: datetime) -> None:
        """Keep them (the first word on a dialogue stays), and forget those that began earlier than that."""
        ...

    async def find(self, session: bytes) -> Opening | None: ...


class Archive(Protocol):
    """Published menus: sources that never change, and which of them are current. Raises `StoreUnavailable`."""

    async def current(self) -> Publication | None: ...

    async def sources(self, version: str) -> Mapping[str, str] | None:
        """Path inside the pack -> text; None if this version was never published here."""
        ...


class Board(Protocol):
    """Work lists of offices without a system, in the ledger's database. Raises `StoreUnavailable`."""

    async def open(self, task: Task) -> None:
        """Put a task on the list; one that was put there before stays as it is."""
        ...

    async def entries(self, wanted: Wanted) -> Sequence[Entry]:
        """Lines of a work list, what was promised soonest first."""
        ...

    async def find(self, reference: str, office: str) -> Entry | None:
        """The newest task of a request, if the office has one; empty `office`: of any."""
        ...

    async def change(
        self, seen: Entry, task: Task, change: Change | None, jobs: Sequence[Job], entry: AuditEntry | None = None
    ) -> bool:
        """Write a task, and the move of its request, if neither is another than was seen; False: nothing is done."""
        ...

    async def overdue(self, now: datetime, limit: int) -> Sequence[Entry]:
        """Open tasks whose promise is past and that were not escalated yet."""
        ...


class Audit(Protocol):
    """Who did what, for ever, in the ledger's database. Raises `StoreUnavailable`."""

    async def append(self, *entries: AuditEntry) -> None:
        """Durable when it returns, all of them or none."""
        ...


class Office(Protocol):
    """A government or payment system. Raises `ServiceFailed`; a repeat with the same `key` must do nothing twice."""

    async def ask(
        self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float
    ) -> Answered | Refused | Pending | Handed: ...

    async def close(self) -> None: ...
