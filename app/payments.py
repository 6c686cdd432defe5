"""Payment intents and the money that comes for them: states, what fits a bill, and how it is booked. No I/O.

A Bill is the payment intent, one for a request's stage, whatever way it is paid. A Payment is money that came.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app import limits
from app.books import SUSPENSE, Entry, Posting, PostingKind, agent_commission, agent_of, opposite, way_account
from app.errors import DeskRefused

amount_whole_digits_max = 9
_AMOUNT = re.compile(rf"(0|[1-9][0-9]{{0,{amount_whole_digits_max - 1}}})(\.[0-9]{{1,4}})?")


class BillState(StrEnum):
    """Where a payment intent stands; `BILL_ARROWS` says which moves are allowed."""

    CREATED = "created"
    SENT = "sent"  # a wallet was asked to ask the citizen
    PENDING = "pending"  # the citizen is being asked
    UNKNOWN = "unknown"  # nobody answered in time: the money may be under way
    PAID = "paid"
    REFUSED = "refused"  # by the citizen or their wallet: the bill may still be paid in any way
    EXPIRED = "expired"
    REFUND_ASKED = "refund_asked"
    REFUNDED = "refunded"


BILL_ARROWS: Mapping[BillState, frozenset[BillState]] = {
    BillState.CREATED: frozenset({BillState.SENT, BillState.PAID, BillState.EXPIRED}),
    BillState.SENT: frozenset({BillState.PENDING, BillState.PAID, BillState.REFUSED, BillState.UNKNOWN}),
    BillState.PENDING: frozenset({BillState.PAID, BillState.REFUSED, BillState.UNKNOWN}),
    BillState.UNKNOWN: frozenset({BillState.PENDING, BillState.PAID, BillState.REFUSED}),
    BillState.REFUSED: frozenset({BillState.SENT, BillState.PAID, BillState.EXPIRED}),
    BillState.PAID: frozenset({BillState.REFUND_ASKED, BillState.REFUNDED}),
    BillState.REFUND_ASKED: frozenset({BillState.REFUNDED, BillState.PAID}),
    BillState.EXPIRED: frozenset(),
    BillState.REFUNDED: frozenset(),
}
"""Money that may be under way keeps a bill from expiring: a wallet is asked first what became of it. What an agent
takes back before any office has begun is given back at once."""
SETTLED = frozenset({BillState.PAID, BillState.REFUND_ASKED, BillState.REFUNDED})
"""States of a bill for which money came."""
PAYABLE = frozenset(state for state, arrows in BILL_ARROWS.items() if BillState.PAID in arrows) - SETTLED
UNDER_WAY = frozenset({BillState.SENT, BillState.PENDING, BillState.UNKNOWN})
"""States of a bill for which a wallet was asked, and nobody knows yet what became of that."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a service costs: the government's fee and the charge for serving, in minor units, and whose they are.

    `minor_digits` are the currency's digits after the point; `fee_to` and `charge_to` are accounts of the books;
    `source` says who published the amounts, and when. `commission_minor` is what an agent who takes it gets of the
    charge.
    """

    currency: str
    minor_digits: int
    fee_minor: int
    charge_minor: int
    fee_to: str
    charge_to: str
    source: str
    commission_minor: int = 0

    @property
    def total_minor(self) -> int:
        return self.fee_minor + self.charge_minor


@dataclass(frozen=True, slots=True)
class Bill:
    """A payment intent as the ledger holds it. `id` is of the request's stage, so a repeat makes no second one.

    `code` is what is typed to pay it; `receipt` names the payment that paid it, empty: none did.
    """

    id: str
    code: str
    request_id: str
    stage: int
    service: str
    msisdn: str
    price: Price
    state: BillState
    created_at: datetime
    expires_at: datetime
    changed_at: datetime
    receipt: str = ""

    @property
    def last_at(self) -> datetime:
        """The last moment at which it can be paid: whoever names a day names that one's."""
        return self.expires_at - timedelta(microseconds=1)

    @property
    def ends_at(self) -> datetime:
        """Until when a wallet may still tell of money that was paid in time; nobody begins to pay it any more."""
        return self.expires_at + timedelta(hours=limits.bill_telling_hours)


