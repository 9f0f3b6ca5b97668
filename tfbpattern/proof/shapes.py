"""
What each cell type must become, worked out from its outline alone: the curves that a proof holds the marks against.

Everything is in web directions with the origin at the cell's place, once per cell type and rotation. The curves of the
design (trench, kerf path) are built here a second time, by other means than those that made the paths.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import shapely

from tfbpattern.model.cell import CellType
from tfbpattern.model.job import Job
from tfbpattern.proof.curves import Floats, inset, outset, ring_of, ring_points
from tfbpattern.units import cos_sin_deg

# Rounding of a path to the machine's raster, of curves to chords, and of places to the nanometre (ours).
_ROUNDING_MM = 0.0004


def slack_mm(job: Job) -> float:
    """How far a mark may stand off where it belongs: two diagonals' halves of the raster, and roundings of ours."""
    return _ROUNDING_MM + job.machine.resolution_mm


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shape:
    """
    Rings (n, 2) and regions of one cell type at one rotation.

    ``trench`` is the centre line of isolation, ``island_limit`` the curve that it must sweep at its least width;
    ``path`` the centre line of the cut, ``piece_limit`` the curve that it must sweep at its least width.
    """

    cell: CellType
    rotation_deg: float
    outline: Floats
    active: shapely.Polygon
    trench: Floats
    island_limit: Floats
    path: Floats
    piece_limit: Floats

    @property
    def region(self) -> shapely.Polygon:
        """The cell as cut."""
        return shapely.Polygon(self.outline)


class NoShapeError(Exception):
    """A cell type whose outline leaves no room for what is asked of it."""


def shape_of(job: Job, kind: int, rotation_deg: float) -> Shape:
    """
    The curves of a cell type at a rotation.

    Raises:
        NoShapeError: the setback leaves no single active area, or a beam at its least width sweeps nothing.
    """
    cell = job.cells[kind]
    upright = _upright(cell, job)
    turned = [_turned(ring, rotation_deg) for ring in upright]
    return Shape(
        cell=cell,
        rotation_deg=rotation_deg,
        outline=turned[0],
        active=shapely.Polygon(turned[1]),
        trench=turned[2],
        island_limit=turned[3],
        path=turned[4],
        piece_limit=turned[5],
    )


@functools.lru_cache(maxsize=64)
def _upright(cell: CellType, job: Job) -> tuple[Floats, ...]:
    isolation, singulation = job.isolation, job.singulation
    slack = slack_mm(job)
    outline = ring_of(np.asarray(cell.outline.vertices))
    active = inset(outline, isolation.setback_mm, mitred=True)
    trench = inset(outline, isolation.setback_mm - isolation.line_width_mm / 2.0, mitred=True)
    line_mm = isolation.line_width_mm - isolation.tolerance_mm
    kerf_mm = singulation.kerf_mm - singulation.tolerance_mm
    if len(active) != 1 or len(trench) != 1:
        raise NoShapeError(f"{cell.name!r}: the setback leaves {len(active)} active areas")
    if line_mm <= 2.0 * slack or kerf_mm <= 2.0 * slack:
        raise NoShapeError(
            f"{cell.name!r}: less than its tolerance is left of the line width or the kerf; nothing can be proved"
        )
    line = ring_points(trench[0])
    path = outset(outline, singulation.kerf_mm / 2.0)
    return (
        outline,
        ring_points(active[0]),
        line,
        ring_points(inset(line, line_mm / 2.0 - slack, mitred=False)[0]),
        path,
        ring_points(inset(path, kerf_mm / 2.0 - slack, mitred=False)[0]),
    )


def _turned(ring: Floats, rotation_deg: float) -> Floats:
    cos, sin = cos_sin_deg(rotation_deg)
    x, y = ring.T
    return np.column_stack([x * cos - y * sin, x * sin + y * cos])
