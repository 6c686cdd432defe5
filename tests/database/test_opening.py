"""What is refused at start, and how a database comes to its tables."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path

import anyio.to_thread
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.errors import SettingsWrong, StoreUnavailable
from integrations.database import migrate, open_database, postgres, sqlite
from integrations.database.address import PostgresAddress, SqliteAddress, read_address
from integrations.database.tables import REVISION, metadata
from integrations.database.upgrade import migrations

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


async def open_and_close(url, keyring, random_bytes, **options):
    database = await open_database(url, keyring, random_bytes, **options)
    await database.close()


def test_sqlite_addresses_are_files():
    assert read_address("sqlite:////srv/mohala.db") == SqliteAddress(Path("/srv/mohala.db"))
    assert read_address("sqlite:///var/mohala.db") == SqliteAddress(Path.cwd() / "var" / "mohala.db")


def test_an_sqlite_address_may_say_that_what_it_keeps_may_be_lost():
    assert read_address("sqlite:////tmp/month.db?synchronous=off") == SqliteAddress(Path("/tmp/month.db"), False)


def test_postgres_addresses_may_name_a_socket_and_how_to_encrypt():
    address = read_address("postgresql://mohala@/ledger?host=/run/postgresql&sslmode=require")
    assert isinstance(address, PostgresAddress)
    assert address.url.drivername == "postgresql+asyncpg"
    assert dict(address.url.query) == {"host": "/run/postgresql", "ssl": "require"}


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:mohala.db?mode=memory",
        "sqlite:///mohala.db?synchronous=normal",
        "postgresql://thabo:SECRET@db.gov.ls",
        "postgresql://thabo:SECRET@db.gov.ls/ledger?options=SECRET",
        "postgresql://thabo:SECRET@db.gov.ls:port/ledger",
        "mysql://thabo:SECRET@db.gov.ls/ledger",
        "SECRET",
    ],
)
def test_an_address_that_is_no_use_is_refused_without_repeating_it(url):
    with pytest.raises(SettingsWrong) as refusal:
        read_address(url)
    assert "SECRET" not in str(refusal.value)


def test_the_revision_that_is_checked_is_the_newest_migration():
    assert ScriptDirectory.from_config(migrations()).get_current_head() == REVISION


async def test_migrating_twice_changes_nothing(empty_url, keyring, random_bytes):
    await anyio.to_thread.run_sync(migrate, empty_url)
    database = await open_database(empty_url, keyring, random_bytes, allow_unsafe=True)
    await database.ledger.remember_language("+26650123456", "en", NOON)
    await database.close()
    await anyio.to_thread.run_sync(migrate, empty_url)
    again = await open_database(empty_url, keyring, random_bytes, allow_unsafe=True)
    assert await again.ledger.language("+26650123456") == "en"
    await again.close()


def _is_for(thing, connection):
    """Whether the code has it on such a database: an index may be for one of them alone."""
    condition = getattr(thing, "_ddl_if", None)
    return condition is None or condition.dialect == connection.dialect.name


def test_migrations_make_the_tables_that_the_code_uses(url):
    def compare(connection):
        ours = {"compare_type": True, "include_object": lambda thing, *_: _is_for(thing, connection)}
        return compare_metadata(MigrationContext.configure(connection, opts=ours), metadata)

    async def compare_postgres():
        engine = postgres.make_engine(address.url, 10, pooled=False)
        async with engine.connect() as connection:
            return await connection.run_sync(compare)

    address = read_address(url)
    if isinstance(address, SqliteAddress):
        with sqlite.make_engine(address, "rw", size=1).connect() as connection:
            assert compare(connection) == []
    else:
        assert asyncio.run(compare_postgres()) == []


def test_processes_that_migrate_at_once_wait_for_each_other(empty_url, filer):
    started = [filer("migrate", empty_url) for _ in range(3)]
    assert [process.wait(120) for process in started] == [0, 0, 0]


async def test_a_migrated_database_opens(empty_url, keyring, random_bytes):
    await anyio.to_thread.run_sync(migrate, empty_url)
    database = await open_database(empty_url, keyring, random_bytes, allow_unsafe=True)
    assert await database.ledger.language("+26650123456") is None
    await database.close()


async def test_a_database_without_tables_is_refused(empty_url, keyring, random_bytes):
    with pytest.raises(SettingsWrong, match="mohala migrate"):
        await open_and_close(empty_url, keyring, random_bytes)


async def test_a_database_of_another_version_is_refused(sqlite_url, keyring, random_bytes):
    set_revision(sqlite_url, "0000")
    with pytest.raises(SettingsWrong, match="mohala migrate"):
        await open_and_close(sqlite_url, keyring, random_bytes)


def test_a_database_of_a_newer_version_is_not_migrated(sqlite_url):
    set_revision(sqlite_url, "9999")
    with pytest.raises(SettingsWrong, match="newer"):
        migrate(sqlite_url)


async def test_a_file_without_a_write_ahead_log_is_refused(sqlite_url, keyring, random_bytes):
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    with pytest.raises(SettingsWrong, match="write-ahead log"):
        await open_and_close(sqlite_url, keyring, random_bytes)


async def test_a_file_whose_commits_nobody_waits_for_is_refused(sqlite_url, keyring, random_bytes):
    url = f"{sqlite_url}?synchronous=off"
    with pytest.raises(SettingsWrong, match="synchronous"):
        await open_and_close(url, keyring, random_bytes)
    await open_and_close(url, keyring, random_bytes, allow_unsafe=True)


def test_the_files_are_for_their_owner_only(tmp_path):
    migrate(f"sqlite:///{tmp_path}/new/ledger.db")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").iterdir()}
    assert modes["ledger.db"] == 0o600
    assert set(modes.values()) == {0o600}


def test_migrating_works_from_any_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    migrate("sqlite:///ledger.db")
    assert (tmp_path / "ledger.db").stat().st_size > 0


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit", "full_page_writes"])
async def test_a_server_that_may_lose_commits_is_refused(own_server, sql, keyring, random_bytes, setting):
    await open_and_close(own_server.url(), keyring, random_bytes)
    await sql(own_server.url(), f"ALTER SYSTEM SET {setting} = off")
    own_server.stop()
    own_server.start()
    with pytest.raises(SettingsWrong, match=setting):
        await open_and_close(own_server.url(), keyring, random_bytes)
    await open_and_close(own_server.url(), keyring, random_bytes, allow_unsafe=True)


async def test_a_server_that_is_not_there_is_told_at_once(tmp_path, keyring, random_bytes):
    with anyio.fail_after(4), pytest.raises(StoreUnavailable):
        await open_and_close(f"postgresql://mohala@/ledger?host={tmp_path}", keyring, random_bytes)


def set_revision(url, revision):
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.commit()
    connection.close()
