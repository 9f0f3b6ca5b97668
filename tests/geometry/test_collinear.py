"""Segments on common lines as few stretches: the same set of points, each of them once."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.collinear import SNAP_MM, merged

NONE = np.empty((0, 2, 2))

# Lines through a few origins in a few directions, so that much falls together.
directions = [(1.0, 0.0), (0.0, 1.0), (0.6, 0.8), (-0.8, 0.6), (5 / 13, -12 / 13)]


@st.composite
def pieces(draw: st.DrawFn, least: int = 0) -> Floats:
    count = draw(st.integers(least, 12))
    found = []
    for _ in range(count):
        ux, uy = draw(st.sampled_from(directions))
        shift = draw(st.integers(-2, 2))
        low, size = draw(st.integers(-40, 40)), draw(st.integers(1, 30))
        ends = [(t * ux - shift * uy, t * uy + shift * ux) for t in (low / 10, (low + size) / 10)]
        found.append(ends if draw(st.booleans()) else ends[::-1])
    return np.round(np.array(found).reshape(-1, 2, 2), 9)


def as_lines(segments: Floats) -> shapely.Geometry:
    return shapely.union_all(shapely.linestrings(segments)) if len(segments) else shapely.LineString()


def lengths(segments: Floats) -> Floats:
    return np.asarray(np.hypot(*(segments[:, 1] - segments[:, 0]).T))


def by_line(segments: Floats) -> dict[tuple[float, float, int], shapely.Geometry]:
    """What the segments cover of each line they lie on, as a union along the line."""
    found: dict[tuple[float, float, int], list[list[tuple[float, float]]]] = {}
    for (x0, y0), (x1, y1) in segments.tolist():
        for ux, uy in directions:
            aside = [y0 * ux - x0 * uy, y1 * ux - x1 * uy]
            if abs(aside[0] - aside[1]) < 1e-6:
                ends = sorted([x0 * ux + y0 * uy, x1 * ux + y1 * uy])
                found.setdefault((ux, uy, round(aside[0])), []).append([(ends[0], 0.0), (ends[1], 0.0)])
    return {key: shapely.union_all(shapely.linestrings(lines)) for key, lines in found.items()}


def covered(segments: Floats, gaps: Floats) -> float:
    """Length of the union of *segments* less *gaps*, line by line, by shapely."""
    taken = by_line(gaps)
    left = [line.difference(taken.get(key, shapely.LineString())) for key, line in by_line(segments).items()]
    return float(sum(line.length for line in left))


@given(pieces())
def test_the_stretches_cover_what_the_segments_cover_and_nothing_twice(segments: Floats) -> None:
    stretches, _ = merged(segments, NONE)
    assert lengths(stretches).sum() == pytest.approx(covered(segments, NONE), abs=1e-5)
    if len(segments):
        assert as_lines(stretches).buffer(1e-6).covers(as_lines(segments))
        assert as_lines(segments).buffer(1e-6).covers(as_lines(stretches))


@given(pieces(), pieces())
def test_gaps_take_out_what_lies_on_their_line_and_nothing_else(segments: Floats, gaps: Floats) -> None:
    stretches, _ = merged(segments, gaps)
    assert lengths(stretches).sum() == pytest.approx(covered(segments, gaps), abs=1e-5)
    if len(stretches):
        assert as_lines(segments).buffer(1e-6).covers(as_lines(stretches))


@given(pieces(least=1))
def test_merging_merged_stretches_changes_nothing(segments: Floats) -> None:
    once, line = merged(segments, NONE)
    again, line_again = merged(once, NONE)
    assert np.abs(again - once).max() <= 1e-8
    assert line_again.tolist() == line.tolist()


@given(pieces(least=1), pieces())
def test_neither_order_nor_direction_of_the_segments_matters(segments: Floats, gaps: Floats) -> None:
    stretches, line = merged(segments, gaps)
    order = np.random.default_rng(len(segments)).permutation(len(segments))
    mixed, mixed_line = merged(segments[order][:, ::-1], gaps[::-1])
    assert mixed.shape == stretches.shape
    assert mixed_line.tolist() == line.tolist()
    assert np.abs(mixed - stretches).max(initial=0.0) <= 1e-8


@given(pieces(least=1), pieces())
def test_no_two_stretches_of_a_line_touch_and_they_stand_in_order(segments: Floats, gaps: Floats) -> None:
    stretches, line = merged(segments, gaps)
    assert (np.diff(line) >= 0).all()
    for number in np.unique(line):
        on = stretches[line == number]
        way = on[0, 1] - on[0, 0]
        way = way / math.hypot(*way)
        assert way[0] > 1e-9 or (abs(way[0]) <= 1e-9 and way[1] > 0)
        along = (on * way).sum(axis=2)
        aside = on[..., 1] * way[0] - on[..., 0] * way[1]
        assert np.ptp(aside) <= 1e-6
        assert (along[1:, 0] - along[:-1, 1] > SNAP_MM).all()
        assert (along[:, 1] > along[:, 0]).all()


@given(pieces(least=1), pieces())
def test_lines_that_hold_a_stretch_are_numbered_without_holes(segments: Floats, gaps: Floats) -> None:
    _, line = merged(segments, gaps)
    assert np.unique(line).tolist() == list(range(len(np.unique(line))))


def test_segments_a_micrometre_aside_stay_two_lines() -> None:
    stretches, line = merged(np.array([[[0, 0], [5, 0]], [[0, 0.001], [5, 0.001]]], dtype=float), NONE)
    assert len(stretches) == 2
    assert line.tolist() == [0, 1]


def test_segments_a_nanometre_aside_are_one_line() -> None:
    stretches, _ = merged(np.array([[[0, 0], [5, 0]], [[4, 1e-6], [9, 1e-6]]], dtype=float), NONE)
    assert len(stretches) == 1
    assert lengths(stretches)[0] == pytest.approx(9.0, abs=1e-6)


def test_a_hole_of_a_micrometre_keeps_two_stretches_apart_and_one_of_a_nanometre_does_not() -> None:
    for hole, count in ((1e-3, 2), (1e-6, 1)):
        stretches, _ = merged(np.array([[[0, 0], [5, 0]], [[5 + hole, 0], [9, 0]]], dtype=float), NONE)
        assert len(stretches) == count


@given(
    st.floats(0.0, math.pi),
    st.integers(1, 100_000),
    st.lists(st.integers(1, 20_000), min_size=2, max_size=8),
)
def test_pieces_of_one_slanted_line_are_one_stretch_however_short(angle: float, away: int, sizes: list[int]) -> None:
    """Offsets round ends to a thousandth of a nanometre, which turns short pieces away from long ones."""
    along = np.cumsum([0, *(100 + size for size in sizes)]) / 1000
    way, side = np.array([math.cos(angle), math.sin(angle)]), np.array([-math.sin(angle), math.cos(angle)])
    points = np.round(along[:, None] * way + away / 1000 * side, 9)
    stretches, _ = merged(np.stack([points[:-1], points[1:]], axis=1), NONE)
    assert len(stretches) == 1
    assert lengths(stretches)[0] == pytest.approx(along[-1], abs=3e-6)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=20, unique=True))
def test_sides_of_squares_on_a_raster_become_runs_on_the_raster_itself(cells: list[tuple[int, int]]) -> None:
    """A grid's lines have the coordinates of its cells to the bit."""
    pitch = 5.13
    sides = []
    for i, j in cells:
        corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
        sides += [[corners[k], corners[(k + 1) % 4]] for k in range(4)]
    stretches, _ = merged(np.round(np.array(sides) * pitch, 9), NONE)
    raster = {round(k * pitch, 9) for k in range(8)}
    assert set(stretches.ravel().tolist()) <= raster


def test_nothing_in_is_nothing_out() -> None:
    stretches, line = merged(NONE, NONE)
    assert stretches.shape == (0, 2, 2)
    assert line.shape == (0,)
    stretches, line = merged(NONE, np.array([[[0.0, 0.0], [1.0, 0.0]]]))
    assert stretches.shape == (0, 2, 2)
