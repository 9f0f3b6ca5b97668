"""Where a shape may not stand: the places at which it would overlap another one (their Minkowski difference)."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import Polygon

TOUCH_MM = 1e-7
"""Touching is allowed; a tenth of a nanometre keeps the rounding of floats from calling it an overlap."""


def forbidden_places(obstacle: Polygon, shape: Polygon) -> Polygon:
    """
    The region of places (x, y) at which *shape*, moved there from its own frame, overlaps *obstacle*.

    Exact for polygons, less 0.1 nm along the border. The union over convex pieces of sums of one with the
    other's mirror image (M. de Berg et al., "Computational Geometry", 3rd ed., section 13.3).
    """
    sums = []
    for a in _convex_pieces(obstacle):
        for b in _convex_pieces(shape):
            points = (a[:, None, :] - b[None, :, :]).reshape(-1, 2)
            sums.append(shapely.convex_hull(shapely.multipoints(points)))
    return shapely.union_all(sums).buffer(-TOUCH_MM, join_style="mitre")


def _convex_pieces(shape: Polygon) -> list[np.ndarray]:
    if shape.area >= shape.convex_hull.area * (1.0 - 1e-12):
        return [shapely.get_coordinates(shape.exterior)[:-1]]
    return [
        shapely.get_coordinates(triangle.exterior)[:-1]
        for triangle in shapely.get_parts(shapely.constrained_delaunay_triangles(shape))
    ]
