"""Compiled counting of lattice points in rectangles less what zones hold; lengths in mm."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from tfbpattern.nesting.contact.kernels import forbidden, ring_holds

# Lattice points this far outside of a border lie on it: a thousandth of a nanometre.
_SAME = 1e-9


@njit(cache=True)
def _rows(u: Any, v: Any, box: Any) -> Any:
    """First and last number of lattice rows along u that pass through a box."""
    across = u[0] * v[1] - u[1] * v[0]
    low, high = np.inf, -np.inf
    for corner in range(4):
        x, y = box[2 * (corner % 2)], box[1 + 2 * (corner // 2)]
        row = (u[0] * y - u[1] * x) / across
        low, high = min(low, row), max(high, row)
    return math.ceil(low - 1e-6), math.floor(high + 1e-6)


@njit(cache=True)
def _stretch(u: Any, v: Any, row: int, box: Any) -> Any:
    """First and last point of a lattice row in a box."""
    low, high = -np.inf, np.inf
    for axis in range(2):
        least, most, at = box[axis] - _SAME, box[axis + 2] + _SAME, row * v[axis]
        if u[axis] > 1e-12:
            low, high = max(low, (least - at) / u[axis]), min(high, (most - at) / u[axis])
        elif u[axis] < -1e-12:
            low, high = max(low, (most - at) / u[axis]), min(high, (least - at) / u[axis])
        elif at < least or at > most:
            return 0, -1
    return math.ceil(low), math.floor(high)


@njit(cache=True)
def count_at(
    u: Any, v: Any, offsets: Any, rooms: Any, x: float, y: float, points: Any, begins: Any, boxes: Any, owners: Any
) -> int:
    """Parts of the pattern, shifted by (x, y), whose places lie in their rooms (m, 4) and in no zone of theirs."""
    total = 0
    box = np.empty(4)
    for part in range(len(offsets)):
        px, py = offsets[part, 0] + x, offsets[part, 1] + y
        box[0], box[1], box[2], box[3] = (
            rooms[part, 0] - px,
            rooms[part, 1] - py,
            rooms[part, 2] - px,
            rooms[part, 3] - py,
        )
        first, last = _rows(u, v, box)
        for row in range(first, last + 1):
            low, high = _stretch(u, v, row, box)
            total += max(high - low + 1, 0)
        zone_first = np.searchsorted(owners, part)
        for zone in range(zone_first, np.searchsorted(owners, part + 1)):
            for side in range(2):
                box[side] = max(boxes[zone, side], rooms[part, side]) - (px if side == 0 else py)
                box[side + 2] = min(boxes[zone, side + 2], rooms[part, side + 2]) - (px if side == 0 else py)
            if box[0] > box[2] or box[1] > box[3]:
                continue
            first, last = _rows(u, v, box)
            for row in range(first, last + 1):
                low, high = _stretch(u, v, row, box)
                for k in range(low, high + 1):
                    at_x, at_y = k * u[0] + row * v[0] + px, k * u[1] + row * v[1] + py
                    if ring_holds(points, begins[zone], begins[zone + 1], at_x, at_y) and not forbidden(
                        points, begins[zone_first : zone + 1], boxes[zone_first:zone], at_x, at_y
                    ):
                        total -= 1
    return total


@njit(cache=True)
def best_shift(
    u: Any, v: Any, offsets: Any, rooms: Any, xs: Any, ys: Any, points: Any, begins: Any, boxes: Any, owners: Any
) -> Any:
    """The shift of all pairs of xs and ys with the most parts, the first of equals: (count, x, y)."""
    best, best_x, best_y = -1, 0.0, 0.0
    for x in xs:
        for y in ys:
            count = count_at(u, v, offsets, rooms, x, y, points, begins, boxes, owners)
            if count > best:
                best, best_x, best_y = count, x, y
    return best, best_x, best_y
