"""Bills, payments and books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.agency import Agent, AgentNumber, Enrolled, Holdings, Intent, Order, Standing, Takings
from app.audit import AuditEntry
from app.books import Posting
from app.messages import Change, Job, Request
from app.payments import Bill, BillState, Payment
from app.ports.requests import Shift
from app.proposals import Proposal
from app.pushes import Push


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
    BARRED = "barred"  # the agent may not, or was not asked to confirm this, or was too long ago
    CAPPED = "capped"  # the agent's day is full
    SHORT = "short"  # the account does not hold so much


@dataclass(frozen=True, slots=True)
class Undoing:
    """What becomes of a request whose payment is given back: `change` and `jobs` end it where clerks have it on a list,
    or where no office has begun with what was paid for (`is_next`: its stage comes right behind the payment).

    Else nobody goes on with it by themselves, and a person looks: `task` is for them, and `reason` says why.
    """

    request: Request
    change: Change
    jobs: Sequence[Job]
    task: Job
    reason: str
    is_next: bool


class Bills(Protocol):
    """Payment intents, what came for them, and the books, in the ledger's database. Raises `StoreUnavailable`.

    Every call is one transaction: a bill's move, its request's, the posting and the jobs come together or not at all.
    """

    async def issue(self, bill: Bill, jobs: Sequence[Job], push: Push | None = None) -> Bill:
        """Write a bill, its jobs, and its first push if it is made `sent`; or return the bill that was made with this
        id before, and write nothing.
        """
        ...

    async def bill(self, id: str) -> Bill | None: ...

    async def find(self, code: str, msisdn: str | None = None) -> Bill | None:
        """The bill with this canonical code; with a number, only if its request was filed by it."""
        ...

    async def own(self, msisdn: str, code: str) -> tuple[Bill | None, Payment | None] | None:
        """What a code, receipt or reference of a request names, if it is this number's own: the bill of its request,
        or the payment that it made for somebody else's, without the bill.
        """
        ...

    async def of_number(self, msisdn: str, wanted: Window, now: datetime) -> tuple[Sequence[Bill], int]:
        """Bills of a number that can be paid or were, newest first, and how many there are without the limit."""
        ...

    async def payments_of(self, bill_id: str) -> Sequence[Payment]:
        """All that came for a bill, or paid it from suspense, oldest first."""
        ...

    async def take(
        self,
        seen: Bill,
        payment: Payment,
        posting: Posting,
        move: Shift | None,
        jobs: Sequence[Job],
        standing: Standing | None = None,
        entries: Sequence[AuditEntry] = (),
        *,
        is_named: bool = False,
    ) -> Taken:
        """Write money that came; what fits pays the bill, if neither it nor its request is another than was seen.

        `standing` is what must hold of an agent who brings it; `entries` stand in the audit log before the payment.
        `is_named`: the wallet's money for this bill under the same reference of theirs, if they have any, is known,
        whatever other ids it came under.
        """
        ...

    async def take_back(
        self, seen: Payment, payment: Payment, bill: Bill, posting: Posting, move: Shift, jobs: Sequence[Job]
    ) -> bool:
        """Give a payment back whose request goes no further, if no office has taken up the stage that it paid for and
        nothing is another than was seen; False: nothing is done.
        """
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

    async def named(self, bill_id: str, wallet: str, reference: str) -> Payment | None:
        """What a wallet brought for a bill under a reference of its own; the first of several."""
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
        undoing: Undoing | None = None,
    ) -> bool:
        """Write how giving a payment back stands, with it the bill that it paid, and what becomes of the request;
        False: one of them stands otherwise.
        """
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


class PushBook(Protocol):
    """Which wallets were to ask for the money of bills, in the ledger's database. Raises `StoreUnavailable`."""

    async def begin(self, seen: Bill, push: Push, citizen: str, job: Job) -> bool:
        """Write a push with the bill's move and the job that carries it out; False: the bill is another than was seen,
        or has such a push. `citizen` is who acts, as the audit log names them.
        """
        ...

    async def last(self, bill_id: str) -> Push | None:
        """The newest push of a bill."""
        ...

    async def by(self, effect: str, bill_id: str = "") -> Push | None:
        """The push that a step had made, perhaps only one of this bill."""
        ...

    async def move(
        self,
        push: Push,
        seen: Bill,
        state: BillState,
        at: datetime,
        by: str,
        texts: Sequence[Job],
        *,
        is_held: bool,
        is_open: bool = False,
    ) -> bool:
        """Move the bill of a push, which is withdrawn if that is refused; whose request waits for it no more is expired
        by then. False: the bill is another than was seen, or was pushed anew, or `is_held` and the push's job does not
        wait for a person any more, or `is_open`, as the texts say, and it would have to expire.
        """
        ...

    async def note_asking(self, push: Push, at: datetime) -> bool:
        """Count an attempt of which the wallet may hear, now; False: it is not to be asked, for the push was withdrawn,
        or another attempt began since it was looked up.
        """
        ...

    async def note_unheard(self, push: Push) -> None:
        """Of an attempt that was counted the wallet has certainly heard nothing."""
        ...

    async def withdraw(self, push: Push) -> bool:
        """From now on the wallet is not asked; False: another attempt began since the push was looked up."""
        ...


