"""Anything at any time on both databases: the books sum to zero, and no bill is paid twice."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.keys import Key, Keyring
from benchmarks.books import Market, run
from integrations.database import open_database
from tests.made_once import forgetful, new_sqlite

pytestmark = pytest.mark.anyio


def told(market: Market) -> tuple[list[str], bool]:
    """What was violated, and whether the run was worth anything."""
    kept = [payment for payment in market.told.values() if payment.unfit]
    return market.violations, bool(market.told and len(kept) < len(market.told) and market.outlets.paid)


@pytest.mark.parametrize("seed", [3, 4])
async def test_random_operations_with_repeats_and_stale_looks_keep_the_promises(url: str, seed: int) -> None:
    assert told(await run(url, 250, seed)) == ([], True)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), operations=st.integers(1, 120))
def test_whatever_the_order_no_promise_is_broken(tmp_path: Path, seed: int, operations: int) -> None:
    url = forgetful(new_sqlite(tmp_path / f"{seed}-{operations}.db"))
    market = asyncio.run(run(url, operations, seed))
    assert market.violations == [] and sum(market.done.values()) == operations


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
