"""Triggers by which the database itself keeps rows as they were written, and whether they are there."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from integrations.database.store import Store

BOOKS = (
    "postings_kept_as_written", "entries_kept_as_written", "postings_kept", "entries_kept", "payments_kept",
    "bills_kept", "payments_kept_as_came", "bills_kept_as_made", "entries_before_posting", "postings_balanced",
    "bills_commission_kept", "balances_kept",
    "applications_kept", "applications_kept_as_written", "applications_once", "payments_once", "proposals_kept",
    "proposals_kept_as_asked", "proposals_kept_as_decided", "statements_kept", "statement_lines_kept",
    "statement_lines_kept_as_stated", "differences_kept",
)  # fmt: skip
"""Those of bills, payments, postings and statements, of migrations 0009, 0013 and 0014."""
AUDIT = ("audit_kept_as_written", "audit_kept")
"""Those of the audit log."""
_EMPTIED = {
    BOOKS: ("postings_never_emptied", "entries_never_emptied", "payments_never_emptied", "bills_never_emptied"),
    AUDIT: ("audit_never_emptied",),
}
"""PostgreSQL can empty a table without deleting its rows."""


async def missing(store: Store, guards: tuple[str, ...]) -> Sequence[str]:
    """Which of `BOOKS` or `AUDIT` are not there, or do not work. Raises `StoreUnavailable`."""

    def work(connection: Connection) -> Sequence[str]:
        if connection.dialect.name == "postgresql":
            named = "SELECT tgname AS name FROM pg_trigger WHERE tgenabled IN ('O', 'A')"
            wanted = (*guards, *_EMPTIED[guards])
        else:
            named, wanted = "SELECT name FROM sqlite_master WHERE type = 'trigger'", guards
        there = {row.name for row in connection.execute(text(named))}
        return [name for name in wanted if name not in there]

    return await store.read(work)
