"""The seam: a Protocol for each thing outside the house, all on one page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol, TypeAlias

import msgspec

from app import limits
from app.audit import AuditEntry
from app.books import Posting
from app.messages import (
    Agreement,
    Answered,
    Change,
    Check,
    ClaimedJob,
    DeliveryEvent,
    DeliverySeen,
    Draft,
    Filing,
    Handed,
    HistoryEntry,
    Job,
    Most,
    Opening,
    OutgoingSms,
    Pending,
    Priority,
    Publication,
    Purse,
    Refused,
    Reply,
    Request,
    SentSms,
    Session,
    SmsEvent,
    Spending,
    UssdEnded,
    UssdEvent,
    Waiting,
    WireRequest,
    WireResponse,
    Woken,
)
from app.payments import Bill, BillState, Payment
from app.privacy import Overdue, Rules
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

    async def agree(self, agreement: Agreement) -> None:
        """Keep that a citizen agreed; an id seen before is left alone."""
        ...

    async def agreed(self, msisdn: str, dialogue: bytes, at: datetime) -> frozenset[str]:
        """The marks of all purposes that stood agreed to at a moment, but for those agreed to in this dialogue."""
        ...

    async def agreed_in(self, dialogue: bytes, mark: str) -> bool:
        """Whether this was agreed to in this very dialogue."""
        ...

    async def withdraw(self, msisdn: str, services: Mapping[str, Collection[str]], entry: AuditEntry) -> frozenset[str]:
        """Take back all agreements to these purposes, and forget what was ended of their services; returns which stood.

        What is under way is carried out. A line in the audit log says that it was done.
        """
        ...

    async def ping(self) -> None: ...
    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Allowance:
    """Up to what a text is paid for: parts of all kinds and of its own within an hour (None: no bound of its own),
    parts to its number within a day. `spared`: it is not sent to a number that no text reaches.
    """

    hour_parts: int
    kind_parts: int | None
    number_day_parts: int
    spared: bool


class SmsBook(Protocol):
    """What texts cost and became, of all workers together, in the ledger's database. Raises `StoreUnavailable`."""

    async def pay(self, spending: Spending, allowance: Allowance) -> Purse:
        """Reserve the parts before the text is sent; nothing is reserved unless `PAID`. Counts any sixty minutes."""
        ...

    async def give_back(self, spending: Spending) -> None:
        """The text was certainly not sent."""
        ...

    async def spent(self, now: datetime) -> Mapping[str, int]:
        """Parts within the last hour by kind."""
        ...

    async def sent(self, sms: SentSms) -> None:
        """An aggregator took it; a report that overtook this is matched now."""
        ...

    async def silence(self, msisdn: str, reason: str, at: datetime) -> None:
        """Keep that no text reaches a number."""
        ...

    async def report(self, event: DeliveryEvent, at: datetime) -> DeliverySeen:
        """Keep what became of an SMS; a final status is never changed, an unknown message id is kept for a while."""
        ...

    async def delivery(self, aggregator: str, message_id: str) -> DeliveryEvent | None: ...

    async def sweep(self, now: datetime) -> bool:
        """Call unknown what no report came of, and forget reports that nothing matched; True: there may be more."""
        ...


@dataclass(frozen=True, slots=True)
class Look:
    """What came of looking at a request: jobs, the next look (None: none until it moves), perhaps a task and why.

    `due_at` is for when this look was due; another one means that the request was moved meanwhile.
    """

    request: Request
    due_at: datetime
    next_at: datetime | None
    jobs: Sequence[Job] = ()
    task: Job | None = None
    reason: str = ""


class WaitingRequests(Protocol):
    """Requests by when the house looks at them again, in the ledger's database. Raises `StoreUnavailable`."""

    async def due(self, now: datetime, limit: int) -> Sequence[tuple[Request, datetime]]:
        """Requests and when each was due, the longest due first."""
        ...

    async def looked(self, looks: Sequence[Look], now: datetime) -> None:
        """Do what came of some looks, save for requests that moved meanwhile; tasks from before a move are ended."""
        ...


