"""Where closed chains may be entered, and the same chains from another start."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tfbpattern.geometry import arcs
from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chains

Ints = NDArray[np.int64]

# Between two ways into an arc it turns by this much at most (ours: a circle then has a way in for each neighbour).
_ARC_STEP = np.pi / 4.0
# Ways into one chain at most (ours: a search takes the square of their number; of a cell's sixty or more a neighbour
# is never much nearer to one than to the next).
_MOST = 64


class Seams(NamedTuple):
    """
    Ways into closed chains, by chain: on segment ``segment[k]`` of ``chain[k]``, after ``fraction[k]`` of it.

    ``points`` (k, 2) are where that is.
    """

    chain: Ints
    segment: Ints
    fraction: Floats
    points: Floats


def seams_of(chains: Chains) -> Seams:
    """Every vertex of every closed chain, and points along its arcs; of more than 64 as many at even steps."""
    p0, p1, bulge, owner = chains.segments
    own = chains.closed[owner]
    p0, p1, bulge, owner = p0[own], p1[own], bulge[own], owner[own]
    first = np.searchsorted(owner, owner)
    segment = np.arange(len(owner)) - first
    # A little less, so that an arc of exactly one step is none of two.
    count = np.maximum(np.ceil(4.0 * np.arctan(np.abs(bulge)) / _ARC_STEP - 1e-6), 1.0).astype(np.int64)
    source = np.repeat(np.arange(len(owner)), count)
    step = np.arange(len(source)) - np.repeat(np.cumsum(count) - count, count)
    few = _few(owner[source])
    source, step = source[few], step[few]
    fraction = step / count[source]
    points = p0[source]
    within = step > 0
    at = source[within]
    points[within] = arcs.point_at(p0[at], p1[at], bulge[at], fraction[within])
    return Seams(owner[source], segment[source], fraction, points)


def _few(owner: Ints) -> NDArray[np.bool_]:
    """Which of the ways in, by chain in order, are kept."""
    first = np.searchsorted(owner, owner)
    rank = np.arange(len(owner)) - first
    size = np.searchsorted(owner, owner, side="right") - first
    kept: NDArray[np.bool_] = (size <= _MOST) | (rank * _MOST // size != (rank - 1) * _MOST // size)
    return kept


def restarted(chains: Chains, segment: Ints, fraction: Floats) -> Chains:
    """
    The chains, each from another start: on its segment ``segment[i]``, after ``fraction[i]`` (0 to 1) of it.

    Within a segment that takes one more vertex. Of open chains both are 0.
    """
    sizes = np.diff(chains.offsets)
    inside = fraction > 0.0
    new_sizes = sizes + inside
    offsets = np.concatenate([[0], np.cumsum(new_sizes)]).astype(np.int64)
    owner = np.repeat(np.arange(len(chains)), new_sizes)
    place = np.arange(offsets[-1]) - offsets[:-1][owner]
    source = chains.offsets[:-1][owner] + (segment[owner] + place) % sizes[owner]
    vertices = chains.vertices[source]
    if inside.any():
        cut = np.flatnonzero(inside)
        start = chains.offsets[:-1][cut] + segment[cut]
        after = chains.offsets[:-1][cut] + (segment[cut] + 1) % sizes[cut]
        p0, p1, bulge = chains.vertices[start, :2], chains.vertices[after, :2], chains.vertices[start, 2]
        part = np.arctan(bulge)
        begin, end = offsets[:-1][cut], offsets[1:][cut] - 1
        vertices[begin, :2] = np.round(arcs.point_at(p0, p1, bulge, fraction[cut]), 9) + 0.0
        vertices[begin, 2] = np.tan(part * (1.0 - fraction[cut]))
        vertices[end, 2] = np.tan(part * fraction[cut])
    return Chains(vertices=vertices, offsets=offsets, closed=chains.closed)
