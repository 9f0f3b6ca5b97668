"""Where a shape would leave a sliver: straight edges side by side, nearly but not quite the spacing apart."""

from __future__ import annotations

import math

import numpy as np
import shapely
from shapely.geometry import Polygon

from tfbpattern.geometry.arcs import Floats

# Formats, definitions: parallel within one degree, for more than 1 mm.
_PARALLEL_RAD = math.radians(1.0)
_LENGTH_MM = 1.0
# Edges that differ by less are parallel: over a metre they part by a nanometre.
_SAME_RAD = 1e-9


def sliver_places(fixed: Polygon, shape: Polygon, spacing_mm: float, sliver_mm: float) -> list[Polygon]:
    """
    Strips of places of *shape* at which an edge of it faces an edge of *fixed* at more than the spacing, but less than
    *sliver_mm* more, for more than a millimetre. On the border of a strip shapes are allowed.

    Edges that are parallel within a degree only are kept apart wherever some of the gap would be such.
    """
    if sliver_mm <= 0.0:
        return []
    # The cuts run half a sliver outside the edges, and so are longer at both ends.
    least = _LENGTH_MM - sliver_mm
    ones, others = _edges(fixed, least), _edges(shape, least)
    found = []
    for p0, p1, heading in ones:
        along = np.array([math.cos(heading), math.sin(heading)])
        out = np.array([along[1], -along[0]])
        for q0, q1, other in others:
            turn = math.remainder(other - heading - math.pi, math.tau)
            if abs(turn) > _PARALLEL_RAD:
                continue
            # Places at which the two overlap by more than the least length, and those at which the gap is nil.
            first, last = p0 @ along + least - q0 @ along, p1 @ along - least - q1 @ along
            if first >= last:
                continue
            slack = 0.0
            if abs(turn) > _SAME_RAD:
                slack = math.sin(abs(turn)) * math.hypot(*(q1 - q0))
            nil = p0 @ out - (q0 + q1) @ out / 2.0
            low, high = nil + spacing_mm - slack, nil + spacing_mm + sliver_mm + slack
            corners = [(first, low), (last, low), (last, high), (first, high)]
            found.append(Polygon([a * along + b * out for a, b in corners]))
    return found


def _edges(shape: Polygon, least: float) -> list[tuple[Floats, Floats, float]]:
    """Start, end and heading of the edges longer than *least*, counter-clockwise."""
    ring = shapely.get_coordinates(shapely.orient_polygons(shape).exterior)
    steps = np.diff(ring, axis=0)
    sizes = np.hypot(steps[:, 0], steps[:, 1])
    return [
        (ring[k], ring[k + 1], math.atan2(steps[k, 1], steps[k, 0])) for k in np.flatnonzero(sizes > max(least, 0.0))
    ]
