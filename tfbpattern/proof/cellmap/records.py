"""The records of the map, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import shapely

from tfbpattern.model.cell import Terminal
from tfbpattern.model.finding import Finding
from tfbpattern.model.job import Job
from tfbpattern.proof.cellmap.measures import SAME_MM, close, whole, wrong
from tfbpattern.proof.curves import ring_of
from tfbpattern.proof.sheet import Cells
from tfbpattern.units import cos_sin_deg


def check_records(job: Job, document: Mapping[str, Any], cells: Cells, file: str) -> Iterator[Finding]:
    """Ids, rows and columns, rotations, terminals of every cell."""
    seen: dict[str, int] = {}
    spots: dict[tuple[int, int], str] = {}
    turns = {(k, angle) for k, cell in enumerate(job.cells) for angle in cell.rotations_deg}
    pads = {}
    for number, record in enumerate(document["cells"]):
        cell_id = cells.ids[number]
        row, column = record.get("row"), record.get("column")
        if cell_id in seen:
            yield wrong("ids", f"{cell_id} stands for two cells", file, cell_id)
        seen[cell_id] = number
        if not whole(row) or not whole(column):
            yield wrong("ids", f"{cell_id} has no row and column", file, cell_id)
            continue
        if (row, column) in spots:
            yield wrong("ids", f"{cell_id} and {spots[row, column]} share row {row}, column {column}", file, cell_id)
        spots[row, column] = cell_id
        if cell_id != f"{job.roll}-{job.frame:04d}-R{row:03d}C{column:03d}":
            yield wrong("ids", f"{cell_id} is not the id of row {row}, column {column}", file, cell_id)
        pose = (int(cells.kind[number]), float(cells.rotation_deg[number]))
        if not any(k == pose[0] and close(pose[1], angle) for k, angle in turns):
            yield wrong("cells", f"{cell_id} is turned by {pose[1]:g} degrees, which is not allowed", file, cell_id)
        if pose not in pads:
            pads[pose] = _turned(job.cells[pose[0]].terminals, pose[1])
        x, y = float(cells.x_mm[number]), float(cells.y_mm[number])
        told = record.get("terminals")
        found = [(t.get("name"), t.get("x_mm"), t.get("y_mm")) for t in told] if isinstance(told, list) else []
        wanted = [(name, x + dx, y + dy) for name, dx, dy in pads[pose]]
        if len(found) != len(wanted) or not all(
            a[0] == b[0] and close(a[1], b[1]) and close(a[2], b[2]) for a, b in zip(found, wanted, strict=True)
        ):
            yield wrong("terminals", f"the terminals of {cell_id} are not where its place puts them", file, cell_id)
        for other in record.get("neighbours", []):
            if other == cell_id:
                yield wrong("neighbours", f"{cell_id} is its own neighbour", file, cell_id)
    yield from _neighbours(document, cells, seen, file)


def _neighbours(document: Mapping[str, Any], cells: Cells, numbers: Mapping[str, int], file: str) -> Iterator[Finding]:
    """Neighbours, where the map tells them, are cells of the map, and each other's."""
    pairs = {
        (cells.ids[k], other) for k, record in enumerate(document["cells"]) for other in record.get("neighbours", [])
    }
    for one, other in sorted(pairs, key=str):
        if other not in numbers:
            yield wrong("neighbours", f"{other!r:.40}, a neighbour of {one}, is no cell of the map", file, one)
        elif (other, one) not in pairs:
            yield wrong("neighbours", f"{other} is a neighbour of {one}, but not the other way", file, one)


def _turned(terminals: tuple[Terminal, ...], rotation_deg: float) -> list[tuple[str, float, float]]:
    cos, sin = cos_sin_deg(rotation_deg)
    return [(t.name, t.x_mm * cos - t.y_mm * sin, t.x_mm * sin + t.y_mm * cos) for t in terminals]


def check_status(job: Job, document: Mapping[str, Any], cells: Cells, file: str) -> Iterator[Finding]:
    """A cell is marked where a defect that is not avoided touches it, and only there."""
    defects = job.web.marked_defects
    touched = np.zeros(len(cells), dtype=bool)
    surely = np.zeros(len(cells), dtype=bool)
    if defects:
        tree = shapely.STRtree(shapely.points([(d.x_mm, d.y_mm) for d in defects]))
        radii = np.array([d.diameter_mm / 2.0 for d in defects])
        for kind, rotation, which in cells.groups():
            ring = ring_of(np.asarray(job.cells[kind].outline.vertices))
            cos, sin = cos_sin_deg(rotation)
            turned = np.column_stack([ring[:, 0] * cos - ring[:, 1] * sin, ring[:, 0] * sin + ring[:, 1] * cos])
            places = cells.places(which)
            span = np.abs(turned).max() + radii.max() + SAME_MM
            number, defect = tree.query(
                shapely.box(*(places - span).T, *(places + span).T)  # the cells' surroundings
            )
            spots = shapely.points(
                np.array([(defects[d].x_mm, defects[d].y_mm) for d in defect.tolist()]).reshape(-1, 2) - places[number]
            )
            away = shapely.distance(shapely.Polygon(turned), spots) - radii[defect]
            touched[which[number[away <= SAME_MM]]] = True
            surely[which[number[away <= -SAME_MM]]] = True
    for number, record in enumerate(document["cells"]):
        status = record.get("status")
        if (
            status not in ("cut", "marked")
            or (status == "marked" and not touched[number])
            or (status == "cut" and surely[number])
        ):
            yield wrong(
                "status",
                f"{cells.ids[number]} is {status!r:.20}; {'a' if surely[number] else 'no'} known defect lies on it",
                file,
                cells.ids[number],
            )
