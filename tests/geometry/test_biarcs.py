from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import shapely
from ezdxf.math import BSpline
from hypothesis import given, settings
from hypothesis import strategies as st

from tfbpattern.geometry import arcs, biarcs
from tfbpattern.geometry.arcs import Floats

TOLERANCE_MM = 0.001


def distance_mm(points: Floats, vertices: Floats) -> float:
    """Greatest distance of points from a chain, drawn as a polyline so fine that it adds nothing."""
    return float(shapely.distance(shapely.points(points), shapely.LineString(dense_points(vertices))).max())


def dense_points(vertices: Floats) -> Floats:
    shares = np.linspace(0.0, 1.0, 40, endpoint=False)
    rows = [
        arcs.point_at(np.tile(a[:2], (40, 1)), np.tile(b[:2], (40, 1)), np.full(40, a[2]), shares)
        for a, b in itertools.pairwise(vertices)
    ]
    return np.concatenate([*rows, vertices[-1:, :2]])


def ellipse(a: float, b: float) -> biarcs.Curve:
    def curve(t: Floats) -> tuple[Floats, Floats]:
        cos, sin = np.cos(t), np.sin(t)
        return np.column_stack([a * cos, b * sin]), np.column_stack([-a * sin, b * cos])

    return curve


def spline(tool: BSpline) -> biarcs.Curve:
    def curve(t: Floats) -> tuple[Floats, Floats]:
        every = np.array([(p.x, p.y, d.x, d.y) for p, d in tool.derivatives(t.tolist(), n=1)])
        return every[:, :2], every[:, 2:]

    return curve


@given(a=st.floats(0.05, 50.0), ratio=st.floats(0.02, 1.0))
@settings(max_examples=40, deadline=None)
def test_an_ellipse_and_its_arcs_are_nowhere_further_apart_than_the_tolerance(a: float, ratio: float) -> None:
    curve = ellipse(a, a * ratio)
    vertices = biarcs.fit(curve, np.linspace(0.0, math.tau, 5).tolist(), TOLERANCE_MM)
    on_curve, _ = curve(np.linspace(0.0, math.tau, 3000))
    assert distance_mm(on_curve[::7], vertices) <= TOLERANCE_MM
    # The other way round: each point of the arcs lies near the curve, here a polyline that sags a little itself.
    sag = float(np.hypot(*np.diff(on_curve, axis=0).T).max()) ** 2 / 8.0 / (a * ratio**2)
    fine = shapely.LineString(on_curve)
    back = shapely.distance(shapely.points(dense_points(vertices)[::9]), fine)
    assert back.max() <= TOLERANCE_MM + sag


coordinates = st.floats(-10.0, 10.0)


@given(points=st.lists(st.tuples(coordinates, coordinates), min_size=4, max_size=7, unique=True))
@settings(max_examples=40, deadline=None)
def test_a_spline_is_nowhere_further_from_its_arcs_than_the_tolerance(
    points: list[tuple[float, float]],
) -> None:
    tool = BSpline([(x, y, 0.0) for x, y in points])
    curve = spline(tool)
    vertices = biarcs.fit(curve, sorted(set(tool.knots())), TOLERANCE_MM)
    on_curve, _ = curve(np.linspace(0.0, tool.max_t, 700))
    assert distance_mm(on_curve, vertices) <= TOLERANCE_MM
    assert np.allclose(vertices[[0, -1], :2], on_curve[[0, -1]], rtol=0.0, atol=1e-12)


def test_the_arcs_of_a_smooth_curve_pass_smoothly_into_each_other() -> None:
    vertices = biarcs.fit(ellipse(4.0, 1.5), [0.0, math.tau], TOLERANCE_MM)
    first, last = arcs.tangents(vertices[:-1, :2], vertices[1:, :2], vertices[:-1, 2])
    turn = np.arccos(np.clip((last[:-1] * first[1:]).sum(axis=1), -1.0, 1.0))
    assert turn.max() < 1e-6


def test_a_circle_becomes_arcs_of_its_own_radius() -> None:
    vertices = biarcs.fit(ellipse(3.0, 3.0), [0.0, math.tau], TOLERANCE_MM)
    radii = arcs.radii(vertices[:-1, :2], vertices[1:, :2], vertices[:-1, 2])
    assert len(vertices) <= 9
    assert np.allclose(radii, 3.0, rtol=0.0, atol=1e-9)


def test_a_straight_curve_becomes_lines() -> None:
    vertices = biarcs.fit(spline(BSpline([(k, 2.0 * k, 0.0) for k in range(5)])), [0.0, 1.0], TOLERANCE_MM)
    assert (vertices[:, 2] == 0.0).all()
    assert vertices[-1, :2].tolist() == pytest.approx([4.0, 8.0], abs=1e-12)


def test_a_corner_at_a_break_stays_a_corner() -> None:
    tool = BSpline([(0, 0), (1, 0), (2, 0), (3, 0), (3, 1), (3, 2), (3, 3)], knots=[0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2])
    vertices = biarcs.fit(spline(tool), [0.0, 1.0, 2.0], TOLERANCE_MM)
    assert (vertices[:, 2] == 0.0).all()
    assert [3.0, 0.0, 0.0] in np.round(vertices, 12).tolist()


def test_a_curve_that_starts_without_speed_is_followed() -> None:
    tool = BSpline([(0, 0), (0, 0), (2, 3), (5, 1), (5, 1)])
    vertices = biarcs.fit(spline(tool), sorted(set(tool.knots())), TOLERANCE_MM)
    on_curve, _ = spline(tool)(np.linspace(0.0, tool.max_t, 500))
    assert distance_mm(on_curve, vertices) <= TOLERANCE_MM


def test_a_curve_that_jumps_is_refused() -> None:
    def curve(t: Floats) -> tuple[Floats, Floats]:
        return np.column_stack([t, np.where(t > 0.3, 1.0, 0.0)]), np.column_stack([np.ones_like(t), 0.0 * t])

    with pytest.raises(ValueError, match="jumps"):
        biarcs.fit(curve, [0.0, 1.0], TOLERANCE_MM)


def test_a_curve_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        biarcs.fit(ellipse(math.nan, 1.0), [0.0, 1.0], TOLERANCE_MM)
