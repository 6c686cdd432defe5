"""What services are that the house itself answers: which there are, and what the house knows of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.values.rules import Text, ValueType


class Find(StrEnum):
    """What a service of kind `points` tells; the house knows what each takes and gives."""

    COUNCILS = "councils"  # of a district, those that have a point
    SERVICES = "services"  # that some point of a district has
    POINTS = "points"  # of a council
    POINT = "point"  # one, with its hours and its prices
    SEARCH = "search"  # what a text means that somebody sent


FIND_TAKES: Mapping[Find, tuple[str, ...]] = {
    Find.COUNCILS: ("district", "service"),
    Find.SERVICES: ("district",),
    Find.POINTS: ("district", "council", "service"),
    Find.POINT: ("id", "service"),
    Find.SEARCH: ("words",),
}
"""Texts, all of them; an empty `council` or `service` is none in particular."""


class MandateStep(StrEnum):
    """What a service of kind `mandate` does; the house knows what each takes and gives."""

    ASK = "ask"  # the citizen is texted a code, or will read one from a sheet
    BEGIN = "begin"  # the code is tried; if it is right, the agent walks the program for them


class AgentStep(StrEnum):
    """What a service of kind `agent` does; the house knows what each takes and gives."""

    ORDER = "order"  # a citizen brings money for a bill: whether that would pay it now
    CONFIRM = "confirm"  # what was ordered was seen, and is to be paid
    DROP = "drop"  # or is not
    FLOAT = "float"  # what is left to pay from
    TODAY = "today"  # what was taken today
    BILL = "bill"  # how a bill stands
    CANCEL = "cancel"  # a payment is to be taken back


class Attests(StrEnum):
    """What an agent says with their own name, and files at an office; the house knows what each takes."""

    REDEEM = "redeem"  # a citizen brings a voucher, and is the one whose it is
    PROOF = "proof"  # a person stands here, alive


AGENT_NAMES: Mapping[str, int] = {"agent": 6, "point": 20}
"""What the house adds to whatever an agent attests, with its septets: the agent's code, and the point's id."""
ATTESTS_TAKES: Mapping[Attests, Mapping[str, ValueType]] = {
    Attests.REDEEM: {"voucher": ValueType.TEXT, "id_end": ValueType.DIGITS},
    Attests.PROOF: {"id": ValueType.IDENTITY},
}
HOLDER = "holder"
"""The number that the office has of whoever it is about, and the text that they get: an agent types no number."""

ASKED = "asked"
"""The occasion on which callers are texted what they asked for, or that it was taken down."""
COUNT = "count"
"""What a lookup that gives a list gives besides: how many entries."""
UNKNOWN = "unknown"
"""Why a lookup of one row, and a question about something of the caller's own, is refused: there is none."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a service of kind `lookup` reads: rows of `file` by the columns `by`, of which it gives some.

    `listed` is the name of the list that it gives; empty: one row, each column by its own name. `types` are those of
    columns that are no texts. Older than `stale_days` is stale; 0: nothing is.
    """

    file: str
    by: tuple[str, ...]
    gives: tuple[str, ...]
    listed: str = ""
    types: Mapping[str, ValueType] = field(default_factory=dict)
    stale_days: int = 0


class Show(StrEnum):
    """What a service of kind `mine` does for whoever calls; the house knows what each takes and gives."""

    REQUESTS = "requests"  # the newest of theirs
    PAYMENTS = "payments"  # the newest of their bills, and of what their wallets were asked for
    BILLS = "bills"  # those of them that wait to be paid
    BILL = "bill"  # what one costs, theirs or of whoever gave them its code
    STANDS = "stands"  # how one of theirs stands, for a text with its code
    PUSH = "push"  # their wallet is asked to ask them for it
    RECEIPT = "receipt"  # the text of one of either is sent again
    DATA = "data"  # how much is kept
    ERASE = "erase"  # somebody is asked to forget it
    LANGUAGE = "language"  # which one is remembered
    SUBSCRIBE = "subscribe"  # they want to be warned of a topic in a district
    UNSUBSCRIBE = "unsubscribe"  # they do not any more
    SUBSCRIPTIONS = "subscriptions"  # of what they want to be warned


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that citizens may want to be warned of. `purpose` is what they agree to when they say so."""

    name: str
    title: Text
    purpose: str
