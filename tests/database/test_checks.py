"""Checks of who somebody is: opened once, counted before all else, forgotten soon, and nothing of them in clear."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from app.engine.state import State
from app.errors import StoreUnavailable
from app.keys import Key, Keyring
from app.messages import Check, CheckState, Most, Waiting
from integrations.database import Database
from integrations.database.tables import check_counts, checks
from tests.database.conftest import AT
from tests.database.patience import open_patiently
from tests.made_once import forgetful, new_sqlite

pytestmark = pytest.mark.anyio

LONG_AGO = AT - timedelta(days=1)
PALESA = "+26658123456"
CHECK = Check("e1", "identity", PALESA, "012345678901", AT)
STATE = State("lesotho", "9f2c41d0", "welcome/start", "card/code", "st", 3, {"check": "e1"}, ())


def guesses(most: int, subject: str = "identity 012345678901", seconds: int = 900) -> tuple[Most, ...]:
    return (Most("guess", subject, seconds, most),)


async def test_a_check_is_opened_once_and_found_by_its_own_number_only(database: Database) -> None:
    assert await database.checks.open(CHECK, guesses(1), LONG_AGO) == CHECK
    again = await database.checks.open(CHECK, guesses(1), LONG_AGO)
    assert again == replace(CHECK, state=CheckState.ASKED), "it was not counted again"
    assert await database.checks.find("e1", PALESA) == again
    assert await database.checks.find("e1", "+26658999999") is None
    assert await database.checks.find("e2", PALESA) is None


async def test_one_too_many_is_blocked_and_stays_so(database: Database) -> None:
    await database.checks.open(CHECK, guesses(1), LONG_AGO)
    blocked = await database.checks.open(replace(CHECK, id="e2"), guesses(1), LONG_AGO)
    assert (blocked.state, blocked.reason) == (CheckState.REFUSED, "blocked")
    assert await database.checks.open(replace(CHECK, id="e2"), guesses(9), LONG_AGO) == blocked


async def test_what_became_of_a_check_is_kept_and_a_verified_one_stays_so(database: Database) -> None:
    await database.checks.open(CHECK, (), LONG_AGO)
    verified = replace(CHECK, state=CheckState.VERIFIED, verified_at=AT, verified_by="e2", evidence="transactionID=1")
    await database.checks.settle(verified)
    await database.checks.settle(replace(CHECK, state=CheckState.REFUSED, reason="wrong"))
    assert await database.checks.find("e1", PALESA) == verified


async def test_many_at_once_in_two_processes_are_let_through_as_often_as_said_and_no_oftener(
    url: str, keyring: Keyring, random_bytes: Callable[[int], bytes]
) -> None:
    both = [await open_patiently(url, keyring, random_bytes) for _ in range(2)]
    told = await asyncio.gather(*(both[number % 2].checks.count(guesses(5), AT) for number in range(40)))
    assert told.count(True) == 5
    for one in both:
        await one.close()


async def test_a_window_is_that_of_the_clock(database: Database) -> None:
    begins = AT.replace(minute=30, second=0, microsecond=0)
    assert await database.checks.count(guesses(1), begins)
    assert not await database.checks.count(guesses(1), begins + timedelta(seconds=899.999))
    assert await database.checks.count(guesses(1), begins + timedelta(seconds=900))
    assert await database.checks.count(guesses(1, seconds=86_400), begins), "another window counts for itself"


async def test_what_is_there_once_has_one_window_that_no_midnight_ends(database: Database) -> None:
    one = (Most("guess", "order 1", 86_400, 1, AT),)
    assert await database.checks.count(one, AT)
    await database.checks.give_back(one, AT + timedelta(days=1))
    assert await database.checks.count(one, AT + timedelta(days=1))
    assert not await database.checks.count(one, AT + timedelta(days=2))


MOMENTS = st.integers(0, 400 * 86_400).map(lambda seconds: AT + timedelta(seconds=seconds))
TRIES = st.lists(st.tuples(st.integers(0, 300), st.booleans()), min_size=1, max_size=20)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made_at=MOMENTS, tries=TRIES)
def test_whenever_codes_of_one_order_are_tried_three_wrong_ones_are_looked_at(
    tmp_path: Path, keyring: Keyring, made_at: datetime, tries: list[tuple[int, bool]]
) -> None:
    """Counted before it is looked at; a right one is given back. Whatever the clock says, and whoever forgets."""

    async def play() -> tuple[int, int]:
        url = forgetful(new_sqlite(tmp_path / f"{uuid4()}.db"))
        database, wrong, blocked = await open_patiently(url, keyring, os.urandom), 0, 0
        one = (Most("agent-code", "order 1", 86_400, 3, made_at), Most("agent-code", "number", 900, 99))
        for after, is_right in sorted(tries, key=lambda tried: tried[0]):
            now = made_at + timedelta(seconds=after)
            await database.checks.open(replace(CHECK, id=f"e{after}", opened_at=now), (), now - timedelta(days=1))
            if not await database.checks.count(one, now):
                blocked += 1
            elif is_right:
                await database.checks.give_back(one, now)
            else:
                wrong += 1
        await database.close()
        return wrong, blocked

    wrong, blocked = asyncio.run(play())
    assert wrong <= 3 and (wrong == 3 or blocked == 0)


async def test_whoever_is_blocked_blocks_nobody_else(database: Database) -> None:
    bounds = (*guesses(1, "caller +26650000001"), *guesses(2, "identity 1"))
    assert await database.checks.count(bounds, AT)
    for _ in range(5):
        assert not await database.checks.count(bounds, AT)
    assert await database.checks.count(guesses(2, "identity 1"), AT)


async def test_a_dialogue_that_waits_is_found_by_its_number_until_its_time_is_over(database: Database) -> None:
    waiting = Waiting(STATE, b"k" * 16, "job", "Type the six digits")
    await database.checks.open(CHECK, (), LONG_AGO)
    assert await database.checks.awaited(PALESA, LONG_AGO) is None
    await database.checks.wait("e1", waiting)
    await database.checks.open(replace(CHECK, id="e2", opened_at=AT + timedelta(seconds=1)), (), LONG_AGO)
    assert await database.checks.awaited(PALESA, LONG_AGO) == ("e1", waiting)
    await database.checks.wait("e2", waiting)
    assert await database.checks.awaited(PALESA, LONG_AGO) == ("e2", waiting)
    assert await database.checks.awaited(PALESA, AT + timedelta(seconds=1)) is None
    assert await database.checks.awaited("+26658999999", LONG_AGO) is None


async def test_a_dialogue_whose_key_has_gone_is_as_good_as_lost(
    url: str, keyring: Keyring, random_bytes: Callable[[int], bytes]
) -> None:
    database = await open_patiently(url, keyring, random_bytes)
    await database.checks.open(CHECK, (), LONG_AGO)
    await database.checks.wait("e1", Waiting(STATE, b"k" * 16, "job", "text"))
    await database.close()
    rotated = Keyring((Key("other", b"o" * 32), Key("unknown", b"k" * 32)), random_bytes)
    later = await open_patiently(url, rotated, random_bytes)
    assert await later.checks.awaited(PALESA, LONG_AGO) is None
    await later.close()


async def test_the_old_is_forgotten(database: Database) -> None:
    await database.checks.open(CHECK, guesses(5), LONG_AGO)
    later = AT + timedelta(days=3)
    await database.checks.open(replace(CHECK, id="e2", opened_at=later), guesses(5), later - timedelta(days=1))
    assert await database.checks.find("e1", PALESA) is None
    rows = await database.checks._store.read(lambda connection: connection.execute(select(check_counts)).all())
    assert [row.since for row in rows] == [later.replace(minute=30, second=0, microsecond=0)]


async def test_nothing_of_it_stands_in_clear(database: Database) -> None:
    await database.checks.open(CHECK, guesses(5, f"caller {PALESA}"), LONG_AGO)
    await database.checks.wait("e1", Waiting(STATE, b"k" * 16, "job", "text"))

    def everything(connection: Connection) -> str:
        return str([connection.execute(select(table)).all() for table in (checks, check_counts)])

    kept = await database.checks._store.write(everything)
    assert "identity" in kept
    for canary in ("012345678901", PALESA[1:], "card/code"):
        assert canary not in kept


async def test_a_database_that_is_away_is_told(
    url: str, keyring: Keyring, random_bytes: Callable[[int], bytes]
) -> None:
    database = await open_patiently(url, keyring, random_bytes)
    await database.close()
    with pytest.raises(StoreUnavailable):
        await database.checks.count(guesses(5), AT)
