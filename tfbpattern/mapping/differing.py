"""Two maps compared by place: which cells were kept, moved, are gone, or new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.model.celltable import CellTable, Floats, Ints

# Places are whole nanometres.
_SAME_MM = 1.5e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One cell of either map; ids are those of the first and second map, distances from first to second."""

    change: Literal["kept", "moved", "gone", "new"]
    first: str | None
    second: str | None
    dx_mm: float = 0.0
    dy_mm: float = 0.0


def differences(first: CellTable, second: CellTable) -> list[Difference]:
    """
    Every cell of both maps once: in the order of the first, then what is new in the order of the second.

    A cell is kept where the other map has one of its type, place and rotation, whatever its id. What is left of the
    first has moved to the nearest one left of its type and rotation that is less than half a cell away; pairs are
    taken by distance, then in order.
    """
    pair = np.full(len(first), -1, dtype=np.int64)
    taken = np.zeros(len(second), dtype=bool)
    _match(first, second, pair, taken, np.full(len(first), _SAME_MM))
    boxes = first.boxes_mm()
    _match(first, second, pair, taken, (boxes[:, 2:] - boxes[:, :2]).min(axis=1) / 2.0)
    found = []
    for k, name in enumerate(first.ids):
        if pair[k] < 0:
            found.append(Difference(change="gone", first=name, second=None))
            continue
        dx, dy = float(second.x_mm[pair[k]] - first.x_mm[k]), float(second.y_mm[pair[k]] - first.y_mm[k])
        change: Literal["kept", "moved"] = "kept" if max(abs(dx), abs(dy)) <= _SAME_MM else "moved"
        found.append(
            Difference(change=change, first=name, second=second.ids[pair[k]], dx_mm=round(dx, 6), dy_mm=round(dy, 6))
        )
    return found + [Difference(change="new", first=None, second=second.ids[k]) for k in np.flatnonzero(~taken).tolist()]


def _match(first: CellTable, second: CellTable, pair: Ints, taken: NDArray[np.bool_], reach_mm: Floats) -> None:
    """Pair what is still open in both, within each cell's reach, nearest first."""
    names = {t.name: k for k, t in enumerate(first.types)}
    kind = np.array([names.get(t.name, -1) for t in second.types], dtype=np.int64)[second.kind]
    a, b = np.flatnonzero(pair < 0), np.flatnonzero(~taken)
    if not len(a) or not len(b):
        return
    tree = shapely.STRtree(shapely.points(second.x_mm[b], second.y_mm[b]))
    i, j = tree.query(shapely.points(first.x_mm[a], first.y_mm[a]), predicate="dwithin", distance=reach_mm[a])
    i, j = a[i], b[j]
    alike = (first.kind[i] == kind[j]) & (first.rotation_deg[i] == second.rotation_deg[j])
    i, j = i[alike], j[alike]
    far = np.hypot(first.x_mm[i] - second.x_mm[j], first.y_mm[i] - second.y_mm[j]).round(6)
    for k in np.lexsort((j, i, far)).tolist():
        if pair[i[k]] < 0 and not taken[j[k]]:
            pair[i[k]], taken[j[k]] = j[k], True
