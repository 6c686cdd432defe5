"""What a turn reads in the event loop itself: at once, the newest, in nobody's way, and never more than a try."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.engine.state import State
from app.messages import Agreement, Draft, Known, Opening, Session
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


async def test_what_is_known_of_a_number_at_a_glance(database: Database, url: str) -> None:
    """On a server there is no glance; whoever dials is asked about there."""
    mpho, session = "+26650123456", b"s" * 16
    strange = Known(None, is_unfinished=False, has_agreed=False, has_begun=False)
    is_at_hand = not url.startswith("postgresql")
    assert database.ledger.glance(mpho, session) == (strange if is_at_hand else None)
    await database.ledger.remember_language(mpho, "en", AT)
    await database.openings.keep((Opening(session, "9f2c41d0", AT),), AT)
    state = State("lesotho", "9f2c41d0", "welcome/start", "birth/born", "st")
    fell = Session(state, 0, b"mark" * 4, ended=False)
    await database.openings.keep_drafts([Draft(mpho, session, AT, AT, fell)])
    await database.ledger.agree(
        Agreement("id", mpho, "warnings", 1, AT, "ussd", "en", "9f2c41d0", session)  # to what does not matter here
    )
    assert database.ledger.glance(mpho, session) == (Known("en", True, True, True) if is_at_hand else None)
    unasked = database.ledger.glance(mpho, session, consents=False)
    assert unasked == (Known("en", True, False, True) if is_at_hand else None)
    assert database.ledger.glance("+26650123457", b"t" * 16) == (strange if is_at_hand else None)
    await database.openings.keep_drafts([Draft(mpho, session, AT + timedelta(seconds=1), AT, None)])
    assert database.ledger.glance(mpho, session) == (Known("en", False, True, True) if is_at_hand else None)
