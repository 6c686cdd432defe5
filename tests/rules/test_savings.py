"""The method, by sums made by hand: what is spared, how sure that is, and that nothing is claimed without a ground."""

from __future__ import annotations

import random

import pytest

from app.baselines import Baseline, Baselines, Mark, What
from app.errands import Channel, ErrandKind
from app.savings import (
    Count,
    Interval,
    Measure,
    Said,
    exactly,
    interval_of,
    reckon,
    total,
    unsaid,
    wilson,
)

BIRTH = "birth-certificate"
ENDED, STATUS = ErrandKind.ENDED, ErrandKind.STATUS


def assumed(value: float) -> Baseline:
    return Baseline(value, Mark.ASSUMED, "a panel of clerks", "2026-11-01")


def measured(value: float, n: int = 0, spread: float = 0.0) -> Baseline:
    return Baseline(value, Mark.MEASURED, "an exit survey", "2026-11-01", n, spread)


VALUES = {
    What.VISITS: measured(3), What.VISITS_LEFT: measured(1), What.KM: measured(40), What.FARE: measured(6_000),
    What.OTHER: measured(500), What.TRAVEL_HOURS: measured(4), What.WAITING_HOURS: measured(2),
    What.DAY_WAGE: measured(9_000), What.DAY_HOURS: measured(9), What.PRICE_USSD: measured(100),
}  # fmt: skip
OF_AGENTS = {
    "price_agent": measured(200), "agent_visits": measured(1), "agent_hours": measured(1.5),
    "agent_fare": measured(1_000), "agent_km": measured(5),
}  # fmt: skip


def baselines(**other: Baseline | None) -> Baselines:
    """The values above, save for some."""
    rows = {**VALUES, **{What(what): value for what, value in other.items()}}
    return Baselines({(BIRTH, "*", what): value for what, value in rows.items() if value is not None})


def count(kind: str = ENDED, many: int = 100, channel: str = Channel.USSD, district: str = "Leribe") -> Count:
    return Count(kind, BIRTH, district, "", channel, many)


ALL = {(ENDED, BIRTH): Said(yes=80, no=20, silent=50), (STATUS, BIRTH): Said(yes=10, no=30)}


def test_visits_hours_and_cost_are_those_of_the_share_who_would_have_travelled() -> None:
    saved = reckon(count(), ALL, baselines()).sums
    assert saved[Measure.VISITS].saved.middle == pytest.approx(160)  # 100 x 0.8 x (3 - 1)
    assert saved[Measure.HOURS].saved.middle == pytest.approx(960)
    assert saved[Measure.KM].saved.middle == pytest.approx(6_400)
    # 160 visits of fare, other costs and six hours of a nine-hour day, less M1 for each of the hundred errands
    assert saved[Measure.COST].saved.middle == pytest.approx(160 * (6_000 + 500 + 6_000) - 100 * 100)


def test_a_status_told_is_one_visit_whatever_a_case_takes() -> None:
    saved = reckon(count(STATUS), ALL, baselines(visits=None, visits_left=None)).sums
    assert saved[Measure.VISITS].saved.middle == pytest.approx(25)
    assert saved[Measure.HOURS].saved.middle == pytest.approx(150)


def test_nothing_is_claimed_while_nobody_was_asked() -> None:
    saved = reckon(count(), {}, baselines())
    assert {one.events for one in saved.sums.values()} == {0}
    assert {one.saved for one in saved.sums.values()} == {exactly(0.0)}
    assert any("nobody was asked" in line for line in unsaid(saved, {}))


def test_four_answers_say_nothing_and_five_do() -> None:
    assert Said(yes=4).share is None
    assert Said(yes=4, no=1).share is not None


@pytest.mark.parametrize("what", [one for one in VALUES if one is not What.KM])
def test_cost_is_never_reckoned_from_a_missing_baseline(what: What) -> None:
    saved = reckon(count(), ALL, baselines(**{what.value: None})).sums[Measure.COST]
    assert (saved.events, saved.saved) == (0, exactly(0.0))
    assert saved.unclaimed == {f"no baseline: {what.value}": 100}


def test_a_channel_without_a_price_leaves_cost_unsaid_and_visits_claimed() -> None:
    saved = reckon(count(channel=Channel.AGENT), ALL, baselines(**{**OF_AGENTS, "price_agent": None})).sums
    assert saved[Measure.COST].unclaimed == {"no baseline: price_agent": 100}
    assert saved[Measure.VISITS].events == 100


def test_whoever_went_to_an_agent_is_not_spared_that_way() -> None:
    saved = reckon(count(channel=Channel.AGENT), ALL, baselines(**OF_AGENTS)).sums
    assert saved[Measure.VISITS].saved.middle == pytest.approx(160 - 100)
    assert saved[Measure.HOURS].saved.middle == pytest.approx(960 - 100 * 1.5)
    assert saved[Measure.KM].saved.middle == pytest.approx(6_400 - 100 * 5)
    # M2 for each errand, and of each way its fare and an hour and a half of a nine-hour day
    assert saved[Measure.COST].saved.middle == pytest.approx(160 * 12_500 - 100 * (200 + 1_000 + 1_500))


