"""
Run time on a galvo: jumps and marks at constant speed, and the scanner's delays.

A jump ends with the jump delay, a mark with the mark delay; a polygon delay at each inner vertex is scaled by its
angle (half of it at 90 degrees, all of it at a reversal), as scanner controllers do.
"""

from __future__ import annotations

import numpy as np

from tfbpattern.geometry import arcs
from tfbpattern.geometry.arcs import Floats
from tfbpattern.model.machine import Galvo
from tfbpattern.model.nest import Ints
from tfbpattern.model.toolpath import Effort, Toolpath
from tfbpattern.routing.galvo_bound import least_on_galvo

_S_PER_US = 1e-6


def effort(toolpath: Toolpath, machine: Galvo) -> Effort:
    """What the toolpath costs; moving the head from field to field is not part of it."""
    return Effort(
        method=toolpath.method,
        strokes=len(toolpath.strokes),
        mark_length_mm=toolpath.strokes.length_mm,
        jump_length_mm=float(_jumps(toolpath).sum()),
        time_s=time_s(toolpath, machine),
        time_bound_s=toolpath.recipe.passes
        * least_on_galvo(
            toolpath.strokes,
            toolpath.recipe.mark_speed_mm_s,
            _per_stroke_s(machine),
            machine.polygon_delay_us * _S_PER_US,
        ),
    )


def time_s(toolpath: Toolpath, machine: Galvo) -> float:
    """All passes; they follow each other by a jump back to the first point."""
    passes = toolpath.recipe.passes
    one_pass = _lit_s(toolpath, machine) + float(_jumps(toolpath).sum()) / machine.jump_speed_mm_s
    back = float(np.hypot(*(toolpath.marks.starts[0] - toolpath.marks.ends[-1])))
    return passes * one_pass + (passes - 1) * back / machine.jump_speed_mm_s


def parts_time_s(toolpath: Toolpath, parts: Ints, machine: Galvo) -> float:
    """One pass without the ways between parts: strokes with different numbers in *parts* (n,)."""
    inner = _jumps(toolpath)[parts[1:] == parts[:-1]]
    return _lit_s(toolpath, machine) + float(inner.sum()) / machine.jump_speed_mm_s


def _jumps(toolpath: Toolpath) -> Floats:
    """Lengths from the end of each stroke to the start of the next."""
    lengths: Floats = np.hypot(*(toolpath.marks.starts[1:] - toolpath.marks.ends[:-1]).T)
    return lengths


def _per_stroke_s(machine: Galvo) -> float:
    # A jump's own delay covers the laser's on delay only in part; both are counted, as for the off delay.
    return _S_PER_US * (
        machine.jump_delay_us + machine.mark_delay_us + machine.laser_on_delay_us + machine.laser_off_delay_us
    )


def _lit_s(toolpath: Toolpath, machine: Galvo) -> float:
    """One pass without its jumps: marks, and delays."""
    p0, p1, bulge, owner = toolpath.marks.segments
    start, end = arcs.tangents(p0, p1, bulge)
    inner = np.flatnonzero(owner[1:] == owner[:-1])
    turn = np.arccos(np.clip((end[inner] * start[inner + 1]).sum(axis=1), -1.0, 1.0))
    delays = len(toolpath.strokes) * _per_stroke_s(machine)
    delays += machine.polygon_delay_us * _S_PER_US * float((turn / np.pi).sum())
    return toolpath.marks.length_mm / toolpath.recipe.mark_speed_mm_s + delays
