"""
What is in the way of boxes: every hazard as one or more boxes that hold it, in whole nanometres.

A box is a cell and one spacing to its right and above it, so an obstacle begins one spacing later than its hazard:
the box [X, X + a] is clear of [low, high] where X >= high or X + a <= low. Where a hazard is smaller than the spacing,
high lies below low, and a cut between two boxes passes through it.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import shapely
from shapely.geometry import Polygon

from tfbpattern.nesting.field import Field
from tfbpattern.nesting.pallet.problem import Ints, PalletProblem
from tfbpattern.units import NM_PER_MM

# A hazard is cut into strips where one box would take that many more cells' area than it has (ours: the DP's lines
# are few, and a strip costs two of them).
_SPARE_CELLS = 0.5
_MOST_STRIPS = 16


def obstacles_of(field: Field, problem: PalletProblem) -> Ints:
    """Boxes (k, 4) x_low, y_low, x_high, y_high from the field's corner; see the module for their form."""
    cell_mm2 = problem.a * problem.b / NM_PER_MM**2
    strip_mm = min(problem.a, problem.b) / NM_PER_MM
    boxes = [bounds for hazard in field.hazards for bounds in _boxes(hazard.shape, cell_mm2, strip_mm)]
    found = np.empty((len(boxes), 4), dtype=np.int64)
    for k, (left, low, right, high) in enumerate(boxes):
        found[k] = (
            math.floor((left - field.x_min_mm) * NM_PER_MM) + problem.spacing,
            math.floor((low - field.y_min_mm) * NM_PER_MM) + problem.spacing,
            math.ceil((right - field.x_min_mm) * NM_PER_MM),
            math.ceil((high - field.y_min_mm) * NM_PER_MM),
        )
    return found


def _boxes(shape: Polygon, cell_mm2: float, strip_mm: float) -> list[tuple[float, float, float, float]]:
    """The bounds of a shape, or of strips of it where that leaves much more room."""
    left, low, right, high = shape.bounds
    if (right - left) * (high - low) - shape.area <= _SPARE_CELLS * cell_mm2:
        return [shape.bounds]
    long, short = max(right - left, high - low), min(right - left, high - low)
    count = min(math.ceil(max(long / strip_mm, 1.0)), _MOST_STRIPS)
    if count < 2 or short == 0.0:
        return [shape.bounds]
    across = right - left >= high - low
    edges = np.linspace(left if across else low, right if across else high, count + 1).tolist()
    strips = [
        shapely.clip_by_rect(shape, *((a, low, b, high) if across else (left, a, right, b)))
        for a, b in itertools.pairwise(edges)
    ]
    return [strip.bounds for strip in strips if not strip.is_empty]


def hit(x: Ints, y: Ints, width: Ints, length: Ints, obstacles: Ints) -> np.ndarray:
    """Which of the boxes (n,) at x, y of width and length overlap an obstacle."""
    taken = np.zeros(len(x), dtype=bool)
    if not len(x):
        return taken
    # Only obstacles that reach into the box around them all.
    near = (obstacles[:, 2:] > [x.min(), y.min()]) & (obstacles[:, :2] < [(x + width).max(), (y + length).max()])
    for left, low, right, high in obstacles[near.all(axis=1)].tolist():
        taken |= (x < right) & (x + width > left) & (y < high) & (y + length > low)
    return taken
