"""
Singulation: the cut through the foil around each cell.

Contour mode gives each cell a path of its own. In shared mode edges that lie on a neighbour's are cut once, straight
ones as runs along whole rows of cells; what no neighbour shares stays a stroke of the cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.errors import InfeasibleError
from tfbpattern.geometry import arcs
from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chain, Chains
from tfbpattern.geometry.circles import united
from tfbpattern.geometry.collinear import SNAP_MM, layered
from tfbpattern.geometry.cutting_out import part, without
from tfbpattern.geometry.neighbours import Constellation
from tfbpattern.geometry.sweeps import by_block
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Ints, Nest
from tfbpattern.model.toolpath import Operation
from tfbpattern.scribing.holding import loose
from tfbpattern.scribing.kerf_paths import kept_off, mitred, near_each_other
from tfbpattern.scribing.sharing import circles_of, find_shared
from tfbpattern.scribing.slivers import sliver_between, sliver_of_runs
from tfbpattern.scribing.tab_places import Around, tabs_of
from tfbpattern.scribing.tabs import Interval


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Group:
    """Congruent cells with the same tabs: kerf path at the origin, which segments are shared, gaps, which cells."""

    path: Chain
    shared: NDArray[np.bool_]
    gaps: tuple[Interval, ...]
    cells: NDArray[np.intp]


def singulation(job: Job, nest: Nest) -> Operation:
    """
    All cuts through the foil, half a kerf outside the outlines.

    Raises:
        InfeasibleError: two cuts would leave a sliver between them, or tabs do not fit.
    """
    poses = nest.placements.poses()
    kerf_mm = job.singulation.kerf_mm
    outlines = [job.cells[kind].outline for kind, _, _ in poses]
    near = near_each_other(job, nest, nest.spacing_mm + 4.0 * kerf_mm)
    if job.singulation.mode == "shared":
        paths = [path for (path,) in kept_off(job, nest, [kerf_mm / 2.0])]
    else:
        paths = [mitred(outline, kerf_mm) for outline in outlines]
    around = [
        Around.of(job.cells[kind], path, rotation_deg)
        for (kind, rotation_deg, _), path in zip(poses, paths, strict=True)
    ]
    _refuse_slivers(job, around, near, nest)
    shared = [np.zeros(len(one.lines), dtype=bool) for one in around]
    circle = np.empty(0, dtype=np.int64)
    if job.singulation.mode == "shared":
        _refuse_lone_tabs(job)
        find_shared(around, near, shared)
        circle = circles_of(around, near, len(nest.placements))
    placed = tabs_of(
        job,
        nest,
        [(one, index) for one, (_, _, index) in zip(around, poses, strict=True)],
        near if job.singulation.mode == "shared" else (),
    )
    groups = [
        _Group(path=one.path, shared=common, gaps=gaps, cells=cells)
        for one, common, tabs in zip(around, shared, placed, strict=True)
        for gaps, cells in tabs
    ]
    strokes, row, column = _own_strokes(groups, nest, _shared_arcs(groups, nest, circle))
    runs, line, inside = _runs(groups, nest)
    last = ~inside & _outermost(runs, nest)
    _refuse_slivers_of_runs(runs, kerf_mm)
    if job.singulation.tabs.count:
        _refuse_loose(job, nest, Chains.joined([strokes, Chains.straight(runs)]))
    after = int(row.max()) + 1 if len(row) else 0
    line, place = by_block(runs, line, nest.spacing_mm + _longest_corner(groups))
    return Operation(
        name="singulation",
        recipe=job.singulation.recipe,
        tolerance_mm=job.singulation.tolerance_mm,
        strokes=Chains.joined([strokes, Chains.straight(runs)]),
        row=np.concatenate([row, line + after]),
        column=np.concatenate([column, place]),
        # Round corners of what is cut last may be cut with it, or before.
        stage=np.concatenate([np.where(_meeting(strokes, runs[last]), 1, 0), np.where(last, 2, 0)]).astype(np.int64),
        overcut_mm=job.singulation.overcut_mm,
        lead_in_mm=job.singulation.lead_in_mm,
        heat_distance_mm=job.singulation.heat_distance_mm,
    )


def _refuse_loose(job: Job, nest: Nest, strokes: Chains) -> None:
    placements = nest.placements
    spots = np.empty((len(placements), 2))
    for kind, rotation_deg, index in placements.poses():
        inside = job.cells[kind].active_area.rotated(rotation_deg).polygon(0.01).representative_point()
        spots[index] = np.column_stack([placements.x_mm[index] + inside.x, placements.y_mm[index] + inside.y])
    singulation = job.singulation
    # The widest that a kerf may be joins most cuts.
    widest_mm = singulation.kerf_mm + singulation.tolerance_mm
    if len(out := loose(strokes, spots, widest_mm)):
        where = f"row {placements.row[out[0]]}, column {placements.column[out[0]]}"
        raise InfeasibleError(
            f"{len(out)} of {len(placements)} cells fall out with the waste that their tabs hold on to, the first in"
            f" {where}: {singulation.tabs.count} tabs are too few; ask for more, or for "
            + (
                'singulation.mode = "contour"'
                if singulation.mode == "shared"
                else f"ribs that the widest kerf leaves something of (singulation.rib_mm above"
                f" {singulation.tolerance_mm:g})"
            )
        )


def _refuse_lone_tabs(job: Job) -> None:
    if job.singulation.tabs.count == 1:
        # Two neighbours may then hold on to each other alone.
        raise InfeasibleError(
            f"one tab does not hold {job.cells[0].name!r} in shared mode, where cells hang on each other: ask for two"
            " or more"
        )


def _refuse_slivers(job: Job, groups: Sequence[Around], near: Sequence[Constellation], nest: Nest) -> None:
    kerf_mm = job.singulation.kerf_mm
    for group in groups:
        if sliver := sliver_between(group.path, group.path, kerf_mm):
            raise InfeasibleError(
                f"the outline of {group.cell.name!r} leaves a sliver: two of its own cuts run"
                f" {sliver.distance_mm:.4f} mm apart for {sliver.length_mm:.2f} mm, closer than the kerf of"
                f" {kerf_mm:g} mm, at ({sliver.x_mm:.3f}, {sliver.y_mm:.3f}) mm of the cell"
            )
    for pair in near:
        by_mm = (pair.dx_mm, pair.dy_mm)
        if sliver := sliver_between(groups[pair.a].path, groups[pair.b].path, kerf_mm, by_mm):
            first, second = int(pair.first[0]), int(pair.second[0])
            placements = nest.placements
            cells = " and ".join(f"row {placements.row[k]} column {placements.column[k]}" for k in (first, second))
            raise InfeasibleError(
                f"a sliver between {len(pair.first)} pairs of cells, the first {cells}: their cuts run"
                f" {sliver.distance_mm:.4f} mm apart for {sliver.length_mm:.2f} mm, closer than the kerf of"
                f" {kerf_mm:g} mm, at ({placements.x_mm[first] + sliver.x_mm:.3f},"
                f' {placements.y_mm[first] + sliver.y_mm:.3f}) mm; singulation.mode = "contour" keeps a rib'
                " between them"
            )


def _refuse_slivers_of_runs(runs: Floats, kerf_mm: float) -> None:
    if sliver := sliver_of_runs(runs, kerf_mm):
        raise InfeasibleError(
            f"a sliver between two cuts along several cells: they run {sliver.distance_mm:.4f} mm apart for"
            f" {sliver.length_mm:.2f} mm, closer than the kerf of {kerf_mm:g} mm, at ({sliver.x_mm:.3f},"
            f' {sliver.y_mm:.3f}) mm; singulation.mode = "contour" keeps a rib between cells'
        )


def _own_strokes(groups: Sequence[_Group], nest: Nest, common: Chains) -> tuple[Chains, Ints, Ints]:
    """
    What each cell cuts for itself, its path less shared segments and tabs, and the *common* arcs.

    With rows and columns to go by.
    """
    parts, cells = [], []
    for group in groups:
        taken = [*group.gaps, *_intervals(group.path, group.shared)]
        x_mm, y_mm = nest.placements.x_mm[group.cells], nest.placements.y_mm[group.cells]
        for stroke in without(group.path, taken):
            parts.append(Chains.copies(stroke, x_mm, y_mm))
            cells.append(group.cells)
    order = np.concatenate([np.empty(0, dtype=np.intp), *cells])
    strokes = Chains.joined([*parts, common])
    if strokes.closed.all() and not len(common):
        return strokes, nest.placements.row[order], nest.placements.column[order]
    return strokes, *_sweeps(strokes, groups[0].path.bounds_mm)


def _sweeps(strokes: Chains, box: tuple[float, float, float, float]) -> tuple[Ints, Ints]:
    """
    Rows and columns of pieces of outlines by where they lie, in sweeps half a cell high.

    The corners of four neighbours then follow each other, which a walk around each cell would keep apart.
    """
    middle = (strokes.starts + strokes.ends) / 2.0
    if not len(middle):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    half_height = (box[3] - box[1]) / 2.0
    row = np.rint((middle[:, 1] - middle[:, 1].min()) / half_height).astype(np.int64)
    column = np.empty(len(strokes), dtype=np.int64)
    column[np.lexsort((np.round(middle[:, 1], 6), np.round(middle[:, 0], 6)))] = np.arange(len(strokes))
    return row, column


def _intervals(path: Chain, which: NDArray[np.bool_]) -> list[Interval]:
    """From..to along the path of the segments named by *which*."""
    begins = np.concatenate([[0.0], np.cumsum(arcs.lengths(*path.segments))])
    return [(float(begins[k]), float(begins[k + 1])) for k in np.flatnonzero(which)]


def _runs(groups: Sequence[_Group], nest: Nest) -> tuple[Floats, Ints, NDArray[np.bool_]]:
    """
    Shared segments of all cells, merged into straight stretches (k, 2, 2), tabs left out; and their lines.

    Whether a line parts two cells anywhere comes last.
    """
    segments, gaps = [np.empty((0, 2, 2))], [np.empty((0, 2, 2))]
    for group in groups:
        p0, p1, bulge = group.path.segments
        common = group.shared & (bulge == 0.0)
        places = np.column_stack([nest.placements.x_mm[group.cells], nest.placements.y_mm[group.cells]])
        segments.append(_placed(np.stack([p0[common], p1[common]], axis=1), places))
        straight = [piece.vertices[[0, -1], :2] for _, piece in _gaps_on(group, common)]
        gaps.append(_placed(np.array(straight).reshape(-1, 2, 2), places))
    runs, line, twice = layered(np.concatenate(segments), np.concatenate(gaps))
    inside = np.zeros(int(line.max(initial=-1)) + 1, dtype=bool)
    np.logical_or.at(inside, line, twice)
    return runs, line, inside[line]


def _outermost(runs: Floats, nest: Nest) -> NDArray[np.bool_]:
    """Which straight *runs* (k, 2, 2) have all cells on one side."""
    way = runs[:, 1] - runs[:, 0]
    way = way / np.hypot(way[:, 0], way[:, 1])[:, None]
    aside = way[:, 0] * runs[:, 0, 1] - way[:, 1] * runs[:, 0, 0]
    directions, number = np.unique(np.round(way, 6), axis=0, return_inverse=True)
    across = [u * nest.placements.y_mm - v * nest.placements.x_mm for u, v in directions.tolist()]
    low, high = (np.array([float(f(one)) for one in across] or [0.0]) for f in (np.min, np.max))
    number = number.ravel()
    outermost: NDArray[np.bool_] = (aside < low[number]) | (aside > high[number])
    return outermost


def _meeting(strokes: Chains, runs: Floats) -> NDArray[np.bool_]:
    """Which strokes go on where some of the straight *runs* (k, 2, 2) end: round corners of what is cut last."""
    meets = np.zeros(len(strokes), dtype=bool)
    if not len(strokes) or not len(runs):
        return meets
    tree = shapely.STRtree(shapely.points(runs.reshape(-1, 2)))
    for ends in (strokes.starts, strokes.ends):
        number, _ = tree.query(shapely.points(ends), predicate="dwithin", distance=2.0 * SNAP_MM)
        meets[number] = True
    meets &= ~strokes.closed
    return meets


def _shared_arcs(groups: Sequence[_Group], nest: Nest, circle: Ints) -> Chains:
    """
    Shared arcs of all cells, merged, tabs left out.

    ``circle[cell * n + segment]`` numbers the circle of each, n segments at most a path.
    """
    starts, ends, bulges, on, gap = [np.empty((0, 2))], [np.empty((0, 2))], [np.empty(0)], [circle[:0]], [circle[:0]]
    per_cell = len(circle) // max(len(nest.placements), 1)
    for group in groups:
        curved = group.shared & (group.path.segments[2] != 0.0)
        if not curved.any():
            continue
        p0, p1, bulge = group.path.segments
        pieces = _gaps_on(group, curved)
        which = np.concatenate([np.flatnonzero(curved), [number for number, _ in pieces]]).astype(np.int64)
        p0 = np.concatenate([p0[curved], *(piece.vertices[:1, :2] for _, piece in pieces)])
        p1 = np.concatenate([p1[curved], *(piece.vertices[-1:, :2] for _, piece in pieces)])
        bulge = np.concatenate([bulge[curved], *(piece.vertices[:1, 2] for _, piece in pieces)])
        places = np.column_stack([nest.placements.x_mm[group.cells], nest.placements.y_mm[group.cells]])[:, None]
        starts.append((p0 + places).reshape(-1, 2))
        ends.append((p1 + places).reshape(-1, 2))
        bulges.append(np.tile(bulge, len(group.cells)))
        on.append(circle[(group.cells[:, None] * per_cell + which).ravel()])
        gap.append(np.tile(np.arange(len(which)) >= int(curved.sum()), len(group.cells)).astype(np.int64))
    segments = np.concatenate(starts), np.concatenate(ends), np.concatenate(bulges)
    return united(segments, np.concatenate(on), np.concatenate(gap) > 0)


def _gaps_on(group: _Group, which: NDArray[np.bool_]) -> list[tuple[int, Chain]]:
    """The parts of the tabs' gaps on the segments named by *which*: the segment, and the part at the origin."""
    total = group.path.length_mm
    pieces = []
    for number, (low, high) in zip(np.flatnonzero(which).tolist(), _intervals(group.path, which), strict=True):
        for start, end in group.gaps:
            for lap in (-total, 0.0, total):
                begin, finish = max(low, start + lap), min(high, end + lap)
                if finish - begin > SNAP_MM:
                    pieces.append((number, part(group.path, begin, finish)))
    return pieces


def _placed(segments: Floats, places: Floats) -> Floats:
    return (segments[None] + places[:, None, None, :]).reshape(-1, 2, 2)


def _longest_corner(groups: Sequence[_Group]) -> float:
    """How far straight edges of two neighbours may lie apart for the sake of round corners: two of the largest."""
    longest = 0.0
    for group in groups:
        p0, p1, bulge = group.path.segments
        curved = bulge != 0.0
        longest = max([longest, *np.abs(p1 - p0)[curved].max(axis=1).tolist()])
    return 2.0 * longest
