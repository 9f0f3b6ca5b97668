"""Sliver places: exactly those at which straight edges face each other a little more than the spacing apart."""

from __future__ import annotations

import pytest
import shapely
from shapely.affinity import rotate

from tfbpattern.geometry.sliver_places import sliver_places

BOX = shapely.box(-4.0, -3.0, 4.0, 3.0)


@pytest.mark.parametrize(
    ("place", "sliver"),
    [
        ((8.1, 0.0), False),  # touching: the spacing
        ((8.1001, 0.0), True),
        ((8.15, 2.0), True),
        ((8.1999, 0.0), True),
        ((8.2, 0.0), False),  # a kerf more
        ((8.15, 5.0), True),  # they overlap by 1.0 mm, their cuts by 1.1 mm
        ((8.15, 5.2), False),  # by 0.8 and 0.9 mm
        ((0.0, -6.15), True),
        ((0.0, 6.05), False),  # closer than the spacing is not a sliver but no place at all
    ],
)
def test_parallel_edges_are_kept_from_making_a_sliver(place: tuple[float, float], *, sliver: bool) -> None:
    strips = sliver_places(BOX, BOX, 0.1, 0.1)
    at = shapely.Point(place)
    assert any(strip.buffer(-1e-6).contains(at) for strip in strips) == sliver


def test_edges_that_are_parallel_within_a_degree_are_kept_apart_too() -> None:
    turned = rotate(BOX, 0.5, origin=(0.0, 0.0))
    strips = sliver_places(BOX, turned, 0.1, 0.1)
    assert any(strip.contains(shapely.Point(8.2, 0.0)) for strip in strips)
    assert not sliver_places(shapely.box(0, 0, 1, 1), rotate(BOX, 2.0), 0.1, 0.1)


def test_without_a_sliver_to_avoid_there_are_no_strips() -> None:
    assert sliver_places(BOX, BOX, 0.1, 0.0) == []
