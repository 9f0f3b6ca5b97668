"""
The straight grid: one orientation, bounding boxes one spacing apart, the best phase around what is in the way.

Only critical phases need trying: those at which some cell touches an edge or the border of a forbidden zone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.model.cell import CellType
from tfbpattern.nesting.field import Field
from tfbpattern.nesting.pattern import Pattern
from tfbpattern.nesting.rows import in_order
from tfbpattern.nesting.zones import Zones, zones_of

SAME_MM = 1e-9
"""Lengths that differ by less are one: a thousandth of the nanometre on which decisions are taken."""

# How many phases are tried at each step of effort (ours: the count hardly changes beyond the first hundred).
_PHASES_PER_EFFORT = 100
# Where zones are many, so many of them are looked at in all phases of one axis instead (ours: a second at effort 3).
_ZONES_PER_EFFORT = 30_000


def grid(field: Field, cell: CellType, *, effort: int) -> Pattern | None:
    """The straight grid with the most cells over all allowed rotations, or None where no cell fits."""
    steps = {angle: Steps(*least_pitches(field, cell, angle)) for angle in cell.rotations_deg}
    return best_grid(field, cell, steps, effort=effort, method="grid")


@dataclass(frozen=True, slots=True)
class Steps:
    """Pitches of a straight grid, mm, and what its numbers of columns and rows are whole multiples of."""

    pitch_x: float
    pitch_y: float
    columns: int = 1
    rows: int = 1


def least_pitches(field: Field, cell: CellType, rotation_deg: float) -> tuple[float, float]:
    """Pitches at which bounding boxes stand one spacing apart, mm."""
    x_min, y_min, x_max, y_max = cell.outline.rotated(rotation_deg).bounds_mm
    return x_max - x_min + field.spacing_mm, y_max - y_min + field.spacing_mm


def best_grid(
    field: Field, cell: CellType, steps: Mapping[float, Steps], *, effort: int, method: str
) -> Pattern | None:
    """The straight grid with the most cells over the steps of each rotation, or None where no cell fits."""
    best: Pattern | None = None
    for rotation_deg, step in steps.items():
        pattern = _at_rotation(field, cell, rotation_deg, step, effort, method)
        if pattern is not None and (best is None or len(pattern.placements) > len(best.placements)):
            best = pattern
    return best


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Lattice:
    """Pitches, the place of the lower-left cell at phase 0, the room, and the forbidden zones."""

    steps: Steps
    x0: float
    y0: float
    room_x: float
    room_y: float
    zones: Zones

    @property
    def pitch_x(self) -> float:
        """Across the web, mm."""
        return self.steps.pitch_x

    @property
    def pitch_y(self) -> float:
        """Along the web, mm."""
        return self.steps.pitch_y

    def shape(self, phase_x: float, phase_y: float) -> tuple[int, int]:
        """Columns and rows that fit at a phase, in whole steps."""
        columns = math.floor((self.room_x - phase_x) / self.pitch_x + SAME_MM) + 1
        rows = math.floor((self.room_y - phase_y) / self.pitch_y + SAME_MM) + 1
        return max(columns // self.steps.columns, 0) * self.steps.columns, max(
            rows // self.steps.rows, 0
        ) * self.steps.rows

    def blocked(self, phase_x: float, phase_y: float) -> NDArray[np.int64]:
        """Numbers (row * columns + column) of the cells that stand in a forbidden zone."""
        columns, rows = self.shape(phase_x, phase_y)
        if not len(self.zones) or not columns or not rows:
            return np.empty(0, dtype=np.int64)
        x0, y0 = self.x0 + phase_x, self.y0 + phase_y
        low_i = np.maximum(np.ceil((self.zones.boxes[:, 0] - x0) / self.pitch_x), 0).astype(np.int64)
        high_i = np.minimum(np.floor((self.zones.boxes[:, 2] - x0) / self.pitch_x), columns - 1).astype(np.int64)
        low_j = np.maximum(np.ceil((self.zones.boxes[:, 1] - y0) / self.pitch_y), 0).astype(np.int64)
        high_j = np.minimum(np.floor((self.zones.boxes[:, 3] - y0) / self.pitch_y), rows - 1).astype(np.int64)
        wide, tall = np.maximum(high_i - low_i + 1, 0), np.maximum(high_j - low_j + 1, 0)
        many = wide * tall
        zone = np.repeat(np.arange(len(many)), many)
        within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        i = low_i[zone] + within % np.maximum(wide[zone], 1)
        j = low_j[zone] + within // np.maximum(wide[zone], 1)
        inside = self.zones.is_box[zone]
        asked = np.flatnonzero(~inside)
        if len(asked):
            inside = inside.copy()
            inside[asked] = shapely.contains_xy(
                self.zones.shapes[zone[asked]], x0 + i[asked] * self.pitch_x, y0 + j[asked] * self.pitch_y
            )
        return np.unique(j[inside] * columns + i[inside])

    def count(self, phase_x: float, phase_y: float) -> int:
        """Cells at a phase."""
        columns, rows = self.shape(phase_x, phase_y)
        return columns * rows - len(self.blocked(phase_x, phase_y))

    def phases(self, axis: int, most: int) -> list[float]:
        """Critical phases along x (0) or y (1), at most about *most*, in a fixed order, 0 first."""
        pitch, origin, room, step = (
            (self.pitch_x, self.x0, self.room_x, self.steps.columns)
            if axis == 0
            else (self.pitch_y, self.y0, self.room_y, self.steps.rows)
        )
        edges = self.zones.contacts[:, [axis, axis + 2]].ravel()
        within = np.append((edges - origin) % pitch, room % pitch)
        # Whole steps may leave room for more than a pitch; then the grid may begin so many pitches further too.
        further = np.arange(min(step, math.floor(room / pitch) + 1)) * pitch
        critical = np.unique(np.round(np.append(further[:, None] + within, further), 9))
        if len(critical) > most:
            critical = critical[np.linspace(0, len(critical) - 1, most).astype(np.int64)]
        return [0.0, *(phase for phase in critical.tolist() if 0.0 < phase <= room)]


def _at_rotation(
    field: Field, cell: CellType, rotation_deg: float, steps: Steps, effort: int, method: str
) -> Pattern | None:
    outline = cell.outline.rotated(rotation_deg)
    x_min, y_min, x_max, y_max = outline.bounds_mm
    width, height = x_max - x_min, y_max - y_min
    room_x, room_y = field.width_mm - width, field.length_mm - height
    if room_x < -SAME_MM or room_y < -SAME_MM:
        return None
    lattice = _Lattice(
        steps=steps,
        x0=field.x_min_mm - x_min,
        y0=field.y_min_mm - y_min,
        room_x=max(room_x, 0.0),
        room_y=max(room_y, 0.0),
        zones=zones_of(field, cell, rotation_deg),
    )
    phase_x, phase_y = _best_phase(lattice, effort)
    columns, rows = lattice.shape(phase_x, phase_y)
    if not columns or not rows:
        return None
    free = np.setdiff1d(np.arange(columns * rows), lattice.blocked(phase_x, phase_y))
    if not len(free):
        return None
    row, column = free // columns, free % columns
    return Pattern(
        placements=in_order(
            np.round(lattice.x0 + phase_x + column * lattice.pitch_x, 9),
            np.round(lattice.y0 + phase_y + row * lattice.pitch_y, 9),
            np.full(len(free), rotation_deg),
            row - row.min(),
            column - column.min(),
        ),
        method=method,
        bulk_density=cell.area_mm2 / (lattice.pitch_x * lattice.pitch_y),
    )


def _best_phase(lattice: _Lattice, effort: int) -> tuple[float, float]:
    """The phase with the most cells: all pairs where they are few, one axis after the other where they are many."""
    if not len(lattice.zones):
        return 0.0, 0.0
    steps = max(min(_PHASES_PER_EFFORT, _ZONES_PER_EFFORT // len(lattice.zones)), 1) * effort
    xs, ys = lattice.phases(0, steps), lattice.phases(1, steps)
    if len(xs) * len(ys) <= steps:
        # max keeps the first of equals: the smallest phases.
        return max(((x, y) for x in xs for y in ys), key=lambda phase: lattice.count(*phase))
    x, y, best = 0.0, 0.0, lattice.count(0.0, 0.0)
    improved = True
    while improved:
        y = max([y, *ys], key=lambda phase: lattice.count(x, phase))
        x = max([x, *xs], key=lambda phase: lattice.count(phase, y))
        improved = lattice.count(x, y) > best
        best = max(best, lattice.count(x, y))
    return x, y
