"""The sheet that the emitted files describe: cells from the map, marks from the machine's files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.model.job import Job
from tfbpattern.proof.congruence import Neighbourhoods, neighbourhoods
from tfbpattern.proof.curves import Floats, Ints, Moves
from tfbpattern.proof.shapes import Shape, shape_of

# Marks are looked up by lines this close to them; what is measured is measured on finer ones.
SEARCH_MM = 0.001


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """The cells of the map, one array element each; ``kind`` numbers the job's cell types."""

    ids: tuple[str, ...]
    kind: Ints
    x_mm: Floats
    y_mm: Floats
    rotation_deg: Floats

    def __len__(self) -> int:
        return len(self.ids)

    def groups(self) -> Iterator[tuple[int, float, NDArray[np.intp]]]:
        """(cell type number, rotation, which cells) of each congruent group."""
        for kind, rotation in sorted({*zip(self.kind.tolist(), self.rotation_deg.tolist(), strict=True)}):
            yield kind, rotation, np.flatnonzero((self.kind == kind) & (self.rotation_deg == rotation))

    def places(self, which: NDArray[np.intp]) -> Floats:
        """Where some cells stand (n, 2)."""
        return np.column_stack([self.x_mm[which], self.y_mm[which]])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """What is proved: the job, its cells, and each operation's marks of one pass in the web frame."""

    job: Job
    cells: Cells
    frame_length_mm: float
    marks: Mapping[str, Moves]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """Congruent cells with what the marks do around them."""

    shape: Shape
    cells: NDArray[np.intp]
    around: Neighbourhoods

    def ids(self, sheet: Sheet, number: int) -> Iterator[tuple[str, float, float]]:
        """Id and place of each cell of a class."""
        for k in self.cells[self.around.members[number]].tolist():
            yield sheet.cells.ids[k], float(sheet.cells.x_mm[k]), float(sheet.cells.y_mm[k])


def groups_of(sheet: Sheet, marks: Moves, reach_mm: float) -> Iterator[Group]:
    """Each congruent group with the marks within *reach_mm* of its outlines."""
    tree = shapely.STRtree(marks.lines(SEARCH_MM))
    for kind, rotation, which in sheet.cells.groups():
        shape = shape_of(sheet.job, kind, rotation)
        rough = shapely.simplify(shape.region, SEARCH_MM)
        around = neighbourhoods(rough, sheet.cells.places(which), marks, tree, reach_mm + 2.0 * SEARCH_MM)
        yield Group(shape=shape, cells=which, around=around)
