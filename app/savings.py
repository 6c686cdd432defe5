"""Time, cost and visits that people were spared, reckoned from counts, answers and baselines, and what cannot be said.

The method is a2i's (Time, Cost, Visit), from the citizen's side. Nothing is claimed that nobody was asked about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from math import sqrt
from statistics import NormalDist

from app.baselines import Baseline, Baselines, Mark, What
from app.errands import Channel, ErrandKind

SURE = 0.95
Z = NormalDist().inv_cdf((1 + SURE) / 2)
ANSWERS_MIN = 5
"""Fewer answers say nothing: their interval is nearly everything, and somebody could be guessed."""
CLAIMED = (ErrandKind.ENDED, ErrandKind.STATUS)
"""The errands that citizens are asked about; of all others no saving is claimed."""
PRICES: Mapping[str, What] = {
    Channel.USSD: What.PRICE_USSD,
    Channel.SMS: What.PRICE_SMS,
    Channel.AGENT: What.PRICE_AGENT,
}


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with the ends between which it lies."""

    low: float
    middle: float
    high: float

    def times(self, other: Interval) -> Interval:
        ends = [one * two for one, two in product((self.low, self.high), (other.low, other.high))]
        return Interval(min(ends), self.middle * other.middle, max(ends))

    def plus(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.middle + other.middle, self.high + other.high)

    def minus(self, other: Interval) -> Interval:
        return Interval(self.low - other.high, self.middle - other.middle, self.high - other.low)

    def over(self, other: Interval) -> Interval:
        """Each end of the quotient comes of opposite ends, so `other` must be above 0 altogether."""
        assert other.low > 0, "nothing is divided by what may be nothing"
        return self.times(Interval(1 / other.high, 1 / other.middle, 1 / other.low))

    def by(self, count: float) -> Interval:
        return self.times(exactly(count))


def exactly(value: float) -> Interval:
    return Interval(value, value, value)


NOTHING = exactly(0.0)


