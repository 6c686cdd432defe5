"""Which wallets were to ask for the money of bills, in the ledger's database: with the bill's move and the job."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, select, update

from app.messages import Job
from app.payments import Bill, BillState
from app.pushes import Push
from integrations.database.audit import append
from integrations.database.bills import Overtaken, audited, change
from integrations.database.outbox import add_jobs
from integrations.database.push_rows import add_push, push_details
from integrations.database.rows import Seals
from integrations.database.store import Store
from integrations.database.tables import pushes

_LAST: Select[Any] = (
    select(pushes).where(pushes.c.bill_id == bindparam("bill")).order_by(pushes.c.number.desc()).limit(1)
)
_BY_EFFECT: Select[Any] = select(pushes).where(pushes.c.effect == bindparam("effect")).limit(1)
_OF_BILL: Select[Any] = _BY_EFFECT.where(pushes.c.bill_id == bindparam("bill"))


class DatabasePushes:
    """`app.ports.PushBook` on SQLite or PostgreSQL."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def begin(self, seen: Bill, push: Push, citizen: str, job: Job) -> bool:
        """The bill first: whoever comes at this moment, with money or another push, waits for it and finds it moved."""
        job_values = self._seals.jobs_values((job,))

        def work(connection: Connection) -> bool:
            change(connection, seen, {"state": BillState.SENT, "changed_at": push.at})
            if not add_push(connection, push):
                raise Overtaken
            add_jobs(connection, job_values)
            append(connection, audited(seen, push.at, citizen, "push", push_details(push)))
            return True

        try:
            return await self._store.write(work)
        except Overtaken:
            return False

    async def last(self, bill_id: str) -> Push | None:
        return await self._one(_LAST, bill=bill_id)

    async def by(self, effect: str, bill_id: str = "") -> Push | None:
        return await (
            self._one(_OF_BILL, effect=effect, bill=bill_id) if bill_id else self._one(_BY_EFFECT, effect=effect)
        )

    async def note(self, push: Push, *, is_asked: bool) -> None:
        this = and_(pushes.c.bill_id == push.bill_id, pushes.c.number == push.number)
        noted = update(pushes).where(this).values(is_asked=int(is_asked))
        await self._store.write(lambda connection: connection.execute(noted))

    async def _one(self, query: Select[Any], **values: object) -> Push | None:
        row = await self._store.read(lambda connection: connection.execute(query, values).first())
        return None if row is None else _push(row)


def _push(row: Row[Any]) -> Push:
    return Push(row.bill_id, row.number, row.effect, row.wallet, row.version, row.at, bool(row.is_asked))
