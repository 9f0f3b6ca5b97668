"""
Slivers: cuts that run side by side, closer than the kerf, for more than a millimetre (formats, definitions).

What stands between them is no piece but burns, curls and shorts. Distances are those between the middles of the cuts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import shapely

from tfbpattern.model.finding import Finding
from tfbpattern.proof.curves import Bools, Floats, Ints, Moves
from tfbpattern.proof.nearness import Cuts
from tfbpattern.proof.shapes import slack_mm
from tfbpattern.proof.sheet import Sheet

# Formats, definitions: parallel within one degree, for more than 1 mm.
_LENGTH_MM = 1.0
_TURN_RAD = math.radians(1.0)
# Curves are compared in steps of this: a sliver's length is known to one step at either end (ours).
_STEP_MM = 0.02
# Within a degree of each other over a millimetre curves bend alike, to within this; shorter ones may differ by three
# times as much and count for a third of a millimetre at most (1 / mm).
_BEND = 3.0 * 2.0 * _TURN_RAD / _LENGTH_MM


def check(sheet: Sheet, cuts: Cuts) -> Iterator[Finding]:
    """No two cuts run side by side, lines or arcs."""
    slack = slack_mm(sheet.job)
    kerf_mm = sheet.job.singulation.kerf_mm
    marks = sheet.marks["singulation"]
    if kerf_mm <= 2.0 * slack or not len(marks):
        return
    long = marks.lengths_mm > slack
    both = long[cuts.one] & long[cuts.other]
    one, other = _side_by_side(marks, cuts.one[both], cuts.other[both])
    straight = (marks.sweep_rad[one] == 0.0) & (marks.sweep_rad[other] == 0.0)
    yield from _told(_of_lines(marks, one[straight], other[straight], slack, kerf_mm), kerf_mm)
    yield from _twice(sheet, marks, one[straight], other[straight], slack)
    yield from _told(_of_curves(marks, one[~straight], other[~straight], slack, kerf_mm), kerf_mm)


def _told(found: Iterator[tuple[float, float, Floats]], kerf_mm: float) -> Iterator[Finding]:
    for apart_mm, length_mm, spot in found:
        yield Finding(
            rule="singulation.sliver",
            message=f"two cuts run {apart_mm:.4f} mm beside each other for {length_mm:.3f} mm; the kerf is"
            f" {kerf_mm:g} mm",
            measured=apart_mm,
            limit=kerf_mm,
            x_mm=float(spot[0]),
            y_mm=float(spot[1]),
        )


def _side_by_side(marks: Moves, one: Ints, other: Ints) -> tuple[Ints, Ints]:
    """Those pairs of marks that may run side by side: parallel, or bent alike."""
    arc = marks.sweep_rad != 0.0
    way = marks.end - marks.start
    size = np.hypot(way[:, 0], way[:, 1])
    way = way / np.where(arc | (size == 0.0), 1.0, size)[:, None]
    bend = np.where(arc, 1.0 / np.where(arc, marks.radii_mm, 1.0), 0.0)
    turned = np.abs(way[one, 0] * way[other, 1] - way[one, 1] * way[other, 0])
    both = arc[one] & arc[other]
    centres = np.hypot(*(marks.centre[one] - marks.centre[other]).T)
    # One inside the other they bend the same way; side by side or a line, against each other.
    inside = both & (centres < np.maximum(marks.radii_mm[one], marks.radii_mm[other]))
    apart = np.where(inside, np.abs(bend[one] - bend[other]), bend[one] + bend[other])
    # Two arcs of one circle are one curve.
    same = inside & (centres < 1e-4) & (np.abs(marks.radii_mm[one] - marks.radii_mm[other]) < 1e-4)
    kept = np.where(arc[one] | arc[other], (apart <= _BEND) & ~same, turned <= math.sin(_TURN_RAD))
    return one[kept], other[kept]


def _twice(sheet: Sheet, marks: Moves, one: Ints, other: Ints, slack: float) -> Iterator[Finding]:
    """No line is cut twice, but for what strokes run on past their ends and in before them."""
    singulation = sheet.job.singulation
    allowed_mm = max(_LENGTH_MM, 2.0 * (singulation.overcut_mm + singulation.lead_in_mm)) + 2.0 * slack
    length, beside, spots = _facing(marks, one, other)
    for k in np.flatnonzero((length > allowed_mm) & (beside.max(axis=0) <= slack)).tolist():
        yield Finding(
            rule="singulation.twice",
            message=f"{float(length[k]):.3f} mm are cut twice in one pass",
            measured=float(length[k]),
            limit=allowed_mm,
            x_mm=float(spots[k, 0]),
            y_mm=float(spots[k, 1]),
        )


def _of_lines(
    marks: Moves, one: Ints, other: Ints, slack: float, kerf_mm: float
) -> Iterator[tuple[float, float, Floats]]:
    length, beside, spots = _facing(marks, one, other)
    # One line twice is no sliver, and is told as what it is.
    close = (length > _LENGTH_MM + 2.0 * slack) & (beside.max(axis=0) > slack) & (beside.max(axis=0) < kerf_mm - slack)
    for k in np.flatnonzero(close).tolist():
        yield float(beside[:, k].min()), float(length[k]), spots[k]


def _facing(marks: Moves, one: Ints, other: Ints) -> tuple[Floats, Floats, Floats]:
    """Over what length pairs of lines face each other, how far the other's ends lie beside the one, and where."""
    way = marks.end[one] - marks.start[one]
    size = np.hypot(way[:, 0], way[:, 1])
    along = way / size[:, None]
    # Both ends of the other in the frame of the one: along it, and beside it.
    ends = [points[other] - marks.start[one] for points in (marks.start, marks.end)]
    t = np.sort(np.stack([(end * along).sum(axis=1) for end in ends]), axis=0)
    beside = np.abs(np.stack([along[:, 0] * end[:, 1] - along[:, 1] * end[:, 0] for end in ends]))
    first: Floats = np.maximum(t[0], 0.0)
    length: Floats = np.minimum(t[1], size) - first
    return length, beside, marks.start[one] + along * (first + length / 2.0)[:, None]


