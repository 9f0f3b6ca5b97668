"""Border repair: more cells than the lattice it begins from, sound on any sheet, the same every time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings

from tests.layouts_for_tests import job
from tests.nesting.jobs import OUTLINES, field, jobs
from tests.nesting.soundness import check_nest
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest
from tfbpattern.nesting.borders import repaired
from tfbpattern.nesting.borders.sweeping import Sweep
from tfbpattern.nesting.borders.windows import borders_of, windows_along
from tfbpattern.nesting.contact.parts import parts_of
from tfbpattern.nesting.lattice import lattice
from tfbpattern.scribing import scribe

TEE = {
    "kind": "polygon",
    "points_mm": [[2.5, 0], [5.5, 0], [5.5, 4], [8, 4], [8, 7], [0, 7], [0, 4], [2.5, 4]],
}


def sheet(outline: dict[str, Any], width: float, length: float, **rest: Any) -> Job:
    return job(
        cell={"outline": outline, "rotations_deg": [0, 90, 180, 270]},
        web={"width_mm": width, "frame_length_mm": length, "stand_alone": True} | rest.pop("web", {}),
        isolation={"setback_mm": 0.05, "line_width_mm": 0.02},
        **rest,
    )


def nest_of(some_job: Job, effort: int) -> Nest | None:
    """The repaired lattice alone, as a nest."""
    pattern = repaired(field(some_job), some_job.cells[0], effort=effort)
    if pattern is None:
        return None
    return Nest(
        placements=pattern.placements,
        frame_length_mm=some_job.web.frame_length_mm[1],
        spacing_mm=some_job.spacing_mm,
        upper_bound=10**9,
        bound="none",
        method=pattern.method,
        bulk_density=pattern.bulk_density,
    )


def lattice_count(some_job: Job, effort: int) -> int:
    pattern = lattice(field(some_job), some_job.cells[0], effort=effort)
    assert pattern is not None
    return len(pattern.placements)


def test_a_sheet_of_tees_takes_several_more() -> None:
    some_job = sheet(TEE, 150.0, 60.0, singulation={"kerf_mm": 0.1})
    found = nest_of(some_job, 3)
    assert found is not None
    check_nest(some_job, found)
    assert len(found.placements) >= lattice_count(some_job, 3) + 2
    assert found.method.endswith("borders repaired")
    # Raises where two cuts are too close.
    assert scribe(some_job, found)


def test_around_a_keep_out_cells_are_nested_anew() -> None:
    keepout = {"name": "S", "polygon_mm": [[30, 30], [32, 28], [62, 60], [60, 62]]}
    some_job = sheet(TEE, 90.0, 90.0, web={"keepouts": [keepout]}, singulation={"kerf_mm": 0.1})
    found = nest_of(some_job, 3)
    assert found is not None
    check_nest(some_job, found)
    assert len(found.placements) > lattice_count(some_job, 3)


@settings(max_examples=6, deadline=None)
@given(jobs())
def test_every_cell_stands_where_it_may_and_there_are_more(some_job: Job) -> None:
    found = nest_of(some_job, 2)
    if found is not None:
        check_nest(some_job, found)
        assert len(found.placements) > lattice_count(some_job, 2)


@pytest.mark.parametrize("outline", OUTLINES, ids=lambda outline: outline["kind"])
def test_shared_cuts_leave_no_sliver(outline: dict[str, object]) -> None:
    some_job = sheet(outline, 45.0, 45.0, singulation={"kerf_mm": 0.1})
    found = nest_of(some_job, 2)
    if found is not None:
        check_nest(some_job, found)
        assert scribe(some_job, found)


def test_the_least_effort_leaves_borders_alone() -> None:
    assert nest_of(sheet(TEE, 60.0, 60.0), 1) is None


def test_the_same_every_time() -> None:
    poses = []
    for _ in range(2):
        some_job = sheet(TEE, 60.0, 60.0, singulation={"kerf_mm": 0.1})
        some_field, cell = field(some_job), some_job.cells[0]
        start = lattice(some_field, cell, effort=1)
        assert start is not None
        sweep = Sweep(start.placements, some_field, cell, parts_of(cell, some_field.spacing_mm, some_field.sliver_mm))
        sweep.run(1, 10_000_000)
        assert (sweep.xs.sum(), sweep.ys.sum()) != (start.placements.x_mm.sum(), start.placements.y_mm.sum())
        p = sweep.placements()
        poses.append(np.column_stack((p.x_mm, p.y_mm, p.rotation_deg)).tobytes())
    assert poses[0] == poses[1]


def test_windows_cover_every_border_and_look_away_from_it() -> None:
    keepout = {"name": "S", "polygon_mm": [[30, 30], [50, 30], [40, 50]]}
    some_field = field(sheet(TEE, 90.0, 70.0, web={"keepouts": [keepout]}))
    borders = borders_of(some_field, 6.0)
    assert len(borders) == 5
    usable = shapely.box(some_field.x_min_mm, some_field.y_min_mm, some_field.x_max_mm, some_field.y_max_mm)
    free = usable.difference(shapely.union_all([hazard.shape for hazard in some_field.hazards]))
    for border in borders:
        windows = windows_along(border, 12.0, 10.0)
        for at in np.linspace(0.01, 0.99, 197):
            point = border.interpolate(at, normalized=True)
            assert any(w.holds(np.array([point.x]), np.array([point.y]))[0] for w in windows)
        for w in windows:
            inward = shapely.Point(w.x + 0.5 * w.inward[0], w.y + 0.5 * w.inward[1])
            assert free.buffer(1e-9).contains(inward)
            assert abs(w.along[0] * w.inward[0] + w.along[1] * w.inward[1]) < 1e-12
