"""
Styles of isolation other than a ring a cell: where marks may run, and where no film may be left.

The ring's own laws hold for all of them: one island, and no mark too near to the active area. Here areas are built,
once for each class of like neighbourhoods: what lines of their least width must sweep is cleared if nothing of it is
left but what rounding explains.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.model.finding import Finding
from tfbpattern.model.job import Job
from tfbpattern.proof.covering import gaps
from tfbpattern.proof.curves import SAGITTA_MM, Bools, Floats, inset, ring_points
from tfbpattern.proof.shapes import shape_of, slack_mm
from tfbpattern.proof.sheet import Group, Sheet

# An inscribed circle of so many chords a quarter is short by a three-thousandth of its radius.
_QUAD_SEGS = 32
# Chords of arcs are shorter (ours: an arc of a metre has chords of two thirds of it).
_STRAIGHT_MM = 0.03


def reach_mm(job: Job) -> float:
    """How far outside an outline marks matter to its cell."""
    isolation = job.isolation
    widest_mm = (isolation.line_width_mm + isolation.tolerance_mm) / 2.0
    if isolation.style != "double":
        return widest_mm
    # The outermost line of the strip about the cut; a mitred corner lies up to twice as far out.
    return job.singulation.kerf_mm + job.strip_mm + widest_mm


def check(sheet: Sheet, group: Group) -> Iterator[Finding]:
    """Marks within a cell run where the style has lines, and what the style clears is cleared."""
    job = sheet.job
    moves = group.around.moves
    straight = moves.sweep_rad == 0.0
    lines = moves.lines()
    lines[straight] = _strings(
        *less_overcut(moves.start[straight], moves.end[straight], straight[straight], job.isolation.run_on_mm)
    )
    allowed, region = _allowed(job, group), group.shape.region
    shapely.prepare([allowed, region])
    off = np.flatnonzero(shapely.intersects(region, lines) & ~shapely.covers(allowed, lines))
    beside = shapely.difference(shapely.intersection(lines[off], region), allowed)
    length = shapely.length(beside)
    for number in np.unique(moves.owner[off]).tolist():
        mine = np.flatnonzero((moves.owner[off] == number) & (length > 0.0))
        if not len(mine):
            continue
        points = shapely.get_coordinates(beside[mine])
        away = shapely.distance(allowed, shapely.points(points))
        dx, dy = points[int(np.argmax(away))].tolist()
        for cell, x, y in group.ids(sheet, number):
            yield Finding(
                rule="isolation.trench",
                message=f"marks run beside the lines of style {job.isolation.style!r} over"
                f" {float(length[mine].sum()):.4f} mm, by {float(away.max()):.4f} mm more than rounding explains",
                cells=(cell,),
                measured=float(away.max()),
                limit=slack_mm(job) + SAGITTA_MM,
                x_mm=x + dx,
                y_mm=y + dy,
            )
    yield from _cleared(sheet, group)


def uncleared(sheet: Sheet) -> Iterator[Finding]:
    """Style ``double``: the middle of every cut runs where no film is left."""
    if sheet.job.isolation.style != "double":
        return
    isolation = sheet.job.isolation
    cut, beam = (sheet.marks[name].chords() for name in ("singulation", "isolation"))
    radius = (isolation.line_width_mm - isolation.tolerance_mm) / 2.0 + slack_mm(sheet.job)
    left = gaps(cut, (*beam[:2], np.zeros_like(beam[2])), radius, one_frame=True)
    for k in range(len(left)):
        x, y = left.middle[k].tolist()
        yield Finding(
            rule="isolation.cleared",
            message=f"a cut runs through film over {float(left.length_mm[k]):.4f} mm, outside the strip cleared for it",
            measured=float(left.length_mm[k]),
            limit=0.0,
            x_mm=x,
            y_mm=y,
        )


def astray(sheet: Sheet) -> Iterator[Finding]:
    """Style ``grid``: lines leave cells to cross streets, and never for longer than a side of a trench."""
    if sheet.job.isolation.style != "grid":
        return
    marks = sheet.marks["isolation"]
    cells, sides = [], []
    for kind, rotation_deg, which in sheet.cells.groups():
        shape = shape_of(sheet.job, kind, rotation_deg)
        cells.append(shapely.polygons(shape.outline[None] + sheet.cells.places(which)[:, None]))
        sides.append(float(np.hypot(*(np.roll(shape.trench, -1, axis=0) - shape.trench).T).max()))
    outlines = np.concatenate(cells)
    lines = marks.lines()
    line, cell = shapely.STRtree(outlines).query(lines)
    for k in range(len(lines)):
        outside = shapely.get_parts(shapely.difference(lines[k], shapely.union_all(outlines[cell[line == k]])))
        for piece in outside[shapely.length(outside) > max(sides)]:
            middle = shapely.line_interpolate_point(piece, 0.5, normalized=True)
            yield Finding(
                rule="isolation.stray",
                message=f"a line runs for {piece.length:.4f} mm where there is no cell",
                measured=float(piece.length),
                limit=max(sides),
                x_mm=middle.x,
                y_mm=middle.y,
            )


def less_overcut(p: Floats, q: Floats, straight: Bools, overcut_mm: float) -> tuple[Floats, Floats]:
    """
    Chords (n, 2) without the overcut at the ends of straight ones.

    Of rings made of straight runs each side goes on past its corners by as much. What is left of the side shows whether
    it runs in the trench; that nothing is missing at the corners is for the island to show.
    """
    length = np.hypot(*(q - p).T)
    off = np.where(straight, np.minimum(overcut_mm, length / 2.0), 0.0)
    step = (q - p) * (off / np.where(length > 0.0, length, 1.0))[:, None]
    return p + step, q - step


def _allowed(job: Job, group: Group) -> shapely.Geometry:
    """Where the middle of a line may run within a cell, rounding included."""
    isolation, shape = job.isolation, group.shape
    slack = slack_mm(job) + SAGITTA_MM
    if isolation.style == "grid":
        # The sides of the trench, on to both ends as far as the cell goes.
        sides = shapely.linestrings(_lengthened(shape.trench, isolation.setback_mm))
        return shapely.union_all(shapely.buffer(sides, slack))
    if isolation.style == "double":
        # Beside the cut half a line less than the strip is wide, whichever neighbour's outline it goes by.
        beside = max(job.strip_mm - isolation.line_width_mm, 0.0) / 2.0 + slack
        path = shapely.LinearRing(shape.path)
        # Corners of the lines are mitred like those of the cut, or round.
        strips = [
            shapely.buffer(path, beside, quad_segs=_QUAD_SEGS),
            shapely.buffer(path, beside, join_style="mitre", mitre_limit=2.0),
        ]
        return shapely.union_all([*strips, shapely.buffer(shapely.LinearRing(shape.trench), slack)])
    curves = [ring_points(part) for mm in job.isolation_insets_mm for part in inset(shape.outline, mm, mitred=True)]
    # Straight sides may run on into the dead strip beyond their corners, where lines cross them.
    on = [shapely.linestrings(_lengthened(curve, isolation.setback_mm)) for curve in curves]
    return shapely.union_all(
        [shapely.buffer(line, slack) for line in (*map(shapely.LinearRing, curves), *np.concatenate(on))]
    )


def _lengthened(ring: Floats, by_mm: float) -> Floats:
    """The straight sides of a ring (k, 2, 2), longer at both ends; chords of arcs are none."""
    side = np.stack([ring, np.roll(ring, -1, axis=0)], axis=1)
    way = side[:, 1] - side[:, 0]
    length = np.hypot(*way.T)
    long = length > _STRAIGHT_MM
    on = way[long] / length[long, None] * by_mm
    return np.stack([side[long, 0] - on, side[long, 1] + on], axis=1)


def _cleared(sheet: Sheet, group: Group) -> Iterator[Finding]:
    """At the least line width no film is left where the style leaves none."""
    job, shape = sheet.job, group.shape
    isolation = job.isolation
    spare = isolation.tolerance_mm / 2.0 + slack_mm(job)
    if isolation.style == "hatch":
        # From the middle of the trench to the outline; inside of that the island has been looked at.
        wanted = shapely.difference(shapely.buffer(shape.region, -spare), shapely.Polygon(shape.trench))
        what = "between the active area and the outline"
    elif isolation.style == "double":
        # About the middle of the kerf, and round about the outline's corners: where a cut goes farther out than that,
        # its middle is looked at.
        half = job.singulation.kerf_mm / 2.0
        outer = shapely.buffer(shape.region, half + job.strip_mm / 2.0 - spare, quad_segs=_QUAD_SEGS)
        # A distance that is nothing but the noise of floats would leave nothing.
        inner = shapely.buffer(shape.region, round(half - job.strip_mm / 2.0 + spare, 9))
        path = shapely.buffer(shapely.LinearRing(shape.path), job.strip_mm / 2.0 - spare, quad_segs=_QUAD_SEGS)
        wanted = shapely.intersection(path, shapely.difference(outer, inner))
        what = "where the cut may run"
    else:
        return
    moves = group.around.moves
    lines = moves.lines()
    radius = (isolation.line_width_mm - isolation.tolerance_mm) / 2.0 + slack_mm(job)
    for number in range(len(group.around.members)):
        swept = shapely.union_all(shapely.buffer(lines[moves.owner == number], radius, quad_segs=_QUAD_SEGS))
        left = shapely.get_parts(shapely.difference(wanted, swept))
        left = left[shapely.area(left) > 0.0]
        if not len(left):
            continue
        largest = left[int(np.argmax(shapely.area(left)))]
        spot = shapely.point_on_surface(largest)
        wide = 2.0 * float(shapely.distance(largest.boundary, spot))
        for cell, x, y in group.ids(sheet, number):
            yield Finding(
                rule="isolation.cleared",
                message=f"film is left {what} at the least line width: {len(left)} place(s),"
                f" {float(shapely.area(left).sum()):.2g} mm2, the largest about {wide:.4f} mm wide",
                cells=(cell,),
                measured=wide,
                limit=0.0,
                x_mm=x + spot.x,
                y_mm=y + spot.y,
            )


def _strings(p: Floats, q: Floats) -> NDArray[np.object_]:
    return np.asarray(shapely.linestrings(np.stack([p, q], axis=1)))
