"""What a strategy returns, and what a strategy and a bound are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tfbpattern.model.cell import CellType
from tfbpattern.model.nest import Placements
from tfbpattern.nesting.field import Field


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pattern:
    """Cells on a field, how they were found, and how dense the pattern is away from the border."""

    placements: Placements
    method: str
    bulk_density: float


class Strategy(Protocol):
    """Nests as many cells of one type as it can; None where not even one fits."""

    def __call__(self, field: Field, cell: CellType, *, effort: int) -> Pattern | None: ...  # noqa: D102  # the class says it


class Bound(Protocol):
    """A number of cells that no nest on the field exceeds, proved; None where the bound does not apply."""

    def __call__(self, field: Field, cell: CellType) -> int | None: ...  # noqa: D102  # the class says it
