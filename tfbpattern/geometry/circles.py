"""Arcs that lie on one circle: which do, which overlap, and many of them as few."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tfbpattern.geometry import arcs
from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chains
from tfbpattern.geometry.collinear import SNAP_MM, stretches
from tfbpattern.units import NM_PER_MM

Ints = NDArray[np.int64]
Segments = tuple[Floats, Floats, Floats]
"""Starts (n, 2), ends (n, 2) and bulges (n,)."""

# An arc of more is written as two, since the bulge of a whole circle would be infinite.
_MOST = 1.5 * np.pi


def overlapping(first: Segments, second: Segments) -> NDArray[np.bool_]:
    """Whether two arcs each (n,) lie on one circle and upon each other for some length; run either way."""
    with np.errstate(divide="ignore", invalid="ignore"):
        near = _on_circle(first, second) & _on_circle(second, first) & (first[2] != 0.0) & (second[2] != 0.0)
    found = np.zeros(len(near), dtype=bool)
    at = np.flatnonzero(near)
    if not len(at):
        return found
    a: Segments = (first[0][at], first[1][at], first[2][at])
    b: Segments = (second[0][at], second[1][at], second[2][at])
    centre, radius = arcs.centres(*a), arcs.radii(*a)
    start, sweep = _angles(a, centre)
    other, its = _angles(b, centre)
    snap = 2.0 * SNAP_MM / radius
    ahead, behind = (other - start) % (2.0 * np.pi), (start - other) % (2.0 * np.pi)
    # What begins a rounding before the start begins at it.
    begins_within = (ahead < sweep - snap) | (2.0 * np.pi - ahead < snap)
    found[at] = begins_within | (behind < its - snap) | (2.0 * np.pi - behind < snap)
    return found


def _on_circle(own: Segments, other: Segments) -> NDArray[np.bool_]:
    """Whether the ends and the middle of each other arc are on the circle of the own one."""
    centre, radius = arcs.centres(*own), arcs.radii(*own)
    middle = arcs.point_at(*other, np.full(len(radius), 0.5))
    off = [np.abs(np.hypot(*(point - centre).T) - radius) for point in (other[0], middle, other[1])]
    on: NDArray[np.bool_] = np.max(off, axis=0) <= SNAP_MM
    return on


def _angles(segments: Segments, centre: Floats) -> tuple[Floats, Floats]:
    """Where each arc begins, counter-clockwise about a centre, and how far it goes."""
    p0, p1, bulge = segments
    first = np.where((bulge > 0.0)[:, None], p0, p1) - centre
    return np.arctan2(first[:, 1], first[:, 0]), 4.0 * np.arctan(np.abs(bulge))


def united(segments: Segments, circle: Ints, is_gap: NDArray[np.bool_]) -> Chains:
    """
    The union of arcs on numbered circles (n,), less those that are gaps, as counter-clockwise chains, circle by circle.

    A circle that is covered all around is a closed chain. Each circle has an arc that is no gap.
    """
    if not len(circle):
        return Chains.of([])
    _, circle = np.unique(circle, return_inverse=True)
    # The circle of the longest arc is known best; of equals that of the lowest, so that their order decides nothing.
    sweep = 4.0 * np.arctan(np.abs(segments[2]))
    centres = arcs.centres(*segments)
    place = np.round(centres, 6)
    order = np.lexsort((place[:, 1], place[:, 0], _begin(segments), -np.round(sweep, 9), is_gap, circle))
    known = order[np.searchsorted(circle[order], np.arange(circle.max() + 1))]
    centre, radius = centres[known], arcs.radii(*segments)[known]
    begin = _angles(segments, centres)[0][known]
    start, sweep = _angles(segments, centre[circle])
    around = np.rint(2.0 * np.pi * radius * NM_PER_MM).astype(np.int64)
    low = np.rint(((start - begin[circle]) % (2.0 * np.pi)) * radius[circle] * NM_PER_MM).astype(np.int64)
    # A rounding before the beginning is the beginning.
    low = np.where(around[circle] - low <= round(2.0 * SNAP_MM * NM_PER_MM), 0, low)
    high = low + np.rint(sweep * radius[circle] * NM_PER_MM).astype(np.int64)
    over = high > around[circle]
    begins, ends, on, _ = stretches(
        np.concatenate([circle, circle[over]]),
        np.concatenate([low, np.zeros(int(over.sum()), dtype=np.int64)]),
        np.concatenate([np.minimum(high, around[circle]), (high - around[circle])[over]]),
        np.concatenate([is_gap, is_gap[over]]),
    )
    return _drawn(begins, ends, on, around, centre, radius, begin)


def _begin(segments: Segments) -> Floats:
    """Where each arc begins, about its own centre, to a microradian."""
    return np.round(_angles(segments, arcs.centres(*segments))[0], 6)


def _drawn(begins: Ints, ends: Ints, on: Ints, around: Ints, centre: Floats, radius: Floats, zero: Floats) -> Chains:
    """Stretches of circles as chains; what ends where the circle begins goes on with what begins there."""
    snap = round(SNAP_MM * NM_PER_MM)
    first = np.append(True, on[1:] != on[:-1])[: len(on)]
    last = np.append(on[1:] != on[:-1], True)[: len(on)]
    whole = (ends - begins) >= around[on] - snap
    at_zero, at_full = first & (begins <= snap) & ~whole, last & (ends >= around[on] - snap) & ~whole
    both = np.intersect1d(on[at_zero], on[at_full])
    ends = ends.copy()
    joined = at_full & np.isin(on, both)
    ends[joined] += ends[at_zero & np.isin(on, both)]
    kept = ~(at_zero & np.isin(on, both))
    begins, ends, on, whole = begins[kept], ends[kept], on[kept], whole[kept]
    start = zero[on] + begins / (radius[on] * NM_PER_MM)
    sweep = np.where(whole, 2.0 * np.pi, (ends - begins) / (radius[on] * NM_PER_MM))
    parts = np.where(sweep > _MOST, 2, 1)
    sizes = parts + ~whole
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    owner = np.repeat(np.arange(len(on)), sizes)
    place = np.arange(offsets[-1]) - offsets[:-1][owner]
    angle = start[owner] + sweep[owner] * place / parts[owner]
    points = centre[on[owner]] + radius[on[owner], None] * np.column_stack([np.cos(angle), np.sin(angle)])
    bulge = np.where(place < parts[owner], np.tan(sweep / parts / 4.0)[owner], 0.0)
    return Chains(vertices=np.column_stack([np.round(points, 9) + 0.0, bulge]), offsets=offsets, closed=whole)
