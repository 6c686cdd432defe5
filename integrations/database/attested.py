"""What agents filed in their own name: who, from which number and point, and when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from app.messages import Attested
from integrations.database.mandates import is_usable
from integrations.database.store import clean, insert_into
from integrations.database.tables import agent_filings


def attest(connection: Connection, attested: Attested, request_id: str, at: datetime) -> bool:
    """Write beside a request that is being written who files it; False: they may not now."""
    if not is_usable(connection, attested.agent, attested.number_id, at):
        return False
    values = {
        "request_id": request_id,
        "agent": attested.agent,
        "number_id": attested.number_id,
        "point": clean(attested.point),
        "attests": attested.attests,
        "channel": attested.channel,
        "at": at,
    }
    connection.execute(insert_into(connection, agent_filings), values)
    return True
