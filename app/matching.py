"""Statements against the books: which line of a wallet's or a bank's is which booking of ours, what differs. No I/O.

A line is known by the wallet's own id, a booking by the ids that either side has for it. Times play a part only in
saying when something that is missing is late.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app import limits


class Flow(StrEnum):
    """Which way money went, seen from the account that a statement is of."""

    PAID = "paid"  # it came in
    BACK = "back"  # it was given back to whoever paid
    OUT = "out"  # it was handed over to the treasury's bank

    def signed(self, minor: int) -> int:
        return minor if self is Flow.PAID else -minor


@dataclass(frozen=True, slots=True)
class Line:
    """What a statement says happened. `names` are other ids in it; `day` is that of the file.

    `copy` counts lines with one id that one file holds more than once, from 1. `receipt` is the booking with which the
    line was matched before.
    """

    id: str
    flow: Flow
    amount_minor: int
    currency: str
    at: datetime
    day: date
    names: tuple[str, ...] = ()
    bill_code: str = ""
    copy: int = 1
    receipt: str = ""
    digest: str = ""

    @property
    def money(self) -> tuple[Flow, str, int]:
        return self.flow, self.currency, self.amount_minor


@dataclass(frozen=True, slots=True)
class Booked:
    """What the books say happened on the same account; `names` are all ids that a line may have for it.

    `is_by_hand`: somebody went to a bank for it, so either side may have it days before the other.
    """

    receipt: str
    flow: Flow
    amount_minor: int
    currency: str
    at: datetime
    names: frozenset[str]
    is_by_hand: bool = False

    @property
    def money(self) -> tuple[Flow, str, int]:
        return self.flow, self.currency, self.amount_minor


class Kind(StrEnum):
    NOT_STATED = "not-stated"  # ours is missing at theirs
    NOT_BOOKED = "not-booked"  # theirs is missing with us
    AMOUNT = "amount"
    CURRENCY = "currency"
    TWICE = "twice"  # one booking of ours, more than once at theirs
    CHANGED = "changed"  # one id at theirs, with other money than before
    BALANCE = "balance"  # every line agrees, and the closing balance does not


REMEDIES: Mapping[Kind, str] = {
    Kind.NOT_STATED: "Ask the wallet for it; if it never came, settle with `book`.",
    Kind.NOT_BOOKED: "Look whose it is: vouch for the file, or settle with `take` and its bill, else with `book`; "
    "what an agent paid in is a `top-up` with its `--reference`.",
    Kind.AMOUNT: "Ask the wallet which amount moved; if theirs, settle with `book`.",
    Kind.CURRENCY: "Ask the wallet which currency moved; if theirs, settle with `book`.",
    Kind.TWICE: "Ask the wallet whether it moved twice; if so, have it given back, or settle with `book`.",
    Kind.CHANGED: "Ask the wallet which of its two rows holds, and settle with `explain` or `book`.",
    Kind.BALANCE: "Every line agrees: ask the wallet for what no line shows, and settle with `explain` or `book`.",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """What a person has to settle. Amounts are signed, above zero what came in; 0 where a side has nothing."""

    kind: Kind
    source: str
    day: date
    flow: Flow
    line_id: str
    copy: int
    receipt: str
    theirs_minor: int
    theirs_currency: str
    ours_minor: int
    ours_currency: str
    bill_code: str = ""

    @property
    def id(self) -> str:
        """The same whenever the same is found again."""
        told: tuple[str, ...] = (self.source, self.kind, self.flow, self.line_id, str(self.copy), self.receipt)
        if self.kind is Kind.BALANCE:
            told += (str(sorted(self.gaps.items())),)
        if self.kind is Kind.CHANGED:
            told += (str(self.theirs_minor), self.theirs_currency)
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]

    @property
    def remedy(self) -> str:
        """What whoever settles it may do; two clerks of all offices decide."""
        return REMEDIES[self.kind]

    @property
    def gaps(self) -> Mapping[str, int]:
        """By currency, how much more theirs is than ours."""
        found = {self.theirs_currency: self.theirs_minor} if self.theirs_minor else {}
        if self.ours_minor:
            found[self.ours_currency] = found.get(self.ours_currency, 0) - self.ours_minor
        return {currency: minor for currency, minor in found.items() if minor}


@dataclass(frozen=True, slots=True)
class Period:
    """What is known when lines and bookings are compared: days whose files have come whole, the first day of which any
    has come, the moment, and which day a moment is in where the source is. Bookings of earlier days are not judged.
    """

    source: str
    covered: Set[date]
    first: date
    now: datetime
    day_of: Callable[[datetime], date]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`pairs` are one and the same, also where their amounts differ; `carried` may still turn up on the other side."""

    pairs: Sequence[tuple[Line, Booked]]
    differences: Sequence[Difference]
    carried: Sequence[Line | Booked]


ByName = dict[tuple[Flow, str], list[Booked]]


