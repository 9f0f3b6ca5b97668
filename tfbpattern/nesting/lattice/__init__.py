"""Lattices and double lattices: the pattern and the shift with the most cells, for outlines of any shape."""

from __future__ import annotations

from tfbpattern.model.cell import CellType
from tfbpattern.nesting.contact.parts import parts_of
from tfbpattern.nesting.field import Field
from tfbpattern.nesting.filling import filled
from tfbpattern.nesting.lattice.motifs import motifs_of
from tfbpattern.nesting.lattice.sheet import Sheet, best_spots
from tfbpattern.nesting.pattern import Pattern


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
    best = spots[0]
    count = len(best.motif.rotations_deg)
    cells = sheet.placements(best)
    return Pattern(
        placements=cells if effort == 1 else filled(cells, field, cell, parts),
        method=("lattice" if count == 1 else "double lattice") + parts.note,
        bulk_density=count * cell.area_mm2 / best.motif.area_mm2,
    )
