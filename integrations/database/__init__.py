"""The ledger's, the outbox's and the archive's rows, on SQLite or PostgreSQL."""

from integrations.database.archive import DatabaseArchive
from integrations.database.opening import Database, open_archive, open_database, open_evidence
from integrations.database.schema import migrate

__all__ = ["Database", "DatabaseArchive", "migrate", "open_archive", "open_database", "open_evidence"]
