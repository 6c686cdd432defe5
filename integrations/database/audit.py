"""The audit log in the ledger's database: appended in the transaction of what it tells of, read page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, text

from app.audit import AuditEntry, AuditLine, Head, line_after
from app.messages import HistoryEntry, Status
from integrations.database.limits import audit_lines_read_max, audit_text_characters_max
from integrations.database.store import Store, clean
from integrations.database.tables import audit, request_history

_ADVISORY_LOCK = 0x6175646974  # "audit"


def append(connection: Connection, entry: AuditEntry) -> None:
    """Add a line behind the newest one; the last statement of its transaction, for until its end all others wait."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    newest = select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)
    row = connection.execute(newest).first()
    line = line_after(Head(row.number, row.hash) if row else Head(), _cleaned(entry))
    connection.execute(
        insert(audit), msgspec.structs.asdict(line) | {"details": msgspec.json.encode(line.details).decode()}
    )


class DatabaseAudit:
    """`app.ports.Audit`; raises `StoreUnavailable`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def append(self, *entries: AuditEntry) -> None:
        """Durable when it returns, all of them or none."""

        def work(connection: Connection) -> None:
            for entry in entries:
                append(connection, entry)

        await self._store.write(work)

    async def page(self, after: int) -> Sequence[AuditLine]:
        """The next lines behind number `after`, at most `audit_lines_read_max`; none: that was the newest."""
        query = select(audit).where(audit.c.number > after).order_by(audit.c.number).limit(audit_lines_read_max)
        return await self._lines(query)

    async def of(self, subject: str) -> Sequence[AuditLine]:
        """The first lines about a request or a version, in order, at most `audit_lines_read_max`."""
        query = select(audit).where(audit.c.subject == subject).order_by(audit.c.number).limit(audit_lines_read_max)
        return await self._lines(query)

    async def histories(self, after: str) -> Mapping[str, tuple[HistoryEntry, ...]]:
        """The histories of the next requests behind the id `after`, whole; none: there are no more."""
        moves = request_history.c
        ids = select(moves.request_id).where(moves.request_id > after).distinct().order_by(moves.request_id)
        page = ids.limit(audit_lines_read_max // 10).subquery()
        query = (
            select(request_history)
            .where(moves.request_id.in_(select(page.c.request_id)))
            .order_by(moves.request_id, moves.id)
        )
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return {
            id: tuple(HistoryEntry(Status(row.status), row.stage, row.reason, row.at, row.evidence) for row in group)
            for id, group in groupby(rows, key=lambda row: str(row.request_id))
        }

    async def close(self) -> None:
        await self._store.close()

    async def _lines(self, query: Any) -> Sequence[AuditLine]:
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return [_line(row) for row in rows]


def _line(row: Row[Any]) -> AuditLine:
    """A row as it stands: details that are none any more leave a line whose hash does not fit."""
    try:
        details = msgspec.json.decode(row.details, type=dict[str, str])
    except msgspec.MsgspecError:
        details = {"": row.details}
    return AuditLine(
        row.number, row.at, row.actor, row.act, row.subject, row.purpose, details, row.previous, row.hash
    )  # fmt: skip


def _cleaned(entry: AuditEntry) -> AuditEntry:
    """As a column can hold it, before it is hashed."""
    most = audit_text_characters_max
    details = {clean(name, most): clean(value, most) for name, value in entry.details.items()}
    actor, act, subject, purpose = (
        clean(text, most) for text in (entry.actor, entry.act, entry.subject, entry.purpose)
    )
    return AuditEntry(entry.at, actor, act, subject, purpose, details)
