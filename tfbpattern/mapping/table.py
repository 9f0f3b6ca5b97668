"""The cell map in columns, straight from the map: the same that its file reads back as."""

from __future__ import annotations

import numpy as np

from tfbpattern.model.cellmap import CellMap
from tfbpattern.model.celltable import CellTable, MappedTerminal, MappedType

# As in the file: whole nanometres, and outlines with vertices on the arcs.
_DECIMALS = 6
_SAGITTA_MM = 0.001


def table_of(cells: CellMap) -> CellTable:
    """Columns of a map."""
    job, p = cells.job, cells.nest.placements
    plan = cells.touchdowns
    untested = np.full(len(p), -1, dtype=np.int64)
    return CellTable(
        job=job.name,
        roll=job.roll,
        frame=job.frame,
        layout_sha256=cells.layout_sha256,
        width_mm=job.web.width_mm,
        frame_length_mm=cells.nest.frame_length_mm,
        film_side=job.web.film_side,
        types=tuple(
            MappedType(
                name=cell.name,
                outline_mm=np.round(cell.outline.flattened(_SAGITTA_MM), _DECIMALS) + 0.0,
                capacity_uah=job.stack.capacity_uah(cell.active_area_mm2) if job.stack else None,
                terminals=tuple(
                    MappedTerminal(name=t.name, kind=t.kind, x_mm=t.x_mm, y_mm=t.y_mm) for t in cell.terminals
                ),
            )
            for cell in job.cells
        ),
        ids=tuple(cell.id for cell in cells),
        kind=p.kind.astype(np.int64),
        row=p.row.astype(np.int64),
        column=p.column.astype(np.int64),
        x_mm=np.round(p.x_mm, _DECIMALS) + 0.0,
        y_mm=np.round(p.y_mm, _DECIMALS) + 0.0,
        rotation_deg=p.rotation_deg,
        marked=np.array([cell.status == "marked" for cell in cells], dtype=bool),
        touchdown=plan.touchdown if plan else untested,
        site=plan.site if plan else untested,
        neighbours=tuple(cell.neighbours for cell in cells),
    )
