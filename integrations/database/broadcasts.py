"""Warnings in the ledger's database: their texts are put up page by page, each number's once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select, update

from app.audit import HOUSE, AuditEntry
from app.broadcast import Broadcast, BroadcastState, Sent, prefix_of, warn_job
from app.errors import SealBroken
from app.messages import Job
from integrations.database.audit import append
from integrations.database.outbox import add_jobs
from integrations.database.prefixes import Begins
from integrations.database.rows import Seals
from integrations.database.store import Store, clean, insert_or_leave
from integrations.database.subscriptions import reached
from integrations.database.tables import JobState, broadcasts, jobs, sms, subscriptions

_PLAIN = ("id", "topic", "district", "from_hour", "to_hour", "made_at", "until", "by", "state", "cursor", "queued")


class DatabaseBroadcasts:
    """`app.ports.Broadcasts` on SQLite or PostgreSQL."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def open(self, broadcast: Broadcast, entry: AuditEntry) -> Broadcast:
        values = {name: getattr(broadcast, name) for name in _PLAIN}
        values |= {"by": clean(broadcast.by), "texts": msgspec.json.encode(dict(broadcast.texts)).decode()}

        def work(connection: Connection) -> Broadcast:
            if connection.execute(insert_or_leave(connection, broadcasts), values).rowcount:
                append(connection, entry)
            return _broadcast(connection.execute(_by_id(broadcast.id)).one())

        return await self._store.write(work)

    async def queue(self, seen: Broadcast, limit: int, now: datetime) -> Broadcast:
        page = select(subscriptions).where(reached(seen.topic, seen.district), subscriptions.c.id > seen.cursor)
        page = page.order_by(subscriptions.c.id).limit(limit)
        as_seen = (broadcasts.c.id == seen.id, broadcasts.c.cursor == seen.cursor)
        mine = update(broadcasts).where(*as_seen, broadcasts.c.state == BroadcastState.OPEN)

        def work(connection: Connection) -> Broadcast:
            rows = connection.execute(page).all()
            state = BroadcastState.OPEN if len(rows) == limit else BroadcastState.QUEUED
            cursor = rows[-1].id if rows else seen.cursor
            # First, so that whoever comes second waits here, and finds that it was done.
            if connection.execute(mine.values(cursor=cursor, state=state)).rowcount == 0:
                return _broadcast(connection.execute(_by_id(seen.id)).one())
            added = add_jobs(connection, self._seals.jobs_values(self._jobs(seen, rows)))
            counting = update(broadcasts).where(broadcasts.c.id == seen.id)
            connection.execute(counting.values(queued=broadcasts.c.queued + added))
            after = _broadcast(connection.execute(_by_id(seen.id)).one())
            if state is BroadcastState.QUEUED:
                append(connection, AuditEntry(now, HOUSE, "queued-broadcast", seen.id, seen.topic,
                                              {"texts": str(after.queued)}))  # fmt: skip
            return after

        return await self._store.write(work)

    def _jobs(self, broadcast: Broadcast, rows: Sequence[Row[Any]]) -> tuple[Job, ...]:
        """One for each number of a page; a row that no key opens is nobody's."""
        found: dict[str, Job] = {}
        for row in rows:
            try:
                msisdn = self._seals.open("subscriptions.msisdn", row.id, row.msisdn)["msisdn"]
            except SealBroken:
                continue
            key = self._seals.number_hash(f"broadcast:{broadcast.id}", msisdn).hex()
            job = warn_job(broadcast, msisdn, row.language, key)
            found.setdefault(job.id, job)
        return tuple(found.values())

    async def find(self, id: str) -> Broadcast | None:
        row = await self._store.read(lambda connection: connection.execute(_by_id(id)).first())
        return None if row is None else _broadcast(row)

    async def unfinished(self, topic: str, district: str) -> Sequence[Broadcast]:
        table = broadcasts.c
        query = select(broadcasts).where(table.topic == topic, table.district == district)
        query = query.where(table.state == BroadcastState.OPEN).order_by(table.made_at, table.id)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return [_broadcast(row) for row in rows]

    async def newest(self, limit: int) -> Sequence[tuple[Broadcast, Sent]]:
        query = select(broadcasts).order_by(broadcasts.c.made_at.desc(), broadcasts.c.id).limit(limit)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return [(_broadcast(row), await self._sent(row.id)) for row in rows]

    async def _sent(self, id: str) -> Sent:
        counted = select(jobs.c.state, func.count().label("total")).where(Begins(jobs.c.id, prefix_of(id)))
        handed = select(func.count()).select_from(sms).where(Begins(sms.c.job_id, prefix_of(id)))
        by_state = await self._store.read(lambda connection: connection.execute(counted.group_by(jobs.c.state)).all())
        totals = {row.state: row.total for row in by_state}
        gone = await self._store.read(lambda connection: connection.execute(handed).scalar_one())
        return Sent(
            totals.get(JobState.WAITING, 0), totals.get(JobState.DONE, 0), totals.get(JobState.SET_ASIDE, 0), gone
        )  # fmt: skip

    async def cancel(self, id: str, entry: AuditEntry) -> bool:
        live = update(broadcasts).where(broadcasts.c.id == id, broadcasts.c.state != BroadcastState.CANCELLED)

        def work(connection: Connection) -> bool:
            if connection.execute(live.values(state=BroadcastState.CANCELLED)).rowcount == 0:
                return False
            append(connection, entry)
            return True

        return await self._store.write(work)


def _by_id(id: str) -> Any:
    return select(broadcasts).where(broadcasts.c.id == id)


def _broadcast(row: Row[Any]) -> Broadcast:
    told = {name: getattr(row, name) for name in _PLAIN}
    texts = msgspec.json.decode(row.texts, type=dict[str, str])
    return replace(Broadcast(texts=texts, **told), state=BroadcastState(row.state))
