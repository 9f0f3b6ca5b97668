"""Compiled questions to rings of places, given as points and begins, see :mod:`.rings`; lengths in mm."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit


@njit(cache=True)
def ring_holds(points: Any, begin: int, end: int, x: float, y: float) -> bool:
    """Whether a ring holds a place (crossings of a ray)."""
    held = False
    before = end - 1
    for k in range(begin, end):
        y0, y1 = points[k, 1], points[before, 1]
        if (y0 > y) != (y1 > y) and x < (points[before, 0] - points[k, 0]) * (y - y0) / (y1 - y0) + points[k, 0]:
            held = not held
        before = k
    return held


@njit(cache=True)
def held(points: Any, begins: Any, boxes: Any, first: int, end: int, x: float, y: float) -> bool:
    """Whether any of the rings from *first* to before *end* holds a place."""
    for k in range(first, end):
        if (
            boxes[k, 0] < x < boxes[k, 2]
            and boxes[k, 1] < y < boxes[k, 3]
            and ring_holds(points, begins[k], begins[k + 1], x, y)
        ):
            return True
    return False


@njit(cache=True)
def forbidden(points: Any, begins: Any, boxes: Any, x: float, y: float) -> bool:
    """Whether any ring holds a place."""
    return held(points, begins, boxes, 0, len(begins) - 1, x, y)


@njit(cache=True)
def clear(points: Any, begins: Any, boxes: Any, places: Any) -> Any:
    """Which of the places (n, 2) no ring holds."""
    found = np.ones(len(places), dtype=np.bool_)
    for k in range(len(places)):
        found[k] = not forbidden(points, begins, boxes, places[k, 0], places[k, 1])
    return found


@njit(cache=True)
def clear_multiples(points: Any, begins: Any, boxes: Any, places: Any) -> Any:
    """Which of the places (n, 2), and all their multiples, no ring holds."""
    reach = np.abs(boxes).max()
    found = np.ones(len(places), dtype=np.bool_)
    for k in range(len(places)):
        size = max(abs(places[k, 0]), abs(places[k, 1]))
        times = math.floor(reach / size) if size > 0.0 else 0
        found[k] = size > 0.0
        for i in range(1, times + 1):
            if forbidden(points, begins, boxes, i * places[k, 0], i * places[k, 1]):
                found[k] = False
                break
    return found
