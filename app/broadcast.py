"""Warnings to all who want them: what one says to whom, what it costs, and how long it takes. No I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from app.messages import Job, Priority
from app.questions import next_hour
from app.values.text import sms_parts

WARN = "warn"
"""The kind of the job that texts one to somebody."""
EVERYWHERE = ""
"""In the place of a district: all of them."""


class BroadcastState(StrEnum):
    OPEN = "open"  # its texts are being put up
    QUEUED = "queued"  # all of them are, and go out as the budget lets them
    CANCELLED = "cancelled"  # what has not gone out does not any more


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A warning of a topic in a district, by language; sent between two hours of the country, until a moment.

    `cursor` is behind which subscription its texts are yet to be put up, `queued` how many were.
    """

    id: str
    topic: str
    district: str
    texts: Mapping[str, str]
    from_hour: int
    to_hour: int
    made_at: datetime
    until: datetime
    by: str
    state: BroadcastState = BroadcastState.OPEN
    cursor: str = ""
    queued: int = 0


@dataclass(frozen=True, slots=True)
class Subscription:
    """That a number wants to be warned of a topic, in a district or everywhere. `purpose` is what it agreed to."""

    msisdn: str
    topic: str
    district: str
    purpose: str
    language: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """What a warning is in one language, to how many, in how many parts each."""

    language: str
    text: str
    recipients: int
    parts: int

    @property
    def parts_in_all(self) -> int:
        return self.recipients * self.parts


@dataclass(frozen=True, slots=True)
class Plan:
    """What sending a warning comes to. `begins_at` and `ends_at` are when its first and its last text goes out, if
    nothing else wants the budget.
    """

    lines: Sequence[Line]
    begins_at: datetime
    ends_at: datetime

    @property
    def recipients(self) -> int:
        return sum(line.recipients for line in self.lines)

    @property
    def parts(self) -> int:
        return sum(line.parts_in_all for line in self.lines)


@dataclass(frozen=True, slots=True)
class Sent:
    """How far a warning is: texts that wait, were done with, and wait for a person; of the first, those handed over."""

    waiting: int
    done: int
    set_aside: int
    handed_over: int


def id_of(topic: str, district: str, texts: Mapping[str, str], day: date) -> str:
    """The same for the same warning on the same day: who sends it again goes on with it, and texts nobody twice."""
    told = msgspec.json.encode([topic, district, sorted(texts.items()), day.isoformat()])
    return hashlib.sha256(told).hexdigest()[:16]


def text_for(texts: Mapping[str, str], language: str, base: str) -> str:
    return texts.get(language) or texts[base]


def warn_job(broadcast: Broadcast, msisdn: str, language: str, key: str) -> Job:
    """One text of a warning; `key` is the number's under this warning, so that two subscriptions bring one text."""
    payload = {
        "broadcast": broadcast.id,
        "to": msisdn,
        "language": language,
        "until": broadcast.until.isoformat(),
    }
    return Job(f"{prefix_of(broadcast.id)}{key}", WARN, payload, broadcast.made_at, Priority.LOW)


def prefix_of(id: str) -> str:
    """With which the ids of all jobs of a warning begin."""
    return f"{WARN}:{id}:"


def plan_of(broadcast: Broadcast, audience: Mapping[str, int], base: str, parts_an_hour: int, now: datetime) -> Plan:
    """`now` is on the clock of the citizens."""
    lines = []
    for language, recipients in sorted(audience.items()):
        text = text_for(broadcast.texts, language, base)
        lines.append(Line(language, text, recipients, sms_parts(text)))
    begins = next_hour(now, broadcast.from_hour, broadcast.to_hour) or now
    hours = sum(line.parts_in_all for line in lines) / max(1, parts_an_hour)
    return Plan(tuple(lines), begins, _after(begins, hours, broadcast))


def _after(begins: datetime, hours: float, broadcast: Broadcast) -> datetime:
    """When so many hours of sending are over, nights left out."""
    a_day = broadcast.to_hour - broadcast.from_hour
    here = begins.hour + begins.minute / 60 + begins.second / 3_600
    left_today = broadcast.to_hour - here
    if hours <= left_today:
        return begins + timedelta(hours=hours)
    days, rest = divmod(hours - left_today, a_day)
    morning = begins.replace(hour=broadcast.from_hour, minute=0, second=0, microsecond=0)
    return morning + timedelta(days=1 + days, hours=rest)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a warning is to be, as its author says it."""

    topic: str
    district: str
    texts: Mapping[str, str] = field(default_factory=dict)
    hours: int = 0
