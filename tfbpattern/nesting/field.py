"""
The field that cells are nested into, and the one question about it: what is in the way?

The web's edges, keep-outs, fiducials and defects are all hazards. A hazard is inflated by its clearance once, so
that the question is always whether an outline overlaps.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import rtree
import shapely
from shapely.geometry import Polygon

from tfbpattern.geometry.footprints import circle
from tfbpattern.geometry.forbidden import TOUCH_MM
from tfbpattern.geometry.offsets import inflate
from tfbpattern.model.cell import CellType
from tfbpattern.model.job import Job
from tfbpattern.model.tester import Tester
from tfbpattern.model.web import Web

SAGITTA_MM = 0.001
"""Cells and hazards are replaced by polygons that hold them, at most a micrometre larger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """Something in the way: ``shape`` includes its clearance (web frame)."""

    name: str
    shape: Polygon


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Field:
    """
    The usable rectangle for outlines, web frame, and the hazards in it.

    Cells stand at least ``spacing_mm`` apart; straight edges side by side stand exactly so, or farther apart by
    ``sliver_mm`` or more, since foil between two cuts must not be narrower than that.
    ``index`` is an rtree over the hazards' boxes; item k of it is ``hazards[k]``. ``card`` is the probe card, where the
    nest is to keep to whole steps of it.
    """

    x_min_mm: float
    y_min_mm: float
    x_max_mm: float
    y_max_mm: float
    spacing_mm: float
    sliver_mm: float
    hazards: tuple[Hazard, ...]
    index: rtree.index.Index = field(repr=False)
    card: Tester | None = None

    @property
    def width_mm(self) -> float:
        """Across the web."""
        return self.x_max_mm - self.x_min_mm

    @property
    def length_mm(self) -> float:
        """Along the web."""
        return self.y_max_mm - self.y_min_mm

    def blockers(self, cell: CellType, x_mm: float, y_mm: float, rotation_deg: float) -> tuple[Hazard, ...]:
        """What a cell at this pose would overlap; empty means that it fits (other cells are not asked)."""
        outline = cell.outline.rotated(rotation_deg).moved(x_mm, y_mm)
        shape = outline.polygon(SAGITTA_MM, outside=True)
        found = [
            self.hazards[k]
            for k in sorted(self.index.intersection(shape.bounds))
            if shapely.intersects(self.hazards[k].shape.buffer(-TOUCH_MM, join_style="mitre"), shape)
        ]
        x_min, y_min, x_max, y_max = outline.bounds_mm
        usable = shapely.box(self.x_min_mm, self.y_min_mm, self.x_max_mm, self.y_max_mm)
        beyond = max(self.x_min_mm - x_min, self.y_min_mm - y_min, x_max - self.x_max_mm, y_max - self.y_max_mm)
        if beyond > TOUCH_MM:
            found.append(Hazard(name="the edge of the usable area", shape=usable))
        return tuple(found)


def field_of(job: Job, frame_length_mm: float) -> Field:
    """The field of a frame of the given length; hazards that do not reach into it are left out."""
    web, spacing_mm = job.web, job.spacing_mm
    edge = web.edge_exclusion
    lead_mm, trail_mm = web.end_margins_mm(spacing_mm)
    x_min, x_max = edge.left_mm, web.width_mm - edge.right_mm
    y_min, y_max = lead_mm, frame_length_mm - trail_mm
    hazards = []
    for name, shape, clearance_mm in _obstacles(web):
        grown = inflate(shape, clearance_mm, quad_segs=32)
        left, low, right, high = grown.bounds
        if left < x_max and right > x_min and low < y_max and high > y_min:
            hazards.append(Hazard(name=name, shape=grown))
    return Field(
        x_min_mm=x_min,
        y_min_mm=y_min,
        x_max_mm=x_max,
        y_max_mm=y_max,
        spacing_mm=spacing_mm,
        # A rib keeps two cuts a kerf apart anyway.
        sliver_mm=job.singulation.kerf_mm if job.singulation.mode == "shared" else 0.0,
        hazards=tuple(hazards),
        index=_index([hazard.shape.bounds for hazard in hazards]),
        card=job.tester if job.tester and job.tester.lock_pitch else None,
    )


def _obstacles(web: Web) -> list[tuple[str, Polygon, float]]:
    return [
        *((f"keep-out {k.name}", k.shape.polygon(SAGITTA_MM, outside=True), k.clearance_mm) for k in web.keepouts),
        *((f"fiducial {f.name}", f.outline.polygon(SAGITTA_MM, outside=True), f.clearance_mm) for f in web.fiducials),
        *(
            (
                f"defect at {d.x_mm:g}, {d.y_mm:g}",
                # A spot without a size is still a point that no outline may hold.
                circle(max(d.diameter_mm, SAGITTA_MM)).moved(d.x_mm, d.y_mm).polygon(SAGITTA_MM, outside=True),
                0.0,
            )
            for d in web.avoided_defects
        ),
    ]


def _index(boxes: list[tuple[float, float, float, float]]) -> rtree.index.Index:
    # An rtree is only loaded in bulk from a stream that is not empty.
    return rtree.index.Index((k, box, None) for k, box in enumerate(boxes)) if boxes else rtree.index.Index()
