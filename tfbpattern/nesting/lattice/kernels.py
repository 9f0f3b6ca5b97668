"""Compiled loops of the lattice search. Rings are given as points and begins, see :mod:`.rings`; lengths in mm."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from tfbpattern.nesting.contact.kernels import forbidden


@njit(cache=True)
def _keeps_clear(
    points: Any, begins: Any, boxes: Any, wide: float, tall: float, ux: float, uy: float, vx: float, vy: float
) -> bool:
    """Whether no ring, all within *wide* and *tall* of the origin, holds a vector i * u + j * v with j > 0."""
    # Rows by their height over the first vector; of a row what lies in the box.
    size = math.hypot(ux, uy)
    height = abs(ux * vy - uy * vx) / size
    for j in range(1, math.floor((wide * abs(uy) + tall * abs(ux)) / (size * height)) + 1):
        first, last = -math.inf, math.inf
        if ux != 0.0:
            first, last = (-wide - j * vx) / ux, (wide - j * vx) / ux
            first, last = min(first, last), max(first, last)
        if uy != 0.0:
            one, other = (-tall - j * vy) / uy, (tall - j * vy) / uy
            first, last = max(first, min(one, other)), min(last, max(one, other))
        if first > last:
            continue
        low, count = math.ceil(first), math.floor(last) - math.ceil(first) + 1
        for k in range(count):
            # From the middle outward: rings are widest there.
            i = low + (count - 1) // 2 + (k + 1) // 2 * (1 if k % 2 else -1)
            if forbidden(points, begins, boxes, i * ux + j * vx, i * uy + j * vy):
                return False
    return True


@njit(cache=True)
def densest_of(
    border: Any, border_begins: Any, inner: Any, inner_begins: Any, boxes: Any, firsts: Any, least: float, most: float
) -> Any:
    """
    For each first vector (n, 2) the second vector of the least cell area between *least* and *most*.

    Rows (area, x, y), infinite where there is none. The second vector stands where two borders cross, of the rings
    and of their copies along the first vector, or on a corner: there the height over the first vector is least.
    """
    wide, tall = max(boxes[:, 2].max(), -boxes[:, 0].min()), max(boxes[:, 3].max(), -boxes[:, 1].min())
    found = np.full((len(firsts), 3), np.inf)
    room = 16384
    edges = np.empty((room, 4))
    corner = np.empty(room, dtype=np.bool_)
    for n in range(len(firsts)):
        ux, uy = firsts[n]
        size = math.hypot(ux, uy)
        cx, cy = ux / size, uy / size
        low, high = least / size, most / size
        # The edges that pass through the band of heights, in a frame along the first vector, brought into one step.
        count = 0
        for k in range(len(border_begins) - 1):
            begin, end = border_begins[k], border_begins[k + 1]
            for i in range(begin, end):
                j = i + 1 if i + 1 < end else begin
                y0 = border[i, 1] * cx - border[i, 0] * cy
                y1 = border[j, 1] * cx - border[j, 0] * cy
                if max(y0, y1) < low or min(y0, y1) > high:
                    continue
                x0 = border[i, 0] * cx + border[i, 1] * cy
                x1 = border[j, 0] * cx + border[j, 1] * cy
                for step in range(math.floor(min(x0, x1) / size), math.floor(max(x0, x1) / size) + 1):
                    # Of each step only the part of the edge in it: what is in the others comes with their copies.
                    begins_at, ends_at = 0.0, 1.0
                    if x0 != x1:
                        one, other = (step * size - x0) / (x1 - x0), ((step + 1) * size - x0) / (x1 - x0)
                        begins_at, ends_at = max(min(one, other), 0.0), min(max(one, other), 1.0)
                    ya, yb = y0 + begins_at * (y1 - y0), y0 + ends_at * (y1 - y0)
                    if count < room and max(ya, yb) >= low and min(ya, yb) <= high:
                        edges[count, 0], edges[count, 1] = x0 + begins_at * (x1 - x0) - step * size, ya
                        edges[count, 2], edges[count, 3] = x0 + ends_at * (x1 - x0) - step * size, yb
                        corner[count] = begins_at == 0.0
                        count += 1
        best = high
        for i in range(count):
            if min(edges[i, 1], edges[i, 3]) >= best:
                continue
            ax, ay = edges[i, 2] - edges[i, 0], edges[i, 3] - edges[i, 1]
            for j in range(-1 if corner[i] else 0, i):
                if j < 0:
                    x, y = edges[i, 0], edges[i, 1]
                else:
                    if min(edges[j, 1], edges[j, 3]) >= best:
                        continue
                    bx, by = edges[j, 2] - edges[j, 0], edges[j, 3] - edges[j, 1]
                    across = ax * by - ay * bx
                    if abs(across) < 1e-12:
                        continue
                    px, py = edges[j, 0] - edges[i, 0], edges[j, 1] - edges[i, 1]
                    s, t = (px * by - py * bx) / across, (px * ay - py * ax) / across
                    if not (-1e-9 <= s <= 1.0 + 1e-9 and -1e-9 <= t <= 1.0 + 1e-9):
                        continue
                    x, y = edges[i, 0] + s * ax, edges[i, 1] + s * ay
                if low <= y < best:
                    vx, vy = x * cx - y * cy, x * cy + y * cx
                    if _keeps_clear(inner, inner_begins, boxes, wide, tall, ux, uy, vx, vy):
                        best = y
                        found[n, 0], found[n, 1], found[n, 2] = y * size, vx, vy
    return found
