"""What is kept of one citizen, as it is told to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.messages import HistoryEntry, Request


@dataclass(frozen=True, slots=True)
class Message:
    """An SMS that went out about a request: on which occasion, and what became of it."""

    occasion: str
    status: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Texted:
    """An SMS that went out to a number, whatever it was about: what it said is not kept."""

    kind: str
    parts: int
    status: str
    reason: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Paid:
    """Money that came from a number, or for its bill: amounts in minor units. `reference` is the wallet's own word, and
    empty if no key that is held opens it.
    """

    receipt: str
    wallet: str
    amount_minor: int
    currency: str
    unfit: str
    at: datetime
    reference: str


@dataclass(frozen=True, slots=True)
class Billed:
    """A bill of a request: amounts in minor units."""

    code: str
    fee_minor: int
    charge_minor: int
    currency: str
    state: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """A request, its history, its messages, its bills."""

    request: Request
    history: Sequence[HistoryEntry]
    messages: Sequence[Message]
    bills: Sequence[Billed]


@dataclass(frozen=True, slots=True)
class ConsentAct:
    """That a purpose was agreed to or taken back; `menus` is the version whose words were agreed to."""

    purpose: str
    version: int
    act: str
    at: datetime
    channel: str
    language: str
    menus: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """That a number is or was an agent's, by the agent's code."""

    agent: str
    active_at: datetime | None
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Helped:
    """That an agent asked to act for a number, for which program, by which means, and what became of it."""

    agent: str
    program: str
    means: str
    state: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A text that is yet to be sent (`text`) or answered (`answer`), or waits for a person if it is `set_aside`.

    `text` is empty if no key that is held opens it.
    """

    kind: str
    text: str
    state: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Asking:
    """That somebody asked from a number to be forgotten: the job that says so, and until when they were to hear."""

    id: str
    msisdn: str
    language: str
    until: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CitizenRecord:
    """What stands under a number; `requests` and `consents` oldest first, `payments` those that came from it. `checks`
    say at which office, when and with what end it was checked who they are.
    """

    language: str
    counts: Sequence[tuple[str, str, int]]  # what is counted, the day, how many
    requests: Sequence[RequestRecord]
    payments: Sequence[Paid]
    checks: Sequence[tuple[str, datetime, str]]
    consents: Sequence[ConsentAct] = ()
    unfinished_until: datetime | None = None
    silenced_since: datetime | None = None
    agents: Sequence[Enrolment] = ()
    questions: Sequence[tuple[str, datetime, str]] = ()  # what kind, when it was asked, the answer
    objects_since: datetime | None = None
    waiting: Sequence[Waiting] = ()
    mandates: Sequence[Helped] = ()
    sheets: Sequence[tuple[datetime, int]] = ()  # when codes were printed, and how many are unspent
    texted: Sequence[Texted] = ()
    warned: Sequence[tuple[str, str, datetime]] = ()  # of which topic, in which district, since when
    unopened: Sequence[str] = ()  # references of requests that no key that is held opens
