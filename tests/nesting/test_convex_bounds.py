"""The bounds for convex and round cells: no hexagon round a cell is smaller, and no nest is larger."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.layouts_for_tests import job
from tests.nesting.jobs import OUTLINES, field
from tfbpattern.geometry.arcs import Floats
from tfbpattern.nesting import nest
from tfbpattern.nesting.disc_bound import disc_bound
from tfbpattern.nesting.hexagon_bound import _least_round, hexagon_bound


def convex(seed: int, points: int) -> Floats:
    """Corners of a random convex polygon, counter-clockwise, about 10 mm large."""
    some = np.random.default_rng(seed).normal(size=(points, 2)) * (5.0, 3.0)
    hull = shapely.geometry.polygon.orient(shapely.MultiPoint(some).convex_hull)
    return np.asarray(shapely.get_coordinates(hull.exterior)[:-1])


def within(corners: Floats, normals_rad: Floats) -> float:
    """Area of what lines that touch a polygon enclose, infinite where they leave it open."""
    turns = np.sort(normals_rad)
    if np.diff(np.append(turns, turns[0] + math.tau)).max() >= math.pi - 1e-6:
        return math.inf
    normals = np.column_stack((np.cos(turns), np.sin(turns)))
    reach = (corners @ normals.T).max(axis=0)
    after, far = np.roll(normals, -1, axis=0), np.roll(reach, -1)
    turn = normals[:, 0] * after[:, 1] - normals[:, 1] * after[:, 0]
    x = (reach * after[:, 1] - far * normals[:, 1]) / turn
    y = (far * normals[:, 0] - reach * after[:, 0]) / turn
    return float(shapely.Polygon(np.column_stack((x, y))).area)


@settings(max_examples=200)
@given(
    st.integers(0, 10**6), st.integers(3, 14), st.lists(st.floats(0.0, math.tau), min_size=6, max_size=6, unique=True)
)
def test_no_hexagon_round_a_polygon_is_smaller(seed: int, points: int, normals: list[float]) -> None:
    corners = convex(seed, points)
    turns = np.sort(np.array(normals))
    if np.diff(turns).min() > 1e-3:
        assert _least_round(corners) <= within(corners, turns) * (1.0 + 1e-9)


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(7, 16))
def test_of_hexagons_along_sides_the_smallest_is_found_or_a_smaller_one_about_a_corner(seed: int, points: int) -> None:
    corners = convex(seed, points)
    sides = np.roll(corners, -1, axis=0) - corners
    normals = np.arctan2(-sides[:, 0], sides[:, 1])
    if len(corners) < 6:
        return
    smallest = min(within(corners, normals[list(some)]) for some in combinations(range(len(corners)), 6))
    area = shapely.Polygon(corners).area
    found = _least_round(corners)
    assert area * (1.0 - 1e-9) <= found <= smallest * (1.0 + 1e-9)
    # Sides about a corner matter only where five others leave more than half a turn open.
    if np.diff(np.sort(np.append(normals, normals + math.tau)))[: len(normals)].max() < math.radians(60.0):
        assert found == pytest.approx(smallest, rel=1e-9)


@pytest.mark.parametrize("corners", [3, 4, 5, 6])
def test_a_polygon_of_at_most_six_sides_is_its_own_hexagon(corners: int) -> None:
    turns = math.tau * np.arange(corners) / corners
    points = np.column_stack((np.cos(turns), np.sin(turns)))
    assert _least_round(points) == pytest.approx(shapely.Polygon(points).area, rel=1e-12)


def test_the_hexagon_round_a_circle_is_regular() -> None:
    turns = math.tau * np.arange(90) / 90
    points = np.column_stack((np.cos(turns), np.sin(turns)))
    # 2 sqrt(3) for the unit circle; the polygon in it is 0.08 % smaller.
    assert 2.0 * math.sqrt(3.0) * 0.998 < _least_round(points) < 2.0 * math.sqrt(3.0)


@settings(max_examples=8, deadline=None)
@given(st.sampled_from(OUTLINES), st.integers(15, 60), st.integers(15, 40), st.sampled_from([0.015, 0.3, 2.0]))
def test_no_nest_exceeds_the_bounds(outline: dict[str, object], width: int, length: int, kerf: float) -> None:
    some = job(
        web={"width_mm": float(width), "frame_length_mm": float(length), "stand_alone": True},
        cell={"outline": outline, "rotations_deg": [0, 90]},
        singulation={"kerf_mm": kerf},
        nest={"effort": 1},
    )
    found = len(nest(some).placements)
    for bound in (disc_bound, hexagon_bound):
        limit = bound(field(some), some.cells[0])
        assert limit is None or found <= limit


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (7, 1), (2, 1)])
def test_a_row_of_discs_meets_the_disc_bound(columns: int, rows: int) -> None:
    some = job(
        web={"width_mm": columns * 6.03 - 0.03, "frame_length_mm": 6.0 * rows, "stand_alone": True},
        cell={"outline": {"kind": "circle", "diameter_mm": 6.0}},
    )
    assert disc_bound(field(some), some.cells[0]) == columns * rows


def test_a_sheet_too_small_for_the_disc_holds_none() -> None:
    some = job(
        web={"width_mm": 5.9, "frame_length_mm": 60.0},
        cell={"outline": {"kind": "circle", "diameter_mm": 6.0}},
    )
    assert disc_bound(field(some), some.cells[0]) == 0


def test_bounds_of_distances_do_not_apply_where_spacing_is_kept_per_axis() -> None:
    some = job()
    assert disc_bound(field(some), some.cells[0]) is None
    assert hexagon_bound(field(some), some.cells[0]) is None
    ell = {"kind": "ell", "width_mm": 8.0, "height_mm": 6.0, "notch_width_mm": 4.0, "notch_height_mm": 3.0}
    some = job(cell={"outline": ell})
    assert hexagon_bound(field(some), some.cells[0]) is None
