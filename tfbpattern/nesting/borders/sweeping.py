"""Sweeps along borders: the cells of window after window nested anew, pressed together until one more has room."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.forbidden import TOUCH_MM
from tfbpattern.model.cell import CellType
from tfbpattern.model.nest import Ints, Placements
from tfbpattern.nesting.borders.kernels import STRIPS, Obstacles, Surroundings, contacts_around, refilled
from tfbpattern.nesting.borders.windows import Window, borders_of, windows_along
from tfbpattern.nesting.contact.parts import Parts
from tfbpattern.nesting.contact.rings import Rings
from tfbpattern.nesting.contact.rooms import room_of
from tfbpattern.nesting.field import Field
from tfbpattern.nesting.rows import numbered
from tfbpattern.nesting.zones import zones_of

# New places lie in the box of the places before, or at most this far from it, in such sides (ours).
_MARGIN = 0.5
# Cells go along the border, a little inward or outward.
_TILTS = (-0.3, 0.3)
# States that go on, and places that each is put on by (ours: with ten states not one cell more).
_BEAM = 4
_BRANCHES = 2
# Cells that are pressed together by less than this have not moved.
_MOVED_MM = 0.02


@dataclass(frozen=True, slots=True)
class Size:
    """Of windows: length along the border and depth, in sides of a square as large as a cell, and most cells."""

    length: float
    depth: float
    most_cells: int


class Sweep:
    """Cells of one type on a field, which :meth:`run` moves and adds to; each may run in a thread of its own."""

    def __init__(self, cells: Placements, field: Field, cell: CellType, parts: Parts) -> None:
        self.field, self.cell = field, cell
        self.rotations = parts.rotations_deg
        number = {rotation: k for k, rotation in enumerate(self.rotations)}
        self.kinds = np.array([number[angle] for angle in cells.rotation_deg.tolist()], dtype=np.int64)
        self.xs, self.ys = cells.x_mm.copy(), cells.y_mm.copy()
        self.size_mm = math.sqrt(parts.grown_mm2)
        self.obstacles = _obstacles(parts, field, cell)
        self.reach_mm = float(
            np.abs(self.obstacles.boxes[: self.obstacles.rings[len(self.rotations) - 1, -1, 3]]).max()
        )
        self.rooms = np.array([room_of(field, cell, rotation) for rotation in self.rotations])
        # Where cells of any rotation may not stand for a hazard.
        zones = np.array([zones_of(field, cell, rotation).boxes for rotation in self.rotations])
        self.zones = np.hstack((zones[:, :, :2].min(axis=0), zones[:, :, 2:].max(axis=0)))
        self.steps = 0
        self._stopped = False

    def run(self, size: Size, rounds: int, most_steps: int) -> None:
        """Sweep all borders both ways, until a round gains nothing, a limit is met, or the sweep is stopped."""
        borders = borders_of(self.field, self.size_mm)
        most_steps += self.steps
        for _ in range(rounds):
            before = len(self.xs)
            for border in borders:
                windows = windows_along(border, size.length * self.size_mm, size.depth * self.size_mm)
                for sense in (1, -1):
                    for window in windows[::sense]:
                        self._refill(window, sense, size.most_cells)
                        if self._stopped or self.steps > most_steps:
                            return
            if len(self.xs) == before:
                return

    def stop(self) -> None:
        """End a run in another thread at its next window."""
        self._stopped = True

    def _refill(self, window: Window, sense: int, most: int) -> None:
        """Nest the cells of a window anew: one more, or the same number closer together, or leave them."""
        inside = window.holds(self.xs, self.ys)
        count = int(inside.sum())
        if not 0 < count <= most:
            return
        around, standing = self._around(inside, count + 1)
        ways = np.array(
            [[sense * a + tilt * b for a, b in zip(window.along, window.inward, strict=True)] for tilt in _TILTS]
        )
        edges, sizes, places, steps = contacts_around(self.obstacles, around, standing, ways[0])
        self.steps += steps
        best: Floats | None = None
        gain = _MOVED_MM
        for along in ways:
            cells, size, steps = refilled(
                self.obstacles, around, standing, edges, sizes, places, count + 1, along, _BEAM, _BRANCHES
            )
            found = cells[:size]
            self.steps += steps
            if len(found) > count:
                best = found
                break
            if len(found) == count:
                before = np.column_stack((self.xs[inside], self.ys[inside]))
                way = float(((before - found[:, 1:]) @ along).sum())
                if way > gain:
                    best, gain = found, way
        if best is not None:
            self.kinds = np.append(self.kinds[~inside], best[:, 0].astype(np.int64))
            self.xs = np.append(self.xs[~inside], np.round(best[:, 1], 9))
            self.ys = np.append(self.ys[~inside], np.round(best[:, 2], 9))

    def _around(self, inside: NDArray[np.bool_], more: int) -> tuple[Surroundings, int]:
        """What is around the cells of a window, with room for *more*, and how many of it there are."""
        xs, ys = self.xs[inside], self.ys[inside]
        margin = _MARGIN * self.size_mm
        box = np.array([xs.min() - margin, ys.min() - margin, xs.max() + margin, ys.max() + margin])
        reach = self.reach_mm
        near = ~inside & (self.xs > box[0] - reach) & (self.xs < box[2] + reach)
        near &= (self.ys > box[1] - reach) & (self.ys < box[3] + reach)
        cells = np.column_stack((self.kinds[near], self.xs[near], self.ys[near]))
        hazards = np.flatnonzero(
            (self.zones[:, :2] <= box[2:]).all(axis=1) & (self.zones[:, 2:] >= box[:2]).all(axis=1)
        )
        # The zones of a hazard are where they are.
        fixed = np.column_stack((hazards + len(self.rotations), np.zeros((len(hazards), 2))))
        standing = np.vstack((fixed, cells, np.zeros((more, 3))))
        return Surroundings(window=box, rooms=self.rooms, standing=standing, blocker=np.zeros(1, dtype=np.int64)), len(
            standing
        ) - more

    def placements(self) -> Placements:
        """The cells as they stand now."""
        return numbered(self.xs, self.ys, np.array(self.rotations)[self.kinds], self.cell)


def _obstacles(parts: Parts, field: Field, cell: CellType) -> Obstacles:
    """The regions of all pairs of rotations, and of the hazards of the field, as arrays."""
    rotations = parts.rotations_deg
    regions = [parts.region(one, other) for one in rotations for other in rotations]
    zones = np.array([zones_of(field, cell, rotation).shapes for rotation in rotations]).T.ravel()
    contacts = shapely.buffer(zones, TOUCH_MM, join_style="mitre")
    rings = [some for region in regions for some in (region.border, region.inner)]
    rings += [Rings.of([shape]) for pair in zip(contacts, zones, strict=True) for shape in pair]
    joined = Rings.joined([some.points[a:b] for some in rings for a, b in pairwise(some.begins.tolist())])
    ends = np.cumsum([0, *(len(some.begins) - 1 for some in rings)])
    ranges = np.column_stack((ends[:-1], ends[1:])).astype(np.int64)
    sides, strips = _strips(joined)
    return Obstacles(
        points=joined.points,
        begins=joined.begins,
        boxes=joined.boxes,
        rings=np.ascontiguousarray(ranges.reshape(-1, len(rotations), 4)),
        sides=sides,
        strips=strips,
    )


def _strips(rings: Rings) -> tuple[Floats, Ints]:
    """The edges of rings by strips, see :class:`Obstacles`: sides (n, 4) and strips (rings, STRIPS + 1)."""
    counts = np.diff(rings.begins)
    of = np.repeat(np.arange(len(counts)), counts)
    before = np.arange(len(of)) - 1
    before[rings.begins[:-1]] = rings.begins[1:] - 1
    edges = np.hstack((rings.points, rings.points[before]))
    low, high = rings.boxes[:, 1], rings.boxes[:, 3]
    ends = (edges[:, 1::2] - low[of, None]) / (high - low)[of, None] * STRIPS
    # A millionth of a strip on the safe side of rounding.
    first = np.clip(np.floor(ends.min(axis=1) - 1e-6), 0, STRIPS - 1).astype(np.int64)
    last = np.clip(np.floor(ends.max(axis=1) + 1e-6), 0, STRIPS - 1).astype(np.int64)
    times = last - first + 1
    edge = np.repeat(np.arange(len(of)), times)
    strip = np.repeat(first, times) + np.arange(len(edge)) - np.repeat(np.cumsum(times) - times, times)
    number = of[edge] * STRIPS + strip
    begins = np.searchsorted(np.sort(number), np.arange(len(counts) * STRIPS + 1))
    bounds = begins[np.arange(len(counts))[:, None] * STRIPS + np.arange(STRIPS + 1)]
    return edges[edge[np.argsort(number, kind="stable")]], bounds.astype(np.int64)
