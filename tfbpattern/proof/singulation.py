"""
Singulation: what the cut leaves of the foil.

The web is taken as endless foil. A cut at its least kerf that sweeps all of a closed curve around a cell parts it from
everything outside; where the curve leaves the sweep, the cell hangs. The curve is the outline, its inside corners as a
round beam leaves them, grown by half the kerf's tolerance: so the same curve proves the size.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from tfbpattern.model.finding import Finding
from tfbpattern.model.job import Job
from tfbpattern.proof.covering import Gaps, gaps, sides
from tfbpattern.proof.curves import SAGITTA_MM, Bools, Floats, Ints, Moves
from tfbpattern.proof.shapes import shape_of, slack_mm
from tfbpattern.proof.sheet import Group, Sheet, groups_of

_QUAD_SEGS = 32


def check(sheet: Sheet) -> Iterator[Finding]:
    """Every cell comes free, or hangs by its tabs; none loses outline or active area."""
    job = sheet.job
    reach_mm = reach_of(job)
    marks = sheet.marks["singulation"]
    near_any = np.zeros(len(marks), dtype=bool)
    for group in groups_of(sheet, marks, reach_mm):
        near_any |= group.around.seen
        moves = group.around.moves
        p, q, of = moves.chords()
        beam = (p, q, moves.owner[of])
        yield from _pieces(sheet, group, beam)
        yield from check_outline(sheet, group)
        yield from check_active(sheet, group)
    yield from _stray(sheet, marks.taken(~near_any))


def reach_of(job: Job) -> float:
    """What lies farther off reaches neither outline nor active area, and cuts no cell off that its own cuts do not."""
    singulation = job.singulation
    widest_mm = singulation.kerf_mm + singulation.tolerance_mm
    return max(
        _farthest_mm(job) + slack_mm(job),
        singulation.kerf_mm / 2.0 + singulation.tolerance_mm,
        widest_mm / 2.0 + job.registration_mm - job.isolation.setback_mm,
    )


def _farthest_mm(job: Job) -> float:
    """How far a side of a cell's path is off at most: a mitred corner is cut off square twice half a kerf away."""
    farthest = 0.0
    for kind, cell in enumerate(job.cells):
        shape = shape_of(job, kind, cell.rotations_deg[0])
        lines = shapely.linestrings(np.stack([shape.path, np.roll(shape.path, -1, axis=0)], axis=1))
        farthest = max(farthest, float(shapely.distance(shape.region, lines).max()))
    return farthest


def _stray(sheet: Sheet, marks: Moves) -> Iterator[Finding]:
    """Of marks that reach no cell those that no cell's path has, not even at the tip of a mitred corner."""
    if not len(marks):
        return
    outlines = np.concatenate(
        [
            shapely.polygons(shape_of(sheet.job, kind, rotation).outline[None] + sheet.cells.places(which)[:, None])
            for kind, rotation, which in sheet.cells.groups()
        ]
    )
    lines = marks.lines()
    # Formats, active area: the mitre's limit is twice the distance, here half a kerf.
    limit_mm = sheet.job.singulation.kerf_mm + sheet.job.singulation.tolerance_mm
    near, _ = shapely.STRtree(outlines).query(lines, predicate="dwithin", distance=limit_mm)
    for k in np.setdiff1d(np.arange(len(lines)), near).tolist():
        middle = shapely.line_interpolate_point(lines[k], 0.5, normalized=True)
        yield Finding(
            rule="singulation.stray",
            message=f"a cut of {lines[k].length:.4f} mm that belongs to no cell of the map",
            measured=float(lines[k].length),
            limit=0.0,
            x_mm=middle.x,
            y_mm=middle.y,
        )


def _pieces(sheet: Sheet, group: Group, beam: tuple[Floats, Floats, Ints]) -> Iterator[Finding]:
    """At the least kerf a cell is cut off all around, or all but its tabs."""
    singulation = sheet.job.singulation
    least_mm = singulation.kerf_mm - singulation.tolerance_mm
    count = len(group.around.members)
    holds = gaps(sides([group.shape.piece_limit] * count), beam, least_mm / 2.0 - SAGITTA_MM)
    if singulation.tabs.count:
        yield from _tabs(sheet, group, beam, holds)
        return
    for number in np.unique(holds.curve).tolist():
        of = holds.curve == number
        longest = int(np.argmax(np.where(of, holds.length_mm, -1.0)))
        dx, dy = holds.middle[longest].tolist()
        joined, beyond_mm = _piece(sheet.job, group, number, least_mm)
        for cell, x, y in group.ids(sheet, number):
            if joined:
                yield Finding(
                    rule="singulation.joined",
                    message=f"the cell does not come free: its cut is open at {int(of.sum())} place(s), the longest"
                    f" {holds.length_mm[longest]:.4f} mm, with a kerf of {least_mm:g} mm",
                    cells=(cell,),
                    measured=float(holds.length_mm[longest]),
                    limit=0.0,
                    x_mm=x + dx,
                    y_mm=y + dy,
                )
            else:
                yield Finding(
                    rule="singulation.size",
                    message=f"the cell comes out {beyond_mm:.4f} mm larger than its outline at the least kerf;"
                    f" {singulation.tolerance_mm / 2.0:g} mm are allowed",
                    cells=(cell,),
                    measured=beyond_mm,
                    limit=singulation.tolerance_mm / 2.0,
                    x_mm=x + dx,
                    y_mm=y + dy,
                )


