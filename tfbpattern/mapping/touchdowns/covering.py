"""
The fewest windows of one size that hold every cell of a grid, and a proved bound on their number.

A window may reach past cells that another one holds already (those sites are masked), but not over a blocked place.
Four ways, each only where the ones before leave a gap: bands of whole rows or columns by dynamic programming, in
which greedy windows are best for each band; a sweep that repairs what bands cannot hold; the set covering as an
integer program. The bound is the largest of: cells by sites; cells of which no two fit one window; the bound of the
integer program.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from tfbpattern.mapping.integer_program import solved

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Window = tuple[int, int]

# (ours: below a hundredth the program's seconds buy less than a minute of the tester's)
_GOOD_GAP = 0.01
# (ours: some seconds of the integer program)
_MOST_WINDOWS = 20_000
_MOST_NODES = 200
# Bounds from floating point are whole numbers within this.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Lower left places (row, column) of the windows, and a proved least number of them."""

    windows: tuple[Window, ...]
    bound: int


def cover(occupied: Flags, allowed: Flags, size: tuple[int, int]) -> Cover:
    """
    Windows of *size* (rows, columns) at *allowed* places that together hold all that is *occupied*.

    A window at (r, c) holds ``[r : r + size[0], c : c + size[1]]``; *allowed* has the shape of *occupied* and is False
    where a window would leave it. Every occupied place must be in some allowed window.
    """
    count = int(occupied.sum())
    if not count:
        return Cover(windows=(), bound=0)
    bound = max(-(-count // (size[0] * size[1])), _apart(occupied, size))
    best = _repaired(occupied, allowed, size, _banded(occupied, allowed, size))
    if len(best) > bound:
        turned = _banded(occupied.T, allowed.T, (size[1], size[0]))
        columns = _repaired(occupied, allowed, size, [(r, c) for c, r in turned])
        best = min(best, columns, key=len)
    if len(best) - bound > _GOOD_GAP * len(best):
        exact = _program(occupied, allowed, size)
        if exact is not None:
            windows, proved = exact
            bound = max(bound, proved)
            best = min(best, windows, key=len)
    return Cover(windows=tuple(best), bound=bound)


def window_sums(values: NDArray[np.generic], size: tuple[int, int]) -> Ints:
    """Sum over the window at each place; -1 where it would leave the grid."""
    rows, columns = size
    total = np.zeros((values.shape[0] + 1, values.shape[1] + 1), dtype=np.int64)
    total[1:, 1:] = values.astype(np.int64).cumsum(axis=0).cumsum(axis=1)
    sums = np.full(values.shape, -1, dtype=np.int64)
    high, wide = values.shape[0] - rows + 1, values.shape[1] - columns + 1
    if high > 0 and wide > 0:
        sums[:high, :wide] = total[rows:, columns:] - total[:-rows, columns:] - total[rows:, :-columns]
        sums[:high, :wide] += total[:-rows, :-columns]
    return sums


def within(allowed: Flags, size: tuple[int, int]) -> Flags:
    """The places that some allowed window holds."""
    held = np.zeros(allowed.shape, dtype=bool)
    rows, columns = allowed.shape
    for i in range(min(size[0], rows)):
        for j in range(min(size[1], columns)):
            held[i:, j:] |= allowed[: rows - i, : columns - j]
    return held


def _apart(occupied: Flags, size: tuple[int, int]) -> int:
    """Cells of which no two fit one window, taken greedily from each corner, by rows and by columns."""
    most = 0
    for flipped in (occupied, occupied[:, ::-1]):
        for turned, (rows, columns) in ((flipped, size), (flipped.T, (size[1], size[0]))):
            free = np.array(turned, dtype=bool)
            count = 0
            for row in range(free.shape[0]):
                while free[row].any():
                    column = int(free[row].argmax())
                    count += 1
                    free[row : row + rows, max(column - columns + 1, 0) : column + columns] = False
            most = max(most, count)
    return most


def _banded(occupied: Flags, allowed: Flags, size: tuple[int, int]) -> list[Window]:
    """
    Windows in bands of whole rows: the fewest of that kind.

    ``best[r]`` is the least cost of holding all rows below r; a band at v <= r holds rows r to v + rows - 1. What a
    band cannot hold counts as a window more each and is left out.
    """
    rows, columns = size
    high = occupied.shape[0]
    line = np.arange(occupied.shape[1])
    # The last allowed window at or before each column.
    last = np.maximum.accumulate(np.where(allowed, line, -columns), axis=1).tolist()
    filled: list[bool] = np.atleast_1d(occupied.any(axis=1)).tolist()
    best: list[tuple[int, int, int, int]] = [(0, -1, -1, -1)] + [(1 << 60, -1, -1, -1)] * (high + rows)
    for r in range(high):
        cost = best[r][0]
        if not filled[r]:
            if cost < best[r + 1][0]:
                best[r + 1] = (cost, r, -1, -1)
            continue
        for v in range(r, max(r - rows, -1), -1):
            if v + rows > high:
                continue
            need = np.flatnonzero(occupied[r : v + rows].any(axis=0)).tolist()
            spent = cost + len(_line_windows(need, last[v], columns))
            if spent < best[v + rows][0]:
                best[v + rows] = (spent, r, v, r)
    end = min(range(high, high + rows + 1), key=lambda r: best[r][0])
    windows: list[Window] = []
    while end > 0:
        _, before, v, r = best[end]
        if v >= 0:
            need = np.flatnonzero(occupied[r : v + rows].any(axis=0)).tolist()
            windows += [(v, c) for c in _line_windows(need, last[v], columns) if c >= 0]
        end = before
    return windows[::-1]


def _line_windows(need: list[int], last: list[int], columns: int) -> list[int]:
    """Windows along a band from the left, each as far right as it may be; -1 for a column that none holds."""
    found: list[int] = []
    held = -1
    for column in need:
        if column <= held:
            continue
        at = last[column]
        if at <= column - columns:
            found.append(-1)
            continue
        found.append(at)
        held = at + columns - 1
    return found


def _repaired(occupied: Flags, allowed: Flags, size: tuple[int, int], windows: list[Window]) -> list[Window]:
    """The windows, those that hold nothing of their own left out, and more for what they do not hold."""
    rows, columns = size
    left = occupied.copy()
    kept: list[Window] = []
    for r, c in windows:
        part = left[r : r + rows, c : c + columns]
        if part.any():
            part[:] = False
            kept.append((r, c))
    return kept + _swept(left, allowed, size)


def _swept(left: Flags, allowed: Flags, size: tuple[int, int]) -> list[Window]:
    """For each place in turn that is not held yet the window that holds most, the last of equals."""
    rows, columns = size
    windows: list[Window] = []
    for r, c in np.argwhere(left).tolist():
        if not left[r, c]:
            continue
        top, side = max(r - rows + 1, 0), max(c - columns + 1, 0)
        sums = window_sums(left[top : r + rows, side : c + columns], size)[: r - top + 1, : c - side + 1]
        sums = np.where(allowed[top : r + 1, side : c + 1], sums, -1)
        k = sums.size - 1 - int(sums[::-1, ::-1].argmax())
        at = (top + k // sums.shape[1], side + k % sums.shape[1])
        left[at[0] : at[0] + rows, at[1] : at[1] + columns] = False
        windows.append(at)
    return windows


def _program(occupied: Flags, allowed: Flags, size: tuple[int, int]) -> tuple[list[Window], int] | None:
    """The set covering by HiGHS, a limited number of nodes; None where it is too large or finds nothing."""
    places = np.argwhere(allowed & (window_sums(occupied, size) > 0))
    if len(places) > _MOST_WINDOWS:
        return None
    number = np.full(occupied.shape, -1, dtype=np.int64)
    number[occupied] = np.arange(int(occupied.sum()))
    held = [number[r : r + size[0], c : c + size[1]].ravel() for r, c in places.tolist()]
    held = [h[h >= 0] for h in held]
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(held), int(occupied.sum())
    program.col_cost_ = np.ones(len(held))
    program.col_lower_, program.col_upper_ = np.zeros(len(held)), np.ones(len(held))
    program.row_lower_, program.row_upper_ = np.ones(program.num_row_), np.full(program.num_row_, np.inf)
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_ = np.concatenate([[0], np.cumsum([len(h) for h in held])])
    program.a_matrix_.index_ = np.concatenate(held)
    program.a_matrix_.value_ = np.ones(len(program.a_matrix_.index_))
    program.integrality_ = [highspy.HighsVarType.kInteger] * len(held)
    found = solved(program, most_nodes=_MOST_NODES, options={"mip_rel_gap": _GOOD_GAP / 2})
    if found is None:
        return None
    bound = int(np.ceil(found.bound - _ROUNDING)) if np.isfinite(found.bound) else 0
    windows = [(r, c) for r, c in places[found.values > 0.5].tolist()]
    return _repaired(occupied, allowed, size, windows), bound
