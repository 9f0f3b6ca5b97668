"""Pairs in boxes and filled borders: sound on any sheet, and never fewer cells than before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.layouts_for_tests import job
from tests.nesting.jobs import field, jobs, nest_of
from tests.nesting.soundness import check_nest
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Placements
from tfbpattern.nesting.clusters import clusters
from tfbpattern.nesting.contact.clearing import keep_clear
from tfbpattern.nesting.contact.parts import parts_of
from tfbpattern.nesting.filling import filled
from tfbpattern.nesting.lattice import lattice
from tfbpattern.scribing import scribe

ELL = {"kind": "ell", "width_mm": 8.0, "height_mm": 6.0, "notch_width_mm": 4.0, "notch_height_mm": 3.0}
TURNS = [0, 90, 180, 270]


@settings(max_examples=20, deadline=None)
@given(jobs(), st.sampled_from([1, 2, 3]))
def test_every_cell_of_a_pair_stands_where_it_may(some_job: Job, effort: int) -> None:
    pattern = clusters(field(some_job), some_job.cells[0], effort=effort)
    if pattern is not None:
        check_nest(some_job, nest_of(some_job, pattern))


def test_pairs_of_an_ell_round_a_middle_leave_out_few_cells_of_what_a_rectangle_holds() -> None:
    some = job(
        cell={"outline": ELL, "rotations_deg": TURNS},
        web={"width_mm": 300.0, "frame_length_mm": 400.0},
        singulation={"kerf_mm": 0.1},
    )
    pattern = clusters(field(some), some.cells[0], effort=3)
    assert pattern is not None
    # 40.9 x 29.2 boxes of 8.2 x 9.2 mm have the area of the sheet: 3182 cells. Boxes alone are 1588.
    assert len(pattern.placements) >= 3178
    assert "hollow" in pattern.method
    found = nest_of(some, pattern)
    check_nest(some, found)
    assert scribe(some, found)


def test_a_sheet_for_a_single_pair_is_nested_like_others() -> None:
    some = job(
        cell={"outline": ELL, "rotations_deg": TURNS},
        web={"width_mm": 13.0, "frame_length_mm": 7.0, "stand_alone": True},
    )
    pattern = clusters(field(some), some.cells[0], effort=3)
    assert pattern is not None
    assert len(pattern.placements) == 2


def test_boxes_all_of_whose_cells_are_hit_are_no_pattern() -> None:
    some = job(
        cell={"outline": ELL, "rotations_deg": TURNS},
        web={
            "width_mm": 13.0,
            "frame_length_mm": 7.0,
            "stand_alone": True,
            "keepouts": [{"name": f"K{k}", "circle_mm": [2.0 + 2.4 * k, 3.5, 2.0]} for k in range(5)],
        },
    )
    assert clusters(field(some), some.cells[0], effort=3) is None


def test_rectangles_and_cells_without_a_tight_pair_are_left_to_others() -> None:
    rectangle = job(cell={"rotations_deg": [0, 90]})
    assert clusters(field(rectangle), rectangle.cells[0], effort=3) is None
    disc = job(cell={"outline": {"kind": "circle", "diameter_mm": 8.0}, "rotations_deg": [0]})
    assert clusters(field(disc), disc.cells[0], effort=3) is None


@settings(max_examples=6, deadline=None)
@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=12),
    st.sampled_from([ELL, {"kind": "dee", "width_mm": 8.0, "height_mm": 6.0}]),
    st.booleans(),
)
def test_filling_puts_back_what_was_taken_out_near_the_border(
    which: list[int], outline: dict[str, object], keepout: bool
) -> None:
    web = {"width_mm": 60.0, "frame_length_mm": 50.0}
    keepouts = [{"name": "K", "rect_mm": [25.0, 20.0, 7.0, 3.0]}] if keepout else []
    some = job(cell={"outline": outline, "rotations_deg": TURNS}, web={**web, "keepouts": keepouts})
    where, cell = field(some), some.cells[0]
    pattern = lattice(where, cell, effort=1)
    assert pattern is not None
    whole = pattern.placements
    low = np.minimum(whole.x_mm, 60.0 - whole.x_mm)
    border = np.flatnonzero(np.minimum(low, np.minimum(whole.y_mm, 50.0 - whole.y_mm)) < 6.0)
    taken = np.unique(border[np.array(which) % len(border)])
    fewer = whole.taken(np.setdiff1d(np.arange(len(whole)), taken))
    parts = parts_of(cell, where.spacing_mm, where.sliver_mm)
    again = filled(fewer, where, cell, parts)
    # Each hole takes a cell; a large one may be filled worse than it was.
    assert len(again) > len(fewer)
    assert keep_clear(again, parts)
    check_nest(some, nest_of(some, replace(pattern, placements=again)))


def test_filling_looks_into_the_gaps_it_is_told_of() -> None:
    some = job(cell={"outline": ELL, "rotations_deg": TURNS}, web={"width_mm": 80.0, "frame_length_mm": 80.0})
    where, cell = field(some), some.cells[0]
    pattern = lattice(where, cell, effort=1)
    assert pattern is not None
    whole = pattern.placements
    middle = shapely.Point(40.0, 40.0)
    fewer = whole.taken(shapely.distance(middle, shapely.points(whole.x_mm, whole.y_mm)) > 8.0)
    parts = parts_of(cell, where.spacing_mm, where.sliver_mm)
    assert len(filled(fewer, where, cell, parts)) < len(whole)
    again = filled(fewer, where, cell, parts, [middle.buffer(12.0)])
    assert len(again) >= len(fewer) + 3
    check_nest(some, nest_of(some, replace(pattern, placements=again)))
    for none in ([], [shapely.Point(500.0, 500.0).buffer(3.0)]):
        assert filled(fewer, where, cell, parts, none) is fewer


def test_filling_a_full_sheet_gives_it_back() -> None:
    some = job(cell={"outline": ELL, "rotations_deg": TURNS})
    where, cell = field(some), some.cells[0]
    pattern = lattice(where, cell, effort=1)
    assert pattern is not None
    assert filled(pattern.placements, where, cell, parts_of(cell, where.spacing_mm, 0.03)) is pattern.placements


@pytest.mark.parametrize("shift", [(0.0, 0.001), (0.0011, 0.0)])
def test_cells_a_micrometre_too_close_are_seen(shift: tuple[float, float]) -> None:
    some = job(cell={"outline": ELL, "rotations_deg": [0]}, singulation={"kerf_mm": 0.03})
    parts = parts_of(some.cells[0], 0.03, 0.0)

    def two(dx: float, dy: float) -> Placements:
        return Placements(
            kind=np.zeros(2, dtype=np.int64),
            x_mm=np.array([10.0, 10.0 + dx]),
            y_mm=np.array([10.0, 10.0 + dy]),
            rotation_deg=np.zeros(2),
            row=np.zeros(2, dtype=np.int64),
            column=np.arange(2),
        )

    close = (8.03, 0.0) if shift[0] else (0.0, 6.03)
    assert keep_clear(two(*close), parts)
    assert not keep_clear(two(close[0] - shift[0], close[1] - shift[1]), parts)
