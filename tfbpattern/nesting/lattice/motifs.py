"""
Lattices and double lattices of a footprint, from dense to loose.

A motif is one part, or two of different rotation, that a lattice repeats. The second part touches the first; the first
vector of the lattice touches the motif, and the second one lies as low over the first as the motif and its copies
along the first vector let it (after W. Kuperberg, "On packing the plane with congruent copies of a convex body", 1990,
and D. M. Mount, "The densest double-lattice packing of a convex polygon", 1991; here for any outline, by sampling
contacts and refining the best).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from tfbpattern.geometry.arcs import Floats
from tfbpattern.nesting.contact.parts import Parts
from tfbpattern.nesting.contact.places import free_places, free_vectors, length, nearby, on_the_axis, sampled
from tfbpattern.nesting.contact.rings import Region
from tfbpattern.nesting.lattice.kernels import densest_of
from tfbpattern.units import cos_sin_deg


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Motif:
    """
    Parts at ``offsets`` (m, 2) and ``rotations_deg`` (m), repeated along the vectors ``first`` and ``second`` (2,).

    ``area_mm2`` is what the parts take together: the area of the lattice's cell.
    """

    rotations_deg: tuple[float, ...]
    offsets: Floats
    first: Floats
    second: Floats
    area_mm2: float

    def turned(self, angle_deg: float) -> Motif:
        """The whole pattern turned counter-clockwise about the origin."""
        cos, sin = cos_sin_deg(angle_deg)
        turn = np.array([[cos, sin], [-sin, cos]])
        return Motif(
            rotations_deg=tuple((rotation + angle_deg) % 360.0 for rotation in self.rotations_deg),
            offsets=self.offsets @ turn,
            first=self.first @ turn,
            second=self.second @ turn,
            area_mm2=self.area_mm2,
        )


# At efforts 1 to 5 (ours: about half a second of search at effort 3, a few at 5): contacts of the two parts that are
# tried, contacts of the first vector, and contacts of the parts where the first vector is to lie along an axis.
_CONTACTS = (80, 150, 250, 400, 800)
_FIRSTS = (80, 120, 200, 300, 500)
_ALIGNED_CONTACTS = (150, 400, 800, 1500, 3000)
# Patterns that are refined, and how often the steps are divided by four.
_REFINED = (4, 8, 12, 20, 40)
# Patterns along an axis that are kept of each pair of parts.
_ALIGNED_KEPT = (10, 40, 120, 200, 400)
_ROUNDS = 4
# No pattern is looked at that takes more than this many times the area of the best one.
_DENSE_ENOUGH = 1.03
_ALIGNED_ENOUGH = 1.12
# A motif takes at most this many times the area of its parts (ours: a lattice of any part with a half-turn takes less
# than 1.2 times for convex parts, by Kuperberg; others may be as empty as their hulls).
_LOOSEST = 2.5


def motifs_of(parts: Parts, effort: int) -> list[Motif]:
    """
    Patterns worth trying on a sheet: the densest of any direction, and the densest along its edges.

    Each at every rotation of the whole that the parts' rotations allow.
    """
    found: list[Motif] = []
    for rotations in _combinations(parts.rotations_deg):
        for motif in _dense(parts, *rotations, effort):
            found += _turns(motif, parts.rotations_deg)
    for rotations in _aligned_combinations(parts.rotations_deg):
        for axis_deg in (0.0, 90.0):
            turned_back = tuple((rotation - axis_deg) % 360.0 for rotation in rotations)
            found += [motif.turned(axis_deg) for motif in _aligned(parts, turned_back, effort)]
    return found


def _combinations(rotations: tuple[float, ...]) -> list[tuple[float, ...]]:
    """One part, and pairs; those that a turn of the whole makes of each other once."""
    singles: list[tuple[float, ...]] = [rotations[:1]]
    by_turn = {round((b - a) % 360.0, 9): (a, b) for a, b in reversed(list(combinations(rotations, 2)))}
    pairs = [pair for turn, pair in by_turn.items() if turn <= 180.0 or round(360.0 - turn, 9) not in by_turn]
    return singles + sorted(pairs, key=_half_turn_first)


def _aligned_combinations(rotations: tuple[float, ...]) -> list[tuple[float, ...]]:
    return [*((rotation,) for rotation in rotations), *sorted(combinations(rotations, 2), key=_half_turn_first)]


def _half_turn_first(pair: tuple[float, ...]) -> bool:
    return (pair[1] - pair[0]) % 360.0 != 180.0


def _turns(motif: Motif, rotations: tuple[float, ...]) -> Iterator[Motif]:
    """The pattern at every turn at which its parts stand at allowed rotations."""
    allowed_deg = {round(rotation, 9) % 360.0 for rotation in rotations}
    for rotation in rotations:
        turned = motif.turned(rotation - motif.rotations_deg[0])
        if all(round(angle, 9) % 360.0 in allowed_deg for angle in turned.rotations_deg):
            yield turned


@dataclass(frozen=True, slots=True)
class _Pair:
    """Regions of a pair of parts, or of one alone: of the first, of the second, of the second against the first."""

    rotations_deg: tuple[float, ...]
    alone: Region
    other: Region | None
    between: Region | None

    def region(self, offset: Floats) -> Region:
        """What a vector of the lattice has to keep clear of."""
        if self.other is None or self.between is None:
            return self.alone
        shifted = self.between.moved(-offset[0], -offset[1])
        return self.alone + self.other + shifted + shifted.mirrored()

    def motif(self, offset: Floats, first: Floats, row: Floats) -> Motif:
        """The pattern that a row of :func:`.kernels.densest_of` describes."""
        offsets = np.zeros((1, 2)) if self.other is None else np.vstack((np.zeros(2), offset))
        return Motif(
            rotations_deg=self.rotations_deg,
            offsets=offsets,
            first=first.copy(),
            second=row[1:].copy(),
            area_mm2=float(row[0]),
        )


@lru_cache(maxsize=64)
def _pair(parts: Parts, rotations: tuple[float, ...]) -> _Pair:
    alone = parts.region(rotations[0], rotations[0])
    if len(rotations) == 1:
        return _Pair(rotations, alone, None, None)
    turn = (rotations[1] - rotations[0]) % 360.0
    # A region against oneself is the same for the half-turn of the part.
    other = alone if turn == 180.0 else parts.region(rotations[1], rotations[1])
    return _Pair(rotations, alone, other, parts.region(*rotations))


class _Search:
    """Patterns of one pair of parts, the best area so far, and the limits that follow from it."""

    def __init__(self, parts: Parts, rotations: tuple[float, ...], slack: float) -> None:
        self.pair = _pair(parts, rotations)
        self.least = len(rotations) * parts.grown_mm2 * (1.0 - 1e-6)
        self.best = self.least * _LOOSEST
        self.slack = slack
        self.found: list[Motif] = []

    def contacts(self, count: int) -> Floats:
        """Places (n, 2) of the second part against the first."""
        between = self.pair.between
        if between is None:
            return np.zeros((1, 2))
        return free_places(between, sampled(between, count))

    def firsts(self, region: Region, count: int) -> Floats:
        """First vectors: contacts of the motif with itself, as short as the shortest of a reduced basis is."""
        # A reduced basis has |u|^2 <= 2 / sqrt(3) of the area.
        longest = math.sqrt(2.0 / math.sqrt(3.0) * self.best * self.slack)
        points = sampled(region, count)
        upward = (points[:, 1] > 0.0) | ((points[:, 1] == 0.0) & (points[:, 0] > 0.0))
        return free_vectors(region, points[upward & (np.hypot(*points.T) <= longest)])

    def look(self, region: Region, offset: Floats, firsts: Floats, keep: int = 1) -> None:
        """Keep the densest patterns with one of these first vectors."""
        if not len(firsts):
            return
        border, inner = region.border, region.inner
        most = min(self.best * self.slack, self.least * _LOOSEST)
        rows = densest_of(
            border.points, border.begins, inner.points, inner.begins, border.boxes, firsts, self.least, most
        )
        for k in np.argsort(rows[:, 0], kind="stable")[:keep]:
            if rows[k, 0] < np.inf:
                self.found.append(self.pair.motif(offset, firsts[k], rows[k]))
                self.best = min(self.best, float(rows[k, 0]))

    def distinct(self, most: int) -> list[Motif]:
        """The densest patterns that are not nearly the same, no looser than allowed."""
        kept: dict[tuple[int, ...], Motif] = {}
        for motif in sorted(self.found, key=lambda motif: motif.area_mm2):
            if motif.area_mm2 > self.best * self.slack or len(kept) == most:
                break
            sides = (motif.area_mm2 / self.best * 2000.0, *(motif.first * 200.0))
            kept.setdefault(tuple(round(side) for side in sides), motif)
        return list(kept.values())


@lru_cache(maxsize=64)
def _dense(parts: Parts, rotation: float, *rest: float | int) -> tuple[Motif, ...]:
    """The densest patterns of any direction of one part, or of two."""
    *others, effort = rest
    step = int(effort) - 1
    single = not others
    search = _Search(parts, (rotation, *others), _ALIGNED_ENOUGH if single else _DENSE_ENOUGH)
    contacts = _CONTACTS[step]
    for offset in search.contacts(contacts):
        region = search.pair.region(offset)
        search.look(region, offset, search.firsts(region, _FIRSTS[step] * (8 if single else 1)), 500 if single else 1)
    between = search.pair.between or search.pair.alone
    reach = length(between) / contacts
    for round_number in range(_ROUNDS):
        best = search.distinct(_REFINED[step])
        step_mm = reach / 4.0**round_number
        for motif in best:
            offsets = np.zeros((1, 2)) if single else free_places(between, nearby(between, motif.offsets[1], step_mm))
            for offset in offsets:
                region = search.pair.region(offset)
                search.look(region, offset, free_vectors(region, nearby(region, motif.first, step_mm)))
    # One part takes hardly any time: then looser lattices are worth counting too, for they may fit the sheet better.
    return tuple(search.distinct(_ALIGNED_KEPT[step] if single else 2 * _REFINED[step]))


@lru_cache(maxsize=64)
def _aligned(parts: Parts, rotations: tuple[float, ...], effort: int) -> tuple[Motif, ...]:
    """The densest patterns whose first vector lies along x."""
    search = _Search(parts, rotations, _ALIGNED_ENOUGH)
    for offset in search.contacts(_ALIGNED_CONTACTS[effort - 1]):
        region = search.pair.region(offset)
        search.look(region, offset, free_vectors(region, on_the_axis(region)), 3)
    return tuple(search.distinct(_ALIGNED_KEPT[effort - 1]))
