"""
What each side of the marks can do at its two ends, compiled; what for is said in :mod:`.gantry_bound`.

End 2 i is where side i begins, end 2 i + 1 where it ends. An end has its place ``at`` (n, 2), and ``away`` (n, 2), the
unit direction in which the side leaves over it. Millimetres and seconds.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tfbpattern.geometry.arcs import Floats
from tfbpattern.routing.ordering_kernels import Squares, square_of

Ints = NDArray[np.int64]

# Ways on are told apart by so many classes of speed (ours: with four times as many bounds are up to 1 % higher).
_CLASSES = 16

# Ends are looked at up to so many squares away; with fewer ends farther, as the root of this over their number (ours:
# seconds on the largest sheets, and on those of some thousand cells as far as matters).
_FAR = 1.5
_ENOUGH = 1e6

# Straight on, as in :func:`.gantry_time._corners`.
_STRAIGHT = 1.0 - 1e-12


class Ends(NamedTuple):
    """Place and outward direction of each end, the partner that it turns into in its own stroke (-1: none)."""

    at: Floats
    away: Floats
    partner: Ints


class Sides(NamedTuple):
    """Length of each side, and the speed it may be marked at."""

    length: Floats
    cap: Floats


class Ways(NamedTuple):
    """
    Ways on from each end: the speed at which it may turn, -1 where it cannot; and dark ways first[e]:first[e + 1].

    Each with a speed, and half of what it costs at least.
    """

    turn: Floats
    first: Ints
    speed: Floats
    cost: Floats


class Times(NamedTuple):
    """
    Least times of each side with half its dark ways, its ends doing what is best.

    ``rest``, ``free`` (n, 2): if the one end is at rest for good, if nothing slows it; ``still``: if both are at rest.
    ``turned``: if both turn; ``eased``: if one of them does and nothing slows the other; infinite where they cannot.
    """

    least: Floats
    rest: Floats
    free: Floats
    still: Floats
    turned: Floats
    eased: Floats


class Grid(NamedTuple):
    """Ends by square: square s holds order[begin[s]:begin[s + 1]]."""

    squares: Squares
    begin: Ints
    order: Ints


class Motion(NamedTuple):
    """Acceleration, speed in the dark, acceleration times junction deviation, and whether the laser is gated."""

    accel: float
    jump: float
    scale: float
    gated: bool


@njit(cache=True)
def _corner(cos: float, scale: float) -> float:
    """Squared speed at most where the direction turns by an angle of this cosine."""
    s = math.sqrt(max((1.0 + cos) / 2.0, 0.0))
    if s > _STRAIGHT:
        return np.inf
    return scale * s / (1.0 - s)


@njit(cache=True)
def _over(length: float, cap: float, v0: float, v1: float, accel: float) -> float:
    """Least time over a length at no more than *cap*, no faster than v0 and v1 at its ends."""
    s0, s1 = min(v0, cap) ** 2, min(v1, cap) ** 2
    s0, s1 = min(s0, s1 + 2.0 * accel * length), min(s1, s0 + 2.0 * accel * length)
    peak = accel * length + (s0 + s1) / 2.0
    if peak <= cap * cap:
        return (2.0 * math.sqrt(peak) - math.sqrt(s0) - math.sqrt(s1)) / accel
    ramps = (2.0 * cap * cap - s0 - s1) / (2.0 * accel)
    return (2.0 * cap - math.sqrt(s0) - math.sqrt(s1)) / accel + (length - ramps) / cap


@njit(cache=True)
def _half(distance: float, speed: float, motion: Motion) -> float:
    """Least time over half a dark way of this length, at most this fast at one end of it."""
    v = min(speed, motion.jump)
    reached = v * v + motion.accel * distance
    if reached <= motion.jump * motion.jump:
        return (math.sqrt(reached) - v) / motion.accel
    ramp = (motion.jump * motion.jump - v * v) / (2.0 * motion.accel)
    return (motion.jump - v) / motion.accel + (distance / 2.0 - ramp) / motion.jump


@njit(cache=True)
def _reach(seconds: float, speed: float, motion: Motion) -> float:
    """How long a dark way may be if half of it takes so many seconds, from a speed on."""
    v = min(speed, motion.jump)
    ramp = (motion.jump - v) / motion.accel
    if seconds <= ramp:
        return 2.0 * (v * seconds + motion.accel * seconds * seconds / 2.0)
    return 2.0 * ((motion.jump * motion.jump - v * v) / (2.0 * motion.accel) + motion.jump * (seconds - ramp))


@njit(cache=True)
def _links(e: int, ends: Ends, sides: Sides, grid: Grid, motion: Motion, speeds: Floats, costs: Floats) -> None:
    """
    Dark ways from an end, by classes of speed: the greatest speed in each, and half of what the cheapest costs.

    From where no end farther off can be worth its while, a way at any speed stands for all of them.
    """
    at, away, squares = ends.at, ends.away, grid.squares
    side = e // 2
    top = sides.cap[side]
    fast = top if motion.gated else 0.0
    farthest = squares.size * (squares.columns + squares.rows)
    if motion.gated:
        # As far as what any way on can save against a stop.
        saving = _over(sides.length[side], top, 0.0, top, motion.accel) - sides.length[side] / top
        farthest = min(_reach(saving, fast, motion), max(_FAR, math.sqrt(_ENOUGH / len(at))) * squares.size)
    x, y = at[e, 0], at[e, 1]
    cx, cy = square_of(x, y, squares)
    ring = 0
    # Squares of a ring are at least one side of a square less far away than their number.
    while ring <= squares.columns + squares.rows and (ring - 1) * squares.size <= farthest:
        for sy in range(max(cy - ring, 0), min(cy + ring, squares.rows - 1) + 1):
            step = 1 if sy == cy - ring or sy == cy + ring or ring == 0 else 2 * ring
            for sx in range(cx - ring, cx + ring + 1, step):
                if sx < 0 or sx >= squares.columns:
                    continue
                s = sy * squares.columns + sx
                for k in range(grid.begin[s], grid.begin[s + 1]):
                    other = grid.order[k]
                    # To its own other end there is no way but in a circle.
                    if other // 2 == side or other == ends.partner[e]:
                        continue
                    dx, dy = at[other, 0] - x, at[other, 1] - y
                    gap = math.sqrt(dx * dx + dy * dy)
                    if gap > farthest:
                        continue
                    if gap == 0.0:
                        cos = -(away[e, 0] * away[other, 0] + away[e, 1] * away[other, 1])
                        speed = min(math.sqrt(_corner(cos, motion.scale)), top, sides.cap[other // 2])
                        cost = 0.0
                    elif motion.gated:
                        cos = -(dx * away[other, 0] + dy * away[other, 1]) / gap
                        there = min(_corner(cos, motion.scale), sides.cap[other // 2] ** 2)
                        cos = (dx * away[e, 0] + dy * away[e, 1]) / gap
                        here = min(_corner(cos, motion.scale), there + 2.0 * motion.accel * gap)
                        speed = min(math.sqrt(here), top, motion.jump)
                        cost = _half(gap, speed, motion)
                    else:
                        speed = 0.0
                        cost = _half(gap, 0.0, motion)
                    kind = min(int(speed / top * _CLASSES), _CLASSES - 1)
                    speeds[kind] = max(speeds[kind], speed)
                    costs[kind] = min(costs[kind], cost)
                    if speed >= fast:
                        farthest = min(farthest, gap)
        ring += 1
    kind = _CLASSES - 1 if motion.gated else 0
    speeds[kind] = max(speeds[kind], fast)
    costs[kind] = min(costs[kind], _half(farthest, fast, motion))


@njit(cache=True, nogil=True)
def ways_on(ends: Ends, sides: Sides, grid: Grid, motion: Motion, begin: int, end: int) -> Ways:
    """All ways on from the ends numbered *begin* to before *end*."""
    n = end - begin
    turn = np.full(n, -1.0)
    first = np.zeros(n + 1, np.int64)
    speed, cost = np.empty(3 * n + _CLASSES), np.empty(3 * n + _CLASSES)
    speeds, costs = np.empty(_CLASSES), np.empty(_CLASSES)
    count = 0
    for e in range(begin, end):
        if count + _CLASSES > len(speed):
            speed = np.concatenate((speed, np.empty(len(speed))))
            cost = np.concatenate((cost, np.empty(len(cost))))
        top, partner = sides.cap[e // 2], ends.partner[e]
        if partner >= 0:
            cos = -(ends.away[e, 0] * ends.away[partner, 0] + ends.away[e, 1] * ends.away[partner, 1])
            turn[e - begin] = min(math.sqrt(_corner(cos, motion.scale)), top, sides.cap[partner // 2])
        if turn[e - begin] >= top:
            # Nothing can be better; so dark ways need not be told from it.
            speed[count], cost[count] = top, 0.0
            count += 1
        else:
            speeds[:], costs[:] = 0.0, np.inf
            _links(e, ends, sides, grid, motion, speeds, costs)
            cheapest = np.inf
            for kind in range(_CLASSES - 1, -1, -1):
                if costs[kind] < cheapest:
                    cheapest = costs[kind]
                    speed[count], cost[count] = speeds[kind], cheapest
                    count += 1
        first[e - begin + 1] = count
    return Ways(turn, first, speed[:count].copy(), cost[:count].copy())


@njit(cache=True)
def _best(e: int, own: float, sides: Sides, ways: Ways, accel: float) -> float:
    """Least time of the side of end e when it is no faster than *own* there, over what its other end can do."""
    length, cap, other = sides.length[e // 2], sides.cap[e // 2], e ^ 1
    best = np.inf
    if ways.turn[other] >= 0.0:
        best = _over(length, cap, own, ways.turn[other], accel)
    for k in range(ways.first[other], ways.first[other + 1]):
        if ways.cost[k] < best:
            best = min(best, ways.cost[k] + _over(length, cap, own, ways.speed[k], accel))
    return best


@njit(cache=True)
def least_times(sides: Sides, ways: Ways, accel: float) -> Times:
    """Least times of all sides."""
    n = len(sides.length)
    least, still, turned, eased = np.full(n, np.inf), np.empty(n), np.full(n, np.inf), np.full(n, np.inf)
    rest, free = np.empty((n, 2)), np.empty((n, 2))
    for i in range(n):
        length, cap, e = sides.length[i], sides.cap[i], 2 * i
        if ways.turn[e] >= 0.0:
            least[i] = _best(e, ways.turn[e], sides, ways, accel)
        for k in range(ways.first[e], ways.first[e + 1]):
            if ways.cost[k] < least[i]:
                least[i] = min(least[i], ways.cost[k] + _best(e, ways.speed[k], sides, ways, accel))
        for hand in range(2):
            rest[i, hand] = _best(e + hand, 0.0, sides, ways, accel)
            free[i, hand] = _best(e + hand, cap, sides, ways, accel)
        still[i] = _over(length, cap, 0.0, 0.0, accel)
        if ways.turn[e] >= 0.0 and ways.turn[e + 1] >= 0.0:
            turned[i] = _over(length, cap, ways.turn[e], ways.turn[e + 1], accel)
            eased[i] = _over(length, cap, max(ways.turn[e], ways.turn[e + 1]), cap, accel)
    return Times(least, rest, free, still, turned, eased)
