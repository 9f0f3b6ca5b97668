"""
Pieces that cuts part foil into, worked out band by band.

The lines of the cuts part a rectangle into faces, and a piece is what the beam's radius all around leaves of a face.
One union of all lines takes gigabytes for a hundred thousand cells, and so does a piece that goes around all of them.
Bands are parted one after the other. Of a face that the border of a band cuts off, the radius is taken off there too;
what that takes is made good by a narrow band about the border, of four radii, of which the middle half is left. So
pieces of one band end where those of the next begin, and are joined there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.proof.curves import Bools, Floats, Ints

Box = tuple[float, float, float, float]

# Points of the lines in a band (ours: more take more memory, and pieces with many holes longer).
_POINTS = 100_000
# Pieces that share less than this of an end share nothing but rounding.
_SHARED_MM = 1e-5
# Buffers leave out points that hardly matter, by a hundredth of their radius (GEOS, BufferInputLineSimplifier); so much
# an end may lie off its height.
_OFF_RADII = 0.02
_QUAD_SEGS = 8
_MANY_HOLES = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parted:
    """
    The numbers of the pieces in which spots lie, which pieces go on to the edge, and the areas of those without a spot.

    ``of_spot`` is -1 for a spot that is cut away. ``areas_mm2`` are those on the web, beyond which a piece does not
    hang together.
    """

    of_spot: Ints
    at_edge: Bools
    areas_mm2: Floats


def parted(lines: NDArray[np.object_], box: Box, web: Box, spots: Floats, radius_mm: float) -> Parted:
    """
    What a beam of *radius_mm* along *lines* parts *box* into.

    *spots* (n, 2) tell the pieces that count as cells from waste. All lines lie more than four radii inside the box.
    """
    off_mm = _OFF_RADII * radius_mm
    foil, on_web = _Pieces(spots=spots, off_mm=off_mm), _Pieces(spots=spots, off_mm=off_mm)
    window = shapely.box(*web)
    areas = [np.empty(0)]
    for low, high, mine in _bands(lines, box, radius_mm):
        faces = _faces(mine, (box[0], low, box[2], high))
        _, y0, _, y1 = shapely.bounds(faces).T
        torn = (y0 <= low) | (y1 >= high)
        whole, inside = faces[~torn], foil.spots_between(low, high)
        # Asked this way around, a face with thousands of holes is prepared once and not looked through for each spot.
        face, spot = shapely.STRtree(shapely.points(spots[inside])).query(whole, predicate="contains")
        foil.whole(inside[spot], shapely.bounds(whole[face]), box, 4.0 * radius_mm)
        empty = np.ones(len(whole), dtype=bool)
        empty[face] = False
        areas.append(shapely.area(_cut_to(window, _eroded(whole[empty], radius_mm))))
        pieces = _eroded(faces[torn], radius_mm)
        ends = (low + radius_mm, high - radius_mm)
        foil.add(pieces, ends, box, 4.0 * radius_mm)
        on_web.add(_cut_to(window, pieces), ends, web, 0.0)
    number, at_edge = foil.joined()
    return Parted(of_spot=number, at_edge=at_edge, areas_mm2=np.concatenate([*areas, on_web.areas_without_spot()]))


def _bands(
    lines: NDArray[np.object_], box: Box, radius_mm: float
) -> Iterator[tuple[float, float, NDArray[np.object_]]]:
    """From where to where each band goes, and the lines in it, cut off at its borders; narrow ones in between."""
    _, least, _, most = shapely.bounds(lines).T
    borders = [box[1], *_borders(least, most, shapely.get_num_coordinates(lines), 8.0 * radius_mm), box[3]]
    spans = []
    for low, high in pairwise(borders):
        spans += [(low, high), (high - 2.0 * radius_mm, high + 2.0 * radius_mm)]
    for low, high in spans[:-1]:
        mine = (least < high) & (most > low)
        beyond = mine & ((least < low) | (most > high))
        cut = shapely.clip_by_rect(lines[beyond], box[0], low, box[2], high)
        yield low, high, np.concatenate([lines[mine & ~beyond], shapely.get_parts(cut)])


def _borders(least: Floats, most: Floats, points: Ints, apart_mm: float) -> list[float]:
    """
    Where to part lines that go from and to these heights, of so many points: in the widest gap close by.

    There no line begins, ends or lies, so that what crosses the border crosses it clearly.
    """
    begins = np.argsort(least)
    bands = int(points.sum()) // _POINTS
    wanted = np.searchsorted(np.cumsum(points[begins]), np.arange(1, bands + 1) * _POINTS)
    heights = np.sort(np.concatenate([least, most]))
    gap = np.diff(heights)
    borders: list[float] = []
    for height in least[begins][np.minimum(wanted, len(begins) - 1)].tolist():
        at, near = int(np.searchsorted(heights, height)), len(heights) // (4 * bands) + 1
        first = max(at - near, 0)
        widest = first + int(np.argmax(gap[first : at + near]))
        border = float(heights[widest] + heights[widest + 1]) / 2.0
        if not borders or border > borders[-1] + apart_mm:
            borders.append(border)
    return borders


def _faces(lines: NDArray[np.object_], box: Box) -> NDArray[np.object_]:
    edge = shapely.box(*box).exterior
    noded = shapely.get_parts(shapely.union_all(np.append(lines, edge)))
    return np.asarray(shapely.get_parts(shapely.polygonize(noded)))


def _eroded(faces: NDArray[np.object_], radius_mm: float) -> NDArray[np.object_]:
    x0, y0, x1, y1 = shapely.bounds(faces).T.reshape(4, -1)
    # What is nowhere wider than the beam leaves nothing.
    wide = faces[np.minimum(x1 - x0, y1 - y0) > 2.0 * radius_mm]
    holed = shapely.get_num_interior_rings(wide) > _MANY_HOLES
    left = [shapely.buffer(wide[~holed], -radius_mm, quad_segs=_QUAD_SEGS)]
    for face in wide[holed]:
        # Hole by hole, since one buffer of them all takes the square of their number.
        shell, *holes = shapely.get_rings(face)
        inner = shapely.buffer(shapely.Polygon(shell), -radius_mm, quad_segs=_QUAD_SEGS)
        left.append(_without(inner, shapely.buffer(shapely.polygons(holes), radius_mm, quad_segs=_QUAD_SEGS)))
    return np.asarray(shapely.get_parts(np.concatenate(left)))


def _without(face: shapely.Geometry, taken: NDArray[np.object_]) -> NDArray[np.object_]:
    """What polygons leave of a face: those that meet nothing are made its holes, without a union over all."""
    shapely.prepare(face)
    alone = shapely.contains_properly(face, taken) & (shapely.get_num_interior_rings(taken) == 0)
    one, _ = shapely.STRtree(taken).query(taken, predicate="intersects")
    alone &= np.bincount(one, minlength=len(taken)) == 1
    parts = shapely.get_parts(shapely.difference(face, shapely.union_all(taken[~alone])))
    part, hole = shapely.STRtree(taken[alone]).query(parts, predicate="contains_properly")
    rings = shapely.get_exterior_ring(taken[alone])
    return np.array(
        [
            shapely.Polygon(whole.exterior, [*whole.interiors, *rings[hole[part == number]]])
            for number, whole in enumerate(parts)
        ],
        dtype=object,
    )


def _cut_to(window: shapely.Polygon, pieces: NDArray[np.object_]) -> NDArray[np.object_]:
    off = ~shapely.covers(window, pieces)
    cut = shapely.get_parts(shapely.intersection(pieces[off], window))
    return np.concatenate([pieces[~off], cut])


@dataclass(slots=True, kw_only=True, eq=False)
class _Pieces:
    """Pieces as they come, those of one band after those of the other, and which of them are one."""

    spots: Floats
    off_mm: float
    of_spot: Ints = field(init=False)
    _one: dict[int, int] = field(default_factory=dict)
    _edges: list[Bools] = field(default_factory=lambda: [np.empty(0, dtype=bool)])
    _areas: list[Floats] = field(default_factory=lambda: [np.empty(0)])
    _count: int = 0
    _below: tuple[Floats, Ints] = field(default_factory=lambda: (np.empty((0, 2)), np.empty(0, dtype=np.int64)))

    def __post_init__(self) -> None:
        self.of_spot = np.full(len(self.spots), -1, dtype=np.int64)

    def spots_between(self, low: float, high: float) -> NDArray[np.intp]:
        """Numbers of the spots in a band."""
        return np.flatnonzero((self.spots[:, 1] >= low) & (self.spots[:, 1] <= high))

    def whole(self, spot: NDArray[np.intp], bounds: Floats, box: Box, near_mm: float) -> None:
        """Pieces that end in their band, each with its spot."""
        self.of_spot[spot] = np.arange(len(spot)) + self._count
        self._note(bounds, np.zeros(len(spot)), box, near_mm)

    def add(self, pieces: NDArray[np.object_], ends: tuple[float, float], box: Box, near_mm: float) -> None:
        """Pieces of the next band that may go on in those of the one before, which end where they begin."""
        inside = self.spots_between(*ends)
        # A spot on an end lies in two pieces, which are joined.
        piece, spot = shapely.STRtree(shapely.points(self.spots[inside])).query(pieces, predicate="intersects")
        self.of_spot[inside[spot]] = piece + self._count
        spans, owner = _along(pieces, ends[0], self.off_mm)
        for (begin, end), below in zip(self._below[0].tolist(), self._below[1].tolist(), strict=True):
            shared = np.minimum(spans[:, 1], end) - np.maximum(spans[:, 0], begin) > _SHARED_MM
            for above in owner[shared].tolist():
                self._join(below, above + self._count)
        spans, owner = _along(pieces, ends[1], self.off_mm)
        self._below = (spans, owner + self._count)
        self._note(shapely.bounds(pieces).reshape(-1, 4), shapely.area(pieces), box, near_mm)

    def _note(self, bounds: Floats, areas: Floats, box: Box, near_mm: float) -> None:
        grown = np.array([box[0] + near_mm, box[1] + near_mm, box[2] - near_mm, box[3] - near_mm])
        beyond = np.column_stack([bounds[:, :2] <= grown[:2], bounds[:, 2:] >= grown[2:]])
        self._edges.append(np.asarray(beyond.any(axis=1)))
        self._areas.append(areas)
        self._count += len(bounds)

    def _join(self, one: int, other: int) -> None:
        first, second = sorted((self._first(one), self._first(other)))
        for k in (one, other, first, second):
            self._one[k] = first

    def _first(self, piece: int) -> int:
        while (other := self._one.get(piece, piece)) != piece:
            piece = other
        return piece

    def _numbers(self) -> Ints:
        number = np.arange(self._count)
        for k in self._one:
            number[k] = self._first(k)
        return number

    def joined(self) -> tuple[Ints, Bools]:
        """The number of the piece of each spot, and which pieces go on to the edge."""
        number = self._numbers()
        at_edge = np.zeros(self._count, dtype=bool)
        np.logical_or.at(at_edge, number, np.concatenate(self._edges))
        return np.where(self.of_spot >= 0, number[self.of_spot], -1) if self._count else self.of_spot, at_edge

    def areas_without_spot(self) -> Floats:
        """Of pieces that were added."""
        number = self._numbers()
        areas: Floats = np.zeros(self._count)
        np.add.at(areas, number, np.concatenate(self._areas))
        areas[number[self.of_spot[self.of_spot >= 0]]] = 0.0
        return areas[areas > 0.0]


def _along(pieces: NDArray[np.object_], y_mm: float, off_mm: float) -> tuple[Floats, Ints]:
    """From where to where (n, 2) pieces run along a height, and which."""
    points, owner = shapely.get_coordinates(pieces, return_index=True)
    on = np.abs(points[:, 1] - y_mm) < off_mm
    side = np.flatnonzero(on[:-1] & on[1:] & (owner[:-1] == owner[1:]))
    return np.sort(np.column_stack([points[side, 0], points[side + 1, 0]]), axis=1), owner[side]