def wilson(yes: int, asked: int) -> Interval:
    """The share of a yes, with Wilson's score interval: sound for few answers too, and never below 0 or above 1.

    Wilson, Probable inference, the law of succession, and statistical inference (1927).
    """
    assert 0 <= yes <= asked and asked > 0, "a share of something"
    share, spread = yes / asked, Z * Z / asked
    centre = (share + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * sqrt(share * (1 - share) / asked + spread / (4 * asked))
    return Interval(max(0.0, centre - half), share, min(1.0, centre + half))


def interval_of(baseline: Baseline) -> Interval:
    """A mean with its standard error, where how many were asked and how they differed is known."""
    if baseline.mark is not Mark.MEASURED or baseline.n < 2:
        return exactly(baseline.value)
    half = Z * baseline.spread / sqrt(baseline.n)
    return Interval(max(0.0, baseline.value - half), baseline.value, baseline.value + half)


@dataclass(frozen=True, slots=True)
class Count:
    """How many errands of one sort there were; an empty name is not known."""

    kind: str
    service: str
    district: str
    point: str
    channel: str
    count: int


@dataclass(frozen=True, slots=True)
class Said:
    """What was asked about errands of one kind and service: how many would have travelled, would not, said nothing."""

    yes: int = 0
    no: int = 0
    silent: int = 0

    @property
    def answers(self) -> int:
        return self.yes + self.no

    @property
    def share(self) -> Interval | None:
        """Of those who answered, who would have travelled; None: too few to say."""
        return wilson(self.yes, self.answers) if self.answers >= ANSWERS_MIN else None


class Measure(StrEnum):
    VISITS = "visits"
    HOURS = "hours"
    COST = (
        "cost"  # in minor units: fare, other costs and wage, less price and way of the channel; never the official fee
    )
    KM = "km"


@dataclass(frozen=True, slots=True)
class Sum:
    """What was saved of one measure. `events` stand behind it, and `unclaimed` by why they do not.

    `measured` is the part of its middle that was reckoned from nothing but measured values; the rest is assumed.
    """

    saved: Interval = NOTHING
    events: int = 0
    measured: float = 0.0
    assumed: float = 0.0
    unclaimed: Mapping[str, int] = field(default_factory=dict)

    def plus(self, other: Sum) -> Sum:
        return Sum(
            self.saved.plus(other.saved),
            self.events + other.events,
            self.measured + other.measured,
            self.assumed + other.assumed,
            dict(Counter(self.unclaimed) + Counter(other.unclaimed)),
        )


@dataclass(frozen=True, slots=True)
class Saved:
    """A group of errands: how many of each kind, and what was saved of each measure."""

    errands: Mapping[str, int]
    sums: Mapping[Measure, Sum]

    @property
    def count(self) -> int:
        return sum(self.errands.values())

    def plus(self, other: Saved) -> Saved:
        errands = dict(Counter(self.errands) + Counter(other.errands))
        return Saved(errands, {measure: self.sums[measure].plus(other.sums[measure]) for measure in Measure})


NO_ERRANDS = Saved({}, dict.fromkeys(Measure, Sum()))
Answers = Mapping[tuple[str, str], Said]
"""By kind of errand and service."""


def reckon(count: Count, answers: Answers, baselines: Baselines) -> Saved:
    """What the errands of one sort saved; what is not known of any of its parts is not claimed, and says why."""
    if count.kind not in CLAIMED:
        return Saved({count.kind: count.count}, dict.fromkeys(Measure, Sum()))
    share = answers.get((count.kind, count.service), Said()).share
    sums = {measure: _sum(measure, count, share, _Values(count, baselines)) for measure in Measure}
    return Saved({count.kind: count.count}, sums)


def total(parts: Iterable[Saved]) -> Saved:
    whole = NO_ERRANDS
    for part in parts:
        whole = whole.plus(part)
    return whole


@dataclass(slots=True)
class _Values:
    """The baselines of one sort of errands; notes which were missing and whether all that were taken were measured."""

    count: Count
    baselines: Baselines
    missing: list[str] = field(default_factory=list)
    is_measured: bool = True

    def __getitem__(self, what: What) -> Interval:
        found = self.baselines.of(self.count.service, self.count.district, what)
        if found is None:
            self.missing.append(what.value)
            return NOTHING
        self.is_measured &= found.mark is Mark.MEASURED
        return interval_of(found)


def _sum(measure: Measure, count: Count, share: Interval | None, values: _Values) -> Sum:
    if share is None:
        return Sum(unclaimed={"nobody was asked, or too few answered": count.count})
    avoided = share.by(count.count).times(_visits(count, values))
    saved = _OF[measure](avoided, count, values).minus(_ways(measure, count, values))
    if values.missing:
        return Sum(unclaimed={f"no baseline: {', '.join(dict.fromkeys(values.missing))}": count.count})
    measured = saved.middle if values.is_measured else 0.0
    return Sum(saved, count.count, measured, saved.middle - measured)


def _visits(count: Count, values: _Values) -> Interval:
    """That one errand spares whoever would have travelled: a status told is one visit by definition."""
    if count.kind == ErrandKind.STATUS:
        return exactly(1.0)
    return values[What.VISITS].minus(values[What.VISITS_LEFT])


def _ways(measure: Measure, count: Count, values: _Values) -> Interval:
    """What the ways to a service point took of everybody who went to one, whether or not they would have travelled."""
    if count.channel != Channel.AGENT:
        return NOTHING
    return values[What.AGENT_VISITS].by(count.count).times(_OF_EACH_WAY[measure](values))


def _hours(avoided: Interval, count: Count, values: _Values) -> Interval:
    return avoided.times(values[What.TRAVEL_HOURS].plus(values[What.WAITING_HOURS]))


def _of_a_day(hours: Interval, values: _Values) -> Interval:
    """The part of a day's wage that some hours take."""
    day_hours, wage = values[What.DAY_HOURS], values[What.DAY_WAGE]
    if day_hours.low > 0:
        return wage.times(hours.over(day_hours))
    if What.DAY_HOURS not in values.missing:
        values.missing.append("day_hours, for so few were asked that it may be 0")
    return NOTHING


def _cost(avoided: Interval, count: Count, values: _Values) -> Interval:
    """The price of the channel is paid by everybody, whether or not they would have travelled."""
    hours = values[What.TRAVEL_HOURS].plus(values[What.WAITING_HOURS])
    visit = values[What.FARE].plus(values[What.OTHER]).plus(_of_a_day(hours, values))
    price = PRICES.get(count.channel)
    if price is None:
        values.missing.append("the channel")
        return NOTHING
    return avoided.times(visit).minus(values[price].by(count.count))


_Of = Callable[[Interval, Count, _Values], Interval]
_OF: Mapping[Measure, _Of] = {
    Measure.VISITS: lambda avoided, count, values: avoided,
    Measure.HOURS: _hours,
    Measure.COST: _cost,
    Measure.KM: lambda avoided, count, values: avoided.times(values[What.KM]),
}

_OF_EACH_WAY: Mapping[Measure, Callable[[_Values], Interval]] = {
    Measure.VISITS: lambda values: exactly(1.0),
    Measure.HOURS: lambda values: values[What.AGENT_HOURS],
    Measure.COST: lambda values: values[What.AGENT_FARE].plus(_of_a_day(values[What.AGENT_HOURS], values)),
    Measure.KM: lambda values: values[What.AGENT_KM],
}


def unsaid(saved: Saved, answers: Answers) -> Sequence[str]:
    """In words, what cannot be said."""
    lines = []
    for kind, told in (
        (ErrandKind.PAID, "payments were counted; nobody is asked about them, so nothing is claimed"),
        (ErrandKind.FOUND, "look-ups were counted; nobody is asked about them, so nothing is claimed"),
        (ErrandKind.FILED, "requests were filed; what they spare is claimed when they are done"),
    ):
        if saved.errands.get(kind):
            lines.append(f"{saved.errands[kind]} {told}.")
    for measure, one in saved.sums.items():
        lines += [f"{measure}: {count} errands are not claimed: {why}." for why, count in sorted(one.unclaimed.items())]
    for (sort, service), said in sorted(answers.items()):
        asked = said.answers + said.silent
        lines.append(
            f"{sort} {service}: {asked} were asked and {said.answers} answered; nothing is known of those who did not."
        )
    return lines
