"""Rooms: the boxes of places at which a cell lies in the usable rectangle."""

from __future__ import annotations

import numpy as np

from tfbpattern.geometry.arcs import Floats
from tfbpattern.model.cell import CellType
from tfbpattern.nesting.field import Field


def room_of(field: Field, cell: CellType, rotation_deg: float) -> Floats:
    """Least x and y, greatest x and y (4,) of a cell's place; its sides cross where the cell does not fit."""
    x_min, y_min, x_max, y_max = cell.outline.rotated(rotation_deg).bounds_mm
    return np.array([field.x_min_mm - x_min, field.y_min_mm - y_min, field.x_max_mm - x_max, field.y_max_mm - y_max])
