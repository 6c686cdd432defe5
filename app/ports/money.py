"""Bills, payments and books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.audit import AuditEntry
from app.books import Posting
from app.messages import Job
from app.payments import Bill, BillState, Payment
from app.ports.requests import Shift
from app.proposals import Proposal


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list: made since and until then, at most `limit` after the first `offset`."""

    limit: int
    offset: int = 0
    since: datetime | None = None
    until: datetime | None = None


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

    async def apply(
        self,
        seen: Payment,
        bill: Bill,
        posting: Posting,
        move: Shift | None,
        jobs: Sequence[Job],
        entry: AuditEntry,
        proposal: Proposal | None,
    ) -> bool:
        """Pay `bill` from money in suspense, as a proposal asked if there is one; False: one of them is another."""
        ...


class WalletNotices(Protocol):
    """Tells wallets what became of money that they sent us."""

    async def put(self, url: str, payment: Payment, bill: Bill) -> None:
        """`url` is one that `can_reach` let pass. Raises `ServiceFailed`; a repeat says the same."""
        ...

    async def close(self) -> None: ...
