"""What texts cost and became, on real databases: no hour passes its budget, and reports only move forward."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from app import limits
from app.messages import DeliveryEvent, DeliverySeen, DeliveryStatus, Purse, SentSms, SmsKind, Spending
from app.ports import Allowance
from integrations.database import limits as database_limits
from tests.database.patience import open_patiently

pytestmark = pytest.mark.anyio
LINEO, THABO = "+26658123456", "+26662123456"
ROOM = Allowance(100, None, 100, spared=False)
SENT = SentSms("r1:tell:ready", "africastalking", "ATX_1", LINEO, SmsKind.REQUEST, 1, None)  # type: ignore[arg-type]
DELIVERED = DeliveryEvent("africastalking", "ATX_1", DeliveryStatus.DELIVERED, "Success", "")
FAILED = replace(DELIVERED, status=DeliveryStatus.FAILED, raw="Failed", reason="number_blocked")
BUFFERED = replace(DELIVERED, status=DeliveryStatus.IN_FLIGHT, raw="Buffered")


def spending(at, parts=1, kind=SmsKind.REQUEST, msisdn=LINEO):
    return Spending(kind, msisdn, parts, at.date(), at)


async def test_no_hour_of_sixty_minutes_passes_its_budget(database, at):
    """A text a minute for four hours: whatever hour is looked at, it holds no more than what was allowed."""
    paid = []
    for minute in range(240):
        now = at + timedelta(minutes=minute)
        number = f"+266580{minute:05}"
        if await database.sms.pay(spending(now, msisdn=number), replace(ROOM, hour_parts=20)) is Purse.PAID:
            paid.append(minute)
    fullest = max(sum(first <= minute < first + 60 for minute in paid) for first in range(240))
    assert fullest == 20
    assert len(paid) >= 3 * 20, "and what was spent an hour ago is free again"


async def test_workers_at_once_spend_no_part_twice(url, keyring, random_bytes, at):
    houses = [await open_patiently(url, keyring, random_bytes) for _ in range(3)]
    try:
        asked = (
            house.sms.pay(spending(at, 2, msisdn=f"+2665800{number:04}"), replace(ROOM, hour_parts=31))
            for number, house in zip(range(60), itertools.cycle(houses))
        )
        said = await asyncio.gather(*asked)
        assert said.count(Purse.PAID) == 15
        assert await houses[0].sms.spent(at) == {"request": 30}
    finally:
        for house in houses:
            await house.close()


async def test_what_was_paid_is_paid_also_after_a_crash(url, keyring, random_bytes, at):
    before = await open_patiently(url, keyring, random_bytes)
    assert await before.sms.pay(spending(at, 100), ROOM) is Purse.PAID
    await before.close()
    after = await open_patiently(url, keyring, random_bytes)
    assert await after.sms.pay(spending(at), ROOM) is Purse.HOUR_SPENT
    await after.close()


async def test_a_kind_may_have_less_than_all(database, at):
    some = replace(ROOM, kind_parts=2)
    assert await database.sms.pay(spending(at, 2, SmsKind.REMINDER), some) is Purse.PAID
    assert await database.sms.pay(spending(at, 1, SmsKind.REMINDER), some) is Purse.KIND_SPENT
    assert await database.sms.pay(spending(at, 1, SmsKind.ANSWER), some) is Purse.PAID


async def test_a_number_has_a_day_of_its_own(database, at):
    little = replace(ROOM, number_day_parts=2)
    assert await database.sms.pay(spending(at, 2), little) is Purse.PAID
    assert await database.sms.pay(spending(at), little) is Purse.DAY_SPENT
    assert await database.sms.pay(spending(at, msisdn=THABO), little) is Purse.PAID
    assert await database.sms.pay(spending(at + timedelta(days=1)), little) is Purse.PAID


async def test_what_was_certainly_not_sent_is_given_back(database, at):
    first = spending(at, 2)
    little = replace(ROOM, hour_parts=2, number_day_parts=2)
    await database.sms.pay(first, little)
    await database.sms.give_back(first)
    assert await database.sms.pay(spending(at, 2), little) is Purse.PAID


async def test_an_sms_is_in_flight_until_its_report_comes(database, at):
    await database.sms.sent(replace(SENT, at=at))
    sent = await database.sms.delivery("africastalking", "ATX_1")
    assert sent == DeliveryEvent("africastalking", "ATX_1", DeliveryStatus.IN_FLIGHT, "", "")
    assert await database.sms.report(DELIVERED, at) is DeliverySeen.NEWS
    assert await database.sms.delivery("africastalking", "ATX_1") == DELIVERED


async def test_a_report_that_comes_twice_is_no_news(database, at):
    await database.sms.sent(replace(SENT, at=at))
    for event in (BUFFERED, DELIVERED):
        assert await database.sms.report(event, at) is DeliverySeen.NEWS
        assert await database.sms.report(event, at) is DeliverySeen.AGAIN


@pytest.mark.parametrize(("first", "second"), [(DELIVERED, FAILED), (FAILED, DELIVERED)])
async def test_a_report_that_contradicts_changes_nothing(database, at, first, second):
    await database.sms.sent(replace(SENT, at=at))
    await database.sms.report(first, at)
    assert await database.sms.report(second, at) is DeliverySeen.CONTRADICTS
    assert await database.sms.report(BUFFERED, at) is DeliverySeen.AGAIN
    assert await database.sms.delivery("africastalking", "ATX_1") == first


async def test_a_report_that_overtakes_the_sending_is_kept_and_matched(database, at):
    assert await database.sms.report(FAILED, at) is DeliverySeen.UNMATCHED
    await database.sms.sent(replace(SENT, at=at))
    assert await database.sms.delivery("africastalking", "ATX_1") == FAILED
    assert await database.sms.delivery("another", "ATX_1") is None
    (task,) = await database.shelf.page()
    assert (task.request_id, task.reason) == ("r1", "its citizen is not reached by SMS: number_blocked")


async def test_reports_and_sendings_of_one_text_at_once_end_in_its_final_status(database, at):
    for number in range(10):
        sent, event = replace(SENT, message_id=f"ATX-{number}", at=at), replace(DELIVERED, message_id=f"ATX-{number}")
        await asyncio.gather(
            database.sms.report(replace(BUFFERED, message_id=event.message_id), at),
            database.sms.sent(sent),
            database.sms.report(event, at),
            database.sms.report(event, at),
        )
        assert (await database.sms.delivery("africastalking", event.message_id)).status is DeliveryStatus.DELIVERED


async def test_a_text_that_nobody_reports_on_becomes_unknown_and_may_be_known_later(database, at):
    await database.sms.sent(replace(SENT, at=at))
    late = at + timedelta(hours=limits.sms_report_hours, seconds=1)
    await database.sms.sweep(late - timedelta(seconds=2))
    assert (await database.sms.delivery("africastalking", "ATX_1")).status is DeliveryStatus.IN_FLIGHT
    await database.sms.sweep(late)
    assert (await database.sms.delivery("africastalking", "ATX_1")).status is DeliveryStatus.UNKNOWN
    assert await database.sms.report(BUFFERED, late) is DeliverySeen.AGAIN
    assert await database.sms.report(DELIVERED, late) is DeliverySeen.NEWS
    assert await database.sms.delivery("africastalking", "ATX_1") == DELIVERED


async def test_reports_that_nothing_matches_are_bounded_and_forgotten(database, at, monkeypatch):
    monkeypatch.setattr("integrations.database.sms_book.unmatched_reports_max", 3)
    said = [await database.sms.report(replace(FAILED, message_id=f"forged-{number}"), at) for number in range(5)]
    assert said == [DeliverySeen.UNMATCHED] * 3 + [DeliverySeen.TOO_MANY] * 2
    assert await database.shelf.page() == [], "nobody's number is silenced by them"
    await database.sms.sweep(at + timedelta(hours=limits.sms_unmatched_hours, seconds=1))
    assert await database.sms.delivery("africastalking", "forged-0") is None
    assert database_limits.unmatched_reports_max > 3


async def test_a_number_that_no_text_reaches_is_spared_reminders_until_one_arrives(database, at):
    sparing = replace(ROOM, spared=True)
    await database.sms.sent(replace(SENT, at=at))
    await database.sms.report(FAILED, at)
    assert await database.sms.pay(spending(at, kind=SmsKind.REMINDER), sparing) is Purse.SILENCED
    assert await database.sms.pay(spending(at), ROOM) is Purse.PAID, "how a request stands is told all the same"
    assert await database.sms.pay(spending(at, msisdn=THABO), sparing) is Purse.PAID
    await database.sms.sent(replace(SENT, message_id="ATX_2", at=at))
    await database.sms.report(replace(DELIVERED, message_id="ATX_2"), at)
    assert await database.sms.pay(spending(at, kind=SmsKind.REMINDER), sparing) is Purse.PAID


async def test_a_text_of_a_request_that_failed_for_any_reason_is_a_persons_matter_once(database, at):
    late = replace(FAILED, reason="not_delivered")
    for number in (1, 2):
        await database.sms.sent(replace(SENT, message_id=f"ATX_{number}", at=at))
        await database.sms.report(replace(late, message_id=f"ATX_{number}"), at)
    (task,) = await database.shelf.page()
    assert (task.kind, task.request_id) == ("look", "r1")
    assert task.reason == "its citizen is not reached by SMS: not_delivered"
    assert await database.sms.pay(spending(at, kind=SmsKind.REMINDER), replace(ROOM, spared=True)) is Purse.PAID
    await database.sms.sent(replace(SENT, job_id="m1:reply", message_id="ATX_3", at=at))
    await database.sms.report(replace(late, message_id="ATX_3"), at)
    assert len(await database.shelf.page()) == 1, "an answer to a text tells of no request"


async def test_a_silence_does_not_last_for_ever(database, at):
    await database.sms.silence(LINEO, "number_blocked", at)
    later = at + timedelta(days=limits.silenced_days, seconds=1)
    assert await database.sms.pay(spending(later), replace(ROOM, spared=True)) is Purse.PAID


async def test_hostile_words_of_an_aggregator_are_kept_without_failing(database, at):
    hostile = DeliveryEvent(
        "africastalking", "\0" + "x" * 9_000 + "\ud800", DeliveryStatus.FAILED, "\0\udcff", "é\0" * 500
    )
    await database.sms.report(hostile, at)
    kept = await database.sms.delivery("africastalking", hostile.message_id)
    assert kept.status is DeliveryStatus.FAILED
    assert len(kept.reason) == 200
