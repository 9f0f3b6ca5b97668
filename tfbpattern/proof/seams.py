"""
Seams: what the frames before and after on the web do to the cells of this one.

Frames of one job follow each other without a gap, and each is marked by the same programs, a frame length on. What they
mark beyond their ends must not hurt the cells of the next frame; it is not counted on for parting anything either.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np

from tfbpattern.model.finding import Finding
from tfbpattern.proof import isolation, isolation_styles, singulation
from tfbpattern.proof.curves import Moves
from tfbpattern.proof.shapes import shape_of
from tfbpattern.proof.sheet import Cells, Group, Sheet, groups_of

Harm = Callable[[Sheet, Group], Iterator[Finding]]


def check(sheet: Sheet) -> Iterator[Finding]:
    """No mark of a neighbouring frame takes anything from a cell; a sheet that stands alone has no such frame."""
    if sheet.job.web.stand_alone:
        return
    for operation, reach_mm, harms in (
        ("isolation", isolation_styles.reach_mm(sheet.job), (isolation.check_active,)),
        (
            "singulation",
            singulation.reach_of(sheet.job),
            (singulation.check_outline, singulation.check_active),
        ),
    ):
        for shift_mm, which in ((sheet.frame_length_mm, "after"), (-sheet.frame_length_mm, "before")):
            seam = _at_seam(sheet, operation, shift_mm, reach_mm)
            if seam is not None:
                yield from _hurt(seam, operation, reach_mm, harms, which)


def _hurt(seam: Sheet, operation: str, reach_mm: float, harms: tuple[Harm, ...], which: str) -> Iterator[Finding]:
    for group in groups_of(seam, seam.marks[operation], reach_mm):
        for harm in harms:
            for finding in harm(seam, group):
                yield dataclasses.replace(finding, message=f"in the frame {which}: {finding.message}")


def _at_seam(sheet: Sheet, operation: str, shift_mm: float, reach_mm: float) -> Sheet | None:
    """The cells that marks of the frame that stands off by *shift_mm* may reach, and those marks."""
    marks = sheet.marks[operation].moved(np.array([0.0, shift_mm]))
    boxes = marks.boxes()
    cells = sheet.cells
    low, high = np.empty(len(cells)), np.empty(len(cells))
    for kind, rotation, which in cells.groups():
        outline = shape_of(sheet.job, kind, rotation).outline
        low[which], high[which] = outline[:, 1].min() + cells.y_mm[which], outline[:, 1].max() + cells.y_mm[which]
    reach_mm += 0.01
    near = (boxes[:, 3] >= low.min() - reach_mm) & (boxes[:, 1] <= high.max() + reach_mm)
    if not near.any():
        return None
    boxes = boxes[near]
    of = np.flatnonzero((high >= boxes[:, 1].min() - reach_mm) & (low <= boxes[:, 3].max() + reach_mm))
    some = Cells(
        ids=tuple(cells.ids[k] for k in of.tolist()),
        kind=cells.kind[of],
        x_mm=cells.x_mm[of],
        y_mm=cells.y_mm[of],
        rotation_deg=cells.rotation_deg[of],
    )
    moves: Moves = marks.taken(near)
    return Sheet(job=sheet.job, cells=some, frame_length_mm=sheet.frame_length_mm, marks={operation: moves})
