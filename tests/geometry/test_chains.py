"""One chain and many: areas, lengths, bounds and directions that no reversal, turn or regrouping may change."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tests.outlines_for_tests import closed, distances, fine, opened, outlines, points_along, rows, same_curve
from tfbpattern.geometry import footprints
from tfbpattern.geometry.chains import Chain, Chains

shifts = st.integers(-500_000, 500_000).map(lambda n: n / 1000)
angles = st.one_of(st.integers(-720, 720).map(float), st.floats(-360.0, 360.0))


@st.composite
def open_chains(draw: st.DrawFn) -> Chain:
    count = draw(st.integers(2, 5))
    points = draw(
        st.lists(st.tuples(st.integers(-900, 900), st.integers(-900, 900)), min_size=count, max_size=count, unique=True)
    )
    bulges = draw(st.lists(st.sampled_from([0.0, 0.4, -0.3, 1.0]), min_size=count - 1, max_size=count - 1))
    return opened(*((x / 100, y / 100, b) for (x, y), b in zip(points, [*bulges, 0.0], strict=True)))


chains = st.one_of(outlines(), open_chains())
collections = st.lists(chains, min_size=0, max_size=5)


@given(chains)
def test_reversing_twice_gives_the_same_chain(chain: Chain) -> None:
    again = chain.reversed().reversed()
    assert again.closed == chain.closed
    assert again.vertices.tolist() == chain.vertices.tolist()


@given(chains)
def test_a_reversed_chain_is_the_same_curve_with_the_area_negated(chain: Chain) -> None:
    back = chain.reversed()
    assert back.signed_area_mm2 == pytest.approx(-chain.signed_area_mm2, abs=1e-9)
    assert back.length_mm == pytest.approx(chain.length_mm, rel=1e-12)
    assert same_curve(chain, back)


@given(outlines(), shifts, shifts, angles)
def test_moving_and_turning_change_neither_area_nor_length(chain: Chain, dx: float, dy: float, angle: float) -> None:
    other = chain.rotated(angle).moved(dx, dy)
    assert other.signed_area_mm2 == pytest.approx(chain.signed_area_mm2, abs=1e-8)
    assert other.length_mm == pytest.approx(chain.length_mm, abs=1e-8)


@given(outlines())
def test_the_area_is_that_of_a_fine_polygon(chain: Chain) -> None:
    # Chords of a sagitta of 1 nm take at most a nanometre off all along the outline.
    assert chain.area_mm2 == pytest.approx(fine(chain).area, abs=chain.length_mm * 1e-6)
    assert chain.signed_area_mm2 > 0.0


@given(st.integers(3, 13), st.sampled_from([1.0, -1.0]))
def test_a_nearly_straight_arc_encloses_its_segment_and_no_more(power: int, side: float) -> None:
    bulge = side * 10.0**-power
    chain = closed((0, 0, bulge), (20, 0), (20, 10), (0, 10))
    # Area between an arc and its chord: chord^2 times the bulge over 3, for small bulges.
    assert chain.signed_area_mm2 == pytest.approx(200.0 + 400.0 * bulge / 3.0, abs=1e-6)


@given(chains)
def test_bounds_hold_every_point_and_are_reached(chain: Chain) -> None:
    x_min, y_min, x_max, y_max = chain.bounds_mm
    points = points_along(chain, at_least=200)
    low, high = points.min(axis=0), points.max(axis=0)
    assert low[0] >= x_min - 1e-9
    assert low[1] >= y_min - 1e-9
    assert high[0] <= x_max + 1e-9
    assert high[1] <= y_max + 1e-9
    corners = np.array([[x_min, y_min], [x_max, y_min], [x_max, y_max], [x_min, y_max]])
    line = shapely.LineString(np.concatenate([points, points[:1]])) if chain.closed else shapely.LineString(points)
    for k in range(4):
        side = shapely.LineString(corners[[k, (k + 1) % 4]])
        # 200 chords of an arc of 10 mm leave it by 10 / 8 / 100^2 * pi^2 mm at most.
        assert side.distance(line) <= 2e-3


@given(chains, st.sampled_from([0.1, 0.01, 0.001]))
def test_a_flattened_chain_leaves_the_curve_by_the_sagitta_at_most(chain: Chain, sagitta: float) -> None:
    points = chain.flattened(sagitta)
    assert distances(chain, points).max() <= 1e-9
    line = np.concatenate([points, points[:1]]) if chain.closed else points
    middles = (line[1:] + line[:-1]) / 2.0
    assert distances(chain, middles).max() <= sagitta + 1e-9
    on_curve = shapely.points(points_along(chain))
    assert shapely.distance(shapely.LineString(line), on_curve).max() <= sagitta + 1e-9


@given(outlines(), st.sampled_from([0.1, 0.01, 0.001]))
def test_the_outside_polygon_holds_the_shape_and_is_larger_by_the_sagitta_at_most(chain: Chain, sagitta: float) -> None:
    outside = chain.polygon(sagitta, outside=True)
    assert shapely.distance(outside, shapely.points(points_along(chain, at_least=50))).max() <= 1e-9
    assert outside.area >= chain.area_mm2 - 1e-9
    assert distances(chain, shapely.get_coordinates(outside)).max() <= sagitta * (1.0 + 1e-6)


@given(st.integers(1, 2000).map(lambda n: n / 100), st.sampled_from([0.1, 0.01, 0.001]))
def test_tangents_instead_of_chords_leave_a_circle_by_the_sagitta_at_most(diameter: float, sagitta: float) -> None:
    corners = footprints.circle(diameter).flattened(sagitta, outside=True)
    assert np.hypot(*corners.T).max() - diameter / 2.0 <= sagitta + 1e-9


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_vertices_are_no_chain(count: int) -> None:
    with pytest.raises(ValueError, match="two vertices"):
        Chain(vertices=np.zeros((count, 3)), closed=True)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_no_coordinate(bad: float) -> None:
    with pytest.raises(ValueError, match="vertex 2 "):
        opened((0, 0), (bad, 0), (1, 1))


def test_a_chain_cannot_be_changed_from_outside() -> None:
    vertices = np.zeros((3, 3))
    vertices[1, 0] = vertices[2, 1] = 1.0
    chain = Chain(vertices=vertices, closed=True)
    vertices[0, 0] = 5.0
    assert chain.vertices[0, 0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        chain.vertices[0, 0] = 1.0


@given(collections)
def test_chains_give_back_the_chains_they_are_made_of(parts: list[Chain]) -> None:
    chains = Chains.of(parts)
    assert len(chains) == len(parts)
    assert rows(chains) == rows(parts)
    assert chains.length_mm == pytest.approx(sum(part.length_mm for part in parts), rel=1e-12)


@given(st.lists(collections, max_size=3))
def test_joined_chains_are_all_chains_of_all_parts(parts: list[list[Chain]]) -> None:
    joined = Chains.joined([Chains.of(part) for part in parts])
    assert rows(joined) == rows(chain for part in parts for chain in part)


@given(st.lists(chains, min_size=1, max_size=5), st.data())
def test_taken_chains_are_the_named_ones_in_the_named_order(parts: list[Chain], data: st.DataObject) -> None:
    order = data.draw(st.lists(st.integers(0, len(parts) - 1), max_size=7))
    taken = Chains.of(parts).taken(np.array(order, dtype=np.int64))
    assert rows(taken) == rows(parts[k] for k in order)


@given(st.lists(chains, min_size=1, max_size=5), st.data())
def test_turned_back_chains_are_reversed_one_by_one(parts: list[Chain], data: st.DataObject) -> None:
    which = data.draw(st.lists(st.booleans(), min_size=len(parts), max_size=len(parts)))
    turned = Chains.of(parts).turned_back(np.array(which))
    for part, found, back in zip(parts, turned, which, strict=True):
        expected = part.reversed() if back else part
        if back and part.closed:
            # A closed chain keeps its start.
            expected = Chain(vertices=np.roll(expected.vertices, 1, axis=0), closed=True)
        assert rows([found]) == rows([expected])


@given(st.lists(chains, min_size=1, max_size=5))
def test_segments_starts_and_ends_of_many_are_those_of_each(parts: list[Chain]) -> None:
    chains = Chains.of(parts)
    p0, p1, bulge, owner = chains.segments
    assert p0.tolist() == [p for part in parts for p in part.segments[0].tolist()]
    assert p1.tolist() == [p for part in parts for p in part.segments[1].tolist()]
    assert bulge.tolist() == [b for part in parts for b in part.segments[2].tolist()]
    assert owner.tolist() == [k for k, part in enumerate(parts) for _ in part.segments[2]]
    assert chains.starts.tolist() == [part.vertices[0, :2].tolist() for part in parts]
    assert chains.ends.tolist() == [part.vertices[0 if part.closed else -1, :2].tolist() for part in parts]


@given(chains, st.lists(st.tuples(shifts, shifts), max_size=4))
def test_copies_are_the_chain_moved_to_each_place(chain: Chain, places: list[tuple[float, float]]) -> None:
    x, y = np.array([p[0] for p in places]), np.array([p[1] for p in places])
    copies = Chains.copies(chain, x, y)
    assert rows(copies) == rows(chain.moved(*place) for place in places)


def test_offsets_that_do_not_match_are_refused() -> None:
    chains = Chains.of([footprints.circle(1.0)])
    with pytest.raises(ValueError, match="offsets"):
        Chains(vertices=chains.vertices, offsets=np.array([0, 1], dtype=np.int64), closed=chains.closed)
