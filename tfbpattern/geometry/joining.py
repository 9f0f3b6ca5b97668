"""
Loose pieces joined end to end into closed chains.

Two ends are *the same* when they are no further apart than rounding leaves them, and *close* within the
tolerance. Same ends are joined first, so that a piece shorter than the tolerance keeps its place in the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.geometry import arcs
from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chain

Ints = NDArray[np.int64]

# One place computed in two ways is rounded to points a nanometre apart in x and y at most; the rest is ours.
_SAME_MM = 2e-6
# Outlines are kept on the nanometre grid of exact decisions.
_POINT_DECIMALS = 6
_BULGE_DECIMALS = 12
# A semicircle between angles written with one decimal is still one.
_SEMICIRCLE = 1.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A loose end, the nearest other loose end, and the distance between them."""

    x_mm: float
    y_mm: float
    to_x_mm: float
    to_y_mm: float
    width_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A place where more than two ends meet."""

    x_mm: float
    y_mm: float
    ends: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """
    Closed chains, sorted by bounds, and what keeps other pieces from closing.

    Gaps ascend in width, and are only looked for where nothing branches.
    """

    closed: tuple[Chain, ...]
    branches: tuple[Branch, ...]
    gaps: tuple[Gap, ...]


def join(pieces: Iterable[Chain], tolerance_mm: float) -> Joined:
    """
    Closed chains from closed and open *pieces* in any order and direction.

    Close ends move to the middle between them. Arcs keep their bulge, and those of more than a semicircle are
    halved first: so no point of a piece moves further than its two ends do together, *tolerance_mm* at most.
    Closed chains run counter-clockwise from their lowest x (then y), on points rounded to a nanometre, with
    every segment of some length. Pieces of no length are left out, and so is one that repeats another.
    """
    every = [_halved(piece) for piece in pieces if piece.length_mm > 2.0 * _SAME_MM]
    closed = [piece for piece in every if piece.closed]
    loose = _once(piece for piece in every if not piece.closed)
    branches: tuple[Branch, ...] = ()
    gaps: tuple[Gap, ...] = ()
    if loose:
        ends = np.concatenate([piece.vertices[[0, -1], :2] for piece in loose])
        # Twice the tolerance: no shorter arc up to a semicircle may close with itself.
        short = np.repeat([piece.length_mm <= 2.0 * tolerance_mm for piece in loose], 2)
        partner = np.full(len(ends), -1, dtype=np.int64)
        branches = _join_same(ends, partner) or _join_close(ends, partner, short, tolerance_mm)
        if not branches:
            closed += _loops(loose, ends, partner)
            gaps = _gaps(ends[partner < 0])
    tidied = [chain for chain in map(_tidied, closed) if chain is not None]
    unique = {chain.vertices.tobytes(): chain for chain in tidied}
    return Joined(
        closed=tuple(sorted(unique.values(), key=lambda c: (c.bounds_mm, c.vertices.tolist()))),
        branches=branches,
        gaps=gaps,
    )


def _halved(chain: Chain) -> Chain:
    """The same curve with each arc of more than a semicircle as two."""
    if not (np.abs(chain.vertices[:, 2]) > _SEMICIRCLE).any():
        return chain
    p0, p1, bulge = chain.segments
    vertices = []
    for start, end, value in zip(p0, p1, bulge, strict=True):
        if abs(value) <= _SEMICIRCLE:
            vertices.append([*start, value])
            continue
        half = arcs.split_bulge(value, 0.5)
        middle = arcs.point_at(start, end, np.asarray(value), np.asarray(0.5))
        vertices += [[*start, half], [*middle, half]]
    if not chain.closed:
        vertices.append([*p1[-1], 0.0])
    return Chain(vertices=np.array(vertices), closed=chain.closed)


def _once(pieces: Iterable[Chain]) -> list[Chain]:
    """The pieces without those that repeat another, in either direction."""
    unique: dict[bytes, Chain] = {}
    for piece in pieces:
        unique.setdefault(min(_rounded(way).tobytes() for way in (piece, piece.reversed())), piece)
    return list(unique.values())


def _join_same(ends: Floats, partner: Ints) -> tuple[Branch, ...]:
    """
    Set *partner* (n,) of *ends* (n, 2) at the same place, two by two; the places where more than two meet.

    Ends 2i and 2i + 1 belong to piece i.
    """
    places, owner, counts = np.unique(
        np.round(ends, _POINT_DECIMALS) + 0.0, axis=0, return_inverse=True, return_counts=True
    )
    first, second = _within(places, places, _SAME_MM)
    meeting = np.zeros(len(places), dtype=np.int64)
    np.add.at(meeting, first, counts[second])
    crowded = np.flatnonzero(meeting > 2)
    if len(crowded):
        return _branches({_place(places[i]): int(meeting[i]) for i in crowded})
    # With two ends at most around any place, the lower number of two neighbours names both.
    group = np.full(len(places), len(places), dtype=np.int64)
    np.minimum.at(group, first, second)
    of_end = group[owner.reshape(-1)]
    order = np.argsort(of_end, kind="stable")
    same = np.flatnonzero(of_end[order][:-1] == of_end[order][1:])
    partner[order[same]], partner[order[same + 1]] = order[same + 1], order[same]
    return ()


def _join_close(ends: Floats, partner: Ints, short: NDArray[np.bool_], tolerance: float) -> tuple[Branch, ...]:
    """
    Set *partner* (n,) of *ends* (n, 2) that have none and are close, nearest first; where more than two meet.

    The ends of *short* (n,) pieces crowd no place, and such a piece does not close with itself.
    """
    rest = np.flatnonzero(partner < 0)
    first, second = (rest[found] for found in _within(ends[rest], ends[rest], tolerance))
    near: dict[int, set[int]] = {}
    for i, j in zip(first.tolist(), second.tolist(), strict=True):
        near.setdefault(i, set()).add(j)
    pairs = (first < second) & ~((first // 2 == second // 2) & short[first])
    first, second = first[pairs], second[pairs]
    apart = np.hypot(*(ends[first] - ends[second]).T)
    found: dict[tuple[float, float], int] = {}
    for k in np.lexsort([second, first, apart]):
        i, j = int(first[k]), int(second[k])
        if partner[i] >= 0 or partner[j] >= 0:
            continue
        partner[i], partner[j] = j, i
        crowd = sum(not short[other] for other in near[i] | near[j])
        if crowd > 2:
            found.setdefault(_place(ends[i]), crowd)
    # An end that found no partner but lies at a joint makes it one of three.
    left = np.flatnonzero(partner < 0)
    joints = np.flatnonzero((partner >= 0) & ~short)
    which, _ = _within(ends[left], ends[joints], tolerance)
    for number, count in zip(*np.unique(which, return_counts=True), strict=True):
        found.setdefault(_place(ends[left[number]]), int(count) + 1)
    return _branches(found)


def _within(points: Floats, others: Floats, distance: float) -> tuple[Ints, Ints]:
    """Pairs of numbers (k,), (k,) of points (n, 2) and others (m, 2) no further apart than *distance*."""
    first, second = shapely.STRtree(shapely.points(others)).query(
        shapely.points(points), predicate="dwithin", distance=distance
    )
    return first, second


def _place(point: Floats) -> tuple[float, float]:
    return float(point[0]), float(point[1])


def _branches(found: dict[tuple[float, float], int]) -> tuple[Branch, ...]:
    return tuple(Branch(x_mm=x, y_mm=y, ends=count) for (x, y), count in sorted(found.items()))


def _loops(pieces: Sequence[Chain], ends: Floats, partner: Ints) -> list[Chain]:
    """The closed chains that following the partners gives; rows of pieces with a loose end are left out."""
    loops = []
    done = np.zeros(len(pieces), dtype=bool)
    for loose_end in np.flatnonzero(partner < 0).tolist():
        _follow(loose_end, partner, done)
    for number in range(len(pieces)):
        if done[number]:
            continue
        vertices = []
        for entry in _follow(2 * number, partner, done):
            piece = pieces[entry // 2]
            row = (piece if entry % 2 == 0 else piece.reversed()).vertices[:-1].copy()
            row[0, :2] = (ends[entry] + ends[partner[entry]]) / 2.0
            vertices.append(row)
        loops.append(Chain(vertices=np.concatenate(vertices), closed=True))
    return loops


def _follow(start: int, partner: Ints, done: NDArray[np.bool_]) -> list[int]:
    """The ends at which a walk enters the pieces, from *start* to a loose end or to the first piece."""
    entries = []
    entry = start
    while entry >= 0 and not done[entry // 2]:
        done[entry // 2] = True
        entries.append(entry)
        entry = int(partner[entry ^ 1])
    return entries


def _gaps(loose: Floats) -> tuple[Gap, ...]:
    """From each loose end (n, 2) to the nearest other; n is even."""
    if not len(loose):
        return ()
    spots = shapely.points(loose)
    tree = shapely.STRtree(spots)
    found = {}
    for k, near in enumerate(tree.query_nearest(spots, exclusive=True, all_matches=False)[1].tolist()):
        pair = sorted([_place(loose[k]), _place(loose[near])])
        found[pair[0], pair[1]] = float(np.hypot(*(loose[k] - loose[near])))
    return tuple(
        Gap(x_mm=a[0], y_mm=a[1], to_x_mm=b[0], to_y_mm=b[1], width_mm=width)
        for (a, b), width in sorted(found.items(), key=lambda item: (item[1], item[0]))
    )


def _tidied(chain: Chain) -> Chain | None:
    """Rounded, no segment of no length, counter-clockwise from its lowest vertex; None if nothing is left."""
    vertices = _rounded(chain)
    vertices = vertices[(vertices[:, :2] != np.roll(vertices[:, :2], -1, axis=0)).any(axis=1)]
    if len(vertices) < 2:
        return None
    ahead = Chain(vertices=vertices, closed=True).counter_clockwise().vertices + 0.0
    start = int(np.lexsort([ahead[:, 1], ahead[:, 0]])[0])
    return Chain(vertices=np.roll(ahead, -start, axis=0), closed=True)


def _rounded(chain: Chain) -> Floats:
    # Adding 0 turns -0.0 into 0.0.
    points, bulges = chain.vertices[:, :2], chain.vertices[:, 2]
    return np.column_stack([np.round(points, _POINT_DECIMALS), np.round(bulges, _BULGE_DECIMALS)]) + 0.0
