"""Which wallets were to ask for the money of bills, in the ledger's database: with the bill's move and the job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, select, update

from app.messages import Job
from app.payments import Bill, BillState
from app.pushes import Push
from integrations.database.audit import append
from integrations.database.bills import Overtaken, audited, change
from integrations.database.ends import is_waited_for
from integrations.database.outbox import add_jobs
from integrations.database.push_rows import add_push, push_details
from integrations.database.rows import Seals
from integrations.database.store import Store
from integrations.database.tables import JobState, jobs, pushes

_LAST: Select[Any] = (
    select(pushes).where(pushes.c.bill_id == bindparam("bill")).order_by(pushes.c.number.desc()).limit(1)
)
_BY_EFFECT: Select[Any] = select(pushes).where(pushes.c.effect == bindparam("effect")).limit(1)
_OF_BILL: Select[Any] = _BY_EFFECT.where(pushes.c.bill_id == bindparam("bill"))
WITHDRAWN = -1
"""In `is_asked`, which else counts the attempts of which the wallet may have heard."""


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

    async def move(
        self,
        push: Push,
        seen: Bill,
        state: BillState,
        at: datetime,
        by: str,
        texts: Sequence[Job],
        *,
        is_held: bool,
        is_open: bool = False,
    ) -> bool:
        """The bill first, as in `begin`: no later push of it can begin unseen, and whoever ends its request waits."""
        job_values = self._seals.jobs_values(tuple(texts))

        def work(connection: Connection) -> bool:
            change(connection, seen, {"state": state, "changed_at": at})
            last = connection.execute(_LAST, {"bill": push.bill_id}).first()
            if last is None or last.number != push.number or (is_held and not _waits(connection, push)):
                raise Overtaken
            if state is BillState.REFUSED:
                connection.execute(update(pushes).where(_this(push)).values(is_asked=WITHDRAWN))
            add_jobs(connection, job_values)
            append(connection, audited(seen, at, by, "bill", {"state": state.value}))
            if state is BillState.REFUSED and not is_waited_for(connection, seen):
                if is_open:
                    raise Overtaken
                change(connection, replace(seen, state=state), {"state": BillState.EXPIRED, "changed_at": at})
                append(connection, audited(seen, at, by, "bill", {"state": BillState.EXPIRED.value}))
            return True

        try:
            return await self._store.write(work)
        except Overtaken:
            return False

    async def note_asking(self, push: Push, at: datetime) -> bool:
        as_seen = _as_seen(push) if push.is_asked else pushes.c.is_asked == 0
        return await self._count(push, pushes.c.is_asked + 1, as_seen, asked_at=at)

    async def note_unheard(self, push: Push) -> None:
        await self._count(push, pushes.c.is_asked - 1, pushes.c.is_asked > 0)

    async def withdraw(self, push: Push) -> bool:
        as_seen = _as_seen(push) if push.is_asked else pushes.c.is_asked <= 0
        return await self._count(push, WITHDRAWN, as_seen)

    async def _count(self, push: Push, count: Any, if_it_is: ColumnElement[bool], **more: datetime) -> bool:
        counted = update(pushes).where(_this(push), if_it_is).values(is_asked=count, **more)
        return await self._store.write(lambda connection: connection.execute(counted).rowcount == 1)

    async def _one(self, query: Select[Any], **values: object) -> Push | None:
        row = await self._store.read(lambda connection: connection.execute(query, values).first())
        return None if row is None else _push(row)


def _push(row: Row[Any]) -> Push:
    return Push(
        row.bill_id, row.number, row.effect, row.wallet, row.version, row.at, row.is_asked > 0,
        row.is_asked == WITHDRAWN, row.asked_at,
    )  # fmt: skip


def _this(push: Push) -> ColumnElement[bool]:
    return and_(pushes.c.bill_id == push.bill_id, pushes.c.number == push.number)


def _as_seen(push: Push) -> ColumnElement[bool]:
    """Of a push that was asked for: no attempt began since then. No two begin at the same moment, for one settles."""
    return and_(pushes.c.is_asked > 0, pushes.c.asked_at.is_not_distinct_from(push.asked_at))


def _waits(connection: Connection, push: Push) -> bool:
    """Whether its job waits for a person; held until the end of the transaction, so that no worker takes it up."""
    state = select(jobs.c.state).where(jobs.c.id == push.job_id).with_for_update()
    return connection.execute(state).scalar() == JobState.SET_ASIDE
