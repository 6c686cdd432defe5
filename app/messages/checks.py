"""Checks of who somebody is, by a one-time code, and how often anything may be tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
