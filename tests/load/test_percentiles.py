"""Percentiles: nearest rank, so that each is a value that was really measured."""

from __future__ import annotations

import pytest

from app.load.percentiles import percentile


@pytest.mark.parametrize(
    ("share", "value"), [(0.0, 1), (0.01, 1), (0.5, 50), (0.501, 51), (0.9, 90), (0.99, 99), (0.999, 100), (1.0, 100)]
)
def test_of_a_hundred_values_each_share_has_its_rank(share: float, value: float) -> None:
    assert percentile(range(1, 101), share) == value


def test_shares_that_floats_cannot_hold_are_not_rounded_up() -> None:
    assert percentile(range(1, 1001), 0.999) == 999
    assert percentile(range(1, 11), 0.7) == 7


def test_of_one_value_every_share_is_that_value_and_of_none_it_is_zero() -> None:
    assert percentile([7.0], 0.01) == percentile([7.0], 1.0) == 7.0
    assert percentile([], 0.5) == 0.0
