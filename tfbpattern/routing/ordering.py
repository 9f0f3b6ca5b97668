"""
A general search for an order: strokes that lie anywhere, the seams of closed ones chosen with it.

Nearest way in first, then 2-opt and Or-opt among near strokes (S. Lin, Bell System Technical Journal 44, 1965; I. Or,
thesis, Northwestern University, 1976), in turn with the best ways in and out for the order found, by dynamic
programming. What is marked straight on over a gap stays together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tfbpattern.geometry import arcs
from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chains
from tfbpattern.geometry.seams import restarted, seams_of
from tfbpattern.model.machine import Gantry, Machine
from tfbpattern.model.nest import Ints
from tfbpattern.routing import exchange_kernels as exchanges
from tfbpattern.routing import ordering_kernels as kernels
from tfbpattern.routing.ordered import Ordered
from tfbpattern.units import NM_PER_MM

_NEAR = 8
"""How many neighbours of each stroke are tried (ours: more gains below one percent)."""

_MOVES = 20
"""Moves per stroke after which a search ends (ours: it has found its optimum long before)."""

_ROUNDS = 3

_ANEW = 5_000
"""Of more items only those around ways that changed are looked at in later rounds (ours: costs 0.1 % at most)."""

_BOTH = 20_000
"""Up to so many items the search begins twice: with the order given, and with nearest first (ours: two seconds)."""

_SHORT = 0.1
"""A gap of this share of a stroke is short (ours: tabs and round corners of cells are)."""

# Sine of the angle within which a gap is passed over straight on.
_STRAIGHT_ON = 1e-6


def entered_best(strokes: Chains, items: Ints, machine: Machine) -> Ordered:
    """The items as they come, with the seams and directions that take the least dark time."""
    ways = ways_of(strokes, items)
    order = np.arange(len(ways.first) - 1)
    chosen, _ = exchanges.best_ways(order, ways.inn, ways.out, ways.first, *_dark_motion(machine))
    return in_order(strokes, items, ways, chosen)


def reordered(strokes: Chains, items: Ints, machine: Machine, *, most_s: float = np.inf) -> Ordered | None:
    """
    The same strokes in an order, with seams and directions, that takes less dark time; at worst as they come.

    Strokes with the same number in *items* (ascending) stay together. None where no order of them has less dark time
    between the items than *most_s*.
    """
    if most_s <= 0.0:
        return None
    as_they_come = Ordered(strokes, np.arange(len(strokes)))
    ways = ways_of(strokes, items)
    first, inn, out, owner = ways.first, ways.inn, ways.out, ways.owner
    count = len(first) - 1
    if count < 3:
        return as_they_come
    accel, speed = _dark_motion(machine)
    squares = kernels.squares_over(inn, count)
    near, away, least = kernels.neighbours(inn, owner, count, _NEAR, squares)
    bound = _least_dark_s(ways, least, accel, speed)
    if bound >= most_s:
        return None
    as_given, given_time = exchanges.best_ways(np.arange(count), inn, out, first, accel, speed)
    best, best_time = as_given, given_time
    # From the lower left corner.
    corner = inn[np.lexsort((inn[:, 0], inn[:, 1]))[0]]
    nearest_first, _ = kernels.nearest_first(inn, out, owner, count, squares, corner, 0.0, True)
    starts = [as_given, nearest_first]
    if count > _BOTH:
        nearest_time = exchanges.best_ways(owner[nearest_first], inn, out, first, accel, speed)[1]
        starts = starts[1:] if nearest_time < given_time else starts[:1]
    for start_order in starts:
        found, time = start_order.copy(), np.inf
        fresh = np.ones(count, dtype=bool)
        for _ in range(_ROUNDS):
            exchanges.improve(
                found,
                inn,
                out,
                owner,
                ways.turned,
                first,
                near,
                away,
                accel,
                speed,
                fresh,
                _longest(count),
                _MOVES * count,
            )
            again, now = exchanges.best_ways(owner[found], inn, out, first, accel, speed)
            if count > _ANEW:
                fresh = again != found
                fresh[1:] |= fresh[:-1]
                fresh[:-1] |= fresh[1:]
            found = again
            if now > time - 1e-6:
                break
            time = now
        if now < best_time - 1e-6:
            best, best_time = found, now
    return in_order(strokes, items, ways, best)


def _least_dark_s(ways: Ways, least: Floats, accel: float, speed: float) -> float:
    """
    What dark ways between the items take at least, *least* (w,) being how far any other item is from each way.

    Each link has two ends, and is no shorter than the least of either.
    """
    with np.errstate(invalid="ignore"):
        seconds = np.where(least * accel < speed * speed, 2.0 * np.sqrt(least / accel), least / speed + speed / accel)
    half = (seconds + seconds[ways.turned]) / 2.0
    each = np.minimum.reduceat(half, ways.first[:-1])
    # The first item and the last one have one link only.
    return float(each.sum() - seconds.max())


def _longest(count: int) -> int:
    """How many places one move may shift: any in small searches, a bounded number in large ones."""
    return 50_000 if count <= 20_000 else 1_000


def _dark_motion(machine: Machine) -> tuple[float, float]:
    """Acceleration and speed between strokes, in nanometres; a galvo's mirrors have no acceleration to speak of."""
    accel = machine.acceleration_mm_s2 * NM_PER_MM if isinstance(machine, Gantry) else np.inf
    return float(accel), float(machine.jump_speed_mm_s * NM_PER_MM)


