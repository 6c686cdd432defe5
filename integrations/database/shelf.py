"""Jobs that wait for a person: looked at, tried again, or given up with their request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Update, select, update

from app.audit import AuditEntry
from app.errors import SealBroken
from app.messages import Change, Job, Request
from app.tasks import SetAside
from integrations.database.audit import append
from integrations.database.ledger import advancing
from integrations.database.limits import shelf_page_max
from integrations.database.rows import OVER, RETRIED, Seals, attempts_of
from integrations.database.store import Store
from integrations.database.tables import JobState, jobs


class _Overtaken(Exception):
    """Raised in a transaction so that nothing of it stays, never seen outside."""


class DatabaseShelf:
    """Raises `StoreUnavailable`."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def page(self, after: str = "") -> Sequence[SetAside]:
        """By id, at most `shelf_page_max` behind the id `after`."""
        waiting = select(jobs).where(jobs.c.state == JobState.SET_ASIDE, jobs.c.id > after)
        query = waiting.order_by(jobs.c.id).limit(shelf_page_max)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return [self._told(row) for row in rows]

    async def retry(self, id: str, now: datetime, entry: AuditEntry) -> bool:
        """Let the worker try again, from the first attempt; False: it does not wait for a person any more."""
        again = _held(id).values(state=JobState.WAITING, due_at=now, attempts=RETRIED, ended_at=None, lapses=0)

        def work(connection: Connection) -> bool:
            ours = connection.execute(again).rowcount == 1
            if ours:
                append(connection, entry)
            return ours

        return await self._store.write(work)

    async def give_up(
        self, id: str, now: datetime, entry: AuditEntry, move: tuple[Request, Change, Sequence[Job]] | None
    ) -> bool:
        """End a job, and with it its request; False: one of them is another by now, and nothing is done."""
        ended = _held(id).values({**OVER, "ended_at": now})
        moving = advancing(self._seals, *move) if move else None

        def work(connection: Connection) -> bool:
            if connection.execute(ended).rowcount != 1 or (moving is not None and not moving(connection)):
                raise _Overtaken
            append(connection, entry)
            return True

        try:
            return await self._store.write(work)
        except _Overtaken:
            return False

    async def payload(self, id: str) -> Mapping[str, str]:
        """What a job that waits for a person carries; raises `SealBroken`. Nothing: it does not wait any more."""
        query = select(jobs).where(jobs.c.id == id, jobs.c.state == JobState.SET_ASIDE)
        row = await self._store.read(lambda connection: connection.execute(query).first())
        return {} if row is None else self._seals.job(row).payload

    def _told(self, row: Row[Any]) -> SetAside:
        try:
            payload = self._seals.job(row).payload
        except SealBroken:
            payload = {}
        request_id, stage = payload.get("request", ""), payload.get("stage", "0")
        if row.kind in ("work", "bill"):  # its id says so as well, also where no key opens what it carried
            request_id, _, stage = row.id.replace(":work:", ":").rpartition(":")
        return SetAside(
            row.id, row.kind, attempts_of(row.attempts)[0], row.reason, row.ended_at,
            request_id, int(stage) if stage.isdigit() else 0, payload.get("office", ""),
        )  # fmt: skip


def _held(id: str) -> Update:
    return update(jobs).where(jobs.c.id == id, jobs.c.state == JobState.SET_ASIDE)
