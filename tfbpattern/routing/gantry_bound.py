"""
A proved lower bound on the time of a gantry: any order, seams and directions of the same marks, whole or parted.

The marks are *sides*: lines and arcs between corners, or between a line and an arc. On its way over a side the head
is limited by the speed of marking, the acceleration, and its speeds at the two ends; so least times of the sides under
what can be at their ends, with the dark ways, are a bound.

What can be at an end: the head turns into the next side of the same stroke, no faster than that corner allows; or it goes
on in the dark to some other end, no faster than it may turn into that way, and out of it at its other end, with
what acceleration adds on it; or, twice in all, it is at rest. Of a dark way either end is charged the half next to it, which
takes as long as at full acceleration from the speed at that end, at least. A side takes the cheapest pair.

A ring begins somewhere: at a corner, from which two dark ways lead; or in the middle of a side. The times of the two parts of
such a side are concave in where that is, so it takes least at an end of the side: it is then as if one of its two ends had
the speed and price of the way to the middle. The best that such ways can save is looked for, at the ends that they come
from too, and taken off. With overcut or a lead-in a ring is left or entered in the middle, and turns at its seam.
"""

from __future__ import annotations

import numpy as np

from tfbpattern.geometry import arcs
from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chains
from tfbpattern.geometry.collinear import SNAP_MM
from tfbpattern.model.machine import Gantry
from tfbpattern.model.nest import Ints
from tfbpattern.routing import gantry_bound_kernels as kernels
from tfbpattern.routing.gantry_bound_kernels import Ends, Grid, Motion, Sides, Times
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
    ways = kernels.ways_on(ends, sides, Grid(squares, *buckets(ends.at, squares)), motion)
    times = kernels.least_times(sides, ways, accel)
    marking = float((sides.length / sides.cap).sum())
    least = float(times.least.sum()) - _whole(strokes, stroke, sides, times) + _stops(strokes, stroke, times)
    # Sums of as many roundings.
    return max(marking, least) * (1.0 - 1e-9)


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
    elsewhere = np.maximum((times.least[:, None] - times.free).max(), (times.least - sides.length / sides.cap).max() / 2.0)
    saved = np.where(strokes.closed, eased + 2.0 * float(elsewhere) - dearer, 0.0)
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
        length=np.bincount(side, lengths),
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
