"""
Whether closed curves lie wholly in what a beam sweeps, and where they do not.

A beam of radius r that runs along a straight chord sweeps a capsule: every point within r of the chord. A capsule is
convex, so of each straight side of a curve it covers one interval, which has a closed form. What the union of these
intervals leaves is where the curve leaves the sweep: exact up to the chords, without building any swept area.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from tfbpattern.proof.curves import Bools, Floats, Ints

# Rounding of the intervals' ends, as a part of a side.
_NOTHING = 1e-9
# Pairs worked on at a time: about 200 MB of intermediate arrays.
_BATCH = 500_000
# Sides worked on at a time; the trees of more would not fit the memory that is allowed.
_SIDES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gaps:
    """Stretches of curves outside the sweep: whose, how long, and the place of their middle."""

    curve: Ints
    length_mm: Floats
    middle: Floats

    def __len__(self) -> int:
        return len(self.curve)


def sides(rings: Sequence[Floats]) -> tuple[Floats, Floats, Ints]:
    """Start and end points of the sides of closed rings, and whose they are."""
    sizes = np.array([len(ring) for ring in rings], dtype=np.int64)
    start = np.concatenate([np.empty((0, 2)), *rings])
    end = np.concatenate([np.empty((0, 2)), *(np.roll(ring, -1, axis=0) for ring in rings)])
    return start, end, np.repeat(np.arange(len(rings)), sizes)


def gaps(
    curves: tuple[Floats, Floats, Ints],
    beam: tuple[Floats, Floats, Ints],
    radius_mm: float,
    *,
    one_frame: bool = False,
) -> Gaps:
    """
    Where each curve leaves the capsules that belong to it.

    *curves* are straight sides (start, end, whose), those of one curve together and in order; *beam* are the chords
    that the beam runs along (start, end, in whose frame). Curves and chords of different frames do not meet, unless
    all are said to be in *one_frame*.
    """
    start, end, of = beam
    if not one_frame and len(curves[0]) > _SIDES:
        return _by_parts(curves, beam, radius_mm)
    # A side of no length is covered by whatever covers its neighbours.
    p, q, curve = (array[(curves[0] != curves[1]).any(axis=1)] for array in curves)
    frame = np.zeros_like(curve) if one_frame else curve
    side, chord = _near(p, q, frame, start, end, of, radius_mm)
    low, high = np.empty(len(side)), np.empty(len(side))
    for begin in range(0, len(side), _BATCH):
        part = slice(begin, begin + _BATCH)
        low[part], high[part] = covered(p[side[part]], q[side[part]], start[chord[part]], end[chord[part]], radius_mm)
    some = high > low
    sizes = np.bincount(curve) if len(curve) else np.empty(0, dtype=np.int64)
    return _joined(p, q, curve, sizes, *_uncovered(side[some], low[some], high[some], len(p)))


def _by_parts(curves: tuple[Floats, Floats, Ints], beam: tuple[Floats, Floats, Ints], radius_mm: float) -> Gaps:
    """The same, some of the curves at a time; both sides come in the order of their frames."""
    p, q, curve = curves
    start, end, of = beam
    parts: list[Gaps] = []
    low = 0
    while low < len(p):
        high = int(np.searchsorted(curve, curve[min(low + _SIDES // 2, len(p)) - 1], side="right"))
        first, last = int(curve[low]), int(curve[high - 1])
        mine = slice(int(np.searchsorted(of, first)), int(np.searchsorted(of, last, side="right")))
        part = gaps(
            (p[low:high], q[low:high], curve[low:high] - first),
            (start[mine], end[mine], of[mine] - first),
            radius_mm,
            # One curve alone may be longer than a part should be.
            one_frame=first == last,
        )
        parts.append(Gaps(curve=part.curve + first, length_mm=part.length_mm, middle=part.middle))
        low = high
    return Gaps(
        curve=np.concatenate([part.curve for part in parts]),
        length_mm=np.concatenate([part.length_mm for part in parts]),
        middle=np.concatenate([part.middle for part in parts]),
    )


def _near(
    p: Floats, q: Floats, frame: Ints, start: Floats, end: Floats, of: Ints, radius_mm: float
) -> tuple[Ints, Ints]:
    """Pairs of sides and chords of one frame whose boxes come near enough."""
    if not len(p) or not len(start):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    # Frames are laid out side by side for the search alone.
    low = min(float(p[:, 0].min()), float(start[:, 0].min()), float(end[:, 0].min()))
    high = max(float(p[:, 0].max()), float(start[:, 0].max()), float(end[:, 0].max()))
    span = 2.0 * (high - low) + 4.0 * radius_mm + 1.0
    boxes = [
        shapely.box(
            np.minimum(a[:, 0], b[:, 0]) - grow + where * span,
            np.minimum(a[:, 1], b[:, 1]) - grow,
            np.maximum(a[:, 0], b[:, 0]) + grow + where * span,
            np.maximum(a[:, 1], b[:, 1]) + grow,
        )
        # Two nanometres more, so that the search leaves out nothing for a rounding.
        for a, b, where, grow in ((p, q, frame, radius_mm + 2e-6), (start, end, of, 0.0))
    ]
    side, chord = shapely.STRtree(boxes[1]).query(boxes[0])
    order = np.lexsort((chord, side))
    return side[order], chord[order]


def covered(p: Floats, q: Floats, a: Floats, b: Floats, radius_mm: float) -> tuple[Floats, Floats]:
    """
    The part of each side p to q within *radius_mm* of the chord a to b, as fractions of the side.

    Empty where the first is not less than the second. All arrays (n, 2).
    """
    d = q - p
    size2 = (d * d).sum(axis=1)
    low, high = np.full(len(p), np.inf), np.full(len(p), -np.inf)
    for disc in (a, b):
        away = p - disc
        along = (away * d).sum(axis=1)
        root = along * along - size2 * ((away * away).sum(axis=1) - radius_mm * radius_mm)
        hit = root > 0.0
        spread = np.sqrt(np.where(hit, root, 0.0))
        low = np.where(hit, np.minimum(low, (-along - spread) / size2), low)
        high = np.where(hit, np.maximum(high, (-along + spread) / size2), high)
    axis = b - a
    length = np.hypot(axis[:, 0], axis[:, 1])
    unit = axis / np.where(length > 0.0, length, 1.0)[:, None]
    away = p - a
    l0, l1 = _between((away * unit).sum(axis=1), (d * unit).sum(axis=1), 0.0, length)
    aside = unit[:, 0] * away[:, 1] - unit[:, 1] * away[:, 0]
    drift = unit[:, 0] * d[:, 1] - unit[:, 1] * d[:, 0]
    s0, s1 = _between(aside, drift, -radius_mm, radius_mm)
    first, last = np.maximum(l0, s0), np.minimum(l1, s1)
    hit = (last > first) & (length > 0.0)
    low = np.where(hit, np.minimum(low, first), low)
    high = np.where(hit, np.maximum(high, last), high)
    return np.maximum(low, 0.0), np.minimum(high, 1.0)


def _between(at: Floats, slope: Floats, least: float, most: Floats | float) -> tuple[Floats, Floats]:
    """For which t the value at + slope * t lies between two bounds."""
    level = np.abs(slope) < 1e-15
    safe = np.where(level, 1.0, slope)
    t0, t1 = (least - at) / safe, (most - at) / safe
    inside = (at >= least) & (at <= most)
    low = np.where(level, np.where(inside, -np.inf, np.inf), np.minimum(t0, t1))
    high = np.where(level, np.where(inside, np.inf, -np.inf), np.maximum(t0, t1))
    return low, high


def _uncovered(side: Ints, low: Floats, high: Floats, sides: int) -> tuple[Ints, Floats, Floats]:
    """Stretches (side, from, to) that the union of the intervals leaves."""
    every = np.arange(sides)
    # Each side gets an empty interval at either end, so that the first and the last stretch are gaps like others.
    side = np.concatenate([every, side, every])
    low = np.concatenate([np.zeros(sides), low, np.ones(sides)])
    high = np.concatenate([np.zeros(sides), high, np.ones(sides)])
    order = np.lexsort((low, side))
    side, low, high = side[order], low[order], high[order]
    # Shifted by whole numbers a running maximum never reaches into the next side.
    reach = np.maximum.accumulate(high + 2.0 * side) - 2.0 * side
    gap = (side[1:] == side[:-1]) & (low[1:] > reach[:-1] + _NOTHING)
    return side[1:][gap], reach[:-1][gap], low[1:][gap]


def _joined(p: Floats, q: Floats, curve: Ints, sizes: Ints, side: Ints, low: Floats, high: Floats) -> Gaps:
    """Stretches that go on across corners made one, around the closed curve."""
    if not len(side):
        return Gaps(curve=np.empty(0, dtype=np.int64), length_mm=np.empty(0), middle=np.empty((0, 2)))
    length = np.hypot(*(q - p).T)
    first = np.cumsum(sizes) - sizes
    c = curve[side]
    following = np.where(side + 1 == first[c] + sizes[c], first[c], side + 1)
    to_end = high >= 1.0 - _NOTHING
    from_start = low <= _NOTHING
    # A stretch goes on in the next one of its curve, the last one in the first one.
    begins, ends = np.append(True, c[1:] != c[:-1]), np.append(c[1:] != c[:-1], True)
    first_of = np.maximum.accumulate(np.where(begins, np.arange(len(side)), 0))
    after = np.where(ends, first_of, np.arange(len(side)) + 1)
    on: Bools = to_end & from_start[after] & (following == side[after])
    starts = np.ones(len(side), dtype=bool)
    starts[after[on]] = False
    # A curve without any start is uncovered all around.
    starts |= begins & (np.bincount(c, starts, minlength=len(sizes)) == 0)[c]
    seen = np.cumsum(starts)
    ahead = seen == (seen - starts)[first_of]
    last_of = np.zeros(len(sizes), dtype=np.int64)
    np.maximum.at(last_of, c, seen - 1)
    # What precedes the first start of a curve belongs to its last one.
    group = np.where(ahead, last_of[c], seen - 1)
    size = (high - low) * length[side]
    middle = p[side] + (q - p)[side] * ((low + high) / 2.0)[:, None]
    # The middle of the longest piece stands for the place.
    order = np.lexsort((-size, group))
    heads = order[np.append(True, group[order][1:] != group[order][:-1])]
    return Gaps(curve=c[heads], length_mm=np.bincount(group, weights=size).astype(np.float64), middle=middle[heads])
