"""The straight grid: sound wherever it is put, as full as the best of all phases, and never worse than it was."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.layouts_for_tests import job
from tests.nesting.jobs import field, jobs, nest_by
from tests.nesting.soundness import check_nest
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Placements
from tfbpattern.nesting.grid import grid

# Counts of the straight grid on a single sheet of 300 x 400 mm, spacing 0.1 mm, no exclusions, quarter turns
# allowed: measured on the footprints that nesting programs are compared on.
NAIVE_COUNTS: dict[str, tuple[int, list[list[float]]]] = {
    "rect": (3078, [[0, 0], [7.3, 0], [7.3, 5.1], [0, 5.1]]),
    "L": (2405, [[0, 0], [8, 0], [8, 3], [4, 3], [4, 6], [0, 6]]),
    "D": (2405, [[0, 0], [5, 0, 1], [5, 6], [0, 6]]),
    "pent": (2072, [[0, 0], [6, 0.5], [8, 4], [4, 7], [0.5, 4.5]]),
    "gon24": (
        1813,
        [[4 * math.cos(math.radians(15 * k)), 4 * math.sin(math.radians(15 * k))] for k in range(24)],
    ),
    "T": (2072, [[2.5, 0], [5.5, 0], [5.5, 4], [8, 4], [8, 7], [0, 7], [0, 4], [2.5, 4]]),
}


@pytest.mark.parametrize("name", NAIVE_COUNTS)
def test_the_naive_grid_is_reached_exactly(name: str) -> None:
    count, points = NAIVE_COUNTS[name]
    sheet = job(
        web={"width_mm": 300.0, "frame_length_mm": 400.0},
        cell={"outline": {"kind": "polygon", "points_mm": points}, "rotations_deg": [0, 90, 180, 270]},
        singulation={"kerf_mm": 0.1},
    )
    pattern = grid(field(sheet), sheet.cells[0], effort=1)
    assert pattern is not None
    assert len(pattern.placements) == count


def placements_of(some_job: Job) -> Placements:
    found = nest_by(grid, some_job)
    assert found is not None
    return found.placements


@settings(max_examples=40)
@given(jobs())
def test_every_cell_stands_where_it_may(random_job: Job) -> None:
    found = nest_by(grid, random_job)
    assume(found is not None)
    assert found is not None
    check_nest(random_job, found)


@settings(max_examples=20)
@given(jobs())
def test_nothing_blocks_a_placed_cell(random_job: Job) -> None:
    """The grid and the field's one question agree."""
    asked = field(random_job)
    found = nest_by(grid, random_job)
    assume(found is not None)
    assert found is not None
    p = found.placements
    for x, y, angle in zip(p.x_mm.tolist(), p.y_mm.tolist(), p.rotation_deg.tolist(), strict=True):
        assert asked.blockers(random_job.cells[0], x, y, angle) == ()


Box = tuple[int, int, int, int]


def best_count(width: int, height: int, room: tuple[int, int], spacing: int, boxes: list[Box]) -> int:
    """Most cells of any straight grid, on whole tenths of a millimetre: every phase is tried, every cell is asked."""
    best = 0
    for phase_x in range(width + spacing):
        columns = range(phase_x, room[0] - width + 1, width + spacing)
        for phase_y in range(height + spacing):
            rows = range(phase_y, room[1] - height + 1, height + spacing)
            if len(columns) * len(rows) <= best:
                continue
            free = sum(
                not any(x < x1 and x + width > x0 and y < y1 and y + height > y0 for x0, y0, x1, y1 in boxes)
                for x in columns
                for y in rows
            )
            best = max(best, free)
    return best


