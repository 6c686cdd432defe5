"""Statements against the books: exactly what was planted is found, whatever the order, the border of a day, the ids."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.matching import Booked, Difference, Flow, Kind, Line, Outcome, Period, match

DAY = date(2026, 11, 27)
MASERU = ZoneInfo("Africa/Maseru")
MIDNIGHT = datetime(2026, 11, 28, tzinfo=MASERU)
NEXT_WEEK = datetime(2026, 12, 5, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def day_of(at: datetime) -> date:
    return at.astimezone(MASERU).date()


def period(*days: int, now: datetime = NEXT_WEEK) -> Period:
    """Files of some days of November have come whole; 31 is the first of December."""
    covered = {date(2026, 11, 1) + timedelta(days=day - 1) for day in days}
    return Period("mpesa", covered, date(2026, 11, 20), now, day_of)


ALL = period(*range(20, 34))


def booked(number: int, minor: int = 130_00, at: datetime = MIDNIGHT - timedelta(hours=9), **more: object) -> Booked:
    names = frozenset({f"R{number}", f"C{number}"})
    return replace(Booked(f"R{number}", Flow.PAID, minor, "LSL", at, names), **more)  # type: ignore[arg-type]


def line(number: int, minor: int = 130_00, at: datetime = MIDNIGHT - timedelta(hours=9), **more: object) -> Line:
    return replace(Line(f"MP{number}", Flow.PAID, minor, "LSL", at, DAY, (f"C{number}",)), **more)  # type: ignore[arg-type]


def kinds(outcome: Outcome) -> list[str]:
    return [f"{one.kind} {one.line_id or one.receipt}" for one in outcome.differences]


def test_what_agrees_is_paired_and_nothing_differs() -> None:
    outcome = match([line(1), line(2)], [booked(2), booked(1)], ALL)
    assert [(one.id, other.receipt) for one, other in outcome.pairs] == [("MP1", "R1"), ("MP2", "R2")]
    assert (outcome.differences, outcome.carried) == ([], [])


@pytest.mark.parametrize(
    ("lines", "ours", "found"),
    [
        ([], [booked(1)], ["not-stated R1"]),
        ([line(1)], [], ["not-booked MP1"]),
        ([line(1, 129_99)], [booked(1)], ["amount MP1"]),
        ([line(1, currency="ZAR")], [booked(1)], ["currency MP1"]),
        ([line(1), line(1, copy=2)], [booked(1)], ["twice MP1"]),
        ([line(1), line(2, names=("C1",), at=MIDNIGHT)], [booked(1)], ["twice MP2"]),
        ([line(1), line(1, 1_300_00)], [booked(1)], ["changed MP1"]),
        ([line(1, flow=Flow.BACK)], [booked(1)], ["not-booked MP1", "not-stated R1"]),
        ([line(1), line(1, id="MP9", flow=Flow.BACK)], [booked(1), booked(1, flow=Flow.BACK)], []),
    ],
)
def test_each_kind_of_difference_is_told_as_what_it_is(lines: list[Line], ours: list[Booked], found: list[str]) -> None:
    assert sorted(kinds(match(lines, ours, ALL))) == found


def test_the_row_that_agrees_counts_where_a_statement_says_two_things_of_one_id() -> None:
    outcome = match([line(1, 1_00), line(1)], [booked(1)], ALL)
    assert [pair[0].amount_minor for pair in outcome.pairs] == [130_00]
    assert [one.theirs_minor for one in outcome.differences] == [1_00]


def test_a_line_a_second_after_midnight_is_the_payment_of_a_second_before() -> None:
    ours, theirs = booked(1, at=MIDNIGHT - SECOND), line(1, at=MIDNIGHT + SECOND, day=date(2026, 11, 28))
    assert match([theirs], [ours], period(27, 28)).differences == []


def test_what_was_paid_at_midnight_is_carried_until_the_next_days_file_has_come_and_called_then() -> None:
    ours = booked(1, at=MIDNIGHT - SECOND)
    waits = match([], [ours], period(26, 27))
    assert (waits.differences, waits.carried) == ([], [ours])
    assert kinds(match([], [ours], period(26, 27, 28))) == ["not-stated R1"]


def test_what_a_day_without_a_file_should_have_is_not_called() -> None:
    assert match([], [booked(1)], period(25, 26, 28)).carried == [booked(1)]


def test_nothing_is_missing_from_before_the_first_file_ever_and_its_first_hour_waits_for_no_other() -> None:
    begins = replace(period(27, 28), first=DAY)
    first_second = MIDNIGHT - timedelta(days=1)
    ours = [booked(1, at=first_second - SECOND), booked(2, at=first_second)]
    outcome = match([], ours, begins)
    assert (kinds(outcome), outcome.carried) == (["not-stated R2"], [])


def test_money_back_is_missing_only_when_people_had_days_to_give_it() -> None:
    back = booked(1, flow=Flow.BACK)
    assert match([], [back], period(26, 27, 28, 29)).carried == [back]
    assert kinds(match([], [back], period(26, 27, 28, 29, 30))) == ["not-stated R1"]


def test_a_line_whose_payment_may_be_told_of_any_moment_is_carried() -> None:
    soon = period(27, now=MIDNIGHT - timedelta(hours=8.5))
    assert match([line(1)], [], soon).carried == [line(1)]


def test_what_was_matched_before_stays_so_when_a_second_line_comes_that_is_older() -> None:
    first, second = line(1, receipt="R1"), line(2, names=("C1",), at=MIDNIGHT - timedelta(hours=20))
    assert kinds(match([second, first], [booked(1)], ALL)) == ["twice MP2"]


def test_a_difference_has_the_same_id_whenever_it_is_found_again() -> None:
    (first,) = match([line(1, 129_99)], [booked(1)], ALL).differences
    (again,) = match([line(1, 129_99, receipt="R1"), line(2)], [booked(2), booked(1)], ALL).differences
    assert first.id == again.id and len(first.id) == 12


FAULTS = ("lost", "doubled", "off", "stranger", "currency", "changed", "second", "none", "none", "none")
faults = st.lists(st.sampled_from(FAULTS), max_size=60)


def planted(faults: Iterable[str], chance: random.Random) -> tuple[list[Line], list[Booked], set[tuple[str, str]]]:
    """A day on which each payment has its fault, at any moment of it, and what has to be found."""
    lines, ours, wanted = [], [], set()
    for number, fault in enumerate(faults):
        at = MIDNIGHT - timedelta(seconds=chance.randint(1, 86_400))
        minor = chance.randint(2, 1_000_000)
        moved = timedelta(seconds=chance.randint(-600, 600))
        theirs = line(number, minor, at + moved, day=day_of(at + moved))
        lines += [theirs] if fault not in ("lost", "off", "currency") else []
        ours += [booked(number, minor, at)] if fault != "stranger" else []
        other = theirs
        if fault == "doubled":
            other = replace(theirs, copy=2)
        elif fault == "off":
            other = replace(theirs, amount_minor=minor + chance.choice((-1, 1)))
        elif fault == "currency":
            other = replace(theirs, currency="ZAR")
        elif fault == "changed":
            other = replace(theirs, amount_minor=minor + chance.randint(1, 9))
        elif fault == "second":
            other = replace(theirs, id=f"SECOND{number}", at=theirs.at + SECOND)
        lines += [other] if other is not theirs else []
        kind = {"lost": "not-stated", "stranger": "not-booked", "doubled": "twice", "second": "twice", "off": "amount"}
        if fault != "none":
            named = f"R{number}" if fault == "lost" else other.id
            wanted.add((kind.get(fault, fault), named))
    chance.shuffle(lines)
    chance.shuffle(ours)
    return lines, ours, wanted


def named(differences: Iterable[Difference]) -> list[tuple[str, str]]:
    return [(str(one.kind), one.line_id or one.receipt) for one in differences]


@given(faults, st.randoms(use_true_random=False))
def test_whatever_is_planted_in_whatever_day_is_found_and_nothing_else(
    faults: list[str], chance: random.Random
) -> None:
    lines, ours, wanted = planted(faults, chance)
    outcome = match(lines, ours, ALL)
    assert sorted(named(outcome.differences)) == sorted(wanted)
    assert len({one.id for one in outcome.differences}) == len(wanted)
    assert outcome.carried == []


@given(faults, st.randoms(use_true_random=False))
def test_the_order_of_lines_and_payments_plays_no_part(faults: list[str], chance: random.Random) -> None:
    lines, ours, _ = planted(faults, chance)
    first = match(lines, ours, ALL)
    chance.shuffle(lines)
    chance.shuffle(ours)
    assert match(lines, ours, ALL) == first


@given(faults, st.randoms(use_true_random=False))
def test_the_differences_are_exactly_what_the_two_sums_differ_by(faults: list[str], chance: random.Random) -> None:
    lines, ours, _ = planted(faults, chance)
    outcome = match(lines, ours, ALL)
    for currency in ("LSL", "ZAR"):
        theirs = sum(one.amount_minor for one in lines if one.currency == currency)
        mine = sum(one.amount_minor for one in ours if one.currency == currency)
        assert sum(one.gaps.get(currency, 0) for one in outcome.differences) == theirs - mine


def test_kinds_are_words_that_a_person_can_type() -> None:
    assert all(kind.replace("-", "").isalpha() for kind in Kind)
