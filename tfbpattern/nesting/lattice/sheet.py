"""Patterns on the sheet: where each part may stand, how many there are at a shift, and the shift with the most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tfbpattern.geometry.arcs import Floats
from tfbpattern.model.cell import CellType
from tfbpattern.model.nest import Ints, Placements
from tfbpattern.nesting.contact.rings import Rings
from tfbpattern.nesting.contact.rooms import room_of
from tfbpattern.nesting.field import Field
from tfbpattern.nesting.lattice.count_kernels import best_shift
from tfbpattern.nesting.lattice.motifs import Motif
from tfbpattern.nesting.rows import in_order
from tfbpattern.nesting.zones import zones_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spot:
    """A pattern on the sheet: shifted by (x, y), it has so many cells."""

    count: int
    motif: Motif
    x: float
    y: float


class Sheet:
    """A field for one cell type: rooms and zones of its rotations, made once."""

    def __init__(self, field: Field, cell: CellType) -> None:
        self.field, self.cell = field, cell
        self._rooms: dict[float, Floats] = {}

    def room(self, rotation_deg: float) -> Floats:
        """Box (4,) of the places at which a cell lies in the usable rectangle."""
        if rotation_deg not in self._rooms:
            self._rooms[rotation_deg] = room_of(self.field, self.cell, rotation_deg)
        return self._rooms[rotation_deg]

    def best(self, motif: Motif, shifts: int, *, zones: bool) -> Spot:
        """The pattern where it has the most cells, of about *shifts* squared critical shifts; *zones* count or not."""
        motif = _towards_x(motif)
        rooms = np.array([self.room(rotation) for rotation in motif.rotations_deg])
        held = [zones_of(self.field, self.cell, rotation).shapes for rotation in motif.rotations_deg] if zones else []
        owners = np.repeat(np.arange(len(held)), [len(shapes) for shapes in held]).astype(np.int64)
        rings = Rings.of([shape for shapes in held for shape in shapes])
        count, x, y = best_shift(
            motif.first,
            motif.second,
            motif.offsets,
            rooms,
            _critical(motif, rooms, 0, shifts),
            _critical(motif, rooms, 1, shifts),
            rings.points,
            rings.begins,
            rings.boxes,
            owners,
        )
        return Spot(count=count, motif=motif, x=x, y=y)

    def placements(self, spot: Spot) -> Placements:
        """The cells of a pattern at its shift; rows along its first vector, one for each part."""
        motif = spot.motif
        xs, ys, angles, rows, columns = [], [], [], [], []
        for part, rotation in enumerate(motif.rotations_deg):
            x0, y0 = motif.offsets[part] + (spot.x, spot.y)
            i, j = _numbers(motif, self.room(rotation) - (x0, y0, x0, y0))
            x = x0 + i * motif.first[0] + j * motif.second[0]
            y = y0 + i * motif.first[1] + j * motif.second[1]
            low_x, low_y, high_x, high_y = self.room(rotation)
            inside = (x >= low_x - 1e-9) & (x <= high_x + 1e-9) & (y >= low_y - 1e-9) & (y <= high_y + 1e-9)
            x, y, i, j = (array[inside] for array in (x, y, i, j))
            free = ~zones_of(self.field, self.cell, rotation).hold(x, y)
            xs.append(np.round(x[free], 9))
            ys.append(np.round(y[free], 9))
            angles.append(np.full(int(free.sum()), rotation))
            rows.append(j[free] * len(motif.rotations_deg) + part)
            # Columns stand one above the other, however slanted the second vector is.
            columns.append(i[free] + np.floor((x0 + j[free] * motif.second[0]) / motif.first[0]).astype(np.int64))
        return _ordered(
            np.concatenate(xs),
            np.concatenate(ys),
            np.concatenate(angles),
            np.concatenate(rows),
            np.concatenate(columns),
        )


def _ordered(x: Floats, y: Floats, angle: Floats, row: Ints, column: Ints) -> Placements:
    """Cells by rows from the bottom; rows that are one above the other on average."""
    if len(row):
        _, row = np.unique(row, return_inverse=True)
        height = np.bincount(row, weights=y) / np.bincount(row)
        rank = np.empty(len(height), dtype=np.int64)
        rank[np.argsort(np.round(height, 6), kind="stable")] = np.arange(len(height))
        row, column = rank[row], column - column.min()
    return in_order(x, y, angle, row, column)


def _towards_x(motif: Motif) -> Motif:
    """The same lattice by two short vectors, the first one more along x than the second, and to the right."""
    first, second = motif.first, motif.second
    if abs(first[0]) > 1e-9 and abs(first[1]) > 1e-9:
        while True:
            if first @ first > second @ second:
                first, second = second, first
            times = round(float(first @ second / (first @ first)))
            if not times:
                break
            second = second - times * first
    else:
        second = second - round(float(first @ second / (first @ first))) * first
    if abs(second[0]) * abs(first[1]) > abs(first[0]) * abs(second[1]) or abs(first[0]) < 1e-9:
        first, second = second, first
    first = first if first[0] > 0.0 else -first
    second = second if second[1] > 0.0 else -second
    return Motif(
        rotations_deg=motif.rotations_deg,
        offsets=motif.offsets,
        first=np.ascontiguousarray(first),
        second=np.ascontiguousarray(second),
        area_mm2=motif.area_mm2,
    )


def _numbers(motif: Motif, box: Floats) -> tuple[Ints, Ints]:
    """Numbers (n,), (n,) of lattice points that may lie in a box."""
    inverse = np.linalg.inv(np.column_stack((motif.first, motif.second)))
    corners = np.array([[box[0], box[1]], [box[2], box[1]], [box[0], box[3]], [box[2], box[3]]]) @ inverse.T
    low, high = np.floor(corners.min(axis=0)).astype(np.int64), np.ceil(corners.max(axis=0)).astype(np.int64)
    i, j = np.meshgrid(np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1))
    return i.ravel(), j.ravel()


def _critical(motif: Motif, rooms: Floats, axis: int, most: int) -> Floats:
    """Shifts along an axis, within one cell of the lattice, at which some part of the sheet's border is touched."""
    span = abs(motif.first[axis]) + abs(motif.second[axis])
    found = [np.zeros(1)]
    for offset, room in zip(motif.offsets, rooms, strict=True):
        shifted = room - (*offset, *offset)
        i, j = _numbers(motif, shifted)
        at = i * motif.first[axis] + j * motif.second[axis]
        for side in (axis, axis + 2):
            shift = shifted[side] - at
            found.append(shift[(shift >= 0.0) & (shift < span)])
    shifts: Floats = np.unique(np.round(np.concatenate(found), 9)).astype(np.float64)
    if len(shifts) > most:
        shifts = shifts[np.linspace(0, len(shifts) - 1, most).astype(np.int64)]
    return shifts


def best_spots(sheet: Sheet, motifs: Sequence[Motif], effort: int) -> list[Spot]:
    """
    The patterns with the most cells, best first: all at a few shifts, the best at many.

    What is in the way is left out of the first look, and then hit as little as the shift can make it.
    """
    few, many, finalists = _SHIFTS[effort - 1]
    spots = sorted((sheet.best(motif, few, zones=False) for motif in motifs), key=_rank)[:finalists]
    hazards = bool(sheet.field.hazards)
    # A look at the zones costs about as much as four without.
    return sorted((sheet.best(spot.motif, many // 2 if hazards else many, zones=hazards) for spot in spots), key=_rank)


# Shifts along each axis for all patterns, for the finalists, and how many those are, at efforts 1 to 5 (ours: as long
# as the search for the patterns).
_SHIFTS = ((6, 20, 5), (10, 40, 10), (16, 80, 20), (24, 150, 40), (32, 300, 80))


def _rank(spot: Spot) -> tuple[float, float]:
    return -spot.count, spot.motif.area_mm2 / len(spot.motif.rotations_deg)
