"""
Row programming: rectangles in straight rows through the sheet, each row in the free stretches between obstacles.

Every row stands as low as it can, its boxes as far to the left as they can; which rows follow each other is found
exactly, by dynamic programming over the heights at which rows can begin. Columns are rows of the sheet turned.
"""

from __future__ import annotations

import numpy as np
import shapely

from tfbpattern.geometry.arcs import Floats
from tfbpattern.model.cell import CellType
from tfbpattern.model.nest import Ints, Placements
from tfbpattern.nesting.field import Field
from tfbpattern.nesting.pallet.problem import PalletProblem, pallet_problem
from tfbpattern.nesting.pattern import Pattern
from tfbpattern.nesting.rows import in_order
from tfbpattern.nesting.shelves.stacking import Kind, Shelf, stacked
from tfbpattern.nesting.zones import zones_of
from tfbpattern.units import NM_PER_MM


def rows(field: Field, cell: CellType, *, effort: int) -> Pattern | None:
    """The straight rows across the web with the most cells; None for cells that are no rectangles at right angles."""
    return _shelves(field, cell, effort, along_web=False)


def columns(field: Field, cell: CellType, *, effort: int) -> Pattern | None:
    """The same along the web."""
    return _shelves(field, cell, effort, along_web=True)


def _shelves(field: Field, cell: CellType, effort: int, *, along_web: bool) -> Pattern | None:
    problem = pallet_problem(field, cell)
    if problem is None:
        return None
    across, along = (problem.length, problem.width) if along_web else (problem.width, problem.length)
    kinds = _kinds(problem, field, cell, along_web)
    shelf = Shelf(kinds=kinds, across=across, sliver=round(field.sliver_mm * NM_PER_MM))
    stack = stacked(shelf, along, _criticals(kinds, along, effort), effort=effort)
    if not stack:
        return None
    boxes = [shelf.boxes(y, kind) for y, kind in stack]
    counts = [len(row) for row in boxes]
    placements = _placements(
        np.concatenate(boxes),
        np.repeat(np.array([y for y, _ in stack], dtype=np.int64), counts),
        np.repeat(np.array([kind for _, kind in stack], dtype=np.int64), counts),
        np.repeat(np.arange(len(stack), dtype=np.int64), counts),
        kinds,
        problem,
        field,
        along_web,
    )
    return Pattern(
        placements=placements,
        method="columns" if along_web else "rows",
        bulk_density=cell.area_mm2 * NM_PER_MM**2 / (problem.a * problem.b),
    )


def _kinds(problem: PalletProblem, field: Field, cell: CellType, along_web: bool) -> tuple[Kind, ...]:
    kinds = []
    for angle, width, height in (
        (problem.upright_deg, problem.a, problem.b),
        (problem.turned_deg, problem.b, problem.a),
    ):
        if angle is None:
            continue
        centre = np.array([width - problem.spacing, height - problem.spacing]) / 2.0
        shapes = shapely.transform(
            zones_of(field, cell, angle).shapes,
            lambda points, centre=centre: (points - [field.x_min_mm, field.y_min_mm]) * NM_PER_MM - centre,
        )
        zones = [_edges(shape, along_web) for shape in shapes if not shape.is_empty]
        kinds.append(
            Kind(
                rotation_deg=angle,
                width=height if along_web else width,
                height=width if along_web else height,
                edges=np.concatenate([np.empty((0, 4)), *zones]),
                begins=np.cumsum([0, *(len(edges) for edges in zones)]).astype(np.int64),
                lows=np.array([edges[:, 1].min() for edges in zones], dtype=float),
                highs=np.array([edges[:, 3].max() for edges in zones], dtype=float),
            )
        )
    return tuple(kinds)


def _edges(shape: shapely.Geometry, along_web: bool) -> Floats:
    """All edges of a zone that are not level in the frame of the rows, (x0, y0, x1, y1) with y0 < y1."""
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(shape))]
    edges = np.concatenate([np.hstack([ring[:-1], ring[1:]]) for ring in rings])
    if along_web:
        edges = edges[:, [1, 0, 3, 2]]
    downward = edges[:, 1] > edges[:, 3]
    edges[downward] = edges[downward][:, [2, 3, 0, 1]]
    found: Floats = edges[edges[:, 1] < edges[:, 3]]
    return found


# Corners of zones at which rows may begin too, at each step of effort (ours: a row costs some 10 us).
_CORNERS_PER_EFFORT = 1000


def _criticals(kinds: tuple[Kind, ...], along: int, effort: int) -> Ints:
    """Heights at which a row may get more room: above a zone, and at its corners where these are not too many."""
    # Rounded up, so that the row is clear of the zone for sure.
    above = np.unique(np.ceil(np.concatenate([kind.highs for kind in kinds])))
    corners = np.unique(np.ceil(np.concatenate([kind.edges[:, 3] for kind in kinds])))
    heights = np.union1d(above, corners) if len(corners) <= _CORNERS_PER_EFFORT * effort else above
    found: Ints = heights.astype(np.int64)
    return found[(found > 0) & (found < along)]


def _placements(
    u: Ints,
    v: Ints,
    kind_of: Ints,
    row_of: Ints,
    kinds: tuple[Kind, ...],
    problem: PalletProblem,
    field: Field,
    along_web: bool,
) -> Placements:
    width = np.array([kind.width for kind in kinds])[kind_of] - problem.spacing
    height = np.array([kind.height for kind in kinds])[kind_of] - problem.spacing
    centre_u, centre_v = (u + width / 2.0) / NM_PER_MM, (v + height / 2.0) / NM_PER_MM
    column_of = np.arange(len(row_of)) - np.searchsorted(row_of, row_of)
    x, y = (centre_v, centre_u) if along_web else (centre_u, centre_v)
    row, column = (column_of, row_of) if along_web else (row_of, column_of)
    return in_order(
        np.round(field.x_min_mm + x, 9),
        np.round(field.y_min_mm + y, 9),
        np.array([kind.rotation_deg for kind in kinds])[kind_of],
        row.astype(np.int64),
        column.astype(np.int64),
    )
