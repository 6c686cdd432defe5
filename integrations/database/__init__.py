"""The ledger's and the outbox's rows, on SQLite or PostgreSQL."""

from integrations.database.opening import Database, open_database
from integrations.database.schema import migrate

__all__ = ["Database", "migrate", "open_database"]
