"""Trails: the same cuts in as few strokes as can be, straight on where three meet."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.layouts_for_tests import job
from tests.nesting.jobs import OUTLINES
from tests.outlines_for_tests import closed, fine_line, opened
from tests.toolpaths_for_tests import operation_of
from tfbpattern.geometry.chains import Chains
from tfbpattern.nesting import nest
from tfbpattern.routing.trails import trails
from tfbpattern.scribing.singulation import singulation


def odd_points(strokes: Chains) -> int:
    """At how many points an odd number of ends meet."""
    ends = shapely.points(np.concatenate([strokes.starts[~strokes.closed], strokes.ends[~strokes.closed]]))
    # Each point is named by the first end that lies there, to ten nanometres.
    here, there = shapely.STRtree(ends).query(ends, predicate="dwithin", distance=1e-5)
    name = np.full(len(ends), len(ends))
    np.minimum.at(name, here, there)
    return sum(count % 2 for count in Counter(name.tolist()).values())


@pytest.mark.parametrize("outline", OUTLINES, ids=lambda outline: str(outline["kind"]))
@pytest.mark.parametrize("rotation", [0, 30])
def test_the_cuts_of_a_sheet_are_joined_to_as_few_strokes_as_its_odd_points_allow(
    outline: dict[str, object], rotation: int
) -> None:
    some = job(
        web={"width_mm": 35.0, "frame_length_mm": 30.0},
        cell={"outline": outline, "rotations_deg": [rotation]},
        nest={"effort": 1},
    )
    operation = singulation(some, nest(some))
    ordered = trails(operation)
    if ordered is None:
        assert operation.strokes.closed.all() or odd_points(operation.strokes) == 2 * len(operation.strokes)
        return
    joined = ordered.strokes
    assert int((~joined.closed).sum()) == odd_points(operation.strokes) / 2
    # Ends that meet within a few nanometres become one.
    assert joined.length_mm == pytest.approx(operation.strokes.length_mm, abs=1e-4)
    before, after = (shapely.union_all([fine_line(s) for s in strokes]) for strokes in (operation.strokes, joined))
    assert after.buffer(1e-4).covers(before)


@settings(max_examples=40)
@given(st.permutations(range(6)), st.lists(st.booleans(), min_size=6, max_size=6))
def test_a_square_cut_in_pieces_becomes_one_closed_stroke_whatever_their_order(
    order: list[int], turned: list[bool]
) -> None:
    corners = [(0, 0), (4, 0), (8, 0), (8, 5), (8, 9, 0.3), (0, 9)]
    sides = [opened(a, (*b[:2], 0.0)) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]
    pieces = [sides[k].reversed() if turned[k] else sides[k] for k in order]
    joined = trails(operation_of(*pieces))
    assert joined is not None
    (whole,) = joined.strokes
    assert whole.closed
    assert abs(whole.signed_area_mm2) == pytest.approx(abs(closed(*corners).signed_area_mm2), abs=1e-9)


def test_a_line_goes_on_into_the_arc_that_leaves_it_smoothly() -> None:
    """Where a third one meets them at a corner, that one stays by itself."""
    line, arc, other = opened((0, 0), (5, 0)), opened((5, 0, 0.3), (6, 1)), opened((5, 0), (5, -4))
    tangent = opened((5, 0, float(np.tan(np.pi / 8))), (6, 1))
    joined = trails(operation_of(line, other, tangent))
    assert joined is not None
    assert sorted(len(stroke.vertices) for stroke in joined.strokes) == [2, 3]
    bent = next(stroke for stroke in joined.strokes if len(stroke.vertices) == 3)
    assert bent.vertices[:, 2].any()
    assert trails(operation_of(line, arc)) is not None


def test_strokes_that_do_not_meet_are_not_joined() -> None:
    assert trails(operation_of(opened((0, 0), (5, 0)), opened((5.001, 0), (9, 0)))) is None
