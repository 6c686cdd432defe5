"""Opening hours: the notation, and what it says of a moment."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.points.hours import WEEK_MINUTES, BadHours, Hours, read_hours

SHOP = read_hours("Mon-Fri 08:00-12:00,13:00-17:00; Sat 08:00-13:00")


def at(text: str) -> datetime:
    """A day of the week of Monday, 23 November 2026, and a time there."""
    day, _, time = text.partition(" ")
    number = 23 + ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun").index(day)
    return datetime.fromisoformat(f"2026-11-{number} {time}")


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("Mon 07:59", False), ("Mon 08:00", True), ("Mon 11:59", True), ("Mon 12:00", False), ("Mon 12:30", False),
        ("Fri 16:59", True), ("Fri 17:00", False), ("Sat 12:59", True), ("Sat 13:00", False), ("Sun 10:00", False),
    ],
)  # fmt: skip
def test_it_is_open_from_the_first_minute_to_before_the_last(moment: str, is_open: bool) -> None:
    assert SHOP.is_open(at(moment)) is is_open


@pytest.mark.parametrize(
    ("moment", "opens"),
    [("Mon 12:30", "Mon 13:00"), ("Mon 17:00", "Tue 08:00"), ("Fri 18:00", "Sat 08:00")],
)
def test_it_tells_when_it_opens_next(moment: str, opens: str) -> None:
    assert SHOP.opens(at(moment)) == at(opens)


def test_after_the_last_hours_of_a_week_it_opens_in_the_next() -> None:
    assert SHOP.opens(at("Sat 13:00")) == datetime.fromisoformat("2026-11-30 08:00")


def test_midnight_is_no_end_if_the_next_day_begins_with_it() -> None:
    night = read_hours("Fri 20:00-24:00; Sat 00:00-02:00")
    assert night.closes(at("Fri 23:00")) == at("Sat 02:00")
    over_a_week = read_hours("Sun 20:00-24:00; Mon 00:00-02:00")
    assert over_a_week.closes(at("Sun 21:00")) == datetime.fromisoformat("2026-11-30 02:00")


def test_what_never_closes_has_no_end() -> None:
    always = read_hours("Mon-Sun 00:00-24:00")
    assert always.is_open(at("Sun 23:59")) and always.closes(at("Wed 12:00")) is None


@pytest.mark.parametrize(
    "text",
    [
        "mon - fri 8:00 - 17:00",
        "MON\u2013FRI 08:00\u201317:00",
        " Mon-Wed,Thu,Fri 08:00-17:00 ",
        "Fri,Mon-Thu 08:00-17:00",
    ],
)
def test_the_notation_is_read_as_people_write_it(text: str) -> None:
    assert str(read_hours(text)) == "Mon-Fri 08:00-17:00"


@pytest.mark.parametrize(
    "text",
    [
        "", "always", "Mon-Fri", "08:00-17:00", "Mon 8-17", "Mon 17:00-08:00", "Mon 08:00-08:00", "Mon 08:00-24:01",
        "Mon 08:60-09:00", "Sat-Mon 08:00-12:00", "Mon 08:00-12:00; Mon 11:00-13:00", "Mon 08:00-12:00;",
        "Mon \u0660\u0668:00-12:00", "Mon 08:00-12:00,", "Monday 08:00-12:00",
    ],
)  # fmt: skip
def test_hours_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(BadHours):
        read_hours(text)


times = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda span: span[0] < span[1])
rules = st.dictionaries(st.sampled_from(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]), times, min_size=1)


@given(rules, st.integers(0, WEEK_MINUTES - 1))
def test_what_is_written_says_the_same_again_and_no_end_is_before_its_moment(
    week: dict[str, tuple[int, int]], minute: int
) -> None:
    text = ";".join(f"{day} {a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for day, (a, b) in week.items())
    hours: Hours = read_hours(text)
    assert read_hours(str(hours)) == hours
    moment = datetime.fromordinal(datetime(2026, 11, 23).toordinal() + minute // 1440)  # noqa: DTZ001
    moment = moment.replace(hour=minute % 1440 // 60, minute=minute % 60)
    if hours.is_open(moment):
        closes = hours.closes(moment)
        assert closes is None or (closes > moment and not hours.is_open(closes))
    else:
        opens = hours.opens(moment)
        assert opens > moment and hours.is_open(opens)
