"""
Trails: open strokes that meet are marked in one go, straight on where that can be.

Where many meet, ends are paired by the least turn, so that one end at most is left over at each point: as few strokes
as the graph of the cuts has pairs of odd points, but for cuts that only touch each other end to end in circles.
"""

from __future__ import annotations

import numpy as np
import shapely

from tfbpattern.geometry import arcs
from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chains
from tfbpattern.geometry.collinear import SNAP_MM
from tfbpattern.model.nest import Ints
from tfbpattern.model.toolpath import Operation
from tfbpattern.routing.ordered import Ordered
from tfbpattern.routing.serpentine import serpentine
from tfbpattern.routing.trail_kernels import followed, paired


def trails(operation: Operation) -> Ordered | None:
    """Joined strokes in the order in which serpentine comes to them; None where no two of them meet."""
    strokes = serpentine(operation).strokes
    opened = np.flatnonzero(~strokes.closed)
    if len(opened) < 2:
        return None
    pieces = strokes.taken(opened)
    first, second = _meetings(pieces)
    if not len(first):
        return None
    partner = paired(first, second, 2 * len(pieces))
    entries, walk = followed(partner)
    joined = _joined(pieces, entries, walk, partner)
    # Each in the place of the stroke that it begins with.
    begins = np.append(True, walk[1:] != walk[:-1])
    place = np.concatenate([np.flatnonzero(strokes.closed), opened[entries[begins] // 2]])
    whole = strokes.taken(np.flatnonzero(strokes.closed))
    return Ordered.anew(Chains.joined([whole, joined]).taken(np.argsort(place, kind="stable")))


def _meetings(strokes: Chains) -> tuple[Ints, Ints]:
    """Pairs of ends at one point, those with the least turn first; of equal ones those that bend left."""
    p0, p1, bulge, owner = strokes.segments
    start, end = arcs.tangents(p0, p1, bulge)
    head = np.searchsorted(owner, np.arange(len(strokes)))
    tail = np.append(head[1:], len(owner)) - 1
    points = _by_end(strokes.starts, strokes.ends)
    # Into the stroke from either end, and how it bends there.
    into = _by_end(start[head], -end[tail])
    bend = _by_end(bulge[head], -bulge[tail])
    spots = shapely.points(points)
    first, second = shapely.STRtree(spots).query(spots, predicate="dwithin", distance=SNAP_MM)
    once = first < second
    first, second = first[once], second[once]
    turn = 1.0 + (into[first] * into[second]).sum(axis=1)
    # Where a straight cut may go on into either of two arcs, each of its ends then finds one of its own.
    side = np.where(bend[first] == 0.0, bend[second], np.where(bend[second] == 0.0, bend[first], 0.0))
    order = np.lexsort((second, first, -np.sign(side), np.round(turn, 6)))
    return first[order], second[order]


def _by_end(at_start: Floats, at_end: Floats) -> Floats:
    """Start and end of each stroke in turn."""
    return np.stack([at_start, at_end], axis=1).reshape(-1, *at_start.shape[1:])


def _joined(pieces: Chains, entries: Ints, walk: Ints, partner: Ints) -> Chains:
    """Walks through the pieces as chains."""
    run = pieces.taken(entries // 2).turned_back(entries % 2 == 1)
    begins = np.append(True, walk[1:] != walk[:-1])
    ends = np.append(begins[1:], True)
    first, last = entries[begins], entries[ends] ^ 1
    closed = partner[last] == first
    # The last point of a piece is the first of the next one, and of a closed walk that of its first.
    dropped = ~ends | closed[walk]
    kept = np.ones(len(run.vertices), dtype=bool)
    kept[run.offsets[1:][dropped] - 1] = False
    sizes = np.bincount(walk, np.diff(run.offsets) - dropped).astype(np.int64)
    return Chains(
        vertices=run.vertices[kept], offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), closed=closed
    )
