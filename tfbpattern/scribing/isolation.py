"""Isolation: one closed line in the film around each active area."""

from __future__ import annotations

import numpy as np

from tfbpattern.geometry.chains import Chains
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest
from tfbpattern.model.toolpath import Operation


def isolation(job: Job, nest: Nest) -> Operation:
    """The centre lines of all trenches, one closed stroke a cell."""
    placements = nest.placements
    rings, cells = [], []
    for kind, rotation_deg, index in placements.poses():
        ring = job.cells[kind].trench.rotated(rotation_deg)
        rings.append(Chains.copies(ring, placements.x_mm[index], placements.y_mm[index]))
        cells.append(index)
    order = np.concatenate(cells)
    return Operation(
        name="isolation",
        recipe=job.isolation.recipe,
        tolerance_mm=job.isolation.tolerance_mm,
        strokes=Chains.joined(rings),
        overcut_mm=job.isolation.overcut_mm,
        room_mm=job.isolation.setback_mm - job.isolation.line_width_mm,
        row=placements.row[order],
        column=placements.column[order],
    )
