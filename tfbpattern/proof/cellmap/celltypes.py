"""Head and cell types of the map against the job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError

from tfbpattern.model.cell import CellType
from tfbpattern.model.finding import Finding
from tfbpattern.model.job import Job
from tfbpattern.proof.cellmap.measures import SAME_MM, close, deviation, near, wrong
from tfbpattern.proof.curves import ring_of
from tfbpattern.proof.emitted import Emitted

# Areas of six decimals, from arcs here taken as chords: relative.
_AREA = 1e-5


def check_head(emitted: Emitted, document: Mapping[str, Any], length_mm: float, file: str) -> Iterator[Finding]:
    """Whose map it is, its web and its fiducials."""
    job = emitted.job
    web = document["web"]
    told = {
        "schema": "tfbpattern/cells/1",
        "job": job.name,
        "roll": job.roll,
        "frame": job.frame,
        "units": "mm",
        "origin_location": "LowerLeft",
        "axis_direction": "UpRight",
        "layout_sha256": emitted.layout_sha256,
    }
    for key, value in told.items():
        if document.get(key) != value:
            yield wrong("head", f"{key} is {document.get(key)!r:.80}; it must be {value!r:.80}", file)
    for key, value in (("width_mm", job.web.width_mm), ("film_side", job.web.film_side)):
        if web.get(key) != value:
            yield wrong("head", f"web.{key} is {web.get(key)!r:.40}; it must be {value!r}", file)
    low, high = job.web.frame_length_mm
    if not low - 1e-6 <= length_mm <= high + 1e-6:
        yield wrong("head", f"the frame is {length_mm:g} mm long; the layout allows {low:g} to {high:g} mm", file)
    marks = [(f.get("name"), f.get("x_mm"), f.get("y_mm")) for f in document.get("fiducials", [])]
    wanted = [(f.name, f.x_mm, f.y_mm) for f in job.web.fiducials]
    alike = len(marks) == len(wanted) and all(
        a[0] == b[0] and close(a[1], b[1]) and close(a[2], b[2]) for a, b in zip(marks, wanted, strict=True)
    )
    if not alike:
        yield wrong("head", "the fiducials are not those of the layout", file)


def check_types(job: Job, document: Mapping[str, Any], file: str) -> Iterator[Finding]:
    """Outlines, areas, capacities and terminals are those of the layout."""
    told = document.get("cell_types")
    if not isinstance(told, list) or [t.get("name") for t in told] != [cell.name for cell in job.cells]:
        yield wrong("types", "the cell types are not those of the layout", file)
        return
    for cell, described in zip(job.cells, told, strict=True):
        ring = ring_of(np.asarray(cell.outline.vertices))
        outline = shapely.LinearRing(ring)
        try:
            points = np.array(described["outline_mm"], dtype=np.float64)
            if not np.isfinite(points).all():
                raise ValueError("a number that is none")
            drawn = shapely.LinearRing(points)
            area = described["active_area_mm2"]
        except (KeyError, TypeError, ValueError, ShapelyError) as error:
            yield wrong("types", f"{cell.name!r} cannot be read: {str(error)[:60]}", file)
            continue
        if deviation(drawn, outline) > 2.0 * SAME_MM:
            yield Finding(
                rule="map.types",
                message=f"the outline of {cell.name!r} is {deviation(drawn, outline):.4f} mm off",
                measured=deviation(drawn, outline),
                limit=2.0 * SAME_MM,
                file=file,
            )
        if not near(area, cell.active_area_mm2, _AREA):
            yield wrong("types", f"the active area of {cell.name!r} is {area!r:.40} mm2", file)
        if job.stack is not None and not near(
            described.get("capacity_uah"), job.stack.capacity_uah(cell.active_area_mm2), _AREA
        ):
            yield wrong("types", f"the capacity of {cell.name!r} is {described.get('capacity_uah')!r:.40}", file)
        yield from _terminals(cell, described, file)


def _terminals(cell: CellType, described: Mapping[str, Any], file: str) -> Iterator[Finding]:
    told = described.get("terminals")
    fields = ("name", "kind", "x_mm", "y_mm", "width_mm", "height_mm")
    wanted = [tuple(getattr(terminal, field) for field in fields) for terminal in cell.terminals]
    found = [tuple(t.get(field) for field in fields) for t in told] if isinstance(told, list) else None
    same = (
        found is not None
        and len(found) == len(wanted)
        and all(
            a[:2] == b[:2] and all(close(p, q) for p, q in zip(a[2:], b[2:], strict=True))
            for a, b in zip(found, wanted, strict=True)
        )
    )
    if not same:
        yield wrong("types", f"the terminals of {cell.name!r} are not those of the layout", file)
