"""
Slivers: waste between two cuts that run side by side, closer than a kerf.

Foil that narrow burns, curls and shorts. Two cuts of one line are merged before they come here; what is left is
refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.geometry import arcs
from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chain
from tfbpattern.geometry.circles import overlapping
from tfbpattern.geometry.collinear import SNAP_MM

# Formats, definitions: parallel within one degree, closer than the kerf, for more than 1 mm.
_PARALLEL = np.sin(np.radians(1.0))
# A millimetre exactly is none: nests let edges face each other for so long.
_LEAST_LENGTH_MM = 1.0 + SNAP_MM
# Fine enough that an arc that runs along another cut for a millimetre has a chord parallel to it.
_SAGITTA_MM = 1e-4
_BLOCK = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Sliver:
    """Length along the cuts, least distance between their centre lines, and a place on it."""

    length_mm: float
    distance_mm: float
    x_mm: float
    y_mm: float


def sliver_between(
    first: Chain, second: Chain, kerf_mm: float, by_mm: tuple[float, float] | None = None
) -> Sliver | None:
    """
    The sliver between two closed kerf paths, or within one path when both are the same object.

    With *by_mm*, between the first and the second moved by as much.
    """
    alone = first is second and by_mm is None
    a, b = _segments(first), _segments(second)
    if by_mm is not None:
        b = b + np.array(by_mm)
    size = np.hypot(*(a[:, 1] - a[:, 0]).T)
    total = float(size.sum())
    begin = np.cumsum(size) - size
    if not alone:
        # Only what lies in reach of the other path can be close to it.
        near, b = _near(a, b, kerf_mm), b[_near(b, a, kerf_mm)]
        a, size, begin = a[near], size[near], begin[near]
    if not len(a) or not len(b):
        return None
    u = (a[:, 1] - a[:, 0]) / size[:, None]
    v = b[:, 1] - b[:, 0]
    v = v / np.hypot(v[:, 0], v[:, 1])[:, None]
    i, j = _parallel_pairs(u, v)
    if alone:
        i, j = i[i < j], j[i < j]
    elif len(i):
        # Arcs that lie upon each other are one cut, though their chords are not the same.
        for centre, radius in _common_circles(first, second if by_mm is None else second.moved(*by_mm)):
            on_a, on_b = (np.abs(np.hypot(*(c - centre).T) - radius).max(axis=0) <= SNAP_MM for c in (a, b))
            apart = ~(on_a[i] & on_b[j])
            i, j = i[apart], j[apart]
    # Both ends of b in a's own frame: along it, and to its left.
    rel = b[j] - a[i, 0][:, None, :]
    along = rel[..., 0] * u[i, None, 0] + rel[..., 1] * u[i, None, 1]
    aside = rel[..., 1] * u[i, None, 0] - rel[..., 0] * u[i, None, 1]
    low, high = _where_close(along, aside, size[i], kerf_mm)
    close = high > low
    if not close.any():
        return None
    i, low, high, distance = i[close], low[close], high[close], np.abs(aside).min(axis=1)[close]
    # Stretches on neighbouring chords of one arc are one; along the first path they touch. Once more around, so that
    # what lies over the path's first vertex is in one piece too.
    twice = np.tile(np.arange(len(i)), 2)
    lap = np.repeat([0.0, total], len(i))
    start, end = lap + (begin[i] + low)[twice], lap + (begin[i] + high)[twice]
    order = np.argsort(start, kind="stable")
    start, end = start[order], end[order]
    reach = np.maximum.accumulate(end)
    begins = np.flatnonzero(np.append(True, start[1:] > reach[:-1] + SNAP_MM))
    lengths = np.minimum(np.maximum.reduceat(end, begins) - start[begins], total)
    if lengths.max() <= _LEAST_LENGTH_MM:
        return None
    longest = int(np.argmax(lengths))
    members = twice[order][begins[longest] : ([*list(begins), len(order)])[longest + 1]]
    k = int(members[0])
    x, y = a[i[k], 0] + u[i[k]] * (low[k] + high[k]) / 2.0
    return Sliver(
        length_mm=float(lengths.max()),
        distance_mm=float(distance[members].min()),
        x_mm=float(x),
        y_mm=float(y),
    )


def sliver_of_runs(runs: Floats, kerf_mm: float) -> Sliver | None:
    """
    The longest sliver between two straight runs (k, 2, 2).

    A run goes along many cells, and beside another one for longer than any two of their cells do.
    """
    lines = shapely.linestrings(runs)
    one, other = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=kerf_mm)
    one, other = one[one < other], other[one < other]
    way = runs[:, 1] - runs[:, 0]
    size = np.hypot(way[:, 0], way[:, 1])
    way = way / size[:, None]
    parallel = np.abs(way[one, 0] * way[other, 1] - way[one, 1] * way[other, 0]) <= _PARALLEL
    one, other = one[parallel], other[parallel]
    rel = runs[other] - runs[one, 0][:, None, :]
    along = rel[..., 0] * way[one, None, 0] + rel[..., 1] * way[one, None, 1]
    aside = rel[..., 1] * way[one, None, 0] - rel[..., 0] * way[one, None, 1]
    low, high = _where_close(along, aside, size[one], kerf_mm)
    if not len(low) or (high - low).max() <= _LEAST_LENGTH_MM:
        return None
    k = int(np.argmax(high - low))
    x, y = runs[one[k], 0] + way[one[k]] * (low[k] + high[k]) / 2.0
    return Sliver(
        length_mm=float(high[k] - low[k]), distance_mm=float(np.abs(aside[k]).min()), x_mm=float(x), y_mm=float(y)
    )


def _common_circles(first: Chain, second: Chain) -> Iterator[tuple[Floats, float]]:
    """Centre and radius of the arcs of one path that lie upon arcs of the other."""
    a0, a1, a_bulge = first.segments
    b0, b1, b_bulge = second.segments
    for k in np.flatnonzero(a_bulge).tolist():
        own = tuple(np.repeat(column[k : k + 1], len(b0), axis=0) for column in (a0, a1, a_bulge))
        if overlapping((own[0], own[1], own[2]), (b0, b1, b_bulge)).any():
            yield arcs.centres(a0[k], a1[k], a_bulge[k]), float(arcs.radii(a0[k], a1[k], a_bulge[k]))


def _parallel_pairs(u: Floats, v: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Numbers of the pairs of unit directions that are parallel; in blocks, since outlines may have many corners."""
    found_i, found_j = [], []
    for begin in range(0, len(u), _BLOCK):
        block = u[begin : begin + _BLOCK]
        i, j = np.nonzero(np.abs(block[:, None, 0] * v[None, :, 1] - block[:, None, 1] * v[None, :, 0]) <= _PARALLEL)
        found_i.append(i + begin)
        found_j.append(j)
    return np.concatenate(found_i), np.concatenate(found_j)


