"""What the laser does: strokes, and commands that become text once, in a post."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tfbpattern.geometry.chains import Chains
from tfbpattern.model.nest import Ints
from tfbpattern.model.process import Recipe


class SetProcess(NamedTuple):
    """Mark at this speed and power from here on, the whole list of commands ``passes`` times."""

    mark_speed_mm_s: float
    power_percent: float
    frequency_khz: float
    passes: int


class Jump(NamedTuple):
    """Dark motion to a point of the web."""

    x_mm: float
    y_mm: float


class Mark(NamedTuple):
    """A line with the beam on."""

    x_mm: float
    y_mm: float


class MarkArc(NamedTuple):
    """A circular arc with the beam on; bulge as in :mod:`tfbpattern.geometry.arcs`."""

    x_mm: float
    y_mm: float
    bulge: float


Command = SetProcess | Jump | Mark | MarkArc


# Segments taken out of the arrays at a time: arrays are quick in bulk, lists of all their numbers are large.
_BATCH = 4096


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operation:
    """
    Strokes of one kind of cut, in no particular order.

    ``row`` and ``column`` (m,) say where in the lattice a stroke belongs (-1: to no single cell).
    ``lead_in_mm`` is how far before its start, on its own path, a closed stroke begins, ``overcut_mm`` how far it goes
    on past it. ``tolerance_mm`` is that of the line's width.
    ``room_mm`` says that closed strokes, which run counter-clockwise, may be parted into their sides, and how far these
    may go on past corners without leaving the cell; None: they stay whole.
    ``stage`` (m,): strokes of a lower stage come before those of a higher one; stages are even numbers, and an odd one
    says that a stroke may go with either. ``heat_distance_mm`` is the least
    distance from the end of a stroke to the start of the next one.
    """

    name: str
    recipe: Recipe
    tolerance_mm: float
    strokes: Chains
    overcut_mm: float = 0.0
    lead_in_mm: float = 0.0
    room_mm: float | None = None
    row: Ints
    column: Ints
    stage: Ints | None = None
    heat_distance_mm: float = 0.0

    def __post_init__(self) -> None:
        if not len(self.strokes) == len(self.row) == len(self.column):
            raise ValueError("each stroke needs a row and a column")
        if self.stage is not None and len(self.stage) != len(self.strokes):
            raise ValueError("each stroke needs a stage, or none has one")

    @property
    def run_on_mm(self) -> float:
        """How far the sides of parted strokes go on at both ends, since they are run either way."""
        return max(self.overcut_mm, self.lead_in_mm)

    def stages(self) -> Iterator[Operation]:
        """The strokes of each stage, in the order of the stages."""
        stage = np.zeros(len(self.strokes), dtype=np.int64) if self.stage is None else self.stage
        for number in np.unique(stage).tolist():
            which = np.flatnonzero(stage == number)
            yield dataclasses.replace(
                self, strokes=self.strokes.taken(which), row=self.row[which], column=self.column[which], stage=None
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Toolpath:
    """
    An operation in marking order.

    ``strokes`` close without overcut; ``marks`` are the same strokes as the beam runs them, overcut included.
    ``tolerance_mm`` is that of the line's width, ``method`` the strategy that ordered the strokes. ``heat_price_s`` is
    what it takes longer for the distance kept between strokes; None where none is asked for.
    """

    name: str
    recipe: Recipe
    tolerance_mm: float
    method: str
    strokes: Chains
    marks: Chains
    heat_price_s: float | None = None

    def commands(self) -> Iterator[Command]:
        """The path of one pass, streamed."""
        recipe = self.recipe
        yield SetProcess(recipe.mark_speed_mm_s, recipe.power_percent, recipe.frequency_khz, recipe.passes)
        p0, p1, bulge, owner = self.marks.segments
        first = np.append(True, owner[1:] != owner[:-1])[: len(owner)]
        for low in range(0, len(owner), _BATCH):
            part = slice(low, low + _BATCH)
            columns = (p0[part, 0], p0[part, 1], p1[part, 0], p1[part, 1], bulge[part], first[part])
            for x0, y0, x1, y1, curve, begins in zip(*(column.tolist() for column in columns), strict=True):
                if begins:
                    yield Jump(x0, y0)
                yield MarkArc(x1, y1, curve) if curve else Mark(x1, y1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScanField:
    """
    What a galvo marks from one place: the centre of the field in the web frame, and the strokes by operation.

    Strokes are in the field's own frame, origin at its centre.
    """

    column: int
    row: int
    x_mm: float
    y_mm: float
    strokes: Mapping[str, Chains]

    @property
    def name(self) -> str:
        """``C00R00``."""
        return f"C{self.column:02d}R{self.row:02d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """
    What a toolpath costs: lengths of one pass, times of all passes; ``time_bound_s`` holds for any order.

    ``method`` is the strategy that found it; ``heat_price_s`` the part of the time that keeping strokes apart takes.
    """

    method: str
    strokes: int
    mark_length_mm: float
    jump_length_mm: float
    time_s: float
    time_bound_s: float
    heat_price_s: float | None = None

    @property
    def ratio(self) -> float:
        """Time over its bound; 1 is proved to be the least."""
        return self.time_s / self.time_bound_s if self.time_bound_s else 1.0