class Ways(NamedTuple):
    """
    Ways to mark items, by item: ``first[i]:first[i + 1]`` are those of item i.

    Nanometres. ``segment`` and ``fraction`` are the seam of a closed stroke, ``back`` says that an item is run
    backwards, ``turned`` numbers the way that does the opposite.
    """

    first: Ints
    owner: Ints
    inn: Floats
    out: Floats
    turned: Ints
    segment: Ints
    fraction: Floats
    back: NDArray[np.bool_]


def _bridge_mm(machine: Machine, mark_speed_mm_s: float) -> float:
    """Up to which gap going straight on is kept: less than three times what stopping and starting again take."""
    return 3.0 * mark_speed_mm_s**2 / machine.acceleration_mm_s2 if isinstance(machine, Gantry) else 0.0


def kept_together(strokes: Chains, machine: Machine, mark_speed_mm_s: float) -> list[Ints]:
    """
    For each stroke the item it belongs to, in one way or two: what follows each other straight on over a gap is one.

    Once over gaps up to what a stop and a start take, or as long as the strokes; once only over those that are short
    beside the strokes.
    """
    if not len(strokes):
        return [np.empty(0, dtype=np.int64)]
    wide = _items(strokes, 1.0, _bridge_mm(machine, mark_speed_mm_s))
    close = _items(strokes, _SHORT, 0.0)
    return [wide] if wide[-1] == close[-1] else [wide, close]


def _items(strokes: Chains, share: float, bridge_mm: float) -> Ints:
    """Gaps are at most this share of the longer of the two strokes; between straight strokes also up to *bridge_mm*."""
    p0, p1, bulge, owner = strokes.segments
    start, end = arcs.tangents(p0, p1, bulge)
    first = np.searchsorted(owner, np.arange(len(strokes)))
    last = np.append(first[1:], len(owner)) - 1
    into, out_of = start[first[1:]], end[last[:-1]]
    gap = strokes.starts[1:] - strokes.ends[:-1]
    size = np.hypot(gap[:, 0], gap[:, 1])
    lengths = np.bincount(owner, arcs.lengths(p0, p1, bulge))
    straight = (np.bincount(owner) == 1) & (bulge[first] == 0.0)
    most = share * np.maximum(lengths[1:], lengths[:-1])
    most = np.where(straight[1:] & straight[:-1], np.maximum(most, bridge_mm), most)
    ahead = gap / np.where(size > 0.0, size, 1.0)[:, None]
    on = np.abs(out_of[:, 0] * into[:, 1] - out_of[:, 1] * into[:, 0]) < _STRAIGHT_ON
    on &= (np.abs(out_of[:, 0] * ahead[:, 1] - out_of[:, 1] * ahead[:, 0]) < _STRAIGHT_ON) | (size == 0.0)
    on &= ((out_of * into).sum(axis=1) > 0.0) & ((out_of * ahead).sum(axis=1) >= 0.0)
    on &= ~strokes.closed[1:] & ~strokes.closed[:-1] & (size <= most)
    return np.append(0, np.cumsum(~on))


def ways_of(strokes: Chains, items: Ints) -> Ways:
    """Every way to mark each item; strokes with the same number in *items* (ascending) are one."""
    begins = np.append(True, items[1:] != items[:-1])
    head = np.flatnonzero(begins)
    tail = np.append(head[1:], len(strokes)) - 1
    ring = strokes.closed[head]
    seams = seams_of(strokes)
    starts, ends = strokes.starts[head[~ring]], strokes.ends[tail[~ring]]
    opened = np.flatnonzero(~ring)
    count = len(opened)
    owner = np.concatenate([items[seams.chain], opened, opened])
    inn = np.concatenate([seams.points, starts, ends])
    out = np.concatenate([seams.points, ends, starts])
    order = np.argsort(owner, kind="stable")
    # Where a way comes to stand once they are ordered by item.
    at = np.empty(len(order), dtype=np.int64)
    at[order] = np.arange(len(order))
    closed = len(seams.chain)
    opposite = np.concatenate([at[:closed], at[closed + count :], at[closed : closed + count]])
    none = np.zeros(2 * count)
    return Ways(
        first=np.searchsorted(owner[order], np.arange(len(head) + 1)),
        owner=owner[order],
        inn=np.rint(inn[order] * NM_PER_MM),
        out=np.rint(out[order] * NM_PER_MM),
        turned=opposite[order],
        segment=np.concatenate([seams.segment, none.astype(np.int64)])[order],
        fraction=np.concatenate([seams.fraction, none])[order],
        back=np.concatenate([np.zeros(closed + count, dtype=bool), np.ones(count, dtype=bool)])[order],
    )


def in_order(strokes: Chains, items: Ints, ways: Ways, chosen: Ints) -> Ordered:
    """The strokes as the chosen ways (one an item, in order) say."""
    item = ways.owner[chosen]
    rank, way = np.empty(len(item), dtype=np.int64), np.empty(len(item), dtype=np.int64)
    rank[item], way[item] = np.arange(len(item)), chosen
    mine = way[items]
    entered = restarted(strokes, ways.segment[mine], ways.fraction[mine])
    back = ways.back[mine]
    number = np.arange(len(strokes))
    order = np.lexsort((np.where(back, -number, number), rank[items]))
    return Ordered(entered.taken(order).turned_back(back[order]), order)
