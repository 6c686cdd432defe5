"""The audit log in the ledger's database: appended in the transaction of what it tells of, read page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, text

from app.audit import AuditEntry, AuditLine, Head, line_after
from app.messages import HistoryEntry, Status
from integrations.database import guards
from integrations.database.limits import audit_lines_read_max, audit_text_characters_max
from integrations.database.store import Store, clean
from integrations.database.tables import audit, request_history, requests

_ADVISORY_LOCK = 0x6175646974  # "audit"
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_NEWEST = select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)
_LINE = insert(audit)


def append(connection: Connection, entry: AuditEntry) -> None:
    """Add a line behind the newest one; the last statement of its transaction, for until its end all others wait."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"key": _ADVISORY_LOCK})
    row = connection.execute(_NEWEST).first()
    line = line_after(Head(row.number, row.hash) if row else Head(), _cleaned(entry))
    connection.execute(_LINE, msgspec.structs.asdict(line) | {"details": msgspec.json.encode(line.details).decode()})


@dataclass(frozen=True, slots=True)
class Story:
    """Of one request: its filing and moves in the log, its history, and how it stands: status and stage.

    `stands` None: the request is gone.
    """

    lines: Sequence[AuditLine]
    history: Sequence[HistoryEntry]
    stands: tuple[str, str] | None


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

    async def of(self, subject: str, after: int = 0) -> Sequence[AuditLine]:
        """The next lines about a request or a version behind number `after`, at most `audit_lines_read_max`."""
        about = select(audit).where(audit.c.subject == subject, audit.c.number > after)
        return await self._lines(about.order_by(audit.c.number).limit(audit_lines_read_max))

    async def filed(self, after: str) -> Sequence[str]:
        """The next requests, by id, whose filing stands in the log; at most a tenth of `audit_lines_read_max`."""
        query = select(audit.c.subject).where(audit.c.act == "file", audit.c.subject > after)
        query = query.order_by(audit.c.subject).limit(audit_lines_read_max // 10)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return [row.subject for row in rows]

    async def story(self, request_id: str) -> Story:
        """What the log and the ledger say of one request; of two moments, if it is moved meanwhile."""
        lines = select(audit).where(audit.c.subject == request_id, audit.c.act.in_(("file", "move")))
        moves = request_history.c
        history = select(request_history).where(moves.request_id == request_id).order_by(moves.id)
        stands = select(requests.c.status, requests.c.stage).where(requests.c.id == request_id)

        def work(connection: Connection) -> Story:
            now = connection.execute(stands).first()
            return Story(
                [_line(row) for row in connection.execute(lines.order_by(audit.c.number))],
                [
                    HistoryEntry(Status(row.status), row.stage, row.reason, row.at, row.evidence)
                    for row in connection.execute(history)
                ],
                (now.status, str(now.stage)) if now else None,
            )

        return await self._store.read(work)

    async def guards_missing(self) -> Sequence[str]:
        """Triggers that are to keep the lines and are not there, or do not work."""
        return await guards.missing(self._store, guards.AUDIT)

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
