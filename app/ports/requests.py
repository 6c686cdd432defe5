"""What was asked for and must not be lost: requests, what a number waits for, who somebody is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeAlias

from app.audit import AuditEntry
from app.mandate import Mandate
from app.messages import (
    Agreement,
    Attested,
    Change,
    Check,
    Draft,
    Filing,
    HistoryEntry,
    Job,
    Known,
    Most,
    Opening,
    Request,
    Waiting,
)
from app.privacy import Overdue, Rules
from app.tasks import Entry, Named, Task, Wanted


class Ledger(Protocol):
    """What must never be lost and never happen twice. Raises `StoreUnavailable`; every call is one transaction."""

    async def file(self, filing: Filing, jobs: Sequence[Job]) -> Request:
        """Write a request and its jobs, or return the request that was filed with this id before."""
        ...

    async def file_for(self, filing: Filing, mandate: Mandate, jobs: Sequence[Job]) -> Request | None:
        """The same by an agent for a citizen, which uses up the mandate; None: it is good for no filing any more."""
        ...

    async def file_by(self, filing: Filing, attested: Attested, jobs: Sequence[Job]) -> Request | None:
        """The same in an agent's own name; None: the agent, or the number, may not now."""
        ...

    async def request(self, id: str) -> Request | None: ...

    async def find(self, reference: str, msisdn: str) -> Request | None:
        """The request with this canonical reference, if this number filed it."""
        ...

    async def advance(self, request: Request, change: Change, jobs: Sequence[Job]) -> bool:
        """Apply a change and add its jobs if status and stage are still those of `request`; False: nothing done."""
        ...

    async def note(self, *entries: AuditEntry) -> None:
        """Write lines of the audit log about what did not move, all of them or none."""
        ...

    async def history(self, id: str) -> tuple[HistoryEntry, ...]: ...
    async def language(self, msisdn: str) -> str | None: ...

    def glance(self, msisdn: str, session: bytes, *, consents: bool = True) -> Known | None:
        """What is known of a number and its dialogue, where it is at hand at once; None: it has to be asked for.

        Without `consents` it is not looked for what it agreed to, and not said that it did.
        """
        ...

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
class Due:
    """A request that is to be looked at, and since when. `promised_at` is until when clerks have promised an end, None:
    it is on no list of theirs.
    """

    request: Request
    at: datetime
    promised_at: datetime | None = None


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

    async def due(self, now: datetime, limit: int) -> Sequence[Due]:
        """The longest due first."""
        ...

    async def looked(self, looks: Sequence[Look], now: datetime) -> None:
        """Do what came of some looks, save for requests that moved meanwhile; tasks from before a move are ended."""
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

    async def give_back(self, bounds: Sequence[Most], at: datetime) -> None:
        """Count once less for each that was counted at that moment: what was tried was right."""
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


class Board(Protocol):
    """Work lists of offices without a system, in the ledger's database. Raises `StoreUnavailable`."""

    async def open(self, task: Task, named: Named | None = None) -> None:
        """Put a task on the list, with whom it names if it is a complaint; one that was put there before stays."""
        ...

    async def named(self, request_id: str) -> Named | None:
        """Whom a request names, if it is a complaint of an agent or a point."""
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

    async def overdue(self, now: datetime, limit: int, after: Task | None = None) -> Sequence[Entry]:
        """Open tasks whose promise is past and that were not escalated yet, what was promised soonest first, behind
        one of them; none whose citizen has to do something.
        """
        ...
