"""
Isolation: what the marks leave of the anode collector.

The web is taken as endless film. An island is proved by the curve that the marks must sweep: a beam at its least width
that sweeps all of a closed curve parts the film inside from the film outside, whatever else it does. One island is
proved by what no mark may touch: the active area is one piece, and stays so.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.model.finding import Finding
from tfbpattern.proof import isolation_styles as styles
from tfbpattern.proof.covering import gaps, sides
from tfbpattern.proof.curves import SAGITTA_MM, Floats, Moves
from tfbpattern.proof.shapes import slack_mm
from tfbpattern.proof.sheet import Group, Sheet, groups_of

# Swept areas are built only to tell what is wrong with a cell; coarser than what finds it.
_QUAD_SEGS = 32


def check(sheet: Sheet) -> Iterator[Finding]:
    """Every cell has one island of its own, and its trench is where it belongs."""
    marks = sheet.marks["isolation"]
    near_any = np.zeros(len(marks), dtype=bool)
    for group in groups_of(sheet, marks, styles.reach_mm(sheet.job)):
        near_any |= group.around.seen
        yield from _islands(sheet, group)
        yield from check_active(sheet, group)
        if sheet.job.isolation.style == "ring":
            yield from _trench(sheet, group)
        else:
            yield from styles.check(sheet, group)
    yield from styles.uncleared(sheet)
    yield from styles.astray(sheet)
    for k in np.flatnonzero(~near_any).tolist():
        x, y = _middle(marks, k).tolist()
        yield Finding(
            rule="isolation.stray",
            message="a mark that belongs to no cell of the map",
            measured=float(marks.taken([k]).lengths_mm[0]),
            limit=0.0,
            x_mm=x,
            y_mm=y,
        )


def _middle(marks: Moves, k: int) -> Floats:
    middle: Floats = marks.taken([k]).points_at(np.array([0.5]))[0]
    return middle


def _islands(sheet: Sheet, group: Group) -> Iterator[Finding]:
    """At the least line width the film inside is parted from the film outside, a setback away from the cut."""
    isolation = sheet.job.isolation
    least_mm = isolation.line_width_mm - isolation.tolerance_mm
    moves = group.around.moves
    rings = [group.shape.island_limit] * len(group.around.members)
    p, q, of_move = moves.chords()
    open_ = gaps(sides(rings), (p, q, moves.owner[of_move]), least_mm / 2.0 - SAGITTA_MM)
    for number in np.unique(open_.curve).tolist():
        of = open_.curve == number
        longest = int(np.argmax(np.where(of, open_.length_mm, -1.0)))
        dx, dy = open_.middle[longest].tolist()
        lines = moves.taken(moves.owner == number).lines()
        joined, distance_mm = _island(group, lines, least_mm)
        limit_mm = isolation.setback_mm - isolation.tolerance_mm / 2.0
        for cell, x, y in group.ids(sheet, number):
            if joined:
                yield Finding(
                    rule="isolation.joined",
                    message=f"the island is joined to the web: its trench is open at {int(of.sum())} place(s), the"
                    f" longest {open_.length_mm[longest]:.4f} mm, with a line {least_mm:g} mm wide",
                    cells=(cell,),
                    measured=float(open_.length_mm[longest]),
                    limit=0.0,
                    x_mm=x + dx,
                    y_mm=y + dy,
                )
            else:
                yield Finding(
                    rule="isolation.setback",
                    message=f"the island comes within {distance_mm:.4f} mm of the outline; the setback less half the"
                    f" tolerance is {limit_mm:g} mm",
                    cells=(cell,),
                    measured=distance_mm,
                    limit=limit_mm,
                    x_mm=x + dx,
                    y_mm=y + dy,
                )


def _island(group: Group, lines: NDArray[np.object_], width_mm: float) -> tuple[bool, float]:
    """Whether the island reaches the outline, and how near it comes."""
    swept = shapely.union_all(shapely.buffer(lines, width_mm / 2.0, quad_segs=_QUAD_SEGS))
    film = shapely.get_parts(shapely.difference(group.shape.region, swept))
    core = shapely.point_on_surface(group.shape.active)
    island = film[int(np.argmin(shapely.distance(film, core)))] if len(film) else group.shape.region
    distance = float(shapely.distance(group.shape.region.exterior, island))
    return distance < 1e-9, distance


def check_active(sheet: Sheet, group: Group) -> Iterator[Finding]:
    """At the greatest line width the active area loses no more than half the tolerance."""
    isolation = sheet.job.isolation
    moves = group.around.moves
    limit_mm = isolation.line_width_mm / 2.0 - slack_mm(sheet.job)
    lines = moves.lines()
    shapely.prepare(group.shape.active)
    near = shapely.dwithin(group.shape.active, lines, limit_mm)
    distance = np.full(len(moves), np.inf)
    distance[near] = shapely.distance(lines[near], group.shape.active)
    for number in np.unique(moves.owner[distance < limit_mm]).tolist():
        of = np.flatnonzero(moves.owner == number)
        worst = int(of[np.argmin(distance[of])])
        dx, dy = _middle(moves, worst).tolist()
        lost_mm = isolation.line_width_mm / 2.0 - float(distance[worst]) + isolation.tolerance_mm / 2.0
        for cell, x, y in group.ids(sheet, number):
            yield Finding(
                rule="isolation.active",
                message=f"a mark reaches {lost_mm:.4f} mm into the active area at the greatest line width;"
                f" {isolation.tolerance_mm / 2.0:g} mm are allowed",
                cells=(cell,),
                measured=lost_mm,
                limit=isolation.tolerance_mm / 2.0,
                x_mm=x + dx,
                y_mm=y + dy,
            )


def _trench(sheet: Sheet, group: Group) -> Iterator[Finding]:
    """Marks, but for overcut, run along the middle of the trench: it is as wide as it may be and no wider."""
    moves = group.around.moves
    count = len(group.around.members)
    p, q, of_move = moves.chords()
    p, q = styles.less_overcut(p, q, moves.sweep_rad[of_move] == 0.0, sheet.job.isolation.run_on_mm)
    trench = sides([group.shape.trench] * count)
    allowed_mm = slack_mm(sheet.job) + SAGITTA_MM
    away = gaps((p, q, moves.owner[of_move]), trench, allowed_mm)
    if not len(away):
        return
    middle = shapely.LinearRing(group.shape.trench)
    for number in np.unique(away.curve).tolist():
        of = np.flatnonzero(away.curve == number)
        off = shapely.distance(middle, shapely.points(away.middle[of]))
        worst = int(of[np.argmax(off)])
        dx, dy = away.middle[worst].tolist()
        for cell, x, y in group.ids(sheet, number):
            yield Finding(
                rule="isolation.trench",
                message=f"a mark runs {float(off.max()):.4f} mm beside the middle of the trench, over"
                f" {float(away.length_mm[of].sum()):.4f} mm",
                cells=(cell,),
                measured=float(off.max()),
                limit=allowed_mm,
                x_mm=x + dx,
                y_mm=y + dy,
            )
