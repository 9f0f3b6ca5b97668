"""
The set packing bound for rectangles at right angles: a linear program over all places that boxes need to stand at.

Every box covers the points it holds, every point is covered once at most; boxes may be fractions. Only places made
of sides of boxes count, from either end (raster points; G. Scheithauer, J. Terno, Operations Research Letters 19,
1996). What is reported is computed from the dual solution, so an inexact solver cannot make the bound too small.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tfbpattern.model.cell import CellType
from tfbpattern.nesting.field import Field
from tfbpattern.nesting.pallet.problem import Ints, PalletProblem, combinations, pallet_problem

# Places up to which the program is solved in well under a second (ours, measured on two cores).
_MOST_PLACES = 800


def packing_bound(field: Field, cell: CellType) -> int | None:
    """The bound, hazards left out of account; None for other cells, and where there are too many places."""
    problem = pallet_problem(field, cell)
    if problem is None or problem.turned_deg is None or min(problem.width, problem.length) < min(problem.a, problem.b):
        return None
    # Few boxes stand at few places; counting them all would take as long as the program.
    if problem.width * problem.length > _MOST_PLACES * problem.a * problem.b:
        return None
    xs, ys = raster_points(problem.width, problem), raster_points(problem.length, problem)
    if 2 * len(xs) * len(ys) > 4 * _MOST_PLACES:
        return None
    covers = _covers(problem, xs, ys)
    if not covers or len(covers) > _MOST_PLACES:
        return None
    return _bound(covers, len(xs) * len(ys))


def raster_points(side: int, problem: PalletProblem) -> Ints:
    """The lengths up to *side* that need be tried as places, from 0."""
    lengths = combinations(side, problem.a, problem.b, 4 * _MOST_PLACES)
    return np.unique(lengths[np.searchsorted(lengths, side - lengths, side="right") - 1])


def _covers(problem: PalletProblem, xs: Ints, ys: Ints) -> list[NDArray[np.int32]]:
    """For each box at each place the numbers of the points that it covers."""
    covers = []
    for width, length in ((problem.a, problem.b), (problem.b, problem.a)):
        for i in np.flatnonzero(xs + width <= problem.width):
            across = np.arange(i, np.searchsorted(xs, xs[i] + width))
            for j in np.flatnonzero(ys + length <= problem.length):
                along = np.arange(j, np.searchsorted(ys, ys[j] + length))
                covers.append((across[:, None] * len(ys) + along[None, :]).ravel().astype(np.int32))
    return covers


def _bound(covers: list[NDArray[np.int32]], points: int) -> int:
    import highspy

    program: Any = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(covers), points
    program.col_cost_ = np.ones(len(covers))
    program.col_lower_, program.col_upper_ = np.zeros(len(covers)), np.ones(len(covers))
    program.row_lower_, program.row_upper_ = np.full(points, -highspy.kHighsInf), np.ones(points)
    program.sense_ = highspy.ObjSense.kMaximize
    starts = np.concatenate([[0], np.cumsum([len(cover) for cover in covers])]).astype(np.int32)
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_ = starts
    program.a_matrix_.index_ = np.concatenate(covers)
    program.a_matrix_.value_ = np.ones(int(starts[-1]))
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]  # highspy publishes no types
    solver.setOptionValue("output_flag", False)
    solver.passModel(program)
    solver.run()
    # Any prices at least 0 give a bound: what all points cost, and what single boxes gain beyond their points.
    prices = np.abs(np.array(solver.getSolution().row_dual))
    paid = np.add.reduceat(prices[np.concatenate(covers)], starts[:-1])
    return math.floor(float(prices.sum()) + float(np.maximum(1.0 - paid, 0.0).sum()) + 1e-6)
