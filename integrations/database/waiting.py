"""Requests by when the house looks at them again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select, update

from app.errors import SealBroken
from app.messages import ARROWS, Status
from app.ports import Due, Look
from app.tasks import STALLED, STRANDED, stranded
from integrations.database.limits import broken_look_hours
from integrations.database.outbox import add_jobs, left_values
from integrations.database.prefixes import Begins
from integrations.database.rows import OVER, Seals
from integrations.database.store import Store
from integrations.database.tables import JobState, jobs, requests, tasks

UNOPENED = "no key opens the request: put the key back that sealed it, or restore the row from a backup"


class DatabaseWaiting:
    """`app.ports.Waiting`; raises `StoreUnavailable`."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def due(self, now: datetime, limit: int) -> Sequence[Due]:
        """The longest due first; one that no key opens is put off, stops nobody, and is a person's while it is open."""
        listed = and_(
            tasks.c.request_id == requests.c.id, tasks.c.stage == requests.c.stage, tasks.c.closed_at.is_(None)
        )
        query = select(requests, tasks.c.promised_at).outerjoin(tasks, listed)
        query = query.where(requests.c.look_at <= now).order_by(requests.c.look_at, requests.c.id)
        rows = await self._store.read(lambda connection: connection.execute(query.limit(limit)).all())
        found, broken = [], []
        for row in rows:
            try:
                found.append(Due(self._seals.request(row), row.look_at, row.promised_at))
            except SealBroken:
                broken.append(row)
        if broken:
            await self._put_off(broken, now)
        return found

    async def _put_off(self, broken: Sequence[Row[Any]], now: datetime) -> None:
        later = now + timedelta(hours=broken_look_hours)
        put_off = update(requests).where(requests.c.id.in_([row.id for row in broken])).values(look_at=later)
        looks = [stranded(row.id, row.stage, row.changed_at, now) for row in broken if ARROWS[Status(row.status)]]
        left = left_values(self._seals, looks, UNOPENED, now)
        earlier = [
            and_(Begins(jobs.c.id, look.id.partition(STRANDED)[0] + STRANDED), jobs.c.id < look.id) for look in looks
        ]

        def work(connection: Connection) -> None:
            connection.execute(put_off)
            add_jobs(connection, left)
            for which in earlier:
                still = update(jobs).where(which, jobs.c.state == JobState.SET_ASIDE)
                connection.execute(still.values({**OVER, "ended_at": now}))

        await self._store.write(work)

    async def looked(self, looks: Sequence[Look], now: datetime) -> None:
        """Do what came of some looks, save for requests that moved meanwhile; tasks from before a move are ended."""
        # In one order everywhere, so that two workers that look at the same do not wait for each other.
        ordered = sorted(looks, key=lambda look: look.request.id)
        added = {look.request.id: self._seals.jobs_values(tuple(look.jobs)) for look in ordered}
        left = {
            look.request.id: left_values(self._seals, (look.task,), look.reason, now)
            for look in ordered
            if look.task is not None
        }

        def work(connection: Connection) -> None:
            for look in ordered:
                id = look.request.id
                ours = update(requests).where(requests.c.id == id, requests.c.look_at == look.due_at)
                if connection.execute(ours.values(look_at=look.next_at)).rowcount:
                    add_jobs(connection, added[id])
                    add_jobs(connection, left.get(id, []))
                    _end_tasks(connection, look, now)

        await self._store.write(work)


def _end_tasks(connection: Connection, look: Look, now: datetime) -> None:
    """Nobody needs to look any more at a request that was moved since they were called, or at an earlier call."""
    past = jobs.c.ended_at < look.request.changed_at
    if look.task is not None:
        past = or_(past, jobs.c.id != look.task.id)
    ended = [and_(_called(look, STALLED), past)]
    is_stranded = look.task is not None and STRANDED in look.task.id
    ended.append(and_(_called(look, STRANDED), past) if is_stranded else _called(look, STRANDED))
    since = update(jobs).where(jobs.c.state == JobState.SET_ASIDE, or_(*ended))
    connection.execute(since.values({**OVER, "ended_at": now}))


def _called(look: Look, mark: str) -> ColumnElement[bool]:
    return Begins(jobs.c.id, f"{look.request.id}{mark}")
