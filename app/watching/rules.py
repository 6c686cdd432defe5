"""The rules by which agents are watched: each a pure function from what an agent did to alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from math import sqrt
from statistics import NormalDist
from typing import TypeVar

from app.watching.facts import Alert, Complaint, Confirmation, Ending, Heard, Watched, Witness

K = TypeVar("K")
D = TypeVar("D", Confirmation, Witness)
Rule = Callable[[Watched], Iterator[Alert]]
_SURE = NormalDist().inv_cdf(0.99)


def quick(seen: Watched) -> Iterator[Alert]:
    """More payments within some minutes than one person at a counter takes."""
    norms = seen.norms
    for burst in _bursts(seen.paid, timedelta(minutes=norms.quick_minutes), norms.quick_count_max):
        yield _alert("quick", burst, f"{len(burst)} payments within {norms.quick_minutes} minutes or in a row of such")


def split(seen: Watched) -> Iterator[Alert]:
    """One citizen pays for one service again and again: a flat commission is earned each time."""
    norms = seen.norms
    for same in _grouped(seen.paid, lambda one: (one.service, one.citizen)).values():
        for burst in _bursts(same, timedelta(hours=norms.split_hours), norms.split_count_max):
            yield _alert("split", burst, f"{len(burst)} payments of one citizen for {burst[0].service} within a day")


def after_hours(seen: Watched) -> Iterator[Alert]:
    """Payments while the point is shut, each day by itself."""
    if seen.place is None:
        return
    late = timedelta(minutes=seen.norms.closed_minutes)
    is_open = seen.place.is_open
    shut = [one for one in seen.paid if not (is_open(one.at) or is_open(one.at - late))]
    for night in _bursts(shut, timedelta(hours=12), seen.norms.closed_count_max):
        yield _alert("after_hours", night, f"{len(night)} payments while the point is shut")


def unmet(seen: Watched) -> Iterator[Alert]:
    """Bills of people whose own phone was not heard of: somebody else may have filed for them, or nobody is there."""
    patience = timedelta(hours=seen.norms.unmet_hours)
    alone = [one for one in seen.paid if one.met_at is None or one.at - one.met_at > patience]
    if len(alone) > seen.norms.unmet_count_max:
        yield _alert("unmet", alone, f"{len(alone)} payments for citizens whose phone was not heard of")


def far_away(seen: Watched) -> Iterator[Alert]:
    """Most citizens come from another district than the point's."""
    norms = seen.norms
    if seen.place is None:
        return
    known = [one for one in seen.paid if one.home]
    away = [one for one in known if one.home != seen.place.district]
    if len(away) > norms.away_count_max and len(away) > norms.away_share_max * len(known):
        yield _alert("far_away", away, f"{len(away)} of {len(known)} payments are for people of other districts")


def refusing(seen: Watched) -> Iterator[Alert]:
    """Begun and not ended far more often than others do it, by service: a badly paid service is turned away."""
    norms = seen.norms
    for service, begun in _grouped(seen.confirmations, lambda one: one.service).items():
        dropped = [one for one in begun if one.ending is Ending.DROPPED]
        if len(begun) < norms.refused_count_min or not dropped:
            continue
        if _at_least(len(dropped), len(begun)) > norms.refused_times_max * seen.dropped_share:
            told = f"{len(dropped)} of {len(begun)} payments for {service} were begun and dropped"
            yield _alert("refusing", dropped, told)


def taking_back(seen: Watched) -> Iterator[Alert]:
    """Cancelled again and again: the citizen may hold a receipt for money that is gone."""
    back = [one for one in seen.confirmations if one.ending is Ending.CANCELLED]
    if len(back) > seen.norms.cancelled_count_max:
        yield _alert("taking_back", back, f"{len(back)} payments were cancelled")


def denied(seen: Watched) -> Iterator[Alert]:
    """A citizen who was asked said that they had not paid."""
    no = [one for one in seen.paid if one.heard is Heard.NO]
    if len(no) > seen.norms.denied_count_max:
        yield _alert("denied", no, f"{len(no)} citizens say that they have not paid")


def complained(seen: Watched) -> Iterator[Alert]:
    """Several citizens complain of one agent. Each complaint is a clerk's task; this says that there are more."""
    first: dict[str, Complaint] = {}
    for one in seen.complaints:
        first.setdefault(one.citizen, one)
    if len(first) > seen.norms.complained_count_max:
        yield _alert("complained", list(first.values()), f"{len(first)} citizens complain")


def attesting(seen: Watched) -> Iterator[Alert]:
    """More people attested within a day than are likely to have stood there: a list may have been typed."""
    norms = seen.norms
    for burst in _bursts(seen.attested, timedelta(hours=norms.attested_hours), norms.attested_count_max):
        yield _alert("attesting", burst, f"{len(burst)} people attested to be alive within a day or in a row of such")


RULES: Mapping[str, Rule] = {
    rule.__name__: rule
    for rule in (quick, split, after_hours, unmet, far_away, refusing, taking_back, denied, complained, attesting)
}


def look(seen: Watched) -> Sequence[Alert]:
    """All that looks odd of one agent."""
    return [alert for rule in RULES.values() for alert in rule(seen)]


def dropped_share(confirmations: Iterable[Confirmation]) -> float:
    """Of all begun payments; never quite zero, so that the first agent who drops one is not odd by that alone."""
    begun = dropped = 0
    for one in confirmations:
        begun += 1
        dropped += one.ending is Ending.DROPPED
    return share_of(dropped, begun)


def share_of(dropped: int, begun: int) -> float:
    """Of counts what `dropped_share` makes of confirmations."""
    return (dropped + 1) / (begun + 2)


def _alert(rule: str, about: Sequence[Confirmation] | Sequence[Complaint] | Sequence[Witness], told: str) -> Alert:
    return Alert(rule, about[0].agent, about[0].point, tuple(one.id for one in about), told)


def _bursts(of: Sequence[D], within: timedelta, most: int) -> Iterator[Sequence[D]]:
    """Stretches in which each is one of more than `most` that lie within this time; oldest first, and apart."""
    burst: list[D] = []
    last = -1
    for end, one in enumerate(of):
        start = end - most
        if start < 0 or one.at - of[start].at > within:
            continue
        if start > last and burst:
            yield burst
            burst = []
        burst += of[max(start, last + 1) : end + 1]
        last = end
    if burst:
        yield burst


def _grouped(of: Iterable[Confirmation], key: Callable[[Confirmation], K]) -> Mapping[K, list[Confirmation]]:
    groups: defaultdict[K, list[Confirmation]] = defaultdict(list)
    for one in of:
        groups[key(one)].append(one)
    return groups


def _at_least(hits: int, of: int) -> float:
    """The share that is surpassed with 99 % certainty: the lower end of Wilson's interval, on one side."""
    share, square = hits / of, _SURE * _SURE
    middle = share + square / (2 * of)
    spread = _SURE * sqrt((share * (1 - share) + square / (4 * of)) / of)
    return (middle - spread) / (1 + square / of)
