"""One SQLite file that keeps what the sandbox's offices know."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.errors import SettingsWrong

TABLES_VERSION = 1


class Store:
    """Rows of all offices, kept in a file or, without a path, until the process ends.

    One connection, used from the event loop only: a statement takes microseconds, and no two requests ever
    interleave between a handler's reading and its writing. Raises `SettingsWrong` for a file it cannot use.
    """

    def __init__(self, path: Path | None, tables: Sequence[str]) -> None:
        try:
            self._connection = _connect(path)
            self._prepare(path, tables)
        except sqlite3.Error as error:
            raise SettingsWrong(
                f"The sandbox cannot use {path} ({error}); stop another sandbox that has it open, or delete it."
            ) from None

    def _prepare(self, path: Path | None, tables: Sequence[str]) -> None:
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, TABLES_VERSION):
            raise SettingsWrong(f"{path} was made by another version of the sandbox; delete it and start again.")
        for table in tables:
            self._connection.execute(table)
        self._connection.execute(f"PRAGMA user_version={TABLES_VERSION}")

    def rows(self, statement: str, *values: object) -> list[dict[str, Any]]:
        return [dict(row) for row in self._connection.execute(statement, values)]

    def row(self, statement: str, *values: object) -> dict[str, Any] | None:
        found = self.rows(statement, *values)
        return found[0] if found else None

    def write(self, statement: str, *values: object) -> None:
        """Run one statement; it is committed at once."""
        self._connection.execute(statement, values)

    def next_number(self, table: str) -> int:
        """One more than the highest `number` in this table; no row is ever deleted."""
        return int(self._connection.execute(f"SELECT coalesce(max(number), 0) + 1 FROM {table}").fetchone()[0])  # noqa: S608 (our table)

    def close(self) -> None:
        self._connection.close()


def _connect(path: Path | None) -> sqlite3.Connection:
    # The server may run in another thread than the one that opens the file; there is never more than one user.
    connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False, timeout=1.0)
    connection.row_factory = sqlite3.Row
    # Exclusive: a second sandbox on the same file is refused at its start instead of numbering rows alongside.
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    connection.execute("PRAGMA journal_mode=WAL")
    # A killed process loses nothing this way; only a power cut could, and no promise hangs on a pretend country.
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection
