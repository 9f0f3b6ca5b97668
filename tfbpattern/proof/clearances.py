"""Clearances: outlines on the usable web, apart from each other, and away from what is in the way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from tfbpattern.model.finding import Finding
from tfbpattern.proof.curves import SAGITTA_MM, Floats, ring_of
from tfbpattern.proof.shapes import shape_of
from tfbpattern.proof.sheet import SEARCH_MM, Sheet

# Places have six decimals; a nanometre each way, and chords for arcs.
_ROUNDING_MM = 2.0 * SAGITTA_MM + 4e-6


def check(sheet: Sheet) -> Iterator[Finding]:
    """Web, hazards, spacing."""
    boxes = _boxes(sheet)
    yield from _on_web(sheet, boxes)
    yield from _hazards(sheet, boxes)
    yield from _spacing(sheet, boxes)


def _boxes(sheet: Sheet) -> Floats:
    boxes = np.empty((len(sheet.cells), 4))
    for kind, rotation, which in sheet.cells.groups():
        outline = shape_of(sheet.job, kind, rotation).outline
        box = np.concatenate([outline.min(axis=0), outline.max(axis=0)])
        boxes[which] = box + np.tile(sheet.cells.places(which), 2)
    return boxes


def _on_web(sheet: Sheet, boxes: Floats) -> Iterator[Finding]:
    job, edge = sheet.job, sheet.job.web.edge_exclusion
    lead, trail = job.web.end_margins_mm(job.spacing_mm)
    low = np.array([edge.left_mm, lead])
    high = np.array([job.web.width_mm - edge.right_mm, sheet.frame_length_mm - trail])
    beyond = np.column_stack([low - boxes[:, :2], boxes[:, 2:] - high])
    for k in np.flatnonzero((beyond > _ROUNDING_MM).any(axis=1)).tolist():
        side = int(np.argmax(beyond[k]))
        yield Finding(
            rule="clearances.web",
            message=f"the outline leaves the usable web at the {('left', 'lead', 'right', 'trail')[side]} by"
            f" {beyond[k, side]:.4f} mm",
            cells=(sheet.cells.ids[k],),
            measured=float(beyond[k, side]),
            limit=0.0,
            x_mm=float(sheet.cells.x_mm[k]),
            y_mm=float(sheet.cells.y_mm[k]),
        )


def _hazards(sheet: Sheet, boxes: Floats) -> Iterator[Finding]:
    web = sheet.job.web
    hazards = [
        *(
            (f"keep-out {k.name!r}", shapely.Polygon(ring_of(np.asarray(k.shape.vertices))), k.clearance_mm)
            for k in web.keepouts
        ),
        *(
            (f"fiducial {f.name!r}", shapely.Polygon(ring_of(np.asarray(f.outline.vertices))), f.clearance_mm)
            for f in web.fiducials
        ),
        *(
            (f"defect {d.kind!r}", shapely.Point(d.x_mm, d.y_mm).buffer(d.diameter_mm / 2.0, quad_segs=64), 0.0)
            for d in web.avoided_defects
        ),
    ]
    if not hazards:
        return
    tree = shapely.STRtree(shapely.box(*boxes.T))
    for name, region, clearance_mm in hazards:
        for k in np.sort(tree.query(region, predicate="dwithin", distance=clearance_mm + SEARCH_MM)).tolist():
            cells = sheet.cells
            shape = shape_of(sheet.job, int(cells.kind[k]), float(cells.rotation_deg[k]))
            at = shapely.Polygon(shape.outline + np.array([cells.x_mm[k], cells.y_mm[k]]))
            distance = float(shapely.distance(at, region))
            # What only touches keeps a clearance of nothing.
            overlap = distance == 0.0 and shapely.intersection(at, region).area > 1e-4 * _ROUNDING_MM
            if distance < clearance_mm - _ROUNDING_MM - 1e-4 * (name.startswith("defect")) or overlap:
                spot = shapely.shortest_line(at, region).coords[0]
                yield Finding(
                    rule="clearances.hazard",
                    message=f"the outline is {distance:.4f} mm from the {name}; {clearance_mm:g} mm are asked for",
                    cells=(cells.ids[k],),
                    measured=distance,
                    limit=clearance_mm,
                    x_mm=float(spot[0]),
                    y_mm=float(spot[1]),
                )


def _spacing(sheet: Sheet, boxes: Floats) -> Iterator[Finding]:
    """Each relative place of two neighbours is measured once."""
    cells, job = sheet.cells, sheet.job
    spacing = job.spacing_mm
    grown = boxes + np.array([-1.0, -1.0, 1.0, 1.0]) * (spacing / 2.0)
    one, other = shapely.STRtree(shapely.box(*grown.T)).query(shapely.box(*grown.T))
    first = one < other
    one, other = one[first], other[first]
    gap = np.maximum(boxes[one, :2] - boxes[other, 2:], boxes[other, :2] - boxes[one, 2:])
    upright = np.array([cell.spaced_per_axis for cell in job.cells])
    square = (np.abs(cells.rotation_deg % 90.0) < 1e-9) & upright[cells.kind]
    per_axis = square[one] & square[other]
    # Rectangles that are only turned at right angles keep the spacing on one axis; all others keep it as distance.
    free = gap.max(axis=1) >= spacing - _ROUNDING_MM
    near = per_axis & ~free
    for a, b, distance in zip(one[near].tolist(), other[near].tolist(), gap[near].max(axis=1).tolist(), strict=True):
        yield _too_near(sheet, a, b, max(distance, 0.0))
    one, other = one[~per_axis & ~free], other[~per_axis & ~free]
    if not len(one):
        return
    way = np.round(
        np.column_stack(
            [
                cells.kind[one],
                cells.rotation_deg[one],
                cells.kind[other],
                cells.rotation_deg[other],
                cells.x_mm[other] - cells.x_mm[one],
                cells.y_mm[other] - cells.y_mm[one],
            ]
        ),
        6,
    )
    unique, inverse = np.unique(way, axis=0, return_inverse=True)
    regions = {(float(kind), rotation): shape_of(job, kind, rotation).outline for kind, rotation, _ in cells.groups()}
    here = np.array([shapely.Polygon(regions[k, r]) for k, r in unique[:, :2].tolist()])
    there = np.array([shapely.Polygon(regions[k, r] + np.array([dx, dy])) for k, r, dx, dy in unique[:, 2:].tolist()])
    distances = np.asarray(shapely.distance(here, there))[inverse.ravel()]
    for k in np.flatnonzero(distances < spacing - _ROUNDING_MM).tolist():
        yield _too_near(sheet, int(one[k]), int(other[k]), float(distances[k]))


def _too_near(sheet: Sheet, one: int, other: int, distance: float) -> Finding:
    cells = sheet.cells
    return Finding(
        rule="clearances.spacing",
        message=f"two cells are {distance:.4f} mm apart; the spacing is {sheet.job.spacing_mm:g} mm",
        cells=(cells.ids[one], cells.ids[other]),
        measured=distance,
        limit=sheet.job.spacing_mm,
        x_mm=float(cells.x_mm[one] + cells.x_mm[other]) / 2.0,
        y_mm=float(cells.y_mm[one] + cells.y_mm[other]) / 2.0,
    )
