"""Days where the citizens are, whatever was asked before."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.values.days import Days

MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # they get one


@pytest.mark.parametrize("name", ["Africa/Maseru", "Pacific/Kiritimati", "Europe/Berlin", "America/Sao_Paulo"])
@given(moments=st.lists(MOMENTS | MOMENTS.map(lambda one: one.replace(minute=0, second=0, microsecond=0)), max_size=12))
def test_a_moment_has_its_day_whatever_was_asked_before(name: str, moments: list[datetime]) -> None:
    timezone, days = ZoneInfo(name), Days(ZoneInfo(name))
    for moment in moments:
        there = moment.astimezone(timezone).date()
        midnight = datetime.combine(there + timedelta(days=1), time(), timezone).astimezone(UTC)
        assert (days.of(moment), days.end_of(moment)) == (there, midnight)


def test_a_day_ends_to_the_microsecond() -> None:
    days = Days(ZoneInfo("Africa/Maseru"))
    end = datetime(2026, 12, 1, 22, tzinfo=UTC)
    told = [days.of(end + timedelta(microseconds=past)) for past in (-1, 0, -1)]
    assert told == [date(2026, 12, 1), date(2026, 12, 2), date(2026, 12, 1)]
