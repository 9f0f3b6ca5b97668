from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfbpattern.geometry import arcs
from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chain
from tfbpattern.geometry.joining import join

TOLERANCE_MM = 0.005


def line(*points: tuple[float, float]) -> Chain:
    return Chain(vertices=np.array([[x, y, 0.0] for x, y in points]), closed=False)


def arc(start: tuple[float, float], end: tuple[float, float], bulge: float) -> Chain:
    return Chain(vertices=np.array([[*start, bulge], [*end, 0.0]]), closed=False)


def square(x: float = 0.0, y: float = 0.0, size: float = 1.0) -> list[Chain]:
    corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
    return [line(a, b) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]


@st.composite
def outlines(draw: st.DrawFn) -> Chain:
    """A closed chain of lines and arcs around the origin, counter-clockwise, on whole nanometres."""
    count = draw(st.integers(3, 9))
    radii = draw(st.lists(st.floats(2.0, 6.0), min_size=count, max_size=count))
    bulges = draw(st.lists(st.sampled_from([0.0, 0.0, -0.2, 0.1, 0.4, 1.0]), min_size=count, max_size=count))
    angles = math.tau * np.arange(count) / count
    points = np.round(np.column_stack([np.cos(angles), np.sin(angles)]) * np.array(radii)[:, None], 6)
    return Chain(vertices=np.column_stack([points, bulges]), closed=True)


def pieces_of(outline: Chain) -> list[Chain]:
    return [arc((*a,), (*b,), float(v)) for a, b, v in zip(*outline.segments, strict=True)]


def shuffled(pieces: list[Chain], seed: int) -> list[Chain]:
    chance = random.Random(seed)
    turned = [piece.reversed() if chance.random() < 0.5 else piece for piece in pieces]
    chance.shuffle(turned)
    return turned


@given(outline=outlines(), seed=st.integers(0, 10_000))
@settings(deadline=None)
def test_pieces_in_any_order_and_direction_give_the_same_chain(outline: Chain, seed: int) -> None:
    expected = join([outline], TOLERANCE_MM).closed[0]
    joined = join(shuffled(pieces_of(outline), seed), TOLERANCE_MM)
    assert not joined.branches
    assert not joined.gaps
    assert [chain.vertices.tolist() for chain in joined.closed] == [expected.vertices.tolist()]
    assert expected.signed_area_mm2 == pytest.approx(outline.signed_area_mm2, abs=1e-9)


@given(outline=outlines(), seed=st.integers(0, 10_000))
@settings(deadline=None)
def test_ends_within_the_tolerance_meet_and_nothing_moves_further_than_it(outline: Chain, seed: int) -> None:
    chance = random.Random(seed)
    moved = []
    for piece in shuffled(pieces_of(outline), seed):
        vertices = piece.vertices.copy()
        for row in vertices:
            turn = chance.uniform(0.0, math.tau)
            # Each end leaves its place by less than half the tolerance, so two ends are close.
            row[:2] += np.array([math.cos(turn), math.sin(turn)]) * TOLERANCE_MM * chance.uniform(0.0, 0.49)
        moved.append(Chain(vertices=vertices, closed=False))
    joined = join(moved, TOLERANCE_MM)
    assert not joined.branches
    assert not joined.gaps
    (chain,) = joined.closed
    assert np.count_nonzero(chain.vertices[:, 2]) == np.count_nonzero(outline.vertices[:, 2])
    p0, p1, bulge = chain.segments
    for piece in moved:
        start, end, value = (part[0] for part in piece.segments)
        spots = np.array([arcs.point_at(start, end, value, np.asarray(k / 8.0)) for k in range(9)])
        ways = [
            np.array([arcs.point_at(a, b, v, np.asarray(k / 8.0)) for k in range(9)])
            for a, b, v in zip(p0, p1, bulge, strict=True)
        ]
        both = [way for one in ways for way in (one, one[::-1])]
        assert min(float(np.hypot(*(way - spots).T).max()) for way in both) <= TOLERANCE_MM


@pytest.mark.parametrize("gap", [0.0051, 0.02, 1.0])
def test_a_wider_gap_is_named_with_its_place_and_width(gap: float) -> None:
    pieces = [line((0, 0), (4, 0), (4, 3)), line((4, 3), (0, 3), (0, gap))]
    joined = join(pieces, TOLERANCE_MM)
    assert joined.closed == ()
    (found,) = joined.gaps
    assert (found.x_mm, found.y_mm, found.to_x_mm, found.to_y_mm) == (0.0, 0.0, 0.0, gap)
    assert found.width_mm == pytest.approx(gap)


@pytest.mark.parametrize("gap", [0.0, 1e-9, 0.001, 0.005])
def test_a_gap_up_to_the_tolerance_closes(gap: float) -> None:
    joined = join([line((0, 0), (4, 0), (4, 3)), line((4, 3), (0, 3), (0, gap))], TOLERANCE_MM)
    assert len(joined.closed) == 1
    assert [0.0, round(gap / 2.0, 6), 0.0] in joined.closed[0].vertices.tolist()


