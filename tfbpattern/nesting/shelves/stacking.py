"""Which rows stand above each other: dynamic programming over the heights at which rows can begin."""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np

from tfbpattern.geometry.arcs import Floats
from tfbpattern.model.nest import Ints


class Kind(NamedTuple):
    """
    Boxes of one rotation in the frame of the rows, in nanometres, and what they may not enter as edges of zones.

    See :func:`.kernels.row` for the form of the zones; they hold the lower-left corner of a box.
    """

    rotation_deg: float
    width: int
    height: int
    edges: Floats
    begins: Ints
    lows: Floats
    highs: Floats


class Shelf(NamedTuple):
    """A row before it has a height: the kinds it can be of, its length, and the narrowest gap between boxes."""

    kinds: tuple[Kind, ...]
    across: int
    sliver: int

    def boxes(self, y: int, number: int) -> Ints:
        """Where the boxes of a row at height y begin; the row is of the kind of that number."""
        from tfbpattern.nesting.shelves.kernels import row

        kind = self.kinds[number]
        last = self.across - kind.width
        found = np.empty(max(last // kind.width + 1, 0), dtype=np.int64)
        count = row(y, kind.width, last, self.sliver, kind.edges, kind.begins, kind.lows, kind.highs, found)
        return found[:count]


class _State(NamedTuple):
    """The most boxes below a height: how many, the state it came from, height and kind of the row between."""

    boxes: int
    before: int
    y: int
    kind: int


# States up to which those less than a sliver above a better one are followed too, at efforts 1 to 5 (ours: about a
# second at 3).
_EXACT_STATES = (10**4, 3 * 10**4, 10**5, 3 * 10**5, 10**6)


def stacked(shelf: Shelf, along: int, criticals: Ints, *, effort: int) -> list[tuple[int, int]]:
    """
    The rows (height, kind) that together hold the most boxes up to the height *along*, lowest first.

    Only states that no lower one equals are followed, so there are hardly more than boxes. From each of them a row of
    any kind may begin at once, or at one of the *criticals*, the heights at which a row gets more room. Exact up to a
    number of states that no sheet with fewer than hundreds of obstacles has.
    """
    states = [_State(0, -1, 0, 0)]
    heap = [(0, 0, 0), *((y, 1, -1) for y in criticals.tolist())]
    heapq.heapify(heap)
    # Followed states wait here until they are low enough to leave no sliver.
    waiting: list[tuple[int, int]] = []
    best, released = -1, 0
    most_at: dict[int, int] = {}
    while heap:
        y, _, number = heapq.heappop(heap)
        apart = max(shelf.sliver, 1) if len(states) < _EXACT_STATES[effort - 1] else 1
        while released < len(waiting) and waiting[released][0] <= y - apart:
            candidate = waiting[released][1]
            if best < 0 or states[candidate].boxes > states[best].boxes:
                best = candidate
            released += 1
        if number < 0:
            # Nothing stands between the best state below and this height.
            if best < 0:
                continue
            number = best
        elif best >= 0 and states[best].boxes >= states[number].boxes:
            continue
        boxes = states[number].boxes
        if most_at.get(y, -1) >= boxes:
            continue
        most_at[y] = boxes
        if number != best:
            waiting.append((y, number))
        for kind, one in enumerate(shelf.kinds):
            if y + one.height <= along and (count := len(shelf.boxes(y, kind))):
                states.append(_State(boxes + count, number, y, kind))
                heapq.heappush(heap, (y + one.height, -(boxes + count), len(states) - 1))
    most = max(range(len(states)), key=lambda k: states[k].boxes)
    rows = []
    while most > 0:
        rows.append((states[most].y, states[most].kind))
        most = states[most].before
    return rows[::-1]
