"""The ledger on real databases: requests, their moves, and what is remembered of a number."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from app.errors import StoreUnavailable
from app.keys import Key, Keyring
from app.messages import Change, HistoryEntry, Status
from app.reference import read_reference
from tests.database.patience import open_patiently

pytestmark = pytest.mark.anyio


async def test_a_filed_request_is_read_back_as_it_was(database, filing, at):
    filed = await database.ledger.file(filing(), [])
    assert filed == await database.ledger.request("session-1/step-7")
    assert filed.status is Status.RECEIVED
    assert filed.answers == {"child": "Palesa Mokoena", "born": "2026-02-03"}
    assert filed.msisdn == "+26658123456"
    assert filed.filed_at == filed.changed_at == at


async def test_an_unknown_request_is_none(database):
    assert await database.ledger.request("nobody") is None
    assert await database.ledger.history("nobody") == ()


async def test_a_second_filing_with_the_same_id_returns_the_first(database, filing, job):
    first = await database.ledger.file(filing(), [job("a")])
    second = await database.ledger.file(filing(reference="ANOTHER00", answers={"child": "Thabo"}), [job("b")])
    assert second == first
    assert (await database.outbox.counts())["waiting"] == 1


async def test_twenty_filings_at_once_make_one_request_and_one_set_of_jobs(database, filing, job):
    proposals = [filing(reference=f"PROPOSE{number:02}") for number in range(20)]
    filed = await asyncio.gather(*(database.ledger.file(one, [job("a"), job("b")]) for one in proposals))
    assert len(set(map(repr, filed))) == 1
    assert await database.outbox.counts() == {"waiting": 2, "set_aside": 0}
    assert len(await database.ledger.history("session-1/step-7")) == 1


async def test_a_reference_that_is_taken_is_replaced_by_a_fresh_one(database, filing):
    await database.ledger.file(filing(1, reference="TAKEN0000"), [])
    second = await database.ledger.file(filing(2, reference="TAKEN0000"), [])
    assert second.reference != "TAKEN0000"
    assert read_reference(second.reference) == second.reference
    assert await database.ledger.request(second.id) == second


async def test_references_that_always_collide_are_told_as_our_own_mistake(url, keyring, filing):
    database = await open_patiently(url, keyring, lambda count: b"\2" * count)
    try:
        taken = await database.ledger.file(filing(1, reference="TAKEN0000"), [])
        fresh = await database.ledger.file(filing(2, reference=taken.reference), [])
        with pytest.raises(AssertionError, match="source of randomness"):
            await database.ledger.file(filing(3, reference=fresh.reference), [])
        assert await database.ledger.request(filing(3).id) is None
    finally:
        await database.close()


async def test_a_request_is_found_by_reference_from_its_own_number_only(database, filing):
    filed = await database.ledger.file(filing(), [])
    assert await database.ledger.find(filed.reference, "+26658123456") == filed
    assert await database.ledger.find(filed.reference, "+26658999999") is None
    assert await database.ledger.find("ANOTHER00", "+26658123456") is None


async def test_a_move_is_applied_remembered_and_brings_its_jobs(database, filing, job, at):
    filed = await database.ledger.file(filing(), [])
    later = at + timedelta(minutes=3)
    change = Change(Status.IN_PROGRESS, 1, {"case": "BC-77"}, later, "taken_up", "X-Road-Id=0f1e")
    assert await database.ledger.advance(filed, change, [job("sms")])
    moved = await database.ledger.request(filed.id)
    assert moved == replace(
        filed, status=Status.IN_PROGRESS, stage=1, results={"case": "BC-77"}, changed_at=later, reason="taken_up"
    )
    assert await database.ledger.history(filed.id) == (
        HistoryEntry(Status.RECEIVED, 0, "", at),
        HistoryEntry(Status.IN_PROGRESS, 1, "taken_up", later, "X-Road-Id=0f1e"),
    )
    assert (await database.outbox.counts())["waiting"] == 1


async def test_a_move_from_a_state_that_is_past_does_nothing(database, filing, job, at):
    filed = await database.ledger.file(filing(), [])
    assert await database.ledger.advance(filed, Change(Status.READY, 1, {}, at), [])
    assert not await database.ledger.advance(filed, Change(Status.REJECTED, 1, {}, at), [job("late")])
    assert (await database.ledger.request(filed.id)).status is Status.READY
    assert len(await database.ledger.history(filed.id)) == 2
    assert (await database.outbox.counts())["waiting"] == 0


async def test_of_many_moves_at_once_one_wins(database, filing, job, at):
    filed = await database.ledger.file(filing(), [])
    moves = [
        database.ledger.advance(filed, Change(Status.DONE, 1, {"worker": str(number)}, at), [job(f"sms-{number}")])
        for number in range(12)
    ]
    assert sum(await asyncio.gather(*moves)) == 1
    assert (await database.outbox.counts())["waiting"] == 1


async def test_news_of_an_open_request_is_kept_and_is_no_line_of_its_history(database, filing, at):
    filed = await database.ledger.file(filing(), [])
    await database.ledger.advance(filed, Change(Status.IN_PROGRESS, 1, {}, at), [])
    now = await database.ledger.request(filed.id)
    assert await database.ledger.advance(now, Change(Status.IN_PROGRESS, 1, {"where": "Leribe"}, at), [])
    assert (await database.ledger.request(filed.id)).results == {"where": "Leribe"}
    assert [entry.status for entry in await database.ledger.history(filed.id)] == [Status.RECEIVED, Status.IN_PROGRESS]


@pytest.mark.parametrize(
    ("before", "after", "stage"),
    [
        (Status.DONE, Status.RECEIVED, 2),
        (Status.DONE, Status.DONE, 2),
        (Status.READY, Status.IN_PROGRESS, 2),
        (Status.IN_PROGRESS, Status.READY, 0),
    ],
)
async def test_a_move_along_no_arrow_is_our_own_mistake(database, filing, at, before, after, stage):
    filed = await database.ledger.file(filing(), [])
    await database.ledger.advance(filed, Change(before, 1, {}, at), [])
    now = await database.ledger.request(filed.id)
    with pytest.raises(AssertionError):
        await database.ledger.advance(now, Change(after, stage, {}, at), [])
    assert await database.ledger.request(filed.id) == now


async def test_a_stage_moves_on_while_the_status_stays(database, filing, at):
    filed = await database.ledger.file(filing(), [])
    assert await database.ledger.advance(filed, Change(Status.RECEIVED, 1, {}, at), [])
    assert (await database.ledger.request(filed.id)).stage == 1


async def test_a_language_is_remembered_until_another_is_chosen_later(database, at):
    assert await database.ledger.language("+26658123456") is None
    await database.ledger.remember_language("+26658123456", "st", at)
    await database.ledger.remember_language("+26658123456", "en", at + timedelta(seconds=1))
    await database.ledger.remember_language("+26658123456", "zu", at - timedelta(days=1))
    assert await database.ledger.language("+26658123456") == "en"
    assert await database.ledger.language("+26658123457") is None


async def test_a_tally_counts_by_name_number_and_day(database):
    today, tomorrow = date(2026, 11, 23), date(2026, 11, 24)
    assert await database.ledger.tally("misses", "+26658123456", today, 0) == 0
    assert await database.ledger.tally("misses", "+26658123456", today, 2) == 2
    assert await database.ledger.tally("misses", "+26658123456", today, 1) == 3
    assert await database.ledger.tally("misses", "+26658123456", today, 0) == 3
    assert await database.ledger.tally("misses", "+26658123456", tomorrow, 1) == 1
    assert await database.ledger.tally("misses", "+26658123457", today, 1) == 1
    assert await database.ledger.tally("others", "+26658123456", today, 1) == 1


async def test_tallies_at_once_lose_no_count(database):
    day = date(2026, 11, 23)
    counts = await asyncio.gather(*(database.ledger.tally("misses", "+26658123456", day, 1) for _ in range(25)))
    assert sorted(counts) == list(range(1, 26))


async def test_moments_compare_right_whatever_their_time_zone(database, filing):
    maseru = timezone(timedelta(hours=2))
    local = datetime(2026, 1, 1, 1, 30, 0, 7, tzinfo=maseru)
    filed = await database.ledger.file(filing(at=local), [])
    read = await database.ledger.request(filed.id)
    assert read.filed_at == datetime(2025, 12, 31, 23, 30, 0, 7, tzinfo=UTC)
    assert read.filed_at.tzinfo is UTC


async def test_a_row_sealed_with_a_new_key_opens_after_the_rotation(url, random_bytes, filing):
    old, new = Key("old", b"o" * 32), Key("new", b"n" * 32)
    before = await open_patiently(url, Keyring((old,), random_bytes), random_bytes)
    filed = await before.ledger.file(filing(), [])
    await before.close()
    after = await open_patiently(url, Keyring((new, old), random_bytes), random_bytes)
    try:
        assert await after.ledger.find(filed.reference, filed.msisdn) == filed
    finally:
        await after.close()


async def test_a_ping_is_answered_until_the_database_is_closed(url, keyring, random_bytes):
    database = await open_patiently(url, keyring, random_bytes)
    await database.ledger.ping()
    await database.close()
    with pytest.raises(StoreUnavailable):
        await database.ledger.ping()
