"""What travels inside the house: events, replies, outcomes, requests, jobs. No aggregator's or office's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec

from app.audit import HOUSE
from app.engine.state import State

# --- at the door -----------------------------------------------------------------------------------------------
# What every callback makes is a Struct: a frozen dataclass takes four times as long to make, a tenth of a turn in all.


class WireRequest(msgspec.Struct, frozen=True):
    """A callback as bytes: header names in lower case, `query` undecoded, `body` within `callback_body_bytes_max`."""

    headers: Mapping[str, str]
    query: bytes
    body: bytes


class WireResponse(msgspec.Struct, frozen=True):
    status: int
    content_type: str
    body: bytes


class UssdEvent(msgspec.Struct, frozen=True):
    """One hop of a USSD dialogue. `transcript` is all that was typed so far, joined by `*`; `msisdn` is E.164."""

    aggregator: str
    session_id: str
    msisdn: str
    service_code: str
    network: str
    transcript: str


class Ending(StrEnum):
    COMPLETED = "completed"
    DROPPED = "dropped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class UssdEnded:
    """A hint that a dialogue is over; may never come."""

    aggregator: str
    session_id: str
    msisdn: str
    service_code: str
    ending: Ending


@dataclass(frozen=True, slots=True)
class SmsEvent:
    """A text that came in. `message_id` is the aggregator's and opaque; `sender` may be a name, not a number."""

    aggregator: str
    message_id: str
    sender: str
    recipient: str
    text: str


class DeliveryStatus(StrEnum):
    IN_FLIGHT = "in_flight"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """What became of an SMS of ours. `raw` is the aggregator's own status word, kept when `status` is a guess."""

    aggregator: str
    message_id: str
    status: DeliveryStatus
    raw: str
    reason: str


class Reply(msgspec.Struct, frozen=True, array_like=True):
    """A page for the handset; `final` ends the dialogue."""

    text: str
    final: bool


@dataclass(frozen=True, slots=True)
class OutgoingSms:
    msisdn: str
    text: str


class Session(msgspec.Struct, frozen=True, array_like=True):
    """What is kept between two callbacks: the State and how much of the transcript it has heard.

    `heard_mark` is a keyed hash of the first `heard_length` characters of the transcript, so that a secret typed
    once is not kept in clear. `hop` counts the callbacks that were answered, the dial being 0. `root` is the dialogue
    that it goes on with (its own, or the one that fell): what it does takes its ids from there. `offered`: the citizen
    was asked whether to go on with `state`, and has not said so yet. `walked`: it was begun anew, so what
    comes next may be more than one input.
    """

    state: State
    heard_length: int
    heard_mark: bytes
    ended: bool
    hop: int = 0
    root: bytes = b""
    offered: bool = False
    walked: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """How a dialogue began, kept outside the session server, which may lose it: under which version of the menus.

    `session` is its keyed hash. `fallen` is what its first page offered to go on with.
    """

    session: bytes
    version: str
    at: datetime
    fallen: Session | None = None


# --- what an office says ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answered:
    """`evidence` names the exchange where the office's protocol does, for the request's history."""

    results: Mapping[str, str] = field(default_factory=dict)
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The office understood and said no; `reason` is one of those that the catalogue names."""

    reason: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """The office took the work and has not finished it: ask again with the same key."""


@dataclass(frozen=True, slots=True)
class Handed:
    """The office has the work on its list and says by itself when it is done: nothing to ask again."""


@dataclass(frozen=True, slots=True)
class Late:
    """No answer in time. `results` is what the house itself can still say."""

    results: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Down:
    """The office failed or could not be reached. `results` is what the house itself can still say."""

    results: Mapping[str, str] = field(default_factory=dict)


Outcome = Answered | Refused | Late | Down

# --- published menus -------------------------------------------------------------------------------------------


class Act(StrEnum):
    PUBLISH = "publish"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Publication:
    """That a version of the menus was made the current one; the one with the highest `number` is current.

    `numbers` is the text of `published.yaml` at that time, `by` and `note` are what the publisher said.
    """

    number: int
    version: str
    pack: str
    act: Act
    at: datetime
    by: str
    note: str
    numbers: str


# --- the ledger ------------------------------------------------------------------------------------------------


class Status(StrEnum):
    """Where a request stands; `ARROWS` says which moves are allowed."""

    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    QUERY = "query"
    READY = "ready"
    DONE = "done"
    REJECTED = "rejected"


ARROWS: Mapping[Status, frozenset[Status]] = {
    Status.RECEIVED: frozenset({Status.IN_PROGRESS, Status.QUERY, Status.READY, Status.DONE, Status.REJECTED}),
    Status.IN_PROGRESS: frozenset({Status.QUERY, Status.READY, Status.DONE, Status.REJECTED}),
    Status.QUERY: frozenset({Status.IN_PROGRESS, Status.READY, Status.DONE, Status.REJECTED}),
    Status.READY: frozenset({Status.DONE, Status.REJECTED}),
    Status.DONE: frozenset(),
    Status.REJECTED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Filing:
    """A request to be written. `id` comes from session and step, so a repeat files nothing new.

    `reference` is a proposal: the one that the first filing with this id proposed is kept. `version` is that of the
    menus, whose catalogue says how the request is carried out, whatever is published meanwhile.
    """

    id: str
    reference: str
    service: str
    msisdn: str
    language: str
    answers: Mapping[str, str]
    at: datetime
    version: str


@dataclass(frozen=True, slots=True)
class Request:
    """A citizen's request as the ledger holds it. `stage` counts the office operations already done.

    `version` is that of the menus it was filed under; empty if it was filed before versions were kept.
    """

    id: str
    reference: str
    service: str
    msisdn: str
    language: str
    status: Status
    reason: str
    stage: int
    answers: Mapping[str, str]
    results: Mapping[str, str]
    filed_at: datetime
    changed_at: datetime
    version: str


@dataclass(frozen=True, slots=True)
class Change:
    """A move of a request; `results` replaces what was there. `by` is the actor for the audit log."""

    status: Status
    stage: int
    results: Mapping[str, str]
    at: datetime
    reason: str = ""
    evidence: str = ""
    by: str = HOUSE


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """`evidence` names the exchange with the office that led to it, where the office's protocol does."""

    status: Status
    stage: int
    reason: str
    at: datetime
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """Work that must happen after the reply. `id` makes it happen once."""

    id: str
    kind: str
    payload: Mapping[str, str]
    due_at: datetime


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that this worker holds until `lease_until`; `attempt` counts from 1."""

    job: Job
    attempt: int
    lease: str
