"""
Run time on a galvo: jumps and marks at constant speed, and the scanner's delays.

A jump ends with the jump delay, a mark with the mark delay; a polygon delay at each inner vertex is scaled by its
angle (half of it at 90 degrees, all of it at a reversal), as scanner controllers do.
"""

from __future__ import annotations

import numpy as np

from tfbpattern.geometry import arcs
from tfbpattern.model.machine import Galvo
from tfbpattern.model.toolpath import Effort, Toolpath
from tfbpattern.routing.bounds import least_on_galvo

_S_PER_US = 1e-6


def effort(toolpath: Toolpath, machine: Galvo) -> Effort:
    """What the toolpath costs; moving the head from field to field is not part of it."""
    p0, p1, bulge, owner = toolpath.marks.segments
    first = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    ends = np.append(first[1:], len(p0)) - 1
    jumps = np.hypot(*(p0[first[1:]] - p1[ends[:-1]]).T)
    start, end = arcs.tangents(p0, p1, bulge)
    inner = np.flatnonzero(owner[1:] == owner[:-1])
    turn = np.arccos(np.clip((end[inner] * start[inner + 1]).sum(axis=1), -1.0, 1.0))
    strokes, passes = len(toolpath.strokes), toolpath.recipe.passes
    mark_length, lit_length = toolpath.strokes.length_mm, toolpath.marks.length_mm
    # A jump's own delay covers the laser's on delay only in part; both are counted, as for the off delay.
    per_stroke_us = (
        machine.jump_delay_us + machine.mark_delay_us + machine.laser_on_delay_us + machine.laser_off_delay_us
    )
    delays = strokes * per_stroke_us + machine.polygon_delay_us * float((turn / np.pi).sum())
    speed = toolpath.recipe.mark_speed_mm_s
    back = float(np.hypot(*(p0[0] - p1[-1])))
    one_pass = float(jumps.sum()) / machine.jump_speed_mm_s + lit_length / speed + delays * _S_PER_US
    return Effort(
        method=toolpath.method,
        strokes=strokes,
        mark_length_mm=mark_length,
        jump_length_mm=float(jumps.sum()),
        time_s=passes * one_pass + (passes - 1) * back / machine.jump_speed_mm_s,
        time_bound_s=passes
        * least_on_galvo(toolpath.strokes, speed, per_stroke_us * _S_PER_US, machine.polygon_delay_us * _S_PER_US),
    )
