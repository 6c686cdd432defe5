"""What is known of an agent's confirmations, and what an alert says. No I/O; nobody's number is here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Ending(StrEnum):
    """What became of a payment that an agent began."""

    PAID = "paid"
    DROPPED = "dropped"  # the agent said no, or never sent the code
    CANCELLED = "cancelled"  # paid, and given back


class Heard(StrEnum):
    """What the citizen said when they were asked whether they had paid."""

    NOT_ASKED = ""
    SILENT = "silent"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One bill that an agent took up. Amounts are minor units; `citizen` is a keyed hash of whose bill it is.

    `id` is the receipt, or the bill's code where no money was taken. `met_at` is when the citizen's own phone was last
    heard of before it ended; None: never. `home` is the district of the request, empty if it names none.
    """

    id: str
    agent: str
    point: str
    service: str
    citizen: str
    amount_minor: int
    at: datetime
    ending: Ending = Ending.PAID
    met_at: datetime | None = None
    home: str = ""
    heard: Heard = Heard.NOT_ASKED


@dataclass(frozen=True, slots=True)
class Complaint:
    """That a citizen complained of an agent, by name or by a receipt. `id` is the reference under which clerks have it,
    `citizen` a keyed hash, another one than that of a confirmation.
    """

    id: str
    agent: str
    point: str
    citizen: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Witness:
    """That an agent attested that a person is alive, and the office noted it. `id` is the request's reference."""

    id: str
    agent: str
    point: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """What a rule must know of a service point."""

    district: str
    is_open: Callable[[datetime], bool]


@dataclass(frozen=True, slots=True)
class Alert:
    """Why somebody should look at an agent; `about` are the confirmations, complaints or proofs that it
    rests on, oldest first.
    """

    rule: str
    agent: str
    point: str
    about: tuple[str, ...]
    told: str

    @property
    def id(self) -> str:
        """The same however often and whenever somebody looks, as long as it begins with the same one."""
        return f"watch:{self.rule}:{self.agent}:{self.about[0]}"


@dataclass(frozen=True, slots=True)
class Norms:
    """What is ordinary. The numbers are ours and published with what they find; a country changes them."""

    quick_count_max: int = 6
    quick_minutes: int = 10
    split_count_max: int = 2
    split_hours: int = 24
    closed_count_max: int = 1
    closed_minutes: int = 30  # whoever was let in before the door was shut is served
    unmet_hours: int = 36  # no bill lives shorter, or one that its citizen filed could never look so
    unmet_count_max: int = 2
    away_count_max: int = 3
    away_share_max: float = 0.5
    refused_count_min: int = 12
    refused_times_max: float = 2.0
    cancelled_count_max: int = 2
    denied_count_max: int = 0
    complained_count_max: int = 1
    attested_count_max: int = 25
    attested_hours: int = 24


@dataclass(frozen=True, slots=True)
class Watched:
    """All that one agent ended in the days that are looked at, oldest first, and what is ordinary among all.

    `dropped_share` is the share of begun payments that all agents together dropped.
    """

    agent: str
    confirmations: Sequence[Confirmation]
    place: Place | None
    dropped_share: float
    norms: Norms = Norms()
    complaints: Sequence[Complaint] = ()
    attested: Sequence[Witness] = ()

    @property
    def paid(self) -> Sequence[Confirmation]:
        return [one for one in self.confirmations if one.ending is not Ending.DROPPED]
