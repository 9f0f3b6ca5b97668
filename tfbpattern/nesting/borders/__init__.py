"""
Border repair: the cells of a nest along its borders nested anew until more have room.

Windows of a few cells go along the edges of the sheet and round what is in the way; in each its cells are taken out and
put back one after the other, with everything around frozen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tfbpattern.model.cell import CellType
from tfbpattern.model.nest import Placements
from tfbpattern.nesting.borders.sweeping import Sweep
from tfbpattern.nesting.contact.parts import Parts, parts_of
from tfbpattern.nesting.field import Field
from tfbpattern.nesting.filling import filled
from tfbpattern.nesting.pattern import Pattern

# Lengths of windows, in the order of the sweeps, and of those by which patterns are compared, in sides of a square as
# large as a cell (ours: two to five cells; one length gains nearly as much as three).
_LENGTHS = (1.9, 2.6, 3.2)
_TRIAL = (2.6,)
# Patterns that are swept besides the one with the most cells, rounds of sweeps for the best, and steps at
# most, at efforts 1 to 5 (ours: a round takes two to three seconds for sheets of 3,000 cells; nearly all is gained in
# the first).
_OTHERS = (0, 0, 3, 6, 8)
_ROUNDS = (0, 1, 2, 4, 8)
_STEPS = (0, 100_000_000, 300_000_000, 2_000_000_000, 8_000_000_000)


def repaired(patterns: Sequence[Pattern], field: Field, cell: CellType, *, effort: int) -> Pattern | None:
    """
    The pattern with more cells than any of some, borders repaired, or None; at effort 1 they are only filled.

    The most promising are swept once each, as long as they promise more than was reached, and the best of them in full.

    Rectangles at right angles, whose spacing is kept per axis, are left as they are.
    """
    if cell.spaced_per_axis:
        return None
    parts = parts_of(cell, field.spacing_mm, field.sliver_mm)
    fullest = max(patterns, key=lambda pattern: len(pattern.placements))
    if effort == 1:
        cells = filled(fullest.placements, field, cell, parts)
        if len(cells) == len(fullest.placements):
            return None
        return replace(fullest, placements=cells, method=f"{fullest.method}, borders filled")
    others = sorted(patterns, key=lambda pattern: -pattern.promise(field, cell))
    best, found = fullest, _swept(fullest, field, cell, parts, _TRIAL, 1, effort)
    for pattern in [other for other in others if other is not fullest][: _OTHERS[effort - 1]]:
        if pattern.promise(field, cell) <= len(found):
            continue
        cells = _swept(pattern, field, cell, parts, _TRIAL, 1, effort)
        # Of equals, the one that has gained more gains more.
        if (len(cells), -len(pattern.placements)) > (len(found), -len(best.placements)):
            best, found = pattern, cells
    cells = _swept(best, field, cell, parts, _LENGTHS, _ROUNDS[effort - 1], effort)
    found = max(found, cells, key=len)
    if len(found) <= len(fullest.placements):
        return None
    return replace(best, placements=found, method=f"{best.method}, borders repaired")


def _swept(
    pattern: Pattern,
    field: Field,
    cell: CellType,
    parts: Parts,
    lengths: Sequence[float],
    rounds: int,
    effort: int,
) -> Placements:
    sweep = Sweep(pattern.placements, field, cell, parts)
    sweep.run(lengths, rounds, _STEPS[effort - 1])
    return sweep.placements()
