"""Isolation: the film removed around each active area, in one of several styles."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from tfbpattern.geometry.chains import Chains
from tfbpattern.geometry.offsets import offset
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Ints, Nest
from tfbpattern.model.process import Style
from tfbpattern.model.toolpath import Operation
from tfbpattern.scribing.street_lines import street_lines
from tfbpattern.scribing.strip import strip_lines

Lines = tuple[Chains, Ints, Ints]
"""Strokes, and the row and the column that each belongs to."""


def isolation(job: Job, nest: Nest) -> Operation:
    """The centre lines of all that isolation marks, in the style of the job."""
    strokes, row, column = STYLES[job.isolation.style](job, nest)
    return Operation(
        name="isolation",
        recipe=job.isolation.recipe,
        tolerance_mm=job.isolation.tolerance_mm,
        strokes=strokes,
        overcut_mm=job.isolation.overcut_mm,
        lead_in_mm=job.isolation.lead_in_mm,
        room_mm=job.isolation.setback_mm - job.isolation.line_width_mm,
        row=row,
        column=column,
        heat_distance_mm=job.isolation.heat_distance_mm,
    )


def _rings(job: Job, nest: Nest) -> Lines:
    """One closed stroke a cell."""
    return _around(job, nest, job.isolation_insets_mm[-1:])


def _hatch(job: Job, nest: Nest) -> Lines:
    """Closed strokes one inside the other, all of a cell after each other."""
    return _around(job, nest, job.isolation_insets_mm)


def _double(job: Job, nest: Nest) -> Lines:
    """The rings, and closed strokes along each cut of its own; or lines that neighbours share with the cut."""
    if job.singulation.mode == "contour":
        return _around(job, nest, job.isolation_insets_mm)
    rings, row, column = _rings(job, nest)
    lines, line_row, place = strip_lines(job, nest)
    after = int(row.max()) + 1
    return Chains.joined([rings, lines]), np.concatenate([row, line_row + after]), np.concatenate([column, place])


def _around(job: Job, nest: Nest, insets_mm: tuple[float, ...]) -> Lines:
    """Closed strokes around each cell at each of these distances inside its outline."""
    placements = nest.placements
    rings, cells = [], []
    for kind, rotation_deg, index in placements.poses():
        cell = job.cells[kind]
        for inset_mm in insets_mm:
            ring = cell.trench if inset_mm == insets_mm[-1] else offset(cell.outline, -inset_mm)[0]
            rings.append(Chains.copies(ring.rotated(rotation_deg), placements.x_mm[index], placements.y_mm[index]))
            cells.append(index)
    order = np.concatenate(cells)
    return Chains.joined(rings), placements.row[order], placements.column[order]


STYLES: Mapping[Style, Callable[[Job, Nest], Lines]] = {
    "ring": _rings,
    "double": _double,
    "grid": street_lines,
    "hatch": _hatch,
}
