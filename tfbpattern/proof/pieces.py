"""
Pieces: into what the cut parts the foil, besides the cells.

The middles of all cuts, joined where the beam closes what is between them, part the plane into faces; a piece is what
half a kerf all around leaves of a face. Faces with
cells are proved one by one elsewhere; here the others are counted, and with tabs it is shown that no cells fall out
together with the waste that they hang on. The web is taken as going on beyond its edges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.model.finding import Finding
from tfbpattern.proof.curves import Bools, Floats, Ints
from tfbpattern.proof.shapes import shape_of
from tfbpattern.proof.sheet import Sheet

# Chords for arcs, where pieces are counted and weighed (ours: what stands between round corners is right to a percent).
_CHORD_MM = 0.0003
# What is smaller than this is dust: a micrometre square.
_DUST_MM2 = 1e-6
# How far the foil is taken to go on beyond all cuts.
_BEYOND_MM = 1.0
# How far a joint crosses what it ends on.
_ACROSS_MM = 0.001
_QUAD_SEGS = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pieces:
    """Faces between the cuts, the face of each cell, and which faces go on to the edge."""

    faces: NDArray[np.object_]
    of_cell: Ints
    at_edge: Bools

    @classmethod
    def of(cls, sheet: Sheet) -> Pieces:
        """The faces that a sheet's cut makes."""
        marks = sheet.marks["singulation"]
        singulation = sheet.job.singulation
        lines = marks.lines(_CHORD_MM)
        # A cell hangs by what the widest kerf leaves; waste is told as the nominal one leaves it.
        reach_mm = singulation.kerf_mm + (singulation.tolerance_mm if singulation.tabs.count else 0.0)
        lines = np.concatenate([lines, _joints(lines, reach_mm)])
        x0, y0, x1, y1 = (float(value) for value in shapely.total_bounds(lines))
        edge = shapely.box(
            min(x0, 0.0) - _BEYOND_MM,
            min(y0, 0.0) - _BEYOND_MM,
            max(x1, sheet.job.web.width_mm) + _BEYOND_MM,
            max(y1, sheet.frame_length_mm) + _BEYOND_MM,
        )
        noded = shapely.get_parts(shapely.union_all(np.append(lines, edge.exterior)))
        faces = np.asarray(shapely.get_parts(shapely.polygonize(noded)))
        cell, face = shapely.STRtree(faces).query(shapely.points(_spots(sheet)), predicate="within")
        of_cell = np.full(len(sheet.cells), -1, dtype=np.int64)
        of_cell[cell] = face
        at_edge: Bools = shapely.distance(faces, edge.exterior) == 0.0
        return cls(faces=faces, of_cell=of_cell, at_edge=at_edge)

    def waste(self, sheet: Sheet) -> Floats:
        """The area of each piece of waste on the web, as cut at the nominal kerf, mm2."""
        without = np.ones(len(self.faces), dtype=bool)
        without[self.of_cell[self.of_cell >= 0]] = False
        web = shapely.box(0.0, 0.0, sheet.job.web.width_mm, sheet.frame_length_mm)
        left = shapely.buffer(self.faces[without], -sheet.job.singulation.kerf_mm / 2.0, quad_segs=_QUAD_SEGS)
        beyond = self.at_edge[without]
        left[beyond] = shapely.intersection(left[beyond], web)
        areas = np.asarray(shapely.area(shapely.get_parts(left)))
        return areas[areas > _DUST_MM2]


def _spots(sheet: Sheet) -> Floats:
    """A place inside each cell."""
    spots = np.empty((len(sheet.cells), 2))
    for kind, rotation, which in sheet.cells.groups():
        core = shapely.point_on_surface(shape_of(sheet.job, kind, rotation).active)
        spots[which] = sheet.cells.places(which) + np.array([core.x, core.y])
    return spots


def _joints(lines: NDArray[np.object_], reach_mm: float) -> NDArray[np.object_]:
    """
    Where two cuts do not touch but are no farther from each other than the beam is wide: the shortest way across.

    It goes on a little beyond either end, so that it crosses what it ends on.
    """
    one, other = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=reach_mm)
    one, other = one[one < other], other[one < other]
    apart = shapely.distance(lines[one], lines[other]) > 0.0
    ways = shapely.get_coordinates(shapely.shortest_line(lines[one[apart]], lines[other[apart]])).reshape(-1, 2, 2)
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
    loose = (pieces.of_cell >= 0) & ~pieces.at_edge[pieces.of_cell]
    for face in np.unique(pieces.of_cell[loose]).tolist():
        cells = np.flatnonzero(pieces.of_cell == face).tolist()
        spot = shapely.point_on_surface(pieces.faces[face])
        yield Finding(
            rule="singulation.loose",
            message=f"{len(cells)} cell(s) fall out of the web in one piece, tabs and all",
            cells=tuple(sheet.cells.ids[k] for k in cells),
            measured=float(len(cells)),
            limit=0.0,
            unit="cells",
            x_mm=float(spot.x),
            y_mm=float(spot.y),
        )


def figures(sheet: Sheet, pieces: Pieces) -> Mapping[str, float | int]:
    """How many pieces of waste there are, the smallest and the largest; with tabs those that fall out."""
    areas = pieces.waste(sheet)
    if not len(areas):
        return {"waste_pieces": 0}
    return {
        "waste_pieces": len(areas),
        "waste_smallest_mm2": round(float(areas.min()), 6),
        "waste_largest_mm2": round(float(areas.max()), 3),
    }
