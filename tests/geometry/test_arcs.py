"""One segment, a line or an arc, against the definition of the bulge: the tangent of a quarter of the angle."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.outlines_for_tests import arc_of
from tfbpattern.geometry import arcs

coordinates = st.integers(-10_000, 10_000).map(lambda n: n / 100)
places = st.tuples(coordinates, coordinates)
bulges = st.one_of(
    st.floats(0.001, 5.0),
    st.floats(-5.0, -0.001),
    st.sampled_from([1.0, -1.0, math.tan(math.pi / 8.0)]),
)
nearly_straight = st.integers(-14, -3).flatmap(lambda power: st.sampled_from([10.0**power, -(10.0**power)]))


@st.composite
def curved(draw: st.DrawFn) -> tuple[complex, complex, float]:
    p, q = draw(st.tuples(places, places).filter(lambda pair: math.dist(*pair) > 0.01))
    return complex(*p), complex(*q), draw(bulges)


def point(z: complex) -> np.ndarray:
    return np.array([z.real, z.imag])


@given(curved())
def test_an_arc_is_as_long_as_its_radius_times_its_angle(arc: tuple[complex, complex, float]) -> None:
    p, q, bulge = arc
    _, radius, _, sweep = arc_of(p, q, bulge)
    assert arcs.lengths(point(p), point(q), np.array(bulge)) == pytest.approx(radius * abs(sweep), rel=1e-9)
    assert arcs.radii(point(p), point(q), np.array(bulge)) == pytest.approx(radius, rel=1e-9)


@given(curved())
def test_the_centre_is_as_far_from_both_ends_and_on_the_left_of_a_small_left_turn(
    arc: tuple[complex, complex, float],
) -> None:
    p, q, bulge = arc
    centre = arcs.centres(point(p), point(q), np.array(bulge))
    expected, radius, _, sweep = arc_of(p, q, bulge)
    assert abs(complex(*centre) - expected) <= 1e-9 * radius + 1e-9
    left = ((complex(*centre) - p) * (q - p).conjugate()).imag
    if 1e-6 < abs(sweep) < math.pi - 1e-6:
        assert (left > 0) == (bulge > 0)


@given(curved())
def test_tangents_stand_square_to_the_rays_and_point_the_way_of_travel(arc: tuple[complex, complex, float]) -> None:
    p, q, bulge = arc
    centre, radius, _, sweep = arc_of(p, q, bulge)
    start, end = arcs.tangents(point(p), point(q), np.array(bulge))
    turn = 1j * math.copysign(1.0, sweep)
    assert abs(complex(*start) - turn * (p - centre) / radius) <= 1e-8
    assert abs(complex(*end) - turn * (q - centre) / radius) <= 1e-8


@given(places, places.filter(lambda place: place != (0.0, 0.0)))
def test_a_line_has_its_chord_for_length_and_for_both_tangents(
    p: tuple[float, float], way: tuple[float, float]
) -> None:
    p0, p1 = np.array(p), np.array(p) + np.array(way)
    size = math.hypot(*(p1 - p0))
    start, end = arcs.tangents(p0, p1, np.array(0.0))
    assert arcs.lengths(p0, p1, np.array(0.0)) == pytest.approx(size, rel=1e-12)
    assert np.isinf(arcs.radii(p0, p1, np.array(0.0)))
    for tangent in (start, end):
        assert np.abs(tangent - (p1 - p0) / size).max() <= 1e-12


@given(curved(), st.floats(0.0, 1.0))
def test_the_point_at_a_fraction_parts_the_arc_in_that_proportion(
    arc: tuple[complex, complex, float], fraction: float
) -> None:
    p, q, bulge = arc
    centre, radius, start, sweep = arc_of(p, q, bulge)
    found = complex(*arcs.point_at(point(p), point(q), np.array(bulge), np.array(fraction)))
    angle = start + fraction * sweep
    expected = centre + radius * complex(math.cos(angle), math.sin(angle))
    assert abs(found - expected) <= 1e-9 * radius + 1e-9
    first, second = arcs.split_bulge(bulge, fraction), arcs.split_bulge(bulge, 1.0 - fraction)
    assert math.atan(first) + math.atan(second) == pytest.approx(math.atan(bulge), abs=1e-12)


@given(nearly_straight, places, st.tuples(coordinates, coordinates).filter(lambda way: math.hypot(*way) > 0.01))
def test_a_nearly_straight_arc_stays_within_its_sagitta_of_the_line(
    bulge: float, p: tuple[float, float], way: tuple[float, float]
) -> None:
    p0, p1 = np.array(p), np.array(p) + np.array(way)
    chord = math.hypot(*(p1 - p0))
    for fraction in (0.25, 0.5, 0.75):
        found = arcs.point_at(p0, p1, np.array(bulge), np.array(fraction))
        # An arc leaves its chord by half the chord times the bulge.
        assert math.hypot(*(found - (p0 + (p1 - p0) * fraction))) <= 0.5 * chord * abs(bulge) * 1.01 + 1e-6


@given(curved())
def test_the_bulge_about_the_centre_is_the_bulge_of_the_arc(arc: tuple[complex, complex, float]) -> None:
    p, q, bulge = arc
    centre, *_ = arc_of(p, q, bulge)
    found = arcs.bulge_about(point(p), point(q), point(centre), clockwise=bulge < 0)
    assert math.atan(found) == pytest.approx(math.atan(bulge), abs=1e-6)


def test_formulas_take_arrays_of_lines_and_arcs_together() -> None:
    p0, p1 = np.array([[0.0, 0.0], [0.0, 0.0]]), np.array([[2.0, 0.0], [2.0, 0.0]])
    bulge = np.array([0.0, 1.0])
    assert arcs.lengths(p0, p1, bulge).tolist() == pytest.approx([2.0, math.pi])
    middle = arcs.point_at(p0, p1, bulge, np.array([0.5, 0.5]))
    assert np.abs(middle - [[1.0, 0.0], [1.0, -1.0]]).max() <= 1e-12
