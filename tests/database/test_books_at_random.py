"""Anything at any time on both databases: the books sum to zero, and no bill is paid twice."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.endings import JobEnding
from app.errors import ServiceFailed
from app.keys import Key, Keyring
from app.pushing import _Carried
from benchmarks.books import Bounds, run, sit
from benchmarks.market import Market
from benchmarks.notebook import Notebook, load, remember, remembered_max, save
from integrations.database import open_database
from integrations.database.bills import DatabaseBills
from tests.made_once import forgetful, new_sqlite

pytestmark = pytest.mark.anyio


def told(market: Market) -> tuple[list[str], bool]:
    """What was violated, and whether the run was worth anything."""
    notes = market.notes
    return market.violations, bool(notes.payments > notes.suspended and notes.paid and notes.booked)


@pytest.mark.parametrize("seed", [3, pytest.param(4, marks=pytest.mark.hunt)])
async def test_random_operations_with_repeats_and_stale_looks_keep_the_promises(url: str, seed: int) -> None:
    assert told(await run(url, 250, seed)) == ([], True)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), operations=st.integers(1, 120))
def test_whatever_the_order_no_promise_is_broken(tmp_path: Path, seed: int, operations: int) -> None:
    url = forgetful(new_sqlite(tmp_path / f"{seed}-{operations}.db"))
    market = asyncio.run(run(url, operations, seed))
    assert market.violations == [] and market.notes.operations == operations


async def test_a_run_that_stops_goes_on_where_it_was(tmp_path: Path) -> None:
    url, path = forgetful(new_sqlite(tmp_path / "books.db")), tmp_path / "books.db.notebook"
    chance = random.Random(5)
    first = await sit(url, Notebook(5), chance, Bounds(150))
    save(first.notes, chance, path)
    notes, chance = load(path)
    assert notes == first.notes
    second = await sit(url, notes, chance, Bounds(300))
    assert told(second) == ([], True)
    assert (notes.operations, notes.checked, notes.sittings) == (300, 300, 2)


async def test_a_run_on_books_that_are_ahead_of_its_notebook_is_no_clean_one(tmp_path: Path) -> None:
    """Else a sitting that was killed could be taken for one that ended."""
    url = forgetful(new_sqlite(tmp_path / "books.db"))
    await sit(url, Notebook(5), random.Random(5), Bounds(150))
    again = await sit(url, Notebook(5, sittings=1), random.Random(6), Bounds(300))
    assert any("postings for 0 payments" in violation for violation in again.violations)


def test_what_is_remembered_is_bounded_and_the_newest_is_last() -> None:
    kept: list[int] = []
    for one in range(remembered_max + 500):
        remember(kept, one, random.Random(one))
    assert len(kept) == remembered_max and kept[-1] == remembered_max + 499
    assert min(kept) < 500, "some are very old"


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ("UPDATE payments SET wallet = 'thief'", "books another amount than came"),
        ("UPDATE bills SET state = 'created', receipt = NULL", "is created and 1 payments paid it"),
        ("DELETE FROM entries WHERE line = 2", "fewer than two entries"),
        ("UPDATE entries SET amount_minor = -1 WHERE amount_minor = -3250", "does not sum to zero"),
        ("UPDATE balances SET amount_minor = amount_minor + 1 WHERE account LIKE '%float'", "and its entries sum to"),
        ("UPDATE agent_proposals SET state = 'asked'", "moves an agent's money and was not approved"),
        ("UPDATE agent_proposals SET amount_minor = amount_minor + 1", "otherwise than was approved"),
    ],
)
async def test_a_fault_that_is_planted_is_found(sqlite_url: str, fault: str, word: str) -> None:
    """Else a run without violations would prove nothing."""
    market = await run(sqlite_url, 120, 3)
    assert market.violations == []
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(fault).rowcount > 0
    database = await open_database(sqlite_url, Keyring((Key("k", bytes(32)),), bytes), bytes, allow_unsafe=True)
    market.database = database
    await market.prove()
    await database.close()
    assert any(word in violation for violation in market.violations)


async def frees_what_is_unknown(carried: Any, failure: ServiceFailed) -> None:
    """Takes an answer that was lost for a no, so the payer is asked anew while the wallet may take the money."""
    if failure.late:
        await carried.refused("expired")


async def books_nothing(carried: Any, reference: str) -> JobEnding:
    """Hears that a wallet took the money, and lets the bill be pushed again."""
    return await carried.refused("")


@pytest.mark.parametrize(
    ("part", "name", "fault", "word"),
    [
        (_Carried, "not_told", frees_what_is_unknown, " though "),
        (_Carried, "paid", books_nothing, "took money"),
        (DatabaseBills, "_named", lambda bills, *names: None, "a line was taken in"),
    ],
)
async def test_a_house_that_is_careless_with_pushes_is_found(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, part: type, name: str, fault: object, word: str
) -> None:
    monkeypatch.setattr(part, name, fault)
    market = await sit(sqlite_url, Notebook(2), random.Random(2), Bounds(800), in_place=True)  # the same run each time
    assert any(word in violation for violation in market.violations)
