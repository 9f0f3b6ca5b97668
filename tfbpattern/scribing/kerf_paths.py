"""
The kerf path of each group of congruent cells: half a kerf outside the outline, and off its neighbours.

Corners are mitred, so that straight cuts of neighbours meet in them. A mitre reaches beyond half a kerf, though, and
where a corner points at a neighbour one kerf away it would cut into it; there the path goes round the corner in an arc.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np
import shapely

from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chain
from tfbpattern.geometry.neighbours import Constellation, constellations
from tfbpattern.geometry.offsets import offset
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest

# Fine enough that a chord takes nothing from the tolerance of a kerf.
_SAGITTA_MM = 1e-5
# Less than this no cut reaches into a cell: a few chords' worth.
_INTO_MM = 3e-5


def mitred(outline: Chain, kerf_mm: float) -> Chain:
    """The path around an outline that stands alone."""
    return offset(outline, kerf_mm / 2.0)[0]


def kept_off(job: Job, nest: Nest, distances_mm: Sequence[float]) -> list[tuple[Chain, ...]]:
    """
    The parallels of each group of congruent cells at these distances outside its outline, in its own frame.

    Mitred, and round at those corners where the mitre of the cut, or of the strip that is cleared for it, would reach
    into a neighbour of some cell of the group.
    """
    poses = nest.placements.poses()
    outlines = [job.cells[kind].outline for kind, _, _ in poses]
    rotations_deg = [rotation_deg for _, rotation_deg, _ in poses]
    half = job.singulation.kerf_mm / 2.0
    widest_mm = max(half, -min(job.isolation_insets_mm))
    near = near_each_other(job, nest, nest.spacing_mm + 8.0 * widest_mm)
    rounded = _pointed(outlines, rotations_deg, near, half, outlines, half - _INTO_MM)
    if widest_mm > half:
        # Along shared cuts the outermost line lies upon the neighbour's innermost one, and may go no farther.
        inset_mm = max(*job.isolation_insets_mm[:-1], 0.0) + 2.0 * _INTO_MM
        inner = [offset(outline, -inset_mm)[0] for outline in outlines]
        further = _pointed(outlines, rotations_deg, near, widest_mm, inner, _INTO_MM)
        rounded = [one | other for one, other in zip(rounded, further, strict=True)]
    return [
        tuple(
            offset(outline, mm, rounded=outline.vertices[sorted(which), :2] if which and mm > 0.0 else False)[0]
            for mm in distances_mm
        )
        for outline, which in zip(outlines, rounded, strict=True)
    ]


def _pointed(
    outlines: Sequence[Chain],
    rotations_deg: Sequence[float],
    near: Iterable[Constellation],
    outset_mm: float,
    kept: Sequence[Chain],
    clear_mm: float,
) -> list[set[int]]:
    """
    Corners of each outline whose mitre, that far outside, comes too near to a neighbour.

    That is nearer than *clear_mm* to what is *kept* of it, which is in the frame of its outline.
    """
    shapes = [chain.rotated(angle).polygon(_SAGITTA_MM) for chain, angle in zip(kept, rotations_deg, strict=True)]
    tips = [
        _tips(outline.rotated(angle), offset(outline, outset_mm)[0].rotated(angle), outset_mm)
        for outline, angle in zip(outlines, rotations_deg, strict=True)
    ]
    found: list[set[int]] = [set() for _ in outlines]
    for pair in near:
        shift = np.array([pair.dx_mm, pair.dy_mm])
        for own, other, way in ((pair.a, pair.b, shift), (pair.b, pair.a, -shift)):
            lines, corners = tips[own]
            if len(lines):
                away = shapely.distance(lines, shapely.transform(shapes[other], partial(np.add, way)))
                found[own].update(corners[away < clear_mm].tolist())
    return found


def near_each_other(job: Job, nest: Nest, reach_mm: float) -> list[Constellation]:
    """Every relative position of two cells whose boxes come within *reach_mm*; groups as ``placements.poses()``."""
    placements = nest.placements
    number = np.empty(len(placements), dtype=np.int64)
    boxes = []
    for k, (kind, rotation_deg, index) in enumerate(placements.poses()):
        number[index] = k
        boxes.append(job.cells[kind].outline.rotated(rotation_deg).bounds_mm)
    return constellations(placements.x_mm, placements.y_mm, number, np.array(boxes), reach_mm)


def _tips(outline: Chain, path: Chain, half: float) -> tuple[Floats, np.ndarray]:
    """What of a mitred path is farther than its distance *half* from the outline, as lines; and their corners."""
    boundary = shapely.LinearRing(outline.flattened(_SAGITTA_MM))
    points = path.vertices[:, :2]
    far = np.flatnonzero(shapely.distance(boundary, shapely.points(points)) > half + _INTO_MM)
    lines, corners = [], []
    for k in far.tolist():
        ends = []
        for beside in (points[k - 1], points[(k + 1) % len(points)]):
            way = beside - points[k]
            size = float(np.hypot(*way))
            # Two distances along either side, and the path is back at its own.
            ends.append(points[k] + way * min(4.0 * half / size, 1.0))
        lines.append(shapely.LineString([ends[0], points[k], ends[1]]))
        corners.append(int(np.argmin(np.hypot(*(outline.vertices[:, :2] - points[k]).T))))
    return np.array(lines, dtype=object), np.array(corners, dtype=np.int64)
