"""A second opinion on a nest, from shapely and plain arithmetic: does every cell stand where it may?"""

from __future__ import annotations

import numpy as np
import shapely

from tests.outlines_for_tests import fine
from tfbpattern.model.cell import CellType
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest
from tfbpattern.model.web import Web

NM = 1e-6
# A hundredth of the micrometre that a law may be broken by; chords lie inside, so distances come out no smaller.
_SAGITTA_MM = 1e-5


def cells_of(job: Job, nest: Nest) -> list[shapely.Polygon]:
    """The outlines as cut, fine polygons in the web frame."""
    p = nest.placements
    return [
        fine(job.cells[kind].outline.rotated(angle).moved(x, y), _SAGITTA_MM)
        for kind, x, y, angle in zip(
            p.kind.tolist(), p.x_mm.tolist(), p.y_mm.tolist(), p.rotation_deg.tolist(), strict=True
        )
    ]


def usable_mm(web: Web, length_mm: float, spacing_mm: float) -> tuple[float, float, float, float]:
    """Where outlines may lie: the web less its exclusions, and half a spacing at ends that nothing else keeps."""
    edge = web.edge_exclusion
    missing = 0.0 if web.stand_alone else max(spacing_mm - (edge.lead_mm + edge.trail_mm), 0.0) / 2.0
    return (
        edge.left_mm,
        edge.lead_mm + missing,
        web.width_mm - edge.right_mm,
        length_mm - edge.trail_mm - missing,
    )


def is_per_axis(cell: CellType) -> bool:
    """Rectangles keep the spacing per axis, where they stand square to each other."""
    return cell.axis_rectangle and all(angle % 90.0 == 0.0 for angle in cell.rotations_deg)


def check_nest(job: Job, nest: Nest) -> None:
    """Usable area, spacing, clearances, names of places; to the nanometre between straight edges."""
    cells = cells_of(job, nest)
    boxes = shapely.bounds(cells)
    x_min, y_min, x_max, y_max = usable_mm(job.web, nest.frame_length_mm, job.spacing_mm)
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    assert low[0] >= x_min - NM
    assert low[1] >= y_min - NM
    assert high[0] <= x_max + NM
    assert high[1] <= y_max + NM
    shortest, longest = job.web.frame_length_mm
    assert shortest - NM <= nest.frame_length_mm <= longest + NM
    assert nest.spacing_mm == job.spacing_mm
    _check_spacing(job, cells)
    for what, clearance in obstacles(job.web):
        away = shapely.distance(what, cells)
        assert away.min() >= clearance - NM
        assert not any(cell.intersection(what).area > NM for cell in np.array(cells)[away == 0.0])
    places = list(zip(nest.placements.row.tolist(), nest.placements.column.tolist(), strict=True))
    assert len(set(places)) == len(places)
    assert places == sorted(places)
    assert min(row for row, _ in places) == 0
    assert min(column for _, column in places) == 0
    assert set(nest.placements.rotation_deg.tolist()) <= set(job.cells[0].rotations_deg)
    assert len(cells) <= nest.upper_bound


def _check_spacing(job: Job, cells: list[shapely.Polygon]) -> None:
    spacing = job.spacing_mm
    boxes = shapely.bounds(cells)
    reach = shapely.box(*(boxes + np.array([-1.0, -1.0, 1.0, 1.0]) * spacing).T)
    first, second = shapely.STRtree(cells).query(reach)
    pairs = first < second
    first, second = first[pairs], second[pairs]
    if is_per_axis(job.cells[0]):
        a, b = boxes[first], boxes[second]
        gap_x = np.maximum(b[:, 0] - a[:, 2], a[:, 0] - b[:, 2])
        gap_y = np.maximum(b[:, 1] - a[:, 3], a[:, 1] - b[:, 3])
        assert np.maximum(gap_x, gap_y).min(initial=np.inf) >= spacing - NM
    else:
        every = np.array(cells, dtype=object)
        assert shapely.distance(every[first], every[second]).min(initial=np.inf) >= spacing - NM


def obstacles(web: Web) -> list[tuple[shapely.Geometry, float]]:
    """Shapes and the clearance outlines keep from them, marks as their convex hulls."""
    found: list[tuple[shapely.Geometry, float]] = [
        *((fine(keepout.shape, _SAGITTA_MM), keepout.clearance_mm) for keepout in web.keepouts),
        *((shapely.Point(defect.x_mm, defect.y_mm), defect.diameter_mm / 2.0) for defect in web.avoided_defects),
    ]
    for mark in web.fiducials:
        half, x, y = mark.size_mm / 2.0, mark.x_mm, mark.y_mm
        if mark.shape == "square":
            found.append((shapely.box(x - half, y - half, x + half, y + half), mark.clearance_mm))
        elif mark.shape == "circle":
            found.append((shapely.Point(x, y), half + mark.clearance_mm))
        else:
            arms = [[(x - half, y), (x + half, y)], [(x, y - half), (x, y + half)]]
            found.append((shapely.multilinestrings(arms).convex_hull, mark.clearance_mm))
    return found