class Outbox(Protocol):
    """Effects that must happen after the reply, at least once each. Same database as the ledger."""

    async def add(self, jobs: Sequence[Job]) -> int:
        """Add jobs; ids seen before are left alone. Returns how many were new."""
        ...

    async def claim(
        self,
        worker: str,
        now: datetime,
        lease_seconds: float,
        limit: int,
        priorities: Iterable[Priority] = tuple(Priority),
    ) -> tuple[ClaimedJob, ...]:
        """Take due jobs, the most urgent first, then the oldest; one whose lease ran out may be taken again."""
        ...

    async def finish(self, claimed: ClaimedJob, now: datetime, jobs: Sequence[Job] = ()) -> bool:
        """Done; adds follow-up jobs in the same transaction. False: the lease was somebody else's by now."""
        ...

    async def postpone(
        self,
        claimed: ClaimedJob,
        until: datetime,
        reason: str,
        counted: bool = True,
        slot_at: datetime | None = None,
    ) -> bool:
        """Let go until later; not `counted`, the attempt did not take place. `slot_at` goes with the job."""
        ...

    async def set_aside(self, claimed: ClaimedJob, reason: str, now: datetime) -> bool:
        """Give up until a human looks."""
        ...

    async def leave(self, jobs: Sequence[Job], reason: str, now: datetime) -> int:
        """Put up jobs for a human to look at; ids seen before are left alone. Returns how many were new."""
        ...

    async def forget(self, prefix: str, before: str) -> int:
        """Drop ended jobs whose ids begin with `prefix` and come before another; none may be added again."""
        ...

    async def hasten(self, job_id: str, now: datetime) -> bool:
        """Make a job due that waits for an office which has not finished its work. False: it waits no more."""
        ...

    async def is_behind(self, job: Job, prefix: str) -> bool:
        """Whether a job whose id begins with `prefix` was added before this one and still waits."""
        ...

    async def counts(self) -> Mapping[str, int]:
        """Jobs by state: `waiting`, `set_aside`."""
        ...


class Rates(Protocol):
    """Whose turn it is at an office that takes no more than so many at a time. Raises `StoreUnavailable`."""

    async def slot(self, name: str, spacing_seconds: float, now: datetime) -> datetime:
        """The next moment that is free, `now` or later; it is taken by that, and no worker gets it again."""
        ...


class Openings(Protocol):
    """How dialogues began, in the ledger's database. Raises `StoreUnavailable`."""

    async def keep(self, kept: Sequence[Opening], forget_before: datetime) -> None:
        """Keep them (the first word on a dialogue stays), and forget those that began earlier than that."""
        ...

    async def find(self, session: bytes) -> Opening | None: ...

    async def keep_drafts(self, drafts: Sequence[Draft]) -> None:
        """Keep them, one a number; the latest word on a number stays, in whatever order they arrive."""
        ...

    async def draft(self, msisdn: str) -> Draft | None:
        """What a number has not finished, whether or not it may still be offered."""
        ...


class Kept(Protocol):
    """Everything that is kept for good, as far as it has a date. Raises `StoreUnavailable`."""

    async def sweep(self, rules: Rules, now: datetime) -> Mapping[str, int]:
        """Forget a batch of what is past its date, with a line in the audit log; how many of what, none: that was all.

        Each batch is a transaction of its own: whoever is cut off goes on with the next.
        """
        ...

    async def overdue(self, rules: Rules, at: datetime) -> Sequence[Overdue]:
        """Look at everything that is kept, also what no sweep looks at, for what was past its date at a moment."""
        ...


