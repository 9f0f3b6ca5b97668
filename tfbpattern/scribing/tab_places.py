"""
Tabs in a nest: off the cuts of neighbours, and where there is foil to hold on to.

A tab that another cut runs through is two narrow ones or none, and one at the edge of the web holds on to nothing.
Cells to which neither happens keep the tabs of their type; of the others those with the same surroundings get theirs
together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.geometry import arcs
from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chain
from tfbpattern.geometry.circles import overlapping
from tfbpattern.geometry.collinear import SNAP_MM
from tfbpattern.geometry.cutting_out import part
from tfbpattern.geometry.neighbours import Constellation
from tfbpattern.model.cell import CellType
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest
from tfbpattern.scribing.tabs import Interval, tab_gaps
from tfbpattern.units import NM_PER_MM

_SAGITTA_MM = 1e-5
# Buffers lie within the exact ones; so much farther on they do not (a quarter circle in eight chords: half a percent).
_GROWN = 1.01

Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Around:
    """A kerf path at the origin, turned as its cells are, and its segments as lines."""

    cell: CellType
    upright: Chain
    path: Chain
    lines: NDArray[np.object_]
    begins: Floats

    @classmethod
    def of(cls, cell: CellType, upright: Chain, rotation_deg: float) -> Around:
        """The path of a cell type in its own frame, turned."""
        path = upright.rotated(rotation_deg)
        p0, p1, bulge = path.segments
        lines = np.array(
            [
                shapely.LineString(Chain(vertices=np.array([[*a, b], [*c, 0.0]]), closed=False).flattened(_SAGITTA_MM))
                for a, c, b in zip(p0.tolist(), p1.tolist(), bulge.tolist(), strict=True)
            ],
            dtype=object,
        )
        begins = np.concatenate([[0.0], np.cumsum(arcs.lengths(p0, p1, bulge))])
        return cls(cell=cell, upright=upright, path=path, lines=lines, begins=begins)

    def tabs(self, gaps: Iterable[Interval], kerf_mm: float) -> shapely.MultiLineString:
        """The stretches where tabs of these gaps are: less half a kerf at either end, which is round."""
        total = self.path.length_mm
        return shapely.MultiLineString(
            [
                part(self.path, low % total + kerf_mm / 2.0, low % total + high - low - kerf_mm / 2.0).flattened(
                    _SAGITTA_MM
                )
                for low, high in gaps
            ]
        )

    def beside(self, lines: NDArray[np.object_], own: Index, kerf_mm: float) -> Iterator[Interval]:
        """Where along the path each of its segments *own* is nearer than a kerf to the one of *lines* beside it."""
        near = shapely.intersection(self.lines[own], shapely.buffer(lines, kerf_mm * _GROWN))
        for number, stretch in zip(own.tolist(), near.tolist(), strict=True):
            line = self.lines[number]
            for piece in shapely.get_parts(stretch).tolist():
                at = shapely.line_locate_point(line, shapely.points(shapely.get_coordinates(piece)))
                if len(at):
                    yield float(self.begins[number] + at.min()), float(self.begins[number] + at.max())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Beside:
    """Something that cells of a group have beside them: lines to keep off, and which cells they are."""

    group: int
    lines: NDArray[np.object_]
    in_line: NDArray[np.bool_]
    cells: Index


def tabs_of(
    job: Job, nest: Nest, groups: Sequence[tuple[Around, Index]], near: Sequence[Constellation]
) -> list[list[tuple[tuple[Interval, ...], Index]]]:
    """
    For each group of congruent cells the gaps of tabs along their path, and which cells have them.

    *near* are the neighbours whose cuts count: those of shared mode.

    Raises:
        InfeasibleError: the tabs do not fit around an outline, or around a cell beside its neighbours.
    """
    singulation = job.singulation
    usual = [tab_gaps(around.cell, around.upright, singulation) for around, _ in groups]
    if not singulation.tabs.count:
        return [[((), cells)] for _, cells in groups]
    kerf_mm = singulation.kerf_mm
    tabs = [around.tabs(gaps, kerf_mm) for (around, _), gaps in zip(groups, usual, strict=True)]
    beside = [*_neighbours(groups, near), *_edges(job, nest, groups)]
    hurt = np.zeros(len(nest.placements), dtype=bool)
    for some in beside:
        if _hurt(some, groups[some.group][0], tabs[some.group], usual[some.group], kerf_mm):
            hurt[some.cells] = True
    if not hurt.any():
        return [[(gaps, cells)] for gaps, (_, cells) in zip(usual, groups, strict=True)]
    taken, around_cell = _taken(beside, groups, hurt, kerf_mm)
    placed: list[list[tuple[tuple[Interval, ...], Index]]] = []
    for (around, cells), gaps in zip(groups, usual, strict=True):
        of_group = [(gaps, cells[~hurt[cells]])] if not hurt[cells].all() else []
        alike: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for cell in cells[hurt[cells]].tolist():
            alike[tuple(around_cell[cell])].append(cell)
        for numbers, members in alike.items():
            row, column = nest.placements.row[members[0]], nest.placements.column[members[0]]
            moved = tab_gaps(
                around.cell,
                around.upright,
                singulation,
                taken=[interval for number in numbers for interval in taken[number]],
                where=f" beside its neighbours (row {row}, column {column})",
            )
            of_group.append((moved, np.array(members, dtype=np.intp)))
        placed.append(of_group)
    return placed


def _neighbours(groups: Sequence[tuple[Around, Index]], near: Sequence[Constellation]) -> Iterator[_Beside]:
    """Each side of each pair of neighbours, with the other's path."""
    for pair in near:
        for own, other, sign, cells in ((pair.a, pair.b, 1.0, pair.first), (pair.b, pair.a, -1.0, pair.second)):
            shift = np.array([sign * pair.dx_mm, sign * pair.dy_mm])
            around, its = groups[own][0], groups[other][0]
            yield _Beside(
                group=own,
                lines=shapely.transform(its.lines, lambda points, shift=shift: points + shift),
                in_line=_in_line(around.path, its.path.moved(*shift.tolist())),
                cells=cells,
            )


