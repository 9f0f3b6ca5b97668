"""Parallels of outlines: every point at the distance, nothing lost, arcs still arcs; buffers on the safe side."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon

from tests.outlines_for_tests import (
    arc_of,
    closed,
    convex_outlines,
    convex_polygons,
    distances,
    fine,
    mirrored,
    opened,
    outlines,
    points_along,
    rectangles,
    same_curve,
    segments_of,
)
from tfbpattern.files.dxf_outline import read_outline
from tfbpattern.geometry import footprints
from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chain
from tfbpattern.geometry.offsets import inflate, offset

NM = 1e-6
# A mitre of limit 2 ends no further from its corner than this many distances (a spike, cut off square).
FURTHEST = math.sqrt(5.0) + 1e-6

insets = st.sampled_from([0.0125, 0.05, 0.0875, 0.1, 0.3, 0.75])


HEARING_AID = Path(__file__).parents[2] / "layouts" / "footprints" / "hearing-aid.dxf"


def corners(chain: Chain, side: float) -> Floats:
    """Vertices at which a counter-clockwise outline turns left (side 1) or right (side -1), arcs' ends included."""
    found = []
    every = segments_of(chain)
    for (p, q, bulge), (_, r, following) in zip(every, every[1:] + every[:1], strict=True):
        ahead = (q - p) * np.exp(2j * math.atan(bulge))
        onward = (r - q) * np.exp(-2j * math.atan(following))
        if (onward * ahead.conjugate()).imag * side > 1e-12 * abs(ahead) * abs(onward):
            found.append((q.real, q.imag))
    return np.array(found).reshape(-1, 2)


def near(points: Floats, reach: float) -> MultiPolygon | Polygon:
    return shapely.union_all(shapely.points(points).reshape(-1)).buffer(reach) if len(points) else Polygon()


def check_distance(outline: Chain, parallels: tuple[Chain, ...], distance: float) -> None:
    """At least the distance everywhere; more only in the mitre of a corner that opens."""
    opening = corners(outline, 1.0 if distance > 0 else -1.0)
    for parallel in parallels:
        points = points_along(parallel, at_least=9)
        away = distances(outline, points)
        assert away.min() >= abs(distance) - NM
        further = points[away > abs(distance) + NM]
        if len(further):
            assert len(opening)
            to_corner = np.hypot(*(further[:, None, :] - opening[None]).transpose(2, 0, 1)).min(axis=1)
            assert to_corner.max() <= FURTHEST * abs(distance)


def check_complete(outline: Chain, parallels: tuple[Chain, ...], distance: float) -> None:
    """Away from mitred corners the parallels enclose what shapely's round buffer does, within a hundredth of it."""
    rough = fine(outline, 1e-4).buffer(distance, quad_segs=64)
    rough = shapely.union_all([Polygon(part.exterior) for part in shapely.get_parts(rough)])
    found = shapely.union_all([fine(parallel, 1e-4) for parallel in parallels])
    assert found.area == pytest.approx(sum(parallel.area_mm2 for parallel in parallels), rel=1e-3)
    at_corners = near(corners(outline, 1.0 if distance > 0 else -1.0), FURTHEST * abs(distance))
    rest = found.symmetric_difference(rough).difference(at_corners)
    # shapely simplifies what it buffers by a hundredth of the distance.
    assert rest.buffer(-0.01 * abs(distance) - 2e-4).is_empty


@settings(max_examples=150)
@given(outlines(), insets)
def test_an_inside_parallel_lies_at_its_distance_and_misses_nothing(outline: Chain, inset: float) -> None:
    parallels = offset(outline, -inset)
    check_distance(outline, parallels, -inset)
    check_complete(outline, parallels, -inset)
    region = fine(outline)
    for parallel in parallels:
        assert parallel.closed
        assert parallel.signed_area_mm2 > 0.0
        assert region.contains(fine(parallel, 1e-5))


@settings(max_examples=150)
@given(outlines(), st.sampled_from([0.0075, 0.015, 0.03, 0.2, 1.0]))
def test_an_outside_parallel_lies_at_its_distance_and_misses_nothing(outline: Chain, distance: float) -> None:
    parallels = offset(outline, distance)
    assert len(parallels) == 1
    check_distance(outline, parallels, distance)
    check_complete(outline, parallels, distance)
    assert fine(parallels[0], 1e-5).contains(fine(outline))


@given(outlines(), insets, st.sampled_from([1.0, -1.0]))
def test_arcs_of_a_parallel_are_concentric_with_arcs_of_the_outline(outline: Chain, size: float, side: float) -> None:
    known = [(*arc_of(*segment)[:2], segment[2] > 0) for segment in segments_of(outline) if segment[2]]
    for parallel in offset(outline, side * size):
        # A mitre that is cut off adds three lines at most to the segments of the outline.
        assert len(parallel.vertices) <= 4 * len(outline.vertices)
        for segment in segments_of(parallel):
            if not segment[2]:
                continue
            centre, radius, *_ = arc_of(*segment)
            assert any(
                abs(centre - c) <= NM
                and abs(radius - (r + side * size * (1 if left else -1))) <= NM
                and left == (segment[2] > 0)
                for c, r, left in known
            )


