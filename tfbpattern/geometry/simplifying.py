"""Polygons with fewer corners that hold the original."""

from __future__ import annotations

import heapq

import numpy as np
import shapely
from shapely.geometry import Polygon

from tfbpattern.geometry.arcs import Floats

# Edges from this length on keep their line, so that what is to touch them still does (ours: half of what a sliver
# needs to be one).
_KEPT_MM = 0.5


def simplified_outward(shape: Polygon, tolerance_mm: float) -> Polygon:
    """
    A polygon of fewer corners that holds *shape*, nowhere more than the tolerance beyond it, without holes.

    Reflex corners are bridged, and short edges between two others are given up for the corner at which those meet,
    the smallest change first. Straight edges of half a millimetre or more keep their line.
    """
    outer = Polygon(shapely.orient_polygons(shape).exterior)
    ring = _Ring(shapely.get_coordinates(outer.exterior)[:-1])
    ring.reduce(tolerance_mm)
    found = Polygon(ring.corners())
    # Where two parts of the border lie closer than the tolerance a bridge may cross another.
    return found if found.is_valid and found.area >= outer.area * (1.0 - 1e-12) else outer


class _Ring:
    """Corners linked in a circle; each carries how far the border has been moved near it."""

    def __init__(self, points: Floats) -> None:
        count = len(points)
        self.points = points.tolist()
        self.next = [(k + 1) % count for k in range(count)]
        self.before = [(k - 1) % count for k in range(count)]
        self.moved = [0.0] * count
        self.alive = [True] * count
        self.version = [0] * count
        self.left = count

    def corners(self) -> Floats:
        """The corners that are left, in order."""
        return np.array([point for point, alive in zip(self.points, self.alive, strict=True) if alive])

    def reduce(self, tolerance: float) -> None:
        """Take corners away as long as the border moves by no more than the tolerance."""
        queue: list[tuple[float, int, int]] = []
        for k in range(len(self.points)):
            self._queue(queue, k, tolerance)
        while queue and self.left > 3:
            _, k, version = heapq.heappop(queue)
            if not self.alive[k] or version != self.version[k]:
                continue
            change = self._change(k)
            if change is None or change[0] > tolerance:
                continue
            distance, point = change
            after = self.next[k]
            if point is None:
                kept = [self.before[k], after]
                for end in kept:
                    self.moved[end] = max(self.moved[end], distance)
            else:
                # The corner at the edge's end moves to where the neighbours meet; the one at its start goes.
                self.points[after] = point
                self.moved[after] = distance
                kept = [self.before[k], after, self.next[after]]
            self._remove(k)
            for end in {*kept, self.before[kept[0]]}:
                self._queue(queue, end, tolerance)

    def _remove(self, k: int) -> None:
        self.alive[k] = False
        self.left -= 1
        self.next[self.before[k]] = self.next[k]
        self.before[self.next[k]] = self.before[k]

    def _queue(self, queue: list[tuple[float, int, int]], k: int, tolerance: float) -> None:
        self.version[k] += 1
        change = self._change(k)
        if change is not None and change[0] <= tolerance:
            heapq.heappush(queue, (change[0], k, self.version[k]))

    def _change(self, k: int) -> tuple[float, list[float] | None] | None:
        """What giving up corner k (if reflex), or the edge that begins there, would move: (how far, new corner)."""
        a, b, c = (self.points[i] for i in (self.before[k], k, self.next[k]))
        turn = _cross(a, b, c)
        if turn <= 0.0:
            if _size(a, b) >= _KEPT_MM or _size(b, c) >= _KEPT_MM:
                return None
            far = -turn / max(_size(a, c), 1e-12)
            return far + max(self.moved[i] for i in (self.before[k], k, self.next[k])), None
        d = self.points[self.next[self.next[k]]]
        if _cross(b, c, d) <= 0.0 or _size(b, c) >= _KEPT_MM or self.left <= 4:
            return None
        meeting = _meeting(a, b, c, d)
        if meeting is None:
            return None
        far = abs(_cross(b, c, meeting)) / max(_size(b, c), 1e-12)
        return far + max(self.moved[k], self.moved[self.next[k]]), meeting


def _cross(a: list[float], b: list[float], c: list[float]) -> float:
    return (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])


def _size(a: list[float], b: list[float]) -> float:
    return float(np.hypot(b[0] - a[0], b[1] - a[1]))


def _meeting(a: list[float], b: list[float], c: list[float], d: list[float]) -> list[float] | None:
    """Where the line from a through b meets the line from d through c, beyond b and c; None where it does not."""
    ux, uy, vx, vy = b[0] - a[0], b[1] - a[1], c[0] - d[0], c[1] - d[1]
    across = ux * vy - uy * vx
    if across >= -1e-12:
        return None
    s = ((d[0] - a[0]) * vy - (d[1] - a[1]) * vx) / across
    t = ((d[0] - a[0]) * uy - (d[1] - a[1]) * ux) / across
    if s < 1.0 or t < 1.0:
        return None
    return [a[0] + s * ux, a[1] + s * uy]