@lru_cache(maxsize=64)
def _segments(chain: Chain) -> Floats:
    points = chain.flattened(_SAGITTA_MM)
    segments = np.stack([points, np.roll(points, -1, axis=0)], axis=1)
    kept: Floats = segments[np.hypot(*(segments[:, 1] - segments[:, 0]).T) > 0.0]
    return kept


def _near(segments: Floats, others: Floats, reach: float) -> NDArray[np.bool_]:
    """Which segments come within *reach* of the box around the others."""
    low, high = others.reshape(-1, 2).min(axis=0) - reach, others.reshape(-1, 2).max(axis=0) + reach
    near: NDArray[np.bool_] = ((segments.max(axis=1) >= low) & (segments.min(axis=1) <= high)).all(axis=1)
    return near


def _where_close(along: Floats, aside: Floats, size: Floats, kerf_mm: float) -> tuple[Floats, Floats]:
    """
    The stretch of each first segment beside which the second lies closer than the kerf, but not on its line.

    along, aside: (k, 2), the second segment's ends in the first one's frame.
    """
    span = along[:, 1] - along[:, 0]
    span = np.where(span == 0.0, 1e-30, span)
    slope = (aside[:, 1] - aside[:, 0]) / span
    low, high = np.maximum(along.min(axis=1), 0.0), np.minimum(along.max(axis=1), size)
    same_line = np.abs(aside).max(axis=1) <= SNAP_MM
    limit = kerf_mm - SNAP_MM
    # |aside0 + slope (t - along0)| < limit
    with np.errstate(divide="ignore", invalid="ignore"):
        t0 = along[:, 0] + (-limit - aside[:, 0]) / slope
        t1 = along[:, 0] + (limit - aside[:, 0]) / slope
    level = slope == 0.0
    inside = np.abs(aside[:, 0]) < limit
    low = np.where(level, np.where(inside, low, np.inf), np.maximum(low, np.fmin(t0, t1)))
    high = np.where(level, high, np.minimum(high, np.fmax(t0, t1)))
    return np.where(same_line | (low >= high), 0.0, low), np.where(same_line | (low >= high), 0.0, high)
