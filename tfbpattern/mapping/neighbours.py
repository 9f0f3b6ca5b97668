"""Neighbours: cells whose as-cut outlines run close together, between which a leak would show."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.affinity import translate
from shapely.geometry import Polygon

from tfbpattern.geometry.neighbours import constellations
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest

# Formats: within three spacings of each other along at least 0.5 mm.
_SPACINGS = 3.0
_ALONG_MM = 0.5
# Rounding of places to a nanometre must not part cells at exactly three spacings.
_SAME_MM = 2e-6
_SAGITTA_MM = 0.001
_QUAD_SEGS = 32


def neighbours_of(job: Job, nest: Nest) -> list[NDArray[np.int64]]:
    """For each placement the numbers of its neighbours, rising; looked at once for each relative position."""
    p = nest.placements
    reach_mm = _SPACINGS * nest.spacing_mm + _SAME_MM
    group = np.empty(len(p), dtype=np.int64)
    shapes: list[Polygon] = []
    for number, (kind, rotation_deg, index) in enumerate(p.poses()):
        group[index] = number
        shapes.append(job.cells[kind].outline.rotated(rotation_deg).polygon(_SAGITTA_MM))
    around = [shape.buffer(reach_mm, quad_segs=_QUAD_SEGS) for shape in shapes]
    boxes = np.array([shape.bounds for shape in shapes])
    pairs = [
        (pair.first, pair.second)
        for pair in constellations(p.x_mm, p.y_mm, group, boxes, reach_mm)
        if _along(shapes[pair.a], shapes[pair.b], around[pair.a], around[pair.b], pair.dx_mm, pair.dy_mm) >= _ALONG_MM
    ]
    first = np.concatenate([np.empty(0, dtype=np.int64), *(a for a, _ in pairs), *(b for _, b in pairs)])
    second = np.concatenate([np.empty(0, dtype=np.int64), *(b for _, b in pairs), *(a for a, _ in pairs)])
    order = np.lexsort((second, first))
    return np.split(second[order], np.searchsorted(first[order], np.arange(1, len(p))))


def _along(a: Polygon, b: Polygon, around_a: Polygon, around_b: Polygon, dx_mm: float, dy_mm: float) -> float:
    """How much of one outline lies within reach of the other; the larger of both ways."""
    moved, around_moved = (translate(shape, dx_mm, dy_mm) for shape in (b, around_b))
    return max(
        float(shapely.length(shapely.intersection(a.exterior, around_moved))),
        float(shapely.length(shapely.intersection(moved.exterior, around_a))),
    )
