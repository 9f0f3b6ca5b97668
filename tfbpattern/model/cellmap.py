"""The map shared with the tester: every cell with its id and place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest
from tfbpattern.model.touchdowns import TouchdownPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedTerminal:
    """Centre of a terminal in the web frame."""

    name: str
    x_mm: float
    y_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRecord:
    """
    One cell of the map, web frame.

    ``neighbours`` are ids. ``touchdown`` and ``site`` say which landing of the probe card tests it, and with which of
    its sites; None without a tester.
    """

    id: str
    type: str
    row: int
    column: int
    x_mm: float
    y_mm: float
    rotation_deg: float
    terminals: tuple[PlacedTerminal, ...]
    status: Literal["cut", "marked"]
    neighbours: tuple[str, ...] = ()
    touchdown: int | None = None
    site: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CellMap:
    """The map of one frame."""

    job: Job
    nest: Nest
    layout_sha256: str
    cells: tuple[CellRecord, ...]
    touchdowns: TouchdownPlan | None = None

    def __iter__(self) -> Iterator[CellRecord]:
        return iter(self.cells)
