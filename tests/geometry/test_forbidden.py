"""Forbidden places: inside, the shapes overlap; outside, they touch at most."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import translate

from tests.outlines_for_tests import outlines
from tfbpattern.geometry.chains import Chain
from tfbpattern.geometry.forbidden import forbidden_places

# A tenth of a nanometre along the border is left to rounding, here and there.
BORDER_MM = 3e-7


@settings(max_examples=60)
@given(outlines(), outlines(), st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=20, max_size=20))
def test_a_place_is_forbidden_exactly_when_the_shapes_overlap(
    one: Chain, other: Chain, shares: list[tuple[float, float]]
) -> None:
    obstacle, shape = one.polygon(0.05), other.polygon(0.05, outside=True)
    zone = forbidden_places(obstacle, shape)
    x_min, y_min, x_max, y_max = zone.bounds
    for u, v in shares:
        x = (x_min + x_max) / 2.0 + u * (x_max - x_min) * 0.55
        y = (y_min + y_max) / 2.0 + v * (y_max - y_min) * 0.55
        if zone.boundary.distance(shapely.Point(x, y)) <= BORDER_MM:
            continue
        moved = translate(shape, x, y)
        if zone.contains(shapely.Point(x, y)):
            assert obstacle.intersection(moved).area > 0.0
        else:
            assert obstacle.intersection(moved).area <= 1e-12


@settings(max_examples=60)
@given(outlines(), outlines())
def test_on_the_border_of_the_zone_the_shapes_touch(one: Chain, other: Chain) -> None:
    obstacle, shape = one.polygon(0.05), other.polygon(0.05, outside=True)
    zone = forbidden_places(obstacle, shape)
    corners = shapely.get_coordinates(zone)
    for x, y in corners[:: max(len(corners) // 20, 1)].tolist():
        moved = translate(shape, x, y)
        overlap = obstacle.intersection(moved)
        assert obstacle.distance(moved) <= BORDER_MM
        # What overlaps is a strip as thin as the border.
        assert overlap.area <= BORDER_MM * (obstacle.length + shape.length)


def test_the_zone_of_two_rectangles_is_a_rectangle_of_their_sizes_added() -> None:
    zone = forbidden_places(shapely.box(10, 20, 14, 21), shapely.box(-2, -1, 2, 1))
    assert zone.bounds == pytest.approx((8, 19, 16, 22), abs=BORDER_MM)
    assert zone.area == pytest.approx(8 * 3, abs=1e-4)


def test_a_shape_fits_into_the_hole_of_an_obstacle_that_is_large_enough() -> None:
    ring = shapely.box(0, 0, 10, 10).difference(shapely.box(3, 3, 7, 7))
    zone = forbidden_places(ring, shapely.box(-1, -1, 1, 1))
    assert not zone.contains(shapely.Point(5, 5))
    assert not zone.contains(shapely.Point(4, 4))
    assert zone.contains(shapely.Point(3.999, 4))
    assert forbidden_places(ring, shapely.box(-3, -3, 3, 3)).contains(shapely.Point(5, 5))


def test_a_notch_of_an_ell_takes_in_the_corner_of_an_obstacle() -> None:
    ell = shapely.Polygon([(0, 0), (4, 0), (4, 1), (1, 1), (1, 4), (0, 4)])
    zone = forbidden_places(shapely.box(0, 0, 2, 2), ell)
    assert not zone.contains(shapely.Point(-1, -1))
    assert zone.contains(shapely.Point(-1 + 1e-5, -1))
    assert zone.contains(shapely.Point(-1, -1 + 1e-5))


def test_zones_are_arrays_of_numbers_shapely_can_ask_about() -> None:
    zone = forbidden_places(shapely.box(0, 0, 1, 1), shapely.box(0, 0, 1, 1))
    assert shapely.contains_xy(zone, np.array([0.0, 1.5]), np.array([0.0, 0.0])).tolist() == [True, False]
