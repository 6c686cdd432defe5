"""Ledger, books, outbox, archive, audit log and openings as rows, on SQLite or PostgreSQL."""

from integrations.database.archive import DatabaseArchive
from integrations.database.audit import DatabaseAudit
from integrations.database.books import DatabaseBooks
from integrations.database.opening import (
    Database,
    open_archive,
    open_audit,
    open_books,
    open_database,
    open_evidence,
)
from integrations.database.schema import migrate

__all__ = [
    "Database",
    "DatabaseArchive",
    "DatabaseAudit",
    "DatabaseBooks",
    "migrate",
    "open_archive",
    "open_audit",
    "open_books",
    "open_database",
    "open_evidence",
]
