"""
Border repair: the cells of a nest along its borders nested anew until more have room.

Windows of a few cells go along the edges of the sheet and round what is in the way; in each its cells are taken out and
put back one after the other, with everything around frozen.
"""

from __future__ import annotations

from dataclasses import replace

from tfbpattern.model.cell import CellType
from tfbpattern.nesting.borders.sweeping import Sweep
from tfbpattern.nesting.contact.parts import parts_of
from tfbpattern.nesting.field import Field
from tfbpattern.nesting.filling import filled
from tfbpattern.nesting.pattern import Pattern

# Rounds of sweeps, and steps in all, at efforts 1 to 5 (ours: a second at effort 2 and five at effort 3 for sheets of
# 3,000 cells).
_ROUNDS = (0, 1, 2, 4, 8)
_STEPS = (0, 100_000_000, 300_000_000, 2_000_000_000, 8_000_000_000)


def repaired(pattern: Pattern, field: Field, cell: CellType, *, effort: int) -> Pattern | None:
    """
    The pattern with more cells at its borders, or None where it takes no more; at effort 1 they are only filled.

    Rectangles at right angles, whose spacing is kept per axis, are left as they are.
    """
    if cell.spaced_per_axis:
        return None
    parts = parts_of(cell, field.spacing_mm, field.sliver_mm)
    if effort == 1:
        cells, how = filled(pattern.placements, field, cell, parts), "filled"
    else:
        sweep = Sweep(pattern.placements, field, cell, parts)
        sweep.run(_ROUNDS[effort - 1], _STEPS[effort - 1])
        cells, how = sweep.placements(), "repaired"
    if len(cells) <= len(pattern.placements):
        return None
    return replace(pattern, placements=cells, method=f"{pattern.method}, borders {how}")
