"""When days and months of a country begin and end."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


class Days:
    """Days of a country. The latest is kept with its bounds: most turns fall on it."""

    def __init__(self, timezone: ZoneInfo) -> None:
        self._timezone = timezone
        self._begins = self._ends = datetime.min.replace(tzinfo=UTC)
        self._day = date.min

    def of(self, now: datetime) -> date:
        """The date there; `now` has a timezone."""
        if not self._begins <= now < self._ends:
            day = self._day = now.astimezone(self._timezone).date()
            self._begins = midnight_of(day, self._timezone)
            self._ends = midnight_of(day + timedelta(days=1), self._timezone)
        return self._day

    def end_of(self, at: datetime) -> datetime:
        """When the day that a moment falls on is over, in UTC."""
        self.of(at)
        return self._ends


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
