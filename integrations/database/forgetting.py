"""How requests forget their citizens and payments their payers: what was filed and paid stays, and how it went."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, not_, or_, select, update

from app.messages import ARROWS
from app.payments import Refund
from app.tasks import LOOK
from integrations.database.limits import citizen_requests_max
from integrations.database.prefixes import Begins
from integrations.database.rows import OVER, Seals
from integrations.database.tables import JobState, applications, bills, jobs, payments, requests

FINAL = [status for status, arrows in ARROWS.items() if not arrows]
_applied = applications.alias("applied")  # its own name, for what is asked for may be joined with the same table
_GONE_MINOR = _applied.c.amount_minor + payments.c.left_back_minor
_SPENT = exists().where(_applied.c.receipt == payments.c.receipt, payments.c.amount_minor == _GONE_MINOR)
OWED = and_(
    payments.c.refund != Refund.DONE,
    or_(and_(payments.c.unfit != "", not_(_SPENT)), payments.c.refund == Refund.ASKED),
)
"""Whether money must find back to whoever sent it: they are remembered until it has."""


def forget_ended(
    connection: Connection, seals: Seals, msisdn: str, at: datetime, services: Collection[str] | None = None
) -> tuple[Sequence[str], Sequence[str]]:
    """Forget who filed what was ended, of some services or all, and that they paid for it. Returns the references that
    were forgotten, and those that were left: still under way, or with a text that is yet to be sent.
    """
    forgotten, left = [], []
    payer = seals.number_hash("payments", msisdn)
    mine = requests_of(seals.number_hash("requests", msisdn))
    if services is not None:
        mine = mine.where(requests.c.service.in_(services))
    for row in connection.execute(mine).all():
        if row.status not in FINAL or has_work(connection, row.id):
            left.append(row.reference)
            continue
        connection.execute(update(requests).where(requests.c.id == row.id).values(nobody(seals, row.id)))
        connection.execute(update(jobs).where(about(row.id)).values(OVER))
        forget_bills(connection, seals, (row.id,))
        forget_payers(connection, seals, connection.execute(_paid(row.id, payer)).scalars().all(), at)
        forgotten.append(row.reference)
    return forgotten, left


def _paid(request_id: str, payer_hash: bytes) -> Any:
    """What somebody paid for a request, save for money that must find back to them."""
    came = select(payments.c.receipt).join(bills, bills.c.id == payments.c.bill_id)
    return came.where(bills.c.request_id == request_id, payments.c.payer_hash == payer_hash, not_(OWED))


def forget_bills(connection: Connection, seals: Seals, requests: Sequence[str]) -> None:
    """Forget whose bills those of some requests were; what they cost and how they stand stays."""
    for bill in connection.execute(select(bills.c.id).where(bills.c.request_id.in_(requests))).scalars().all():
        of_nobody = {
            "number_hash": seals.number_hash("erased", bill),
            "msisdn": seals.seal("bills.msisdn", bill, {"msisdn": ""}),
        }
        connection.execute(update(bills).where(bills.c.id == bill).values(of_nobody))


def forget_payers(connection: Connection, seals: Seals, receipts: Sequence[str], at: datetime) -> None:
    """Forget from whom money came; what came stays, as it stands in the books."""
    for receipt in receipts:
        of_nobody = seals.seal("payments.payer", receipt, {"payer": "", "reference": ""})
        values = {"payer_hash": None, "reference_hash": None, "payer": of_nobody, "forgotten_at": at}
        connection.execute(update(payments).where(payments.c.receipt == receipt).values(values))


def nobody(seals: Seals, id: str) -> dict[str, Any]:
    """What stands in a request's row in the place of everything that names somebody."""
    return {
        "number_hash": seals.number_hash("erased", id),
        "msisdn": seals.seal("requests.msisdn", id, {"msisdn": ""}),
        "answers": seals.seal("requests.answers", id, {}),
        "results": seals.seal("requests.results", id, {}),
    }


def requests_of(number_hash: bytes) -> Any:
    mine = select(requests).where(requests.c.number_hash == number_hash)
    return mine.order_by(requests.c.filed_at, requests.c.id).limit(citizen_requests_max)


def about(request_id: str) -> Any:
    """Whether a job is of a request: of its work, or a text about it."""
    return Begins(jobs.c.id, f"{request_id}:")


def has_work(connection: Connection, request_id: str) -> bool:
    waiting = select(jobs.c.id).where(about(request_id), jobs.c.state != JobState.DONE, jobs.c.kind != LOOK).limit(1)
    return connection.execute(waiting).first() is not None
