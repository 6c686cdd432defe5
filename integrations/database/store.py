"""What ledger and outbox ask of a database: run a piece of work in one transaction, within a deadline."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from app.errors import StoreUnavailable
from integrations.database.limits import rows_at_once_max, text_characters_max

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

T = TypeVar("T")
_QMARK = sqlite.dialect(paramstyle="qmark")
Work = Callable[[Connection], T]
"""Statements of one transaction. It may run in another thread, and it may run though its caller has gone."""


class Store(Protocol):
    """One database. Raises `StoreUnavailable` within `call_seconds_max`; a write may have been committed then."""

    def glance(self, query: str, *keys: bytes) -> Sequence[Any] | None:
        """The row of a key, empty if there is none, where it is at hand at once; None: `read` it."""
        ...

    async def read(self, work: Work[T]) -> T:
        """Run work of one statement that changes nothing."""
        ...

    async def write(self, work: Work[T]) -> T:
        """Run work in a transaction of its own; it is durable when this returns, and undone if it raises."""
        ...

    async def close(self) -> None: ...


def insert_into(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT, in the database's own dialect."""
    return insert_on(connection.dialect.name == "postgresql", table)


def insert_on(is_postgres: bool, table: Table) -> postgresql.Insert | sqlite.Insert:
    if is_postgres:
        from sqlalchemy.dialects import postgresql  # 4 MB with its driver, which SQLite has no use for

        return postgresql.insert(table)
    return sqlite.insert(table)


def insert_or_leave(connection: Connection, table: Table) -> Any:
    """An INSERT whose `rowcount` is 0 where a unique value is taken; made once, which costs as much as to run it."""
    return _insert_or_leave(connection.dialect.name == "postgresql", table)


@cache
def _insert_or_leave(is_postgres: bool, table: Table) -> Any:
    return insert_on(is_postgres, table).on_conflict_do_nothing()


def insert_all(connection: Connection, insert: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run an INSERT that was made once for rows that all have the same columns.

    On SQLite several rows a statement: Python's driver gives the interpreter away for each that it runs, and a busy
    process takes 0.2 ms to give it back.
    """
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        connection.execute(insert, rows)
        return
    columns = tuple([column.name for column in insert.table.columns if column.name in rows[0]])  # as it is compiled
    bound = [insert.table.c[name].type.bind_processor(connection.dialect) for name in columns]
    begin = 0
    while begin < len(rows):
        size = min(rows_at_once_max, 2 ** ((len(rows) - begin).bit_length() - 1))  # few sizes: each is compiled once
        block, begin = rows[begin : begin + size], begin + size
        values = [
            row[name] if process is None else process(row[name])
            for row in block
            for name, process in zip(columns, bound, strict=True)
        ]
        connection.exec_driver_sql(_in_one(insert, columns, size), tuple(values))


@cache
def _in_one(insert: Any, columns: tuple[str, ...], rows: int) -> str:
    return str(insert.values([dict.fromkeys(columns)] * rows).compile(dialect=_QMARK))


def count_into(connection: Connection, table: Table, key: tuple[str, ...]) -> Any:
    """An INSERT that adds to the column `count` of the row with this key, or makes it, and gives the new count."""
    return _count_into(connection.dialect.name == "postgresql", table, key)


@cache
def _count_into(is_postgres: bool, table: Table, key: tuple[str, ...]) -> Any:
    statement = insert_on(is_postgres, table)
    added = {"count": table.c.count + statement.excluded.count}
    return statement.on_conflict_do_update(index_elements=list(key), set_=added).returning(table.c.count)


def tell(error: Exception) -> Exception:
    """An error of ours in place of the driver's, whose text may carry the row; other errors are returned as they are.

    Call it inside `except` and raise the answer after it, so that the driver's error is not chained to it.
    """
    cause = getattr(error, "orig", None) or error
    name = type(getattr(cause, "__cause__", None) or cause).__name__
    if isinstance(error, (IntegrityError, sqlite3.IntegrityError)):
        return AssertionError(f"the ledger's database refused a row of ours ({name})")
    is_asyncpgs = type(error).__module__.startswith("asyncpg.")  # which nobody has to import for SQLite
    if is_asyncpgs or isinstance(error, (SQLAlchemyError, sqlite3.Error, OSError)):
        return StoreUnavailable(f"The ledger's database did not do its work ({name}); see its own log.")
    return error


def clean(text: str, characters_max: int = text_characters_max) -> str:
    """A word from outside made fit for a column: no NUL or lone surrogate, cut to `characters_max`."""
    return text[:characters_max].encode("utf-8", "replace").decode().replace("\0", "?")
