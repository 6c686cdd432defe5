"""Citizens' requests as the ledger holds them, and what they agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.audit import HOUSE
from app.books import agent_way
from app.errands import Errand


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
