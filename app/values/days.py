"""When days and months of a country begin and end."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def midnight_of(day: date, timezone: ZoneInfo) -> datetime:
    """When a day of the country begins."""
    return datetime.combine(day, time(), timezone).astimezone(UTC)


def month_of(month: str, timezone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a month of the country, as 2026-11, begins and ends; raises `ValueError` for what is none."""
    first = date.fromisoformat(f"{month}-01")
    return midnight_of(first, timezone), midnight_of((first + timedelta(days=31)).replace(day=1), timezone)


def month_before(day: date) -> str:
    """The month before that of a day, as 2026-11."""
    return f"{day.replace(day=1) - timedelta(days=1):%Y-%m}"
