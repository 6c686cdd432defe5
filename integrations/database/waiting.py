"""Requests by when the house looks at them again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from app.errors import SealBroken
from app.ports import Due, Look
from app.tasks import STALLED, STRANDED
from integrations.database.limits import broken_look_hours
from integrations.database.outbox import add_jobs, left_values
from integrations.database.prefixes import Begins
from integrations.database.rows import OVER, Seals
from integrations.database.store import Store
from integrations.database.tables import JobState, jobs, requests, tasks


class DatabaseWaiting:
    """`app.ports.Waiting`; raises `StoreUnavailable`."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def due(self, now: datetime, limit: int) -> Sequence[Due]:
        """The longest due first; one that no key opens is put off, and stops nobody."""
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
                broken.append(row.id)
        if broken:
            later = now + timedelta(hours=broken_look_hours)
            put_off = update(requests).where(requests.c.id.in_(broken)).values(look_at=later)
            await self._store.write(lambda connection: connection.execute(put_off))
        return found

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
