"""Touchdowns of the probe card: every cell exactly once, in few landings and little travel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tfbpattern.errors import InfeasibleError
from tfbpattern.mapping.touchdowns.covering import cover, window_sums, within
from tfbpattern.mapping.touchdowns.grids import Grid, grids_of
from tfbpattern.mapping.touchdowns.order import least_travel
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest
from tfbpattern.model.tester import Tester
from tfbpattern.model.touchdowns import Touchdown, TouchdownPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class _Landing:
    """A window of a grid."""

    grid: Grid
    row: int
    column: int


def plan_touchdowns(job: Job, nest: Nest, tester: Tester) -> TouchdownPlan:
    """
    Every cell under exactly one site of one landing; fewest landings first, then little travel.

    Raises:
        InfeasibleError: cells that no landing reaches without a needle on a keep-out or fiducial, or, where only
            whole touchdowns are allowed, without a site that has no cell.
    """
    size = (tester.rows, tester.columns)
    landings: list[_Landing] = []
    bound = 0
    grids = grids_of(job, nest, tester)
    for grid in grids:
        occupied = grid.cells >= 0
        # A window that leaves the grid would hold no more than one that does not: there is a card's margin around.
        allowed = window_sums(grid.blocked, size) == 0
        if tester.whole_touchdowns:
            allowed &= window_sums(occupied, size) == tester.rows * tester.columns
        lost = occupied & ~within(allowed, size)
        if lost.any():
            raise InfeasibleError(_unreachable(job, nest, grid, lost, tester))
        found = cover(occupied, allowed, size)
        bound += found.bound if grid.lone else -(-int(occupied.sum()) // (tester.rows * tester.columns))
        landings += [_Landing(grid=grid, row=r, column=c) for r, c in found.windows]
    return _plan(nest, tester, grids[0].pitch_mm, landings, min(bound, len(landings)))


def _plan(
    nest: Nest, tester: Tester, pitch_mm: tuple[float, float], landings: list[_Landing], bound: int
) -> TouchdownPlan:
    """The landings in order of travel; a cell that several hold belongs to the one that was found first."""
    holder, site = np.full(len(nest.placements), -1, dtype=np.int64), np.full(len(nest.placements), -1, dtype=np.int64)
    sites: list[tuple[int, ...]] = []
    for number, landing in enumerate(landings):
        r, c = landing.row, landing.column
        window = landing.grid.cells[r : r + tester.rows, c : c + tester.columns].ravel()
        own = np.flatnonzero((window >= 0) & (holder[window] < 0))
        holder[window[own]], site[window[own]] = number, own
        sites.append(tuple(own.tolist()))
    order, travel_mm, travel_bound_mm = _ordered(landings, tester)
    number_of = np.empty(len(order), dtype=np.int64)
    number_of[order] = np.arange(len(order))
    return TouchdownPlan(
        columns=tester.columns,
        rows=tester.rows,
        pitch_mm=pitch_mm,
        landings=tuple(_touchdown(landings[k], sites[k]) for k in order),
        touchdown=number_of[holder],
        site=site,
        bound=bound,
        travel_mm=travel_mm,
        travel_bound_mm=travel_bound_mm,
        time_s=len(order) * tester.touchdown_s + travel_mm / tester.travel_mm_s,
    )


def _ordered(landings: list[_Landing], tester: Tester) -> tuple[list[int], float, float]:
    """An order of the landings, rotation by rotation; its travel, and the least."""
    middle = ((tester.rows - 1) / 2.0, (tester.columns - 1) / 2.0)
    centres = np.array([a.grid.place_mm(a.row + middle[0], a.column + middle[1]) for a in landings])
    turned = np.array([landing.grid.rotation_deg for landing in landings])
    order: list[int] = []
    travel_mm = travel_bound_mm = 0.0
    for rotation_deg in np.unique(turned):
        group = np.flatnonzero(turned == rotation_deg)
        of_group, travel, least = least_travel(centres[group])
        order += group[of_group].tolist()
        travel_mm, travel_bound_mm = travel_mm + travel, travel_bound_mm + least
    return order, travel_mm, travel_bound_mm


def _touchdown(landing: _Landing, sites: tuple[int, ...]) -> Touchdown:
    x_mm, y_mm = landing.grid.place_mm(landing.row, landing.column)
    return Touchdown(x_mm=x_mm, y_mm=y_mm, rotation_deg=landing.grid.rotation_deg, sites=sites)


def _unreachable(job: Job, nest: Nest, grid: Grid, lost: NDArray[np.bool_], tester: Tester) -> str:
    cells = np.sort(grid.cells[lost])
    first = int(cells[0])
    p = nest.placements
    why = (
        "without a site that has no cell (tester.whole_touchdowns)"
        if tester.whole_touchdowns
        else "without a needle on a keep-out or fiducial"
    )
    return (
        f"no touchdown of the {tester.columns} x {tester.rows} card reaches {len(cells)} of {len(p)} cells of"
        f" {job.name!r} {why}; the first is row {p.row[first]}, column {p.column[first]} at"
        f" ({p.x_mm[first]:.6g}, {p.y_mm[first]:.6g}) mm"
    )
