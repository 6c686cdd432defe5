"""What ends with a request, in the transaction that ends it: its task on a work list, its bill that nobody has paid."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, update

from app.audit import AuditEntry
from app.messages import Change, Request
from app.payments import BILL_ARROWS, BillState
from integrations.database.audit import append
from integrations.database.tables import bills, tasks

_ENDABLE = [state for state, arrows in BILL_ARROWS.items() if BillState.EXPIRED in arrows]


def hold(connection: Connection, request_id: str) -> None:
    """Lock them before the request, as money and clerks do that come at this moment: then none waits for the other."""
    connection.execute(select(bills.c.id).where(*_unpaid(request_id)).with_for_update())
    connection.execute(select(tasks.c.id).where(*_open(request_id)).with_for_update())


def end_with(connection: Connection, request: Request, change: Change) -> None:
    """Nobody works on it any more, and no wallet offers to pay for it; money that is under way is waited for."""
    closed = {"closed_at": change.at, "revision": tasks.c.revision + 1}
    connection.execute(update(tasks).where(*_open(request.id)).values(closed))
    expired = {"state": BillState.EXPIRED, "changed_at": change.at}
    ended = update(bills).where(*_unpaid(request.id)).values(expired).returning(bills.c.id)
    for bill in connection.execute(ended).scalars().all():
        told = {"bill": bill, "state": BillState.EXPIRED.value}
        append(connection, AuditEntry(change.at, change.by, "bill", request.id, request.service, told))


def _open(request_id: str) -> tuple[Any, ...]:
    return tasks.c.request_id == request_id, tasks.c.closed_at.is_(None)


def _unpaid(request_id: str) -> tuple[Any, ...]:
    return bills.c.request_id == request_id, bills.c.state.in_(_ENDABLE)
