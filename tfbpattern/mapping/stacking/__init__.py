"""Matched stacks: passing cells within windows of each other, samples for the cycler, and why others are left over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tfbpattern.mapping.stacking.matching import match
from tfbpattern.mapping.stacking.ranks import Ranks, ranks_of
from tfbpattern.model.celltable import Floats, Ints
from tfbpattern.model.results import Results
from tfbpattern.model.stacks import StackPlan, Window


def plan_stacks(results: Results, layers: int, windows: Sequence[Window], samples_per_bin: int = 0) -> StackPlan:
    """
    Stacks of *layers* passing cells, the most that fit the windows.

    Samples are taken first: of each bin cells at even steps of the first column, so that its whole spread is cycled.

    Raises:
        InputError: a percentage of values that are not all positive.
    """
    values = {window.column: results.values(window.column) for window in windows}
    samples = _samples(results, values[windows[0].column], samples_per_bin)
    sampled = {cell for cells in samples.values() for cell in cells}
    left: dict[int, str] = {}
    marked = np.tile(results.cells.marked, len(results.frames))
    usable = []
    for cell in np.flatnonzero(results.passed).tolist():
        missing = [column for column, value in values.items() if np.isnan(value[cell])]
        if cell in sampled:
            left[cell] = "goes to the cycler as a sample"
        elif marked[cell]:
            left[cell] = "marked bad by inspection"
        elif missing:
            left[cell] = f"no value of {missing[0]}"
        else:
            usable.append(cell)
    cells = np.array(usable, dtype=np.int64)
    ranks = [ranks_of(values[window.column][cells], window) for window in windows]
    found, bound = match(ranks, layers) if len(cells) else ([], 0)
    stacks = [sorted(cells[stack].tolist()) for stack in found]
    # Stacks in the order of the place where picking begins.
    stacks.sort()
    taken = np.zeros(len(cells), dtype=bool)
    for stack in found:
        taken[stack] = True
    for k in np.flatnonzero(~taken).tolist():
        left[int(cells[k])] = _reason(ranks, windows, k, layers)
    return StackPlan(
        layers=layers,
        stacks=tuple(tuple(stack) for stack in stacks),
        bound=bound,
        left_over=dict(sorted(left.items())),
        samples=samples,
    )


def _reason(ranks: Sequence[Ranks], windows: Sequence[Window], cell: int, layers: int) -> str:
    """Why a usable cell is in no stack: too few go with it in some column, or the stacks took others."""
    for column, window in zip(ranks, windows, strict=True):
        r = int(column.rank[cell])
        low, high = int(column.bottom[r]), int(column.top[r])
        there = np.sort(column.rank[(column.rank >= low) & (column.rank <= high)])
        # The most cells of any window that holds it.
        most = max(
            int(np.searchsorted(there, column.top[k], side="right") - np.searchsorted(there, k))
            for k in range(low, r + 1)
        )
        if most < layers:
            return f"only {most} cells lie within {window.column} of it, {layers} are needed"
    return f"no {layers} cells were left within the windows of it"


def _samples(results: Results, values: Floats, count: int) -> dict[int, tuple[int, ...]]:
    """Cells of each bin at even steps of a column; those without a value come last."""
    if not count:
        return {}
    found: dict[int, tuple[int, ...]] = {}
    tested = np.flatnonzero(results.tested)
    for code in np.unique(results.codes[tested]).tolist():
        cells: Ints = tested[results.codes[tested] == code]
        ordered = cells[np.lexsort((cells, values[cells]))]
        steps = (np.arange(min(count, len(ordered))) + 0.5) / min(count, len(ordered)) * len(ordered)
        found[code] = tuple(sorted(ordered[steps.astype(np.int64)].tolist()))
    return found
