"""How dialogues began, in the ledger's database: the first word stays, the old is forgotten, nothing is in clear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from app.engine.state import State
from app.errors import StoreUnavailable
from app.keys import Key, Keyring
from app.messages import Draft, Opening, Session
from app.openings import OpeningLog
from integrations.database import Database, open_database
from integrations.database.tables import openings
from tests.database.conftest import AT

pytestmark = pytest.mark.anyio

LONG_AGO = AT - timedelta(days=1)
FELL = Session(
    State("lesotho", "9f2c41d0", "welcome/start", "birth/born", "st", 3, {"child": "MAHLOMOLA"}, ()),
    0, b"mark" * 4, ended=False, root=b"root" * 4, offered=True,
)  # fmt: skip


def began(number: int, at: datetime = AT, fallen: Session | None = None) -> Opening:
    return Opening(b"%016d" % number, "9f2c41d0", at, fallen)


async def test_what_is_kept_is_found_and_nothing_else(database: Database) -> None:
    plain, offering = began(1), began(2, fallen=FELL)
    without = replace(began(4), closed=("electricity", "person"))
    await database.openings.keep((plain, offering, without), LONG_AGO)
    assert await database.openings.find(without.session) == without
    assert await database.openings.find(plain.session) == plain
    assert await database.openings.find(offering.session) == offering
    assert await database.openings.find(began(3).session) is None


@pytest.mark.parametrize("count", [63, 64, 65, 130])
async def test_so_many_at_once_are_kept_each_as_it_is(database: Database, count: int) -> None:
    kept = [replace(began(number), at=AT + timedelta(microseconds=number)) for number in range(count)]
    await database.openings.keep((*kept, kept[0]), LONG_AGO)
    assert [await database.openings.find(one.session) for one in kept] == kept
    drafts = [Draft(f"+2665{number:07}", one.session, one.at, AT, FELL) for number, one in enumerate(kept)]
    await database.openings.keep_drafts(drafts)
    await database.openings.keep_drafts([])
    await database.openings.keep_drafts([replace(draft, at=LONG_AGO, fallen=None) for draft in drafts])
    assert [await database.openings.draft(draft.msisdn) for draft in drafts] == drafts


async def test_the_first_word_on_a_dialogue_stays(database: Database) -> None:
    await database.openings.keep((began(1, fallen=FELL),), LONG_AGO)
    await database.openings.keep((replace(began(1), version="another"), began(2)), LONG_AGO)
    assert await database.openings.find(began(1).session) == began(1, fallen=FELL)
    assert await database.openings.find(began(2).session) == began(2)


async def test_what_is_older_is_forgotten(database: Database) -> None:
    await database.openings.keep((began(1), began(2, AT + timedelta(hours=1))), LONG_AGO)
    await database.openings.keep((), AT + timedelta(minutes=1))
    assert await database.openings.find(began(1).session) is None
    assert await database.openings.find(began(2).session) is not None


async def test_many_that_keep_at_once_keep_all(database: Database) -> None:
    batches = [tuple(began(number) for number in range(first, first + 20)) for first in range(0, 200, 10)]
    await asyncio.gather(*(database.openings.keep(batch, LONG_AGO) for batch in batches))
    for number in range(210):
        assert await database.openings.find(began(number).session) == began(number)


async def test_what_fell_stands_in_the_row_sealed_and_bound_to_its_dialogue(database: Database) -> None:
    await database.openings.keep((began(1, fallen=FELL), began(2, fallen=FELL)), LONG_AGO)
    rows = await database._store.read(lambda connection: connection.execute(select(openings)).all())
    assert all(b"MAHLOMOLA" not in row.fallen for row in rows)
    moved = update(openings).where(openings.c.session == began(1).session).values(fallen=rows[1].fallen)
    await database._store.write(lambda connection: connection.execute(moved).rowcount)
    assert await database.openings.find(began(1).session) is None


async def test_without_its_key_it_is_as_good_as_lost(
    database: Database, url: str, random_bytes: Callable[[int], bytes]
) -> None:
    await database.openings.keep((began(1, fallen=FELL), began(2)), LONG_AGO)
    strange = Keyring((Key("strange", b"s" * 32),), random_bytes)
    stranger = await open_database(url, strange, random_bytes, allow_unsafe=True)
    assert await stranger.openings.find(began(1).session) is None
    assert await stranger.openings.find(began(2).session) == began(2)
    await stranger.close()


async def test_what_was_noted_is_known_at_once_and_written_in_one_batch(database: Database) -> None:
    noted = OpeningLog(database.openings, lambda: AT)
    for number in range(5):
        noted.note(began(number).session, "9f2c41d0")
    assert await noted.find(began(3).session) == began(3)
    assert await database.openings.find(began(3).session) is None
    await noted.write()
    assert await database.openings.find(began(3).session) == began(3)
    assert noted._noted == {}


async def test_what_is_noted_waits_for_a_database_that_is_away_within_bounds(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.limits.openings_noted_max", 3)
    monkeypatch.setattr("app.limits.openings_recalled_max", 1)
    noted = OpeningLog(database.openings, lambda: AT)
    await database.close()
    for number in range(5):
        noted.note(began(number).session, "9f2c41d0")
        await noted.write()
    assert list(noted._noted) == [began(number).session for number in (2, 3, 4)]
    assert await noted.find(began(0).session) is None
    assert noted.recall(began(2).session) is not None, "what is not written is recalled, however old it is"
    with pytest.raises(StoreUnavailable):
        await noted.keep(began(6, fallen=FELL))


async def test_what_was_offered_is_held_by_the_database_alone(database: Database) -> None:
    noted = OpeningLog(database.openings, lambda: AT)
    await noted.keep(began(1, fallen=FELL))
    noted.note(began(1).session, "9f2c41d0")
    assert noted.recall(began(1).session) is None and noted.is_offer(began(1).session)
    assert await noted.find(began(1).session) == began(1, fallen=FELL)
    await database.close()
    with pytest.raises(StoreUnavailable):
        await noted.find(began(1).session)


async def test_of_offers_only_so_many_are_named(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.limits.openings_noted_max", 3)
    noted = OpeningLog(database.openings, lambda: AT)
    for number in range(5):
        await noted.keep(began(number, fallen=FELL))
    assert [number for number in range(5) if noted.is_offer(began(number).session)] == [2, 3, 4]


async def test_it_is_written_again_and_again_until_it_is_told_to_stop(database: Database) -> None:
    noted = OpeningLog(database.openings, lambda: AT)
    naps = 0

    async def nap(seconds: float) -> None:
        nonlocal naps
        naps += 1
        if naps > 3:
            raise asyncio.CancelledError
        noted.note(began(naps).session, "9f2c41d0")

    with pytest.raises(asyncio.CancelledError):
        await noted.keep_up(0.25, nap)
    assert await database.openings.find(began(3).session) == began(3)
