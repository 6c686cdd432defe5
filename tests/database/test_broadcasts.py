"""Who wants to be warned, and warnings that are put up once for each number, also when that is cut off."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.audit import AuditEntry
from app.broadcast import EVERYWHERE, Broadcast, BroadcastState, Sent, Subscription
from app.messages import ClaimedJob, Priority
from integrations.database import Database
from tests.database.broadcaster import AT, OPENED, WARNING

pytestmark = pytest.mark.anyio
PUTTER = Path(__file__).with_name("broadcaster.py")
MPHO, LERATO, THABO = "+26650123456", "+26658765432", "+26658111222"


def wants(number: str = MPHO, district: str = "leribe", topic: str = "weather", language: str = "st") -> Subscription:
    return Subscription(number, topic, district, "warnings", language, AT)


async def subscribe(database: Database, *wanted: Subscription) -> None:
    for one in wanted:
        assert await database.subscriptions.subscribe(one, 20)


async def put_up(database: Database, broadcast: Broadcast = WARNING, page: int = 2) -> Broadcast:
    standing = await database.broadcasts.open(broadcast, replace(OPENED, subject=broadcast.id))
    while standing.state is BroadcastState.OPEN:
        standing = await database.broadcasts.queue(standing, page, AT)
    return standing


async def claimed(database: Database) -> Collection[ClaimedJob]:
    return await database.outbox.claim("w", AT, 60.0, 1_000)


async def texted(database: Database) -> list[str]:
    """The number of each text that was put up."""
    return sorted(one.job.payload["to"] for one in await claimed(database))


# --- who wants it ----------------------------------------------------------------------------------------------


async def test_a_subscription_stands_once_and_has_its_newest_language(database: Database) -> None:
    await subscribe(database, wants(), wants(), wants(language="en"))
    assert await database.subscriptions.of_number(MPHO) == [("weather", "leribe")]
    assert await database.subscriptions.audience("weather", "leribe") == {"en": 1}


async def test_a_number_has_no_more_than_the_most_of_them(database: Database) -> None:
    assert [await database.subscriptions.subscribe(wants(district=one), 2) for one in "abc"] == [True, True, False]
    assert await database.subscriptions.subscribe(wants(district="a", language="en"), 2)


async def test_a_district_reaches_its_own_and_those_who_want_all(database: Database) -> None:
    await subscribe(database, wants(), wants(LERATO, EVERYWHERE), wants(THABO, "quthing"), wants(THABO, topic="floods"))
    assert await database.subscriptions.audience("weather", "leribe") == {"st": 2}
    assert await database.subscriptions.audience("weather", EVERYWHERE) == {"st": 3}
    assert await database.subscriptions.is_reached(LERATO, "weather", "leribe")
    assert not await database.subscriptions.is_reached(THABO, "weather", "leribe")


async def test_a_number_with_two_that_match_is_counted_once(database: Database) -> None:
    await subscribe(database, wants(), wants(district=EVERYWHERE, language="en"))
    assert sum((await database.subscriptions.audience("weather", "leribe")).values()) == 1


async def test_they_end_one_by_one_and_all_of_a_topic(database: Database) -> None:
    await subscribe(database, wants(), wants(district="quthing"), wants(topic="floods"), wants(LERATO))
    assert await database.subscriptions.unsubscribe(MPHO, "weather", "quthing") == 1
    assert await database.subscriptions.unsubscribe(MPHO, "weather", EVERYWHERE) == 1
    assert await database.subscriptions.of_number(MPHO) == [("floods", "leribe")]
    assert await database.subscriptions.of_number(LERATO) == [("weather", "leribe")]


async def test_whoever_wants_nothing_any_more_is_warned_of_nothing(database: Database) -> None:
    await subscribe(database, wants(), wants(topic="floods"), wants(LERATO))
    await database.questions.object(MPHO, AT)
    assert await database.subscriptions.of_number(MPHO) == []
    assert await database.subscriptions.of_number(LERATO) == [("weather", "leribe")]


async def test_what_stands_on_a_purpose_goes_with_the_agreement_to_it(database: Database) -> None:
    await subscribe(database, wants(), replace(wants(topic="market"), purpose="prices"))
    await database.ledger.withdraw(MPHO, {"warnings": []}, AuditEntry(AT, "citizen", "withdraw", "j1", "sms"))
    assert await database.subscriptions.of_number(MPHO) == [("market", "leribe")]


async def test_what_is_erased_of_a_citizen_has_their_subscriptions(database: Database) -> None:
    await subscribe(database, wants())
    entry = AuditEntry(AT, "operator:palesa", "erase-citizen", "", "asked")
    assert (await database.citizens.record(MPHO, entry)).warned == [("weather", "leribe", AT)]
    await database.citizens.erase(MPHO, entry)
    assert (await database.citizens.record(MPHO, entry)).warned == []


# --- putting up ------------------------------------------------------------------------------------------------


async def test_each_number_gets_one_text_below_all_others_in_its_language(database: Database) -> None:
    await subscribe(
        database, wants(), wants(district=EVERYWHERE), wants(LERATO, language="en"), wants(THABO, "quthing")
    )
    standing = await put_up(database)
    assert (standing.state, standing.queued) == (BroadcastState.QUEUED, 2)
    found = {one.job.payload["to"]: one.job for one in await claimed(database)}
    assert {number: job.payload["language"] for number, job in found.items()} == {MPHO: "st", LERATO: "en"}
    assert {job.priority for job in found.values()} == {Priority.LOW}
    assert {job.payload["until"] for job in found.values()} == {WARNING.until.isoformat()}


async def test_a_warning_that_is_put_up_again_texts_nobody_again(database: Database) -> None:
    await subscribe(database, wants(), wants(LERATO))
    await put_up(database)
    for one in await claimed(database):
        await database.outbox.finish(one, AT)
    assert (await put_up(database)).queued == 2
    assert await texted(database) == []


async def test_another_warning_texts_them_again(database: Database) -> None:
    await subscribe(database, wants())
    await put_up(database)
    await put_up(database, replace(WARNING, id="b2"))
    assert await texted(database) == [MPHO, MPHO]


async def test_two_who_put_it_up_at_once_text_each_once(database: Database) -> None:
    numbers = [f"+2665800{count:04}" for count in range(40)]
    await subscribe(database, *map(wants, numbers))
    both = await asyncio.gather(put_up(database, page=3), put_up(database, page=3))
    assert {one.queued for one in both} == {40}
    assert await texted(database) == numbers


@pytest.mark.parametrize("pages", [pytest.param(1, marks=pytest.mark.hunt), 3])
async def test_killed_in_the_middle_and_begun_again_it_texts_each_once(
    database: Database, url: str, pages: int
) -> None:
    numbers = [f"+2665800{count:04}" for count in range(200)]
    await subscribe(database, *map(wants, numbers))
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PUTTER), url, "7",
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(PUTTER.parents[2])},
    )  # fmt: skip
    assert process.stdout is not None
    for _ in range(pages):
        await process.stdout.readline()
    process.kill()
    await process.wait()
    cut_off = await database.broadcasts.find(WARNING.id)
    assert cut_off is not None and 7 * pages <= cut_off.queued < 200
    assert await database.broadcasts.unfinished("weather", "leribe") == [cut_off]
    standing = await put_up(database, page=50)
    assert standing.queued == 200
    assert await database.broadcasts.unfinished("weather", "leribe") == []
    assert await texted(database) == numbers


async def test_a_cancelled_warning_is_put_up_no_further(database: Database) -> None:
    await subscribe(database, wants(), wants(LERATO))
    standing = await database.broadcasts.open(WARNING, OPENED)
    standing = await database.broadcasts.queue(standing, 1, AT)
    entry = AuditEntry(AT, "operator:palesa", "cancel-broadcast", WARNING.id, "wrong district")
    assert await database.broadcasts.cancel(WARNING.id, entry)
    assert not await database.broadcasts.cancel(WARNING.id, entry)
    after = await database.broadcasts.queue(standing, 1, AT)
    assert (after.state, after.queued) == (BroadcastState.CANCELLED, 1)


async def test_a_line_of_the_audit_log_says_that_it_was_sent_and_to_how_many(database: Database) -> None:
    await subscribe(database, wants())
    await put_up(database)
    await put_up(database)
    lines = await database.audit.of(WARNING.id)
    assert [(line.act, line.details) for line in lines] == [("broadcast", {}), ("queued-broadcast", {"texts": "1"})]


async def test_the_newest_are_told_with_how_far_their_texts_are(database: Database) -> None:
    await subscribe(database, wants(), wants(LERATO))
    await put_up(database)
    await put_up(database, replace(WARNING, id="b2", made_at=AT + timedelta(hours=1), district="quthing"))
    (second, _), (first, sent) = await database.broadcasts.newest(5)
    assert [one.id for one in (second, first)] == ["b2", WARNING.id]
    assert (first.texts, sent) == (WARNING.texts, Sent(2, 0, 0, 0))