@settings(max_examples=40)
@given(
    st.integers(12, 35),
    st.integers(12, 35),
    st.integers(1, 3),
    st.tuples(st.integers(60, 160), st.integers(60, 160)),
    st.lists(st.tuples(st.integers(0, 150), st.integers(0, 150), st.integers(1, 40), st.integers(1, 40)), max_size=3),
)
def test_the_count_is_that_of_the_best_of_all_phases(
    width: int, height: int, spacing: int, room: tuple[int, int], sizes: list[tuple[int, int, int, int]]
) -> None:
    boxes = [(x, y, x + w, y + h) for x, y, w, h in sizes]
    small = job(
        web={
            "width_mm": room[0] / 10,
            "frame_length_mm": room[1] / 10,
            "keepouts": [
                {"name": f"K{k}", "rect_mm": [x / 10, y / 10, w / 10, h / 10], "clearance_mm": 0.0}
                for k, (x, y, w, h) in enumerate(sizes)
            ],
        },
        cell={"outline": {"kind": "rect", "width_mm": width / 10, "height_mm": height / 10}},
        singulation={"kerf_mm": spacing / 10},
        nest={"effort": 5},
    )
    pattern = grid(field(small), small.cells[0], effort=5)
    assert (len(pattern.placements) if pattern else 0) == best_count(width, height, room, spacing, boxes)


@settings(max_examples=20)
@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([(7.3, 5.1), (0.7, 0.3), (12.7, 1.1)]))
def test_a_sheet_exactly_as_large_as_its_cells_is_full(columns: int, rows: int, size: tuple[float, float]) -> None:
    """And a micrometre less takes a row or a column away."""
    width, height = (round(n * (a + 0.03) - 0.03, 6) for n, a in zip((columns, rows), size, strict=True))
    cell = {"outline": {"kind": "rect", "width_mm": size[0], "height_mm": size[1]}}
    for dx, dy, count in (
        (0.0, 0.0, columns * rows),
        (1e-3, 0.0, (columns - 1) * rows),
        (0.0, 1e-3, columns * (rows - 1)),
    ):
        sheet = job(web={"width_mm": width - dx, "frame_length_mm": height - dy}, cell=cell)
        pattern = grid(field(sheet), sheet.cells[0], effort=1)
        assert (len(pattern.placements) if pattern else 0) == count


def test_cells_fill_the_strips_beside_a_keep_out_exactly_as_large_as_the_rest() -> None:
    """Two cells, a keep-out with its clearance on both sides, two cells: nothing to spare."""
    small = job(
        web={
            "width_mm": 8.0 + 2.0 + 8.0,
            "frame_length_mm": 5.0,
            "keepouts": [{"name": "K", "rect_mm": [8.5, 0.0, 1.0, 5.0], "clearance_mm": 0.5}],
        },
        cell={"outline": {"kind": "rect", "width_mm": 8.0, "height_mm": 5.0}},
        singulation={"kerf_mm": 2.0},
    )
    pattern = grid(field(small), small.cells[0], effort=1)
    assert pattern is not None
    assert len(pattern.placements) == 2


@settings(max_examples=8)
@given(jobs())
def test_the_same_job_gives_the_same_cells(random_job: Job) -> None:
    one, other = nest_by(grid, random_job), nest_by(grid, random_job)
    assume(one is not None)
    assert one is not None
    assert other is not None
    once, again = one.placements, other.placements
    for name in ("x_mm", "y_mm", "rotation_deg", "row", "column"):
        assert getattr(once, name).tolist() == getattr(again, name).tolist()


def test_a_quarter_turn_is_taken_where_it_holds_more() -> None:
    web = {"width_mm": 10.3, "frame_length_mm": 7.3}
    cell = {"rotations_deg": [0, 90]}
    placements = placements_of(job(web=web, cell=cell))
    assert len(placements) == 2
    assert set(placements.rotation_deg.tolist()) == {90.0}


def test_rows_run_along_the_web_and_columns_across_it() -> None:
    p = placements_of(job())
    assert p.x_mm.tolist() == pytest.approx((3.65 + p.column * 7.33).tolist(), abs=1e-9)
    assert p.y_mm.tolist() == pytest.approx((2.55 + p.row * 5.13).tolist(), abs=1e-9)


def test_the_bulk_density_is_the_cell_over_its_pitch_rectangle() -> None:
    found = nest_by(grid, job())
    assert found is not None
    assert found.bulk_density == pytest.approx(7.3 * 5.1 / (7.33 * 5.13), rel=1e-12)
