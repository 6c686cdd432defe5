"""How a request forgets its citizen: what stays is that something was filed, when, and how it went."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from app.messages import ARROWS
from integrations.database.limits import citizen_requests_max
from integrations.database.rows import Seals
from integrations.database.tables import JobState, jobs, requests

FINAL = [status for status, arrows in ARROWS.items() if not arrows]


def forget_ended(
    connection: Connection, seals: Seals, msisdn: str, services: Collection[str] | None = None
) -> tuple[Sequence[str], Sequence[str]]:
    """Forget who filed what was ended, of some services or all. Returns the references that were forgotten, and those
    that were left: still under way, or with a text that is yet to be sent.
    """
    forgotten, left = [], []
    mine = requests_of(seals.number_hash("requests", msisdn))
    if services is not None:
        mine = mine.where(requests.c.service.in_(services))
    for row in connection.execute(mine).all():
        if row.status not in FINAL or has_work(connection, row.id):
            left.append(row.reference)
            continue
        connection.execute(update(requests).where(requests.c.id == row.id).values(nobody(seals, row.id)))
        connection.execute(update(jobs).where(about(row.id)).values(payload=None))
        forgotten.append(row.reference)
    return forgotten, left


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
    return jobs.c.id.startswith(f"{request_id}:", autoescape=True)


def has_work(connection: Connection, request_id: str) -> bool:
    waiting = select(jobs.c.id).where(about(request_id), jobs.c.state != JobState.DONE).limit(1)
    return connection.execute(waiting).first() is not None
