"""What a mutation starts from and what it makes."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from tfbpattern.model.machine import Gantry
from tfbpattern.proof import cellmap
from tfbpattern.proof.curves import Floats, Moves
from tfbpattern.proof.emitted import Emitted
from tfbpattern.proof.gcode import Lap, Program, interpret
from tfbpattern.proof.shapes import shape_of
from tfbpattern.proof.sheet import Cells

BAD_MM = 0.001
"""Every mutation of a place does a micrometre of harm at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """Changed texts by role, changed keys of the manifest, and the harm that was measured, in words."""

    texts: Mapping[str, str]
    harm: str
    manifest: Mapping[str, Any] = field(default_factory=dict)


class Original:
    """Emitted files, read as often as they are asked for but once."""

    def __init__(self, emitted: Emitted) -> None:
        self.emitted = emitted

    @functools.cached_property
    def map(self) -> tuple[dict[str, Any], Cells]:
        """Document and cells of the map."""
        document, cells, _ = cellmap.read(self.emitted)
        return dict(document), cells

    @property
    def machine(self) -> Gantry | None:
        """The machine, where it is driven by programs."""
        machine = self.emitted.job.machine
        return machine if isinstance(machine, Gantry) else None

    def text(self, role: str) -> str:
        """The text of a file."""
        return self.emitted.text(role)


def marks_of(program: Program) -> Moves:
    """All lit motion at feed, each lap once."""
    return Moves.joined([lap.moves.taken(np.flatnonzero(lap.lit & (lap.code > 0))) for lap in program.laps])


def read_program(text: str, machine: Gantry) -> Program:
    """The program as run."""
    return interpret(text, machine.post)


def apart_mm(one: Moves, other: Moves) -> float:
    """How far points of either set of marks lie from the other set (ends and middles)."""
    if not len(one) or not len(other):
        return float("inf")
    worst = 0.0
    for these, those in ((one, other), (other, one)):
        half = np.full(len(these), 0.5)
        points = shapely.points(np.concatenate([these.start, these.end, these.points_at(half)]))
        _, distance = shapely.STRtree(those.lines()).query_nearest(points, return_distance=True, all_matches=False)
        worst = max(worst, float(distance.max()))
    return worst


def still_joined(marks: Moves, width_mm: float, spot: Floats, way: Floats) -> bool:
    """
    Whether the material on both sides of a line is one piece near a spot of it, by building what is swept away.

    *way* is the unit direction of the line there.
    """
    around = shapely.Point(spot).buffer(4.0 * width_mm, quad_segs=64)
    lines = marks.lines()
    near = lines[shapely.dwithin(lines, around, width_mm)]
    left = shapely.difference(around, shapely.union_all(shapely.buffer(near, width_mm / 2.0, quad_segs=64)))
    aside = np.array([-way[1], way[0]]) * width_mm
    sides = [shapely.Point(spot + aside), shapely.Point(spot - aside)]
    return any(all(part.contains(side) for side in sides) for part in shapely.get_parts(left))


def in_a_trench(original: Original, lap: Lap, k: int) -> bool:
    """Whether a motion runs along the middle of the trench of some cell."""
    _, cells = original.map
    middle = lap.moves.taken([k]).points_at(np.array([0.5]))
    return any(
        shapely.distance(
            shapely.LinearRing(shape_of(original.emitted.job, kind, rotation_deg).trench),
            shapely.points(middle - cells.places(which)),
        ).min()
        < BAD_MM
        for kind, rotation_deg, which in cells.groups()
    )
