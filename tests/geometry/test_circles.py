"""Arcs on one circle: their union, whatever their order and direction, and which lie upon each other."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfbpattern.geometry.chains import Chains
from tfbpattern.geometry.circles import Segments, overlapping, united

# Degrees, so that ends that are one are so exactly.
spans = st.tuples(st.integers(0, 359), st.integers(5, 350))


def arcs_of(
    parts: list[tuple[int, int]], turned: list[bool], centre: tuple[float, float] = (3.0, -2.0), radius: float = 4.0
) -> Segments:
    """Arcs from a bearing on, over so many degrees; run the other way where *turned*."""
    ends = []
    for start, sweep in parts:
        angles = np.radians([start, start + sweep])
        ends.append(np.column_stack([np.cos(angles), np.sin(angles)]) * radius + centre)
    points = np.array(ends).reshape(-1, 2, 2)
    bulge = np.tan(np.radians([sweep for _, sweep in parts]) / 4.0)
    back = np.array(turned[: len(parts)], dtype=bool)
    points[back] = points[back][:, ::-1]
    return points[:, 0], points[:, 1], np.where(back, -bulge, bulge)


def degrees(parts: list[tuple[int, int]]) -> set[int]:
    """Which degrees of the circle are covered."""
    return {angle % 360 for start, sweep in parts for angle in range(start, start + sweep)}


def stretches(covered: set[int]) -> int:
    return sum((angle - 1) % 360 not in covered for angle in covered)


def drawn(parts: list[tuple[int, int]], gaps: list[tuple[int, int]], turned: list[bool]) -> Chains:
    every = parts + gaps
    return united(
        arcs_of(every, turned + [False] * len(gaps)),
        np.zeros(len(every), dtype=np.int64),
        np.arange(len(every)) >= len(parts),
    )


@settings(max_examples=150)
@given(
    st.lists(spans, min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 359), st.integers(1, 30)), max_size=3),
    st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_what_is_drawn_is_the_union_less_the_gaps(
    parts: list[tuple[int, int]], gaps: list[tuple[int, int]], turned: list[bool]
) -> None:
    covered = degrees(parts) - degrees(gaps)
    found = drawn(parts, gaps, turned)
    assert found.length_mm == pytest.approx(math.radians(len(covered)) * 4.0, abs=1e-4)
    assert len(found) == (1 if len(covered) == 360 else stretches(covered))
    assert found.closed.all() == (len(covered) == 360 or not len(found))
    p0, p1, bulge, _ = found.segments
    assert (bulge > 0.0).all()
    for point in (p0, p1):
        assert np.hypot(*(point - (3.0, -2.0)).T) == pytest.approx(4.0, abs=1e-5)


@settings(max_examples=60)
@given(st.lists(spans, min_size=1, max_size=5), st.randoms())
def test_neither_order_nor_direction_of_the_arcs_changes_anything(parts: list[tuple[int, int]], random: object) -> None:
    forwards = drawn(parts, [], [False] * 5)
    shuffled = list(parts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' own class has no type
    backwards = drawn(shuffled, [], [True] * 5)
    assert backwards.length_mm == pytest.approx(forwards.length_mm, abs=2e-5)
    ends = [sorted(np.round(chains.vertices[:, :2], 4).tolist()) for chains in (forwards, backwards)]
    assert np.allclose(ends[0], ends[1], atol=2e-4)


@settings(max_examples=150)
@given(spans, spans, st.booleans(), st.sampled_from([0.0, 4e-6, 1e-4]))
def test_arcs_overlap_where_they_share_some_length_of_one_circle(
    one: tuple[int, int], other: tuple[int, int], turned: bool, off_mm: float
) -> None:
    first, second = arcs_of([one], [False]), arcs_of([other], [turned], radius=4.0 + off_mm)
    expected = bool(degrees([one]) & degrees([other])) and off_mm < 1e-5
    assert overlapping(first, second).tolist() == [expected]
    assert overlapping(second, first).tolist() == [expected]


def test_circles_are_kept_apart() -> None:
    two = [arcs_of([(0, 90)], [False], centre=(x, 0.0)) for x in (0.0, 20.0)]
    segments = tuple(np.concatenate(columns) for columns in zip(*two, strict=True))
    found = united((segments[0], segments[1], segments[2]), np.array([7, 4]), np.zeros(2, dtype=bool))
    assert sorted(np.round(found.starts[:, 0]).tolist()) == [4.0, 24.0]
