"""The tester's readings joined to the cells: the latest counts, bins by the layout's limits."""

from __future__ import annotations

import numpy as np

from tfbpattern.mapping.bins import own_codes
from tfbpattern.model.celltable import CellTable, Ints
from tfbpattern.model.results import Readings, Results
from tfbpattern.model.tester import NO_BIN, Tester


def sort_cells(cells: CellTable, frames: range, readings: Readings, tester: Tester | None) -> Results:
    """
    The result of each cell of each frame.

    Of several rows of a cell the one with the latest time counts. The first bin whose limits it meets is the cell's; a
    missing value meets no limit; a tested cell in no bin gets code 99.
    """
    count = len(frames) * len(cells)
    order = np.lexsort((np.arange(len(readings.cell)), readings.time_us, readings.cell))
    by_cell = readings.cell[order]
    last = np.append(by_cell[1:] != by_cell[:-1], True) if len(order) else np.empty(0, dtype=bool)
    row = np.full(count, -1, dtype=np.int64)
    row[by_cell[last]] = order[last]
    earlier: dict[int, tuple[int, ...]] = {}
    for cell, overtaken in zip(by_cell[~last].tolist(), order[~last].tolist(), strict=True):
        earlier[cell] = (*earlier.get(cell, ()), overtaken)
    codes = _codes(readings, row, tester)
    passing = [b.code for b in (tester.bins if tester else ()) if b.quality == "pass"]
    return Results(
        cells=cells,
        frames=frames,
        readings=readings,
        row=row,
        codes=codes,
        passed=np.isin(codes, passing) & (row >= 0),
        earlier=earlier,
    )


def _codes(readings: Readings, row: Ints, tester: Tester | None) -> Ints:
    untested, _ = own_codes(tester)
    codes = np.where(row >= 0, NO_BIN, untested)
    tested = np.flatnonzero(row >= 0)
    left = np.ones(len(tested), dtype=bool)
    for b in tester.bins if tester else ():
        meets = left.copy()
        for column, low, high in b.limits:
            value = readings.values[column][row[tested]]
            # Comparisons with NaN are false: a missing value meets no limit.
            meets &= (value >= low) & (value <= high)
        codes[tested[meets]] = b.code
        left &= ~meets
    return codes
