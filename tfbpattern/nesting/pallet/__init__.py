"""Rectangles at right angles: the pallet loading problem, solved by blocks."""

from __future__ import annotations

import numpy as np

from tfbpattern.geometry.arcs import Floats
from tfbpattern.model.cell import CellType
from tfbpattern.model.nest import Placements
from tfbpattern.nesting.barnes_bound import boxes_at_most
from tfbpattern.nesting.field import Field
from tfbpattern.nesting.pallet.blocks import Block, block_nest
from tfbpattern.nesting.pallet.problem import PalletProblem, pallet_problem
from tfbpattern.nesting.pallet.settling import Settled, settle
from tfbpattern.nesting.pattern import Pattern
from tfbpattern.nesting.rows import rows_and_columns
from tfbpattern.nesting.zones import zones_of
from tfbpattern.units import NM_PER_MM


def pallet(field: Field, cell: CellType, *, effort: int) -> Pattern | None:
    """
    Blocks of upright and turned rectangles; None for a cell that is no such rectangle, or where nothing fits.

    Hazards are not searched around: of the four mirror images of the nest the one that loses the fewest cells to
    them is taken.
    """
    problem = pallet_problem(field, cell)
    if problem is None:
        return None
    target = boxes_at_most(problem.width, problem.length, problem.a, problem.b)
    blocks, method = block_nest(problem, effort=effort, target=target)
    settled = settle(blocks, problem, field.sliver_mm) if blocks else None
    placed = sum(block.columns * block.rows for block in blocks)
    if placed < target:
        # Compiled code for the rarer case is loaded where it is needed.
        from tfbpattern.nesting.pallet.ells import ell_nest

        better = ell_nest(problem, effort=effort, best=placed, target=target)
        set_apart = settle(better, problem, field.sliver_mm) if better else None
        if better and set_apart:
            blocks, settled, method = better, set_apart, "L-approach"
    if settled is None:
        return None
    x, y, turned = _boxes(blocks, settled, problem)
    best: Placements | None = None
    for mirror_x, mirror_y in ((False, False), (True, False), (False, True), (True, True)):
        placements = _placed(x, y, turned, problem, field, cell, (mirror_x, mirror_y))
        if best is None or len(placements) > len(best):
            best = placements
        if not field.hazards:
            break
    if best is None or not len(best):
        return None
    unit_mm = problem.unit_nm / NM_PER_MM
    return Pattern(
        placements=best,
        method=method,
        bulk_density=cell.area_mm2 / (problem.a * problem.b * unit_mm * unit_mm),
    )


def _boxes(blocks: list[Block], settled: Settled, problem: PalletProblem) -> tuple[Floats, Floats, Floats]:
    """Lower-left corners of all boxes in millimetres from the field's corner, and which are turned (1.0)."""
    xs, ys, turned = [], [], []
    for block, x0, y0 in zip(blocks, settled.x.tolist(), settled.y.tolist(), strict=True):
        width, length = (problem.b, problem.a) if block.turned else (problem.a, problem.b)
        column, row = np.meshgrid(np.arange(block.columns), np.arange(block.rows))
        xs.append(x0 + column.ravel() * width)
        ys.append(y0 + row.ravel() * length)
        turned.append(np.full(column.size, float(block.turned)))
    unit_mm = problem.unit_nm / NM_PER_MM
    return np.concatenate(xs) * unit_mm, np.concatenate(ys) * unit_mm, np.concatenate(turned)


def _placed(
    x: Floats,
    y: Floats,
    turned: Floats,
    problem: PalletProblem,
    field: Field,
    cell: CellType,
    mirror: tuple[bool, bool],
) -> Placements:
    """The cells of the boxes, mirrored within the field, less those that a hazard takes."""
    x_min, y_min, x_max, y_max = cell.outline.bounds_mm
    is_turned = turned == 1.0
    width = np.where(is_turned, y_max - y_min, x_max - x_min)
    length = np.where(is_turned, x_max - x_min, y_max - y_min)
    left = field.x_min_mm + (field.width_mm - x - width if mirror[0] else x)
    low = field.y_min_mm + (field.length_mm - y - length if mirror[1] else y)
    # The cell frame's origin is the centre of the outline's box.
    centre_x, centre_y = np.round(left + width / 2.0, 9), np.round(low + length / 2.0, 9)
    taken = np.zeros(len(x), dtype=bool)
    for group, angle in ((~is_turned, problem.upright_deg), (is_turned, problem.turned_deg)):
        taken[group] = zones_of(field, cell, angle).hold(centre_x[group], centre_y[group])
    free = ~taken
    row, column = rows_and_columns(left[free], low[free], min(x_max - x_min, y_max - y_min) + field.spacing_mm)
    order = np.lexsort((column, row))
    return Placements(
        kind=np.zeros(int(free.sum()), dtype=np.int64),
        x_mm=centre_x[free][order],
        y_mm=centre_y[free][order],
        rotation_deg=np.where(is_turned[free], problem.turned_deg, problem.upright_deg)[order],
        row=row[order],
        column=column[order],
    )