class Unfit(StrEnum):
    """Why money that came does not pay its bill."""

    SECOND = "second"  # it was paid before
    LATE = "late"  # it has expired
    CLOSED = "closed"  # its request does not wait for it any more
    UNDER = "under"
    OVER = "over"


class Refund(StrEnum):
    """Whether money that came is given back."""

    NONE = ""
    ASKED = "asked"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came: `wallet` says from whom (`agent:014` of an agent), and `correlation` is their own id of it.

    `server_id` is our id for the wallet (a UUID), `receipt` the one for people. `payer` is empty if the wallet did not
    say. `unfit` None: it paid the bill; else it stands in suspense. `asked_by` is who asked to give it back.
    `applied_to` is another bill that was paid from suspense with `applied_minor` of it; of the rest `left_back_minor`
    was given back.
    """

    receipt: str
    wallet: str
    correlation: str
    server_id: str
    bill_id: str
    amount_minor: int
    currency: str
    payer: str
    their_reference: str
    at: datetime
    unfit: Unfit | None = None
    refund: Refund = Refund.NONE
    asked_by: str = ""
    applied_to: str = ""
    applied_minor: int = 0
    left_back_minor: int = 0

    @property
    def suspended_minor(self) -> int:
        """What of it stands in suspense, or stood there until it was given back."""
        return 0 if self.unfit is None else self.amount_minor - self.applied_minor - self.left_back_minor

    @property
    def is_remainder(self) -> bool:
        """Whether what would go back first is what is left beside the bill that it paid from suspense."""
        return bool(self.applied_to and self.suspended_minor)

    @property
    def refunds(self) -> str:
        """The bill that giving it back concerns: what is left in suspense goes first, then what it paid."""
        return self.applied_to if self.applied_to and not self.suspended_minor else self.bill_id


def paid_at(bill: Bill, told: datetime | None, now: datetime) -> datetime:
    """When money was paid, of which its wallet says that it was at `told`: then, if that can be and the bill has not
    ended; else now, as of money of which nothing is said.
    """
    return told if told is not None and bill.created_at <= told <= now < bill.ends_at else now


def judge(bill: Bill, amount_minor: int, now: datetime, *, is_waited_for: bool) -> Unfit | None:
    """Whether money of the bill's own currency pays the bill now.

    `is_waited_for`: its request stands at the bill's stage and is not ended.
    """
    if bill.state in SETTLED:
        return Unfit.SECOND
    if bill.state is BillState.EXPIRED or now >= bill.expires_at:
        return Unfit.LATE
    if not is_waited_for:
        return Unfit.CLOSED
    if amount_minor < bill.price.total_minor:
        return Unfit.UNDER
    return Unfit.OVER if amount_minor > bill.price.total_minor else None


def posting_of(bill: Bill, payment: Payment, by: str) -> Posting:
    """How money that came is booked: to whom the bill says, or, if it does not fit, to suspense.

    An agent gives it out of the float and gets the commission, which is a part of the charge.
    """
    came = Entry(way_account(payment.wallet), payment.currency, -payment.amount_minor)
    kept = (Entry(SUSPENSE, payment.currency, payment.amount_minor),)
    given = _shares(bill, agent_of(payment.wallet)) if payment.unfit is None else kept
    return Posting(PostingKind.PAYMENT, payment.receipt, payment.at, by, (came, *given))


def refund_of(bill: Bill, payment: Payment, now: datetime, by: str) -> Posting:
    """How it is booked that money is given back; `bill` is the one that `Payment.refunds` names."""
    left = payment.suspended_minor
    given = (Entry(SUSPENSE, payment.currency, left),) if left else _shares(bill, agent_of(payment.wallet))
    came = Entry(way_account(payment.wallet), payment.currency, -sum(entry.amount_minor for entry in given))
    kind = PostingKind.REMAINDER if payment.is_remainder else PostingKind.REFUND
    return Posting(kind, payment.receipt, now, by, opposite((came, *given)))


def application_of(bill: Bill, payment: Payment, now: datetime, by: str) -> Posting:
    """How it is booked that money in suspense pays another bill; what is more than it costs stays in suspense."""
    taken = Entry(SUSPENSE, payment.currency, -bill.price.total_minor)
    return Posting(PostingKind.APPLY, payment.receipt, now, by, (taken, *_shares(bill)))


def check_appliable(payment: Payment, bill: Bill, unfit: Unfit | None) -> None:
    """Raises `DeskRefused` if money does not stand in suspense, or not enough of it for a bill that waits for it, or
    while a wallet may be taking that bill's money.

    `unfit` is what `judge` says of the bill's price.
    """
    if payment.unfit is None or payment.applied_to or payment.refund is not Refund.NONE:
        raise DeskRefused("This money does not stand in suspense, or is to be given back.")
    if unfit is not None:
        raise DeskRefused(f"The bill cannot be paid now ({unfit}): `mohala payments show` tells how it stands.")
    if bill.state in UNDER_WAY:
        raise DeskRefused("A wallet was asked for the bill, and what became of that is not known yet: wait for it.")
    if payment.currency != bill.price.currency or payment.amount_minor < bill.price.total_minor:
        raise DeskRefused("The money does not suffice for the bill, or is of another currency: give it back instead.")


def _shares(bill: Bill, agent: str = "") -> tuple[Entry, ...]:
    """Who is given what when a bill is paid; `agent` is empty if none took the money."""
    price, commission = bill.price, bill.price.commission_minor if agent else 0
    shares = [(price.fee_to, price.fee_minor), (price.charge_to, price.charge_minor - commission)]
    shares += [(agent_commission(agent), commission)] if agent else []
    return tuple(Entry(account, price.currency, minor) for account, minor in shares if minor)


def refund_asked(payment: Payment, by: str) -> Payment:
    """Raises `DeskRefused` if it was asked before; what an agent asked for, a clerk asks for again."""
    if payment.refund is Refund.DONE or (payment.refund is Refund.ASKED and not agent_of(payment.asked_by)):
        raise DeskRefused("Somebody asked to give this back already, or it was given back.")
    return replace(payment, refund=Refund.ASKED, asked_by=by)


def refund_task_id(receipt: str, since: datetime | None = None) -> str:
    """Of the task to decide whether an agent may give back; without a moment the beginning of all of one receipt's."""
    return f"agent-refund:{receipt}:{since.isoformat() if since else ''}"


