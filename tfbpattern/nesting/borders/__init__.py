"""
Border repair: the cells of a nest along its borders nested anew until more have room.

Windows of a few cells go along the edges of the sheet and round what is in the way; in each its cells are taken out and
put back one after the other, with everything around frozen.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from tfbpattern.model.cell import CellType
from tfbpattern.nesting.borders.sweeping import Size, Sweep
from tfbpattern.nesting.contact.parts import parts_of
from tfbpattern.nesting.field import Field
from tfbpattern.nesting.filling import filled
from tfbpattern.nesting.pattern import Pattern

# Windows by which patterns are compared, and those for the best (ours: deeper ones take three times as long and gain
# three to seven cells on sheets of 3,000; longer or still deeper ones gain one more at most).
_TRIAL = Size(2.6, 1.6, 6)
_DEEP = Size(2.6, 2.2, 9)
# Patterns that are swept besides the one with the most cells, by so many at a time, and rounds of deep sweeps for the
# best, at efforts 1 to 5 (ours: which of equally dense patterns gains most cannot be foreseen).
_OTHERS = (0, 0, 7, 10, 14)
_BATCH = 4
_ROUNDS = (0, 1, 3, 5, 8)
# Steps of a run at most, and of first sweeps after which no more patterns are begun (ours: on sheets of 3,000 cells a
# first sweep takes 30 to 40 million, with strips against slivers up to 300, and a deep one four to five times as many).
_STEPS = (0, 100_000_000, 1_000_000_000, 4_000_000_000, 16_000_000_000)
# Steps of first sweeps: as many patterns go on as they hold, and one at least (ours: two where sweeps are plain).
_GOING_ON = (0, 0, 60_000_000, 120_000_000, 240_000_000)


def repaired(patterns: Sequence[Pattern], field: Field, cell: CellType, *, effort: int) -> Pattern | None:
    """
    The pattern with more cells than any of some, borders repaired, or None; at effort 1 they are only filled.

    The most promising are swept once each, and the best of them with deeper windows.

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
    likely = [
        other for other in others if other is not fullest and other.promise(field, cell) > len(fullest.placements)
    ]
    begun = [fullest, *likely[: _OTHERS[effort - 1]]]
    sweeps: list[Sweep] = []
    # Few patterns where sweeps take long.
    while len(sweeps) < len(begun) and sum(sweep.steps for sweep in sweeps) < _STEPS[effort - 1]:
        more = [Sweep(pattern.placements, field, cell, parts) for pattern in begun[len(sweeps) :][:_BATCH]]
        _run(more, _TRIAL, 1, _STEPS[effort - 1])
        sweeps += more
    # Of equals, the one that has gained more gains more.
    ranks = sorted(range(len(sweeps)), key=lambda k: (-len(sweeps[k].xs), len(begun[k].placements)))
    count = max(round(_GOING_ON[effort - 1] / max(sweeps[ranks[0]].steps, 1)), 1)
    _run([sweeps[k] for k in ranks[:count]], _DEEP, _ROUNDS[effort - 1], _STEPS[effort - 1])
    best = max(ranks, key=lambda k: len(sweeps[k].xs))
    if len(sweeps[best].xs) <= len(fullest.placements):
        return None
    return replace(begun[best], placements=sweeps[best].placements(), method=f"{begun[best].method}, borders repaired")


def _run(sweeps: Sequence[Sweep], size: Size, rounds: int, most_steps: int) -> None:
    """Run sweeps side by side: none knows of another, so that it does not matter how many cores there are."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            for done in [pool.submit(sweep.run, size, rounds, most_steps) for sweep in sweeps]:
                done.result()
        except BaseException:
            # After an interruption the pool would wait for them.
            for sweep in sweeps:
                sweep.stop()
            raise
