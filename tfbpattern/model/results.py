"""The tester's readings of one frame, or of several frames of one layout, in columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tfbpattern.model.celltable import CellTable, Floats, Ints

NO_TIME = -(2**63)
"""The time of a row without a timestamp."""

Texts = NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readings:
    """
    Every row of the results files, in the order in which it was read.

    ``cell`` numbers the cells frame by frame: frame offset x cells of a frame + cell of the map. ``values`` are
    numbers by column, NaN where empty; ``texts`` the other columns, None where empty. ``time_us`` are microseconds
    since 1970, ``NO_TIME`` where empty; ``timestamp`` the same as written. ``source`` says which file (its number)
    and line a row stands on, (n, 2).
    """

    cell: Ints
    values: Mapping[str, Floats]
    texts: Mapping[str, Texts]
    time_us: Ints
    timestamp: Texts
    source: Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Results:
    """
    What is known of each cell after the test.

    ``frames`` are the frame's numbers; cell i of frame f is number f x len(cells) + i. ``row`` is the row of
    ``readings`` that counts for a cell (the latest), -1 where it was not tested; ``codes`` its bin. ``passed`` says
    which cells are in a bin of quality pass. ``earlier`` are the rows that were overtaken, by cell, oldest first.
    """

    cells: CellTable
    frames: range
    readings: Readings
    row: Ints
    codes: Ints
    passed: NDArray[np.bool_]
    earlier: Mapping[int, tuple[int, ...]]

    @property
    def tested(self) -> NDArray[np.bool_]:
        """Which cells have a reading."""
        return self.row >= 0

    def values(self, column: str) -> Floats:
        """A measured column by cell, NaN where there is no value."""
        found = np.full(len(self.row), np.nan)
        tested = self.row >= 0
        found[tested] = self.readings.values[column][self.row[tested]]
        return found
