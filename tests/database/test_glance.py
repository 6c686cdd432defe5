"""What a turn reads in the event loop itself: at once, the newest, in nobody's way, and never more than a try."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from integrations.database import Database
from integrations.database.address import SqliteAddress, read_address
from integrations.database.glance import Glance
from integrations.database.languages import Languages
from integrations.database.sqlite import connect

pytestmark = pytest.mark.anyio
QUERY = "SELECT language FROM preferences WHERE number_hash = ?"
AT = datetime(2026, 11, 30, tzinfo=UTC)


def glance_at(url: str) -> Glance:
    address = read_address(url)
    assert isinstance(address, SqliteAddress)
    return Glance(lambda: connect(address, "rw", query_only=True, busy_milliseconds=0))


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///").partition("?")[0])


async def test_a_row_is_found_as_soon_as_somebody_wrote_it(sqlite_url: str) -> None:
    glance = glance_at(sqlite_url)
    assert glance.row(QUERY, b"palesa") == ()
    with closing(sqlite3.connect(path_of(sqlite_url), isolation_level=None)) as other:
        other.execute("INSERT INTO preferences (number_hash, language, changed_at) VALUES (?, 'en', 0)", (b"palesa",))
        assert glance.row(QUERY, b"palesa") == ("en",)
        log = path_of(sqlite_url).with_name(f"{path_of(sqlite_url).name}-wal")
        assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0, "nothing is left open"
        assert log.stat().st_size == 0
    glance.close()


async def test_nothing_is_written_through_it(sqlite_url: str) -> None:
    glance = glance_at(sqlite_url)
    assert glance.row("DELETE FROM preferences WHERE number_hash = ? RETURNING 1", b"palesa") is None
    glance.close()


async def test_whoever_cannot_look_is_told_to_ask_and_not_kept_waiting(sqlite_url: str, tmp_path: Path) -> None:
    glance = glance_at(sqlite_url)
    assert glance.row("SELECT no_such_column FROM preferences WHERE number_hash = ?", b"palesa") is None
    assert glance_at(f"sqlite:///{tmp_path}/absent.db").row(QUERY, b"palesa") is None
    glance.close()
    glance.close()
    assert glance.row(QUERY, b"palesa") is None


async def test_a_language_is_the_same_by_a_glance_and_by_asking(database: Database) -> None:
    languages = Languages(database._store)
    await languages.remember(b"palesa", "en", AT)
    for number, language in ((b"palesa", "en"), (b"thabo", None)):
        assert await languages.of(number) == await languages._asked.of(number) == language
