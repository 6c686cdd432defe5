"""What service points may take in a day, in the ledger's database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, select, update

from app.agency import Caps, ProposalState
from app.audit import AuditEntry
from app.point_caps import POINT_CAPS, PointProposal
from integrations.database.audit import append
from integrations.database.store import Store, clean, insert_into
from integrations.database.tables import point_caps


class DatabasePointCaps:
    """Proposals of clerks and what came of them. Raises `StoreUnavailable`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, point: str) -> Caps:
        return await self._store.read(lambda connection: caps_of(connection, point))

    async def propose(self, proposal: PointProposal, entry: AuditEntry) -> None:
        def work(connection: Connection) -> None:
            connection.execute(insert_into(connection, point_caps), _values(proposal))
            append(connection, entry)

        await self._store.write(work)

    async def proposal(self, id: str) -> PointProposal | None:
        query = select(point_caps).where(point_caps.c.id == id)
        row = await self._store.read(lambda connection: connection.execute(query).first())
        return None if row is None else _proposal(row)

    async def proposals(self, limit: int) -> Sequence[PointProposal]:
        """What waits for a second clerk, oldest first."""
        query = select(point_caps).where(point_caps.c.state == ProposalState.ASKED)
        query = query.order_by(point_caps.c.asked_at, point_caps.c.id).limit(limit)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return [_proposal(row) for row in rows]

    async def decide(self, proposal: PointProposal, entry: AuditEntry) -> bool:
        """Write what was decided; False: it was decided before."""
        asked = and_(point_caps.c.id == proposal.id, point_caps.c.state == ProposalState.ASKED)
        values = {"state": proposal.state, "decided_by": proposal.decided_by, "decided_at": proposal.decided_at}

        def work(connection: Connection) -> bool:
            if connection.execute(update(point_caps).where(asked).values(values)).rowcount == 0:
                return False
            append(connection, entry)
            return True

        return await self._store.write(work)


def caps_of(connection: Connection, point: str) -> Caps:
    """Those that hold now."""
    approved = and_(point_caps.c.point == point, point_caps.c.state == ProposalState.APPROVED)
    newest = select(point_caps).where(approved).order_by(point_caps.c.decided_at.desc(), point_caps.c.id.desc())
    row = connection.execute(newest.limit(1)).first()
    return POINT_CAPS if row is None else Caps(row.payments, row.amount_minor)


def _proposal(row: Row[Any]) -> PointProposal:
    caps = Caps(row.payments, row.amount_minor)
    return PointProposal(
        row.id, row.point, caps, row.currency, row.asked_by, row.asked_at, ProposalState(row.state), row.decided_by,
        row.decided_at,
    )  # fmt: skip


def _values(proposal: PointProposal) -> dict[str, Any]:
    caps = {"payments": proposal.caps.payments, "amount_minor": proposal.caps.amount_minor}
    told = {column.name: getattr(proposal, column.name) for column in point_caps.c if column.name not in caps}
    return {**told, **caps, "point": clean(proposal.point)}
