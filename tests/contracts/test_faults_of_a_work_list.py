"""The column `manual` of docs/faults.md: clerks' work lists, which fail with nothing but our own database."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from functools import partial

import pytest

from app.keys import Key, Keyring
from app.manual import ADAPTER
from app.manual_office import ManualOffice
from app.messages import Filing
from app.tasks import Wanted
from integrations.database import Database, migrate, open_database
from tests.contracts.calls import AGAIN, NOBODY, PENDING, TWICE
from tests.contracts.faults import NONE, rows, word_for
from tests.database.postgres import PostgresServer

pytestmark = pytest.mark.anyio

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
HEAD, *TOLD = rows("faults.md", "faults")
WORDS = {row[0]: row[HEAD.index(ADAPTER)] for row in TOLD}
PLOT = Filing("s1/7", "7K4M2PXQ9", "plot-search", "+26658123456", "en", {"plot": "12"}, AT, "0123456789abcdef")


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    server = PostgresServer(("fsync=off",))
    try:
        migrate(server.url())
        yield server
    finally:
        server.remove()


@pytest.fixture
async def database(server: PostgresServer) -> AsyncIterator[Database]:
    keyring = Keyring((Key("test", b"k" * 32),), os.urandom)
    database = await open_database(server.url(), keyring, os.urandom, allow_unsafe=True)
    yield database
    await database.close()


async def test_a_work_list_takes_work_once_and_is_down_with_its_database(
    server: PostgresServer, database: Database
) -> None:
    filed = await database.ledger.file(PLOT, [])
    office = ManualOffice("land", 5, database.board, lambda: AT)
    ask = partial(word_for, office, "search", {"plot": "12"}, f"{filed.id}:0", 5.0, changes=True)
    assert await ask() == WORDS[PENDING]
    assert await ask() == WORDS[AGAIN] == WORDS[TWICE]
    assert len(await database.board.entries(Wanted("land"))) == 1
    server.kill()
    assert await ask() == WORDS[NOBODY]


def test_nothing_else_befalls_a_work_list() -> None:
    assert {fault for fault, word in WORDS.items() if word != NONE} == {PENDING, AGAIN, TWICE, NOBODY}
