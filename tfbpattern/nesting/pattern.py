"""What a strategy returns, and what a strategy and a bound are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tfbpattern.model.cell import CellType
from tfbpattern.model.nest import Placements
from tfbpattern.nesting.field import Field

# Share of what a border costs a pattern that its repair gains at best (ours: 0.2 to 0.5 on six shapes).
_GAINED = 0.4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pattern:
    """
    Cells on a field, how they were found, and how dense the pattern is away from the border.

    ``alternatives`` were found on the way and have no more cells, but may once their borders are repaired.
    """

    placements: Placements
    method: str
    bulk_density: float
    alternatives: Sequence[Pattern] = ()

    def promise(self, field: Field, cell: CellType) -> float:
        """About as many cells as it may have with repaired borders."""
        return promise(len(self.placements), self.bulk_density, field, cell)


def promise(count: int, bulk_density: float, field: Field, cell: CellType) -> float:
    """About as many cells as a pattern may have with repaired borders: denser ones have more to gain."""
    everywhere = bulk_density * (field.width_mm + field.spacing_mm) * (field.length_mm + field.spacing_mm)
    return count + _GAINED * (everywhere / cell.area_mm2 - count)


class Strategy(Protocol):
    """Nests as many cells of one type as it can; None where not even one fits."""

    def __call__(self, field: Field, cell: CellType, *, effort: int) -> Pattern | None: ...  # noqa: D102  # the class says it


class Bound(Protocol):
    """A number of cells that no nest on the field exceeds, proved; None where the bound does not apply."""

    def __call__(self, field: Field, cell: CellType) -> int | None: ...  # noqa: D102  # the class says it
