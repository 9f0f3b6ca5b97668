"""
Many straight segments as few: overlapping and touching ones on one line merged, gaps taken out.

Decisions are taken on nanometres: segments belong to one line when they deviate from it by a few of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tfbpattern.geometry.arcs import Floats
from tfbpattern.units import NM_PER_MM

Ints = NDArray[np.int64]

SNAP_MM = 5e-6
"""Lines closer than this are one, and a gap shorter than this is none (ours: rounding to 1 nm, a few times over)."""

# Directions closer than this (radians) are one: ends on whole nanometres turn a segment of a millimetre by as much.
_SAME_DIRECTION = 1e-6


def merged(segments: Floats, gaps: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """
    The union of *segments* (n, 2, 2), less *gaps* (m, 2, 2) on their lines, as straight stretches.

    Returns the stretches (k, 2, 2), each towards +x (or +y where upright), and the number of the line (k,) that
    each lies on. Lines are numbered by direction, then by distance from the origin; stretches are in order.
    """
    runs, line, _ = layered(segments, gaps)
    return runs, line


def layered(segments: Floats, gaps: Floats) -> tuple[Floats, NDArray[np.int64], NDArray[np.bool_]]:
    """The same, and for each stretch whether two segments lie upon each other anywhere on it."""
    nothing = np.empty((0, 2, 2)), np.empty(0, dtype=np.int64), np.empty(0, dtype=bool)
    if not len(segments):
        return nothing
    every = np.concatenate([segments, gaps])
    line, direction, distance = _lines(every)
    along = np.rint((every * direction[line][:, None, :]).sum(axis=2) * NM_PER_MM).astype(np.int64)
    is_gap = np.arange(len(every)) >= len(segments)
    start, end, on, twice = stretches(line, along.min(axis=1), along.max(axis=1), is_gap)
    if not len(start):
        return nothing
    unit = direction[on]
    foot = distance[on, None] * np.column_stack([-unit[:, 1], unit[:, 0]])
    ends = np.stack([start, end], axis=1)[:, :, None] / NM_PER_MM
    # A line on which gaps leave nothing has no number.
    _, on = np.unique(on, return_inverse=True)
    return np.round(foot[:, None, :] + ends * unit[:, None, :], 9) + 0.0, on, twice


def stretches(
    line: Ints, low: Ints, high: Ints, is_gap: NDArray[np.bool_]
) -> tuple[Ints, Ints, Ints, NDArray[np.bool_]]:
    """
    The union of intervals on many lines, less those that are gaps; nanometres along their lines.

    Start, end and line of each stretch, line by line and in order; and whether two intervals lie upon each other on it.
    """
    covers, blocks = np.where(is_gap, 0, 1), np.where(is_gap, 1, 0)
    position, of_line = np.concatenate([low, high]), np.concatenate([line, line])
    order = np.lexsort((position, of_line))
    position, of_line = position[order], of_line[order]
    covered = np.cumsum(np.concatenate([covers, -covers])[order])
    blocked = np.cumsum(np.concatenate([blocks, -blocks])[order])
    # Past the last event of a line nothing covers it, so no stretch reaches over to the next line.
    lit = np.flatnonzero((covered[:-1] > 0) & (blocked[:-1] == 0) & (position[1:] > position[:-1]))
    if not len(lit):
        return lit, lit, lit, np.empty(0, dtype=bool)
    start, end, on = position[lit], position[lit + 1], of_line[lit]
    snap = round(SNAP_MM * NM_PER_MM)
    begins = np.append(True, (on[1:] != on[:-1]) | (start[1:] - end[:-1] > snap))
    last = np.append(np.flatnonzero(begins)[1:] - 1, len(begins) - 1)
    twice = np.logical_or.reduceat((covered[lit] > 1) & (end - start > snap), np.flatnonzero(begins))
    start, end, on = start[begins], end[last], on[begins]
    long_enough = end - start > snap
    return start[long_enough], end[long_enough], on[long_enough], twice[long_enough]


def _lines(segments: Floats) -> tuple[NDArray[np.int64], Floats, Floats]:
    """For each segment the number of its line; for each line its unit direction and signed distance."""
    delta = segments[:, 1] - segments[:, 0]
    size = np.hypot(delta[:, 0], delta[:, 1])
    angle = np.arctan2(delta[:, 1], delta[:, 0]) % np.pi
    angle[np.pi - angle < _SAME_DIRECTION] -= np.pi
    by_angle = np.argsort(angle, kind="stable")
    fresh = np.append(True, np.diff(angle[by_angle]) > _SAME_DIRECTION)
    bearing = np.empty(len(segments), dtype=np.int64)
    bearing[by_angle] = np.cumsum(fresh) - 1
    # Long segments know their direction best.
    weight = np.maximum(size, 1e-12)
    mean = np.bincount(bearing, angle * weight) / np.bincount(bearing, weight)
    unit = np.column_stack([np.cos(mean), np.sin(mean)])
    unit[unit[:, 0] < 0.0] *= -1.0
    # Along the axes exactly, so that a grid's lines have the coordinates of its cells.
    near_axis = np.abs(unit).min(axis=1) < _SAME_DIRECTION
    unit[near_axis] = np.abs(np.rint(unit[near_axis]))
    middle = segments.mean(axis=1)
    distance = middle[:, 1] * unit[bearing, 0] - middle[:, 0] * unit[bearing, 1]
    order = np.lexsort((distance, bearing))
    fresh = np.append(True, (np.diff(bearing[order]) > 0) | (np.diff(distance[order]) > SNAP_MM))
    line = np.empty(len(segments), dtype=np.int64)
    line[order] = np.cumsum(fresh) - 1
    first = order[fresh]
    return line, unit[bearing[first]], distance[first]
