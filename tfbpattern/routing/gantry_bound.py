"""
A proved lower bound on the time of one pass on a gantry: any order, directions and seams of the same marks.

Rings may be marked whole, from anywhere on, or parted at corners; open strokes parted at corners or joined where they
meet. The proof:

- *Sides* are what lies between two corners, or between a line and an arc. Over a side the head takes at least what
  speed, acceleration, and the greatest speeds that it may have at its two ends allow.
- At an end of a side it turns into the next side of the stroke, no faster than that corner allows; or it goes on to
  an end of another side, no faster than it may turn into that way, or turn out of it there plus what it gains on it,
  and at a standstill where the laser cannot be gated; or, twice in all, it is at rest. Each of the two ends of a dark
  way is charged its half, which takes at least as long as at full acceleration from the speed at that end. Each side
  takes the best pair of all this.
- A ring that is marked whole turns at all corners but that at which it begins. If it begins in the middle of a side,
  or is entered or left there for its lead-in or overcut, one side is eased at one end: the least times of the two
  parts of a side, together, are concave in where it is parted, so they are least where one part is nothing. The two
  ways to such places may ease two ends elsewhere. Where all that is cheaper than what was charged, the difference is
  taken off.

The faster one end may be, the more is saved by what the other may be faster; so what an end saves by being eased is
greatest beside what is best for the other.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from tfbpattern.geometry import arcs
from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chains
from tfbpattern.geometry.collinear import SNAP_MM
from tfbpattern.model.machine import Gantry
from tfbpattern.model.nest import Ints
from tfbpattern.routing import gantry_bound_kernels as kernels
from tfbpattern.routing.gantry_bound_kernels import Ends, Grid, Motion, Sides, Times, Ways
from tfbpattern.routing.ordering_kernels import Squares, buckets

# Radians within which two segments go straight on, and the share to which their radii are one (ours: what a new vertex
# on whole nanometres leaves of them).
_SMOOTH = 1e-6


def least_on_gantry(strokes: Chains, speed_mm_s: float, machine: Gantry, deviation_mm: float) -> float:
    """Seconds of one pass from rest to rest."""
    accel = machine.acceleration_mm_s2
    motion = Motion(accel, machine.jump_speed_mm_s, accel * deviation_mm, machine.gated)
    sides, ends, stroke = _sides(strokes, speed_mm_s, accel)
    squares = _squares_over(ends.at)
    ways = _ways_on(ends, sides, Grid(squares, *buckets(ends.at, squares)), motion)
    times = kernels.least_times(sides, ways, accel)
    marking = float((sides.length / sides.cap).sum())
    least = float(times.least.sum()) - _whole(strokes, stroke, sides, times) + _stops(strokes, stroke, times)
    # Sums of as many roundings.
    return max(marking, least) * (1.0 - 1e-9)


# Parts of the ends that are looked at side by side (ours: enough for all cores to end at about the same time).
_PARTS = 16


def _ways_on(ends: Ends, sides: Sides, grid: Grid, motion: Motion) -> Ways:
    """All ways on from all ends; no end knows of another's, so that it does not matter how many cores there are."""
    parts = np.linspace(0, len(ends.at), _PARTS + 1).astype(np.int64).tolist()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(lambda part: kernels.ways_on(ends, sides, grid, motion, *part), pairwise(parts)))
    before = np.cumsum([0, *(len(some.speed) for some in found[:-1])])
    return Ways(
        np.concatenate([some.turn for some in found]),
        np.concatenate([np.zeros(1, np.int64), *(some.first[1:] + n for some, n in zip(found, before, strict=True))]),
        np.concatenate([some.speed for some in found]),
        np.concatenate([some.cost for some in found]),
    )


def _whole(strokes: Chains, stroke: Ints, sides: Sides, times: Times) -> float:
    """What it saves at most that rings are marked whole, from anywhere on."""
    if len(strokes) == 1:
        return 0.0
    mine = np.flatnonzero(strokes.closed[stroke])
    ring, turned = stroke[mine], times.turned[mine]
    dearer = np.bincount(ring, turned - times.least[mine], minlength=len(strokes))
    eased = np.zeros(len(strokes))
    np.maximum.at(eased, ring, turned - times.eased[mine])
    # At the ends that the two ways to the middle come from; both may be those of one side.
    one = float((times.least[:, None] - times.free).max())
    both = float((times.least - sides.length / sides.cap).max())
    saved = np.where(strokes.closed, eased + max(2.0 * one, both) - dearer, 0.0)
    return float(np.maximum(saved, 0.0).sum())


