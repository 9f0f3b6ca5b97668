"""
Rings as straight runs: each straight side belongs to a line across the sheet, on which the laser is gated in motion.

A machine with limited acceleration stops nearly at every corner of a ring; on a line of sides it does not. Sides are
lengthened by the overcut where the ring turns left, so that two of them cross there; where it turns right, that would
cut into the active area, and they just meet.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from tfbpattern.geometry import arcs
from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chains
from tfbpattern.geometry.collinear import SNAP_MM, merged
from tfbpattern.geometry.seams import restarted
from tfbpattern.geometry.sweeps import by_block
from tfbpattern.model.nest import Ints
from tfbpattern.model.toolpath import Operation
from tfbpattern.routing.ordered import Ordered
from tfbpattern.routing.serpentine import in_rows

# Sine of the least turn that makes a corner (ours: one degree; less is the chord of a curve).
_CORNER = np.sin(np.radians(1.0))


def straight_runs(operation: Operation) -> Ordered | None:
    """
    The sides of closed strokes in runs to and fro, then what is curved, cell by cell.

    Open strokes are run along with them. None where strokes may not be parted, where none has a straight side between
    two corners, or where the overcut would leave the cell.
    """
    return _parted(operation, at_arcs=False)


def straight_runs_and_arcs(operation: Operation) -> Ordered | None:
    """The same, with arcs parted from straight sides that run into them: round corners then stand in no run's way."""
    return _parted(operation, at_arcs=True)


def _parted(operation: Operation, *, at_arcs: bool) -> Ordered | None:
    if operation.room_mm is None or operation.run_on_mm > operation.room_mm or not operation.strokes.closed.any():
        return None
    opened = np.flatnonzero(~operation.strokes.closed)
    others = operation.strokes.taken(opened)
    operation = _closed(operation)
    strokes = operation.strokes
    p0, p1, bulge, owner = strokes.segments
    start, end = arcs.tangents(p0, p1, bulge)
    corner, left = _joints(strokes, at_arcs=at_arcs)
    if at_arcs and not (corner & (bulge != 0.0)).any():
        return None
    following = _following(owner)
    side = (bulge == 0.0) & corner & corner[following]
    if not side.any():
        return None
    before = np.where(left, operation.run_on_mm, 0.0)
    after = before[following]
    sides = np.stack([p0 - start * before[:, None], p1 + end * after[:, None]], axis=1)[side]
    curved, row, column = _curved(operation, corner, at_arcs=at_arcs)
    straight = (np.diff(others.offsets) == 2) & (others.vertices[others.offsets[:-1], 2] == 0.0)
    lines = others.taken(np.flatnonzero(straight))
    sides = np.concatenate([sides, lines.vertices[:, :2].reshape(-1, 2, 2)])
    bent = others.taken(np.flatnonzero(~straight))
    return Ordered.anew(Chains.joined([_to_and_fro(sides), in_rows(curved, row, column).strokes, bent]))


def _closed(operation: Operation) -> Operation:
    """The closed strokes alone."""
    which = np.flatnonzero(operation.strokes.closed)
    return dataclasses.replace(
        operation,
        strokes=operation.strokes.taken(which),
        row=operation.row[which],
        column=operation.column[which],
    )


def _following(owner: Ints) -> Ints:
    """For each segment of closed chains the one after it."""
    following = np.arange(1, len(owner) + 1)
    last = np.append(np.flatnonzero(owner[1:] != owner[:-1]), len(owner) - 1)
    following[last] = np.append(0, last[:-1] + 1)
    return following