@given(convex_outlines(), st.sampled_from([0.015, 0.1, 0.5]))
def test_a_convex_outline_comes_back_from_outside(outline: Chain, distance: float) -> None:
    (outer,) = offset(outline, distance)
    (back,) = offset(outer, -distance)
    assert same_curve(outline, back)


@given(outlines(), insets, st.sampled_from([1.0, -1.0]))
def test_the_parallel_of_the_mirror_image_is_the_mirror_image_of_the_parallel(
    outline: Chain, size: float, side: float
) -> None:
    here = [mirrored(parallel) for parallel in offset(outline, side * size)]
    there = list(offset(mirrored(outline), side * size))
    assert len(here) == len(there)
    for parallel in here:
        assert any(same_curve(parallel, other) for other in there)


@given(outlines(), insets, st.sampled_from([1.0, -1.0]), st.sampled_from([90.0, 37.0, 180.0]))
def test_the_parallel_turns_and_moves_with_the_outline(outline: Chain, size: float, side: float, angle: float) -> None:
    here = [parallel.rotated(angle).moved(31.7, -4.2) for parallel in offset(outline, side * size)]
    there = list(offset(outline.rotated(angle).moved(31.7, -4.2), side * size))
    assert len(here) == len(there)
    for parallel in here:
        assert any(same_curve(parallel, other) for other in there)


@given(outlines(), insets, st.sampled_from([1.0, -1.0]))
def test_the_parallel_does_not_ask_which_way_the_outline_runs(outline: Chain, size: float, side: float) -> None:
    here, there = offset(outline, side * size), offset(outline.reversed(), side * size)
    assert len(here) == len(there)
    for parallel, other in zip(here, there, strict=True):
        assert same_curve(parallel, other)


@given(rectangles(), st.integers(1, 4))
def test_no_parallel_is_left_where_the_inset_uses_up_the_outline(outline: Chain, more: int) -> None:
    x_min, y_min, x_max, y_max = outline.bounds_mm
    assert offset(outline, -min(x_max - x_min, y_max - y_min) / 2.0 - more * 1e-3) == ()


@given(convex_polygons())
def test_an_inset_just_short_of_the_inscribed_circle_leaves_one_island(outline: Chain) -> None:
    radius = shapely.maximum_inscribed_circle(fine(outline), tolerance=1e-9).length
    assert len(offset(outline, -(radius - 0.01))) == 1
    assert offset(outline, -(radius + 1e-3)) == ()


@pytest.mark.parametrize(("inset", "islands"), [(0.4, 1), (0.499, 1), (0.501, 2), (0.9, 2), (1.999, 2), (2.001, 0)])
def test_an_inset_of_half_a_neck_parts_the_active_area_in_two(inset: float, islands: int) -> None:
    dumbbell = closed(
        (0, 0), (4, 0), (4, 1.5), (8, 1.5), (8, 0), (12, 0), (12, 4), (8, 4), (8, 2.5), (4, 2.5), (4, 4), (0, 4)
    )
    parallels = offset(dumbbell, -inset)
    assert len(parallels) == islands
    check_distance(dumbbell, parallels, -inset)


def test_a_dumbbell_of_arcs_falls_apart_into_circles() -> None:
    waist = closed((0, -2, 1.0), (0, 2, 0.0), (-1, 0.2), (-4, 0.2), (-5, 2, 1.0), (-5, -2), (-4, -0.2), (-1, -0.2))
    parallels = offset(waist, -0.3)
    assert len(parallels) == 2
    check_distance(waist, parallels, -0.3)
    check_complete(waist, parallels, -0.3)


@pytest.mark.parametrize("angle", [0.0, 90.0, 180.0, 270.0])
def test_an_inset_of_exactly_half_a_leg_takes_that_leg_and_leaves_the_rest(angle: float) -> None:
    """Lines that meet in the middle of a leg lie upon each other but for the last bit."""
    (left,) = offset(footprints.ell(2.0, 2.0, 0.5, 0.4).rotated(angle), -0.75)
    (bar,) = offset(footprints.tee(8.0, 7.0, 0.2, 3.0).rotated(angle), -0.1)
    for parallel, sides in ((left, (0.5, 0.1)), (bar, (7.8, 2.8))):
        x_min, y_min, x_max, y_max = parallel.bounds_mm
        assert sorted([x_max - x_min, y_max - y_min]) == pytest.approx(sorted(sides), abs=NM)
        assert parallel.area_mm2 == pytest.approx(sides[0] * sides[1], abs=NM)


