"""What one clerk asks for and another decides, where money moves that no citizen's payment moves. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from app.books import BANK, DIFFERENCES, Entry, Posting, PostingKind
from app.errors import DeskRefused
from app.matching import Difference, Flow, Kind


class Act(StrEnum):
    SETTLE = "settle"  # a difference between a statement and the books
    HAND_OVER = "hand-over"  # a wallet's money to the treasury's bank
    APPLY = "apply"  # money in suspense to a bill of somebody else


class How(StrEnum):
    """Ways to settle a difference."""

    EXPLAIN = "explain"  # no money moves: the note says why
    BOOK = "book"  # the books follow the statement, against the account `differences`
    TAKE = "take"  # it is money that a citizen paid: taken in as if the wallet had told us


class Stands(StrEnum):
    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Proposal:
    """`subject` is what it is about, of which one thing is asked at a time; `details` name no citizen."""

    id: str
    act: Act
    subject: str
    note: str
    asked_by: str
    asked_at: datetime
    details: Mapping[str, str] = field(default_factory=dict)
    state: Stands = Stands.ASKED
    decided_by: str = ""
    decided_at: datetime | None = None


def decided(proposal: Proposal, by: str, at: datetime, *, approved: bool) -> Proposal:
    """Two people say so: raises `DeskRefused` for whoever asked. Anybody may say no."""
    if proposal.state is not Stands.ASKED:
        raise DeskRefused("This was decided already.")
    if approved and by == proposal.asked_by:
        raise DeskRefused("You asked for it yourself; another clerk has to approve it.")
    state = Stands.DONE if approved else Stands.REFUSED
    return replace(proposal, state=state, decided_by=by, decided_at=at)


def check_settlable(difference: Difference, how: How) -> None:
    """Raises `DeskRefused` for a way that makes no sense of this difference."""
    if how is How.BOOK and not difference.gaps:
        raise DeskRefused("The amounts are the same, so there is nothing to book: use `explain`.")
    is_payment = difference.kind is Kind.NOT_BOOKED and difference.flow is Flow.PAID
    if how is How.TAKE and not is_payment:
        raise DeskRefused("Only money that came and was never told to us can be taken in: use `explain` or `book`.")


def settlement_of(difference: Difference, account: str, at: datetime, by: str) -> Posting:
    """How the books follow a statement: what its account holds more or less was found or lost."""
    entries = [
        entry
        for currency, gap in sorted(difference.gaps.items())
        for entry in (Entry(account, currency, -gap), Entry(DIFFERENCES, currency, gap))
    ]
    return Posting(PostingKind.DIFFERENCE, difference.id, at, by, tuple(entries))


def handover_of(proposal: Proposal, account: str, at: datetime, by: str) -> Posting:
    """How it is booked that a wallet handed its money over to the treasury's bank."""
    minor, currency = int(proposal.details["minor"]), proposal.details["currency"]
    given = (Entry(account, currency, minor), Entry(BANK, currency, -minor))
    return Posting(PostingKind.HANDOVER, proposal.id, at, by, given)
