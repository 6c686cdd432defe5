"""The SMS that go out: what for, and whether they may be paid for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class OutgoingSms:
    msisdn: str
    text: str


class SmsKind(StrEnum):
    """What a text of ours is for: how long it is of use, and who pays."""

    CODE = "code"  # a one-time code
    ANSWER = "answer"  # to a text
    AGENT = "agent"  # to an agent, who needs each of many in a day
    REQUEST = "request"  # how a request stands
    RESUME = "resume"  # the line fell
    REMINDER = "reminder"
    QUESTION = "question"
    WARNING = "warning"  # to all who want to be warned of something


@dataclass(frozen=True, slots=True)
class SentSms:
    """A text that an aggregator took, and the job that it was sent for."""

    job_id: str
    aggregator: str
    message_id: str
    msisdn: str
    kind: SmsKind
    parts: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Spending:
    """Parts of a text that is about to be sent; `day` is that of the citizens, `at` the moment of asking."""

    kind: SmsKind
    msisdn: str
    parts: int
    day: date
    at: datetime


class Purse(StrEnum):
    """Whether a text may be paid for."""

    PAID = "paid"
    HOUR_SPENT = "hour_spent"  # by texts of all kinds
    KIND_SPENT = "kind_spent"  # by texts of this kind
    DAY_SPENT = "day_spent"  # by texts to this number
    SILENCED = "silenced"  # no text reaches the number, and this one is not worth another try