@pytest.mark.parametrize("off", [0.0, 1e-6, 0.003])
def test_three_ends_at_a_point_are_a_branch(off: float) -> None:
    joined = join([*square(), line((1.0 + off, 1.0), (2.0, 2.0))], TOLERANCE_MM)
    branch = joined.branches[0]
    assert (branch.x_mm, branch.y_mm) == pytest.approx((1.0, 1.0), abs=0.004)
    assert branch.ends == 3
    assert joined.closed == ()


def test_two_squares_that_meet_at_a_corner_are_a_branch_of_four() -> None:
    joined = join(square() + square(1.0, 1.0), TOLERANCE_MM)
    assert [(branch.x_mm, branch.y_mm, branch.ends) for branch in joined.branches] == [(1.0, 1.0, 4)]


def test_squares_apart_are_sorted_by_bounds() -> None:
    pieces = square(5.0) + square() + square(0.0, 5.0)
    bounds = [chain.bounds_mm[:2] for chain in join(pieces, TOLERANCE_MM).closed]
    assert bounds == [(0.0, 0.0), (0.0, 5.0), (5.0, 0.0)]


def test_chains_of_pieces_shorter_than_the_tolerance_keep_their_form() -> None:
    count = 3000
    angles = math.tau * np.arange(count) / count
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * 1.5
    assert math.hypot(*(ring[1] - ring[0])) < TOLERANCE_MM
    pieces = [line((*a,), (*b,)) for a, b in zip(ring, np.roll(ring, -1, axis=0), strict=True)]
    (chain,) = join(shuffled(pieces, 3), TOLERANCE_MM).closed
    assert len(chain.vertices) == count
    assert chain.area_mm2 == pytest.approx(math.pi * 1.5**2, rel=1e-5)


def test_a_short_piece_between_gaps_stays_in_the_row() -> None:
    short = line((0.001, 0.0), (0.004, 0.0))
    joined = join([line((0.005, 0.0), (4, 0), (4, 3)), short, line((4, 3), (0, 3), (0, 0))], TOLERANCE_MM)
    (chain,) = joined.closed
    assert chain.vertices[:2].tolist() == [[0.0, 3.0, 0.0], [0.0005, 0.0, 0.0]]
    assert len(chain.vertices) == 5


def test_a_piece_drawn_twice_counts_once() -> None:
    pieces = square()
    once = join(pieces, TOLERANCE_MM).closed
    twice = join([*pieces, pieces[0].reversed(), pieces[2]], TOLERANCE_MM)
    assert twice.branches == ()
    assert [c.vertices.tolist() for c in twice.closed] == [c.vertices.tolist() for c in once]


def test_two_arcs_over_one_chord_are_two_pieces() -> None:
    (lens,) = join([arc((0, 0), (4, 0), 0.3), arc((0, 0), (4, 0), -0.3)], TOLERANCE_MM).closed
    assert lens.vertices.tolist() == [[0.0, 0.0, 0.3], [4.0, 0.0, 0.3]]


def test_an_arc_of_nearly_a_turn_closes_without_leaving_its_circle() -> None:
    gap = 0.004
    half = math.asin(gap / 2.0 / 3.0)
    ends: list[Floats] = [3.0 * np.array([math.cos(a), math.sin(a)]) for a in (half, -half)]
    nearly = arc((*ends[0],), (*ends[1],), math.tan((math.tau - 2.0 * half) / 4.0))
    (circle,) = join([nearly], TOLERANCE_MM).closed
    assert circle.bounds_mm == pytest.approx((-3.0, -3.0, 3.0, 3.0), abs=gap)
    assert circle.area_mm2 == pytest.approx(9.0 * math.pi, abs=6.0 * math.pi * gap)


def test_pieces_and_segments_of_no_length_are_left_out() -> None:
    doubled = Chain(
        vertices=np.array([[0, 0, 0], [0, 0, 0.5], [4, 0, 0], [4, 3, 0], [4, 3, 0]], dtype=float), closed=True
    )
    joined = join([doubled, line((7, 7), (7, 7))], TOLERANCE_MM)
    assert [chain.vertices.tolist() for chain in joined.closed] == [[[0, 0, 0.5], [4, 0, 0], [4, 3, 0]]]


def test_clockwise_chains_are_turned_and_start_at_the_lowest_x() -> None:
    clockwise = Chain(vertices=np.array([[1, 2, 0.2], [3, 1, 0], [1, 0, 0]], dtype=float), closed=True)
    (chain,) = join([clockwise], TOLERANCE_MM).closed
    assert chain.vertices.tolist() == [[1.0, 0.0, 0.0], [3.0, 1.0, -0.2], [1.0, 2.0, 0.0]]


def test_nothing_gives_nothing() -> None:
    joined = join([], TOLERANCE_MM)
    assert (joined.closed, joined.branches, joined.gaps) == ((), (), ())
