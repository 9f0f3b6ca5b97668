"""Laws of control charts: limits from the moving range, and each rule where it is broken and nowhere else."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfbpattern.mapping.control import _broken, _chart


def _rules(values: list[float], *, runs: bool = True) -> list[tuple[int, ...]]:
    """With a centre of 0 and a sigma of 1."""
    return list(_broken(np.array(values), 1.0, runs=runs))


@pytest.mark.parametrize(
    ("values", "broken"),
    [
        ([0.5, 3.01, -0.5], {1: (1,)}),
        ([0.5, 3.0, -0.5], {}),
        ([0.5, -3.01, 0.5], {1: (1,)}),
        ([2.1, 0.0, 2.1], {2: (2,)}),
        ([2.1, 0.0, 0.0, 2.1], {}),
        ([2.1, -2.1, 0.1], {}),
        ([1.1, 1.1, -1.0, 1.1, 1.1], {4: (3,)}),
        ([1.1, 1.1, -1.0, -1.0, 1.1, 1.1], {}),
        ([0.1] * 7 + [-0.1], {}),
        ([0.1] * 9, {7: (4,), 8: (4,)}),
        ([-0.1] * 8, {7: (4,)}),
    ],
)
def test_rules_are_broken_where_the_handbook_says(values: list[float], broken: dict[int, tuple[int, ...]]) -> None:
    assert {k: rules for k, rules in enumerate(_rules(values)) if rules} == broken


def test_groups_without_an_order_have_no_runs() -> None:
    assert _rules([0.1] * 9 + [3.5], runs=False)[-1] == (1,)
    assert not any(_rules([2.5] * 9, runs=False))


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=40))
def test_limits_are_the_mean_and_three_mean_moving_ranges_over_d2(numbers: list[int]) -> None:
    values = np.array(numbers, dtype=float)
    groups = np.arange(len(values))
    chart = _chart("mean", groups, groups, values, floor=-math.inf, runs=True)
    moving = float(np.mean([abs(b - a) for a, b in itertools.pairwise(numbers)]))
    assert chart.centre == pytest.approx(sum(numbers) / len(numbers), abs=1e-9)
    assert chart.limits[1] - chart.centre == pytest.approx(2.66 * moving, rel=1e-3, abs=1e-9)
    for value, rules in zip(numbers, chart.broken, strict=True):
        assert (1 in rules) == (abs(value - chart.centre) > 3 * chart.sigma)


def test_the_lower_limit_of_what_cannot_be_negative_is_not() -> None:
    groups = np.arange(3)
    assert _chart("standard deviation", groups, groups, np.array([1.0, 9.0, 1.0]), floor=0.0, runs=True).limits[0] == 0
