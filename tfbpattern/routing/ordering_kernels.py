"""
Near strokes, and the order in which one finds the nearest way in, compiled.

An item is entered at ``inn[w]`` and left at ``out[w]``, w one of its ways first[i]:first[i + 1]; the item is
``owner[w]``. Points are whole numbers (nanometres) as floats, so that every machine decides alike. Between two items
lies a dark way from rest to rest: ``accel`` and ``speed`` say what it costs.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tfbpattern.geometry.arcs import Floats

Ints = NDArray[np.int64]


@njit(cache=True)
def seconds(distance: float, accel: float, speed: float) -> float:
    """From rest to rest over a distance."""
    if distance * accel < speed * speed:
        return 2.0 * math.sqrt(distance / accel)
    return distance / speed + speed / accel


@njit(cache=True)
def dark(a: Floats, b: Floats, accel: float, speed: float) -> float:
    """Seconds from rest at a to rest at b."""
    return seconds(math.sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1])), accel, speed)


class Squares(NamedTuple):
    """A grid of squares over points: its lower left corner, the side of a square, how many there are."""

    low: Floats
    size: float
    columns: int
    rows: int


def squares_over(points: Floats, items: int) -> Squares:
    """Squares over *points*, two items a square."""
    low = points.min(axis=0)
    extent = points.max(axis=0) - low + 1.0
    size = float(np.sqrt(extent[0] * extent[1] * 2.0 / items)) + 1.0
    columns, rows = (int(side // size) + 1 for side in extent.tolist())
    return Squares(low, size, columns, rows)


@njit(cache=True)
def square_of(x: float, y: float, squares: Squares) -> tuple[int, int]:
    """Column and row of the square that a point lies in; of one outside the nearest."""
    column = int((x - squares.low[0]) / squares.size)
    row = int((y - squares.low[1]) / squares.size)
    return min(max(column, 0), squares.columns - 1), min(max(row, 0), squares.rows - 1)


@njit(cache=True)
def buckets(points: Floats, squares: Squares) -> tuple[Ints, Ints]:
    """Points by square: square s holds order[begin[s]:begin[s + 1]]."""
    begin = np.zeros(squares.columns * squares.rows + 1, np.int64)
    home = np.empty(len(points), np.int64)
    for k in range(len(points)):
        column, row = square_of(points[k, 0], points[k, 1], squares)
        home[k] = row * squares.columns + column
        begin[home[k] + 1] += 1
    for s in range(squares.columns * squares.rows):
        begin[s + 1] += begin[s]
    order = np.empty(len(points), np.int64)
    at = begin[:-1].copy()
    for k in range(len(points)):
        order[at[home[k]]] = k
        at[home[k]] += 1
    return begin, order


@njit(cache=True)
def _nearest_way(
    x: float,
    y: float,
    limit: float,
    inn: Floats,
    owner: Ints,
    visited: NDArray[np.bool_],
    begin: Ints,
    left: Ints,
    order: Ints,
    squares: Squares,
) -> int:
    """
    The nearest way in to an item not yet *visited* that is at least *limit* off; -1 where there is none.

    Square s holds order[begin[s]:left[s]]; what is visited goes out of it.
    """
    size, columns, rows = squares.size, squares.columns, squares.rows
    cx, cy = square_of(x, y, squares)
    best, nearest = -1, np.inf
    # Squares nearer than this hold nothing far enough off.
    ring = max(int(limit / size / 1.5) - 2, 0)
    while ring <= columns + rows:
        for sy in range(max(cy - ring, 0), min(cy + ring, rows - 1) + 1):
            edge = sy == cy - ring or sy == cy + ring
            step = 1 if edge or ring == 0 else 2 * ring
            sx = cx - ring
            while sx <= cx + ring:
                if 0 <= sx < columns:
                    s = sy * columns + sx
                    k = begin[s]
                    while k < left[s]:
                        w = order[k]
                        if visited[owner[w]]:
                            left[s] -= 1
                            order[k] = order[left[s]]
                            order[left[s]] = w
                            continue
                        away = (inn[w, 0] - x) ** 2 + (inn[w, 1] - y) ** 2
                        if away >= limit * limit and (away < nearest or (away == nearest and w < best)):
                            best, nearest = w, away
                        k += 1
                sx += step
        # Squares of the next ring are at least this far away.
        if best >= 0 and nearest <= (ring * size) ** 2:
            break
        ring += 1
    return best


@njit(cache=True)
def nearest_first(
    inn: Floats, out: Floats, owner: Ints, items: int, squares: Squares, start: Floats, least: float, free: bool
) -> tuple[Ints, Ints]:
    """
    Ways in the order of the nearest way in that is at least *least* off; and the items that are left when none is.

    The first is the nearest to *start* that is far enough from it; where *free*, just the nearest.
    """
    begin, order = buckets(inn, squares)
    left = begin[1:].copy()
    visited = np.zeros(items, np.bool_)
    found = np.empty(items, np.int64)
    count = 0
    x, y = start[0], start[1]
    while count < items:
        limit = 0.0 if count == 0 and free else least
        way = _nearest_way(x, y, limit, inn, owner, visited, begin, left, order, squares)
        if way < 0:
            break
        found[count] = way
        visited[owner[way]] = True
        count += 1
        x, y = out[way, 0], out[way, 1]
    return found[:count].copy(), np.flatnonzero(~visited)


@njit(cache=True)
def neighbours(inn: Floats, owner: Ints, items: int, count: int, squares: Squares) -> tuple[Ints, Floats, Floats]:
    """
    The nearest *count* other items of each by their ways in, how far they are, and how far off any is from each way.

    -1 where there are none in the squares around; from a way it is then at least the side of a square.
    """
    begin, order = buckets(inn, squares)
    near = np.full((items, count), -1, np.int64)
    away = np.full((items, count), np.inf)
    least = np.full(len(inn), squares.size * squares.size)
    for w in range(len(inn)):
        i = owner[w]
        cx, cy = square_of(inn[w, 0], inn[w, 1], squares)
        for sy in range(max(cy - 1, 0), min(cy + 1, squares.rows - 1) + 1):
            for sx in range(max(cx - 1, 0), min(cx + 1, squares.columns - 1) + 1):
                s = sy * squares.columns + sx
                for k in range(begin[s], begin[s + 1]):
                    other = owner[order[k]]
                    if other == i:
                        continue
                    d = (inn[w, 0] - inn[order[k], 0]) ** 2 + (inn[w, 1] - inn[order[k], 1]) ** 2
                    least[w] = min(least[w], d)
                    if d >= away[i, count - 1]:
                        continue
                    # The same item may be there already, farther off.
                    place = count - 1
                    for n in range(count):
                        if near[i, n] == other:
                            place = n
                            break
                    if d >= away[i, place]:
                        continue
                    while place > 0 and away[i, place - 1] > d:
                        near[i, place], away[i, place] = near[i, place - 1], away[i, place - 1]
                        place -= 1
                    near[i, place], away[i, place] = other, d
    return near, np.sqrt(away), np.sqrt(least)
