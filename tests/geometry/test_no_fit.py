"""The no-fit polygon: on its border shapes stand exactly one spacing apart, never closer."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import translate

from tests.outlines_for_tests import outlines
from tfbpattern.geometry.chains import Chain
from tfbpattern.geometry.forbidden import no_fit

NM = 1e-6


@settings(max_examples=60)
@given(
    outlines(), outlines(), st.sampled_from([0.0, 0.01, 0.1, 2.0]), st.lists(st.floats(0, 1), min_size=12, max_size=12)
)
def test_shapes_on_the_border_keep_the_spacing_and_waste_no_more_than_a_fifth_of_a_micrometre(
    one: Chain, other: Chain, spacing: float, parts: list[float]
) -> None:
    fixed, shape = one.polygon(0.05), other.polygon(0.05)
    places = no_fit(fixed, shape, spacing)
    for part in parts:
        at = places.exterior.interpolate(part, normalized=True)
        away = fixed.distance(translate(shape, at.x, at.y))
        assert away >= spacing - NM
        # A place in a hole's stead may be farther away; the border of the outside is not.
        assert away <= spacing + 2.1e-4
        inward = shapely.shortest_line(at, shapely.Point(translate(fixed, 0, 0).centroid)).interpolate(1e-3)
        if places.buffer(-1e-4).contains(inward):
            assert fixed.distance(translate(shape, inward.x, inward.y)) < spacing + 2.1e-4


def test_straight_edges_stand_exactly_one_spacing_apart() -> None:
    places = no_fit(shapely.box(0, 0, 7.3, 5.1), shapely.box(0, 0, 2.0, 1.0), 0.1)
    assert np.allclose(places.bounds, (-2.1, -1.1, 7.4, 5.2), atol=1e-9)
    # Corners are rounded with the spacing, by polygons round the arcs.
    assert 0.0 <= places.area - (9.3 * 6.1 + 2 * 0.1 * (9.3 + 6.1) + np.pi * 0.01) < 1e-4


def test_a_notch_that_a_tooth_fits_into_stays_open() -> None:
    comb = shapely.Polygon([(0, 0), (9, 0), (9, 5), (6, 5), (6, 2), (3, 2), (3, 5), (0, 5)])
    tooth = shapely.box(0, 0, 2.7, 9.0)
    places = no_fit(comb, tooth, 0.1)
    assert not places.contains(shapely.Point(3.15, 2.2))
    assert places.contains(shapely.Point(3.15, 2.05))
