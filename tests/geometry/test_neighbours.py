"""Pairs of shapes near each other: every pair once, with the place of one seen from the other."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.neighbours import constellations

places = st.lists(st.tuples(st.integers(0, 1), st.integers(-20, 20), st.integers(-20, 20)), min_size=0, max_size=25)
BOXES = np.array([[-1.0, -0.5, 1.0, 0.5], [0.0, 0.0, 0.5, 2.0]])


@given(places, st.sampled_from([0.0, 0.25, 0.999, 3.0]))
def test_every_pair_within_reach_is_listed_once_with_its_relative_position(
    shapes: list[tuple[int, int, int]], reach: float
) -> None:
    group = np.array([g for g, _, _ in shapes], dtype=np.int64)
    x: Floats = np.array([i / 2 for _, i, _ in shapes], dtype=np.float64)
    y: Floats = np.array([j / 3 for _, _, j in shapes], dtype=np.float64)
    expected = {}
    for first in range(len(shapes)):
        for second in range(first + 1, len(shapes)):
            a = BOXES[group[first]] + [x[first], y[first]] * 2
            b = BOXES[group[second]] + [x[second], y[second]] * 2
            gap = max(b[0] - a[2], a[0] - b[2], b[1] - a[3], a[1] - b[3])
            # Pairs exactly at the reach are left to rounding.
            if abs(gap - reach) > 1e-9:
                expected[first, second] = gap < reach
    found = {}
    keys = set()
    for constellation in constellations(x, y, group, BOXES, reach):
        key = (constellation.a, constellation.b, constellation.dx_mm, constellation.dy_mm)
        assert key not in keys
        keys.add(key)
        assert len(constellation.first) == len(constellation.second) > 0
        for first, second in zip(constellation.first.tolist(), constellation.second.tolist(), strict=True):
            assert (first, second) not in found
            found[first, second] = True
            assert first < second
            assert (constellation.a, constellation.b) == (group[first], group[second])
            assert abs(constellation.dx_mm - (x[second] - x[first])) <= 1e-6
            assert abs(constellation.dy_mm - (y[second] - y[first])) <= 1e-6
    assert {pair for pair, near in expected.items() if near} <= set(found)
    assert not {pair for pair, near in expected.items() if not near} & set(found)


def test_a_grid_has_four_constellations_however_many_cells_it_has() -> None:
    """To the right, up, and the two diagonals."""
    column, row = np.meshgrid(np.arange(20), np.arange(30))
    x, y = (column.ravel() * 5.03).astype(np.float64), (row.ravel() * 7.1).astype(np.float64)
    boxes = np.array([[-2.5, -3.535, 2.5, 3.535]])
    found = constellations(x, y, np.zeros(600, dtype=np.int64), boxes, 0.09)
    assert len(found) == 4
    assert sum(len(constellation.first) for constellation in found) == 19 * 30 + 20 * 29 + 2 * 19 * 29
