"""What travels inside the house: events, replies, outcomes, requests, jobs. No aggregator's or office's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum

import msgspec

from app.audit import HOUSE
from app.books import agent_way
from app.engine.state import State
from app.errands import Errand

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


@dataclass(frozen=True, slots=True)
class Woken:
    """A wallet says that something happened to a payment, and wants to be answered so. `id` is of `app.wakes`."""

    id: str
    status: int
    answer: bytes = b""


class DeliveryStatus(StrEnum):
    """Only ever forward: a final one stays, and `unknown` (no report came in time) is left for a final one alone."""

    IN_FLIGHT = "in_flight"
    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    FAILED = "failed"


class DeliverySeen(StrEnum):
    """What a delivery report was to us."""

    NEWS = "news"
    AGAIN = "again"  # nothing that was not known, or older than what is
    CONTRADICTS = "contradicts"  # another end than the one that is known, which stays
    UNMATCHED = "unmatched"  # of a text that we do not know to have sent, or not yet: kept
    TOO_MANY = "too_many"  # the same, and not kept


NUMBER_LOST = frozenset({"do_not_disturb", "number_blocked", "number_invalid", "number_unknown", "number_unsupported"})
"""Reasons for which no text reaches a number, whatever it says: an adapter's words for them."""


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

    `session` is its keyed hash. `fallen` is what its first page offered to go on with. `closed` are the services that
    could not be asked then: who walks it again must come to the same pages.
    """

    session: bytes
    version: str
    at: datetime
    fallen: Session | None = None
    closed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """The last dialogue of a number that can be gone on with, kept outside the session server, which may lose it.

    `session` is its keyed hash, `until` when it is offered no more. `fallen` None: it was finished meanwhile.
    """

    msisdn: str
    session: bytes
    at: datetime
    until: datetime
    fallen: Session | None


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

    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Handed:
    """The office has the work on its list and says by itself when it is done: nothing to ask again."""

    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Late:
    """No answer in time. `results` is what the house itself can still say."""

    results: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Down:
    """The office failed or could not be reached. `results` is what the house itself can still say."""

    results: Mapping[str, str] = field(default_factory=dict)


Outcome = Answered | Refused | Late | Down

# --- checks of who somebody is, by a one-time code ----------------------------------------------------------------


class CheckState(StrEnum):
    NEW = "new"  # opened just now; nothing was asked yet
    ASKED = "asked"  # a code was asked for; whether it was sent nobody knows
    SENT = "sent"
    REFUSED = "refused"
    DOWN = "down"  # no code was sent, and none will be
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Check:
    """That somebody with the number `msisdn` says that they are whom the ID number `identity` names.

    `id` is the effect of the step that had the code sent. `verified_by` is that of the step whose code was right, and
    `evidence` names the exchange with the office.
    """

    id: str
    office: str
    msisdn: str
    identity: str
    opened_at: datetime
    state: CheckState = CheckState.NEW
    reason: str = ""
    verified_at: datetime | None = None
    verified_by: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Most:
    """No more than `most` times `what` by or about one `subject` within a window of `seconds` of the clock.

    `since` is when a subject began that is there once and not for long: it has this one window, which no midnight ends.
    """

    what: str
    subject: str
    seconds: int
    most: int
    since: datetime | None = None


class Waiting(msgspec.Struct, frozen=True, array_like=True):
    """A dialogue by SMS that waits for a code: its State, and the key that its effects take their ids from.

    `job` is the last text that was heard and `text` what it was answered; `over`: no code is awaited any more.
    """

    state: State
    key: bytes
    job: str
    text: str
    over: bool = False


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
CITIZENS_TURN = (Status.QUERY, Status.READY)
"""While it stands so the citizen has to do something, and no office is late."""


@dataclass(frozen=True, slots=True)
class Attested:
    """Who files in their own name: an agent, from one of their numbers, at a point; what, and how (`sms`, `ussd`)."""

    agent: str
    number_id: str
    point: str
    attests: str
    channel: str

    @property
    def way(self) -> str:
        """As the audit log names who acts."""
        return agent_way(self.agent)


@dataclass(frozen=True, slots=True)
class Filing:
    """A request to be written. `id` comes from session and step, so a repeat files nothing new.

    `reference` is a proposal: the one that the first filing with this id proposed is kept. `version` is that of the
    menus, whose catalogue says how the request is carried out, whatever is published meanwhile. `evidence` says how it
    was verified who files, where that was demanded. `errand` is how it is counted. `mandate` is by which an agent files
    for the citizen; empty: they do it themselves.
    """

    id: str
    reference: str
    service: str
    msisdn: str
    language: str
    answers: Mapping[str, str]
    at: datetime
    version: str
    evidence: str = ""
    errand: Errand | None = None
    mandate: str = ""
    attested: Attested | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A citizen's request as the ledger holds it. `stage` counts the office operations already done.

    `version` is that of the menus it was filed under; empty if it was filed before versions were kept. `mandate` is by
    which an agent filed it; empty: the citizen did. `is_shut`: no key opens what is personal of it, which is empty here
    and stays in the ledger as it is.
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
    mandate: str = ""
    is_shut: bool = False


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


class Priority(IntEnum):
    """Which of the jobs that are due is done first; the last two are texts and nothing else."""

    URGENT = 0  # somebody waits for it: an answer to a text
    WORK = 1
    TOLD = 2  # how a request stands
    LOW = 3  # what may wait, such as a reminder


@dataclass(frozen=True, slots=True)
class Agreement:
    """That a citizen agreed to a purpose, in the words of one version of the menus and one language.

    `id` comes from session and step; `dialogue` is the keyed hash of the one in which it was said, `channel` how.
    """

    id: str
    msisdn: str
    purpose: str
    version: int
    at: datetime
    channel: str
    language: str
    menus: str
    dialogue: bytes


@dataclass(frozen=True, slots=True)
class Job:
    """Work that must happen after the reply. `id` makes it happen once."""

    id: str
    kind: str
    payload: Mapping[str, str]
    due_at: datetime
    priority: Priority = Priority.WORK


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that this worker holds until `lease_until`; `attempt` counts from 1, and from 1 again if `is_retried`: a
    person has looked, and wants it tried once more.

    `slot_at` is when it may go to an office that takes no more than so many at a time, None: it was given no such
    moment. `lapses` counts the leases that ran out since an attempt last came to an end: who held them may have died
    of it. `added_at` is when it was put up to be done.
    """

    job: Job
    attempt: int
    lease: str
    added_at: datetime
    slot_at: datetime | None = None
    is_retried: bool = False
    lapses: int = 0
