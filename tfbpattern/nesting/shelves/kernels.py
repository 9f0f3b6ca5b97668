"""The inner loop of row programming, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tfbpattern.model.nest import Ints


@njit(cache=True)
def _in_order(starts: NDArray[np.float64], count: int) -> Ints:
    """The order of the first *count* numbers, by insertion: numpy's sorts take two seconds to compile."""
    order = np.empty(count, dtype=np.int64)
    for k in range(count):
        at = k
        while at > 0 and starts[order[at - 1]] > starts[k]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = k
    return order


@njit(cache=True)
def row(
    y: int,
    width: int,
    last: int,
    sliver: int,
    edges: NDArray[np.float64],
    begins: Ints,
    lows: NDArray[np.float64],
    highs: NDArray[np.float64],
    found: Ints,
) -> int:
    """
    The most boxes of a width in a row at height y, as far left as they can stand; their number, places in *found*.

    Lengths in nanometres. Boxes begin between 0 and *last*. Forbidden zone k lies between lows[k] and highs[k] and
    has the edges begins[k]:begins[k + 1], each (x0, y0, x1, y1) with y0 < y1. Boxes touch, or leave a sliver's width
    between them.
    """
    # Every forbidden stretch, and where those of one zone begin.
    starts, ends = np.empty(len(edges)), np.empty(len(edges))
    # A zero out of an array: for a literal one what is called would be compiled once more.
    stretches = begins[0]
    for k in range(len(lows)):
        if y <= lows[k] or y >= highs[k]:
            continue
        first = stretches
        crossings = 0
        for e in range(begins[k], begins[k + 1]):
            if edges[e, 1] <= y < edges[e, 3]:
                x = edges[e, 0] + (y - edges[e, 1]) / (edges[e, 3] - edges[e, 1]) * (edges[e, 2] - edges[e, 0])
                # Crossings sorted as they come, in pairs of a stretch's start and end.
                at = crossings
                while at > 0:
                    before = starts[first + (at - 1) // 2] if at % 2 == 1 else ends[first + (at - 1) // 2]
                    if before <= x:
                        break
                    if at % 2 == 0:
                        starts[first + at // 2] = before
                    else:
                        ends[first + at // 2] = before
                    at -= 1
                if at % 2 == 0:
                    starts[first + at // 2] = x
                else:
                    ends[first + at // 2] = x
                crossings += 1
        stretches = first + crossings // 2
    order = _in_order(starts, stretches)
    count, passed, place, end = 0, 0, 0, -1
    blocked = 0.0
    while place <= last:
        # The farthest end of the stretches that begin before the box's place.
        while passed < stretches and starts[order[passed]] < place:
            blocked = max(blocked, ends[order[passed]])
            passed += 1
        if blocked > place:
            place = int(np.ceil(blocked))
        elif count and end < place < end + sliver:
            place = end + sliver
        else:
            found[count] = place
            count += 1
            place += width
            end = place
    return count
