"""Lattices and double lattices: the pattern and the shift with the most cells, for outlines of any shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from tfbpattern.model.cell import CellType
from tfbpattern.nesting.contact.parts import parts_of
from tfbpattern.nesting.field import Field
from tfbpattern.nesting.filling import filled
from tfbpattern.nesting.lattice.motifs import motifs_of
from tfbpattern.nesting.lattice.sheet import Sheet, Spot, best_spots
from tfbpattern.nesting.pattern import Pattern, promise


def lattice(field: Field, cell: CellType, *, effort: int) -> Pattern | None:
    """
    The lattice or double lattice with the most cells, or None where no cell fits; at effort 1 its borders unfilled.

    Rectangles at right angles, whose spacing is kept per axis, are left to the strategies for them.
    """
    if cell.spaced_per_axis:
        return None
    parts = parts_of(cell, field.spacing_mm, field.sliver_mm)
    motifs = motifs_of(parts, effort)
    sheet = Sheet(field, cell)
    spots = best_spots(sheet, motifs, effort)
    if not spots or spots[0].count <= 0:
        return None
    best = _pattern(sheet, spots[0])
    if effort > 1:
        best = replace(best, placements=filled(best.placements, field, cell, parts))
    others = [_pattern(sheet, spot) for spot in _promising(spots, field, cell)[: _ALTERNATIVES[effort - 1]]]
    return replace(best, alternatives=others)


# Patterns that are offered besides the one with the most cells, at efforts 1 to 5 (ours: what promises less than the
# first three to six has never come out first).
_ALTERNATIVES = (0, 0, 3, 6, 8)


def _promising(spots: Sequence[Spot], field: Field, cell: CellType) -> list[Spot]:
    """The patterns after the first that promise most, of those as dense as each other to a part in 100,000 one."""
    first: dict[float, Spot] = {}
    for spot in spots:
        first.setdefault(round(math.log(_density(spot, cell)), 5), spot)
    rest = [spot for spot in first.values() if spot is not spots[0]]
    return sorted(rest, key=lambda spot: -promise(spot.count, _density(spot, cell), field, cell))


def _density(spot: Spot, cell: CellType) -> float:
    return len(spot.motif.rotations_deg) * cell.area_mm2 / spot.motif.area_mm2


def _pattern(sheet: Sheet, spot: Spot) -> Pattern:
    note = parts_of(sheet.cell, sheet.field.spacing_mm, sheet.field.sliver_mm).note
    return Pattern(
        placements=sheet.placements(spot),
        method=("lattice" if len(spot.motif.rotations_deg) == 1 else "double lattice") + note,
        bulk_density=_density(spot, sheet.cell),
    )
