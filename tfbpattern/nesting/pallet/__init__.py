"""Rectangles at right angles: the pallet loading problem, solved by blocks, and by blocks between obstacles."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tfbpattern.model.cell import CellType
from tfbpattern.model.nest import Placements
from tfbpattern.nesting.barnes_bound import boxes_at_most
from tfbpattern.nesting.field import Field
from tfbpattern.nesting.pallet.blocks import Block, block_nest
from tfbpattern.nesting.pallet.hollow import hollow_nests
from tfbpattern.nesting.pallet.obstacles import obstacles_of
from tfbpattern.nesting.pallet.placing import boxes_of, placed
from tfbpattern.nesting.pallet.problem import PalletProblem, pallet_problem
from tfbpattern.nesting.pallet.settling import settle
from tfbpattern.nesting.pattern import Pattern
from tfbpattern.units import NM_PER_MM


def pallet(field: Field, cell: CellType, *, effort: int, ells: bool = True) -> Pattern | None:
    """
    Blocks of upright and turned rectangles; None for a cell that is no such rectangle, or where nothing fits.

    Where they may have more, divisions into *ells* are searched as well.

    Hazards are not searched around: of the four mirror images of the nest the one that loses the fewest cells to
    them is taken.
    """
    problem = pallet_problem(field, cell)
    if problem is None or problem.turned_deg is None:
        return None
    target = boxes_at_most(problem.width, problem.length, problem.a, problem.b)
    blocks, method = block_nest(problem, effort=effort, target=target)
    settled = settle(blocks, problem, field.sliver_mm)
    if ells and _boxes(blocks) < target and not field.hazards:
        # The last boxes are not worth a long search where hazards take some; compiled code is loaded where needed.
        from tfbpattern.nesting.pallet.ells import ell_nest

        better = settle(ell_nest(problem, effort=effort, best=_boxes(blocks), target=target), problem, field.sliver_mm)
        if _boxes(better) > _boxes(settled):
            settled, method = better, "L-approach"
    if not settled:
        return None
    x, y, turned = boxes_of(settled, problem)
    width, length = np.where(turned, problem.b, problem.a), np.where(turned, problem.a, problem.b)
    best: Placements | None = None
    for mirror_x, mirror_y in ((False, False), (True, False), (False, True), (True, True)):
        placements = placed(
            problem.width - x - width if mirror_x else x,
            problem.length - y - length if mirror_y else y,
            turned,
            problem,
            field,
            cell,
        )
        if best is None or len(placements) > len(best):
            best = placements
        if not field.hazards:
            break
    return _pattern(best, problem, cell, method)


def hollow(field: Field, cell: CellType, *, least: int, promise: float, side_mm: float) -> Iterator[Pattern]:
    """
    Nests of at least *least* rectangles in four blocks round a middle of *side_mm* both ways or more.

    Only those that promise more than so many: with as many in the middle as its area is. The most promising come first;
    none where hazards are in the way, or the cell is no such rectangle.
    """
    problem = pallet_problem(field, cell)
    if problem is None or problem.turned_deg is None or field.hazards:
        return
    for nest in hollow_nests(problem, least=least, side=round(side_mm * NM_PER_MM)):
        if nest.boxes + nest.middle <= promise:
            return
        settled = settle(nest.blocks, problem, field.sliver_mm)
        if not settled:
            continue
        pattern = _pattern(placed(*boxes_of(settled, problem), problem, field, cell), problem, cell, "hollow blocks")
        if pattern:
            yield pattern


def between_obstacles(field: Field, cell: CellType, *, effort: int) -> Pattern | None:
    """
    Blocks of rectangles between what is in the way; None where nothing is, or the cell is no such rectangle.

    The field is cut along obstacles into parts that are nested on their own (:mod:`.dissection`).
    """
    problem = pallet_problem(field, cell)
    if problem is None or not field.hazards:
        return None
    from tfbpattern.nesting.pallet.dissection import dissected

    obstacles = obstacles_of(field, problem)
    settled = settle(dissected(problem, obstacles, effort=effort), problem, field.sliver_mm, obstacles)
    if not settled:
        return None
    return _pattern(placed(*boxes_of(settled, problem), problem, field, cell), problem, cell, "between obstacles")


def _boxes(blocks: list[Block]) -> int:
    return sum(block.columns * block.rows for block in blocks)


def _pattern(placements: Placements | None, problem: PalletProblem, cell: CellType, method: str) -> Pattern | None:
    if not placements:
        return None
    return Pattern(
        placements=placements,
        method=method,
        bulk_density=cell.area_mm2 * NM_PER_MM**2 / (problem.a * problem.b),
    )
