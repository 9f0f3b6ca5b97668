"""Isolation: one trench a cell, where setback and line width say."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kerfs_for_tests import outlines_of
from tests.layouts_for_tests import job
from tests.nesting.jobs import OUTLINES, ROTATIONS, jobs
from tests.outlines_for_tests import distances, fine, fine_line, points_along
from tfbpattern.errors import InfeasibleError
from tfbpattern.model.job import Job
from tfbpattern.nesting import nest
from tfbpattern.scribing.isolation import isolation

NM = 1e-6

setbacks = st.sampled_from([(0.1, 0.025), (0.03, 0.03), (0.3, 0.06), (0.05, 0.01)])


@settings(max_examples=40)
@given(st.sampled_from(OUTLINES), st.sampled_from(ROTATIONS), setbacks)
def test_every_cell_has_one_ring_setback_less_half_a_width_inside_its_outline(
    outline: dict[str, object], rotations: list[int], sizes: tuple[float, float]
) -> None:
    setback, width = sizes
    some = job(
        web={"width_mm": 30.0, "frame_length_mm": 30.0},
        cell={"outline": outline, "rotations_deg": rotations},
        isolation={"setback_mm": setback, "line_width_mm": width},
        nest={"effort": 1},
    )
    found = nest(some)
    operation = isolation(some, found)
    assert len(operation.strokes) == len(found.placements)
    assert operation.strokes.closed.all()
    p = found.placements
    lattice = list(zip(p.row.tolist(), p.column.tolist(), strict=True))
    seen = []
    inset = setback - width / 2.0
    for k, ring in enumerate(operation.strokes):
        place = (int(operation.row[k]), int(operation.column[k]))
        seen.append(place)
        cell = lattice.index(place)
        own = some.cells[0].outline.rotated(float(p.rotation_deg[cell])).moved(float(p.x_mm[cell]), float(p.y_mm[cell]))
        away = distances(own, points_along(ring, at_least=5))
        assert away.min() >= inset - NM
        # Only where the outline turns inwards is the ring, mitred, farther away, and twice as far at most.
        assert away.max() <= inset * (1.0 + NM) + NM or fine(own, 1e-3).convex_hull.area > fine(own, 1e-3).area + 1e-3
        assert away.max() <= 2.0 * inset + NM
        assert fine(own, 1e-4).contains(shapely.Point(ring.vertices[0, :2]))
    assert sorted(seen) == lattice


@settings(max_examples=30)
@given(st.sampled_from(OUTLINES), setbacks)
def test_the_trench_lies_between_setback_less_width_and_setback(
    outline: dict[str, object], sizes: tuple[float, float]
) -> None:
    setback, width = sizes
    some = job(cell={"outline": outline}, isolation={"setback_mm": setback, "line_width_mm": width})
    cell = some.cells[0]
    trench = fine_line(cell.trench).buffer(width / 2.0, quad_segs=32)
    active = fine(cell.active_area)
    # The ring's fine polyline is a few hundredths of a micrometre off.
    assert trench.buffer(-1e-4).disjoint(active)
    # Outside the trench nothing but dead film; inside it the active area, and nothing between them.
    whole = fine(cell.outline)
    assert whole.covers(trench.buffer(-1e-4))
    removed = shapely.get_coordinates(shapely.segmentize(trench, 0.1))
    away = distances(cell.outline, removed)
    assert away.min() >= setback - width - 1e-5
    inner = whole.difference(shapely.Polygon(trench.exterior))
    assert inner.buffer(-1e-4).disjoint(active)
    assert active.boundary.distance(trench) <= 1e-5
    strip = shapely.Polygon(trench.exterior).difference(trench).difference(active)
    # What is neither trench nor active area are the corners that a round beam leaves.
    assert strip.buffer(-0.3 * width).is_empty


@settings(max_examples=25)
@given(jobs())
def test_trenches_of_one_sheet_do_not_touch_each_other_or_leave_their_cells(random_job: Job) -> None:
    try:
        found = nest(random_job)
    except InfeasibleError:
        return
    operation = isolation(random_job, found)
    cells = outlines_of(random_job, found, 1e-4)
    tree = shapely.STRtree(cells)
    width = random_job.isolation.line_width_mm
    for ring in list(operation.strokes)[:12]:
        trench = fine_line(ring).buffer(width / 2.0 - 1e-6)
        holders = tree.query(trench, predicate="intersects").tolist()
        assert len(holders) == 1
        assert cells[holders[0]].covers(trench)


def test_rings_are_marked_with_the_layouts_recipe_and_overcut() -> None:
    some = job(isolation={"overcut_mm": 0.07, "recipe": {"passes": 3, "mark_speed_mm_s": 777.0}})
    operation = isolation(some, nest(some))
    assert operation.name == "isolation"
    assert operation.overcut_mm == 0.07
    assert (operation.recipe.passes, operation.recipe.mark_speed_mm_s) == (3, 777.0)


@pytest.mark.parametrize("radius", [0.0, 0.2])
def test_a_ring_has_the_length_that_its_outline_loses_by_the_inset(radius: float) -> None:
    """Eight insets off a sharp rectangle's outline; two pi of them off round corners."""
    some = job(cell={"outline": {"kind": "rect", "width_mm": 7.3, "height_mm": 5.1, "corner_radius_mm": radius}})
    ring = isolation(some, nest(some)).strokes[0]
    outline = some.cells[0].outline.length_mm
    lost = 8.0 * 0.0875 if radius == 0.0 else 2.0 * np.pi * 0.0875
    assert ring.length_mm == pytest.approx(outline - lost, abs=1e-6)
