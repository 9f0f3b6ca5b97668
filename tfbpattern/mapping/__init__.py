"""Nest to cell map: ids, terminals in the web frame, neighbours, touchdowns, status."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.mapping.neighbours import neighbours_of
from tfbpattern.mapping.touchdowns import plan_touchdowns
from tfbpattern.model.cellmap import CellMap, CellRecord, PlacedTerminal
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest
from tfbpattern.units import cos_sin_deg

# A defect hits a cell when it touches its outline; a micrometre is finer than any inspection places it.
_SAGITTA_MM = 0.001


def cell_id(roll: str, frame: int, row: int, column: int) -> str:
    """``R001-0001-R000C000``."""
    return f"{roll}-{frame:04d}-R{row:03d}C{column:03d}"


def cell_map(job: Job, nest: Nest, layout_sha256: str) -> CellMap:
    """
    The map of a nest, in its order: by row, then by column.

    Raises:
        InfeasibleError: the tester's probe card cannot reach every cell.
    """
    p = nest.placements
    ids = [cell_id(job.roll, job.frame, r, c) for r, c in zip(p.row.tolist(), p.column.tolist(), strict=True)]
    near = [tuple(ids[k] for k in index.tolist()) for index in neighbours_of(job, nest)]
    plan = plan_touchdowns(job, nest, job.tester) if job.tester else None
    landing: list[int] | list[None] = plan.touchdown.tolist() if plan else [None] * len(p)
    site: list[int] | list[None] = plan.site.tolist() if plan else [None] * len(p)
    columns = zip(
        ids,
        p.kind.tolist(),
        p.x_mm.tolist(),
        p.y_mm.tolist(),
        p.rotation_deg.tolist(),
        p.row.tolist(),
        p.column.tolist(),
        _marked(job, nest).tolist(),
        near,
        landing,
        site,
        strict=True,
    )
    turned = {(kind, rotation_deg): _turned_terminals(job, kind, rotation_deg) for kind, rotation_deg, _ in p.poses()}
    return CellMap(
        job=job,
        nest=nest,
        layout_sha256=layout_sha256,
        cells=tuple(
            CellRecord(
                id=name,
                type=job.cells[kind].name,
                row=row,
                column=column,
                x_mm=x,
                y_mm=y,
                rotation_deg=rotation,
                terminals=tuple(
                    PlacedTerminal(name=name, x_mm=x + dx, y_mm=y + dy) for name, dx, dy in turned[kind, rotation]
                ),
                status="marked" if marked else "cut",
                neighbours=beside,
                touchdown=touchdown,
                site=at,
            )
            for name, kind, x, y, rotation, row, column, marked, beside, touchdown, at in columns
        ),
        touchdowns=plan,
    )


def _turned_terminals(job: Job, kind: int, rotation_deg: float) -> tuple[tuple[str, float, float], ...]:
    cos, sin = cos_sin_deg(rotation_deg)
    return tuple((t.name, t.x_mm * cos - t.y_mm * sin, t.x_mm * sin + t.y_mm * cos) for t in job.cells[kind].terminals)


def _marked(job: Job, nest: Nest) -> NDArray[np.bool_]:
    """Which cells a marked defect lies on."""
    hit = np.zeros(len(nest.placements), dtype=bool)
    defects = job.web.marked_defects
    if not defects:
        return hit
    tree = shapely.STRtree(shapely.points([(d.x_mm, d.y_mm) for d in defects]))
    radii = np.array([d.diameter_mm / 2.0 for d in defects])
    for kind, rotation_deg, index in nest.placements.poses():
        shape = job.cells[kind].outline.rotated(rotation_deg).polygon(_SAGITTA_MM, outside=True)
        x_min, y_min, x_max, y_max = shape.bounds
        x, y, far = nest.placements.x_mm[index], nest.placements.y_mm[index], radii.max()
        boxes = shapely.box(x + x_min - far, y + y_min - far, x + x_max + far, y + y_max + far)
        cell, defect = tree.query(boxes)
        # The defect in the frame of the cell, so that one polygon serves all.
        spots = shapely.points(
            [defects[d].x_mm - x[c] for c, d in zip(cell, defect, strict=True)],
            [defects[d].y_mm - y[c] for c, d in zip(cell, defect, strict=True)],
        )
        on = shapely.distance(shape, spots) <= radii[defect]
        hit[index[cell[on]]] = True
    return hit
