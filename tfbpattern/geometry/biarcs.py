"""
Smooth curves as chains of arcs.

Each stretch of the curve becomes a biarc: two arcs that share the curve's ends and its directions there and
pass smoothly into each other (K. M. Bolton, "Biarc curves", Computer-Aided Design 7 (1975) 89-92; here with
equal tangent lengths). A stretch that is too far from its biarc is halved.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np

from tfbpattern.geometry.arcs import Floats

Curve = Callable[[Floats], tuple[Floats, Floats]]
"""Points (k, 2) and derivatives (k, 2) of a curve at parameters (k,)."""

# Along a stretch the deviation rises and falls a few times, smoothly; samples at a tenth of such a wave miss
# its top by 5 % at most. The margin is ours, four times that.
_SAMPLES = 33
_MARGIN = 0.8
# Arcs up to about 105 degrees: a curve that is close to them everywhere then cannot have skipped part of one.
_MAX_BULGE = 0.5
# An arc that bends by less than a tenth of a nanometre is a line.
_STRAIGHT_MM = 1e-7
# A jump in the curve is never bridged however often a stretch is halved.
_MAX_HALVINGS = 40


def fit(curve: Curve, breaks: Sequence[float], tolerance_mm: float) -> Floats:
    """
    Vertices (n, 3) of an open chain of arcs that leaves *curve* by at most *tolerance_mm*.

    *breaks* are ascending parameters: first, last, and between them all where the curve may have a corner or
    another formula. The chain meets the curve at each of them.

    Raises:
        ValueError: the curve is not continuous, or has points that are not finite numbers.
    """
    first, _ = curve(np.array(breaks[:1], dtype=np.float64))
    vertices: list[tuple[float, float, float]] = [(float(first[0, 0]), float(first[0, 1]), 0.0)]
    for low, high in itertools.pairwise(breaks):
        # The stretch to be done next lies on top.
        stretches = [(low, high, 0)]
        while stretches:
            start, end, halvings = stretches.pop()
            found = _stretch(curve, start, end, tolerance_mm * _MARGIN)
            if found is not None:
                for x, y, bulge in found:
                    vertices[-1] = (*vertices[-1][:2], bulge)
                    vertices.append((x, y, 0.0))
                continue
            if halvings == _MAX_HALVINGS:
                x, y, _ = vertices[-1]
                raise ValueError(f"the curve jumps at ({x:.4f}, {y:.4f})")
            middle = (start + end) / 2.0
            stretches += [(middle, end, halvings + 1), (start, middle, halvings + 1)]
    return np.array(vertices)


def _stretch(curve: Curve, low: float, high: float, tolerance: float) -> list[tuple[float, float, float]] | None:
    """End and bulge (x, y, bulge) of each arc from *low* to *high*; None when two arcs do not do."""
    points, _ = curve(np.linspace(low, high, _SAMPLES))
    # At a break the direction is the one inside the stretch.
    _, ends = curve(np.array([low, high]) + np.array([1e-9, -1e-9]) * (high - low))
    if not (np.isfinite(points).all() and np.isfinite(ends).all()):
        raise ValueError("the curve has a point that is not a finite number")
    length = float(np.hypot(*np.diff(points, axis=0).T).sum())
    if length <= tolerance:
        return [(float(points[-1, 0]), float(points[-1, 1]), 0.0)]
    directions = []
    for end, fallback in zip(ends, (points[1] - points[0], points[-1] - points[-2]), strict=True):
        # Where two control points coincide the curve starts without speed; the first chord has its direction.
        slow = math.hypot(*end) * (high - low) < 1e-6 * length
        direction = fallback if slow else end
        directions.append(direction / max(math.hypot(*direction), 1e-300))
    found = _biarc(points[0], points[-1], *directions)
    if found is None:
        return None
    middle, bulges = found
    joints = np.array([points[0], middle, points[-1]])
    to_first = _distances(points, joints[0], joints[1], bulges[0])
    to_second = _distances(points, joints[1], joints[2], bulges[1])
    if float(np.minimum(to_first, to_second).max()) > tolerance:
        return None
    return [(float(x), float(y), bulge) for (x, y), bulge in zip(joints[1:], bulges, strict=True)]


def _biarc(p0: Floats, p1: Floats, t0: Floats, t1: Floats) -> tuple[Floats, tuple[float, float]] | None:
    """Where two arcs between these ends and unit directions meet, and their bulges; None if they turn far."""
    chord = p1 - p0
    square = float(chord @ chord)
    if square == 0.0:
        return None
    # The tangent length d solves |chord - d (t0 + t1)| = 2 d.
    along = float(chord @ (t0 + t1))
    # Two unit vectors may have a product a little above 1.
    bend = max(2.0 * (1.0 - float(t0 @ t1)), 0.0)
    root = math.sqrt(along**2 + bend * square)
    # The same root in two forms; each loses its digits where the other keeps them.
    d = square / (along + root) if along > 0.0 else (root - along) / bend if bend > 0.0 else math.inf
    if not math.isfinite(d):
        return None
    middle = (p0 + p1 + d * (t0 - t1)) / 2.0
    bulges = (_bulge(middle - p0, t0, at_start=True), _bulge(p1 - middle, t1, at_start=False))
    if max(abs(bulges[0]), abs(bulges[1])) > _MAX_BULGE:
        return None
    return middle, bulges


def _bulge(chord: Floats, tangent: Floats, *, at_start: bool) -> float:
    """Bulge of an arc from its chord and its unit direction at the start or at the end."""
    # Half the included angle lies between tangent and chord, on the side of the turn.
    turn = math.atan2(float(chord[0] * tangent[1] - chord[1] * tangent[0]), float(chord @ tangent))
    angle = -turn if at_start else turn
    bulge = math.tan(angle / 2.0)
    sagitta = abs(bulge) * math.hypot(*chord) / 2.0
    return bulge if sagitta > _STRAIGHT_MM else 0.0


def _distances(points: Floats, p0: Floats, p1: Floats, bulge: float) -> Floats:
    """Distance of points (k, 2) from one segment."""
    from_start, from_end = points - p0, points - p1
    to_ends = np.sqrt(np.minimum((from_start**2).sum(axis=1), (from_end**2).sum(axis=1)))
    chord = p1 - p0
    size = math.hypot(*chord)
    if size == 0.0:
        return np.asarray(to_ends)
    if abs(bulge) < 1e-9:
        along = from_start @ chord / size
        across = np.abs(from_start @ np.array([-chord[1], chord[0]])) / size
        return np.asarray(np.where((along >= 0.0) & (along <= size), across, to_ends))
    # The centre lies from the middle of the chord towards its left by (1 - b^2) / 4b chords.
    aside = (1.0 - bulge**2) / (4.0 * bulge)
    left = np.array([-chord[1], chord[0]])
    rays = points - (p0 + p1) / 2.0 - left * aside
    reach = np.hypot(rays[:, 0], rays[:, 1])
    radius = size * (1.0 + bulge**2) / (4.0 * abs(bulge))
    # A point faces the arc when its ray is no further from the middle one than half the included angle.
    towards = rays @ left * (-math.copysign(1.0, bulge) / size)
    faces = towards >= reach * math.cos(2.0 * math.atan(abs(bulge)))
    return np.asarray(np.where(faces, np.abs(reach - radius), to_ends))