def _of_curves(
    marks: Moves, one: Ints, other: Ints, slack: float, kerf_mm: float
) -> Iterator[tuple[float, float, Floats]]:
    """Arcs beside anything: the shorter of the two in steps, each held against the other; steps that meet are one."""
    swapped = marks.lengths_mm[one] > marks.lengths_mm[other]
    one, other = np.where(swapped, other, one), np.where(swapped, one, other)
    lengths = marks.lengths_mm[one]
    steps = np.maximum(np.ceil(lengths / _STEP_MM), 1.0).astype(np.int64)
    pair = np.repeat(np.arange(len(one)), steps)
    place = np.arange(len(pair)) - np.repeat(np.cumsum(steps) - steps, steps)
    edges = [marks.taken(one[pair]).points_at((place + off) / steps[pair]) for off in (0.0, 0.5, 1.0)]
    apart, beside = _beside(marks.taken(other[pair]), edges[1], edges[2] - edges[0])
    close = beside & (apart > slack) & (apart < kerf_mm - slack)
    if not close.any():
        return
    pieces = shapely.linestrings(np.stack([edges[0][close], edges[2][close]], axis=1))
    runs = shapely.get_parts(shapely.line_merge(shapely.union_all(pieces, grid_size=1e-6)))
    tree = shapely.STRtree(pieces)
    for run in runs[shapely.length(runs) > _LENGTH_MM + 2.0 * (slack + _STEP_MM)]:
        members = tree.query(run, predicate="dwithin", distance=1e-5)
        middle = shapely.line_interpolate_point(run, 0.5, normalized=True)
        yield float(apart[close][members].min()), float(run.length), np.array([middle.x, middle.y])


def _beside(moves: Moves, points: Floats, way: Floats) -> tuple[Floats, Bools]:
    """How far each move lies beside a point of its own, and whether it does at all, within a degree of a direction."""
    arc = moves.sweep_rad != 0.0
    along = moves.end - moves.start
    size = np.where(arc, 1.0, np.hypot(along[:, 0], along[:, 1]))
    unit = along / size[:, None]
    rel = points - moves.start
    at = (rel * unit).sum(axis=1)
    off = np.abs(unit[:, 0] * rel[:, 1] - unit[:, 1] * rel[:, 0])
    out = points - moves.centre
    radius = np.hypot(out[:, 0], out[:, 1])
    first = moves.start - moves.centre
    turn = np.arctan2(first[:, 0] * out[:, 1] - first[:, 1] * out[:, 0], (first * out).sum(axis=1))
    turn = np.where(moves.sweep_rad > 0.0, turn % (2.0 * np.pi), (-turn) % (2.0 * np.pi))
    tangent = np.where(
        arc[:, None], np.column_stack([-out[:, 1], out[:, 0]]) / np.where(radius > 0.0, radius, 1.0)[:, None], unit
    )
    way = way / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-12)[:, None]
    parallel = np.abs(tangent[:, 0] * way[:, 1] - tangent[:, 1] * way[:, 0]) <= math.sin(_TURN_RAD)
    facing = np.where(arc, turn <= np.abs(moves.sweep_rad), (at >= 0.0) & (at <= size))
    return np.where(arc, np.abs(radius - moves.radii_mm), off), facing & parallel
