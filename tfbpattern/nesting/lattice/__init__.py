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


# Patterns that are offered besides the one with the most cells, at efforts 1 to 5 (ours: as many as are swept).
_ALTERNATIVES = (0, 0, 7, 10, 14)


def _promising(spots: Sequence[Spot], field: Field, cell: CellType) -> list[Spot]:
    """The patterns after the first, those that promise most first; such as are as dense as another behind the rest."""
    first: dict[float, Spot] = {}
    for spot in spots:
        # As dense as each other are patterns that differ by less than a part in 100,000.
        first.setdefault(round(math.log(_density(spot, cell)), 5), spot)
    others = {id(spot) for spot in first.values()}
    rest = sorted(spots[1:], key=lambda spot: -promise(spot.count, _density(spot, cell), field, cell))
    return sorted(rest, key=lambda spot: id(spot) not in others)


def _density(spot: Spot, cell: CellType) -> float:
    return len(spot.motif.rotations_deg) * cell.area_mm2 / spot.motif.area_mm2


def _pattern(sheet: Sheet, spot: Spot) -> Pattern:
    note = parts_of(sheet.cell, sheet.field.spacing_mm, sheet.field.sliver_mm).note
    return Pattern(
        placements=sheet.placements(spot),
        method=("lattice" if len(spot.motif.rotations_deg) == 1 else "double lattice") + note,
        bulk_density=_density(spot, sheet.cell),
    )
