"""What one clerk asks for and another decides, in the ledger's database."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, update

from app.audit import AuditEntry
from app.proposals import Act, Proposal, Stands
from integrations.database.audit import append
from integrations.database.store import clean, insert_or_leave
from integrations.database.tables import proposals


def ask(connection: Connection, proposal: Proposal, entry: AuditEntry) -> bool:
    """False: the same is asked already."""
    values = {
        "id": proposal.id,
        "act": proposal.act,
        "subject": proposal.subject,
        "details": msgspec.json.encode(dict(proposal.details)).decode(),
        "note": clean(proposal.note),
        "asked_by": clean(proposal.asked_by),
        "asked_at": proposal.asked_at,
        "state": proposal.state,
        "decided_by": "",
        "decided_at": None,
    }
    if connection.execute(insert_or_leave(connection, proposals), values).rowcount == 0:
        return False
    append(connection, entry)
    return True


def decide(connection: Connection, proposal: Proposal) -> bool:
    """Write how it was decided; False: it was decided before. The database itself refuses whoever asked."""
    still = update(proposals).where(proposals.c.id == proposal.id, proposals.c.state == Stands.ASKED)
    values = {
        "state": proposal.state,
        "decided_by": clean(proposal.decided_by),
        "decided_at": proposal.decided_at,
    }
    return connection.execute(still.values(values)).rowcount == 1


def proposal_of(row: Row[Any]) -> Proposal:
    details = msgspec.json.decode(row.details, type=dict[str, str])
    return Proposal(
        row.id, Act(row.act), row.subject, row.note, row.asked_by, row.asked_at, details, Stands(row.state),
        row.decided_by, row.decided_at,
    )  # fmt: skip
