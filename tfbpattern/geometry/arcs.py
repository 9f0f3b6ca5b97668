"""
Formulas for one segment, a line or a circular arc, on arrays of segments.

A segment runs from ``p0`` to ``p1`` with a *bulge*: the tangent of a quarter of its included angle, positive
counter-clockwise, 0 for a line (the definition of the DXF reference, LWPOLYLINE group 42). All functions take
arrays: points of shape (..., 2), bulges of shape (...).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def lengths(p0: Floats, p1: Floats, bulge: Floats) -> Floats:
    """Length along each segment."""
    chord = np.hypot(p1[..., 0] - p0[..., 0], p1[..., 1] - p0[..., 1])
    size = np.abs(bulge)
    # r * angle with r = chord (1 + b^2) / 4b and angle = 4 atan b; the factor tends to 1 as b tends to 0.
    safe = np.where(size > 1e-12, size, 1.0)
    factor = np.where(size > 1e-12, (1.0 + safe**2) * np.arctan(safe) / safe, 1.0)
    return np.asarray(chord * factor)


def radii(p0: Floats, p1: Floats, bulge: Floats) -> Floats:
    """Radius of each arc; infinite for a line."""
    chord = np.hypot(p1[..., 0] - p0[..., 0], p1[..., 1] - p0[..., 1])
    size = np.abs(bulge)
    with np.errstate(divide="ignore", invalid="ignore"):
        radius = chord * (1.0 + size**2) / (4.0 * size)
    return np.where(size > 0.0, radius, np.inf)


def centres(p0: Floats, p1: Floats, bulge: Floats) -> Floats:
    """Centre of each arc, shape (..., 2); meaningless (not finite) for a line."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # From the middle of the chord to the left by half a chord times (1 - b^2) / 2b.
        along = (1.0 - bulge**2) / (4.0 * bulge)
        x = (p0[..., 0] + p1[..., 0]) / 2.0 - (p1[..., 1] - p0[..., 1]) * along
        y = (p0[..., 1] + p1[..., 1]) / 2.0 + (p1[..., 0] - p0[..., 0]) * along
    return np.stack([x, y], axis=-1)


def tangents(p0: Floats, p1: Floats, bulge: Floats) -> tuple[Floats, Floats]:
    """Unit directions of travel at the start and at the end of each segment, shape (..., 2) each."""
    chord = p1 - p0
    size = np.hypot(chord[..., 0], chord[..., 1])
    unit = chord / np.where(size > 0.0, size, 1.0)[..., None]
    # Half the included angle is 2 atan b: cos = (1 - b^2) / (1 + b^2), sin = 2b / (1 + b^2).
    cos = (1.0 - bulge**2) / (1.0 + bulge**2)
    sin = 2.0 * bulge / (1.0 + bulge**2)
    x, y = unit[..., 0], unit[..., 1]
    start = np.stack([x * cos + y * sin, y * cos - x * sin], axis=-1)
    end = np.stack([x * cos - y * sin, y * cos + x * sin], axis=-1)
    return start, end


def point_at(p0: Floats, p1: Floats, bulge: Floats, fraction: Floats) -> Floats:
    """The point at a fraction (0 to 1) of the length of each segment, shape (..., 2)."""
    # From the start by a chord: its length over the whole chord's is sin(f t / 2) / sin(t / 2), t the included angle,
    # and it is turned from the whole chord by (f - 1) t / 2. No centre, so nearly straight arcs stay exact.
    half = 2.0 * np.arctan(bulge)
    sine = np.sin(half)
    bent = np.abs(sine) > 0.0
    ratio = np.where(bent, np.sin(fraction * half) / np.where(bent, sine, 1.0), fraction)
    turn = (fraction - 1.0) * half
    chord = p1 - p0
    cos, sin = np.cos(turn), np.sin(turn)
    x = chord[..., 0] * cos - chord[..., 1] * sin
    y = chord[..., 0] * sin + chord[..., 1] * cos
    return np.stack([p0[..., 0] + ratio * x, p0[..., 1] + ratio * y], axis=-1)


def bounds(p0: Floats, p1: Floats, bulge: Floats) -> Floats:
    """x_min, y_min, x_max, y_max of each segment (k, 4), with the bellies of arcs."""
    low, high = np.minimum(p0, p1), np.maximum(p0, p1)
    curved = np.flatnonzero(bulge)
    if len(curved):
        a, b, bent = p0[curved], p1[curved], bulge[curved]
        centre, radius = centres(a, b, bent), radii(a, b, bent)
        # Counter-clockwise from this end by that much, whichever way the arc runs.
        first = np.where((bent > 0.0)[:, None], a, b) - centre
        start, sweep = np.arctan2(first[:, 1], first[:, 0]), 4.0 * np.arctan(np.abs(bent))
        for quarter, (axis, reach, extreme) in enumerate(
            ((0, high, np.maximum), (1, high, np.maximum), (0, low, np.minimum), (1, low, np.minimum))
        ):
            passed = (quarter * np.pi / 2.0 - start) % (2.0 * np.pi) <= sweep
            belly = centre[:, axis] + (radius if quarter < 2 else -radius)
            reach[curved, axis] = np.where(passed, extreme(reach[curved, axis], belly), reach[curved, axis])
    return np.hstack([low, high])


def split_bulge(bulge: float, fraction: float) -> float:
    """Bulge of the part of an arc that covers *fraction* of its included angle."""
    return float(np.tan(np.arctan(bulge) * fraction))


def bulge_about(p0: Floats, p1: Floats, centre: Floats, *, clockwise: bool) -> float:
    """Bulge of the arc from *p0* to *p1* about *centre* in the given direction (included angle 0 to 360)."""
    a0 = np.arctan2(p0[1] - centre[1], p0[0] - centre[0])
    a1 = np.arctan2(p1[1] - centre[1], p1[0] - centre[0])
    sweep = (a0 - a1 if clockwise else a1 - a0) % (2.0 * np.pi)
    bulge = float(np.tan(sweep / 4.0))
    return -bulge if clockwise else bulge
