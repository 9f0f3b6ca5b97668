"""Laws of bins, yields, sites that read off and places that repeat."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.mapping.sheets import card_of
from tests.small_job import SMALL, worked_out
from tfbpattern.mapping.bins import own_codes
from tfbpattern.mapping.sorting import sort_cells
from tfbpattern.mapping.table import table_of
from tfbpattern.mapping.yields import group_yields, repeating_places, sites_off
from tfbpattern.model.celltable import CellTable
from tfbpattern.model.results import NO_TIME, Readings, Results
from tfbpattern.model.tester import NO_BIN, Bin

_BINS = (
    Bin(code=1, name="good", quality="pass", limits=(("a", 0.0, 1.0), ("b", 0.0, 1.0))),
    Bin(code=2, name="fair", quality="pass", limits=(("a", 0.0, 2.0),)),
    Bin(code=3, name="bad", quality="fail", limits=(("b", 2.0, 3.0),)),
)
_CARD = card_of(bins=_BINS)


def _table(rows: int = 8, columns: int = 8) -> CellTable:
    small = table_of(worked_out(SMALL).cells)
    row, column = (a.ravel().astype(np.int64) for a in np.mgrid[0:rows, 0:columns])
    count = rows * columns
    return dataclasses.replace(
        small,
        ids=tuple(f"R001-0001-R{r:03d}C{c:03d}" for r, c in zip(row.tolist(), column.tolist(), strict=True)),
        kind=np.zeros(count, dtype=np.int64),
        row=row,
        column=column,
        x_mm=column * 9.0,
        y_mm=row * 7.0,
        rotation_deg=np.zeros(count),
        marked=np.zeros(count, dtype=bool),
        touchdown=(row // 2) * 4 + column // 2,
        site=(row % 2) * 2 + column % 2,
        neighbours=((),) * count,
    )


def _results(cells: CellTable, a: np.ndarray, b: np.ndarray, frames: int = 1) -> Results:
    count = len(cells) * frames
    readings = Readings(
        cell=np.arange(count),
        values={"a": a.reshape(-1).astype(float), "b": b.reshape(-1).astype(float)},
        texts={},
        time_us=np.full(count, NO_TIME),
        timestamp=np.full(count, None, dtype=object),
        source=np.zeros((count, 2), dtype=np.int64),
    )
    return sort_cells(cells, range(1, 1 + frames), readings, _CARD)


_VALUES = st.one_of(st.just(float("nan")), st.sampled_from([-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0]))


@given(st.lists(st.tuples(_VALUES, _VALUES), min_size=6, max_size=6))
def test_a_cell_is_in_the_first_bin_that_it_meets(values: list[tuple[float, float]]) -> None:
    cells = _table(2, 3)
    results = _results(cells, np.array([a for a, _ in values]), np.array([b for _, b in values]))
    for (a, b), code, passed in zip(values, results.codes.tolist(), results.passed.tolist(), strict=True):
        if 0 <= a <= 1 and 0 <= b <= 1:
            expected = 1
        elif 0 <= a <= 2:
            expected = 2
        else:
            expected = 3 if 2 <= b <= 3 else NO_BIN
        assert code == expected
        assert passed == (expected in (1, 2))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 50)), max_size=20, unique=True))
def test_the_latest_reading_of_a_cell_counts(rows: list[tuple[int, int]]) -> None:
    cells = _table(2, 3)
    readings = Readings(
        cell=np.array([cell for cell, _ in rows], dtype=np.int64),
        values={"a": np.array([time / 100.0 for _, time in rows]), "b": np.zeros(len(rows))},
        texts={},
        time_us=np.array([time for _, time in rows], dtype=np.int64),
        timestamp=np.full(len(rows), None, dtype=object),
        source=np.zeros((len(rows), 2), dtype=np.int64),
    )
    results = sort_cells(cells, range(1, 2), readings, _CARD)
    for cell in range(6):
        times = sorted(time for other, time in rows if other == cell)
        assert bool(results.tested[cell]) == bool(times)
        assert (results.codes[cell] == own_codes(_CARD)[0]) == (not times)
        if times:
            assert results.values("a")[cell] == times[-1] / 100.0
            assert [rows[r][1] for r in results.earlier.get(cell, ())] == times[:-1]


def test_yields_add_up_in_every_grouping() -> None:
    cells = _table()
    rng = np.random.default_rng(3)
    results = _results(cells, rng.random((3, 64)) * 3, rng.random((3, 64)), frames=3)
    groups = group_yields(results)
    assert {*groups} == {"row", "column", "site", "touchdown", "frame"}
    for group in groups.values():
        assert sum(g.tested for g in group) == results.tested.sum()
        assert sum(g.passed for g in group) == results.passed.sum()
    (third,) = (g for g in groups["row"] if g.key == 3)
    assert third.passed == results.passed.reshape(3, 64)[:, cells.row == 3].sum()
    assert [g.key for g in groups["frame"]] == [1, 2, 3]


def test_a_site_that_reads_off_is_flagged_and_no_other() -> None:
    cells = _table(40, 40)
    rng = np.random.default_rng(4)
    a = rng.normal(0.5, 0.05, 1600)
    # A sheet may slope; that is no site's fault.
    a += cells.row * 0.002
    b = np.full(1600, 0.5)
    assert sites_off(_results(cells, a, b)) == []
    shifted = a + np.where(cells.site == 2, 0.06, 0.0)
    (found,) = sites_off(_results(cells, shifted, b))
    assert (found.site, found.column) == (2, "a")
    assert abs(found.offset - 0.06) < 0.02
    assert found.sigmas > 4


def test_a_site_whose_cells_fail_is_flagged() -> None:
    cells = _table(40, 40)
    rng = np.random.default_rng(5)
    a = np.where((cells.site == 1) & (rng.random(1600) < 0.5), 9.0, rng.random(1600))
    assert ("yield", 1) in {(off.column, off.site) for off in sites_off(_results(cells, a, np.ones(1600)))}


def test_places_that_fail_in_frame_after_frame_are_found_and_chance_is_not() -> None:
    cells = _table(20, 20)
    rng = np.random.default_rng(6)
    a = np.where(rng.random((50, 400)) < 0.1, 9.0, 0.5)
    b = np.full((50, 400), 0.5)
    assert repeating_places(_results(cells, a, b, 50)) == []
    a[10:40, 123] = 9.0
    (found,) = repeating_places(_results(cells, a, b, 50))
    assert (found.row, found.column, found.tested) == (6, 3, 50)
    assert found.failed >= 30
    assert repeating_places(_results(cells, a[:1], b[:1], 1)) == []