class WalletNotices(Protocol):
    """Tells wallets what became of money that they sent us."""

    async def put(self, url: str, payment: Payment, bill: Bill) -> None:
        """`url` is one that `can_reach` let pass. Raises `ServiceFailed`; a repeat says the same."""
        ...

    async def close(self) -> None: ...


class AgentBook(Protocol):
    """Agents, their numbers and their orders, in the ledger's database. Raises `StoreUnavailable`."""

    async def enrolled(self, msisdn: str) -> Enrolled | None:
        """Whose number that is; also of an agent who may not confirm, but of none that is closed."""
        ...

    async def agent(self, code: str) -> Agent | None: ...

    async def at_point(self, point: str) -> Sequence[Agent]:
        """The agents of a service point, by their codes."""
        ...

    async def numbers(self, code: str) -> Sequence[AgentNumber]:
        """Those that were not removed, the newest last."""
        ...

    async def activate(
        self, number: AgentNumber, code: str, at: datetime, usable_at: datetime, jobs: Sequence[Job] = ()
    ) -> bool:
        """Let a number confirm from a moment on, and put up `jobs`; False: its activation code is another, too old, or
        was used.
        """
        ...

    async def place(self, order: Order) -> Order:
        """The order with this id if there is one; else this one, and no other of its number waits for a yes now."""
        ...

    async def order(self, id: str) -> Order | None: ...

    async def newest_order(self, number_id: str, at: datetime, channel: str = "") -> Order | None:
        """The one that waits at a moment, if there is one; else the last. `channel`: only those made that way."""
        ...

    async def intend(self, intent: Intent, job: Job) -> bool:
        """Write what was confirmed, with the job that carries it out; False: this step, or another, did so before."""
        ...

    async def intended(self, id: str) -> Intent | None:
        """What a step intended, by its effect."""
        ...

    async def paid_order(self, agent: str, bill_id: str) -> Order | None:
        """The order by which an agent has paid a bill."""
        ...

    async def drop(self, number_id: str, bill_id: str | None = None) -> bool:
        """No code of this number is good any more, or none for one bill; False: there was none. A yes on a page stands,
        unless it is its bill that is named.
        """
        ...

    async def drop_order(self, id: str, number_id: str) -> bool:
        """An order of this number waits no more; False: it does not, is another number's, or has its yes."""
        ...

    async def end_order(self, id: str) -> None:
        """Its yes was carried out: an order that was not paid by it waits no more."""
        ...

    async def holdings(self, code: str, currency: str) -> Holdings: ...

    async def takings(self, code: str, since: datetime, until: datetime) -> Takings:
        """What came by an agent and was not given back."""
        ...

    async def unstated(self, month: str, limit: int) -> Sequence[Agent]:
        """Active agents who were not told of this month, by their codes."""
        ...

    async def state_month(self, agent: Agent, month: str, jobs: Sequence[Job]) -> bool:
        """Note that an agent is told of a month, with the text; False: that was done before."""
        ...
