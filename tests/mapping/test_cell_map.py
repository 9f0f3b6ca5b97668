"""Laws of the cell map: ids, places of terminals, and which cells a defect marks."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.small_job import FULL, LEAST, SMALL, changed, small, worked_out
from tfbpattern.mapping import cell_id, cell_map
from tfbpattern.model.cellmap import CellMap
from tfbpattern.model.web import Defect

_CIRCLE = '{ kind = "circle", diameter_mm = 5 }'
_STADIUM = '{ kind = "stadium", width_mm = 6, height_mm = 4 }'
_JOBS = [
    SMALL,
    FULL,
    LEAST,
    changed(LEAST, (_CIRCLE, _STADIUM)),
    changed(LEAST, ("[isolation]", "rotations_deg = [30]\n[isolation]")),
]


def _marked(layout: str, *defects: tuple[float, float, float]) -> CellMap:
    """The map of a layout with defects (x, y, diameter) that are marked."""
    sheet = worked_out(layout)
    marks = tuple(Defect(x_mm=x, y_mm=y, diameter_mm=size, kind="") for x, y, size in defects)
    job = dataclasses.replace(sheet.layout.job, web=dataclasses.replace(sheet.layout.job.web, marked_defects=marks))
    return cell_map(job, sheet.nest, sheet.layout.sha256)


def _hit(cells: CellMap) -> list[str]:
    return [cell.id for cell in cells if cell.status == "marked"]


@pytest.mark.parametrize("layout", _JOBS)
def test_there_is_a_record_for_each_placement_in_its_order(layout: str) -> None:
    sheet = worked_out(layout)
    p = sheet.nest.placements
    assert [(c.x_mm, c.y_mm, c.rotation_deg, c.row, c.column) for c in sheet.cells] == list(
        zip(p.x_mm.tolist(), p.y_mm.tolist(), p.rotation_deg.tolist(), p.row.tolist(), p.column.tolist(), strict=True)
    )


@pytest.mark.parametrize("layout", _JOBS)
def test_ids_are_unique_and_say_roll_frame_row_and_column(layout: str) -> None:
    sheet = worked_out(layout)
    job = sheet.layout.job
    ids = [cell.id for cell in sheet.cells]
    assert len(set(ids)) == len(ids)
    for cell in sheet.cells:
        assert cell.id == f"{job.roll}-{job.frame:04d}-R{cell.row:03d}C{cell.column:03d}"


@pytest.mark.parametrize("layout", _JOBS)
def test_rows_and_columns_are_small_numbers_from_zero(layout: str) -> None:
    cells = list(worked_out(layout).cells)
    assert min(cell.row for cell in cells) == 0
    assert min(cell.column for cell in cells) == 0
    assert max(cell.row for cell in cells) < len(cells)
    assert max(cell.column for cell in cells) < len(cells)
    places = [(cell.row, cell.column) for cell in cells]
    assert places == sorted(set(places))


def test_rows_count_upwards_and_columns_to_the_right() -> None:
    cells = list(worked_out(SMALL).cells)
    assert {(cell.row, cell.y_mm) for cell in cells} == {(0, 3.5), (1, 9.53)}
    assert {(cell.column, cell.x_mm) for cell in cells} == {(0, 5.0), (1, 13.03), (2, 21.06)}


def test_an_id_is_as_documented() -> None:
    assert cell_id("R001", 1, 0, 0) == "R001-0001-R000C000"
    assert cell_id("roll_9", 9999, 12, 345) == "roll_9-9999-R012C345"


@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 5000), st.integers(0, 5000)), min_size=2, unique=True))
def test_no_two_places_share_an_id(places: list[tuple[int, int, int]]) -> None:
    assert len({cell_id("R", *place) for place in places}) == len(places)


@pytest.mark.parametrize("layout", _JOBS)
def test_terminals_stand_where_the_turned_cell_has_them(layout: str) -> None:
    sheet = worked_out(layout)
    for cell in sheet.cells:
        (kind,) = (c for c in sheet.layout.job.cells if c.name == cell.type)
        assert [t.name for t in cell.terminals] == [t.name for t in kind.terminals]
        turn = complex(math.cos(math.radians(cell.rotation_deg)), math.sin(math.radians(cell.rotation_deg)))
        for placed, terminal in zip(cell.terminals, kind.terminals, strict=True):
            at = complex(cell.x_mm, cell.y_mm) + turn * complex(terminal.x_mm, terminal.y_mm)
            assert complex(placed.x_mm, placed.y_mm) == pytest.approx(at, abs=1e-9)


def test_without_defects_every_cell_is_cut() -> None:
    assert {cell.status for layout in _JOBS for cell in worked_out(layout).cells} == {"cut"}


def test_a_defect_marks_the_cell_it_lies_on_and_no_other() -> None:
    assert _hit(_marked(SMALL, (13.03, 9.53, 0.05))) == ["R001-0001-R001C001"]


def test_a_defect_between_cells_marks_all_that_it_touches() -> None:
    # Between rows 0 and 1 and columns 0 and 1 there are round corners; the middle is (9.015, 6.515).
    assert _hit(_marked(SMALL, (9.015, 6.515, 0.01))) == []
    assert len(_hit(_marked(SMALL, (9.015, 6.515, 1.5)))) == 4
    assert _hit(_marked(SMALL, (9.015, 3.5, 0.05))) == ["R001-0001-R000C000", "R001-0001-R000C001"]
    assert _hit(_marked(SMALL, (9.015, 3.5, 0.025))) == []


@pytest.mark.parametrize("size_mm", [0.0, 0.05, 1.0])
def test_a_defect_marks_when_it_reaches_the_outline_to_a_micrometre(size_mm: float) -> None:
    # The left edge of the first cell is at x = 1.
    assert _hit(_marked(SMALL, (1.0 - size_mm / 2 - 0.002, 3.5, size_mm))) == []
    assert _hit(_marked(SMALL, (1.0 - size_mm / 2 + 0.001, 3.5, size_mm))) == ["R001-0001-R000C000"]


def test_one_large_defect_marks_all_and_a_far_one_none() -> None:
    assert len(_hit(_marked(SMALL, (15.0, 7.0, 100.0)))) == 6
    assert _hit(_marked(SMALL, (500.0, 7.0, 5.0))) == []
    assert len(_hit(_marked(SMALL, (500.0, 7.0, 5.0), (13.03, 3.5, 0.01), (13.03, 3.6, 0.01)))) == 1


@pytest.mark.parametrize("policy", ["avoid", "mark"])
def test_the_policy_says_whether_a_cell_moves_or_is_marked(policy: str) -> None:
    table = f'[web.defects]\nrows = [[5.0, 3.5, 80.0, "pinhole"]]\npolicy = "{policy}"\n\n[[web.fiducials]]'
    cells = worked_out(small(("[[web.fiducials]]", table))).cells
    places = [(cell.x_mm, cell.y_mm) for cell in worked_out(SMALL).cells]
    if policy == "mark":
        assert [(cell.x_mm, cell.y_mm) for cell in cells] == places
        assert _hit(cells) == ["R001-0001-R000C000"]
        assert [cell.id for cell in cells] == [cell.id for cell in worked_out(SMALL).cells]
    else:
        assert _hit(cells) == []
        outline = worked_out(SMALL).layout.job.cells[0].outline.polygon(1e-4)
        for cell in cells:
            away = shapely.distance(outline, shapely.Point(5.0 - cell.x_mm, 3.5 - cell.y_mm))
            assert away >= 0.04 - 1e-6


@given(
    st.sampled_from(_JOBS),
    st.lists(st.tuples(st.floats(-2, 42), st.floats(-2, 36), st.floats(0, 3)), min_size=1, max_size=6),
)
def test_cells_are_marked_exactly_where_a_defect_touches_them(
    layout: str, defects: list[tuple[float, float, float]]
) -> None:
    sheet = worked_out(layout)
    outline = sheet.layout.job.cells[0].outline
    expected = []
    for cell in sheet.cells:
        shape = outline.rotated(cell.rotation_deg).moved(cell.x_mm, cell.y_mm).polygon(1e-5)
        spare = [shapely.distance(shape, shapely.Point(x, y)) - size / 2 for x, y, size in defects]
        # The outline that is asked lies up to a micrometre outside the true one.
        assume(not any(-1e-5 < s < 0.0015 for s in spare if s != 0.0))
        if min(spare) <= 0.0:
            expected.append(cell.id)
    assert _hit(_marked(layout, *defects)) == expected


def test_the_order_of_defects_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    defects = [tuple(row) for row in (rng.random((20, 3)) * (30, 14, 0.5)).tolist()]
    assert _hit(_marked(SMALL, *defects)) == _hit(_marked(SMALL, *reversed(defects)))
