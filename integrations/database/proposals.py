"""What one clerk asks for and another decides, with the posting that comes of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from app.audit import AuditEntry
from app.books import Posting
from app.proposals import Proposal, Stands
from integrations.database.audit import append
from integrations.database.balances import post
from integrations.database.deciding import ask, decide, proposal_of
from integrations.database.differences import close_difference
from integrations.database.rows import Seals
from integrations.database.store import Store
from integrations.database.tables import proposals


class _Overtaken(Exception):
    """Raised in a transaction so that nothing of it stays, never seen outside."""


class DatabaseProposals:
    """`app.ports.Proposals` on SQLite or PostgreSQL."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def ask(self, proposal: Proposal, entry: AuditEntry) -> bool:
        return await self._store.write(lambda connection: ask(connection, proposal, entry))

    async def find(self, id: str) -> Proposal | None:
        query = select(proposals).where(proposals.c.id == id)
        row = await self._store.read(lambda connection: connection.execute(query).first())
        return proposal_of(row) if row else None

    async def waiting(self, limit: int) -> Sequence[Proposal]:
        query = select(proposals).where(proposals.c.state == Stands.ASKED)
        query = query.order_by(proposals.c.asked_at, proposals.c.id).limit(limit)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return [proposal_of(row) for row in rows]

    async def decide(
        self, proposal: Proposal, entry: AuditEntry, *, posting: Posting | None = None, difference: str = ""
    ) -> bool:
        def work(connection: Connection) -> bool:
            if not decide(connection, proposal):
                raise _Overtaken
            if difference and not close_difference(connection, self._seals, difference, entry.actor, entry.at):
                raise _Overtaken
            if posting is not None:
                post(connection, posting)
            append(connection, entry)
            return True

        try:
            return await self._store.write(work)
        except _Overtaken:
            return False