def _tabs(sheet: Sheet, group: Group, beam: tuple[Floats, Floats, Ints], holds: Gaps) -> Iterator[Finding]:
    """
    A cell hangs by its tabs and by nothing else: as many as asked for, in shared mode its neighbours' besides.

    A tab is no narrower than asked for and no wider; on a shared cut two of them may make one.
    """
    singulation = sheet.job.singulation
    tabs = singulation.tabs
    count = len(group.around.members)
    rings = sides([group.shape.path] * count)
    slack = 2.0 * slack_mm(sheet.job)
    least_mm = tabs.width_mm - singulation.tolerance_mm - slack
    most_mm = tabs.width_mm + singulation.tolerance_mm + slack
    if singulation.mode == "shared":
        most_mm = 2.0 * (tabs.width_mm + singulation.kerf_mm)
    narrow = gaps(rings, beam, (singulation.kerf_mm + singulation.tolerance_mm) / 2.0)
    wide = gaps(rings, beam, (singulation.kerf_mm - singulation.tolerance_mm) / 2.0)
    found = np.bincount(holds.curve, minlength=count)
    whole = np.bincount(narrow.curve[narrow.length_mm >= least_mm], minlength=count)
    widest = np.zeros(count)
    np.maximum.at(widest, wide.curve, wide.length_mm)
    exactly = singulation.mode == "contour"
    right = (found == whole) & ((whole == tabs.count) if exactly else (whole >= tabs.count)) & (widest <= most_mm)
    for number in np.flatnonzero(~right).tolist():
        for cell, x, y in group.ids(sheet, number):
            yield Finding(
                rule="singulation.tabs",
                message=f"the cell hangs at {found[number]} place(s), {whole[number]} of them tabs of {least_mm:.4f} mm"
                f" at least, the widest {widest[number]:.4f} mm; {tabs.count} of {tabs.width_mm:g} mm are asked for",
                cells=(cell,),
                measured=float(whole[number] if whole[number] < tabs.count else found[number]),
                limit=float(tabs.count),
                unit="",
                x_mm=x,
                y_mm=y,
            )


def _piece(job: Job, group: Group, number: int, kerf_mm: float) -> tuple[bool, float]:
    """Whether the piece that a cell comes out with reaches beyond its cut, and how far it passes the outline."""
    moves = group.around.moves
    lines = moves.taken(moves.owner == number).lines()
    swept = shapely.union_all(shapely.buffer(lines, kerf_mm / 2.0, quad_segs=_QUAD_SEGS))
    window = shapely.buffer(group.shape.region, 2.0 * job.singulation.kerf_mm, join_style="mitre")
    foil = shapely.get_parts(shapely.difference(window, swept))
    core = shapely.point_on_surface(group.shape.active)
    piece = foil[int(np.argmin(shapely.distance(foil, core)))] if len(foil) else window
    if shapely.distance(piece, window.exterior) < 1e-9:
        return True, 0.0
    corners = shapely.points(np.asarray(piece.exterior.coords))
    return False, float(shapely.distance(group.shape.region, corners).max())


def check_outline(sheet: Sheet, group: Group) -> Iterator[Finding]:
    """At the greatest kerf no cell loses more than half the tolerance of its outline."""
    singulation = sheet.job.singulation
    limit_mm = singulation.tolerance_mm / 2.0
    moves = group.around.moves
    distance = shapely.distance(moves.lines(), group.shape.region)
    near = distance < singulation.kerf_mm / 2.0 - slack_mm(sheet.job)
    for number, worst in _worst(moves, distance, near):
        dx, dy = _nearest(moves, worst, group.shape.region)
        lost_mm = singulation.kerf_mm / 2.0 + limit_mm - float(distance[worst])
        inside = distance[worst] == 0.0
        for cell, x, y in group.ids(sheet, number):
            yield Finding(
                rule="singulation.outline",
                message=("a cut runs through the cell" if inside else f"the cut takes {lost_mm:.4f} mm of the cell")
                + f" at the greatest kerf; {limit_mm:g} mm are allowed",
                cells=(cell,),
                measured=lost_mm,
                limit=limit_mm,
                x_mm=x + dx,
                y_mm=y + dy,
            )


def check_active(sheet: Sheet, group: Group) -> Iterator[Finding]:
    """At the greatest kerf, shifted by the registration, no active area is lost."""
    singulation = sheet.job.singulation
    moves = group.around.moves
    shapely.prepare(group.shape.active)
    distance = shapely.distance(moves.lines(), group.shape.active)
    reach_mm = (singulation.kerf_mm + singulation.tolerance_mm) / 2.0 + sheet.job.registration_mm
    for number, worst in _worst(moves, distance, distance < reach_mm - slack_mm(sheet.job)):
        dx, dy = _nearest(moves, worst, group.shape.active)
        lost_mm = reach_mm - float(distance[worst])
        for cell, x, y in group.ids(sheet, number):
            yield Finding(
                rule="singulation.active",
                message=f"the cut reaches {lost_mm:.4f} mm into the active area at the greatest kerf, shifted by the"
                f" registration of {sheet.job.registration_mm:g} mm",
                cells=(cell,),
                measured=lost_mm,
                limit=0.0,
                x_mm=x + dx,
                y_mm=y + dy,
            )


def _worst(moves: Moves, distance: Floats, near: Bools) -> Iterator[tuple[int, int]]:
    """Each class with marks that are too near, and the nearest of them."""
    for number in np.unique(moves.owner[near]).tolist():
        of = np.flatnonzero(moves.owner == number)
        yield number, int(of[np.argmin(distance[of])])


def _nearest(moves: Moves, k: int, region: shapely.Polygon) -> tuple[float, float]:
    """Where a mark comes nearest to a region, or its middle where it lies in it."""
    (line,) = moves.taken([k]).lines()
    inside = shapely.intersection(line, region)
    spot = shapely.shortest_line(line, region).coords[0] if inside.is_empty else inside.centroid.coords[0]
    return float(spot[0]), float(spot[1])
