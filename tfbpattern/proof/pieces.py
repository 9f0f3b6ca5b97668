"""
Pieces: into what the cut parts the foil, besides the cells.

The middles of all cuts, joined where the beam closes what is between them, part the plane into faces; a piece is what
half a kerf all around leaves of a face. Pieces with cells are proved one by one elsewhere; here the others are counted,
and with tabs it is shown that no cells fall out together with the waste that they hang on. The web is taken as going on
beyond its edges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.model.finding import Finding
from tfbpattern.proof.curves import Floats
from tfbpattern.proof.nearness import Cuts
from tfbpattern.proof.parting import Parted, parted
from tfbpattern.proof.shapes import shape_of
from tfbpattern.proof.sheet import Sheet

# What is smaller than this is dust: a micrometre square.
_DUST_MM2 = 1e-6
# How far the foil is taken to go on beyond all cuts, and in kerfs.
_BEYOND_MM, _BEYOND_KERFS = 1.0, 4.0
# How far a joint crosses what it ends on.
_ACROSS_MM = 0.001


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pieces:
    """The pieces that the nominal kerf leaves, and a spot in each cell."""

    parted: Parted
    spots: Floats

    @classmethod
    def of(cls, sheet: Sheet, cuts: Cuts) -> Pieces:
        """The pieces that a sheet's cut makes."""
        singulation = sheet.job.singulation
        # A cell hangs by what the widest kerf leaves; waste is told as the nominal one leaves it.
        reach_mm = singulation.kerf_mm + (singulation.tolerance_mm if singulation.tabs.count else 0.0)
        lines = np.concatenate([cuts.lines, _joints(cuts, reach_mm)])
        web = (0.0, 0.0, sheet.job.web.width_mm, sheet.frame_length_mm)
        x0, y0, x1, y1 = (float(value) for value in shapely.total_bounds(np.append(lines, shapely.box(*web))))
        beyond_mm = _BEYOND_MM + _BEYOND_KERFS * singulation.kerf_mm
        foil = (
            x0 - beyond_mm,
            y0 - beyond_mm,
            x1 + beyond_mm,
            y1 + beyond_mm,
        )
        spots = _spots(sheet)
        return cls(parted=parted(lines, foil, web, spots, singulation.kerf_mm / 2.0), spots=spots)


def _spots(sheet: Sheet) -> Floats:
    """A place inside each cell."""
    spots = np.empty((len(sheet.cells), 2))
    for kind, rotation, which in sheet.cells.groups():
        core = shapely.point_on_surface(shape_of(sheet.job, kind, rotation).active)
        spots[which] = sheet.cells.places(which) + np.array([core.x, core.y])
    return spots


def _joints(cuts: Cuts, reach_mm: float) -> NDArray[np.object_]:
    """
    Where two cuts do not touch but are no farther from each other than the beam is wide: the shortest way across.

    It goes on a little beyond either end, so that it crosses what it ends on.
    """
    one, other = cuts.lines[cuts.one], cuts.lines[cuts.other]
    distance = shapely.distance(one, other)
    apart = (distance > 0.0) & (distance <= reach_mm)
    ways = shapely.get_coordinates(shapely.shortest_line(one[apart], other[apart])).reshape(-1, 2, 2)
    along = ways[:, 1] - ways[:, 0]
    size = np.hypot(along[:, 0], along[:, 1])
    along = along[size > 0.0] / size[size > 0.0, None] * _ACROSS_MM
    p, q = ways[size > 0.0, 0], ways[size > 0.0, 1]
    across = np.stack([p - along, p, q, q + along], axis=1)
    # Less than a rounding apart: a cross, of which one line or the other crosses both.
    spots = ways[size == 0.0, 0]
    crosses = [np.stack([spots - arm, spots, spots, spots + arm], axis=1) for arm in np.eye(2) * _ACROSS_MM]
    return np.asarray(shapely.linestrings(np.concatenate([across, *crosses])))


def check(sheet: Sheet, pieces: Pieces) -> Iterator[Finding]:
    """With tabs every cell hangs on the web, and not just on waste or neighbours that are cut off with it."""
    if not sheet.job.singulation.tabs.count:
        return
    of_cell = pieces.parted.of_spot
    loose = (of_cell >= 0) & ~pieces.parted.at_edge[of_cell]
    for piece in np.unique(of_cell[loose]).tolist():
        cells = np.flatnonzero(of_cell == piece).tolist()
        x, y = pieces.spots[cells[0]].tolist()
        yield Finding(
            rule="singulation.loose",
            message=f"{len(cells)} cell(s) fall out of the web in one piece, tabs and all",
            cells=tuple(sheet.cells.ids[k] for k in cells),
            measured=float(len(cells)),
            limit=0.0,
            unit="cells",
            x_mm=x,
            y_mm=y,
        )


def figures(pieces: Pieces) -> Mapping[str, float | int]:
    """How many pieces of waste there are, the smallest and the largest; with tabs those that fall out."""
    areas = pieces.parted.areas_mm2
    areas = areas[areas > _DUST_MM2]
    if not len(areas):
        return {"waste_pieces": 0}
    return {
        "waste_pieces": len(areas),
        "waste_smallest_mm2": round(float(areas.min()), 6),
        "waste_largest_mm2": round(float(areas.max()), 3),
    }
