"""
The sides of rectangular trenches as straight lines from cell to cell, across the streets between aligned cells.

In the street and in the dead strips beside it there is nothing that a line could harm, so the laser stays on.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chains
from tfbpattern.geometry.collinear import SNAP_MM, merged
from tfbpattern.geometry.sweeps import by_block
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Ints, Nest

_SAGITTA_MM = 1e-3


def street_lines(job: Job, nest: Nest) -> tuple[Chains, Ints, Ints]:
    """Lines with their rows and places in them, lengthened by the overcut at both ends."""
    sides, line = merged(_sides(job, nest), np.empty((0, 2, 2)))
    runs, line = _joined(sides, line, _crossable(job, nest, sides, line))
    row, place = by_block(runs, line, 0.0)
    way = runs[:, 1] - runs[:, 0]
    way *= job.isolation.run_on_mm / np.hypot(way[:, 0], way[:, 1])[:, None]
    return Chains.straight(np.stack([runs[:, 0] - way, runs[:, 1] + way], axis=1)), row, place


def _sides(job: Job, nest: Nest) -> Floats:
    """The sides of all trenches (k, 2, 2)."""
    placements = nest.placements
    found = [np.empty((0, 2, 2))]
    for kind, rotation_deg, index in placements.poses():
        p0, p1, _ = job.cells[kind].trench.rotated(rotation_deg).segments
        places = np.column_stack([placements.x_mm[index], placements.y_mm[index]])
        found.append((np.stack([p0, p1], axis=1)[None] + places[:, None, None, :]).reshape(-1, 2, 2))
    return np.concatenate(found)


def _crossable(job: Job, nest: Nest, sides: Floats, line: Ints) -> NDArray[np.bool_]:
    """
    Which of the gaps (k - 1,) between a side and the next one may be crossed with the laser on.

    A street: no wider than between neighbours; or wider, but shorter than either side (ours: a place without a cell is
    passed over in the dark) and clear of every cell and of all that cells keep clear of.
    """
    gap = sides[1:, 0] - sides[:-1, 1]
    size = np.hypot(gap[:, 0], gap[:, 1])
    street_mm = nest.spacing_mm + 2.0 * job.isolation.centre_inset_mm + SNAP_MM
    length = np.hypot(*(sides[:, 1] - sides[:, 0]).T)
    same = line[1:] == line[:-1]
    doubtful = np.flatnonzero(same & (size > street_mm) & (size < np.minimum(length[1:], length[:-1])))
    crossable: NDArray[np.bool_] = same & (size <= street_mm)
    if len(doubtful):
        # Between the outlines at either end: what a side leaves of its own cell is its dead strip.
        way = gap[doubtful] / size[doubtful, None] * (job.isolation.centre_inset_mm + SNAP_MM)
        across = shapely.linestrings(np.stack([sides[doubtful, 1] + way, sides[doubtful + 1, 0] - way], axis=1))
        # A line through the dead strip of a cell in another row would widen its trench.
        through, _ = shapely.STRtree(_outlines(job, nest)).query(across, predicate="intersects")
        near, _ = shapely.STRtree(_hazards(job)).query(
            across, predicate="dwithin", distance=job.isolation.line_width_mm
        )
        blocked = np.unique(np.concatenate([through, near]))
        crossable[np.delete(doubtful, blocked)] = True
    return crossable


def _hazards(job: Job) -> list[shapely.Polygon]:
    """Keep-outs and fiducials."""
    shapes = [*(keepout.shape for keepout in job.web.keepouts), *(fiducial.outline for fiducial in job.web.fiducials)]
    return [shape.polygon(_SAGITTA_MM, outside=True) for shape in shapes]


def _outlines(job: Job, nest: Nest) -> list[shapely.Polygon]:
    """All cells."""
    placements = nest.placements
    shapes: list[shapely.Polygon] = []
    for kind, rotation_deg, index in placements.poses():
        ring = job.cells[kind].outline.rotated(rotation_deg).flattened(_SAGITTA_MM)
        places = np.column_stack([placements.x_mm[index], placements.y_mm[index]])
        shapes += shapely.polygons(ring[None] + places[:, None]).tolist()
    return shapes


def _joined(sides: Floats, line: Ints, crossable: NDArray[np.bool_]) -> tuple[Floats, Ints]:
    begins = np.append(True, ~crossable)
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(sides)) - 1
    return np.stack([sides[first, 0], sides[last, 1]], axis=1), line[first]
