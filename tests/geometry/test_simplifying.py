"""Simplified outward: fewer corners, nothing lost, nothing farther away than the tolerance."""

from __future__ import annotations

import math

import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.outlines_for_tests import outlines
from tfbpattern.geometry.chains import Chain
from tfbpattern.geometry.simplifying import simplified_outward


@settings(max_examples=60)
@given(outlines(), st.sampled_from([0.001, 0.01, 0.1]))
def test_the_original_is_held_and_the_border_stays_within_the_tolerance(outline: Chain, tolerance: float) -> None:
    shape = outline.polygon(1e-3, outside=True)
    simpler = simplified_outward(shape, tolerance)
    assert simpler.is_valid
    assert shape.difference(simpler).area < 1e-9
    assert len(simpler.exterior.coords) <= len(shape.exterior.coords)
    corners = shapely.points(shapely.get_coordinates(simpler.exterior))
    assert shapely.distance(shape, corners).max() <= tolerance + 1e-9


def test_ten_thousand_corners_become_a_few_hundred() -> None:
    turns = [k * math.tau / 10_000 for k in range(10_000)]
    star = shapely.Polygon([((4 + 0.4 * math.sin(5 * t)) * math.cos(t), 4 * math.sin(t)) for t in turns])
    assert len(simplified_outward(star, 0.002).exterior.coords) < 250


def test_straight_edges_keep_their_line() -> None:
    shape = shapely.Polygon([(0, 0), (8, 0), (8, 0.004), (8.0005, 0.008), (8, 5), (0, 5)])
    simpler = simplified_outward(shape, 0.01)
    assert len(simpler.exterior.coords) < len(shape.exterior.coords)
    x_min, y_min, _, y_max = simpler.bounds
    assert (x_min, y_min, y_max) == (0.0, 0.0, 5.0)
