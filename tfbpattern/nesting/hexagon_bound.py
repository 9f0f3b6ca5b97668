"""
The hexagon bound: every cell of convex outline takes at least the smallest hexagon round it.

Of congruent copies of a convex disc K a convex polygon of at most six sides holds no more than its area over that of
the smallest hexagon round K (L. Fejes Toth, "Some packing and covering theorems", Acta Sci. Math. Szeged 12 A, 1950).
Of the sides of a smallest hexagon round a convex polygon all but one at most lie along sides of the polygon
(A. Aggarwal, J. S. Chang, C. K. Yap, "Minimum area circumscribing polygons", The Visual Computer 1, 1985). One
that does not has neighbours that lie half a turn or more from each other: else turning it about the corner it touches
would cut off more. Both sides of the polygon at that corner together cut off more than it does, and stand for it here.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.geometry.arcs import Floats
from tfbpattern.model.cell import CellType
from tfbpattern.nesting.field import SAGITTA_MM, Field

# An outline is convex if its hull is larger by no more than this part; the bound gives way by as much.
_ROUNDING = 1e-9
# Corners of the polygon whose hexagon is sought (ours: with 90 of them a circle's hexagon is 0.1 % too small).
_CORNERS = 90


def hexagon_bound(field: Field, cell: CellType) -> int | None:
    """The bound, hazards left out of account; None for outlines that are not convex, or spaced per axis."""
    if cell.spaced_per_axis:
        return None
    hexagon = _hexagon_mm2(cell, field.spacing_mm)
    if hexagon is None:
        return None
    room = (max(field.width_mm, 0.0) + field.spacing_mm) * (max(field.length_mm, 0.0) + field.spacing_mm)
    # A billionth of a cell more, for the rounding of floats: a bound must never be too small.
    return math.floor(room / hexagon + 1e-9)


@lru_cache(maxsize=64)
def _hexagon_mm2(cell: CellType, spacing_mm: float) -> float | None:
    """No more than the area of the smallest hexagon round the outline grown by half the spacing."""
    # Chords lie inside the arcs that they replace, of the outline and of the round joins.
    shape = cell.outline.polygon(SAGITTA_MM)
    if shape.convex_hull.area > shape.area * (1.0 + _ROUNDING):
        return None
    grown = shape.convex_hull.buffer(spacing_mm / 2.0, quad_segs=16).convex_hull
    corners = shapely.get_coordinates(shapely.geometry.polygon.orient(grown).exterior)[:-1]
    return _least_round(_fewer(corners)) * (1.0 - 2.0 * _ROUNDING)


def _fewer(corners: Floats) -> Floats:
    """Some of the corners (n, 2) of a convex polygon: those without which it loses least of its area left out."""
    while len(corners) > _CORNERS:
        before, after = np.roll(corners, 1, axis=0), np.roll(corners, -1, axis=0)
        lost = _cross(corners - before, after - before)
        # Every other at most, so that each loss is still what it was.
        least = np.argsort(lost, kind="stable")[: max((len(corners) - _CORNERS) // 2, 1)]
        leave = np.zeros(len(corners), dtype=bool)
        for k in least.tolist():
            if not leave[k - 1] and not leave[(k + 1) % len(corners)]:
                leave[k] = True
        corners = corners[~leave]
    return corners


def _least_round(corners: Floats) -> float:
    """No more than the least area of a hexagon round a convex polygon (n, 2), counter-clockwise."""
    count = len(corners)
    area = 0.5 * float(_cross(corners, np.roll(corners, -1, axis=0)).sum())
    step, beyond = _caps(corners)
    two = _joined(step, step)
    four = _joined(two, two)
    # Sides are numbered twice round, so that the way from side i to itself is that to side i + n.
    first = np.arange(count)
    along_sides = _joined(two, four)[first, first + count].min()
    about_corner = np.where(beyond, _joined(step[:, :-1], step[1:, :]), np.inf)
    with_corner = _joined(about_corner, four)[first, first + count].min()
    return area + float(min(along_sides, with_corner))


def _caps(corners: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """
    Area (2n, 2n) between the lines along sides i < j and the polygon from one to the other; side i begins at corner i.

    Infinite where the lines do not meet beyond the polygon, 0 where no side lies between. And which pairs (2n, 2n) lie
    half a turn or more, and less than a whole one, from each other.
    """
    count = len(corners)
    twice = np.vstack((corners, corners))
    ends = np.roll(twice, -1, axis=0)
    along = ends - twice
    along /= np.hypot(*along.T)[:, None]
    # The polygon from the end of side i to the beginning of side j, then by their meeting point: a shoelace sum.
    sums = np.concatenate(([0.0], np.cumsum(_cross(twice, ends))))
    first, second = np.triu_indices(2 * count, 1)
    near = (second - first) < count
    first, second = first[near], second[near]
    turn = _cross(along[first], along[second])
    meets = turn > 1e-12
    beyond = np.zeros((2 * count, 2 * count), dtype=bool)
    beyond[first, second] = turn <= 1e-9
    first, second, turn = first[meets], second[meets], turn[meets]
    a, b = ends[first], twice[second]
    reach = _cross(b - a, along[second]) / turn
    meeting = a + reach[:, None] * along[first]
    inside = sums[second] - sums[first + 1]
    caps = np.full((2 * count, 2 * count), np.inf)
    # A polygon of fewer sides is a hexagon with sides taken twice.
    np.fill_diagonal(caps, 0.0)
    caps[first, second] = np.maximum(0.5 * (_cross(a, meeting) + _cross(meeting, b) - inside), 0.0)
    return caps, beyond


def _joined(one: Floats, other: Floats) -> Floats:
    """The least sums over what lies between: the product of matrices with least and sum in place of sum and product."""
    return np.stack([(row[:, None] + other).min(axis=0) for row in one])


def _cross(a: Floats, b: Floats) -> NDArray[np.float64]:
    found: NDArray[np.float64] = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return found
