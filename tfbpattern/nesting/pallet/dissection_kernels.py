"""The inner loop of the dissection, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tfbpattern.nesting.pallet.problem import Ints

LOSS_PER_BOX = 1000
"""Values are counted in thousandths of a box, since losses are expected ones."""


@njit(cache=True)
def best_cuts(
    boxes: NDArray[np.int64], x_spans: Ints, y_spans: Ints, obstacles: Ints, losses: Ints
) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
    """
    The value of every rectangle between two lines each way, and its first cut.

    ``boxes[x_spans[i0, i1], y_spans[j0, j1]]`` fit the free rectangle. Obstacle k (k, 4) reaches into it where
    i0 < obstacles[k, 2], i1 > obstacles[k, 0], and likewise for j, and then costs ``losses[k]``. Results are indexed
    [i0, i1, j0, j1]; a cut is 0: none, k: along line x k, -k: along line y k.
    """
    n, m = len(x_spans), len(y_spans)
    value = np.zeros((n, n, m, m), np.int64)
    cut = np.zeros((n, n, m, m), np.int16)
    loss = np.zeros((m + 1, m + 1), np.int64)
    for wide in range(1, n):
        for i0 in range(n - wide):
            i1 = i0 + wide
            # loss[j0, j1]: of all obstacles between the two lines along x that reach above j0 and below j1.
            loss[:] = 0
            for k in range(len(obstacles)):
                if i0 < obstacles[k, 2] and i1 > obstacles[k, 0]:
                    loss[min(obstacles[k, 3], m), min(obstacles[k, 1], m)] += losses[k]
            for j0 in range(m - 1, -1, -1):
                for j1 in range(m + 1):
                    loss[j0, j1] += loss[j0 + 1, j1]
            for j0 in range(m + 1):
                for j1 in range(1, m + 1):
                    loss[j0, j1] += loss[j0, j1 - 1]
            for tall in range(1, m):
                for j0 in range(m - tall):
                    j1 = j0 + tall
                    lost = loss[j0 + 1, j1 - 1]
                    best = max(boxes[x_spans[i0, i1], y_spans[j0, j1]] * LOSS_PER_BOX - lost, 0)
                    how = 0
                    if lost > 0:
                        for k in range(i0 + 1, i1):
                            parts = value[i0, k, j0, j1] + value[k, i1, j0, j1]
                            if parts > best:
                                best, how = parts, k
                        for k in range(j0 + 1, j1):
                            parts = value[i0, i1, j0, k] + value[i0, i1, k, j1]
                            if parts > best:
                                best, how = parts, -k
                    value[i0, i1, j0, j1] = best
                    cut[i0, i1, j0, j1] = how
    return value, cut
