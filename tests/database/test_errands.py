"""Errands and questions on SQLite and PostgreSQL: counted once, asked one at a time, summed up truly."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.baselines import Baseline, Baselines, Mark, What
from app.errands import Channel, Errand, ErrandKind
from app.impact.command import read_report
from app.messages import Change, Filing, Status
from app.pack import Pack
from app.privacy import Rules
from app.questions import Asked, Question, Turn
from app.savings import Measure
from app.survey import KIND, about
from integrations.database import Database

pytestmark = pytest.mark.anyio
MPHO, LERATO = "+26650123456", "+26658765432"
NOON = datetime(2026, 11, 24, 10, tzinfo=UTC)
BIRTH = "birth-certificate"
RULES = Rules({}, {}, 1095, 90, "mark")


def errand(number: int, kind: ErrandKind = ErrandKind.ENDED, **other: str) -> Errand:
    usual = {"service": BIRTH, "channel": Channel.USSD, "district": "Leribe"}
    return Errand(f"errand-{number}", kind, at=NOON, **{**usual, **other})


def question(id: str = "q1", msisdn: str = MPHO, **other: object) -> Question:
    usual: dict[str, object] = {"kind": KIND, "text": "1 or 2?", "about": about(ErrandKind.ENDED, BIRTH)}
    return Question(id=id, msisdn=msisdn, **{**usual, **other})  # type: ignore[arg-type]


async def all_counts(database: Database) -> Counter[str]:
    counts = await database.errands.counts(NOON - timedelta(days=1), NOON + timedelta(days=400))
    return Counter({one.kind: one.count for one in counts})


async def test_an_errand_is_counted_once_however_often_it_comes(database: Database) -> None:
    assert await database.errands.note(errand(1))
    assert not await database.errands.note(errand(1))
    assert await all_counts(database) == {"ended": 1}


async def test_a_request_is_counted_when_filed_and_when_done_by_the_same_names(
    database: Database, filing: Callable[..., Filing]
) -> None:
    one = filing()
    counted = errand(1, ErrandKind.FILED, channel="sms", district="Quthing")
    one = replace(one, errand=replace(counted, id=f"{one.id}:filed", service=one.service, at=one.at))
    request = await database.ledger.file(one, [])
    await database.ledger.file(one, [])
    await database.ledger.advance(request, Change(Status.DONE, 1, {}, one.at + timedelta(days=2)), [])
    counts = await database.errands.counts(one.at - timedelta(days=1), one.at + timedelta(days=9))
    assert [(one.kind, one.district, one.channel, one.count) for one in counts] == [
        ("ended", "Quthing", "sms", 1), ("filed", "Quthing", "sms", 1),
    ]  # fmt: skip


async def test_a_request_that_was_refused_is_no_errand_that_ended(
    database: Database, filing: Callable[..., Filing]
) -> None:
    one = filing()
    one = replace(one, errand=replace(errand(1, ErrandKind.FILED), id=f"{one.id}:filed", at=one.at))
    request = await database.ledger.file(one, [])
    await database.ledger.advance(request, Change(Status.REJECTED, 0, {}, one.at, "unknown"), [])
    counts = await database.errands.counts(one.at - timedelta(days=1), one.at + timedelta(days=9))
    assert [one.kind for one in counts] == ["filed"]


async def test_a_month_that_was_counted_day_by_day_sums_up(database: Database) -> None:
    for day in range(40):
        await database.errands.note(replace(errand(day), at=NOON + timedelta(days=day)))
    counts = await database.errands.counts(NOON, NOON + timedelta(days=30))
    assert [one.count for one in counts] == [30]


# --- questions -------------------------------------------------------------------------------------------------


async def test_one_question_is_open_for_a_number_and_the_next_waits_for_its_end(database: Database) -> None:
    assert (await database.questions.open(question(), NOON)).turn is Turn.OPENED
    later = await database.questions.open(question("q2", kind="paid"), NOON)
    assert later == Asked(Turn.WAITS, NOON + timedelta(hours=48))
    assert (await database.questions.open(question("q3", LERATO), NOON)).turn is Turn.OPENED
    assert (await database.questions.open(question("q2", kind="paid"), later.until or NOON)).turn is Turn.OPENED


async def test_an_answer_makes_room_for_the_next_question(database: Database) -> None:
    await database.questions.open(question(), NOON)
    assert await database.questions.answer(MPHO, "1", "text-1", NOON) is not None
    assert (await database.questions.open(question("q2", kind="paid"), NOON)).turn is Turn.OPENED


async def test_the_first_answer_stays(database: Database) -> None:
    await database.questions.open(question(), NOON)
    for said in ("1", "2", "1"):
        assert await database.questions.answer(MPHO, said, f"text-{said}", NOON)
    assert await database.questions.answers(KIND, NOON, NOON + timedelta(days=1)) == [
        (about(ErrandKind.ENDED, BIRTH), {"1": 1})
    ]


@pytest.mark.parametrize("said", ["3", "0", "9"])
async def test_a_digit_that_is_not_allowed_is_no_answer(database: Database, said: str) -> None:
    await database.questions.open(question(), NOON)
    assert not await database.questions.answer(MPHO, said, "text", NOON)


async def test_no_answer_is_taken_after_the_end_or_from_another_number(database: Database) -> None:
    await database.questions.open(question(), NOON)
    assert not await database.questions.answer(LERATO, "1", "text", NOON)
    assert not await database.questions.answer(MPHO, "1", "text", NOON + timedelta(hours=48))


async def test_a_question_that_is_opened_again_stays_open_as_long(database: Database) -> None:
    await database.questions.open(question(), NOON)
    later = NOON + timedelta(hours=47)
    assert (await database.questions.open(question(), later)).turn is Turn.OPENED
    assert not await database.questions.answer(MPHO, "1", "text", NOON + timedelta(hours=49))
    assert (await database.questions.open(question(), NOON + timedelta(hours=49))).turn is Turn.OVER


async def test_a_number_is_left_alone_for_so_many_days(database: Database) -> None:
    await database.questions.open(question(apart_days=90), NOON)
    at = NOON + timedelta(days=89)
    assert (await database.questions.open(question("q2", apart_days=90), at)).turn is Turn.TOO_SOON
    assert (await database.questions.open(question("q3", kind="paid", apart_days=90), at)).turn is Turn.OPENED
    at = NOON + timedelta(days=93)
    assert (await database.questions.open(question("q4", apart_days=90), at)).turn is Turn.OPENED


async def test_whoever_objects_is_asked_nothing_that_may_be_objected_to(database: Database) -> None:
    await database.questions.object(MPHO, NOON)
    assert (await database.questions.open(question(), NOON)).turn is Turn.OBJECTED
    assert (await database.questions.open(question("q2", may_object=False), NOON)).turn is Turn.OPENED


async def test_of_ten_questions_at_once_one_is_opened(database: Database) -> None:
    asked = await asyncio.gather(
        *(database.questions.open(question(f"q{number}", kind=f"k{number}"), NOON) for number in range(10))
    )
    assert Counter(one.turn for one in asked) == {Turn.OPENED: 1, Turn.WAITS: 9}


async def test_who_was_asked_is_forgotten_and_the_answer_stays(database: Database) -> None:
    await database.questions.open(question(apart_days=90), NOON)
    await database.questions.answer(MPHO, "2", "text", NOON)
    at = NOON + timedelta(days=91)
    assert [(one.table, one.what) for one in await database.retention.overdue(RULES, at)] == [
        ("questions", "who was asked"), ("question_turns", "rows"),
    ]  # fmt: skip
    assert dict(await database.retention.sweep(RULES, at)) == {"questions": 1, "question_turns": 1}
    assert await database.retention.overdue(RULES, at) == []
    assert (await database.questions.answers(KIND, NOON, at))[0][1] == {"2": 1}


# --- the report ------------------------------------------------------------------------------------------------

VALUES = {What.VISITS: 3.0, What.VISITS_LEFT: 1.0, What.TRAVEL_HOURS: 4.0, What.WAITING_HOURS: 2.0}
BASELINES = Baselines(
    {(BIRTH, "*", what): Baseline(value, Mark.MEASURED, "a survey", "2026-11-01") for what, value in VALUES.items()}
)
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


async def seeded(database: Database) -> None:
    """Sixty requests done in Leribe, seven in Quthing, three in Berea; of ten asked, six would have travelled."""
    for district, many in (("Leribe", 60), ("Quthing", 7), ("Berea", 3)):
        for number in range(many):
            await database.errands.note(replace(errand(number, district=district), id=f"{district}-{number}"))
    for number in range(10):
        msisdn = f"+2665010{number:04}"
        await database.questions.open(question(f"q{number}", msisdn), NOON)
        await database.questions.answer(msisdn, "1" if number < 6 else "2", f"text-{number}", NOON)


async def test_the_report_tells_the_truth_of_a_seeded_ledger(database: Database, lesotho: Pack) -> None:
    await seeded(database)
    report = await read_report(database, replace(lesotho, baselines=BASELINES), FIRST, LAST)
    visits = report.whole.sums[Measure.VISITS]
    assert visits.saved.middle == pytest.approx(70 * 0.6 * 2)
    assert visits.saved.low < visits.saved.middle < visits.saved.high
    assert (visits.events, visits.assumed) == (70, 0.0)
    assert report.whole.sums[Measure.HOURS].saved.middle == pytest.approx(70 * 0.6 * 2 * 6)
    assert report.whole.sums[Measure.COST].unclaimed


async def test_a_small_district_is_shown_with_the_next_larger_one(database: Database, lesotho: Pack) -> None:
    await seeded(database)
    report = await read_report(database, replace(lesotho, baselines=BASELINES), FIRST, LAST)
    for table, before in (("district", ()), ("service and district", (BIRTH,))):
        assert [(row.names, row.saved.count) for row in report.tables[table]] == [
            ((*before, "Leribe"), 60), ((*before, "others, together"), 10),
        ]  # fmt: skip


async def test_nothing_is_claimed_where_nothing_was_measured(database: Database, lesotho: Pack) -> None:
    for number in range(50):
        await database.errands.note(errand(number))
    for baselines in (Baselines(), BASELINES):
        report = await read_report(database, replace(lesotho, baselines=baselines), FIRST, LAST)
        assert report.whole.errands == {"ended": 50}
        assert {one.events for one in report.whole.sums.values()} == {0}


async def test_days_are_those_of_the_country(database: Database, lesotho: Pack) -> None:
    """Maseru is two hours ahead: what is done at 22:30 UTC belongs to the next day."""
    await database.errands.note(replace(errand(1), at=datetime(2026, 10, 31, 22, 30, tzinfo=UTC)))
    await database.errands.note(replace(errand(2), at=datetime(2026, 11, 30, 22, 30, tzinfo=UTC)))
    assert (await read_report(database, lesotho, FIRST, LAST)).whole.count == 1
