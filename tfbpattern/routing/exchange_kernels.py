"""
Exchanges that shorten an order, compiled: 2-opt, Or-opt, and the best ways for an order (dynamic programming).

Names as in :mod:`.ordering_kernels`; ``turned[w]`` is the way that runs w backwards. ``ways`` is an order: one way an
item, by place.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tfbpattern.geometry.arcs import Floats
from tfbpattern.routing.ordering_kernels import dark, seconds

Ints = NDArray[np.int64]

# A gain has to be worth a nanosecond, or rounding would be taken for one.
_LEAST_S = 1e-9


@njit(cache=True)
def best_ways(order: Ints, inn: Floats, out: Floats, first: Ints, accel: float, speed: float) -> tuple[Ints, float]:
    """For items in this order the ways with the least dark time in all (dynamic programming), and that time."""
    n = len(order)
    cost = np.empty(len(inn))
    back = np.empty(len(inn), np.int64)
    for w in range(first[order[0]], first[order[0] + 1]):
        cost[w] = 0.0
    for k in range(1, n):
        for w in range(first[order[k]], first[order[k] + 1]):
            cost[w] = np.inf
            for v in range(first[order[k - 1]], first[order[k - 1] + 1]):
                c = cost[v] + dark(out[v], inn[w], accel, speed)
                if c < cost[w]:
                    cost[w], back[w] = c, v
    ways = np.empty(n, np.int64)
    last = order[n - 1]
    w = first[last]
    for v in range(first[last], first[last + 1]):
        if cost[v] < cost[w]:
            w = v
    total = cost[w]
    for k in range(n - 1, -1, -1):
        ways[k] = w
        if k:
            w = back[w]
    return ways, total


@njit(cache=True)
def _link(ways: Ints, p: int, q: int, inn: Floats, out: Floats, accel: float, speed: float) -> float:
    """The dark way from place p to place q; none before the first and after the last."""
    if p < 0 or q >= len(ways):
        return 0.0
    return dark(out[ways[p]], inn[ways[q]], accel, speed)


@njit(cache=True)
def _turn(ways: Ints, place: Ints, owner: Ints, turned: Ints, low: int, high: int) -> None:
    """Run the places low to high backwards."""
    while low <= high:
        a, b = turned[ways[high]], turned[ways[low]]
        ways[low], ways[high] = a, b
        place[owner[a]], place[owner[b]] = low, high
        low += 1
        high -= 1


@njit(cache=True)
def _try_turning(
    ways: Ints,
    place: Ints,
    owner: Ints,
    turned: Ints,
    i: int,
    j: int,
    inn: Floats,
    out: Floats,
    accel: float,
    speed: float,
    most: int,
) -> bool:
    """Two links for two others, by running what lies between them backwards (2-opt)."""
    n = len(ways)
    for before in range(2):
        low, high = min(i, j) + 1 - before, max(i, j) - before
        if high <= low or high - low > most:
            continue
        gain = _link(ways, low - 1, low, inn, out, accel, speed) + _link(ways, high, high + 1, inn, out, accel, speed)
        if low > 0:
            gain -= dark(out[ways[low - 1]], out[ways[high]], accel, speed)
        if high < n - 1:
            gain -= dark(inn[ways[low]], inn[ways[high + 1]], accel, speed)
        if gain > _LEAST_S:
            _turn(ways, place, owner, turned, low, high)
            return True
    return False


@njit(cache=True)
def _try_moving(
    ways: Ints,
    place: Ints,
    owner: Ints,
    turned: Ints,
    first: Ints,
    i: int,
    length: int,
    c: int,
    inn: Floats,
    out: Floats,
    accel: float,
    speed: float,
    most: int,
) -> bool:
    """The items at i to i + length - 1 beside the one at place c, either way around (Or-opt); one alone any way."""
    n = len(ways)
    end = i + length - 1
    if end >= n or i <= c <= end or abs(c - i) > most:
        return False
    freed = _link(ways, i - 1, i, inn, out, accel, speed) + _link(ways, end, end + 1, inn, out, accel, speed)
    if i > 0 and end < n - 1:
        freed -= dark(out[ways[i - 1]], inn[ways[end + 1]], accel, speed)
    if freed <= _LEAST_S:
        return False
    for side in range(2):
        # Between p and q, neighbours once the items are taken out.
        p, q = c - side, c - side + 1
        if p == end:
            p = i - 1
        if q == i:
            q = end + 1
        room = freed
        if p >= 0 and q < n:
            room += dark(out[ways[p]], inn[ways[q]], accel, speed)
        options = 2 if length > 1 else first[owner[ways[i]] + 1] - first[owner[ways[i]]]
        for option in range(options):
            if length == 1:
                head = tail = first[owner[ways[i]]] + option
            elif option == 0:
                head, tail = ways[i], ways[end]
            else:
                head, tail = turned[ways[end]], turned[ways[i]]
            cost = 0.0
            if p >= 0:
                cost += dark(out[ways[p]], inn[head], accel, speed)
            if q < n:
                cost += dark(out[tail], inn[ways[q]], accel, speed)
            if room - cost > _LEAST_S:
                if p == i - 1 and q == end + 1:
                    # It stays where it is, another way around.
                    if length > 1:
                        _turn(ways, place, owner, turned, i, end)
                    else:
                        ways[i] = head
                    return True
                moved = ways[i : end + 1].copy()
                if length == 1:
                    moved[0] = head
                elif option == 1:
                    for k in range(length):
                        moved[k] = turned[ways[end - k]]
                if q <= i:
                    for k in range(i - 1, q - 1, -1):
                        ways[k + length] = ways[k]
                        place[owner[ways[k]]] = k + length
                    to = q
                else:
                    for k in range(end + 1, p + 1):
                        ways[k - length] = ways[k]
                        place[owner[ways[k]]] = k - length
                    to = p - length + 1
                for k in range(length):
                    ways[to + k] = moved[k]
                    place[owner[moved[k]]] = to + k
                return True
    return False


@njit(cache=True)
def improve(
    ways: Ints,
    inn: Floats,
    out: Floats,
    owner: Ints,
    turned: Ints,
    first: Ints,
    near: Ints,
    away: Floats,
    accel: float,
    speed: float,
    fresh: NDArray[np.bool_],
    most: int,
    steps: int,
) -> None:
    """
    2-opt and Or-opt among near items, in place, until nothing is gained or *steps* moves are made.

    *fresh* (n,): places at which there may be something to gain; *most*: no move shifts more places than this.
    """
    n = len(ways)
    place = np.empty(n, np.int64)
    for k in range(n):
        place[owner[ways[k]]] = k
    queue = np.empty(n, np.int64)
    waiting = np.zeros(n, np.bool_)
    head, count = 0, 0
    for k in range(n):
        if fresh[k]:
            waiting[owner[ways[k]]] = True
            queue[count] = owner[ways[k]]
            count += 1
    while count > 0 and steps > 0:
        item = queue[head]
        head = (head + 1) % n
        count -= 1
        waiting[item] = False
        better = True
        while better and steps > 0:
            better = False
            i = place[item]
            # Some new link of a move that gains is shorter than a link that it takes away.
            reach = max(_link(ways, i - 1, i, inn, out, accel, speed), _link(ways, i, i + 1, inn, out, accel, speed))
            for k in range(near.shape[1]):
                other = near[item, k]
                if other < 0 or seconds(away[item, k], accel, speed) >= reach:
                    break
                i, j = place[item], place[other]
                if _try_turning(ways, place, owner, turned, i, j, inn, out, accel, speed, most):
                    better = True
                else:
                    for length in range(1, 4):
                        if _try_moving(ways, place, owner, turned, first, i, length, j, inn, out, accel, speed, most):
                            better = True
                            break
                if better:
                    steps -= 1
                    # All around the two of them is to be looked at again; up to three items have moved.
                    for spot in (i, j, place[item], place[other]):
                        for beside in range(max(spot - 3, 0), min(spot + 4, n)):
                            again = owner[ways[beside]]
                            if not waiting[again]:
                                waiting[again] = True
                                queue[(head + count) % n] = again
                                count += 1
                    break
