"""Straight stretches in lines, and lines in blocks: an order in which one is beside the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tfbpattern.geometry.arcs import Floats

Ints = NDArray[np.int64]


def by_block(runs: Floats, line: Ints, bridge_mm: float) -> tuple[Ints, Ints]:
    """
    Rows and places in them for straight *runs* (k, 2, 2), ordered along the *line* (k,) that each lies on.

    Stretches of one line that lie no more than *bridge_mm* apart are one row; rows from and to the same places make up
    a block of cells, which is finished before the next one.
    """
    if not len(runs):
        return line, line
    gap = np.hypot(*(runs[1:, 0] - runs[:-1, 1]).T)
    begins = np.append(True, (np.diff(line) > 0) | (gap > bridge_mm))
    number = np.cumsum(begins) - 1
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(runs)) - 1
    way = runs[last, 1] - runs[first, 0]
    way = way / np.hypot(way[:, 0], way[:, 1])[:, None]
    # Direction, then where a row begins and ends along it (to a millimetre), then where it lies across.
    start = np.rint((runs[first, 0] * way).sum(axis=1))
    end = np.rint((runs[last, 1] * way).sum(axis=1))
    across = runs[first, 0, 1] * way[:, 0] - runs[first, 0, 0] * way[:, 1]
    order = np.lexsort((across, end, start, np.round(way[:, 0], 6)))
    row = np.empty(len(first), dtype=np.int64)
    row[order] = np.arange(len(first))
    return row[number], np.arange(len(runs)) - first[number]