def _stops(strokes: Chains, stroke: Ints, times: Times) -> float:
    """What it takes more at least that the pass begins and ends at rest; nothing where that may be on rings."""
    rest = times.rest.min(axis=1) - times.least
    order = np.lexsort((rest, stroke))
    rank = np.arange(len(order)) - np.searchsorted(stroke, stroke)
    one, other, both = (np.full(len(strokes), np.inf) for _ in range(3))
    one[stroke[order[rank == 0]]] = rest[order[rank == 0]]
    other[stroke[order[rank == 1]]] = rest[order[rank == 1]]
    np.minimum.at(both, stroke, times.still - times.least)
    both = np.where(strokes.closed, 0.0, np.minimum(one + other, both))
    one = np.sort(np.where(strokes.closed, np.minimum(one, 0.0), one))
    return float(min(both.min(), one[:2].sum())) if len(strokes) > 1 else float(both[0])


def _sides(strokes: Chains, speed_mm_s: float, accel: float) -> tuple[Sides, Ends, Ints]:
    """The sides of all strokes in order, their ends, and which stroke each is of."""
    p0, p1, bulge, owner = strokes.segments
    lengths = arcs.lengths(p0, p1, bulge)
    real = lengths > 0.0
    p0, p1, bulge, owner, lengths = p0[real], p1[real], bulge[real], owner[real], lengths[real]
    start, end = arcs.tangents(p0, p1, bulge)
    bend = np.sign(bulge) / arcs.radii(p0, p1, bulge)
    first = np.append(True, owner[1:] != owner[:-1])
    head = np.flatnonzero(first)
    tail = np.append(head[1:], len(owner)) - 1
    before = np.arange(-1, len(owner) - 1)
    closed = strokes.closed[owner[head]]
    before[head] = np.where(closed, tail, head)
    turn = end[before, 0] * start[:, 1] - end[before, 1] * start[:, 0]
    on = (np.abs(turn) < _SMOOTH) & ((end[before] * start).sum(axis=1) > 0.0)
    begins = ~(on & (np.abs(bend - bend[before]) <= _SMOOTH * np.abs(bend)))
    # A line begins where it begins, and a circle anywhere.
    begins[head] |= ~closed
    begins[head] |= np.logical_or.reduceat(begins, head) == 0
    at = np.flatnonzero(begins)
    stroke = owner[at]
    # Of a ring what comes before its first corner belongs to its last side.
    side = np.cumsum(begins) - 1
    last = np.append(stroke[1:] != stroke[:-1], True)
    last_of = np.flatnonzero(last)
    rank = np.searchsorted(owner[head], owner)
    early = side < np.append(0, last_of[:-1] + 1)[rank]
    side[early] = last_of[rank[early]]
    first_of = np.append(0, last_of[:-1] + 1)
    following = np.arange(1, len(at) + 1)
    following[last_of] = first_of
    until = before[at[following]]
    until[last_of] = np.where(closed, until[last_of], tail)
    cap = np.minimum(speed_mm_s, np.sqrt(accel * arcs.radii(p0, p1, bulge)))
    sides = Sides(
        length=np.bincount(side, lengths).astype(np.float64),
        cap=np.maximum(cap[at], cap[until]),
    )
    partner = np.full((len(at), 2), -1, dtype=np.int64)
    joined = strokes.closed[stroke] | ~last
    partner[joined, 1] = 2 * following[joined]
    partner[following[joined], 0] = 2 * np.flatnonzero(joined) + 1
    ends = Ends(
        at=np.stack([p0[at], p1[until]], axis=1).reshape(-1, 2),
        away=np.stack([-start[at], end[until]], axis=1).reshape(-1, 2),
        partner=partner.reshape(-1),
    )
    return sides, ends, stroke


def _squares_over(points: Floats) -> Squares:
    """Squares with four points each, in millimetres."""
    low = points.min(axis=0)
    width, height = (points.max(axis=0) - low).tolist()
    share = 4.0 / len(points)
    size = max(float(np.sqrt(width * height * share)), max(width, height) * share, SNAP_MM)
    return Squares(low, size, int(width // size) + 1, int(height // size) + 1)
