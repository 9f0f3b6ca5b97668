"""
Faces: into what lines part a rectangle, worked out band by band.

A union of all lines at once takes gigabytes for a hundred thousand cells. Bands are parted one after the other, and
faces that meet across the border of two bands are one. Borders run where no line ends or lies, so that what crosses
them crosses them clearly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.proof.curves import Bools, Floats, Ints

Box = tuple[float, float, float, float]

# Lines in a band (ours: a union of them takes about 100 MB).
_LINES = 40_000
# Faces that share less than this of a border share nothing but rounding.
_SHARED_MM = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Faces:
    """
    Faces by number: which go on to the edge of the rectangle, in which each of the spots lies, and what was measured.

    ``of_spot`` is -1 for a spot on a line. ``areas_mm2`` has an element for each part of a face without a spot.
    """

    at_edge: Bools
    of_spot: Ints
    areas_mm2: Floats


def faces_of(
    lines: NDArray[np.object_], box: Box, spots: Floats, measure: Callable[[NDArray[np.object_]], Floats]
) -> Faces:
    """
    The faces that *lines* part *box* into, and in which of them the *spots* (n, 2) lie.

    *measure* is given the faces in which no spot lies, some at a time, and answers with the areas of their parts.
    """
    of_spot = np.full(len(spots), -1, dtype=np.int64)
    edges, areas = [np.empty(0, dtype=bool)], [np.empty(0)]
    torn: dict[int, shapely.Polygon] = {}
    one: dict[int, int] = {}
    below: _Side | None = None
    count = 0
    for low, high, mine in _bands(lines, box):
        faces = _parted(mine, (box[0], low, box[2], high))
        inside = np.flatnonzero((spots[:, 1] >= low) & (spots[:, 1] < high))
        spot, face = shapely.STRtree(faces).query(shapely.points(spots[inside]), predicate="within")
        of_spot[inside[spot]] = face + count
        x0, y0, x1, y1 = shapely.bounds(faces).T
        edges.append((x0 <= box[0]) | (x1 >= box[2]) | (y0 <= box[1]) | (y1 >= box[3]))
        goes_on = ((y0 <= low) & (low > box[1])) | ((y1 >= high) & (high < box[3]))
        torn.update(zip((np.flatnonzero(goes_on) + count).tolist(), faces[goes_on].tolist(), strict=True))
        whole = ~goes_on
        whole[face] = False
        areas.append(measure(faces[whole]))
        if below is not None:
            _join(one, below, _Side.of(faces, low, count))
        below = _Side.of(faces, high, count)
        count += len(faces)
    number = np.arange(count)
    number[list(one)] = [_first(one, k) for k in one]
    at_edge = np.zeros(count, dtype=bool)
    np.logical_or.at(at_edge, number, np.concatenate(edges))
    of_spot = np.where(of_spot >= 0, number[of_spot], -1)
    areas.append(measure(_mended(torn, number, {*of_spot.tolist()})))
    return Faces(at_edge=at_edge, of_spot=of_spot, areas_mm2=np.concatenate(areas))


def _bands(lines: NDArray[np.object_], box: Box) -> Iterator[tuple[float, float, NDArray[np.object_]]]:
    """From where to where each band goes, and the lines in it, cut off at its borders."""
    _, least, _, most = shapely.bounds(lines).T
    borders = [box[1], *_borders(np.sort(np.concatenate([least, most]))), box[3]]
    for low, high in pairwise(borders):
        mine = (least < high) & (most > low)
        beyond = mine & ((least < low) | (most > high))
        cut = shapely.clip_by_rect(lines[beyond], box[0], low, box[2], high)
        yield low, high, np.concatenate([lines[mine & ~beyond], shapely.get_parts(cut)])


def _borders(heights: Floats) -> list[float]:
    """Where to part lines that begin or end at these heights (2 n, in order): in the widest gap near each n-th."""
    borders: list[float] = []
    gap = np.diff(heights)
    for k in range(2 * _LINES, len(heights) - _LINES, 2 * _LINES):
        begin = k - _LINES // 2
        widest = begin + int(np.argmax(gap[begin : k + _LINES // 2]))
        borders.append(float(heights[widest] + heights[widest + 1]) / 2.0)
    return borders


def _parted(lines: NDArray[np.object_], box: Box) -> NDArray[np.object_]:
    edge = shapely.box(*box).exterior
    noded = shapely.get_parts(shapely.union_all(np.append(lines, edge)))
    return np.asarray(shapely.get_parts(shapely.polygonize(noded)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Side:
    """The faces along one border of a band, from left to right: where each begins, and its number."""

    begins: Floats
    face: Ints

    @classmethod
    def of(cls, faces: NDArray[np.object_], y_mm: float, first: int) -> _Side:
        """The faces of a band that lie on the line at *y_mm*; the first of all has the number *first*."""
        points, owner = shapely.get_coordinates(faces, return_index=True)
        on = (points[:-1, 1] == y_mm) & (points[1:, 1] == y_mm) & (owner[:-1] == owner[1:])
        begins, face = np.minimum(points[:-1, 0], points[1:, 0])[on], owner[:-1][on]
        order = np.argsort(begins)
        return cls(begins=begins[order], face=face[order] + first)

    def at(self, x_mm: Floats) -> Ints:
        """Which face lies on the border there."""
        return self.face[np.maximum(np.searchsorted(self.begins, x_mm, side="right") - 1, 0)]


def _join(one: dict[int, int], below: _Side, above: _Side) -> None:
    """Note which faces on either side of a border are one."""
    begins = np.sort(np.concatenate([below.begins, above.begins]))
    wide = np.diff(begins, append=np.inf) > _SHARED_MM
    middles = begins[wide] + np.minimum(np.diff(begins, append=np.inf)[wide], 2.0 * _SHARED_MM) / 2.0
    for a, b in sorted({*zip(below.at(middles).tolist(), above.at(middles).tolist(), strict=True)}):
        first, second = sorted((_first(one, a), _first(one, b)))
        one[a], one[b], one[second], one[first] = first, first, first, first


def _first(one: dict[int, int], face: int) -> int:
    """The number by which a face goes with all that is one with it."""
    while (other := one.get(face, face)) != face:
        face = other
    return face


def _mended(torn: dict[int, shapely.Polygon], number: Ints, taken: set[int]) -> NDArray[np.object_]:
    """Faces that were torn by borders, whole again, but for those *taken*."""
    parts: dict[int, list[shapely.Polygon]] = {}
    for k, face in torn.items():
        if int(number[k]) not in taken:
            parts.setdefault(int(number[k]), []).append(face)
    return np.array([shapely.union_all(some) for some in parts.values()], dtype=object)
