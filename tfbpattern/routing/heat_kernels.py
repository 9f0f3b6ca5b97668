"""Strokes put between others so that they keep apart, compiled; names as in :mod:`.ordering_kernels`."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tfbpattern.geometry.arcs import Floats

Ints = NDArray[np.int64]


@njit(cache=True)
def _away(a: Floats, b: Floats) -> float:
    return math.sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]))


@njit(cache=True)
def _place(
    ways: Ints, count: int, item: int, inn: Floats, out: Floats, first: Ints, least: float, before: Floats, last: bool
) -> tuple[int, int]:
    """Where an item goes in at the least cost, and by which way; (-1, -1) where it keeps off its neighbours nowhere."""
    best, spot, way = np.inf, -1, -1
    for k in range(count + 1 if last else count):
        for w in range(first[item], first[item + 1]):
            cost = 0.0
            if k > 0:
                d = _away(out[ways[k - 1]], inn[w])
                if d < least:
                    continue
                cost += d
            elif _away(before, inn[w]) < least:
                continue
            if k < count:
                d = _away(out[w], inn[ways[k]])
                if d < least:
                    continue
                cost += d
            if 0 < k < count:
                cost -= _away(out[ways[k - 1]], inn[ways[k]])
            if cost < best:
                best, spot, way = cost, k, w
    return spot, way


@njit(cache=True)
def put_between(
    found: Ints,
    left: Ints,
    inn: Floats,
    out: Floats,
    owner: Ints,
    first: Ints,
    least: float,
    before: Floats,
    beyond: Floats,
    again: bool,
) -> tuple[Ints, int]:
    """
    All items: those *found* in their order, those *left* between them; and how many find no place.

    *before*: a point that the first keeps off; *beyond*: one that the last keeps off; with *again* that is the first.
    """
    ways = np.empty(len(found) + len(left), np.int64)
    count = len(found)
    ways[:count] = found
    stuck = 0
    for item in left:
        k, w = _place(ways, count, item, inn, out, first, least, before, True)
        if k < 0:
            stuck += 1
            continue
        for m in range(count, k, -1):
            ways[m] = ways[m - 1]
        ways[k] = w
        count += 1
    if stuck == 0:
        # The last ones go elsewhere until one is last that keeps off.
        for _ in range(count):
            if _away(out[ways[count - 1]], inn[ways[0]] if again else beyond) >= least:
                break
            k, w = _place(ways, count - 1, owner[ways[count - 1]], inn, out, first, least, before, False)
            if k < 0:
                stuck = 1
                break
            for m in range(count - 1, k, -1):
                ways[m] = ways[m - 1]
            ways[k] = w
        if _away(out[ways[count - 1]], inn[ways[0]] if again else beyond) < least:
            stuck = 1
    return ways[:count].copy(), stuck
