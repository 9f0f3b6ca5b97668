"""Strokes kept apart, and what is cut before what: laws of the order, whatever its price."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kerfs_for_tests import graph_length_mm, lines, outlines_of
from tests.layouts_for_tests import job
from tests.nesting.jobs import OUTLINES
from tests.toolpaths_for_tests import gantry, operations
from tfbpattern.errors import InfeasibleError
from tfbpattern.model.toolpath import Operation, Toolpath
from tfbpattern.nesting import nest
from tfbpattern.routing import effort_of, route
from tfbpattern.scribing import scribe


def gaps(toolpath: Toolpath) -> list[float]:
    """From the end of each stroke to the start of the next one; from pass to pass as well."""
    marks = list(toolpath.marks)
    following = [*marks[1:], *(marks[:1] if toolpath.recipe.passes > 1 else [])]
    return [
        float(np.hypot(*(after.vertices[0, :2] - before.vertices[-1, :2])))
        for before, after in zip(marks, following, strict=False)
    ]


@settings(max_examples=60)
@given(operations(), st.sampled_from([0.3, 2.0, 7.5]))
def test_no_stroke_begins_nearer_than_asked_or_the_job_is_refused(operation: Operation, least: float) -> None:
    asked = dataclasses.replace(operation, heat_distance_mm=least)
    try:
        found = route(asked, gantry())
    except InfeasibleError:
        # Six strokes at most, of which any may lie near all others.
        return
    assert min(gaps(found), default=np.inf) >= least
    # The same lines are marked.
    assert graph_length_mm(lines(found.strokes)) == pytest.approx(graph_length_mm(lines(operation.strokes)), abs=1e-3)


@settings(max_examples=20)
@given(st.sampled_from(OUTLINES), st.sampled_from([3.0, 11.0]), st.sampled_from(["shared", "contour"]))
def test_a_sheet_is_marked_with_its_strokes_apart_and_its_price_told(
    outline: dict[str, object], least: float, mode: str
) -> None:
    heat = {"heat_distance_mm": least}
    some = job(
        cell={"outline": outline},
        isolation={"setback_mm": 0.1, **heat},
        singulation={"kerf_mm": 0.03, "mode": mode, **heat},
        nest={"effort": 1},
    )
    for operation in scribe(some, nest(some)):
        kept = route(operation, some.machine)
        free = route(dataclasses.replace(operation, heat_distance_mm=0.0), some.machine)
        assert min(gaps(kept)) >= least
        times = [effort_of(toolpath, some.machine).time_s for toolpath in (kept, free)]
        assert kept.heat_price_s == pytest.approx(max(times[0] - times[1], 0.0), abs=1e-5)
        assert free.heat_price_s is None


def test_two_strokes_that_cannot_be_apart_are_refused_with_the_numbers() -> None:
    some = job(web={"width_mm": 16.0, "frame_length_mm": 5.2}, isolation={"setback_mm": 0.1, "heat_distance_mm": 16.5})
    operation, _ = scribe(some, nest(some))
    with pytest.raises(InfeasibleError, match=r"isolation: no order keeps heat_distance_mm = 16.5 mm .* 2 strokes"):
        route(operation, some.machine)


@pytest.mark.parametrize("radius", [0.0, 0.3])
@pytest.mark.parametrize("count", [0, 4])
def test_what_parts_cells_comes_before_what_parts_them_from_the_web(radius: float, count: int) -> None:
    some = job(
        cell={"outline": {"kind": "rect", "width_mm": 7.3, "height_mm": 5.1, "corner_radius_mm": radius}},
        singulation={"kerf_mm": 0.03, "tabs": {"count": count, "width_mm": 0.08}},
    )
    found = nest(some)
    assert len(found.placements) > 8
    _, operation = scribe(some, found)
    tree = shapely.STRtree(outlines_of(some, found))
    outer = []
    for stroke in route(operation, some.machine).strokes:
        # A straight cut that no two cells have in common, though it be one of several on its line.
        long = stroke.length_mm > 2.0
        ends = stroke.vertices[[0, -1], :2]
        middles = [ends[0] + (ends[1] - ends[0]) * t for t in np.linspace(0.01, 0.99, 40)]
        beside = max(len(tree.query(shapely.Point(p), predicate="dwithin", distance=0.0151)) for p in middles)
        outer.append(beside < 2 if long else None)
    told = [side for side in outer if side is not None]
    assert True in told
    assert told == sorted(told)


def test_the_border_last_costs_next_to_nothing() -> None:
    some = job(web={"width_mm": 150.0, "frame_length_mm": 130.0})
    _, operation = scribe(some, nest(some))
    ordered, free = (
        effort_of(route(one, some.machine), some.machine).time_s
        for one in (operation, dataclasses.replace(operation, stage=None))
    )
    assert ordered <= 1.02 * free
