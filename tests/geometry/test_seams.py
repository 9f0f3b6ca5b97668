"""Seams: a chain from another start is the same curve, and every way in lies on it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.outlines_for_tests import closed, distances, opened, outlines, same_curve
from tfbpattern.geometry.chains import Chain, Chains
from tfbpattern.geometry.seams import restarted, seams_of

NM = 1e-6


@settings(max_examples=60)
@given(st.lists(outlines(), min_size=1, max_size=4), st.data())
def test_restarted_chains_are_the_same_curves_from_the_seams_asked_for(
    chains: list[Chain], data: st.DataObject
) -> None:
    strokes = Chains.of([*chains, opened((0, 0), (3, 1, 0.4), (5, 5))])
    seams = seams_of(strokes)
    assert set(seams.chain.tolist()) == set(range(len(chains)))
    chosen = [data.draw(st.sampled_from(np.flatnonzero(seams.chain == k).tolist())) for k in range(len(chains))]
    moved = restarted(strokes, np.append(seams.segment[chosen], 0), np.append(seams.fraction[chosen], 0.0))
    assert moved[len(chains)].vertices.tolist() == strokes[len(chains)].vertices.tolist()
    for k, (before, after) in enumerate(zip(chains, moved, strict=False)):
        assert after.closed
        assert same_curve(before, after)
        assert abs(after.signed_area_mm2 - before.signed_area_mm2) <= NM * before.length_mm
        assert np.hypot(*(after.vertices[0, :2] - seams.points[chosen[k]])) <= NM
        assert distances(before, after.vertices[:, :2]).max() <= NM


@settings(max_examples=60)
@given(outlines())
def test_every_vertex_is_a_way_in_and_arcs_have_one_at_least_every_45_degrees(outline: Chain) -> None:
    seams = seams_of(Chains.of([outline]))
    assert distances(outline, seams.points).max() <= NM
    for vertex in outline.vertices[:, :2]:
        assert np.hypot(*(seams.points - vertex).T).min() == 0.0
    for k, bulge in enumerate(outline.vertices[:, 2].tolist()):
        fractions = np.append(seams.fraction[seams.segment == k], 1.0)
        assert np.diff(fractions).max() * 4.0 * abs(np.arctan(bulge)) <= np.pi / 4.0 + 1e-5


def test_a_circle_may_be_entered_from_eight_sides() -> None:
    seams = seams_of(Chains.of([closed((-1, 0, 1.0), (1, 0, 1.0))]))
    angles = sorted(np.degrees(np.arctan2(seams.points[:, 1], seams.points[:, 0])).round(6) % 360)
    assert angles == [0, 45, 90, 135, 180, 225, 270, 315]


@settings(max_examples=20)
@given(st.integers(65, 400), st.integers(3, 64))
def test_of_more_than_64_ways_in_as_many_are_kept_at_even_steps(many: int, few: int) -> None:
    turns = [np.linspace(0.0, 2.0 * np.pi, count, endpoint=False) for count in (many, few)]
    rings = Chains.of([closed(*((np.cos(t), np.sin(t)) for t in turn)) for turn in turns])
    seams = seams_of(rings)
    assert np.bincount(seams.chain).tolist() == [64, few]
    kept = np.append(seams.segment[seams.chain == 0], many)
    assert kept[0] == 0
    assert np.diff(kept).max() - np.diff(kept).min() <= 1
