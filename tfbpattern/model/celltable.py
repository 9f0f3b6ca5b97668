"""The cell map in columns, as it is read back from a folder: what the tester's results are joined to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tfbpattern.units import cos_sin_deg

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedTerminal:
    """A contact of a type, its centre in the cell frame."""

    name: str
    kind: Literal["anode", "cathode"]
    x_mm: float
    y_mm: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MappedType:
    """A footprint; ``outline_mm`` (n, 2) is a polygon in the cell frame, counter-clockwise."""

    name: str
    outline_mm: Floats
    capacity_uah: float | None
    terminals: tuple[MappedTerminal, ...]

    def turned_mm(self, rotation_deg: float) -> Floats:
        """The outline turned about the origin of the cell frame."""
        cos, sin = cos_sin_deg(rotation_deg)
        x, y = self.outline_mm.T
        return np.column_stack([x * cos - y * sin, x * sin + y * cos])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellTable:
    """
    All cells of one frame, web frame, in the order of the map.

    ``kind`` numbers the types; ``touchdown`` and ``site`` are -1 where there is no tester.
    """

    job: str
    roll: str
    frame: int
    layout_sha256: str
    width_mm: float
    frame_length_mm: float
    film_side: Literal["up", "down"]
    types: tuple[MappedType, ...]
    ids: tuple[str, ...]
    kind: Ints
    row: Ints
    column: Ints
    x_mm: Floats
    y_mm: Floats
    rotation_deg: Floats
    marked: NDArray[np.bool_]
    touchdown: Ints
    site: Ints
    neighbours: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.ids)

    def poses(self) -> list[tuple[int, float, NDArray[np.intp]]]:
        """(type number, rotation, which cells) of each congruent group, in a fixed order."""
        groups = sorted({*zip(self.kind.tolist(), self.rotation_deg.tolist(), strict=True)})
        return [
            (kind, rotation, np.flatnonzero((self.kind == kind) & (self.rotation_deg == rotation)))
            for kind, rotation in groups
        ]

    def boxes_mm(self) -> Floats:
        """Bounds (n, 4) of the cells: x_min, y_min, x_max, y_max."""
        boxes = np.empty((len(self), 4))
        for kind, rotation_deg, index in self.poses():
            shape = self.types[kind].turned_mm(rotation_deg)
            place = np.column_stack([self.x_mm[index], self.y_mm[index]])
            boxes[index, :2] = place + shape.min(axis=0)
            boxes[index, 2:] = place + shape.max(axis=0)
        return boxes

    def terminal_mm(self, name: str) -> tuple[Floats, Floats]:
        """Places of the terminals of one name, web frame; NaN where a cell has none."""
        x, y = np.full(len(self), np.nan), np.full(len(self), np.nan)
        for kind, rotation_deg, index in self.poses():
            cos, sin = cos_sin_deg(rotation_deg)
            for t in self.types[kind].terminals:
                if t.name == name:
                    x[index] = np.round(self.x_mm[index] + t.x_mm * cos - t.y_mm * sin, 6) + 0.0
                    y[index] = np.round(self.y_mm[index] + t.x_mm * sin + t.y_mm * cos, 6) + 0.0
        return x, y

    @property
    def steps_mm(self) -> tuple[float, float] | None:
        """Column and row pitch where every cell stands on one regular grid in one pose, else None."""
        if len(self.poses()) != 1:
            return None
        steps = []
        for place, number in ((self.x_mm, self.column), (self.y_mm, self.row)):
            first, last = int(number.argmin()), int(number.argmax())
            count = int(number[last] - number[first])
            step = float(place[last] - place[first]) / count if count else 0.0
            # Places are whole nanometres.
            if np.abs(place - place[first] - (number - number[first]) * step).max() > 2e-6:
                return None
            steps.append(step)
        return steps[0], steps[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class BinDefinition:
    """A bin of a map and how many cells are in it; ``null`` bins say nothing about quality."""

    code: int
    name: str
    quality: Literal["pass", "fail", "null"]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BinMap:
    """The bin code of each cell (n,) of a table, and what the codes mean."""

    codes: Ints
    bins: tuple[BinDefinition, ...]
