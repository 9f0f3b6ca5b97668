"""Filling: single cells put into whatever room a pattern leaves, at its border and around what is in the way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from tfbpattern.geometry.forbidden import TOUCH_MM
from tfbpattern.model.cell import CellType
from tfbpattern.model.nest import Placements
from tfbpattern.nesting.contact.parts import Parts
from tfbpattern.nesting.contact.rooms import room_of
from tfbpattern.nesting.field import Field
from tfbpattern.nesting.rows import numbered
from tfbpattern.nesting.zones import zones_of

# How deep along borders room is looked for, in sides of a square as large as a cell (ours).
_DEPTH = 2.0
# Sides of tiles in such depths (ours: unions of some hundred shapes are quickest).
_TILE = 3.0


def filled(
    cells: Placements, field: Field, cell: CellType, parts: Parts, gaps: Sequence[shapely.Polygon] | None = None
) -> Placements:
    """
    The cells, and more of them wherever one has room; the same object where none has.

    Room is what is left of a rotation's places by the no-fit polygons of all cells around, hazards and edges: along
    borders, or in *gaps* of a pattern. Of all room the lowest corner is taken first, and in it the rotation that stands
    lowest.
    """
    rotations = parts.rotations_deg
    free = [_free(cells, field, cell, parts, rotation, gaps) for rotation in rotations]
    added: list[tuple[float, float, float]] = []
    while True:
        corners = [(*_lowest(place), number) for number, place in enumerate(free) if not place.is_empty]
        if not corners:
            break
        y, x, number = min(corners)
        added.append((x, y, rotations[number]))
        for other, rotation in enumerate(rotations):
            taken = [shapely.affinity.translate(part, x, y) for part in _inner(parts, rotations[number], rotation)]
            free[other] = shapely.difference(free[other], shapely.union_all(taken))
    if not added:
        return cells
    more = np.array(added)
    return numbered(
        np.append(cells.x_mm, np.round(more[:, 0], 9)),
        np.append(cells.y_mm, np.round(more[:, 1], 9)),
        np.append(cells.rotation_deg, more[:, 2]),
        cell,
    )


# Places are found this far outside of what they keep clear of, so that rounding them does not bring them into it.
_CLEAR_MM = 5e-8


@lru_cache(maxsize=64)
def _inner(parts: Parts, fixed_deg: float, other_deg: float) -> tuple[Polygon, ...]:
    """
    What a cell takes from the places of another, less most of a touch; rings on their own.

    Together they may have holes as thin as a touch: the places where edges stand exactly one spacing apart.
    """
    rings = parts.region(fixed_deg, other_deg).inner
    return tuple(
        Polygon(rings.points[a:b]).buffer(_CLEAR_MM, join_style="mitre") for a, b in pairwise(rings.begins.tolist())
    )


def _free(
    cells: Placements,
    field: Field,
    cell: CellType,
    parts: Parts,
    rotation_deg: float,
    gaps: Sequence[shapely.Polygon] | None,
) -> shapely.Geometry:
    """The places that are left for one more cell at a rotation."""
    low_x, low_y, high_x, high_y = room_of(field, cell, rotation_deg).tolist()
    if high_x < low_x or high_y < low_y:
        return Polygon()
    # A room without width still holds cells that fill the web from edge to edge.
    room = shapely.box(low_x - TOUCH_MM, low_y - TOUCH_MM, high_x + TOUCH_MM, high_y + TOUCH_MM)
    zones = zones_of(field, cell, rotation_deg).shapes
    depth = _DEPTH * math.sqrt(parts.grown_mm2)
    borders = [room.boundary.buffer(depth), *(zone.buffer(depth) for zone in zones)]
    band = shapely.intersection(room, shapely.union_all(borders if gaps is None else gaps))
    if band.is_empty:
        return Polygon()
    shapely.prepare(band)
    taken = [*zones]
    for angle in np.unique(cells.rotation_deg).tolist():
        of = cells.rotation_deg == angle
        shapes = _inner(parts, angle, rotation_deg)
        reach = max(max(map(abs, shape.bounds)) for shape in shapes)
        points = shapely.points(cells.x_mm[of], cells.y_mm[of])
        near = shapely.get_coordinates(points[shapely.dwithin(points, band, math.sqrt(2.0) * reach)])
        for shape in shapes:
            taken.extend(shapely.polygons(shapely.get_coordinates(shape.exterior)[None] + near[:, None]))
    return _without(band, np.array(taken, dtype=object), _TILE * depth)


def _without(area: shapely.Geometry, taken: NDArray[np.object_], tile_mm: float) -> shapely.Geometry:
    """What many shapes leave of an area: tile by tile, since a union of all of them takes far longer."""
    x_min, y_min, x_max, y_max = area.bounds
    xs, ys = np.meshgrid(np.arange(x_min, x_max, tile_mm), np.arange(y_min, y_max, tile_mm))
    tiles = shapely.intersection(area, shapely.box(xs, ys, xs + tile_mm, ys + tile_mm).ravel())
    tiles = tiles[~shapely.is_empty(tiles)]
    tile, shape = shapely.STRtree(taken).query(tiles, predicate="intersects")
    begins = np.searchsorted(tile, np.arange(len(tiles) + 1))
    left = [
        shapely.difference(tiles[k], shapely.union_all(taken[np.sort(shape[begins[k] : begins[k + 1]])]))
        for k in range(len(tiles))
    ]
    return shapely.union_all([part for part in left if not part.is_empty])


def _lowest(place: shapely.Geometry) -> tuple[float, float]:
    """The lowest corner of an area, the leftmost of equals: (y, x)."""
    corners = np.round(shapely.get_coordinates(place), 9)
    lowest = np.lexsort((corners[:, 0], corners[:, 1]))[0]
    return float(corners[lowest, 1]), float(corners[lowest, 0])
