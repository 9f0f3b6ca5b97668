"""
The inner loops of the general search for an order, compiled.

An item is entered at ``inn[w]`` and left at ``out[w]``, w one of its ways first[i]:first[i + 1]; ``turned[w]`` is the
way that runs w backwards. Points are whole numbers (nanometres) as floats, so that every machine decides alike. Between
two items lies a dark way from rest to rest: ``accel`` and ``speed`` say what it costs.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tfbpattern.geometry.arcs import Floats

Ints = NDArray[np.int64]

# A gain has to be worth a nanosecond, or rounding would be taken for one.
_LEAST_S = 1e-9


@njit(cache=True)
def _seconds(distance: float, accel: float, speed: float) -> float:
    """From rest to rest over a distance."""
    if distance * accel < speed * speed:
        return 2.0 * math.sqrt(distance / accel)
    return distance / speed + speed / accel


@njit(cache=True)
def dark(a: Floats, b: Floats, accel: float, speed: float) -> float:
    """Seconds from rest at a to rest at b."""
    return _seconds(math.sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1])), accel, speed)


@njit(cache=True)
def buckets(points: Floats, low: Floats, size: float, columns: int, rows: int) -> tuple[Ints, Ints]:
    """Points by square of a grid: square s holds order[begin[s]:begin[s + 1]]."""
    begin = np.zeros(columns * rows + 1, np.int64)
    home = np.empty(len(points), np.int64)
    for k in range(len(points)):
        x = min(int((points[k, 0] - low[0]) / size), columns - 1)
        y = min(int((points[k, 1] - low[1]) / size), rows - 1)
        home[k] = y * columns + x
        begin[home[k] + 1] += 1
    for s in range(columns * rows):
        begin[s + 1] += begin[s]
    order = np.empty(len(points), np.int64)
    at = begin[:-1].copy()
    for k in range(len(points)):
        order[at[home[k]]] = k
        at[home[k]] += 1
    return begin, order


@njit(cache=True)
def greedy(
    inn: Floats, out: Floats, owner: Ints, items: int, low: Floats, size: float, columns: int, rows: int, start: int
) -> Ints:
    """Ways in the order in which one finds the nearest way in to an item not yet visited, from way *start* on."""
    begin, order = buckets(inn, low, size, columns, rows)
    left = begin[1:].copy()
    visited = np.zeros(items, np.bool_)
    found = np.empty(items, np.int64)
    way = start
    for place in range(items):
        found[place] = way
        visited[owner[way]] = True
        if place == items - 1:
            break
        x, y = out[way, 0], out[way, 1]
        cx = min(int((x - low[0]) / size), columns - 1)
        cy = min(int((y - low[1]) / size), rows - 1)
        best, nearest = -1, np.inf
        ring = 0
        while True:
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
                                # What is done goes out of the square.
                                left[s] -= 1
                                order[k] = order[left[s]]
                                order[left[s]] = w
                                continue
                            away = (inn[w, 0] - x) ** 2 + (inn[w, 1] - y) ** 2
                            if away < nearest or (away == nearest and w < best):
                                best, nearest = w, away
                            k += 1
                    sx += step
            # Squares of the next ring are at least this far away.
            if best >= 0 and nearest <= (ring * size) ** 2:
                break
            ring += 1
            if ring > columns + rows:
                break
        way = best
    return found


@njit(cache=True)
def neighbours(
    inn: Floats, owner: Ints, items: int, count: int, low: Floats, size: float, columns: int, rows: int
) -> tuple[Ints, Floats]:
    """
    The nearest *count* other items of each by their ways in, and how far they are.

    -1 where there are none in the squares around.
    """
    begin, order = buckets(inn, low, size, columns, rows)
    near = np.full((items, count), -1, np.int64)
    away = np.full((items, count), np.inf)
    for w in range(len(inn)):
        i = owner[w]
        cx = min(int((inn[w, 0] - low[0]) / size), columns - 1)
        cy = min(int((inn[w, 1] - low[1]) / size), rows - 1)
        for sy in range(max(cy - 1, 0), min(cy + 1, rows - 1) + 1):
            for sx in range(max(cx - 1, 0), min(cx + 1, columns - 1) + 1):
                s = sy * columns + sx
                for k in range(begin[s], begin[s + 1]):
                    other = owner[order[k]]
                    if other == i:
                        continue
                    d = (inn[w, 0] - inn[order[k], 0]) ** 2 + (inn[w, 1] - inn[order[k], 1]) ** 2
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
    return near, np.sqrt(away)


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
    most: int,
    steps: int,
) -> None:
    """
    2-opt and Or-opt among near items, in place, until nothing is gained or *steps* moves are made.

    *most*: no move shifts more places than this.
    """
    n = len(ways)
    place = np.empty(n, np.int64)
    for k in range(n):
        place[owner[ways[k]]] = k
    queue = np.empty(n, np.int64)
    waiting = np.ones(n, np.bool_)
    for k in range(n):
        queue[k] = owner[ways[k]]
    head, count = 0, n
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
                if other < 0 or _seconds(away[item, k], accel, speed) >= reach:
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
                    # All around the two of them is to be looked at again.
                    for spot in (i, j, place[item], place[other]):
                        for beside in range(max(spot - 1, 0), min(spot + 2, n)):
                            again = owner[ways[beside]]
                            if not waiting[again]:
                                waiting[again] = True
                                queue[(head + count) % n] = again
                                count += 1
                    break


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
