"""Compiled loops of the lattice search. Rings are given as points and begins, see :mod:`.rings`; lengths in mm."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from tfbpattern.nesting.contact.kernels import forbidden


@njit(cache=True)
def _keeps_clear(
    points: Any, begins: Any, boxes: Any, reach: float, ux: float, uy: float, vx: float, vy: float
) -> bool:
    """Whether no ring holds a vector i * u + j * v with j > 0."""
    # Only those within reach: rows by their height over the first vector, points of a row by their way along it.
    size = math.hypot(ux, uy)
    height = abs(ux * vy - uy * vx) / size
    slant = (ux * vx + uy * vy) / size
    far = reach * math.sqrt(2.0)
    for j in range(1, math.floor(far / height) + 1):
        for i in range(math.ceil((-far - j * slant) / size), math.floor((far - j * slant) / size) + 1):
            x, y = i * ux + j * vx, i * uy + j * vy
            if max(abs(x), abs(y)) < reach and forbidden(points, begins, boxes, x, y):
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
    reach = np.abs(boxes).max()
    found = np.full((len(firsts), 3), np.inf)
    room = 16384
    edges = np.empty((room, 4))
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
                    if count < room:
                        edges[count, 0], edges[count, 1] = x0 - step * size, y0
                        edges[count, 2], edges[count, 3] = x1 - step * size, y1
                        count += 1
        best = high
        for i in range(count):
            ax, ay = edges[i, 2] - edges[i, 0], edges[i, 3] - edges[i, 1]
            for j in range(-1, i):
                if j < 0:
                    x, y = edges[i, 0], edges[i, 1]
                else:
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
                    if _keeps_clear(inner, inner_begins, boxes, reach, ux, uy, vx, vy):
                        best = y
                        found[n, 0], found[n, 1], found[n, 2] = y * size, vx, vy
    return found