@settings(max_examples=100)
@given(outlines(), insets, st.sampled_from([1.0, -1.0]))
def test_every_point_of_a_rounded_parallel_is_at_the_distance(outline: Chain, size: float, side: float) -> None:
    parallels = offset(outline, side * size, rounded=True)
    for parallel in parallels:
        away = distances(outline, points_along(parallel, at_least=9))
        assert np.abs(away - size).max() <= NM
    rough = fine(outline, 1e-4).buffer(side * size, quad_segs=64)
    rough = shapely.union_all([Polygon(part.exterior) for part in shapely.get_parts(rough)])
    found = shapely.union_all([fine(parallel, 1e-4) for parallel in parallels])
    assert found.symmetric_difference(rough).buffer(-0.01 * size - 2e-4).is_empty


def test_a_mitre_of_sixty_degrees_is_kept_and_a_sharper_one_is_cut_at_two_distances() -> None:
    """At 60 degrees a mitre is exactly twice the distance long."""
    high = 6.0 * math.sqrt(3.0) / 2.0
    (outer,) = offset(closed((0, 0), (6, 0), (3, high + 0.01)), 0.5)
    assert outer.bounds_mm[3] == pytest.approx(high + 0.01 + 1.0, abs=0.01)
    for tip in (20.0, 50.0):
        (outer,) = offset(closed((-1, 0), (1, 0), (0, tip)), 0.5)
        assert outer.bounds_mm[3] == pytest.approx(tip + 1.0, abs=NM)


@given(outlines())
def test_no_distance_changes_nothing(outline: Chain) -> None:
    (same,) = offset(outline, 0.0)
    assert same.vertices.tolist() == outline.counter_clockwise().vertices.tolist()


def test_an_open_chain_has_no_parallel() -> None:
    with pytest.raises(ValueError, match="closed"):
        offset(opened((0, 0), (1, 0)), 0.1)


def test_a_hole_that_an_outside_parallel_would_leave_is_dropped() -> None:
    """A C whose mouth closes: the outer edge is what is cut."""
    mouth = closed(
        (0, 0), (6, 0), (6, 2.99), (5, 2.99), (5, 1), (1, 1), (1, 5), (5, 5), (5, 3.01), (6, 3.01), (6, 6), (0, 6)
    )
    (outer,) = offset(mouth, 0.015)
    assert outer.area_mm2 == pytest.approx(6.03**2, abs=1e-3)


@settings(max_examples=50)
@given(outlines(), st.floats(0.0, 5.0), st.sampled_from([8, 16, 32]))
def test_an_inflated_shape_holds_the_exact_offset_and_little_more(
    outline: Chain, distance: float, quad_segs: int
) -> None:
    shape = fine(outline, 1e-3)
    grown = inflate(shape, distance, quad_segs=quad_segs)
    exterior = shapely.LineString(shape.exterior)
    border = shapely.get_coordinates(shapely.segmentize(shapely.LineString(grown.exterior), 0.05))
    away = shapely.distance(exterior, shapely.points(border))
    assert away.min() >= distance - NM
    # GEOS spans up to one and a half of its steps with one chord.
    assert away.max() <= distance / math.cos(3 * math.pi / (8 * quad_segs)) + NM
    assert grown.covers(shape)


def test_inflating_does_not_shrink() -> None:
    with pytest.raises(ValueError, match="negative"):
        inflate(shapely.box(0, 0, 1, 1), -0.1)


def test_straight_sides_of_an_inflated_rectangle_are_not_pushed_out_beyond_the_clearance() -> None:
    """A cell exactly at its clearance from a rectangular keep-out fits."""
    for clearance in (0.2, 2.0, 10.0):
        bounds = inflate(shapely.box(0, 0, 30, 20), clearance, quad_segs=32).bounds
        assert bounds == pytest.approx((-clearance, -clearance, 30 + clearance, 20 + clearance), abs=1e-7)


@pytest.mark.parametrize("radius", [0.1, 0.0125, 0.3])
def test_an_inset_by_the_corner_radius_leaves_sharp_corners(radius: float) -> None:
    (inner,) = offset(footprints.rect(7.3, 5.1, radius), -radius)
    assert same_curve(inner, footprints.rect(7.3 - 2 * radius, 5.1 - 2 * radius).moved(radius, radius))
    assert not inner.vertices[:, 2].any()


@settings(max_examples=30)
@given(st.integers(4, 200), st.sampled_from([0.1, 0.5, -0.03]))
def test_a_polygon_of_many_sides_keeps_its_number_of_sides(count: int, distance: float) -> None:
    radius = 4.0
    angles = math.tau * np.arange(count) / count
    points = np.round(np.column_stack([radius * np.cos(angles), radius * np.sin(angles)]), 6)
    (parallel,) = offset(Chain(vertices=np.column_stack([points, np.zeros(count)]), closed=True), distance)
    assert len(parallel.vertices) == count


@pytest.mark.parametrize("thousandths", range(40, 110, 5))
def test_no_segment_of_a_parallel_is_lost_by_rounding_to_nanometres(thousandths: int) -> None:
    """Of a spline drawn as arcs, some of which the parallel all but uses up."""
    outline = read_outline(HEARING_AID, None)
    for parallel in offset(outline, -thousandths / 1000.0):
        p0, p1, _ = parallel.segments
        assert (np.round(p0, 6) != np.round(p1, 6)).any(axis=1).all()
