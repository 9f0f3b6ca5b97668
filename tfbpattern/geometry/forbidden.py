"""Where a shape may not stand: the places at which it would overlap another one (their Minkowski difference)."""

from __future__ import annotations

import math

import numpy as np
import shapely
from shapely.geometry import Polygon

from tfbpattern.geometry.arcs import Floats

TOUCH_MM = 1e-7
"""Touching is allowed; a tenth of a nanometre keeps the rounding of floats from calling it an overlap."""

# Sums are noded on a picometre grid, a thousandth of the nanometre on which decisions are taken.
_GRID_MM = 1e-9
# Corners of a polygon round an arc: at most this far outside of it.
_ARC_MM = 2e-4


def forbidden_places(obstacle: Polygon, shape: Polygon) -> Polygon:
    """
    The region of places (x, y) at which *shape*, moved there from its own frame, overlaps *obstacle*.

    Exact for polygons, less 0.1 nm along the border. The union over convex pieces of sums of one with the
    other's mirror image (M. de Berg et al., "Computational Geometry", 3rd ed., section 13.3).
    """
    return _difference(obstacle, shape).buffer(-TOUCH_MM, join_style="mitre")


def no_fit(fixed: Polygon, shape: Polygon, spacing_mm: float) -> Polygon:
    """
    The no-fit polygon: the places of *shape* closer to *fixed* than the spacing, without holes.

    Where straight edges face each other its border is exact to a picometre; where a corner faces an edge or a corner
    the border, an arc of the spacing's radius, is a polygon round it, at most 0.2 um too far. Places in a hole are
    called too close: a shape of the same size cannot stand in one.
    """
    grown = _grown(_difference(fixed, shape), spacing_mm) if spacing_mm else _difference(fixed, shape)
    return Polygon(grown.exterior)


def _difference(fixed: Polygon, shape: Polygon) -> Polygon:
    a, b = _convex_pieces(fixed), _convex_pieces(shape)
    # Corners (piece, other piece, corner, other corner) of every sum of two pieces.
    points = a[:, None, :, None, :] - b[None, :, None, :, :]
    count, each = len(a) * len(b), a.shape[1] * b.shape[1]
    clouds = shapely.multipoints(points.reshape(-1, 2), indices=np.repeat(np.arange(count), each))
    return shapely.union_all(shapely.convex_hull(clouds))


def _grown(shape: Polygon, distance: float) -> Polygon:
    """The shape and what is closer to it: a rectangle on every edge, a fan round every corner that sticks out."""
    ring = shapely.get_coordinates(shapely.orient_polygons(Polygon(shape.exterior)).exterior)[:-1]
    along = np.roll(ring, -1, axis=0) - ring
    size = np.hypot(along[:, 0], along[:, 1])
    normal = np.column_stack((along[:, 1], -along[:, 0])) / size[:, None]
    ends = np.roll(ring, -1, axis=0)
    pieces = list(shapely.polygons(np.stack((ring, ring + distance * normal, ends + distance * normal, ends), axis=1)))
    before = np.roll(normal, 1, axis=0)
    turn = np.arctan2(before[:, 0] * normal[:, 1] - before[:, 1] * normal[:, 0], (before * normal).sum(axis=1))
    step = 2.0 * math.acos(distance / (distance + _ARC_MM))
    for corner, first, angle in zip(ring, before, turn.tolist(), strict=True):
        if angle > 0.0:
            pieces.append(_fan(corner, first, angle, distance, max(math.ceil(angle / step), 1)))
    # Corners of less than a picometre are ends of edges that go straight on.
    return shapely.union_all([shape, *pieces], grid_size=_GRID_MM).simplify(_GRID_MM)


def _fan(corner: Floats, first: Floats, angle: float, distance: float, parts: int) -> Polygon:
    """A polygon round the sector about a corner that begins in the direction *first*."""
    half = angle / parts / 2.0
    turns = np.concatenate(([0.0], half * (1.0 + 2.0 * np.arange(parts)), [angle]))
    reach = np.full(parts + 2, distance / math.cos(half))
    reach[[0, -1]] = distance
    cos, sin = np.cos(turns) * reach, np.sin(turns) * reach
    rim = np.column_stack((first[0] * cos - first[1] * sin, first[0] * sin + first[1] * cos))
    return Polygon(np.vstack((corner, corner + rim)))


def _convex_pieces(shape: Polygon) -> Floats:
    """Convex pieces of a shape (pieces, corners, 2); those of fewer corners repeat their last one."""
    if shape.area >= shape.convex_hull.area * (1.0 - 1e-12):
        return _padded([shape])
    return _padded(_merged(list(shapely.get_parts(shapely.constrained_delaunay_triangles(shape)))))


def _merged(pieces: list[Polygon]) -> list[Polygon]:
    """Neighbours joined as long as they make a convex piece (S. Hertel, K. Mehlhorn, 1983)."""
    done = 0
    while done < len(pieces):
        piece = pieces[done]
        for other in pieces[done + 1 :]:
            joined = shapely.union(piece, other)
            if joined.geom_type == "Polygon" and joined.area >= joined.convex_hull.area * (1.0 - 1e-12):
                pieces = [p for p in pieces if p is not piece and p is not other]
                pieces.insert(done, joined)
                break
        else:
            done += 1
    return pieces


def _padded(pieces: list[Polygon]) -> Floats:
    rings = [shapely.get_coordinates(piece.exterior)[:-1] for piece in pieces]
    most = max(map(len, rings))
    return np.stack([np.vstack((ring, np.repeat(ring[-1:], most - len(ring), axis=0))) for ring in rings])
