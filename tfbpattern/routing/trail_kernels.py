"""The inner loops of joining strokes that meet, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@njit(cache=True)
def paired(a: Ints, b: Ints, ends: int) -> Ints:
    """Ends a[k] and b[k] become partners if neither has one yet, the first pairs first; -1 for the rest."""
    partner = np.full(ends, -1, np.int64)
    for k in range(len(a)):
        if partner[a[k]] < 0 and partner[b[k]] < 0:
            partner[a[k]], partner[b[k]] = b[k], a[k]
    return partner


@njit(cache=True)
def followed(partner: Ints) -> tuple[Ints, Ints]:
    """
    Walks through strokes from partner to partner: the end at which each stroke is entered, and the walk's number.

    Stroke s has the ends 2 s and 2 s + 1. Open walks first, each from its loose end with the lower number.
    """
    count = len(partner) // 2
    entries = np.empty(count, np.int64)
    walk = np.empty(count, np.int64)
    done = np.zeros(count, np.bool_)
    n, number = 0, 0
    for closed in range(2):
        for begin in range(len(partner)):
            if done[begin // 2] or (closed == 0 and partner[begin] >= 0):
                continue
            at = begin
            while at >= 0 and not done[at // 2]:
                done[at // 2] = True
                entries[n], walk[n] = at, number
                n += 1
                at = partner[at ^ 1]
            number += 1
    return entries, walk
