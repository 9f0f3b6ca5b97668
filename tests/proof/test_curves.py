"""Laws of the proof's own parallels: they agree with those that made the paths, and with the definition."""

from __future__ import annotations

import math

import numpy as np
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.outlines_for_tests import fine, outlines
from tfbpattern.geometry.chains import Chain
from tfbpattern.geometry.offsets import offset
from tfbpattern.proof.curves import SAGITTA_MM, Moves, inset, outset, ring_of, ring_points


def _apart(ring: np.ndarray, other: shapely.Polygon) -> float:
    """How far the corners of either ring lie off the other."""
    mine = shapely.LinearRing(ring)
    return max(
        float(shapely.distance(mine, shapely.points(np.asarray(other.exterior.coords))).max()),
        float(shapely.distance(other.exterior, shapely.points(ring)).max()),
    )


@given(outline=outlines())
def test_a_ring_keeps_to_its_chain(outline: Chain) -> None:
    assert _apart(ring_of(outline.vertices), fine(outline)) <= 1.5 * SAGITTA_MM


@settings(max_examples=60)
@given(outline=outlines(), distance=st.sampled_from([0.05, 0.0875, 0.3]))
def test_insets_agree_with_those_that_the_paths_are_made_of(outline: Chain, distance: float) -> None:
    theirs = offset(outline, -distance)
    assume(len(theirs) == 1)
    mine = inset(ring_of(outline.vertices), distance, mitred=True)
    assert len(mine) == 1
    # Half a micrometre is what the proof allows a path to stand off.
    assert _apart(ring_points(mine[0]), fine(theirs[0], 1e-5)) <= 5e-4


@settings(max_examples=60)
@given(outline=outlines(), kerf=st.sampled_from([0.015, 0.03, 0.1]))
def test_outsets_agree_with_those_that_the_paths_are_made_of(outline: Chain, kerf: float) -> None:
    theirs = offset(outline, kerf / 2.0)
    assume(len(theirs) == 1)
    assert _apart(outset(ring_of(outline.vertices), kerf / 2.0), fine(theirs[0], 1e-5)) <= 5e-4


@settings(max_examples=60)
@given(outline=outlines(), distance=st.sampled_from([0.05, 0.2]))
def test_a_round_inset_is_all_that_is_farther_from_the_edge(outline: Chain, distance: float) -> None:
    ring = ring_of(outline.vertices)
    region = shapely.Polygon(ring)
    parts = inset(ring, distance, mitred=False)
    edge = shapely.LinearRing(ring)
    for part in parts:
        away = shapely.distance(edge, shapely.points(ring_points(part)))
        assert away.min() >= distance - 3.0 * SAGITTA_MM
        assert away.max() <= distance + 3.0 * SAGITTA_MM
    depth = shapely.buffer(region, -distance, quad_segs=64).area
    assert math.isclose(sum(part.area for part in parts), depth, rel_tol=2e-3, abs_tol=1e-3)


def test_a_full_circle_is_one_move() -> None:
    move = Moves(
        start=np.array([(1.0, 0.0)]),
        end=np.array([(1.0, 0.0)]),
        centre=np.array([(0.0, 0.0)]),
        sweep_rad=np.array([2.0 * math.pi]),
        owner=np.zeros(1, dtype=np.int64),
    )
    assert math.isclose(float(move.lengths_mm[0]), math.tau)
    assert np.allclose(move.boxes(), [(-1.0, -1.0, 1.0, 1.0)])
    (line,) = move.lines()
    assert math.isclose(shapely.Polygon(line.coords).area, math.pi, rel_tol=1e-3)
