"""The operator's database URL, read into what the drivers want."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.errors import SettingsWrong


@dataclass(frozen=True, slots=True)
class SqliteAddress:
    """`synced` False: a commit is not waited for until it is on the disk; only for what may be lost."""

    path: Path
    synced: bool = True


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """`url` names asyncpg; it may hold a password: never print it."""

    url: URL


def read_address(url: str) -> SqliteAddress | PostgresAddress:
    """Read `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://user@host/name`.

    PostgreSQL takes `?host=/directory/of/the/socket` and `?sslmode=`, SQLite `?synchronous=off`. Raises
    `SettingsWrong`, never repeating the URL.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None:
        raise SettingsWrong("The database URL cannot be read; write sqlite:///file.db or postgresql://user@host/name.")
    if parsed.drivername == "sqlite":
        return _sqlite(parsed)
    if parsed.drivername in {"postgresql", "postgres"}:
        return _postgres(parsed)
    raise SettingsWrong("The database URL must begin with sqlite:// or postgresql://.")


def _sqlite(url: URL) -> SqliteAddress:
    name = url.database or ""
    synced = dict(url.query) != {"synchronous": "off"}
    if url.host or (url.query and synced) or name in {"", ":memory:"} or name.startswith("file:"):
        raise SettingsWrong("The ledger needs a file: write sqlite:///file.db or sqlite:////absolute/file.db.")
    return SqliteAddress(Path(os.path.abspath(name)), synced)  # noqa: PTH100 (resolve() would follow symbolic links)


def _postgres(url: URL) -> PostgresAddress:
    if not url.database:
        raise SettingsWrong("The database URL names no database; write postgresql://user@host/name.")
    unknown = set(url.query) - {"host", "port", "sslmode"}
    if unknown:
        raise SettingsWrong("The database URL takes only host, port and sslmode after the question mark.")
    query = dict(url.query)
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    return PostgresAddress(url.set(drivername="postgresql+asyncpg", query=query))
