"""The area bound: a proof may not be refuted by a nest."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.layouts_for_tests import job
from tests.nesting.jobs import field, jobs
from tfbpattern.errors import InfeasibleError
from tfbpattern.model.job import Job
from tfbpattern.nesting import nest
from tfbpattern.nesting.area_bound import area_bound


def bound(some_job: Job) -> int:
    found: int | None = area_bound(field(some_job), some_job.cells[0])
    assert found is not None
    return found


@settings(max_examples=40)
@given(jobs())
def test_no_nest_holds_more_cells_than_the_bound(random_job: Job) -> None:
    try:
        found = nest(random_job)
    except InfeasibleError:
        return
    assert len(found.placements) <= bound(random_job)
    assert found.upper_bound <= bound(random_job)


@settings(max_examples=20)
@given(st.integers(1, 12), st.integers(1, 12), st.sampled_from([0.03, 0.5]))
def test_a_full_sheet_of_rectangles_meets_its_bound(columns: int, rows: int, kerf: float) -> None:
    web = {
        "width_mm": round(columns * (7.3 + kerf) - kerf, 6),
        "frame_length_mm": round(rows * (5.1 + kerf) - kerf, 6),
    }
    full = job(web=web, singulation={"kerf_mm": kerf})
    assert bound(full) == columns * rows


@settings(max_examples=20)
@given(st.floats(10.0, 60.0), st.floats(10.0, 60.0))
def test_between_rectangles_the_bound_counts_boxes_with_their_spacing(width: float, length: float) -> None:
    web = {"width_mm": round(width, 3), "frame_length_mm": round(length, 3)}
    expected = (web["width_mm"] + 0.03) * (web["frame_length_mm"] + 0.03) / (7.33 * 5.13)
    if abs(expected - round(expected)) > 1e-6:
        assert bound(job(web=web)) == math.floor(expected)


@settings(max_examples=20)
@given(st.floats(20.0, 60.0))
def test_between_circles_the_bound_counts_circles_grown_by_half_a_spacing(width: float) -> None:
    web = {"width_mm": round(width, 3), "frame_length_mm": 40.0}
    round_cells = job(web=web, cell={"outline": {"kind": "circle", "diameter_mm": 6.0}})
    expected = (web["width_mm"] + 0.03) * 40.03 / (math.pi * 3.015**2)
    # Chords take at most a thousandth of the circle's area away.
    assert math.floor(expected) <= bound(round_cells) <= math.floor(expected * 1.001)


def test_the_bound_of_a_square_with_one_sharp_corner_holds_when_keep_outs_fill_its_round_ones() -> None:
    """The cell stands between keep-outs in three of its corners; it is there, so the bound is at least one."""
    r, quarter = 4.0, math.tan(math.pi / 8.0)
    points = [[r, 0], [10 - r, 0, quarter], [10, r], [10, 10], [r, 10, quarter], [0, 10 - r], [0, r, quarter]]
    keepouts = [
        {"name": name, "rect_mm": [x, y, 1.1, 1.1], "clearance_mm": 0.0}
        for name, x, y in (("A", 0.0, 0.0), ("B", 8.9, 0.0), ("C", 0.0, 8.9))
    ]
    tight = job(
        web={"width_mm": 10.0, "frame_length_mm": 10.0, "keepouts": keepouts},
        cell={"outline": {"kind": "polygon", "points_mm": points}},
    )
    assert len(nest(tight).placements) == 1
    assert bound(tight) >= 1


def test_a_rounded_end_that_is_no_rounded_corner_is_bounded_by_its_area_not_its_box() -> None:
    """Cells whose arched ends lie in the bays of the next row hold more than their boxes would."""
    arch = [[0, 0], [5, 0, math.tan(math.pi / 8.0)], [5, 4], [0, 4]]
    sheet = job(
        web={"width_mm": 60.0, "frame_length_mm": 60.0},
        cell={"outline": {"kind": "polygon", "points_mm": arch}, "rotations_deg": [0, 180]},
    )
    area = sheet.cells[0].area_mm2 + 0.03 / 2.0 * sheet.cells[0].outline.length_mm + math.pi * 0.015**2
    assert bound(sheet) >= math.floor(60.03**2 / area)


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_a_large_keep_out_takes_its_area_from_the_bound(share: float) -> None:
    web = {"width_mm": 200.0, "frame_length_mm": 200.0}
    clear = bound(job(web=web))
    strip = {"name": "K", "rect_mm": [0.0, 0.0, 200.0, 200.0 * share], "clearance_mm": 0.0}
    less = bound(job(web={**web, "keepouts": [strip]}))
    assert less == pytest.approx(clear * (1.0 - share), rel=0.02)
