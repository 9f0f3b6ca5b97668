"""
The disc bound: discs inside the cells, as many as fit when only discs had to keep clear of each other.

Discs of radius r with a spacing s between them have centres at least d = 2 r + s apart. In a compact convex region of
area A and perimeter P there are at most 2 / sqrt(3) A / d^2 + P / (2 d) + 1 such points (H. Groemer, "Ueber die
Einlagerung von Kreisen in einen konvexen Bereich", Math. Zeitschrift 73, 1960; N. Oler, "An inequality in the geometry
of numbers", Acta Mathematica 105, 1961). For round cells it is close; for others the area bound is.
"""

from __future__ import annotations

import math
from functools import lru_cache

import shapely

from tfbpattern.model.cell import CellType
from tfbpattern.nesting.field import Field

# Arcs are taken as chords this close to them, and the disc as much smaller.
_SAGITTA_MM = 1e-6
# How far from the largest disc its centre may be, in parts of the cell's size: any disc inside gives a bound.
_OFF_CENTRE = 1e-5


def disc_bound(field: Field, cell: CellType) -> int | None:
    """The bound, hazards left out of account; None for cells whose spacing is no distance but kept per axis."""
    if cell.spaced_per_axis:
        return None
    radius = _inscribed_mm(cell)
    if radius <= 0.0:
        return None
    # Wherever a cell stands, its disc lies in the usable rectangle like itself.
    width, length = field.width_mm - 2.0 * radius, field.length_mm - 2.0 * radius
    if width < 0.0 or length < 0.0:
        return 0
    apart = 2.0 * radius + field.spacing_mm
    limit = 2.0 / math.sqrt(3.0) * width * length / apart**2 + (width + length) / apart + 1.0
    # A billionth of a cell more, for the rounding of floats: a bound must never be too small.
    return math.floor(limit + 1e-9)


@lru_cache(maxsize=8)
def _inscribed_mm(cell: CellType) -> float:
    """The radius of a disc that lies inside of a cell, about as large as there is one."""
    shape = cell.outline.polygon(_SAGITTA_MM)
    spoke = shapely.maximum_inscribed_circle(shape, tolerance=_OFF_CENTRE * math.sqrt(shape.area))
    centre = shapely.get_point(spoke, 0)
    return float(shapely.distance(centre, shape.exterior)) - _SAGITTA_MM
