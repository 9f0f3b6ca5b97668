"""Laws of neighbours: outlines within three spacings of each other along half a millimetre or more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mapping.sheets import job, nest
from tests.small_job import FULL, LEAST, SMALL, changed, layout_of, worked_out
from tfbpattern.mapping.neighbours import neighbours_of

_CIRCLE = '{ kind = "circle", diameter_mm = 5 }'
_SQUARE = '{ kind = "rect", width_mm = 5, height_mm = 5 }'


def test_cells_side_by_side_are_neighbours_and_those_across_a_corner_are_not() -> None:
    near = {cell.id[-8:]: [n[-8:] for n in cell.neighbours] for cell in worked_out(SMALL).cells}
    assert near["R000C000"] == ["R000C001", "R001C000"]
    assert near["R000C001"] == ["R000C000", "R000C002", "R001C001"]
    assert near["R001C002"] == ["R000C002", "R001C001"]


@pytest.mark.parametrize("layout", [SMALL, FULL, LEAST])
def test_neighbours_are_mutual_others_and_in_order(layout: str) -> None:
    cells = list(worked_out(layout).cells)
    order = {cell.id: number for number, cell in enumerate(cells)}
    near = {cell.id: cell.neighbours for cell in cells}
    for cell in cells:
        assert cell.id not in cell.neighbours
        assert [order[n] for n in cell.neighbours] == sorted({order[n] for n in cell.neighbours})
        assert all(cell.id in near[n] for n in cell.neighbours)


@given(st.floats(0.0, 0.2), st.floats(0.1, 5.0))
def test_squares_are_neighbours_by_gap_and_overlap_to_the_micrometre(gap: float, shift: float) -> None:
    the_job = layout_of(changed(LEAST, (_CIRCLE, _SQUARE))).job
    gap, shift = round(gap, 4), round(shift, 4)
    row, column = np.array([0, 1]), np.array([0, 0])
    sheet = nest(row, column, x_mm=np.array([5.0, 5.0 + shift]), y_mm=np.array([5.0, 10.0 + gap]))
    reach = 0.09
    # The side of one lies within reach of the other over their overlap and a piece beyond its corner, and so does
    # the beginning of the side round the corner.
    beyond = np.sqrt(max(reach**2 - gap**2, 0.0))
    along = 5.0 - shift + beyond + reach - gap if gap <= reach else 0.0
    if abs(gap - reach) < 1e-5 or abs(along - 0.5) < 1e-3:
        return
    found = [index.tolist() for index in neighbours_of(the_job, sheet)]
    assert found == ([[1], [0]] if along >= 0.5 else [[], []])


def test_round_cells_that_only_touch_are_neighbours_where_they_run_close_for_long_enough() -> None:
    # Two circles of 5 mm 0.03 mm apart are within 0.09 mm of each other over about 0.76 mm of outline.
    row, column = np.array([0, 0]), np.array([0, 1])
    assert [i.tolist() for i in neighbours_of(job(), nest(row, column))] == [[1], [0]]
    apart = nest(row, column, x_mm=np.array([5.0, 10.07]))
    assert [i.tolist() for i in neighbours_of(job(), apart)] == [[], []]


def test_a_cell_alone_has_no_neighbours() -> None:
    assert [i.tolist() for i in neighbours_of(job(), nest(np.array([0]), np.array([0])))] == [[]]
