"""
The pallet loading problem: how many boxes of a x b, turned or not, fit into a rectangle.

Rectangular cells at right angles keep their spacing per axis, so each is a box one spacing larger in a field one
spacing larger. Lengths are whole nanometres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tfbpattern.model.cell import CellType
from tfbpattern.nesting.field import Field
from tfbpattern.units import NM_PER_MM

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PalletProblem:
    """
    Boxes of a across (x) and b along (y), and turned ones of b and a, in width x length; all in nanometres.

    ``upright`` and ``turned`` are rotations of the cell that give the one and the other; ``turned_deg`` is None
    where turning is not allowed, or changes nothing. A box is a cell and ``spacing`` to its right and above it.
    """

    width: int
    length: int
    a: int
    b: int
    spacing: int
    upright_deg: float
    turned_deg: float | None


def pallet_problem(field: Field, cell: CellType) -> PalletProblem | None:
    """The problem that a cell poses, in nanometres; None for a cell that is no rectangle along the axes."""
    if not cell.spaced_per_axis:
        return None
    upright = [angle for angle in cell.rotations_deg if angle % 180.0 == 0.0]
    turned = [angle for angle in cell.rotations_deg if angle % 180.0 == 90.0]
    x_min, y_min, x_max, y_max = cell.outline.bounds_mm
    spacing = _up(field.spacing_mm)
    a, b = _up(x_max - x_min) + spacing, _up(y_max - y_min) + spacing
    if not upright:
        # Cells that always lie turned are upright boxes of the other shape.
        a, b, upright, turned = b, a, turned, []
    return PalletProblem(
        width=max(_down(field.width_mm) + spacing, 0),
        length=max(_down(field.length_mm) + spacing, 0),
        a=a,
        b=b,
        spacing=spacing,
        upright_deg=upright[0],
        turned_deg=turned[0] if turned and a != b else None,
    )


def _up(value_mm: float) -> int:
    """Nanometres, rounded up; a millionth of one is noise of the float."""
    return math.ceil(value_mm * NM_PER_MM - 1e-6)


def _down(value_mm: float) -> int:
    return math.floor(value_mm * NM_PER_MM + 1e-6)


def combinations(limit: int, a: int, b: int, most: int) -> Ints:
    """
    The lengths i a + j b up to *limit* (normal patterns; J. C. Herz, IBM J. Res. Dev. 16, 1972), sorted, from 0.

    Where there are more than *most*, those with few boxes of one kind are kept, and the longest for each i.
    """
    i, j = np.arange(limit // a + 1, dtype=np.int64), np.arange(limit // b + 1, dtype=np.int64)
    lengths = i[:, None] * a + j[None, :] * b
    fits = lengths <= limit
    every = np.unique(lengths[fits])
    if len(every) <= most:
        return every
    fewer = np.minimum(i[:, None], j[None, :])
    low, high = 0, int(fewer.max())
    while low < high:
        middle = (low + high + 1) // 2
        if len(np.unique(lengths[fits & (fewer <= middle)])) <= most:
            low = middle
        else:
            high = middle - 1
    longest = i * a + (limit - i * a) // b * b
    return np.unique(np.concatenate([lengths[fits & (fewer <= low)], longest]))
