"""
Neighbourhoods of cells, and which of them are alike.

A cell's neighbourhood is every mark that comes near it, seen from the cell. On a sheet few of them differ by more than
the rounding of the machine; those are proved once. Likeness is measured, not assumed: two neighbourhoods are alike if
all their marks match one to one with start, middle and end within :data:`ALIKE_MM`. What is proved of the first of a
class holds for all others within twice that, since arcs that agree in three points agree everywhere to twice as much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.proof.curves import Bools, Floats, Ints, Moves

ALIKE_MM = 0.00016
"""Two roundings to a raster of 0.1 um differ by 0.1 um each way, 0.141 um on the diagonal."""

# Marks are put in order by their middles on a coarse raster, hashed on a finer one. Both are shifted off the
# multiples of half a micrometre that coordinates like to have; a mark on the border costs time only.
_ORDER_MM, _HASH_MM, _OFF_MM = 0.01, 0.001, 0.00023
_ROUNDS = 4
# Cells whose surroundings are looked up at a time.
_BATCH = 10_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Neighbourhoods:
    """
    Classes of like neighbourhoods.

    ``members[k]`` are the cells of class k, the first of which it was taken from; ``moves`` are the marks of all
    classes in the frame of that cell (web directions, origin at the cell's place), ``moves.owner`` being the class.
    ``seen`` says which marks are near any cell.
    """

    members: tuple[NDArray[np.intp], ...]
    moves: Moves
    seen: Bools


def neighbourhoods(
    shape: shapely.Polygon, places: Floats, marks: Moves, tree: shapely.STRtree, reach_mm: float
) -> Neighbourhoods:
    """
    The surroundings of congruent cells.

    *shape* is the cells' outline at the origin, *places* (n, 2) where they stand, *tree* holds the marks' lines. A
    mark is near that comes within *reach_mm* of the outline or lies in it; straight marks are cut off beyond.
    """
    ring = np.asarray(shape.exterior.coords)[:-1]
    found: list[tuple[Ints, Ints]] = []
    for begin in range(0, len(places), _BATCH):
        at = places[begin : begin + _BATCH]
        near = shapely.polygons(ring[None, :, :] + at[:, None, :])
        shapely.prepare(near)
        cell, mark = tree.query(near, predicate="dwithin", distance=reach_mm)
        found.append((cell + begin, mark))
    cell = np.concatenate([np.empty(0, dtype=np.int64), *(c for c, _ in found)])
    mark = np.concatenate([np.empty(0, dtype=np.int64), *(m for _, m in found)])
    seen = np.zeros(len(marks), dtype=bool)
    seen[mark] = True
    x_min, y_min, x_max, y_max = shape.bounds
    # Cut off so far outside that the beam at the new end sweeps nothing that is looked at.
    grow = 4.0 * reach_mm + 0.1
    relative = _clipped(
        marks.taken(mark).moved(-places[cell]), (x_min - grow, y_min - grow, x_max + grow, y_max + grow)
    )
    features = _features(relative)
    order = np.lexsort((*_raster(features[:, ::-1], _ORDER_MM).T, cell))
    cell, features = cell[order], features[order]
    members = _classes(cell, features, len(places))
    first = np.searchsorted(cell, [group[0] for group in members], side="left")
    last = np.searchsorted(cell, [group[0] for group in members], side="right")
    rows = np.concatenate([np.empty(0, dtype=np.int64), *map(np.arange, first, last)]).astype(np.int64)
    moves = relative.taken(order[rows])
    return Neighbourhoods(
        members=members,
        moves=Moves(
            start=moves.start,
            end=moves.end,
            centre=moves.centre,
            sweep_rad=moves.sweep_rad,
            owner=np.repeat(np.arange(len(members)), last - first),
        ),
        seen=seen,
    )


def _clipped(moves: Moves, box: tuple[float, float, float, float]) -> Moves:
    """Straight moves cut off where they leave the box; arcs whole."""
    d = moves.end - moves.start
    low, high = np.zeros(len(d)), np.ones(len(d))
    for axis in (0, 1):
        with np.errstate(divide="ignore", invalid="ignore"):
            t0 = (box[axis] - moves.start[:, axis]) / d[:, axis]
            t1 = (box[axis + 2] - moves.start[:, axis]) / d[:, axis]
        level = d[:, axis] == 0.0
        low = np.where(level, low, np.maximum(low, np.fmin(t0, t1)))
        high = np.where(level, high, np.minimum(high, np.fmax(t0, t1)))
    cut = (moves.sweep_rad == 0.0) & (high > low)
    low, high = np.where(cut, low, 0.0)[:, None], np.where(cut, high, 1.0)[:, None]
    return Moves(
        start=np.where(low > 0.0, moves.start + d * low, moves.start),
        end=np.where(high < 1.0, moves.start + d * high, moves.end),
        centre=moves.centre,
        sweep_rad=moves.sweep_rad,
        owner=moves.owner,
    )


def _features(moves: Moves) -> Floats:
    """Start, middle, end of each move (n, 6), whichever way it is run, and its sweep in the last column."""
    middle = moves.points_at(np.full(len(moves), 0.5))
    d = moves.end - moves.start
    back = np.where(np.abs(d[:, 0]) > _ORDER_MM, d[:, 0] < 0.0, d[:, 1] < 0.0)[:, None]
    # The sweep tells a full circle from nothing; its raster is as fine as that of lengths.
    return np.column_stack(
        [
            np.where(back, moves.end, moves.start),
            np.where(back, moves.start, moves.end),
            np.where(back[:, 0], -moves.sweep_rad, moves.sweep_rad),
            middle,
        ]
    )


def _raster(values: Floats, step: float) -> Ints:
    return np.floor((values + _OFF_MM) / step + 0.5).astype(np.int64)


def _classes(cell: Ints, features: Floats, cells: int) -> tuple[NDArray[np.intp], ...]:
    """Cells by likeness; rows of *features* are sorted by cell, and alike within each."""
    count = np.bincount(cell, minlength=cells)
    first = np.cumsum(count) - count
    place = np.arange(len(cell)) - first[cell]
    # A hash of the rasters that depends on the order; equal hashes are a guess that is measured below.
    factors = np.random.default_rng(0).integers(1, 2**62, size=features.shape[1], dtype=np.uint64) | np.uint64(1)
    mixed = (_raster(features, _HASH_MM).astype(np.uint64) * factors).sum(axis=1, dtype=np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * (2 * place.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15))
    key = np.zeros(cells, dtype=np.uint64)
    np.add.at(key, cell, mixed)
    members: list[NDArray[np.intp]] = []
    left = np.arange(cells)
    for number in range(_ROUNDS):
        if not len(left):
            break
        _, inverse = np.unique(np.column_stack([key[left], count[left].astype(np.uint64)]), axis=0, return_inverse=True)
        inverse = inverse.ravel()
        leader = np.full(int(inverse.max()) + 1, cells, dtype=np.int64)
        np.minimum.at(leader, inverse, left)
        alike = _alike(features, first, count, left, leader[inverse])
        if number == _ROUNDS - 1:
            # What is still unlike its leaders is proved one by one.
            alike = alike & (leader[inverse] == left)
        members += _grouped(left[alike], inverse[alike])
        left = left[~alike]
    members += [np.array([k]) for k in left]
    return tuple(sorted(members, key=lambda group: int(group[0])))


def _alike(features: Floats, first: Ints, count: Ints, cells: Ints, leaders: Ints) -> Bools:
    """Which cells match their leaders mark by mark."""
    size = count[cells]
    rows = np.repeat(first[cells] - np.cumsum(size) + size, size) + np.arange(int(size.sum()))
    theirs = np.repeat(first[leaders] - np.cumsum(size) + size, size) + np.arange(int(size.sum()))
    away = np.abs(features[rows] - features[theirs])
    off = np.maximum.reduce([np.hypot(away[:, k], away[:, k + 1]) for k in (0, 2, 5)])
    off = np.maximum(off, np.where(away[:, 4] < 0.1, 0.0, np.inf))
    worst = np.zeros(len(cells))
    np.maximum.at(worst, np.repeat(np.arange(len(cells)), size), off)
    return worst <= ALIKE_MM


def _grouped(cells: Ints, group: Ints) -> list[NDArray[np.intp]]:
    order = np.lexsort((cells, group))
    cells, group = cells[order], group[order]
    return np.split(cells, np.flatnonzero(np.diff(group)) + 1) if len(cells) else []
