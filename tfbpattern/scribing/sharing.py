"""Which segments of kerf paths lie on a neighbour's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.circles import overlapping
from tfbpattern.geometry.collinear import SNAP_MM
from tfbpattern.geometry.neighbours import Constellation
from tfbpattern.model.nest import Ints
from tfbpattern.scribing.tab_places import Around

# Constellations looked at a time (ours: a few tens of megabytes for outlines of some dozen segments).
_BATCH = 500


def find_shared(groups: Sequence[Around], near: Sequence[Constellation], shared: Sequence[NDArray[np.bool_]]) -> None:
    """
    Mark the segments of each group's path, in *shared*, that lie on one of some neighbour.

    Straight ones also where they only go on in it.
    """
    for pair in near:
        own, other = groups[pair.a].path.segments, groups[pair.b].path.moved(pair.dx_mm, pair.dy_mm).segments
        a0, a1, a_bulge = own
        b0, b1, b_bulge = other
        i, j = _pairs(len(a0), len(b0))
        straight = (a_bulge[i] == 0.0) & (b_bulge[j] == 0.0)
        i, j = i[straight], j[straight]
        on = _in_line(a0[i], a1[i], b0[j], b1[j])
        shared[pair.a][i[on]] = True
        shared[pair.b][j[on]] = True
    for pair, i, j in _arcs_met(groups, near):
        shared[pair.a][i] = True
        shared[pair.b][j] = True


def circles_of(groups: Sequence[Around], near: Sequence[Constellation], cells: int) -> Ints:
    """
    A number for each segment of each cell, ``[cell * n + segment]``, n segments at most a path.

    Arcs that lie upon each other, of two cells or of many, have the same.
    """
    per_cell = max((len(group.path.vertices) for group in groups), default=0)
    circle = np.arange(cells * per_cell, dtype=np.int64)
    met = [
        (pair.first[:, None] * per_cell + i, pair.second[:, None] * per_cell + j)
        for pair, i, j in _arcs_met(groups, near)
    ]
    if not met:
        return circle
    first, second = (np.concatenate([pairs[k].ravel() for pairs in met]) for k in (0, 1))
    while (circle[first] != circle[second]).any():
        least = np.minimum(circle[first], circle[second])
        np.minimum.at(circle, first, least)
        np.minimum.at(circle, second, least)
    return circle


def _arcs_met(
    groups: Sequence[Around], near: Sequence[Constellation]
) -> Iterator[tuple[Constellation, NDArray[np.intp], NDArray[np.intp]]]:
    """Pairs of arcs of neighbours that lie upon each other."""
    for (a, b), alike in groupby(near, key=lambda pair: (pair.a, pair.b)):
        a0, a1, a_bulge = groups[a].path.segments
        b0, b1, b_bulge = groups[b].path.segments
        i, j = _pairs(len(a0), len(b0))
        curved = (a_bulge[i] != 0.0) & (b_bulge[j] != 0.0)
        i, j = i[curved], j[curved]
        # All constellations of two paths at a time, since there are many in nests that are no lattices.
        pairs = list(alike)
        for begin in range(0, len(pairs), _BATCH):
            some = pairs[begin : begin + _BATCH]
            off = np.repeat([(pair.dx_mm, pair.dy_mm) for pair in some], len(i), axis=0)
            own, other = np.tile(i, len(some)), np.tile(j, len(some))
            on = overlapping((a0[own], a1[own], a_bulge[own]), (b0[other] + off, b1[other] + off, b_bulge[other]))
            for pair, upon in zip(some, on.reshape(len(some), -1), strict=True):
                if upon.any():
                    yield pair, i[upon], j[upon]


def _pairs(first: int, second: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    i, j = np.meshgrid(np.arange(first), np.arange(second), indexing="ij")
    return i.ravel(), j.ravel()


def _in_line(a0: Floats, a1: Floats, b0: Floats, b1: Floats) -> NDArray[np.bool_]:
    """Which straight segments a (n,) and b (n,) lie upon each other, or touch and lie in line."""
    length = np.hypot(*(a1 - a0).T)
    unit = (a1 - a0) / length[:, None]
    along = np.stack([((b0 - a0) * unit).sum(axis=1), ((b1 - a0) * unit).sum(axis=1)])
    aside = np.abs([(b - a0)[:, 1] * unit[:, 0] - (b - a0)[:, 0] * unit[:, 1] for b in (b0, b1)]).max(axis=0)
    touching = (along.max(axis=0) >= -SNAP_MM) & (along.min(axis=0) <= length + SNAP_MM)
    found: NDArray[np.bool_] = (aside <= SNAP_MM) & touching
    return found
