"""
The Barnes bound for rectangles at right angles, on effective dimensions.

A box of a x b is b rods of 1 x a, and a rods of 1 x b. What rods of length n must leave of a rectangle is known
exactly (F. W. Barnes, "Packing the maximum number of m x n tiles in a large p x q rectangle", Discrete Mathematics
26, 1979): with the remainders r and s of its sides by n, min(r s, (n - r)(n - s)). The waste is at least the larger
of both, and congruent to the area modulo a b.
"""

from __future__ import annotations

import math

from tfbpattern.model.cell import CellType
from tfbpattern.nesting.field import Field
from tfbpattern.units import NM_PER_MM


def barnes_bound(field: Field, cell: CellType) -> int | None:
    """The bound, hazards left out of account; None for cells that are no rectangles at right angles."""
    if not cell.spaced_per_axis:
        return None
    x_min, y_min, x_max, y_max = cell.outline.bounds_mm
    # Sides rounded down and the field up: a bound may be too large, never too small.
    spacing = math.floor(field.spacing_mm * NM_PER_MM + 1e-6)
    a, b = (math.floor(side * NM_PER_MM + 1e-6) + spacing for side in (x_max - x_min, y_max - y_min))
    width, length = (math.ceil(side * NM_PER_MM - 1e-6) + spacing for side in (field.width_mm, field.length_mm))
    if width <= 0 or length <= 0:
        return 0
    upright = any(angle % 180.0 == 0.0 for angle in cell.rotations_deg)
    turned = any(angle % 180.0 == 90.0 for angle in cell.rotations_deg)
    if not turned or a == b:
        # Boxes that may not be turned: each holds a point of the lattice of pitch a, b that starts a box inside.
        return (width // a) * (length // b)
    if not upright:
        return (width // b) * (length // a)
    return boxes_at_most(width, length, a, b)


def boxes_at_most(width: int, length: int, a: int, b: int) -> int:
    """The bound for boxes of a x b, turned or not, in width x length; whole numbers."""
    common = math.gcd(a, b)
    a, b = a // common, b // common
    # No box is lost by shrinking a side to the longest length that sides of boxes add up to.
    width, length = (_effective(side // common, a, b) for side in (width, length))
    waste = max(_rod_waste(width, length, a), _rod_waste(width, length, b))
    rest = (width * length - waste) % (a * b)
    return (width * length - waste - rest) // (a * b)


def _effective(side: int, a: int, b: int) -> int:
    return max(count * a + (side - count * a) // b * b for count in range(side // a + 1))


def _rod_waste(width: int, length: int, rod: int) -> int:
    r, s = width % rod, length % rod
    return min(r * s, (rod - r) * (rod - s))
