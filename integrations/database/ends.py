"""What ends with a request, in the transaction that ends it: its task on a work list, its bill that nobody has paid."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, update

from app.audit import AuditEntry
from app.messages import ARROWS, Change, Request, Status
from app.payments import BILL_ARROWS, PAYABLE, Bill, BillState
from integrations.database.audit import append
from integrations.database.tables import bills, requests, tasks

_ENDABLE = [state for state, arrows in BILL_ARROWS.items() if BillState.EXPIRED in arrows]


def hold(connection: Connection, request_id: str) -> None:
    """Lock them before the request, as money and clerks do that come at this moment: then none waits for the other. So
    does what a wallet said of a push: a bill that it refuses is seen here, or sees there that its request was ended.
    """
    payable = bills.c.request_id == request_id, bills.c.state.in_(PAYABLE)
    connection.execute(select(bills.c.id).where(*payable).with_for_update())
    connection.execute(select(tasks.c.id).where(*_open(request_id)).with_for_update())


def end_with(connection: Connection, request: Request, change: Change) -> None:
    """Nobody works on it any more, and no wallet offers to pay for it; money that is under way is waited for, and ends
    the bill if none came.
    """
    closed = {"closed_at": change.at, "revision": tasks.c.revision + 1}
    connection.execute(update(tasks).where(*_open(request.id)).values(closed))
    expired = {"state": BillState.EXPIRED, "changed_at": change.at}
    ended = update(bills).where(*_unpaid(request.id)).values(expired).returning(bills.c.id)
    for bill in connection.execute(ended).scalars().all():
        told = {"bill": bill, "state": BillState.EXPIRED.value}
        append(connection, AuditEntry(change.at, change.by, "bill", request.id, request.service, told))


def is_waited_for(connection: Connection, bill: Bill) -> bool:
    """Whether the bill's request stands at its stage and was not ended; the bill is locked already."""
    found = select(requests.c.status, requests.c.stage).where(requests.c.id == bill.request_id)
    row = connection.execute(found).first()
    return row is not None and row.stage == bill.stage and bool(ARROWS[Status(row.status)])


def _open(request_id: str) -> tuple[Any, ...]:
    return tasks.c.request_id == request_id, tasks.c.closed_at.is_(None)


def _unpaid(request_id: str) -> tuple[Any, ...]:
    return bills.c.request_id == request_id, bills.c.state.in_(_ENDABLE)
