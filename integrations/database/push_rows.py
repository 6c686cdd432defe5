"""The rows of pushes, for whoever makes one: with its bill, or later."""

from __future__ import annotations

from sqlalchemy import Connection, select

from app.audit import CITIZEN
from app.books import agent_way
from app.payments import BillState
from app.pushes import Push
from integrations.database.store import insert_or_leave
from integrations.database.tables import mandates, pushes, requests


def add_push(connection: Connection, push: Push) -> bool:
    """False: the bill has a push of this number."""
    values = {
        "bill_id": push.bill_id, "number": push.number, "effect": push.effect, "wallet": push.wallet,
        "version": push.version, "at": push.at, "is_asked": int(push.is_asked),
    }  # fmt: skip
    return connection.execute(insert_or_leave(connection, pushes), values).rowcount == 1


def push_details(push: Push) -> dict[str, str]:
    """What the audit log says of it."""
    return {"state": BillState.SENT.value, "wallet": push.wallet, "push": str(push.number)}


def filer_of(connection: Connection, request_id: str) -> str:
    """Who filed a request, as the audit log names them: an agent who was let to, or the citizen."""
    filed = requests.c.id == request_id, mandates.c.id == requests.c.mandate
    agent = connection.execute(select(mandates.c.agent).where(*filed)).scalar()
    return agent_way(agent) if agent else CITIZEN
