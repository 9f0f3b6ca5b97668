"""
Process control: charts of a measured column over frames, rows, columns, touchdowns or sites.

Each group's mean and standard deviation are charted as individuals: cells of one group lie side by side and are alike,
so that limits from the spread within groups would call every group out of control. The spread from one group to the
next is the mean moving range over d2 (NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2).
"""

from __future__ import annotations

import math

import numpy as np

from tfbpattern.model.celltable import Floats, Ints
from tfbpattern.model.control import ControlChart
from tfbpattern.model.results import Results

ORDERED = ("frame", "row", "column", "touchdown")
"""Groups whose order means something, so that runs do; sites have none."""

# Mean range of two values of a normal distribution in standard deviations (the same handbook, 6.3.2.2).
_D2 = 1.128

# The Western Electric rules (the same handbook, 6.3.2): (number, of so many in a row, so many, beyond so many sigma on
# one side).
_RULES = ((1, 1, 1, 3.0), (2, 3, 2, 2.0), (3, 5, 4, 1.0), (4, 8, 8, 0.0))


def control_charts(results: Results, column: str, by: str) -> tuple[ControlChart, ControlChart]:
    """
    Charts of the means and of the standard deviations of a column by groups with a value.

    Raises:
        ValueError: fewer than two groups have a value, or the map has no such groups.
    """
    values = results.values(column)
    keys = _keys(results, by)
    there = ~np.isnan(values)
    groups, number = np.unique(keys[there], return_inverse=True)
    if len(groups) < 2:
        raise ValueError(f"{len(groups)} {by}s have a value of {column}; a chart needs two or more")
    counts = np.bincount(number)
    mean = np.bincount(number, values[there]) / counts
    # About the mean, so that large values with little spread lose nothing.
    square = np.bincount(number, (values[there] - mean[number]) ** 2)
    several = counts >= 2
    spread = np.sqrt(square[several] / (counts[several] - 1))
    runs = by in ORDERED
    return (
        _chart("mean", groups, counts, mean, floor=-math.inf, runs=runs),
        _chart("standard deviation", groups[several], counts[several], spread, floor=0.0, runs=runs),
    )


def _keys(results: Results, by: str) -> Ints:
    cells, count = results.cells, len(results.frames)
    if by == "frame":
        return np.repeat(np.arange(results.frames.start, results.frames.stop), len(cells))
    if by in ("site", "touchdown") and not (cells.site >= 0).all():
        raise ValueError(f"the map has no {by}s: the layout has no [tester]")
    columns = {"row": cells.row, "column": cells.column, "site": cells.site, "touchdown": cells.touchdown}
    return np.tile(columns[by], count)


def _chart(figure: str, groups: Ints, counts: Ints, values: Floats, *, floor: float, runs: bool) -> ControlChart:
    centre = float(values.mean()) if len(values) else 0.0
    sigma = float(np.abs(np.diff(values)).mean()) / _D2 if len(values) > 1 else 0.0
    return ControlChart(
        figure=figure,
        groups=groups.astype(np.int64),
        counts=counts.astype(np.int64),
        values=values,
        centre=centre,
        sigma=sigma,
        floor=floor,
        broken=_broken(values - centre, sigma, runs=runs),
    )


def _broken(off: Floats, sigma: float, *, runs: bool) -> tuple[tuple[int, ...], ...]:
    """The rules that end at each value."""
    found: list[list[int]] = [[] for _ in range(len(off))]
    for number, stretch, needed, sigmas in _RULES if runs else _RULES[:1]:
        for side in (off, -off):
            beyond = side > sigmas * sigma
            total = np.concatenate([[0], np.cumsum(beyond)])
            for k in range(len(off)):
                # The rule ends at a value that is itself beyond.
                if beyond[k] and total[k + 1] - total[max(k + 1 - stretch, 0)] >= needed:
                    found[k].append(number)
    return tuple(tuple(sorted(numbers)) for numbers in found)