def match(lines: Iterable[Line], booked: Iterable[Booked], period: Period) -> Outcome:
    """Compare all lines and bookings that may belong together; the order in which they come plays no part."""
    listed = sorted(booked, key=lambda one: (one.at, one.flow, one.receipt))
    by_name: ByName = {}
    for booking in listed:
        for name in booking.names:
            by_name.setdefault((booking.flow, name), []).append(booking)
    by_receipt = {(one.flow, one.receipt): one for one in listed}
    claims: dict[tuple[Flow, str], list[Line]] = {}
    differences: list[Difference] = []
    carried: list[Line | Booked] = []
    for line, repeats in _once(lines, by_name):
        known = by_receipt.get((line.flow, line.receipt))
        one = known or _named(line, by_name, frozenset(receipt for _, receipt in claims))
        for extra in repeats:
            kind = Kind.TWICE if extra.money == line.money else Kind.CHANGED
            differences.append(_of_line(kind, period, extra, one.receipt if one else ""))
        if one is not None:
            claims.setdefault((one.flow, one.receipt), []).append(line)
        elif period.now < line.at + timedelta(hours=limits.bill_telling_hours):
            carried.append(line)
        else:
            differences.append(_of_line(Kind.NOT_BOOKED, period, line))
    pairs = []
    for one in listed:
        claiming = sorted(claims.get((one.flow, one.receipt), ()), key=lambda line: _nearness(line, one))
        if claiming:
            pairs.append((claiming[0], one))
            differences += _compared(claiming[0], one, period)
            differences += [_of_line(Kind.TWICE, period, line, one.receipt) for line in claiming[1:]]
        elif period.day_of(one.at) < period.first:
            continue
        elif open_days(one, period):
            carried.append(one)
        else:
            differences.append(_of_booking(period, one))
    return Outcome(pairs, sorted(differences, key=lambda found: (found.day, found.id)), carried)


def _once(lines: Iterable[Line], by_name: ByName) -> Iterable[tuple[Line, Sequence[Line]]]:
    """Each id of theirs with the line that counts, and with those that say it again or say something else."""
    by_id: dict[str, list[Line]] = {}
    for line in lines:
        by_id.setdefault(line.id, []).append(line)
    for id in sorted(by_id):
        ordered = sorted(by_id[id], key=lambda line: (not _agrees(line, by_name), line.day, line.copy, line.money))
        yield ordered[0], ordered[1:]


def _agrees(line: Line, by_name: ByName) -> bool:
    one = _named(line, by_name)
    return one is not None and one.money == line.money


def _named(line: Line, by_name: ByName, claimed: Set[str] = frozenset()) -> Booked | None:
    """The booking of the first name that is known. Of two that have one name, as what went back of a payment in two
    parts, the one of the same money that no line has claimed.
    """
    found = (by_name.get((line.flow, name)) for name in (line.id, *line.names))
    ones = next((listed for listed in found if listed), ())
    return min(ones, key=lambda one: (one.money != line.money, one.receipt in claimed), default=None)


def _nearness(line: Line, one: Booked) -> tuple[bool, bool, datetime, str]:
    """What was matched before stays so, then what agrees comes first, then what came first."""
    return line.receipt != one.receipt, line.money != one.money, line.at, line.id


def open_days(one: Booked, period: Period) -> Sequence[date]:
    """Days whose files have not come whole and may have it. What people do by hand in a portal may take days, and a
    wallet may tell of money some hours after it came.
    """
    border = timedelta(seconds=limits.statement_border_seconds)
    by_hand = timedelta(days=limits.statement_by_hand_days)
    later = by_hand if one.is_by_hand or one.flow is not Flow.PAID else border
    told_late = timedelta(hours=limits.bill_telling_hours)
    day, last = period.day_of(one.at - told_late), period.day_of(one.at + later)
    days = [day + timedelta(days=further) for further in range((last - day).days + 1)]
    return [one_day for one_day in days if one_day >= period.first and one_day not in period.covered]


def _compared(line: Line, one: Booked, period: Period) -> list[Difference]:
    if line.currency != one.currency:
        return [_of_pair(Kind.CURRENCY, line, one, period)]
    return [_of_pair(Kind.AMOUNT, line, one, period)] if line.amount_minor != one.amount_minor else []


def _of_line(kind: Kind, period: Period, line: Line, receipt: str = "") -> Difference:
    theirs = line.flow.signed(line.amount_minor)
    return Difference(
        kind, period.source, line.day, line.flow, line.id, line.copy, receipt, theirs, line.currency, 0, "",
        line.bill_code,
    )  # fmt: skip


def _of_pair(kind: Kind, line: Line, one: Booked, period: Period) -> Difference:
    theirs, ours = line.flow.signed(line.amount_minor), one.flow.signed(one.amount_minor)
    return Difference(
        kind, period.source, line.day, line.flow, line.id, 1, one.receipt, theirs, line.currency, ours, one.currency,
    )  # fmt: skip


def _of_booking(period: Period, one: Booked) -> Difference:
    ours, day = one.flow.signed(one.amount_minor), period.day_of(one.at)
    return Difference(Kind.NOT_STATED, period.source, day, one.flow, "", 1, one.receipt, 0, "", ours, one.currency)
