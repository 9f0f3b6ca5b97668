"""Places on the border of a region, which are those of contact."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tfbpattern.geometry.arcs import Floats
from tfbpattern.nesting.contact.kernels import clear, clear_multiples
from tfbpattern.nesting.contact.rings import Region, Rings


def clear_of(rings: Rings, places: Floats) -> NDArray[np.bool_]:
    """Which places (n, 2) no ring holds."""
    found: NDArray[np.bool_] = clear(rings.points, rings.begins, rings.boxes, places)
    return found


def free_places(region: Region, places: Floats) -> Floats:
    """The places (n, 2) that the region allows."""
    return places[clear_of(region.inner, places)]


def free_vectors(region: Region, vectors: Floats) -> Floats:
    """The vectors (n, 2) that the region allows together with all their multiples, as a lattice's have to be."""
    inner = region.inner
    kept: Floats = vectors[clear_multiples(inner.points, inner.begins, inner.boxes, vectors)]
    return kept


def _segments(region: Region) -> tuple[Floats, Floats]:
    """Starts and ends (n, 2) of all border edges."""
    points, begins = region.border.points, region.border.begins
    following = np.arange(1, len(points) + 1)
    following[begins[1:] - 1] = begins[:-1]
    return points, points[following]


def length(region: Region) -> float:
    """Of the whole border, mm."""
    starts, ends = _segments(region)
    return float(np.hypot(*(ends - starts).T).sum())


def sampled(region: Region, count: int) -> Floats:
    """About *count* places at even steps along the border, and its corners."""
    starts, ends = _segments(region)
    sizes = np.hypot(*(ends - starts).T)
    reached = np.cumsum(sizes)
    at = np.arange(count) * (reached[-1] / count)
    edge = np.searchsorted(reached, at, side="right")
    part = (at - (reached[edge] - sizes[edge])) / np.maximum(sizes[edge], 1e-12)
    even = starts[edge] + part[:, None] * (ends[edge] - starts[edge])
    # Ends of edges longer than the step are corners; a round border has none.
    corners = sizes > reached[-1] / count
    return np.vstack((even, starts[corners], ends[corners]))


def nearby(region: Region, place: Floats, step_mm: float) -> Floats:
    """Places on the border about *step_mm* from a place, and the nearest corner."""
    starts, ends = _segments(region)
    along = ends - starts
    size = np.maximum((along**2).sum(axis=1), 1e-24)
    shifts = np.arange(-4, 5)[:, None] * (step_mm / 4.0)
    near = place + np.vstack((shifts * (1.0, 0.0), shifts * (0.0, 1.0)))
    part = np.clip(((near[:, None] - starts) * along).sum(axis=2) / size, 0.0, 1.0)
    foot = starts + part[..., None] * along
    away = ((foot - near[:, None]) ** 2).sum(axis=2)
    nearest = np.argpartition(away, 1, axis=1)[:, :2] if len(starts) > 2 else np.zeros((len(near), 1), dtype=np.int64)
    feet = foot[np.arange(len(near))[:, None], nearest].reshape(-1, 2)
    return np.unique(np.round(np.vstack((place, feet)), 10), axis=0)


def on_the_axis(region: Region) -> Floats:
    """Where the border crosses the positive x axis."""
    starts, ends = _segments(region)
    y0, y1 = starts[:, 1], ends[:, 1]
    crosses = (y0 > 0.0) != (y1 > 0.0)
    a, b = starts[crosses], ends[crosses]
    x = a[:, 0] + (b[:, 0] - a[:, 0]) * (-a[:, 1]) / (b[:, 1] - a[:, 1])
    x = np.unique(np.concatenate((x, starts[y0 == 0.0, 0])))
    x = x[x > 0.0]
    return np.column_stack((x, np.zeros(len(x))))
