"""Stretches taken out of a closed chain: what is left and what was taken are together the whole, once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.outlines_for_tests import closed, distances, outlines, points_along, same_curve
from tfbpattern.geometry import footprints
from tfbpattern.geometry.chains import Chain
from tfbpattern.geometry.cutting_out import part, without

NM = 1e-6

# In thousandths of the whole way round: from 0 to before the start again, up to a full turn.
spans = st.lists(st.tuples(st.integers(-1000, 1999), st.integers(1, 999)), min_size=1, max_size=6)


def place(chain: Chain, at_mm: float) -> np.ndarray:
    """The point at a length along a closed chain."""
    return np.asarray(part(chain, at_mm % chain.length_mm, at_mm % chain.length_mm + 0.001).vertices[0, :2])


def uncovered(spans_mm: list[tuple[float, float]], total: float) -> list[tuple[float, float]]:
    """What the spans, taken round a circle, leave free; by brute force over all their ends."""
    cuts = sorted({value % total for span in spans_mm for value in span})
    free = []
    for low, high in zip(cuts, [*cuts[1:], cuts[0] + total], strict=True):
        middle = (low + high) / 2.0
        if not any((middle - start) % total < end - start for start, end in spans_mm):
            free.append((low, high))
    joined: list[tuple[float, float]] = []
    for low, high in free:
        if joined and abs(joined[-1][1] - low) < 1e-9:
            joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    return joined


@given(outlines(), spans)
def test_lengths_of_what_is_left_and_what_was_taken_add_up(chain: Chain, taken: list[tuple[int, int]]) -> None:
    total = chain.length_mm
    intervals = [(a * total / 1000, (a + size) * total / 1000) for a, size in taken]
    left = without(chain, intervals)
    free = uncovered(intervals, total)
    assert sum(piece.length_mm for piece in left) == pytest.approx(sum(b - a for a, b in free), abs=1e-5)
    assert all(not piece.closed for piece in left)
    for piece in left:
        assert distances(chain, points_along(piece)).max() <= NM


@given(outlines(), spans)
def test_each_piece_runs_from_the_end_of_one_stretch_to_the_start_of_the_next(
    chain: Chain, taken: list[tuple[int, int]]
) -> None:
    total = chain.length_mm
    intervals = [(a * total / 1000, (a + size) * total / 1000) for a, size in taken]
    left = without(chain, intervals)
    merged = [(a, b) for a, b in uncovered(intervals, total) if b - a > 1e-4]
    if len(merged) > 1 and abs(merged[-1][1] - total - merged[0][0]) < 1e-9:
        merged = [*merged[1:-1], (merged[-1][0], merged[0][1] + total)]
    assert len(left) == len(merged)
    for a, b in merged:
        starts = [np.hypot(*(piece.vertices[0, :2] - place(chain, a))) for piece in left]
        piece = left[int(np.argmin(starts))]
        assert min(starts) <= 1e-5
        assert np.hypot(*(piece.vertices[-1, :2] - place(chain, b))) <= 1e-5
        assert piece.length_mm == pytest.approx(b - a, abs=1e-5)


@given(outlines())
def test_with_nothing_to_take_out_the_chain_itself_is_left(chain: Chain) -> None:
    (same,) = without(chain, [])
    assert same is chain


@given(outlines(), st.integers(0, 999))
def test_a_whole_turn_leaves_nothing(chain: Chain, start: int) -> None:
    total = chain.length_mm
    begin = start * total / 1000
    assert without(chain, [(begin, begin + total)]) == ()
    half = total / 2.0
    assert without(chain, [(begin, begin + half), (begin + half, begin + total)]) == ()


@given(outlines(), st.integers(-400, -1), st.integers(1, 400))
def test_a_stretch_over_the_start_leaves_one_piece_between_its_ends(chain: Chain, before: int, after: int) -> None:
    total = chain.length_mm
    (piece,) = without(chain, [(before * total / 1000, after * total / 1000)])
    assert piece.length_mm == pytest.approx(total * (1000 + before - after) / 1000, abs=1e-6)
    assert np.hypot(*(piece.vertices[0, :2] - place(chain, after * total / 1000))) <= 1e-6


@given(outlines(), st.integers(0, 999), st.integers(1, 999))
def test_a_part_keeps_arcs_as_arcs_and_vertices_as_they_are(chain: Chain, start: int, size: int) -> None:
    total = chain.length_mm
    a, b = start * total / 1000, (start + size) * total / 1000
    assume(size * total > 1.0)
    piece = part(chain, a, b)
    assert piece.length_mm == pytest.approx(b - a, abs=1e-6)
    assert distances(chain, points_along(piece, at_least=7)).max() <= NM
    known = {tuple(vertex) for vertex in chain.vertices[:, :2].tolist()}
    for vertex in piece.vertices[1:-1, :2].tolist():
        assert min(np.hypot(vertex[0] - x, vertex[1] - y) for x, y in known) <= 1e-9


@given(outlines(), st.integers(1, 999))
def test_two_parts_make_the_whole(chain: Chain, cut: int) -> None:
    total = chain.length_mm
    at = cut * total / 1000
    first, second = part(chain, 0.0, at), part(chain, at, total)
    vertices = np.concatenate([first.vertices[:-1], second.vertices[:-1]])
    assert same_curve(Chain(vertices=vertices, closed=True), chain)


def test_sides_of_a_rounded_rectangle_taken_out_leave_its_corners() -> None:
    chain = footprints.rect(5.0, 3.0, 0.5)
    p0, p1, bulge = chain.segments
    ends = np.cumsum(
        [0.0, *(np.hypot(*(b - a)) if not k else np.pi / 4.0 for a, b, k in zip(p0, p1, bulge, strict=True))]
    )
    sides = [(float(ends[k]), float(ends[k + 1])) for k in range(len(bulge)) if not bulge[k]]
    corners = without(chain, sides)
    assert len(corners) == 4
    for corner in corners:
        assert len(corner.vertices) == 2
        assert corner.length_mm == pytest.approx(np.pi / 4.0, abs=1e-9)


def test_a_gap_across_a_corner_leaves_the_rest_of_both_sides() -> None:
    square = closed((0, 0), (4, 0), (4, 4), (0, 4))
    (piece,) = without(square, [(3.0, 5.0)])
    assert piece.vertices.tolist() == [[4, 1, 0], [4, 4, 0], [0, 4, 0], [0, 0, 0], [3, 0, 0]]
