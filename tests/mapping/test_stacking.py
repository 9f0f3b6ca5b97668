"""Laws of stacks: within the windows, no cell twice, the most there can be on one column."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfbpattern.errors import InputError
from tfbpattern.mapping.stacking.matching import match
from tfbpattern.mapping.stacking.ranks import ranks_of
from tfbpattern.model.stacks import Window

_WIDTH = Window(column="a", width=Decimal("0.3"))
_PERCENT = Window(column="a", percent=Decimal("10"))


def _fits(values: list[float], window: Window) -> bool:
    low, high = Decimal(repr(min(values))), Decimal(repr(max(values)))
    if window.width is not None:
        return high - low <= window.width
    assert window.percent is not None
    return high * 100 <= low * (100 + window.percent)


def _most(rows: Sequence[tuple[float, ...]], windows: list[Window], layers: int) -> int:
    """The most stacks, by trying everything: each cell in turn is in no stack, or in one with the others."""
    good = [
        frozenset(chosen)
        for chosen in itertools.combinations(range(len(rows)), layers)
        if all(_fits([rows[k][d] for k in chosen], window) for d, window in enumerate(windows))
    ]
    known: dict[frozenset[int], int] = {}

    def best(left: frozenset[int]) -> int:
        if left not in known:
            if len(left) < layers:
                return 0
            first = min(left)
            found = best(left - {first})
            for stack in good:
                if first in stack and stack <= left:
                    found = max(found, 1 + best(left - stack))
            known[left] = found
        return known[left]

    return best(frozenset(range(len(rows))))


def _check(rows: Sequence[tuple[float, ...]], windows: list[Window], layers: int, stacks: list[list[int]]) -> None:
    cells = [cell for stack in stacks for cell in stack]
    assert len(cells) == len({*cells}) == layers * len(stacks)
    for stack in stacks:
        for d, window in enumerate(windows):
            assert _fits([rows[k][d] for k in stack], window)


@pytest.mark.parametrize("window", [_WIDTH, _PERCENT])
def test_on_one_column_no_choice_gives_more_on_a_thousand_lots(window: Window) -> None:
    rng = np.random.default_rng(7)
    for _ in range(1000):
        count, layers = int(rng.integers(0, 10)), int(rng.integers(2, 5))
        rows = [(float(value),) for value in np.round(rng.uniform(1.0, 3.0, count), 1)]
        stacks, bound = match([ranks_of(np.array([r[0] for r in rows]), window)], layers)
        _check(rows, [window], layers, stacks)
        assert len(stacks) == bound == _most(rows, [window], layers)


@given(st.integers(0, 100_000), st.integers(2, 4))
def test_on_several_columns_the_bound_holds_and_stacks_fit(seed: int, layers: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.round(rng.uniform(1.0, 1.8, (int(rng.integers(2, 10)), 2)), 1)
    rows = [tuple(row) for row in values.tolist()]
    windows = [_WIDTH, Window(column="b", percent=Decimal("25"))]
    stacks, bound = match([ranks_of(values[:, d], window) for d, window in enumerate(windows)], layers)
    _check(rows, windows, layers, stacks)
    most = _most(rows, windows, layers)
    assert len(stacks) <= most <= bound


def test_hundreds_of_cells_on_three_columns_come_within_two_percent_of_the_bound() -> None:
    values = np.round(np.random.default_rng(1).normal(10.0, 0.5, (400, 3)), 3)
    window = Window(column="a", width=Decimal(1))
    stacks, bound = match([ranks_of(values[:, d], window) for d in range(3)], 8)
    _check([tuple(row) for row in values.tolist()], [window] * 3, 8, stacks)
    assert len(stacks) >= 0.98 * bound


@pytest.mark.parametrize(
    ("values", "window", "expected"),
    [
        # As binary fractions 0.3 - 0.1 exceeds 0.2, and 1.1 x 0.3 is less than 0.33.
        ([0.1, 0.3], Window(column="a", width=Decimal("0.2")), 1),
        ([0.1, 0.3], Window(column="a", width=Decimal("0.19999999")), 0),
        ([2.1, 2.11], Window(column="a", width=Decimal("0.010")), 1),
        ([0.3, 0.33], Window(column="a", percent=Decimal(10)), 1),
        ([0.3, 0.3300001], Window(column="a", percent=Decimal(10)), 0),
        ([5.0, 5.0], Window(column="a", width=Decimal(0)), 1),
        ([100.0, 105.0], Window(column="a", percent=Decimal(5)), 1),
        ([-2.0, -1.9], Window(column="a", width=Decimal("0.1")), 1),
    ],
)
def test_windows_hold_on_the_decimals_as_written_inclusively(
    values: list[float], window: Window, expected: int
) -> None:
    stacks, bound = match([ranks_of(np.array(values), window)], 2)
    assert len(stacks) == bound == expected


def test_a_percentage_of_what_is_not_positive_is_refused() -> None:
    for values in ([-1.0, 2.0], [0.0, 1.0]):
        with pytest.raises(InputError, match="positive"):
            ranks_of(np.array(values), _PERCENT)


@pytest.mark.parametrize(("width", "percent"), [(None, None), ("1", "1"), ("-1", None), (None, "-0.1"), ("NaN", None)])
def test_a_window_that_is_none_cannot_be_made(width: str | None, percent: str | None) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        Window(
            column="a",
            width=None if width is None else Decimal(width),
            percent=None if percent is None else Decimal(percent),
        )
