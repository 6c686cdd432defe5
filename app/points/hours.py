"""Opening hours in a small closed notation, `Mon-Fri 08:00-17:00; Sat 08:00-13:00`, and what they say of a moment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
FORM = "`Mon-Fri 08:00-17:00; Sat 08:00-13:00`, with `,` between several days or times"
_DAYS = "|".join(DAYS)
_RULE = re.compile(
    rf"(?P<days>(?:{_DAYS})(?:\s*-\s*(?:{_DAYS}))?(?:\s*,\s*(?:{_DAYS})(?:\s*-\s*(?:{_DAYS}))?)*)\s+"
    r"(?P<times>[0-9:\s,-]+)",
    re.IGNORECASE,
)
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")


class BadHours(ValueError):
    """Hours that cannot be read; the message says what is wrong with them and how they are written."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From one minute of a day (0: midnight) to another, on a day of the week (0: Monday)."""

    day: int
    opens: int
    closes: int

    @property
    def begins(self) -> int:
        """Minutes since the week began."""
        return self.day * DAY_MINUTES + self.opens

    @property
    def ends(self) -> int:
        return self.day * DAY_MINUTES + self.closes

    @property
    def told(self) -> str:
        return f"{clock(self.opens)}-{clock(self.closes)}"


@dataclass(frozen=True, slots=True)
class Hours:
    """The spans of a week in order, of which no two overlap; there is at least one."""

    spans: tuple[Span, ...]

    def is_open(self, there: datetime) -> bool:
        """Whether it is open at a moment, given on the clock of the place."""
        minute = _minute(there)
        return any(span.begins <= minute < span.ends for span in self.spans)

    def closes(self, there: datetime) -> datetime | None:
        """When it closes next, if it is open; None for what is closed or never closes. Midnight is no end if the next
        day begins with it."""
        if not self.is_open(there):
            return None
        begins, minute, waited = {span.begins for span in self.spans}, _minute(there), 0
        while waited < WEEK_MINUTES:
            end = next(span.ends for span in self.spans if span.begins <= minute < span.ends)
            waited, minute = waited + end - minute, end % WEEK_MINUTES
            if minute not in begins:
                return _later(there, waited)
        return None

    def opens(self, there: datetime) -> datetime:
        """When it opens next, if it is closed."""
        minute = _minute(there)
        return _later(there, min((span.begins - minute) % WEEK_MINUTES for span in self.spans))

    def runs(self) -> Iterator[tuple[int, int, tuple[Span, ...]]]:
        """Days in a row with the same times: the first, the last, and the times of the first."""
        first = 0
        for day in range(1, len(DAYS) + 1):
            if day == len(DAYS) or self._times(day) != self._times(first):
                if times := tuple(span for span in self.spans if span.day == first):
                    yield first, day - 1, times
                first = day

    def __str__(self) -> str:
        """In the notation, with days in a row drawn together."""
        return "; ".join(
            f"{DAYS[first]}{f'-{DAYS[last]}' if last > first else ''} {','.join(span.told for span in times)}"
            for first, last, times in self.runs()
        )

    def _times(self, day: int) -> tuple[tuple[int, int], ...]:
        return tuple((span.opens, span.closes) for span in self.spans if span.day == day)


def read_hours(text: str) -> Hours:
    """Hours as a sheet writes them; raises `BadHours`. Capitals and blanks count for nothing, nor does a long dash."""
    spans: list[Span] = []
    for rule in text.replace("\u2013", "-").split(";"):
        found = _RULE.fullmatch(rule.strip())
        if found is None:
            raise BadHours(f"`{rule.strip()}` says no days and times; write {FORM}")
        times = tuple(_times(found["times"]))
        spans += [Span(day, opens, closes) for day in _days(found["days"]) for opens, closes in times]
    spans.sort()
    for before, after in pairwise(spans):
        if after.begins < before.ends:
            raise BadHours(f"`{DAYS[after.day]}` has {before.told} and {after.told}, which overlap; write one of them")
    return Hours(tuple(spans))


def clock(minute: int) -> str:
    """`08:05`; the end of a day is `24:00`."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _days(text: str) -> Iterator[int]:
    names = [day.lower() for day in DAYS]
    for part in text.split(","):
        first, _, last = (one.strip().lower() for one in part.partition("-"))
        begin, end = names.index(first), names.index(last or first)
        if end < begin:
            raise BadHours(f"`{part.strip()}` goes over a Sunday; write it as two, such as `Sat-Sun,Mon`")
        yield from range(begin, end + 1)


def _times(text: str) -> Iterator[tuple[int, int]]:
    for part in text.split(","):
        found = _TIME.fullmatch(part.strip())
        if found is None:
            raise BadHours(f"`{part.strip()}` is no time; write one such as 08:00-17:00")
        hours = [int(number) for number in found.groups()]
        opens, closes = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
        if max(hours[1], hours[3]) > 59 or closes > DAY_MINUTES or closes <= opens:
            raise BadHours(f"`{part.strip()}` does not end after it begins, within one day; write 24:00 for midnight")
        yield opens, closes


def _minute(there: datetime) -> int:
    return there.weekday() * DAY_MINUTES + there.hour * 60 + there.minute


def _later(there: datetime, minutes: int) -> datetime:
    return there.replace(second=0, microsecond=0) + timedelta(minutes=minutes)
