"""Machines, as data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

PostName = Literal["grbl", "iso6983", "linuxcnc"]
"""Dialects that a gantry may name; :data:`tfbpattern.posts.POSTS` has one for each."""

Controller = Literal["rs274"]
"""Machines' own interpreters that a proof can ask for a second opinion, by the names of their programs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gantry:
    """
    A laser head moved over the web by axes with limited acceleration; driven by G-code.

    ``loops`` asks for programs that say once what repeats itself, in relative coordinates.
    """

    name: str
    post: PostName
    travel_mm: tuple[float, float]
    origin_mm: tuple[float, float]
    resolution_mm: float
    jump_speed_mm_s: float
    max_mark_speed_mm_s: float
    acceleration_mm_s2: float
    junction_deviation_mm: float
    gated: bool
    max_power: int
    loops: bool = False
    max_frequency_khz: float = math.inf

    def corner_deviation_mm(self, tolerance_mm: float) -> float:
        """
        How far the controller may leave a corner of a line whose width has this tolerance.

        GRBL's junction deviation sets the speed through a corner and leaves the path alone. LinuxCNC does leave it,
        by as much as G64 says: a fifth of the tolerance at most (ours: the tolerance is of both edges together, so
        this is two fifths of what an edge has, and the rest is the beam's and the scale's).
        """
        if self.post == "linuxcnc":
            return min(self.junction_deviation_mm, tolerance_mm / 5.0)
        return self.junction_deviation_mm


@dataclass(frozen=True, slots=True, kw_only=True)
class Galvo:
    """Mirrors that steer the beam within a scan field; driven by a drawing for each field."""

    name: str
    travel_mm: tuple[float, float]
    origin_mm: tuple[float, float]
    resolution_mm: float
    max_mark_speed_mm_s: float
    field_mm: tuple[float, float]
    overlap_mm: float
    jump_speed_mm_s: float
    jump_delay_us: float
    mark_delay_us: float
    polygon_delay_us: float
    laser_on_delay_us: float
    laser_off_delay_us: float
    max_frequency_khz: float = math.inf


Machine = Gantry | Galvo
