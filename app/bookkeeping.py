"""What `mohala books` does: check that the books are whole, say balances, and write them into a sheet."""

from __future__ import annotations

import asyncio
import csv
import io
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from app.agency import ProposalState, posting_for
from app.audit import stamp
from app.books import (
    BANK,
    DIFFERENCES,
    SUSPENSE,
    PostingKind,
    agent_commission,
    agent_of,
    fault_of,
    is_float,
    way_account,
)
from app.payments import SETTLED, BillState, Refund
from app.replacing import replace_text
from integrations.database import DatabaseBooks, open_books
from integrations.database.books import BilledPayments, PostedEntries

faults_told_max = 100
COLUMNS = ("number", "at", "kind", "receipt", "bill", "by", "account", "currency", "amount_minor")
T = TypeVar("T")


@dataclass(slots=True)
class Findings:
    """What a check looked at and found: `balances` by account and currency in minor units, `faults` as sentences.

    `newest` is the number of the last posting.
    """

    postings: int = 0
    newest: int = 0
    bills: int = 0
    balances: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        return not self.faults


def check(database: str) -> Findings:
    """Whether all postings sum to zero, every paid bill has exactly one, and none is without its payment."""
    return with_books(database, examine)


def export(database: str, target: Path) -> int:
    """Write every entry as CSV, amounts in minor units; returns how many. It names no citizen."""

    async def read(books: DatabaseBooks) -> list[tuple[object, ...]]:
        return [row async for posting in books.postings() for row in _rows(posting)]

    rows = with_books(database, read)
    sheet = io.StringIO(newline="")
    csv.writer(sheet).writerows([COLUMNS, *rows])
    target.unlink(missing_ok=True)  # one that is there would keep its own mode
    replace_text(target, sheet.getvalue(), mode=0o600)
    return len(rows)


async def examine(books: DatabaseBooks) -> Findings:
    found = await look_further(books, Findings())
    async for bill in books.bills():
        found.bills += 1
        found.faults += [f"Bill {bill.id} {fault}." for fault in _bill_faults(bill)]
    for account, currency, kept, summed in await books.unequal_balances():
        found.faults.append(f"{account} is kept as {kept} {currency} and its entries sum to {summed}.")
    overdrawn = sorted(account for (account, _), minor in found.balances.items() if is_float(account) and minor < 0)
    found.faults += [f"{account} is below zero." for account in overdrawn]
    if loose := await books.loose_entries():
        found.faults.append(f"{loose} entries belong to no posting.")
    for guard in await books.guards_missing():
        found.faults.append(f"The database does not keep the books by itself: trigger {guard} is missing.")
    return found


async def look_further(books: DatabaseBooks, found: Findings) -> Findings:
    """Look at the postings behind the newest one that was looked at, each as it stands now; adds to `found`."""
    async for posting in books.postings(found.newest):
        found.newest = posting.number
        found.postings += 1
        for entry in posting.entries:
            found.balances[(entry.account, entry.currency)] += entry.amount_minor
        found.faults += [f"{posting.id} {fault}." for fault in _posting_faults(posting)]
    return found


def with_books(database: str, use: Callable[[DatabaseBooks], Awaitable[T]]) -> T:
    async def work() -> T:
        books = await open_books(database)
        try:
            return await use(books)
        finally:
            await books.close()

    return asyncio.run(work())


def _posting_faults(posting: PostedEntries) -> Iterator[str]:
    if fault := fault_of(posting.entries):
        yield fault
    if posting.kind in (PostingKind.TOP_UP, PostingKind.PAY_OUT):
        yield from _proposal_faults(posting)
    elif posting.kind in (PostingKind.HANDOVER, PostingKind.DIFFERENCE):
        yield from _decision_faults(posting)
    elif posting.amount_minor is None:
        yield "is of no payment"
    else:
        yield from _payment_faults(posting, posting.amount_minor)


def _payment_faults(posting: PostedEntries, came_minor: int) -> Iterator[str]:
    given: Mapping[str, int] = {entry.account: entry.amount_minor for entry in posting.entries}
    left = came_minor - posting.applied_minor - posting.left_back_minor
    back = left or (posting.applied_minor if posting.left_back_minor else came_minor)
    way, suspense = {
        PostingKind.PAYMENT: (-came_minor, came_minor if posting.unfit else None),
        PostingKind.APPLY: (None, -posting.applied_minor),
        PostingKind.REFUND: (back, -left if posting.unfit and left else None),
        PostingKind.REMAINDER: (posting.left_back_minor, -posting.left_back_minor),
    }[PostingKind(posting.kind)]
    if given.get(way_account(posting.wallet)) != way:
        yield "books another amount than came"
    if given.get(SUSPENSE) != suspense:
        yield "is in suspense and its payment is not, or the other way round"
    agent, sign = agent_of(posting.wallet), 1 if posting.kind == PostingKind.PAYMENT else -1
    commission = posting.commission_minor if agent and not posting.unfit else 0
    if agent and given.get(agent_commission(agent), 0) != sign * commission:
        yield "books another commission than was declared"
    if {entry.currency for entry in posting.entries} != {posting.currency}:
        yield "books another currency than came"
    if posting.kind == PostingKind.REFUND and posting.refund is not Refund.DONE:
        yield "gives back what was not to be given back"
    if posting.kind == PostingKind.REMAINDER and not posting.left_back_minor:
        yield "gives back what was left, and nothing was"
    if posting.kind == PostingKind.APPLY and not posting.applied_minor:
        yield "pays a bill from suspense, and no bill was"


def _decision_faults(posting: PostedEntries) -> Iterator[str]:
    """What two people decided: a handover or a difference."""
    if not posting.decided:
        yield "was decided by nobody"
    accounts = {entry.account for entry in posting.entries}
    wanted = BANK if posting.kind == PostingKind.HANDOVER else DIFFERENCES
    others = accounts - {wanted}
    held = all(account.startswith("wallet:") or account == BANK for account in others)
    if wanted not in accounts or len(others) != 1 or not held:
        yield f"is a {posting.kind} on other accounts"


def _proposal_faults(posting: PostedEntries) -> Iterator[str]:
    """Money of an agent and a bank moves as two clerks approved it, and not otherwise."""
    proposal = posting.proposal
    if proposal is None or proposal.state is not ProposalState.APPROVED:
        yield "moves an agent's money and was not approved"
        return
    wanted = posting_for(proposal)
    if wanted is None or (wanted.kind, frozenset(wanted.entries)) != (posting.kind, frozenset(posting.entries)):
        yield "moves an agent's money otherwise than was approved"


def _bill_faults(bill: BilledPayments) -> Iterator[str]:
    wanted = 1 if bill.state in SETTLED else 0
    if bill.paid != wanted:
        yield f"is {bill.state} and {bill.paid} payments paid it"
    if bill.posted != wanted:
        yield f"is {bill.state} and has {bill.posted} postings"
    if bill.posted_back != (1 if bill.state is BillState.REFUNDED else 0):
        yield f"is {bill.state} and was given back {bill.posted_back} times"
    if bill.paid == 1 and bill.paid_minor != bill.total_minor:
        yield "was paid with another amount than it is of"


def _rows(posting: PostedEntries) -> Iterator[tuple[object, ...]]:
    told = (posting.number, stamp(posting.at), posting.kind, posting.receipt, posting.bill_id, posting.by)
    for entry in posting.entries:
        yield (*told, entry.account, entry.currency, entry.amount_minor)
