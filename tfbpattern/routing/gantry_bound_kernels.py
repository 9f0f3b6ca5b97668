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

# Ways on are told apart by so many classes of speed (ours: more sharpen the bound by less than a thousandth).
_CLASSES = 16

# A dark way to the middle of a side is looked at by stretches of the side, each so many times longer than the one
# before, the first so long in mm (ours).
_LONGER = 1.3
_FIRST_MM = 0.01

# Straight on, as in :func:`.gantry_time._corners`.
_STRAIGHT = 1.0 - 1e-12


class Ends(NamedTuple):
    """Place and outward direction of each end, the partner that it turns into in its own stroke (-1: none)."""

    at: Floats
    away: Floats
    partner: Ints


class Sides(NamedTuple):
    """
    Length of each side, the speed it may be marked at, radius and centre (lines: infinite, anything), and its ring.

    The ring is -1 of open strokes.
    """

    length: Floats
    cap: Floats
    radius: Floats
    centre: Floats
    ring: Ints


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
    For each end the least time of its side with half its dark ways, its other end doing what is best.

    If that end turns; if it goes on in the dark; if it is at rest there for good; if nothing slows it there. And for each
    side, if both ends are at rest.
    """

    turned: Floats
    dark: Floats
    rest: Floats
    free: Floats
    still: Floats


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
    # What any way on can save against a stop.
    saving = _over(sides.length[side], top, 0.0, top, motion.accel) - sides.length[side] / top
    farthest = _reach(saving, fast, motion)
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
    speeds[-1] = fast
    costs[-1] = min(costs[-1], _half(farthest, fast, motion))


@njit(cache=True)
def ways_on(ends: Ends, sides: Sides, grid: Grid, motion: Motion) -> Ways:
    """All ways on from all ends."""
    n = len(ends.at)
    turn = np.full(n, -1.0)
    first = np.zeros(n + 1, np.int64)
    speed, cost = np.empty(3 * n + _CLASSES), np.empty(3 * n + _CLASSES)
    count = 0
    for e in range(n):
        if count + _CLASSES > len(speed):
            speed = np.concatenate((speed, np.empty(len(speed))))
            cost = np.concatenate((cost, np.empty(len(cost))))
        top, partner = sides.cap[e // 2], ends.partner[e]
        if partner >= 0:
            cos = -(ends.away[e, 0] * ends.away[partner, 0] + ends.away[e, 1] * ends.away[partner, 1])
            turn[e] = min(math.sqrt(_corner(cos, motion.scale)), top, sides.cap[partner // 2])
        if turn[e] >= top:
            # Nothing can be better; so dark ways need not be told from it.
            speed[count], cost[count] = top, 0.0
            count += 1
        else:
            speeds, costs = np.zeros(_CLASSES), np.full(_CLASSES, np.inf)
            _links(e, ends, sides, grid, motion, speeds, costs)
            cheapest = np.inf
            for kind in range(_CLASSES - 1, -1, -1):
                if costs[kind] < cheapest:
                    cheapest = costs[kind]
                    speed[count], cost[count] = speeds[kind], cheapest
                    count += 1
        first[e + 1] = count
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
def least_by_end(sides: Sides, ways: Ways, accel: float) -> Times:
    """Least times of all sides."""
    n = len(ways.turn)
    turned, dark, rest, free = np.full(n, np.inf), np.full(n, np.inf), np.empty(n), np.empty(n)
    still = np.empty(n // 2)
    for e in range(n):
        if ways.turn[e] >= 0.0:
            turned[e] = _best(e, ways.turn[e], sides, ways, accel)
        for k in range(ways.first[e], ways.first[e + 1]):
            if ways.cost[k] < dark[e]:
                dark[e] = min(dark[e], ways.cost[k] + _best(e, ways.speed[k], sides, ways, accel))
        rest[e] = _best(e, 0.0, sides, ways, accel)
        free[e] = _best(e, sides.cap[e // 2], sides, ways, accel)
    for side in range(len(still)):
        still[side] = _over(sides.length[side], sides.cap[side], 0.0, 0.0, accel)
    return Times(turned, dark, rest, free, still)


@njit(cache=True)
def reaches(seconds: Floats, motion: Motion) -> Floats:
    """How long a dark way may be if half of it takes so many seconds."""
    found = np.empty(len(seconds))
    for k in range(len(seconds)):
        found[k] = _reach(seconds[k], motion.jump if motion.gated else 0.0, motion)
    return found


@njit(cache=True)
def savings_amid(
    ends: Ends,
    sides: Sides,
    ways: Ways,
    least: Floats,
    dark: Floats,
    free: Floats,
    enough: Floats,
    grid: Grid,
    motion: Motion,
) -> tuple[Floats, Floats]:
    """
    What a dark way from some end to the middle of a side of a ring saves at most against what was counted, by ring.

    Once with what that side saves if it is entered there, once without. At least *enough* (rings,): what is less is not
    looked for. Counted were *least* (sides,), and *dark* (ends,) where the way begins.
    """
    entered, left = enough.copy(), enough.copy()
    squares = grid.squares
    quickest = motion.jump if motion.gated else 0.0
    most = (dark - free).max()
    for side in range(len(least)):
        ring = sides.ring[side]
        if ring < 0:
            continue
        own = least[side] - min(free[2 * side], free[2 * side + 1])
        if most + own <= enough[ring]:
            continue
        reach = _reach((most + own - enough[ring]) / 2.0, quickest, motion)
        low, high = sides.centre[side] - sides.radius[side], sides.centre[side] + sides.radius[side]
        if sides.radius[side] == np.inf:
            low = np.minimum(ends.at[2 * side], ends.at[2 * side + 1])
            high = np.maximum(ends.at[2 * side], ends.at[2 * side + 1])
        c0, r0 = square_of(low[0] - reach, low[1] - reach, squares)
        c1, r1 = square_of(high[0] + reach, high[1] + reach, squares)
        for sy in range(r0, r1 + 1):
            for k in range(grid.begin[sy * squares.columns + c0], grid.begin[sy * squares.columns + c1 + 1]):
                e = grid.order[k]
                gain = dark[e] - free[e]
                if gain + own > enough[ring]:
                    _amid(e, side, gain + own, reach, ends, sides, ways, least, dark, enough, motion, entered, left)
    return entered, left


@njit(cache=True)
def _amid(
    e: int,
    side: int,
    most: float,
    reach: float,
    ends: Ends,
    sides: Sides,
    ways: Ways,
    least: Floats,
    dark: Floats,
    enough: Floats,
    motion: Motion,
    entered: Floats,
    left: Floats,
) -> None:
    """The same for one end and one side, by stretches of the side on either hand of the foot of the end."""
    ring, top = sides.ring[side], sides.cap[side]
    quickest = motion.jump if motion.gated else 0.0
    ux, uy = -ends.away[2 * side, 0], -ends.away[2 * side, 1]
    dx, dy = ends.at[e, 0] - ends.at[2 * side, 0], ends.at[e, 1] - ends.at[2 * side, 1]
    foot, aside, length = dx * ux + dy * uy, abs(dx * uy - dy * ux), sides.length[side]
    arc = sides.radius[side] < np.inf
    for hand in (-1.0, 1.0):
        near = max(-foot if hand > 0.0 else foot - length, 0.0)
        end = length - foot if hand > 0.0 else foot
        if arc:
            # Any direction, by how long the way is.
            cx, cy = ends.at[e, 0] - sides.centre[side, 0], ends.at[e, 1] - sides.centre[side, 1]
            aside, near, end = 0.0, abs(math.sqrt(cx * cx + cy * cy) - sides.radius[side]), reach
        while near <= end:
            far = min(max(near * _LONGER, near + max(aside, _FIRST_MM) / 4.0), end)
            gap, wide = math.sqrt(aside * aside + near * near), math.sqrt(aside * aside + far * far)
            if most - 2.0 * _half(gap, quickest, motion) <= enough[ring]:
                break
            here, there = 0.0, 0.0
            if motion.gated:
                here, there = sides.cap[e // 2] ** 2, top * top
                if not arc:
                    # Into the side it turns least at the far end of the stretch.
                    if wide > 0.0:
                        there = min(there, _corner(far / wide, motion.scale))
                    ax, ay = (foot + hand * near) * ux - dx, (foot + hand * near) * uy - dy
                    bx, by = (foot + hand * far) * ux - dx, (foot + hand * far) * uy - dy
                    here = min(here, _over_to(ends.away[e, 0], ends.away[e, 1], ax, ay, bx, by, motion.scale))
                ramp = 2.0 * motion.accel * wide
                here, there = min(here, there + ramp), min(there, here + ramp)
            here, there = min(math.sqrt(here), motion.jump), min(math.sqrt(there), motion.jump)
            saved = dark[e] - _best(e, here, sides, ways, motion.accel)
            saved -= _half(gap, here, motion) + _half(gap, there, motion)
            left[ring] = max(left[ring], saved)
            begun = _best(2 * side, there, sides, ways, motion.accel)
            begun = min(begun, _best(2 * side + 1, there, sides, ways, motion.accel))
            entered[ring] = max(entered[ring], saved + max(least[side] - begun, 0.0))
            if far >= end:
                break
            near = far


@njit(cache=True)
def _over_to(ux: float, uy: float, ax: float, ay: float, bx: float, by: float, scale: float) -> float:
    """Squared speed at most with which one may turn from direction u towards some point between a and b."""
    a, b = ux * ay - uy * ax, ux * by - uy * bx
    if a * b <= 0.0 and (ux * ax + uy * ay) * abs(b) + (ux * bx + uy * by) * abs(a) > 0.0:
        return np.inf
    first, second = math.sqrt(ax * ax + ay * ay), math.sqrt(bx * bx + by * by)
    if first == 0.0 or second == 0.0:
        return np.inf
    return _corner(max((ux * ax + uy * ay) / first, (ux * bx + uy * by) / second), scale)


@njit(cache=True)
def savings_between(
    first: Ints,
    second: Ints,
    ends: Ends,
    sides: Sides,
    ways: Ways,
    least: Floats,
    free: Floats,
    motion: Motion,
    entered: Floats,
    left: Floats,
) -> None:
    """
    The same, in place, for ways from the middle of the second side of each pair to that of the first.

    What its own half of the way costs the ring of the first side, and what that side saves.
    """
    quickest = motion.jump if motion.gated else 0.0
    for k in range(len(first)):
        i, j = first[k], second[k]
        ring, top = sides.ring[i], sides.cap[i]
        own = least[i] - min(free[2 * i], free[2 * i + 1])
        near = _apart(i, j, ends, sides)
        if own - _half(near, quickest, motion) <= entered[ring] and -_half(near, quickest, motion) <= left[ring]:
            continue
        aside, half_turn = 0.0, 1.0
        if sides.radius[i] == np.inf and sides.radius[j] == np.inf:
            ux, uy = ends.away[2 * i, 0], ends.away[2 * i, 1]
            ax, ay = ends.at[2 * j, 0] - ends.at[2 * i, 0], ends.at[2 * j, 1] - ends.at[2 * i, 1]
            bx, by = ends.at[2 * j + 1, 0] - ends.at[2 * i, 0], ends.at[2 * j + 1, 1] - ends.at[2 * i, 1]
            a, b = ux * ay - uy * ax, ux * by - uy * bx
            if a * b > 0.0:
                aside = min(abs(a), abs(b))
            cos = min(abs(ux * ends.away[2 * j, 0] + uy * ends.away[2 * j, 1]), 1.0)
            half_turn = math.sqrt((1.0 + cos) / 2.0)
        while True:
            far = max(near * _LONGER, near + _FIRST_MM / 4.0)
            if own - _half(near, quickest, motion) <= entered[ring] and -_half(near, quickest, motion) <= left[ring]:
                break
            there = 0.0
            if motion.gated:
                # Both turns together are that from one side to the other: half of it is made at one of the two ends.
                there = min(top * top, _corner(half_turn, motion.scale) + 2.0 * motion.accel * far)
                if aside > 0.0:
                    there = min(there, _corner(math.sqrt(max(1.0 - (aside / far) ** 2, 0.0)), motion.scale))
                there = min(math.sqrt(there), motion.jump)
            cost = _half(near, there, motion)
            left[ring] = max(left[ring], -cost)
            begun = _best(2 * i, there, sides, ways, motion.accel)
            begun = min(begun, _best(2 * i + 1, there, sides, ways, motion.accel))
            entered[ring] = max(entered[ring], max(least[i] - begun, 0.0) - cost)
            near = far


@njit(cache=True)
def _to_segment(x: float, y: float, i: int, ends: Ends, sides: Sides) -> float:
    """How far a point is from a straight side."""
    ux, uy = -ends.away[2 * i, 0], -ends.away[2 * i, 1]
    dx, dy = x - ends.at[2 * i, 0], y - ends.at[2 * i, 1]
    foot, aside = dx * ux + dy * uy, dx * uy - dy * ux
    over = max(-foot, foot - sides.length[i], 0.0)
    return math.sqrt(aside * aside + over * over)


@njit(cache=True)
def _apart(i: int, j: int, ends: Ends, sides: Sides) -> float:
    """How far two sides are from each other at least, arcs taken for whole circles."""
    if sides.radius[i] < np.inf and sides.radius[j] < np.inf:
        away = math.hypot(sides.centre[i, 0] - sides.centre[j, 0], sides.centre[i, 1] - sides.centre[j, 1])
        return max(away - sides.radius[i] - sides.radius[j], abs(sides.radius[i] - sides.radius[j]) - away, 0.0)
    if sides.radius[j] < np.inf:
        i, j = j, i
    a, b = 2 * j, 2 * j + 1
    if sides.radius[i] < np.inf:
        x, y = sides.centre[i, 0], sides.centre[i, 1]
        farthest = max(
            math.hypot(ends.at[a, 0] - x, ends.at[a, 1] - y), math.hypot(ends.at[b, 0] - x, ends.at[b, 1] - y)
        )
        return max(_to_segment(x, y, j, ends, sides) - sides.radius[i], sides.radius[i] - farthest, 0.0)
    # Where they cross it is nothing, elsewhere it is from an end of one of them.
    if _parts(i, j, ends) and _parts(j, i, ends):
        return 0.0
    return min(
        _to_segment(ends.at[a, 0], ends.at[a, 1], i, ends, sides),
        _to_segment(ends.at[b, 0], ends.at[b, 1], i, ends, sides),
        _to_segment(ends.at[2 * i, 0], ends.at[2 * i, 1], j, ends, sides),
        _to_segment(ends.at[2 * i + 1, 0], ends.at[2 * i + 1, 1], j, ends, sides),
    )


@njit(cache=True)
def _parts(i: int, j: int, ends: Ends) -> bool:
    """Whether the line of side i has the ends of side j on different hands."""
    ux, uy = ends.away[2 * i, 0], ends.away[2 * i, 1]
    a = ux * (ends.at[2 * j, 1] - ends.at[2 * i, 1]) - uy * (ends.at[2 * j, 0] - ends.at[2 * i, 0])
    b = ux * (ends.at[2 * j + 1, 1] - ends.at[2 * i, 1]) - uy * (ends.at[2 * j + 1, 0] - ends.at[2 * i, 0])
    return a * b <= 0.0
