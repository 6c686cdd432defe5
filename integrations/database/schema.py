"""Bringing a database to this version's tables, and refusing one that is not there or not safe."""

from __future__ import annotations

import asyncio

from sqlalchemy import Connection, inspect, text

from app.errors import SettingsWrong
from integrations.database import sqlite
from integrations.database.address import PostgresAddress, SqliteAddress, read_address
from integrations.database.limits import migrate_seconds_max
from integrations.database.sqlite_lock import WriterLock
from integrations.database.store import Store, tell
from integrations.database.tables import REVISION

_ADVISORY_LOCK = 0x6D6F68616C61  # "mohala"


def migrate(url: str) -> None:
    """Bring the database to this version's tables; makes the SQLite file if there is none.

    Two processes may call it at once: one waits for the other. Blocks: call it outside an event loop. Raises
    `SettingsWrong` for a database of a newer version, `StoreUnavailable` for one that does not answer.
    """
    address = read_address(url)
    try:
        if isinstance(address, SqliteAddress):
            _migrate_sqlite(address)
        else:
            asyncio.run(_migrate_postgres(address))
        return
    except Exception as error:
        failure = tell(error)
    raise failure


def _upgrade(connection: Connection) -> None:
    # Not above: Alembic is a quarter of the time it takes to import this room, and a gateway's start has no use for it.
    from integrations.database.upgrade import upgrade

    upgrade(connection)


def _migrate_sqlite(address: SqliteAddress) -> None:
    path = address.path
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = WriterLock(path)
    engine = sqlite.make_engine(address, "rw", size=1)
    try:
        lock.acquire_blocking(migrate_seconds_max)
        path.touch(mode=0o600)  # readable by nobody else
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")  # a table that is rebuilt is away for a moment
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            _upgrade(connection)
            connection.exec_driver_sql("COMMIT")
    finally:
        engine.dispose()
        lock.close()


async def _migrate_postgres(address: PostgresAddress) -> None:
    from integrations.database import postgres  # see `opening`

    engine = postgres.make_engine(address.url, migrate_seconds_max, pooled=False)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


async def check(store: Store, *, allow_unsafe: bool) -> None:
    """Raise `SettingsWrong` for tables of another version, or settings under which a commit may be lost."""
    facts = await store.read(_facts)
    if facts.pop("revision") != REVISION:
        raise SettingsWrong("The database's tables are not those of this version; run `mohala migrate`.")
    unsafe = sorted(name for name, value in facts.items() if value == "off")
    if unsafe and not allow_unsafe:
        names = ", ".join(unsafe)
        where = "PostgreSQL's settings, or in the URL of SQLite"
        raise SettingsWrong(f"The database may lose what it confirmed: turn on {names} in {where}.")


def _facts(connection: Connection) -> dict[str, str | None]:
    facts: dict[str, str | None] = {"revision": _revision(connection)}
    if connection.dialect.name == "postgresql":
        names = ("fsync", "synchronous_commit", "full_page_writes")
        return facts | {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in names}
    mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()
    synced = connection.execute(text("PRAGMA synchronous")).scalar_one()
    return facts | {"write-ahead log": "on" if mode == "wal" else "off", "synchronous": "on" if synced else "off"}


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision
