"""Statements of wallets and banks beside the books, how they differ, and what two people decide of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from app.audit import AuditEntry
from app.books import Entry, Posting
from app.matching import Booked, Difference, Line, Outcome
from app.payments import Payment
from app.proposals import Proposal
from app.statements import Statement


@dataclass(frozen=True, slots=True)
class Account:
    """What a source's statement is of: its name, an account of the books, and the wallet; empty: the bank."""

    source: str
    name: str
    wallet: str


@dataclass(frozen=True, slots=True)
class Found:
    """A difference that is kept. `closed_by` is who or what settled it: a clerk, or `house` when it vanished."""

    difference: Difference
    opened_at: datetime
    closed_at: datetime | None = None
    closed_by: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """What comparing changed: how many differences are new or none any more, and those that nobody has settled."""

    new: int
    vanished: int
    left: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class Moved:
    """One entry of an account, and the posting that it is of."""

    number: int
    kind: str
    receipt: str
    at: datetime
    by: str
    entry: Entry


class Statements(Protocol):
    """In the ledger's database. Raises `StoreUnavailable`. What is written twice is written once."""

    async def known(self, source: str, digest: str) -> Statement | None: ...

    async def add(self, source: str, lines: Sequence[Line]) -> int:
        """Write lines; those that are known are left alone. Returns how many were new."""
        ...

    async def take_in(self, statement: Statement, entry: AuditEntry) -> bool:
        """Write that all of a file was read; nobody waits for that day's any more. False: it was written before."""
        ...

    async def vouch(self, source: str, digest: str, by: str, entry: AuditEntry) -> bool:
        """Write who else holds a file to be the source's own; False: somebody has."""
        ...

    async def of_days(self, source: str, first: date, last: date) -> Sequence[Statement]:
        """Files of some days, oldest first."""
        ...

    async def first(self, source: str) -> date | None:
        """The first day of which a file has come."""
        ...

    async def newest(self, source: str) -> date | None:
        """The latest day of which a file has come."""
        ...

    async def window(
        self, account: Account, days: tuple[date, date], moments: tuple[datetime, datetime]
    ) -> tuple[Sequence[Line], Sequence[Booked]]:
        """Lines and bookings of some days, with all that belong to them, whenever it was."""
        ...

    async def line(self, source: str, id: str) -> Line | None:
        """What was stated first under an id."""
        ...

    async def note(self, source: str, day: date, outcome: Outcome, now: datetime, *, is_closed: bool) -> Noted:
        """Keep what belongs together and what differs, end what differs no more, call a person while anything does.

        `is_closed`: the closing balance was compared as well.
        """
        ...

    async def listed(self, source: str, *, is_open: bool, limit: int) -> Sequence[Found]:
        """Differences, of all sources if `source` is empty, oldest first."""
        ...

    async def found(self, beginning: str) -> Sequence[Found]:
        """Those whose ids begin so."""
        ...

    async def open_gaps(self, source: str, until: date) -> int:
        """How many differences of days up to then are open, except of balances."""
        ...

    async def call(self, id: str, reason: str, now: datetime) -> None:
        """Have a person look, under an id that makes it one task however often it is said."""
        ...

    async def balances(self, account: str, before: datetime, *, is_corrected: bool = False) -> Mapping[str, int]:
        """By currency, from all postings before a moment; `is_corrected`: with what was settled since then."""
        ...

    async def moved(self, account: str, since: datetime, until: datetime, after: int) -> Sequence[Moved]:
        """A page of an account's entries in the order of their postings, behind the posting with number `after`."""
        ...

    async def suspended(self, before: datetime, limit: int) -> Sequence[Payment]:
        """Money that has stood in suspense since before then, oldest first."""
        ...

    async def end_calls(self, prefix: str, but: Set[str], now: datetime) -> int:
        """End tasks whose ids begin so, except some; how many."""
        ...


class Proposals(Protocol):
    """In the ledger's database. Raises `StoreUnavailable`."""

    async def ask(self, proposal: Proposal, entry: AuditEntry) -> bool:
        """False: the same is asked already."""
        ...

    async def find(self, id: str) -> Proposal | None: ...

    async def waiting(self, limit: int) -> Sequence[Proposal]: ...

    async def decide(
        self, proposal: Proposal, entry: AuditEntry, *, posting: Posting | None = None, difference: str = ""
    ) -> bool:
        """Write how it was decided, with its posting and the end of a difference; False: one of them is another."""
        ...