def _joints(strokes: Chains, *, at_arcs: bool) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether a ring is parted where a segment begins, and whether it turns left there."""
    p0, p1, bulge, owner = strokes.segments
    start, end = arcs.tangents(p0, p1, bulge)
    following = _following(owner)
    before, bend = np.empty_like(end), np.empty_like(bulge)
    before[following], bend[following] = end, bulge
    turn = before[:, 0] * start[:, 1] - before[:, 1] * start[:, 0]
    corner = (np.abs(turn) > _CORNER) | ((before * start).sum(axis=1) < 0.0)
    if not at_arcs:
        return corner, turn > 0.0
    smooth = ~corner & ((bulge == 0.0) != (bend == 0.0))
    return corner | smooth, np.where(smooth, bulge + bend > 0.0, turn > 0.0)


def _curved(operation: Operation, corner: NDArray[np.bool_], *, at_arcs: bool) -> tuple[Chains, Ints, Ints]:
    """What lies between corners and is no straight side, lengthened likewise; and rows and columns to go by."""
    strokes = operation.strokes
    _, _, _, owner = strokes.segments
    cornered = np.bincount(owner, corner, minlength=len(strokes)) > 0
    smooth = np.flatnonzero(~cornered)
    parted = np.flatnonzero(cornered)
    # From a corner of theirs on, so that no piece runs over the start.
    number = np.arange(len(owner)) - np.searchsorted(owner, owner)
    at_corner = np.flatnonzero(corner)
    first = number[at_corner[np.searchsorted(owner[at_corner], parted)]]
    begun = restarted(strokes.taken(parted), first, np.zeros(len(parted)))
    pieces, of = _pieces(begun, operation.run_on_mm, at_arcs=at_arcs)
    of = np.concatenate([smooth, parted[of]])
    every = Chains.joined([strokes.taken(smooth), pieces])
    return every, *_by_hub(every, strokes.boxes_mm[of], operation.row[of], operation.column[of])


def _by_hub(pieces: Chains, rings: Floats, row: Ints, column: Ints) -> tuple[Ints, Ints]:
    """
    Rows and columns of the places where four rings meet, for *pieces* of rings with these boxes, rows and columns.

    At each place down on the side that one comes from, across, and up.
    """
    boxes = pieces.boxes_mm
    aside = (boxes[:, :2] + boxes[:, 2:] - rings[:, :2] - rings[:, 2:]) / 2.0 > SNAP_MM
    right, top = aside[:, 0], aside[:, 1]
    # What is on the right of its ring is on the left of the place.
    turn = np.where(right, np.where(top, 1, 0), np.where(top, 2, 3))
    return row + top, 4 * (column + right) + turn


def _pieces(strokes: Chains, overcut_mm: float, *, at_arcs: bool) -> tuple[Chains, Ints]:
    """Closed strokes that begin at a corner, parted at their corners, without straight sides; and whose they are."""
    p0, p1, bulge, owner = strokes.segments
    start, end = arcs.tangents(p0, p1, bulge)
    corner, left = _joints(strokes, at_arcs=at_arcs)
    following = _following(owner)
    kept = ~((bulge == 0.0) & corner & corner[following])
    first, last = kept & corner, kept & corner[following]
    lead = first & left if overcut_mm > 0.0 else first & False
    trail = last & left[following] if overcut_mm > 0.0 else last & False
    number = np.arange(len(owner))
    rows = [
        (number[lead] * 4, p0[lead] - start[lead] * overcut_mm, np.zeros(int(lead.sum()))),
        (number[kept] * 4 + 1, p0[kept], bulge[kept]),
        (number[last] * 4 + 2, p1[last], np.zeros(int(last.sum()))),
        (number[trail] * 4 + 3, p1[trail] + end[trail] * overcut_mm, np.zeros(int(trail.sum()))),
    ]
    place = np.concatenate([row[0] for row in rows])
    order = np.argsort(place, kind="stable")
    vertices = np.column_stack([np.concatenate([row[1] for row in rows]), np.concatenate([row[2] for row in rows])])
    # A piece begins with the first of what its first segment adds.
    piece = np.cumsum(first) - 1
    count = int(first.sum())
    sizes = np.bincount(piece[place // 4], minlength=count)
    return (
        Chains(
            vertices=vertices[order],
            offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            closed=np.zeros(count, dtype=bool),
        ),
        owner[first],
    )


def _to_and_fro(sides: Floats) -> Chains:
    """Straight sides (k, 2, 2) line by line."""
    runs, line = merged(sides, np.empty((0, 2, 2)))
    # A missing cell is passed over in motion; a wider gap parts two blocks of cells.
    longest = float(np.hypot(*(runs[:, 1] - runs[:, 0]).T).max())
    return in_rows(Chains.straight(runs), *by_block(runs, line, longest)).strokes
