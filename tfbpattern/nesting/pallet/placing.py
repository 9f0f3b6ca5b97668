"""Blocks of boxes as cells on the field."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tfbpattern.model.cell import CellType
from tfbpattern.model.nest import Placements
from tfbpattern.nesting.field import Field
from tfbpattern.nesting.pallet.blocks import Block
from tfbpattern.nesting.pallet.problem import Ints, PalletProblem
from tfbpattern.nesting.rows import in_order, rows_and_columns
from tfbpattern.nesting.zones import zones_of
from tfbpattern.units import NM_PER_MM


def boxes_of(blocks: Sequence[Block], problem: PalletProblem) -> tuple[Ints, Ints, np.ndarray]:
    """Lower-left corners (n,), (n,) of all boxes in nanometres from the field's corner, and which are turned."""
    xs, ys, turned = [], [], []
    for block in blocks:
        width, length = (problem.b, problem.a) if block.turned else (problem.a, problem.b)
        xs.append(block.x + np.tile(np.arange(block.columns, dtype=np.int64) * width, block.rows))
        ys.append(block.y + np.repeat(np.arange(block.rows, dtype=np.int64) * length, block.columns))
        turned.append(np.full(block.columns * block.rows, block.turned))
    return np.concatenate(xs), np.concatenate(ys), np.concatenate(turned)


def placed(x: Ints, y: Ints, turned: np.ndarray, problem: PalletProblem, field: Field, cell: CellType) -> Placements:
    """The cells of the boxes, less those that a hazard takes."""
    x_min, y_min, x_max, y_max = cell.outline.rotated(problem.upright_deg).bounds_mm
    width = np.where(turned, y_max - y_min, x_max - x_min)
    length = np.where(turned, x_max - x_min, y_max - y_min)
    left, low = field.x_min_mm + x / NM_PER_MM, field.y_min_mm + y / NM_PER_MM
    # The cell frame's origin is the centre of the outline's box.
    centre_x, centre_y = np.round(left + width / 2.0, 9), np.round(low + length / 2.0, 9)
    angle = np.full(len(x), problem.upright_deg)
    if problem.turned_deg is not None:
        angle[turned] = problem.turned_deg
    taken = np.zeros(len(x), dtype=bool)
    for one in np.unique(angle).tolist():
        taken[angle == one] = zones_of(field, cell, one).hold(centre_x[angle == one], centre_y[angle == one])
    free = ~taken
    row, column = rows_and_columns(left[free], low[free], min(problem.a, problem.b) / NM_PER_MM)
    return in_order(centre_x[free], centre_y[free], angle[free], row, column)
