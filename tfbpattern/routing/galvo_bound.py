"""
A proved lower bound on the time of one pass on a galvo: any order, any seams and directions of the same marks.

Nothing is marked faster than the mark speed. Each stroke has its delays, and there are as many strokes as the marks,
taken for a graph, have pairs of odd points, and rings that meet nothing else (L. Euler, Commentarii academiae
scientiarum Petropolitanae 8, 1741). Such a ring turns at its corners; at each it costs its share of the polygon delay,
or else one stroke more.
"""

from __future__ import annotations

import numpy as np
import shapely

from tfbpattern.geometry import arcs
from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chains
from tfbpattern.geometry.collinear import SNAP_MM
from tfbpattern.model.nest import Ints


def least_on_galvo(strokes: Chains, speed_mm_s: float, stroke_s: float, half_turn_s: float) -> float:
    """Seconds to mark the strokes; *stroke_s* are the delays of each, *half_turn_s* that of a half turn at a vertex."""
    rings = strokes.taken(_alone(strokes))
    corners = np.minimum(_half_turns(rings) * half_turn_s, stroke_s)
    # Each ring is entered somewhere, best at its sharpest corner, whose turn it then does not make.
    sharpest = np.maximum.reduceat(corners, rings.offsets[:-1]) if len(rings) else corners
    around_rings = float(corners.sum()) + float((stroke_s - sharpest).sum())
    return strokes.length_mm / speed_mm_s + _odd_points(strokes) / 2.0 * stroke_s + around_rings


def _half_turns(rings: Chains) -> Floats:
    """What share of a half turn a ring makes at each of its vertices."""
    p0, p1, bulge, owner = rings.segments
    start, end = arcs.tangents(p0, p1, bulge)
    # A ring has as many segments as vertices: the one before the first is its last.
    before = np.arange(-1, len(owner) - 1)
    before[rings.offsets[:-1]] = rings.offsets[1:] - 1
    turned: Floats = np.arccos(np.clip((end[before] * start).sum(axis=1), -1.0, 1.0)) / np.pi
    return turned


def _alone(strokes: Chains) -> Ints:
    """Numbers of the closed strokes whose boxes meet no other's."""
    boxes = shapely.box(*(strokes.boxes_mm + np.array([-SNAP_MM, -SNAP_MM, SNAP_MM, SNAP_MM])).T)
    first, second = shapely.STRtree(boxes).query(boxes, predicate="intersects")
    meets = np.zeros(len(strokes), dtype=bool)
    meets[first[first != second]] = True
    return np.flatnonzero(strokes.closed & ~meets)


def _odd_points(strokes: Chains) -> int:
    """Points at which an odd number of ends meet; ends a few nanometres apart are one point."""
    ends = np.concatenate([strokes.starts[~strokes.closed], strokes.ends[~strokes.closed]])
    spots = shapely.points(ends)
    first, second = shapely.STRtree(spots).query(spots, predicate="dwithin", distance=2.0 * SNAP_MM)
    point = np.arange(len(ends))
    np.minimum.at(point, first, second)
    return int((np.bincount(point) % 2).sum())
