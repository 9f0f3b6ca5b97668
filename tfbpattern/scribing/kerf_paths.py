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
from tfbpattern.geometry.neighbours import Constellation
from tfbpattern.geometry.offsets import offset

# Fine enough that a chord takes nothing from the tolerance of a kerf.
_SAGITTA_MM = 1e-5
# Less than this no cut reaches into a cell: a few chords' worth.
_INTO_MM = 3e-5


def mitred(outline: Chain, kerf_mm: float) -> Chain:
    """The path around an outline that stands alone."""
    return offset(outline, kerf_mm / 2.0)[0]


def kept_off(
    outlines: Sequence[Chain], rotations_deg: Sequence[float], near: Iterable[Constellation], kerf_mm: float
) -> list[Chain]:
    """The path around each outline, in its own frame, round where a mitre would cut into some neighbour of it."""
    half = kerf_mm / 2.0
    paths = [mitred(outline, kerf_mm) for outline in outlines]
    shapes, tips = [], []
    for outline, path, angle in zip(outlines, paths, rotations_deg, strict=True):
        turned = outline.rotated(angle)
        shapes.append(turned.polygon(_SAGITTA_MM))
        tips.append(_tips(turned, path.rotated(angle), half))
    rounded: list[set[int]] = [set() for _ in outlines]
    for pair in near:
        shift = np.array([pair.dx_mm, pair.dy_mm])
        for own, other, way in ((pair.a, pair.b, shift), (pair.b, pair.a, -shift)):
            lines, corners = tips[own]
            if len(lines):
                away = shapely.distance(lines, shapely.transform(shapes[other], partial(np.add, way)))
                rounded[own].update(corners[away < half - _INTO_MM].tolist())
    return [
        offset(outline, half, rounded=outline.vertices[sorted(which), :2])[0] if which else path
        for outline, path, which in zip(outlines, paths, rounded, strict=True)
    ]


def _tips(outline: Chain, path: Chain, half: float) -> tuple[Floats, np.ndarray]:
    """What of a mitred path is farther than half a kerf from the outline, as lines; and the corners they belong to."""
    boundary = shapely.LinearRing(outline.flattened(_SAGITTA_MM))
    points = path.vertices[:, :2]
    far = np.flatnonzero(shapely.distance(boundary, shapely.points(points)) > half + _INTO_MM)
    lines, corners = [], []
    for k in far.tolist():
        ends = []
        for beside in (points[k - 1], points[(k + 1) % len(points)]):
            way = beside - points[k]
            size = float(np.hypot(*way))
            # Two distances along either side, and the path is back at half a kerf.
            ends.append(points[k] + way * min(4.0 * half / size, 1.0))
        lines.append(shapely.LineString([ends[0], points[k], ends[1]]))
        corners.append(int(np.argmin(np.hypot(*(outline.vertices[:, :2] - points[k]).T))))
    return np.array(lines, dtype=object), np.array(corners, dtype=np.int64)
