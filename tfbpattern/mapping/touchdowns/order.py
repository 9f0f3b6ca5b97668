"""The order of landings: little travel, and a proved bound on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tfbpattern.geometry.arcs import Floats

# Places closer than this are on one line of a serpentine.
_SAME_LINE_MM = 1e-6
# (ours: the exchange looks at all pairs, a second or two at most)
_MOST_EXCHANGED = 3000
_MOST_ROUNDS = 60
_GAIN_MM = 1e-6


def least_travel(places: Floats) -> tuple[NDArray[np.intp], float, float]:
    """
    An order of *places* (n, 2), its travel, and the least travel of any order.

    The better of two serpentines, then stretches turned round while that gains (2-opt, the best exchange first). The
    bound is the length of the least spanning tree: every path is a spanning tree.
    """
    if len(places) < 2:
        return np.arange(len(places)), 0.0, 0.0
    bound = _spanning_tree(places)
    order = min((_serpentine(places, axis) for axis in (0, 1)), key=lambda o: _length(places[o]))
    if _length(places[order]) > bound + _GAIN_MM and len(places) <= _MOST_EXCHANGED:
        order = _exchanged(places, order)
    travel = _length(places[order])
    return order, travel, min(bound, travel)


def _length(path: Floats) -> float:
    return float(np.hypot(*np.diff(path, axis=0).T).sum())


def _serpentine(places: Floats, axis: int) -> NDArray[np.intp]:
    """Line by line along *axis*, every other line back."""
    across = np.rint(places[:, 1 - axis] / _SAME_LINE_MM).astype(np.int64)
    _, line = np.unique(across, return_inverse=True)
    along = np.where(line.reshape(-1) % 2 == 0, places[:, axis], -places[:, axis])
    return np.lexsort((along, line.reshape(-1)))


def _spanning_tree(places: Floats) -> float:
    """Length of the least spanning tree (Prim)."""
    far = np.full(len(places), np.inf)
    inside = np.zeros(len(places), dtype=bool)
    at, total = 0, 0.0
    for _ in range(len(places) - 1):
        inside[at] = True
        far = np.minimum(far, np.hypot(*(places - places[at]).T))
        open_far = np.where(inside, np.inf, far)
        at = int(open_far.argmin())
        total += float(open_far[at])
    return total


def _exchanged(places: Floats, order: NDArray[np.intp]) -> NDArray[np.intp]:
    """2-opt on an open path: the stretch whose turning round gains most, again and again."""
    path = places[order]
    order = order.copy()
    for _ in range(_MOST_ROUNDS):
        steps = np.hypot(*np.diff(path, axis=0).T)
        best = (_GAIN_MM, 0, 0)
        for i in range(len(path) - 1):
            # Turn path[i : j + 1] round, j > i; the path's ends are free.
            after = path[i + 1 :]
            into = np.hypot(*(after - path[i - 1]).T) - steps[i - 1] if i else np.zeros(len(after))
            out = np.append(np.hypot(*(path[i + 2 :] - path[i]).T) - steps[i + 1 :], 0.0)
            gain = -(into + out)
            k = int(gain.argmax())
            if gain[k] > best[0]:
                best = (float(gain[k]), i, i + 1 + k)
        _, i, j = best
        if not j:
            break
        path[i : j + 1] = path[i : j + 1][::-1].copy()
        order[i : j + 1] = order[i : j + 1][::-1].copy()
    return order
