"""
Hubs: closed strokes of four neighbours begin where these meet, so that one long way serves four.

In a lattice this is the closed form of choosing seams and order together: between the seams of four neighbours lie two
of their setbacks, and from one meeting place to the next it is two of the shorter pitches.
"""

from __future__ import annotations

import numpy as np

from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chains
from tfbpattern.geometry.seams import restarted, seams_of
from tfbpattern.model.nest import Ints
from tfbpattern.model.toolpath import Operation
from tfbpattern.routing.ordered import Ordered


def hubs(operation: Operation) -> Ordered | None:
    """The strokes, two rows by two columns at a time; None where there are open strokes."""
    strokes = operation.strokes
    if not strokes.closed.all() or not len(strokes):
        return None
    _, row = np.unique(operation.row, return_inverse=True)
    column = operation.column - operation.column.min()
    _, hub = np.unique(row // 2 * (column.max() + 1) + column // 2, return_inverse=True)
    boxes = strokes.boxes_mm
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2.0
    size = np.bincount(hub)
    centres = np.stack([np.bincount(hub, middles[:, axis]) / size for axis in (0, 1)], axis=1)
    strokes = _entered_nearest(strokes, centres[hub])
    starts = strokes.starts
    orders = [_to_and_fro(a, b) for a, b in ((row, column), (column, row))]
    order = min(orders, key=lambda way: round(float(np.hypot(*np.diff(starts[way], axis=0).T).sum()), 6))
    return Ordered(strokes.taken(order), order)


def _entered_nearest(strokes: Chains, points: Floats) -> Chains:
    """Each stroke from its way in that is nearest to a point (m, 2) of its own."""
    seams = seams_of(strokes)
    away = np.hypot(*(seams.points - points[seams.chain]).T)
    # To the nanometre, so that of equally good ones the first is taken on every machine.
    best = np.lexsort((np.arange(len(away)), np.round(away, 6), seams.chain))
    first = best[np.searchsorted(seams.chain[best], np.arange(len(strokes)))]
    return restarted(strokes, seams.segment[first], seams.fraction[first])


def _to_and_fro(lane: Ints, along: Ints) -> Ints:
    """By pairs of lanes, to and fro, along them two by two; within a hub around its middle."""
    back = (lane // 2) % 2 == 1
    going = np.where(back, -(along // 2), along // 2)
    # In first, across, back: around the hub, from the side that one comes from.
    first = (along % 2 == 1) == back
    inner = np.where(first, lane % 2, 3 - lane % 2)
    return np.lexsort((inner, going, lane // 2))
