"""Where the cells stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import frozen

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placements:
    """
    Cells at their poses, one array element a cell, ordered by row, then column.

    ``kind`` numbers the job's cell types; a cell stands at R(rotation_deg) * p + (x_mm, y_mm), web frame.
    """

    kind: Ints
    x_mm: Floats
    y_mm: Floats
    rotation_deg: Floats
    row: Ints
    column: Ints

    def __post_init__(self) -> None:
        arrays = (self.kind, self.x_mm, self.y_mm, self.rotation_deg, self.row, self.column)
        if len({len(array) for array in arrays}) != 1:
            raise ValueError("placements need arrays of one length")
        for array in arrays:
            frozen(array)

    def __len__(self) -> int:
        return len(self.kind)

    def taken(self, index: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Placements:
        """Some of the cells, by index or mask."""
        return Placements(
            kind=self.kind[index],
            x_mm=self.x_mm[index],
            y_mm=self.y_mm[index],
            rotation_deg=self.rotation_deg[index],
            row=self.row[index],
            column=self.column[index],
        )

    def poses(self) -> list[tuple[int, float, NDArray[np.intp]]]:
        """(cell type number, rotation, which cells) of each congruent group, in a fixed order."""
        groups = sorted({*zip(self.kind.tolist(), self.rotation_deg.tolist(), strict=True)})
        return [
            (kind, rotation, np.flatnonzero((self.kind == kind) & (self.rotation_deg == rotation)))
            for kind, rotation in groups
        ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nest:
    """
    The result of nesting.

    ``upper_bound`` is a proved limit on the number of cells, ``bound`` its name. ``bulk_density`` is cell area
    over the area a cell takes in the pattern, away from the sheet's border. ``price_cells`` are the cells that the
    arrangement asked for costs, None where none was asked for; ``interrupted`` says that the search was cut short.
    ``found_per_m`` are the most cells per metre of web that each strategy found that was asked, by its name.
    """

    placements: Placements
    frame_length_mm: float
    spacing_mm: float
    upper_bound: int
    bound: str
    method: str
    bulk_density: float
    price_cells: int | None = None
    interrupted: bool = False
    found_per_m: Mapping[str, float] = field(default_factory=dict)

    @property
    def proved_optimal(self) -> bool:
        """No nest can hold more cells."""
        return len(self.placements) == self.upper_bound

    @property
    def gap(self) -> float:
        """Share of the bound that the nest may be short of."""
        return (self.upper_bound - len(self.placements)) / self.upper_bound if self.upper_bound else 0.0