def _in_line(own: Chain, other: Chain) -> NDArray[np.bool_]:
    """
    Which segments of the one (rows) lie in line with which of the other, or upon it: a gap in one is a gap in both.
    """
    a0, a1, a_bulge = own.segments
    b0, b1, b_bulge = other.segments
    unit = (a1 - a0) / np.maximum(np.hypot(*(a1 - a0).T), SNAP_MM)[:, None]
    aside = [
        (b[None, :, 1] - a0[:, None, 1]) * unit[:, None, 0] - (b[None, :, 0] - a0[:, None, 0]) * unit[:, None, 1]
        for b in (b0, b1)
    ]
    straight = (a_bulge == 0.0)[:, None] & (b_bulge == 0.0)[None, :]
    in_line: NDArray[np.bool_] = straight & (np.abs(aside).max(axis=0) <= SNAP_MM)
    i, j = np.nonzero((a_bulge != 0.0)[:, None] & (b_bulge != 0.0)[None, :])
    in_line[i, j] = overlapping((a0[i], a1[i], a_bulge[i]), (b0[j], b1[j], b_bulge[j]))
    return in_line


def _edges(job: Job, nest: Nest, groups: Sequence[tuple[Around, Index]]) -> Iterator[_Beside]:
    """Cells at the edges of the web, which end the foil as a cut does; a frame that others follow has two."""
    width_mm, length_mm = job.web.width_mm, nest.frame_length_mm
    edges = [(0, 0.0), (0, width_mm)]
    if job.web.stand_alone:
        edges += [(1, 0.0), (1, length_mm)]
    far = width_mm + length_mm
    kerf_mm = job.singulation.kerf_mm
    for number, (around, cells) in enumerate(groups):
        bounds = around.path.bounds_mm
        for axis, at in edges:
            place = (nest.placements.x_mm, nest.placements.y_mm)[axis][cells]
            off = np.rint((at - place) * NM_PER_MM).astype(np.int64)
            reach = (off / NM_PER_MM >= bounds[axis] - kerf_mm) & (off / NM_PER_MM <= bounds[axis + 2] + kerf_mm)
            for away in np.unique(off[reach]).tolist():
                ends = np.array([[-far, -far], [far, far]])
                ends[:, axis] = away / NM_PER_MM
                yield _Beside(
                    group=number,
                    lines=np.array([shapely.LineString(ends)], dtype=object),
                    in_line=np.zeros((len(around.lines), 1), dtype=bool),
                    cells=cells[reach & (off == away)],
                )


def _hurt(
    some: _Beside, around: Around, tabs: shapely.MultiLineString, gaps: Sequence[Interval], kerf_mm: float
) -> bool:
    """Whether a tab where it usually is would be hurt."""
    close = shapely.dwithin(tabs, some.lines, kerf_mm)
    if not close.any():
        return False
    # Not by what lies in line with the segment that the tab is on.
    stretches = shapely.get_parts(tabs)
    for stretch, (low, high) in zip(stretches, gaps, strict=True):
        middle = ((low + high) / 2.0) % around.path.length_mm
        on = min(int(np.searchsorted(around.begins, middle, side="right")) - 1, len(around.lines) - 1)
        if (shapely.dwithin(stretch, some.lines, kerf_mm) & ~some.in_line[on]).any():
            return True
    return False


def _taken(
    beside: Sequence[_Beside], groups: Sequence[tuple[Around, Index]], hurt: NDArray[np.bool_], kerf_mm: float
) -> tuple[dict[int, list[Interval]], dict[int, list[int]]]:
    """Where along the paths of cells that are hurt something is too near, by its number; and the numbers by cell."""
    taken: dict[int, list[Interval]] = {}
    of_cell: dict[int, list[int]] = defaultdict(list)
    for number, some in enumerate(beside):
        cells = some.cells[hurt[some.cells]]
        if not len(cells):
            continue
        around = groups[some.group][0]
        near = shapely.dwithin(around.lines[:, None], some.lines[None, :], kerf_mm * _GROWN) & ~some.in_line
        own, other = np.nonzero(near)
        intervals = list(around.beside(some.lines[other], own, kerf_mm)) if len(own) else []
        if intervals:
            taken[number] = intervals
            for cell in cells.tolist():
                of_cell[cell].append(number)
    return taken, of_cell
