"""Magnifies a place in the middle of the sheet, where setback, trench and kerf can be told apart."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from tfbpattern.geometry.chains import Chain, Chains
from tfbpattern.model.cellmap import CellMap
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest
from tfbpattern.report import sheet
from tfbpattern.report.svg import element, number, start

_STREETS = 4.4
"""Our choice: the view is as high as this many streets, a street being what lies between two active areas."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A rectangle of the sheet, web frame, by its centre."""

    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float


def view(job: Job, nest: Nest, aspect: float) -> View | None:
    """Where two cells come closest near the middle of the sheet, *aspect* times as wide as high."""
    if not len(nest.placements):
        return None
    x, y = _meeting(job, nest)
    height = _STREETS * (nest.spacing_mm + 2.0 * job.isolation.setback_mm)
    return View(x_mm=x, y_mm=y, width_mm=height * aspect, height_mm=height)


def _outline(job: Job, nest: Nest, i: int) -> Chain:
    cells = nest.placements
    chain = job.cells[int(cells.kind[i])].outline.rotated(float(cells.rotation_deg[i]))
    return chain.moved(float(cells.x_mm[i]), float(cells.y_mm[i]))


def _meeting(job: Job, nest: Nest) -> tuple[float, float]:
    """
    The middle of the street between the cell nearest to the centre of the sheet and its nearest neighbour.

    Where they run along each other it is a corner, since more can be seen there; where they stand apart it is
    a corner of the cell alone.
    """
    cells = nest.placements
    centre = np.array([job.web.width_mm / 2.0, nest.frame_length_mm / 2.0])
    i = int(np.hypot(cells.x_mm - centre[0], cells.y_mm - centre[1]).argmin())
    first = _outline(job, nest, i)
    sagitta_mm = 1e-4 * first.length_mm
    corners = first.flattened(sagitta_mm)
    if len(cells) == 1:
        x, y = corners[0].tolist()
        return x, y
    away = np.hypot(cells.x_mm - cells.x_mm[i], cells.y_mm - cells.y_mm[i])
    away[i] = np.inf
    second = _outline(job, nest, int(away.argmin()))
    candidates = []
    for points, other in (
        (corners, second.polygon(sagitta_mm)),
        (second.flattened(sagitta_mm), first.polygon(sagitta_mm)),
    ):
        gap = shapely.distance(shapely.points(points), other)
        close = points[gap <= gap.min() + sagitta_mm]
        point = close[np.hypot(*(close - centre).T).argmin()]
        candidates.append((float(gap.min()), shapely.shortest_line(shapely.Point(point), other)))
    gap_mm, line = min(candidates, key=lambda each: each[0])
    ends = shapely.get_coordinates(line)
    x, y = (ends.mean(axis=0) if gap_mm <= 2.0 * nest.spacing_mm else ends[0]).tolist()
    return x, y


def inset(
    job: Job, cells: CellMap, strokes: Chains, shown: View, *, at: tuple[float, float], times: float
) -> Iterator[str]:
    """The view, *times* its size, in a box from *at* on, made of the same definitions as the sheet."""
    half = np.array([shown.width_mm, shown.height_mm]) / 2.0
    low, high = np.array([shown.x_mm, shown.y_mm]) - half, np.array([shown.x_mm, shown.y_mm]) + half
    # No corner is farther from the cell's origin than this.
    reach_mm = {cell_type.name: math.hypot(*cell_type.outline.bounds_mm) for cell_type in job.cells}
    near = (
        cell
        for cell in cells
        if abs(cell.x_mm - shown.x_mm) <= half[0] + reach_mm[cell.type]
        and abs(cell.y_mm - shown.y_mm) <= half[1] + reach_mm[cell.type]
    )
    box = f"{number(low[0])} {number(-high[1])} {number(shown.width_mm)} {number(shown.height_mm)}"
    size = {"width": shown.width_mm * times, "height": shown.height_mm * times}
    yield start("svg", x=at[0], y=at[1], **size, viewBox=box, preserveAspectRatio="none")
    yield start("g", transform="scale(1 -1)", color=sheet.active_colour(0))
    yield element("rect", x=low[0], y=low[1], width=shown.width_mm, height=shown.height_mm, fill=sheet.WEB)
    yield from sheet.cells(near, job.cells, named=False)
    yield from sheet.cuts(sheet.strokes_within(strokes, *low, *high), job.singulation.kerf_mm)
    yield "</g>"
    yield "</svg>"
