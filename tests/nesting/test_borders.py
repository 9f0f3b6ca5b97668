"""Border repair: more cells than the lattice it begins from, sound on any sheet, the same every time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings

from tests.layouts_for_tests import job
from tests.nesting.jobs import OUTLINES, field, jobs, nest_of
from tests.nesting.soundness import check_nest
from tfbpattern.model.job import Job
from tfbpattern.nesting import nest
from tfbpattern.nesting.borders import repaired
from tfbpattern.nesting.borders.sweeping import Size, Sweep
from tfbpattern.nesting.borders.windows import borders_of, windows_along
from tfbpattern.nesting.contact.parts import parts_of
from tfbpattern.nesting.grid import grid
from tfbpattern.nesting.lattice import lattice
from tfbpattern.nesting.pattern import Pattern
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


def patterns(some_job: Job, effort: int) -> tuple[Pattern, Pattern | None]:
    """A lattice, and the same with its borders repaired."""
    some_field, cell = field(some_job), some_job.cells[0]
    before = lattice(some_field, cell, effort=effort)
    assert before is not None
    return before, repaired([before, *before.alternatives], some_field, cell, effort=effort)


def test_a_sheet_of_tees_takes_several_more() -> None:
    some_job = sheet(TEE, 150.0, 60.0, singulation={"kerf_mm": 0.1})
    before, after = patterns(some_job, 3)
    assert after is not None
    check_nest(some_job, nest_of(some_job, after))
    assert len(after.placements) >= len(before.placements) + 2
    assert after.method.endswith("borders repaired")
    # Raises where two cuts are too close.
    assert scribe(some_job, nest_of(some_job, after))


def test_around_a_keep_out_cells_are_nested_anew() -> None:
    keepout = {"name": "S", "polygon_mm": [[30, 30], [32, 28], [62, 60], [60, 62]]}
    some_job = sheet(TEE, 90.0, 90.0, web={"keepouts": [keepout]}, singulation={"kerf_mm": 0.1})
    before, after = patterns(some_job, 3)
    assert after is not None
    check_nest(some_job, nest_of(some_job, after))
    assert len(after.placements) > len(before.placements)


@settings(max_examples=6, deadline=None)
@given(jobs())
def test_every_cell_stands_where_it_may_and_there_are_more(some_job: Job) -> None:
    if some_job.cells[0].spaced_per_axis or lattice(field(some_job), some_job.cells[0], effort=2) is None:
        return
    before, after = patterns(some_job, 2)
    if after is not None:
        check_nest(some_job, nest_of(some_job, after))
        assert len(after.placements) > len(before.placements)


@pytest.mark.parametrize("outline", OUTLINES, ids=lambda outline: outline["kind"])
def test_shared_cuts_leave_no_sliver(outline: dict[str, object]) -> None:
    some_job = sheet(outline, 45.0, 45.0, singulation={"kerf_mm": 0.1})
    if some_job.cells[0].spaced_per_axis:
        return
    _, after = patterns(some_job, 2)
    if after is not None:
        check_nest(some_job, nest_of(some_job, after))
        assert scribe(some_job, nest_of(some_job, after))


def test_with_the_least_effort_borders_are_only_filled() -> None:
    keepout = {"name": "S", "polygon_mm": [[30, 30], [32, 28], [62, 60], [60, 62]]}
    some_job = sheet(OUTLINES[4], 90.0, 90.0, web={"keepouts": [keepout]})
    before, after = patterns(some_job, 1)
    assert after is not None
    assert after.method == f"{before.method}, borders filled"
    check_nest(some_job, nest_of(some_job, after))
    assert len(after.placements) > len(before.placements)


def test_rectangles_are_left_as_they_are() -> None:
    some_job = job(cell={"rotations_deg": [0, 90]})
    before = grid(field(some_job), some_job.cells[0], effort=1)
    assert before is not None
    assert repaired([before], field(some_job), some_job.cells[0], effort=5) is None


def test_the_best_nest_is_repaired_and_its_borders_are_named_in_the_method() -> None:
    some_job = sheet(TEE, 150.0, 60.0, singulation={"kerf_mm": 0.1})
    before, after = patterns(some_job, 3)
    assert after is not None
    found = nest(some_job)
    assert found.method == after.method
    assert len(found.placements) == len(after.placements) > len(before.placements)


def test_an_alternative_with_fewer_cells_may_have_more_in_the_end() -> None:
    pentagon = {"kind": "polygon", "points_mm": [[0, 0], [6, 0.5], [8, 4], [4, 7], [0.5, 4.5]]}
    some_job = sheet(pentagon, 90.0, 60.0, singulation={"kerf_mm": 0.1})
    some_field, cell = field(some_job), some_job.cells[0]
    fullest = lattice(some_field, cell, effort=3)
    assert fullest is not None
    assert all(len(other.placements) <= len(fullest.placements) for other in fullest.alternatives)
    alone = repaired([fullest], some_field, cell, effort=3)
    among = repaired([fullest, *fullest.alternatives], some_field, cell, effort=3)
    assert among is not None
    check_nest(some_job, nest_of(some_job, among))
    assert len(among.placements) > len((alone or fullest).placements)
    found = nest(some_job)
    assert len(found.placements) == len(among.placements)


def test_the_same_every_time() -> None:
    poses = []
    for _ in range(2):
        some_job = sheet(TEE, 60.0, 60.0, singulation={"kerf_mm": 0.1})
        some_field, cell = field(some_job), some_job.cells[0]
        start = lattice(some_field, cell, effort=1)
        assert start is not None
        sweep = Sweep(start.placements, some_field, cell, parts_of(cell, some_field.spacing_mm, some_field.sliver_mm))
        sweep.run(Size(2.6, 1.6, 6), 1, 10_000_000)
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
