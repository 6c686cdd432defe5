"""Arrivals: the same from the same seed, in order, and as many as the shape says."""

from __future__ import annotations

import itertools
from random import Random

import pytest

from app.load.shapes import Shape, arrivals, knob_turns, share


def drawn(shape: Shape, seed: int = 1, rate: float = 20.0, seconds: float = 100.0) -> list[float]:
    return list(arrivals(shape, rate, seconds, Random(seed)))


@pytest.mark.parametrize("shape", Shape)
def test_arrivals_come_from_the_seed_alone_and_in_order(shape: Shape) -> None:
    first = drawn(shape)
    assert first == drawn(shape) == sorted(first)
    assert first != drawn(shape, seed=2)
    assert first[0] > 0 and first[-1] < 100


def test_a_steady_load_has_its_rate_and_the_scatter_of_people_who_know_nothing_of_each_other() -> None:
    moments = drawn(Shape.STEADY, rate=50, seconds=400)
    assert len(moments) == pytest.approx(20_000, rel=0.03)
    gaps = [after - before for before, after in itertools.pairwise(moments)]
    mean = sum(gaps) / len(gaps)
    variance = sum((gap - mean) ** 2 for gap in gaps) / len(gaps)
    assert variance**0.5 == pytest.approx(mean, rel=0.05), "of an exponential both are the same"


def test_a_pension_day_climbs_thirtyfold_within_a_minute_and_stays() -> None:
    assert share(Shape.PENSION_DAY, 0, 300) == pytest.approx(1 / 30)
    assert share(Shape.PENSION_DAY, 60, 300) == share(Shape.PENSION_DAY, 299, 300) == 1
    moments = drawn(Shape.PENSION_DAY, rate=50, seconds=120)
    assert sum(at < 10 for at in moments) < 100 < 400 < sum(at >= 110 for at in moments)


def test_an_overload_is_three_times_the_rate_and_comes_back() -> None:
    moments = drawn(Shape.OVERLOAD, rate=50, seconds=400)
    for begin, rate in ((0, 50), (100, 150), (200, 150), (300, 50)):
        assert sum(begin <= at < begin + 100 for at in moments) == pytest.approx(100 * rate, rel=0.05)


def test_offices_are_slow_on_a_pension_day_and_the_registry_is_away_for_most_of_a_run_without_it() -> None:
    assert {turn.office for turn in knob_turns(Shape.PENSION_DAY, 60)} == {"civil-registry", "electricity"}
    assert [(turn.at, turn.knobs) for turn in knob_turns(Shape.OFFICE_DOWN, 100)] == [
        (10.0, {"silent": True}),
        (70.0, {"silent": False}),
    ]
    assert not knob_turns(Shape.STEADY, 60) and not knob_turns(Shape.OVERLOAD, 60)
