"""A row by its key, read in the event loop itself out of a SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any


class Glance:
    """Some microseconds where the page is in memory: a thread costs fifty times that, and turns of the loop there and
    back, each of which takes as long as everybody else in a crowd.

    Nothing is waited for: whoever gets None asks in the usual way. The connection is made by the first who looks.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    def row(self, query: str, *keys: bytes) -> Sequence[Any] | None:
        if self._closed:
            return None
        try:
            if self._connection is None:
                self._connection = self._connect()
            # All of them: a read that is left open keeps the log from being emptied. Arrays: as `_DRIVER` in sqlite.py.
            rows = self._connection.execute(query, [bytearray(key) for key in keys]).fetchall()
        except sqlite3.Error:
            return None
        return rows[0] if rows else ()

    def close(self) -> None:
        self._closed = True
        if self._connection is not None:
            self._connection.close()