Shift: TypeAlias = tuple[Request, Change]
"""A request as it was seen, and its move."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list: made since and until then, at most `limit` after the first `offset`."""

    limit: int
    offset: int = 0
    since: datetime | None = None
    until: datetime | None = None


class Checks(Protocol):
    """Checks of who somebody is, and how often codes were sent and tried, in the ledger's database.

    Raises `StoreUnavailable`; every call is one transaction.
    """

    async def open(self, check: Check, bounds: Sequence[Most], forget_before: datetime) -> Check:
        """Write a new check and count it, refused as `blocked` if that is too many; or the check that was opened with
        this id before, as it stands. Forgets those that were opened earlier than that.
        """
        ...

    async def count(self, bounds: Sequence[Most], at: datetime) -> bool:
        """Count once for each, in this order and no further than the first that is passed: False then."""
        ...

    async def find(self, id: str, msisdn: str) -> Check | None:
        """A check that this number opened."""
        ...

    async def settle(self, check: Check) -> None:
        """Write how a check stands; one that was verified stays so."""
        ...

    async def wait(self, id: str, waiting: Waiting) -> None:
        """Keep the dialogue by SMS that a check's code goes on with."""
        ...

    async def awaited(self, msisdn: str, opened_after: datetime) -> tuple[str, Waiting] | None:
        """The number's newest check with a dialogue by SMS, by its id."""
        ...


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


class Taken(StrEnum):
    """What became of money that was to be taken in."""

    TAKEN = "taken"
    KNOWN = "known"  # the wallet told of this very payment before
    OVERTAKEN = "overtaken"  # bill or request are not what was seen: look again


class Bills(Protocol):
    """Payment intents, what came for them, and the books, in the ledger's database. Raises `StoreUnavailable`.

    Every call is one transaction: a bill's move, its request's, the posting and the jobs come together or not at all.
    """

    async def issue(self, bill: Bill, jobs: Sequence[Job]) -> Bill:
        """Write a bill and its jobs, or return the bill that was made with this id before."""
        ...

    async def bill(self, id: str) -> Bill | None: ...

    async def find(self, code: str, msisdn: str | None = None) -> Bill | None:
        """The bill with this canonical code; with a number, only if its request was filed by it."""
        ...

    async def of_number(self, msisdn: str, wanted: Window, now: datetime) -> tuple[Sequence[Bill], int]:
        """Bills of a number that can be paid or were, newest first, and how many there are without the limit."""
        ...

    async def take(
        self, seen: Bill, payment: Payment, posting: Posting, move: Shift | None, jobs: Sequence[Job]
    ) -> Taken:
        """Write money that came; what fits pays the bill, if neither it nor its request is another than was seen."""
        ...

    async def move(
        self, seen: Bill, state: BillState, at: datetime, by: str, move: Shift | None, jobs: Sequence[Job]
    ) -> bool:
        """Move a bill, and its request; False: one of them is another than was seen, and nothing is done."""
        ...

    async def came(
        self, wallet: str, *, correlation: str = "", server_id: str = "", receipt: str = ""
    ) -> Payment | None:
        """What came by a wallet, by one of the ids that it has."""
        ...

    async def payment(self, receipt: str) -> Payment | None: ...

    async def change_refund(
        self,
        seen: Payment,
        payment: Payment,
        bill: Bill,
        posting: Posting | None,
        jobs: Sequence[Job],
        entry: AuditEntry,
    ) -> bool:
        """Write how giving a payment back stands, and with it the bill that it paid; False: it stands otherwise."""
        ...


class WalletNotices(Protocol):
    """Tells wallets what became of money that they sent us."""

    async def put(self, url: str, payment: Payment, bill: Bill) -> None:
        """`url` is one that `can_reach` let pass. Raises `ServiceFailed`; a repeat says the same."""
        ...

    async def close(self) -> None: ...


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


WakeReader = Callable[[str, bytes], Woken]
"""A wallet's callback, from the last segment of its path and its body; raises `NotOurs`."""
