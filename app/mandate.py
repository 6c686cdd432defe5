"""Mandates: that a citizen lets one agent start one program for them, once. No I/O.

An agent asks for one, the citizen gives it by telling a code (texted to their number, or of their printed sheet), and
one filing uses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app import limits
from app.books import agent_way


class Means(StrEnum):
    """How a citizen gives a mandate."""

    SMS = "sms"  # a code that was texted to their number
    SHEET = "sheet"  # a code of the sheet that a clerk printed for their number


DIGITS = {Means.SMS: 4, Means.SHEET: 8}
"""Of the codes, so that none of one sort is ever tried as one of the other."""


class MandateState(StrEnum):
    ASKED = "asked"  # its code may still be told
    GIVEN = "given"  # the code was right: the agent acts for the citizen
    USED = "used"  # a request was filed by it
    REFUSED = "refused"  # none was asked for, or the citizen texted STOP


class Unmandated(StrEnum):
    """Why an agent may not act for a citizen, in the words that menus have for it."""

    BARRED = "barred"  # whoever asks is no agent, or may not act now
    OWN = "own"  # the number is one of the agent's
    UNASKED = "unasked"  # the number wants to be asked nothing
    BLOCKED = "blocked"  # too many codes were sent or tried
    WRONG = "wrong"
    EXPIRED = "expired"  # too late, used before, or refused by the citizen


@dataclass(frozen=True, slots=True)
class Mandate:
    """`id` is the effect of the step that asked for it, so one dialogue alone can go on with it; its code is kept
    nowhere. `number_id` is the agent's number, `msisdn` the citizen's and `language` theirs. `given_by` is the effect
    of the step whose code was right, `request_id` what was filed. `reason` is why it was refused.
    """

    id: str
    agent: str
    number_id: str
    point: str
    msisdn: str
    language: str
    program: str
    means: Means
    asked_at: datetime
    state: MandateState = MandateState.ASKED
    reason: str = ""
    given_at: datetime | None = None
    given_by: str = ""
    request_id: str = ""

    @property
    def way(self) -> str:
        """As the audit log names who acts: `agent:014`."""
        return agent_way(self.agent)

    def is_for(self, other: Mandate) -> bool:
        """Whether both let the same be done for the same citizen, by the same means."""
        mine, theirs = ((one.msisdn, one.program, one.means) for one in (self, other))
        return mine == theirs


def awaits_code(mandate: Mandate, now: datetime) -> bool:
    lasts = timedelta(seconds=limits.mandate_code_seconds)
    return mandate.state is MandateState.ASKED and now - mandate.asked_at < lasts


def stands(mandate: Mandate, now: datetime) -> bool:
    """Whether the agent may still ask offices for the citizen. One that was used stands as long, for a dialogue that is
    walked again must come to the same pages; nothing more is filed by it.
    """
    if mandate.state not in (MandateState.GIVEN, MandateState.USED) or mandate.given_at is None:
        return False
    return now - mandate.given_at < timedelta(seconds=limits.mandate_seconds)
