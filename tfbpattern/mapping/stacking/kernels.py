"""Inner loops: cells given to stacks by augmenting paths."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@numba.njit(cache=True)
def fill(order: Ints, starts: Ints, members: Ints, layers: int, owner: Ints, most: int, effort: int) -> Ints:
    """
    Boxes of *order* as stacks, each as often as its cells can be found, by giving other stacks other cells.

    Box b may hold ``members[starts[b] : starts[b + 1]]``. ``owner`` (cells,) is filled in with the number of each
    cell's stack, -1 for none. A box that cannot be served cannot be served later either, since stacks are only added;
    so each is asked until it fails. Ends with *most* stacks, or after *effort* looks at a cell. Returns the stacks'
    boxes.
    """
    boxes = np.empty(most, dtype=np.int64)
    count = 0
    parent, via = np.empty(most + 1, dtype=np.int64), np.empty(most + 1, dtype=np.int64)
    seen = np.full(most + 1, -1, dtype=np.int64)
    queue = np.empty(most + 1, dtype=np.int64)
    kept = owner.copy()
    mark = 0
    looks = 0
    for b in order:
        while count < most and looks < effort:
            kept[:] = owner
            boxes[count] = b
            found = 0
            while found < layers:
                mark += 1
                head, tail = 0, 1
                queue[0] = count
                seen[count] = mark
                hit = -1
                while head < tail and hit < 0:
                    a = queue[head]
                    head += 1
                    box = boxes[a]
                    looks += starts[box + 1] - starts[box]
                    for i in range(starts[box], starts[box + 1]):
                        cell = members[i]
                        t = owner[cell]
                        if t < 0:
                            hit = cell
                            break
                        if seen[t] != mark:
                            seen[t] = mark
                            parent[t], via[t] = a, cell
                            queue[tail] = t
                            tail += 1
                    if hit >= 0:
                        owner[hit] = a
                        while a != count:
                            owner[via[a]] = parent[a]
                            a = parent[a]
                if hit < 0:
                    break
                found += 1
            if found < layers:
                owner[:] = kept
                break
            count += 1
        if count == most or looks >= effort:
            break
    return boxes[:count].copy()
