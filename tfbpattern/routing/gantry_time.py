"""
Run time on a gantry with look-ahead: trapezoids over the whole path, corners by junction deviation.

Corner speed as in GRBL's planner: v^2 = a d s / (1 - s) with s = sqrt((1 - cos t) / 2), t the angle between the
reversed incoming and the outgoing direction, d the junction deviation. On an arc the speed is limited by the
acceleration towards its centre, v^2 = a r.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tfbpattern.geometry import arcs
from tfbpattern.geometry.arcs import Floats
from tfbpattern.model.machine import Gantry
from tfbpattern.model.nest import Ints
from tfbpattern.model.toolpath import Effort, Toolpath
from tfbpattern.routing.gantry_bound import least_on_gantry


def effort(toolpath: Toolpath, machine: Gantry) -> Effort:
    """What the toolpath costs."""
    recipe = toolpath.recipe
    deviation_mm = machine.corner_deviation_mm(toolpath.tolerance_mm)
    return Effort(
        method=toolpath.method,
        strokes=len(toolpath.strokes),
        mark_length_mm=toolpath.strokes.length_mm,
        jump_length_mm=float(np.hypot(*(toolpath.marks.starts[1:] - toolpath.marks.ends[:-1]).T).sum()),
        time_s=time_s(toolpath, machine),
        time_bound_s=recipe.passes * least_on_gantry(toolpath.strokes, recipe.mark_speed_mm_s, machine, deviation_mm),
    )


def time_s(toolpath: Toolpath, machine: Gantry) -> float:
    """All passes; they follow each other by a jump back to the first point."""
    passes = toolpath.recipe.passes
    back = float(np.hypot(*(toolpath.marks.starts[0] - toolpath.marks.ends[-1])))
    return passes * _one_pass(toolpath, machine, None) + (passes - 1) * _from_rest_to_rest(back, machine)


def parts_time_s(toolpath: Toolpath, parts: Ints, machine: Gantry) -> float:
    """One pass without the ways between parts, strokes of different numbers in *parts* (n,); each from rest to rest."""
    return _one_pass(toolpath, machine, parts)


def _one_pass(toolpath: Toolpath, machine: Gantry, parts: Ints | None) -> float:
    p0, p1, bulge, owner = toolpath.marks.segments
    cap = np.minimum(toolpath.recipe.mark_speed_mm_s**2, machine.acceleration_mm_s2 * arcs.radii(p0, p1, bulge))
    lengths = arcs.lengths(p0, p1, bulge)
    start, end = arcs.tangents(p0, p1, bulge)
    # Between the end of one stroke and the start of the next there is a dark block; none before the first.
    at = np.flatnonzero(owner[1:] != owner[:-1]) + 1
    jump = p0[at] - p1[at - 1]
    distance = np.hypot(jump[:, 0], jump[:, 1])
    direction = jump / np.where(distance > 0.0, distance, 1.0)[:, None]
    if parts is not None:
        distance[parts[1:] != parts[:-1]] = 0.0
    block_length = np.insert(lengths, at, distance)
    dark = np.insert(np.zeros(len(lengths), dtype=bool), at, True)
    real = block_length > 0.0
    stop = None
    if parts is not None:
        part = np.insert(parts[owner], at, parts[1:])[real]
        stop = part[1:] != part[:-1]
    return _planned(
        block_length[real],
        np.insert(cap, at, np.full(len(at), machine.jump_speed_mm_s**2))[real],
        np.insert(start, at, direction, axis=0)[real],
        np.insert(end, at, direction, axis=0)[real],
        dark[real],
        stop,
        machine,
        machine.corner_deviation_mm(toolpath.tolerance_mm),
    )


def _planned(
    length: Floats,
    cap: Floats,
    start: Floats,
    end: Floats,
    dark: NDArray[np.bool_],
    stop: NDArray[np.bool_] | None,
    machine: Gantry,
    deviation_mm: float,
) -> float:
    """
    Time over blocks (n,), from rest to rest, with squared speed caps (n,) and directions at their ends (n, 2).

    *stop* (n - 1,): joints at which the head comes to rest.

    The look-ahead's backward and forward passes are running minima: the squared speed at a joint is at most that
    at any other joint plus 2 a times the distance between them.
    """
    a = machine.acceleration_mm_s2
    corner = np.minimum(_corners(end[:-1], start[1:], machine.acceleration_mm_s2 * deviation_mm), _lower(cap))
    if not machine.gated:
        # The laser is switched at a standstill only.
        corner[dark[:-1] != dark[1:]] = 0.0
    if stop is not None:
        corner[stop] = 0.0
    joint = np.concatenate([[0.0], corner, [0.0]])
    reach = 2.0 * a * np.concatenate([[0.0], np.cumsum(length)])
    backward = np.minimum.accumulate((joint + reach)[::-1])[::-1] - reach
    squared = np.maximum(np.minimum.accumulate(backward - reach) + reach, 0.0)
    v0, v1 = squared[:-1], squared[1:]
    # The top of the trapezoid: where accelerating from one end meets braking to the other, or the cap.
    peak = np.minimum((2.0 * a * length + v0 + v1) / 2.0, cap)
    peak = np.maximum(peak, np.maximum(v0, v1))
    ramps = (2.0 * peak - v0 - v1) / (2.0 * a)
    top = np.sqrt(peak)
    seconds = (2.0 * top - np.sqrt(v0) - np.sqrt(v1)) / a + np.maximum(length - ramps, 0.0) / top
    return float(seconds.sum())


def _lower(cap: Floats) -> Floats:
    """The squared speed that both blocks at a joint allow."""
    return np.minimum(cap[:-1], cap[1:])


def _corners(incoming: Floats, outgoing: Floats, scale: float) -> Floats:
    """Squared junction speed between consecutive directions; *scale* is acceleration times deviation."""
    cos = -(incoming * outgoing).sum(axis=1)
    s = np.sqrt(np.clip((1.0 - cos) / 2.0, 0.0, 1.0))
    # Straight on there is no corner; 1 - s would be 0.
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(
            s > 1.0 - 1e-12,
            np.inf,
            scale * s / (1.0 - s),
        )


def _from_rest_to_rest(distance: float, machine: Gantry) -> float:
    a, v = machine.acceleration_mm_s2, machine.jump_speed_mm_s
    return 2.0 * (distance / a) ** 0.5 if distance < v * v / a else distance / v + v / a