def refund_decided(payment: Payment, by: str, *, approved: bool) -> Payment:
    """Money goes back when two people say so: raises `DeskRefused` for whoever asked. Anybody may say no."""
    if payment.refund is not Refund.ASKED:
        raise DeskRefused("Nobody has asked to give this back, or it was given back.")
    if not approved:
        return replace(payment, refund=Refund.NONE, asked_by="")
    if agent_of(payment.asked_by):
        raise DeskRefused("Only the agent asked for it; a clerk has to ask for it before another approves it.")
    if by == payment.asked_by:
        raise DeskRefused("You asked for it yourself; another clerk has to approve it.")
    if payment.is_remainder:  # what paid a bill may still be asked for
        return replace(payment, refund=Refund.NONE, asked_by="", left_back_minor=payment.suspended_minor)
    return replace(payment, refund=Refund.DONE)


def is_given_back(asked: Payment, decided: Payment) -> bool:
    """Whether a decision gives money back, all of it or what was left."""
    return decided.refund is Refund.DONE or decided.left_back_minor > asked.left_back_minor


def back_minor(payment: Payment) -> int:
    """How much of it giving it back gives back."""
    return payment.suspended_minor or payment.applied_minor or payment.amount_minor


def to_minor(amount: str, minor_digits: int) -> int | None:
    """A decimal amount in minor units; None for what is no amount, or finer than the currency."""
    if not _AMOUNT.fullmatch(amount):
        return None
    whole, _, fraction = amount.partition(".")
    fine = fraction.rstrip("0")
    if len(fine) > minor_digits:
        return None
    return int(whole + fine.ljust(minor_digits, "0"))


def from_minor(minor: int, minor_digits: int) -> str:
    """An amount without zeros at the end of its fraction, as the GSMA Mobile Money API 1.2 writes it."""
    whole, part = divmod(abs(minor), 10**minor_digits)
    fraction = f"{part:0{minor_digits}}".rstrip("0") if minor_digits else ""
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"
