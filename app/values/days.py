"""When days and months of a country begin and end."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


class Days:
    """Days of a country. The latest is kept with its bounds, in one piece: most turns fall on it."""

    def __init__(self, timezone: ZoneInfo) -> None:
        never = datetime.min.replace(tzinfo=UTC)
        self._timezone = timezone
        self._latest = (never, never, date.min)

    def of(self, now: datetime) -> date:
        """The date there; `now` has a timezone."""
        return self._around(now)[2]

    def end_of(self, at: datetime) -> datetime:
        """When the day that a moment falls on is over, in UTC."""
        return self._around(at)[1]

    def _around(self, moment: datetime) -> tuple[datetime, datetime, date]:
        """When its day begins and ends, and the day."""
        latest = self._latest
        if not latest[0] <= moment < latest[1]:
            day = moment.astimezone(self._timezone).date()
            ends = midnight_of(day + timedelta(days=1), self._timezone)
            latest = self._latest = midnight_of(day, self._timezone), ends, day
        return latest


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
