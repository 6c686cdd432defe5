"""Baselines: what an errand takes of a citizen without this service, each value with who says so and since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

ANY = "*"
"""In the place of a service or a district: of all for which nothing else is said."""


class What(StrEnum):
    """Of one visit, there and back, unless it says otherwise. Money is in minor units."""

    VISITS = "visits"  # that one case takes without this service
    VISITS_LEFT = "visits_left"  # of them, those that it still takes with it, such as fetching a card
    KM = "km"
    FARE = "fare"
    OTHER = "other"  # copies, an assistant, food on the way; never the official fee
    TRAVEL_HOURS = "travel_hours"
    WAITING_HOURS = "waiting_hours"
    DAY_WAGE = "day_wage"
    DAY_HOURS = "day_hours"  # that a day's wage is paid for
    PRICE_USSD = "price_ussd"  # what an errand costs the citizen by each channel
    PRICE_SMS = "price_sms"
    PRICE_AGENT = "price_agent"
    AGENT_VISITS = "agent_visits"  # to a service point, that an errand by an agent takes
    AGENT_HOURS = "agent_hours"  # of one of them, there and back, with the queue
    AGENT_FARE = "agent_fare"
    AGENT_KM = "agent_km"


MONEY = frozenset(
    {What.FARE, What.OTHER, What.DAY_WAGE, What.PRICE_USSD, What.PRICE_SMS, What.PRICE_AGENT, What.AGENT_FARE}
)
DIVISORS = frozenset({What.DAY_HOURS})
"""What other values are divided by; nobody can do so by nothing."""


class Mark(StrEnum):
    MEASURED = "measured"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Baseline:
    """`value` in the unit of its `What`. `n` and `spread` (a standard deviation) are a measurement's; 0: not known."""

    value: float
    mark: Mark
    source: str
    as_of: str
    n: int = 0
    spread: float = 0.0


Key = tuple[str, str, What]
"""Service, district, what."""


@dataclass(frozen=True, slots=True)
class Baselines:
    rows: Mapping[Key, Baseline] = field(default_factory=dict)

    def of(self, service: str, district: str, what: What) -> Baseline | None:
        """What is said of this very service and district, else of the one, else of the other, else of all."""
        for key in ((service, district), (service, ANY), (ANY, district), (ANY, ANY)):
            if (found := self.rows.get((*key, what))) is not None:
                return found
        return None