@pytest.mark.parametrize("measure", list(Measure))
def test_without_a_baseline_of_the_way_to_an_agent_nothing_is_claimed(measure: Measure) -> None:
    saved = reckon(count(channel=Channel.AGENT), ALL, baselines(**{**OF_AGENTS, "agent_visits": None})).sums[measure]
    assert (saved.events, saved.unclaimed) == (0, {"no baseline: agent_visits": 100})


def test_hours_of_a_day_that_were_measured_widen_the_cost() -> None:
    def cost(day_hours: Baseline) -> Interval:
        known = {**dict.fromkeys(("visits", "fare", "day_wage"), measured(9_000)), "day_hours": day_hours}
        return reckon(count(), ALL, baselines(**known)).sums[Measure.COST].saved

    exact, wide = cost(measured(8)), cost(measured(8, n=4, spread=6))
    assert wide.middle == exact.middle
    assert wide.low < exact.low and exact.high * 2 < wide.high  # from 2.1 to 13.9 hours


def test_what_may_be_nothing_divides_nothing() -> None:
    """Of two who said 8 hours, give or take 8, the mean may be 0, and a wage for no hours is none."""
    for day_hours in (measured(0), measured(8, n=2, spread=8)):
        saved = reckon(count(), ALL, baselines(day_hours=day_hours)).sums[Measure.COST]
        assert saved.unclaimed == {"no baseline: day_hours, for so few were asked that it may be 0": 100}
        assert (saved.events, saved.saved) == (0, exactly(0.0))


def test_where_nobody_would_have_travelled_the_channel_is_a_cost() -> None:
    saved = reckon(count(), {(ENDED, BIRTH): Said(no=50)}, baselines()).sums[Measure.COST]
    assert saved.saved.middle == -100 * 100


def test_a_sum_with_an_assumed_value_counts_as_assumed() -> None:
    both = total((reckon(count(), ALL, baselines()), reckon(count(), ALL, baselines(travel_hours=assumed(4)))))
    hours, visits = both.sums[Measure.HOURS], both.sums[Measure.VISITS]
    assert (hours.measured, hours.assumed) == (pytest.approx(960), pytest.approx(960))
    assert (visits.measured, visits.assumed) == (pytest.approx(320), 0.0)


@pytest.mark.parametrize("kind", [ErrandKind.FILED, ErrandKind.PAID, ErrandKind.FOUND])
def test_an_errand_that_nobody_is_asked_about_is_counted_and_not_claimed(kind: ErrandKind) -> None:
    saved = reckon(count(kind), {(kind, BIRTH): Said(yes=100)}, baselines())
    assert (saved.errands, saved.sums[Measure.VISITS].events) == ({kind: 100}, 0)
    assert any(line.startswith("100 ") for line in unsaid(saved, {}))


def test_a_district_has_its_own_value_before_that_of_all() -> None:
    rows = {**baselines().rows, (BIRTH, "Mokhotlong", What.TRAVEL_HOURS): measured(10)}
    far = reckon(count(district="Mokhotlong"), ALL, Baselines(rows)).sums[Measure.HOURS]
    near = reckon(count(), ALL, Baselines(rows)).sums[Measure.HOURS]
    assert far.saved.middle == near.saved.middle * 2


def test_a_measured_mean_has_its_standard_error_and_an_assumed_one_has_none() -> None:
    ends = interval_of(measured(10, n=100, spread=5))
    assert (ends.low, ends.high) == (pytest.approx(10 - 0.98, abs=0.001), pytest.approx(10 + 0.98, abs=0.001))
    assert interval_of(assumed(10)) == exactly(10)
    assert interval_of(measured(10, n=1)) == exactly(10)


def test_the_ends_of_a_product_may_come_from_crossed_signs() -> None:
    assert Interval(-1, 1, 2).times(Interval(3, 4, 5)) == Interval(-5, 4, 10)


def test_the_ends_of_a_quotient_come_of_opposite_ends() -> None:
    assert Interval(4, 6, 10).over(Interval(2, 3, 5)) == Interval(
        pytest.approx(0.8), pytest.approx(2), pytest.approx(5)
    )


def test_wilson_agrees_with_the_worked_example() -> None:
    """Newcombe, Two-sided confidence intervals for the single proportion (1998), table I: 81 of 263 and 0 of 20."""
    assert (round(wilson(81, 263).low, 4), round(wilson(81, 263).high, 4)) == (0.2553, 0.3662)
    assert (round(wilson(0, 20).low, 4), round(wilson(0, 20).high, 4)) == (0.0, 0.1611)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(share: float) -> None:
    chance, held, trials = random.Random(7), 0, 2_000
    for _ in range(trials):
        yes = sum(chance.random() < share for _ in range(60))
        ends = wilson(yes, 60)
        held += ends.low <= share <= ends.high
    assert 0.93 <= held / trials <= 0.98
