"""
The area bound: cells grown by half a spacing do not overlap and lie in the field grown by half a spacing.

A keep-out takes area too, as far as no grown cell can reach into it.
"""

from __future__ import annotations

import math

import shapely
from shapely.geometry import Polygon

from tfbpattern.model.cell import CellType
from tfbpattern.nesting.field import SAGITTA_MM, Field


def area_bound(field: Field, cell: CellType) -> int:
    """
    The free area over the area of a cell with its half of the spacing, rounded down.

    Spacing is Euclidean in general; between rectangles at right angles it is kept per axis, and the grown cell is
    the larger box.
    """
    half = field.spacing_mm / 2.0
    x_min, y_min, x_max, y_max = cell.outline.bounds_mm
    # Chords lie inside the arcs they replace: a buffer of the inner polygon is less than the grown cell.
    inner = cell.outline.polygon(SAGITTA_MM)
    grown = inner.buffer(half, quad_segs=64).area
    bound = _cells(_free(field, half), min(grown, (x_max - x_min + 2 * half) * (y_max - y_min + 2 * half)))
    if cell.spaced_per_axis:
        # A round corner may stand in a keep-out's corner that the box of the cell could not.
        corners = shapely.points([(x_min, y_min), (x_max, y_min), (x_max, y_max), (x_min, y_max)])
        corner = float(shapely.distance(inner, corners).max())
        box = (x_max - x_min + field.spacing_mm) * (y_max - y_min + field.spacing_mm)
        bound = min(bound, _cells(_free(field, math.sqrt(2.0) * half + corner), box))
    return bound


def _cells(free_mm2: float, cell_mm2: float) -> int:
    # A billionth of a cell more, for the rounding of floats: a bound must never be too small.
    return math.floor(free_mm2 / cell_mm2 + 1e-9)


def _free(field: Field, reach_mm: float) -> float:
    """Area of the field grown by half a spacing, less what lies deeper than *reach_mm* inside a hazard."""
    half = field.spacing_mm / 2.0
    box = shapely.box(field.x_min_mm - half, field.y_min_mm - half, field.x_max_mm + half, field.y_max_mm + half)
    # Hazards are polygons that hold the true shapes, two sagittas and 0.03 % of the clearance larger at most.
    safe_mm = reach_mm + 2.0 * SAGITTA_MM
    deep: list[Polygon] = [hazard.shape.buffer(-safe_mm, quad_segs=64) for hazard in field.hazards]
    taken = shapely.intersection(shapely.union_all(deep), box).area if deep else 0.0
    return float(box.area) - 0.99 * taken
