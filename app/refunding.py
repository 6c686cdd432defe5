"""What `mohala payments` does: bills and money looked at, and given back when two clerks say so."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.agent_hearing import to_all
from app.audit import AuditEntry
from app.bill_code import read_bill_code, show_bill_code
from app.billing import Billing
from app.books import agent_of, office_account
from app.desking import prepared, with_database
from app.editions import Editions
from app.engine.program import Program
from app.errors import DeskRefused
from app.ledger import Requests
from app.messages import Job
from app.payments import (
    Bill,
    BillState,
    Payment,
    Refund,
    is_given_back,
    refund_asked,
    refund_decided,
    refund_of,
)
from app.reference import read_reference
from app.settings import Settings
from app.tasks import Clerk
from app.wiring import now_utc
from integrations.database import Database

listed_max = 200


@dataclass(frozen=True, slots=True)
class Sight:
    """A bill and all that came for it, oldest first."""

    bill: Bill
    payments: Sequence[Payment]


def bills(settings: Settings, state: BillState | None) -> Sequence[Bill]:
    """The newest of a state, or of all."""
    return with_database(settings, lambda database: database.bills.newest(state, listed_max))


def waiting(settings: Settings) -> Sequence[Payment]:
    """Money that waits for people: in suspense, or asked to be given back."""
    return with_database(settings, lambda database: database.bills.unsettled(listed_max))


def look(settings: Settings, name: str, by: str) -> Sight:
    """By a bill's code or a payment's receipt; who looked stands in the audit log. Raises `DeskRefused`."""

    async def work(database: Database) -> Sight:
        bill = await _named(database, name)
        await database.audit.append(AuditEntry(now_utc(), f"operator:{by}", "show-bill", bill.request_id, bill.service))
        return Sight(bill, await database.bills.payments_of(bill.id))

    return with_database(settings, work)


def ask(settings: Settings, receipt: str, token: str, why: str) -> Payment:
    """Ask to give money back. Raises `DeskRefused`."""
    return _refund(settings, receipt, token, "ask-refund", why, _asked)


def approve(settings: Settings, receipt: str, token: str, why: str) -> Payment:
    """Give it back, as another clerk has asked. Raises `DeskRefused`."""
    return _refund(settings, receipt, token, "approve-refund", why, _approved)


def refuse(settings: Settings, receipt: str, token: str, why: str) -> Payment:
    """Keep it after all. Raises `DeskRefused`."""
    return _refund(settings, receipt, token, "refuse-refund", why, _refused)


Decide = Callable[[Payment, Clerk], Payment]


def _asked(payment: Payment, clerk: Clerk) -> Payment:
    return refund_asked(payment, clerk.actor)


def _approved(payment: Payment, clerk: Clerk) -> Payment:
    return refund_decided(payment, clerk.actor, approved=True)


def _refused(payment: Payment, clerk: Clerk) -> Payment:
    return refund_decided(payment, clerk.actor, approved=False)


def _refund(settings: Settings, receipt: str, token: str, act: str, why: str, decide: Decide) -> Payment:
    async def work(database: Database) -> Payment:
        clerk = await database.board.clerk(token.strip())
        if clerk is None:
            raise DeskRefused("That is no clerk's token; `mohala desk clerks add` makes one.")
        payment, bill = await _payment(database, receipt)
        if clerk.office and office_account(clerk.office) not in (bill.price.fee_to, bill.price.charge_to):
            raise DeskRefused("This money is not your office's.")
        editions = await Editions.open(database.archive, prepared)
        requests = Requests(editions, database.ledger, now_utc, os.urandom)
        billing = Billing(requests, database.ledger, database.bills, now_utc, os.urandom)
        entry = AuditEntry(
            now_utc(), clerk.actor, act, bill.request_id, why, {"bill": bill.id, "receipt": payment.receipt}
        )
        return await settle(database, billing, editions.current.program, (payment, bill), decide(payment, clerk), entry)

    return with_database(settings, work)


async def settle(
    database: Database, billing: Billing, program: Program, seen: tuple[Payment, Bill], decided: Payment,
    entry: AuditEntry,
) -> Payment:  # fmt: skip
    """Write how giving back a payment stands now, with all that follows. Raises `DeskRefused` if it was overtaken."""
    (payment, bill), now, is_back = seen, entry.at, is_given_back(seen[0], decided)
    posting = refund_of(bill, payment, now, entry.actor) if is_back else None
    jobs = await billing.given_back(bill, payment) if is_back else ()
    if decided.refund is not Refund.ASKED:
        jobs = (*jobs, *await _agent_hears(database, program, bill, payment, now, is_back=is_back))
    undoing = await billing.undoing(bill, payment, entry.actor) if is_back else None
    if not await database.bills.change_refund(payment, decided, bill, posting, jobs, entry, undoing):
        raise DeskRefused("It was changed meanwhile; look at it again.")
    return decided


async def _agent_hears(
    database: Database, program: Program, bill: Bill, payment: Payment, now: datetime, *, is_back: bool
) -> Sequence[Job]:
    """Nobody else tells an agent to give the cash back, or that it is to stay."""
    code = agent_of(payment.wallet)
    if not code or not program.agent_words:
        return ()
    id, phrase, told = f"agent-kept:{payment.receipt}:{now}", "agent_kept", {"bill": show_bill_code(bill.code)}
    if is_back:
        held = (await database.agents.holdings(code, payment.currency)).float_minor
        id, phrase = f"agent-back:{payment.receipt}", "agent_back"
        told |= {"total": str(payment.amount_minor), "float": str(held + payment.amount_minor)}
    return await to_all(await database.agents.numbers(code), database.ledger, program, id, phrase, told, now)


async def _named(database: Database, name: str) -> Bill:
    code = read_bill_code(name)
    bill = await database.bills.find(code) if code else None
    return bill or (await _payment(database, name))[1]


async def _payment(database: Database, receipt: str) -> tuple[Payment, Bill]:
    canonical = read_reference(receipt)
    payment = await database.bills.payment(canonical) if canonical else None
    bill = await database.bills.bill(payment.refunds) if payment else None
    if payment is None or bill is None:
        raise DeskRefused(f"{receipt} is neither a bill's code nor a receipt that is known here.")
    return payment, bill
