"""Questions by SMS: one that is asked of a number, and how a text that answers it is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app import limits
from app.engine.keywords import first_word
from app.messages import Job, Priority

ASK = "question"
"""The kind of the job that asks one."""


@dataclass(frozen=True, slots=True)
class Question:
    """Asked once under its `id`; `about` is what whoever counts the answers needs, and names nobody.

    `allowed` are its answers, each a digit. One is taken within `hours`. A number is not asked the same `kind` again
    within `apart_days` (0: whenever). It is asked from `from_hour` until `to_hour` o'clock of the country.
    `may_object`: not whoever texted one of the pack's words for no more. `purpose`: only whoever agreed to that mark;
    empty: all.
    """

    id: str
    kind: str
    msisdn: str
    text: str
    about: str
    allowed: tuple[str, ...] = ("1", "2")
    hours: int = limits.question_hours
    apart_days: int = 0
    from_hour: int = 0
    to_hour: int = 24
    may_object: bool = True
    purpose: str = ""


class Turn(StrEnum):
    """What became of a question that was to be asked."""

    OPENED = "opened"  # now, or before under the same id: it is to be sent
    WAITS = "waits"  # another one is open
    TOO_SOON = "too_soon"  # the number was asked the same not long ago
    OBJECTED = "objected"
    OVER = "over"  # it was answered, or its time is over


@dataclass(frozen=True, slots=True)
class Asked:
    """Whether a question may be asked; of one that waits, until when."""

    turn: Turn
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered first to a question."""

    kind: str
    about: str
    said: str


def question_job(question: Question, now: datetime, priority: Priority = Priority.LOW) -> Job:
    """Asked when it is its turn, and not at all if that is later than a day from now."""
    payload = {
        "kind": question.kind,
        "to": question.msisdn,
        "text": question.text,
        "about": question.about,
        "allowed": " ".join(question.allowed),
        "hours": str(question.hours),
        "apart_days": str(question.apart_days),
        "from_hour": str(question.from_hour),
        "to_hour": str(question.to_hour),
        "may_object": "yes" if question.may_object else "",
        "purpose": question.purpose,
        "until": (now + timedelta(seconds=limits.question_send_seconds_max)).isoformat(),
    }
    return Job(question.id, ASK, payload, now, priority)


def question_of(id: str, payload: Mapping[str, str]) -> Question:
    numbers = {name: int(payload[name]) for name in ("hours", "apart_days", "from_hour", "to_hour")}
    return Question(
        id,
        payload["kind"],
        payload["to"],
        payload["text"],
        payload["about"],
        tuple(payload["allowed"].split()),
        may_object=bool(payload["may_object"]),
        purpose=payload["purpose"],
        **numbers,
    )


def read_answer(text: str) -> str | None:
    """A text that is nothing but a digit, however it is dressed (` 1.`, `(1)`); None for any other."""
    word, rest = first_word(text)
    return word if not rest and len(word) == 1 and word in "0123456789" else None


def is_answer(text: str, allowed: Collection[str]) -> bool:
    return read_answer(text) in allowed


def next_hour(local: datetime, from_hour: int, to_hour: int) -> datetime | None:
    """When somebody may be asked who must not be now, on the country's clock; None: they may be."""
    if from_hour <= local.hour < to_hour:
        return None
    begins = local.replace(hour=from_hour, minute=0, second=0, microsecond=0)
    return begins if begins > local else begins + timedelta(days=1)
