"""Laws of covering: capsules and sides against points along them, and gaps against shapely."""

from __future__ import annotations

import math

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tfbpattern.proof.covering import covered, gaps, sides

_COORDINATE = st.integers(-300, 300).map(lambda n: n / 100)
_POINT = st.tuples(_COORDINATE, _COORDINATE)


@given(p=_POINT, q=_POINT, a=_POINT, b=_POINT, radius=st.integers(1, 200).map(lambda n: n / 100))
def test_the_part_of_a_side_that_is_covered_is_that_within_the_radius(
    p: tuple[float, float], q: tuple[float, float], a: tuple[float, float], b: tuple[float, float], radius: float
) -> None:
    if p == q:
        return
    (low,), (high,) = covered(np.array([p]), np.array([q]), np.array([a]), np.array([b]), radius)
    steps = np.linspace(0.0, 1.0, 201)
    points = shapely.points(np.array(p) + steps[:, None] * (np.array(q) - np.array(p)))
    chord = shapely.LineString([a, b]) if a != b else shapely.Point(a)
    away = shapely.distance(chord, points)
    inside = (steps >= low) & (steps <= high)
    # A point on the very border may fall to either side.
    assert not (inside & (away > radius + 1e-7)).any()
    assert not (~inside & (away < radius - 1e-7)).any()


@given(
    corners=st.integers(3, 9),
    turn=st.floats(0.0, 6.0),
    openings=st.lists(st.tuples(st.integers(0, 8), st.integers(10, 80), st.integers(1, 15)), max_size=4),
)
def test_gaps_are_what_shapely_leaves_of_a_ring(
    corners: int, turn: float, openings: list[tuple[int, int, int]]
) -> None:
    angles = turn + math.tau * np.arange(corners) / corners
    ring = 5.0 * np.column_stack([np.cos(angles), np.sin(angles)])
    start, end = [], []
    for k in range(corners):
        p, q = ring[k], ring[(k + 1) % corners]
        cuts = sorted((at / 100, (at + size) / 100) for side, at, size in openings if side == k)
        begin = 0.0
        for low, high in cuts:
            if low > begin:
                start.append(p + (q - p) * begin)
                end.append(p + (q - p) * low)
            begin = max(begin, high)
        start.append(p + (q - p) * begin)
        end.append(p + (q - p))
    a, b = np.array(start), np.array(end)
    radius = 0.05
    found = gaps(sides([ring]), (a, b, np.zeros(len(a), dtype=np.int64)), radius)
    lines = shapely.linestrings(np.stack([a, b], axis=1))
    swept = shapely.union_all(shapely.buffer(lines, radius, quad_segs=256))
    left = shapely.difference(shapely.LinearRing(ring), swept)
    merged = shapely.line_merge(left) if left.geom_type == "MultiLineString" else left
    parts = [part for part in shapely.get_parts(merged) if part.length > 1e-4]
    assert len(found) == len(parts)
    assert math.isclose(float(found.length_mm.sum()), sum(part.length for part in parts), abs_tol=1e-4)


def test_a_gap_around_a_corner_is_one_and_a_ring_without_a_beam_is_one_gap() -> None:
    ring = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    start, end = np.array([(0.2, 0.0), (1.0, 0.3)]), np.array([(0.8, 0.0), (1.0, 0.9)])
    found = gaps(sides([ring, ring]), (start, end, np.zeros(2, dtype=np.int64)), 0.01)
    assert sorted(found.curve.tolist()) == [0, 0, 1]
    whole = found.length_mm[found.curve == 1]
    assert whole.tolist() == [4.0]
    lengths = sorted(found.length_mm[found.curve == 0].round(6).tolist())
    # From 0.81 to the corner and on to 0.29; from 0.91 over two corners back to 0.19.
    assert lengths == [0.48, 2.28]


def test_a_line_is_open_by_what_its_beam_does_not_reach() -> None:
    ring = np.array([(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)])
    p, q, _ = sides([ring])
    for gap, count in ((0.0199, 0), (0.0201, 1)):
        start, end = np.concatenate([p, [(5.0 + gap, 0.0)]]), np.concatenate([q, [(10.0, 0.0)]])
        end[0] = (5.0, 0.0)
        found = gaps(sides([ring]), (start, end, np.zeros(5, dtype=np.int64)), 0.01)
        assert len(found) == count
