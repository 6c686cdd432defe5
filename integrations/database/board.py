"""Work lists of offices without a system, in the ledger's database."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, or_, select, update

from app.audit import HOUSE, AuditEntry
from app.errors import SealBroken
from app.keys import Keyring
from app.messages import CITIZENS_TURN, Change, Job
from app.tasks import Clerk, Entry, Named, Task, Wanted
from integrations.database.audit import append
from integrations.database.forgetting import FINAL
from integrations.database.ledger import advancing
from integrations.database.limits import clerks_listed_max
from integrations.database.outbox import add_jobs
from integrations.database.rows import Seals
from integrations.database.store import Store, insert_into, insert_or_leave
from integrations.database.tables import agent_complaints, clerks, requests, tasks


class _Overtaken(Exception):
    """Raised in a transaction so that nothing of it stays, never seen outside."""


class DatabaseBoard:
    """`app.ports.Board`; raises `StoreUnavailable`."""

    def __init__(self, store: Store, seals: Seals, keyring: Keyring) -> None:
        self._store = store
        self._seals = seals
        self._keyring = keyring

    async def open(self, task: Task, named: Named | None = None) -> None:
        """Put a task on the list, with whom it names if it is a complaint; one that was put there before stays."""
        about = {"request_id": task.request_id, "at": task.opened_at}

        def work(connection: Connection) -> None:
            new = insert_or_leave(connection, tasks)
            if connection.execute(new, _values(task)).rowcount:
                if named is not None:
                    complaint = insert_or_leave(connection, agent_complaints)
                    connection.execute(complaint, {**asdict(named), **about})
                told = {"stage": str(task.stage), "operation": task.operation}
                append(connection, AuditEntry(task.opened_at, HOUSE, "open-task", task.request_id, task.office, told))

        await self._store.write(work)

    async def named(self, request_id: str) -> Named | None:
        query = select(agent_complaints).where(agent_complaints.c.request_id == request_id)
        row = await self._store.read(lambda connection: connection.execute(query).first())
        return None if row is None else Named(row.agent, row.point, row.receipt)

    async def entries(self, wanted: Wanted) -> Sequence[Entry]:
        """Lines of a work list, what was promised soonest first; fewer than `limit` only if there are no more."""
        query = _joined()
        query = query.where(tasks.c.closed_at.is_not(None) if wanted.closed else _is_open())
        if wanted.office:
            query = query.where(tasks.c.office == wanted.office)
        if wanted.assignee is not None:
            query = query.where(tasks.c.assignee == wanted.assignee)
        if wanted.overdue_at is not None:
            query = query.where(_is_late(wanted.overdue_at))
        return await self._page(query, wanted.limit, wanted.after)

    async def find(self, reference: str, office: str) -> Entry | None:
        """The newest task of a request, if the office has one; empty `office`: of any."""
        query = _joined().where(requests.c.reference == reference).order_by(tasks.c.stage.desc()).limit(1)
        if office:
            query = query.where(tasks.c.office == office)
        row = await self._store.read(lambda connection: connection.execute(query).first())
        return None if row is None else self._entry(row)

    async def change(
        self, seen: Entry, task: Task, change: Change | None, jobs: Sequence[Job], entry: AuditEntry | None = None
    ) -> bool:
        """Write a task, and the move of its request, if neither is another than was `seen`; False: nothing is done.

        A move is in the audit log by itself; `entry` is for what is none.
        """
        values = _values(replace(task, revision=seen.task.revision + 1))
        same = and_(tasks.c.id == seen.task.id, tasks.c.revision == seen.task.revision)
        moving = advancing(self._seals, seen.request, change, jobs) if change else None
        job_values = [] if change else self._seals.jobs_values(tuple(jobs))

        def work(connection: Connection) -> bool:
            if connection.execute(update(tasks).where(same).values(values)).rowcount == 0:
                raise _Overtaken
            add_jobs(connection, job_values)
            if moving is not None and not moving(connection):
                raise _Overtaken
            if entry is not None:
                append(connection, entry)
            return True

        try:
            return await self._store.write(work)
        except _Overtaken:
            return False

    async def overdue(self, now: datetime, limit: int, after: Task | None = None) -> Sequence[Entry]:
        late = and_(_is_open(), _is_late(now), tasks.c.escalated_at.is_(None))
        return await self._page(_joined().where(late), limit, after)

    async def add_clerk(self, clerk: Clerk, token: str, at: datetime, by: str) -> None:
        """Let whoever holds the token work as this clerk; a token of theirs from before is none any more."""
        values = {"name": clerk.name, "office": clerk.office, "token_hash": self._token_hash(token), "added_at": at}

        def work(connection: Connection) -> None:
            statement = insert_into(connection, clerks)
            told = {name: statement.excluded[name] for name in ("office", "token_hash", "added_at")}
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=told), values)
            append(connection, AuditEntry(at, by, "add-clerk", clerk.name, clerk.office))

        await self._store.write(work)

    async def remove_clerk(self, name: str, at: datetime, by: str) -> bool:
        def work(connection: Connection) -> bool:
            gone = connection.execute(delete(clerks).where(clerks.c.name == name)).rowcount > 0
            if gone:
                append(connection, AuditEntry(at, by, "remove-clerk", name))
            return gone

        return await self._store.write(work)

    async def clerks(self) -> Sequence[Clerk]:
        query = select(clerks.c.name, clerks.c.office).order_by(clerks.c.name).limit(clerks_listed_max)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return [Clerk(row.name, row.office) for row in rows]

    async def clerk(self, token: str) -> Clerk | None:
        """Whose token that is."""
        query = select(clerks.c.name, clerks.c.office).where(clerks.c.token_hash == self._token_hash(token))
        row = await self._store.read(lambda connection: connection.execute(query).first())
        return None if row is None else Clerk(row.name, row.office)

    async def close(self) -> None:
        await self._store.close()

    def _token_hash(self, token: str) -> bytes:
        return self._keyring.hash("clerks", token)

    async def _page(self, query: Select[Any], limit: int, after: Task | None) -> Sequence[Entry]:
        """Without those that no key opens: one such line must not hide the others, nor those of the pages behind it."""
        entries: list[Entry] = []
        ordered = query.order_by(tasks.c.promised_at, tasks.c.id)
        while len(entries) < limit:
            free = limit - len(entries)
            rows = await self._store.read(partial(_some, ordered.limit(free), after))
            for row in rows:
                after = _task(row)
                with suppress(SealBroken):
                    entries.append(self._entry(row))
            if len(rows) < free:
                break
        return entries

    def _entry(self, row: Row[Any]) -> Entry:
        return Entry(_task(row), self._seals.request(row))


def _some(query: Select[Any], after: Task | None, connection: Connection) -> Sequence[Row[Any]]:
    return connection.execute(query if after is None else query.where(_is_behind(after))).all()


def _task(row: Row[Any]) -> Task:
    return Task(
        row.task_id, row.request_id, row.task_stage, row.office, row.operation, row.opened_at, row.promised_at,
        row.assignee, row.revision, row.escalated_at, row.closed_at,
    )  # fmt: skip


def _joined() -> Select[Any]:
    own = [column for column in tasks.c if column.name not in ("id", "stage")]
    named = tasks.c.id.label("task_id"), tasks.c.stage.label("task_stage")
    return select(requests, *named, *own).join(requests, requests.c.id == tasks.c.request_id)


def _is_open() -> ColumnElement[bool]:
    """A task ends with its request; one from before that was so is on no list either."""
    return and_(tasks.c.closed_at.is_(None), requests.c.status.not_in(FINAL))


def _is_late(now: datetime) -> ColumnElement[bool]:
    """While its citizen has to do something no office is late."""
    return and_(tasks.c.promised_at < now, requests.c.status.not_in(CITIZENS_TURN))


def _is_behind(after: Task) -> ColumnElement[bool]:
    later = tasks.c.promised_at > after.promised_at
    return or_(later, and_(tasks.c.promised_at == after.promised_at, tasks.c.id > after.id))


def _values(task: Task) -> dict[str, Any]:
    return {column.name: getattr(task, column.name) for column in tasks.c}
