"""Pairs of congruent shapes that lie near each other, and the few ways in which they do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.geometry.arcs import Floats
from tfbpattern.units import NM_PER_MM


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Constellation:
    """
    One relative position that occurs: a shape of group b stands at (dx_mm, dy_mm) from one of group a.

    ``first`` and ``second`` (k,) number the pairs of shapes that stand so.
    """

    a: int
    b: int
    dx_mm: float
    dy_mm: float
    first: NDArray[np.int64]
    second: NDArray[np.int64]


def constellations(
    x_mm: Floats, y_mm: Floats, group: NDArray[np.int64], boxes: Floats, reach_mm: float
) -> list[Constellation]:
    """
    Every relative position of two shapes whose boxes come within *reach_mm* of each other.

    Shape i of group g stands at (x_mm[i], y_mm[i]); ``boxes`` (groups, 4) are the bounds of each group's shape in
    its own frame. Each pair is listed once, first < second.
    """
    half = reach_mm / 2.0
    own = boxes[group] + np.array([-half, -half, half, half])
    placed = own + np.column_stack([x_mm, y_mm, x_mm, y_mm])
    geometries = shapely.box(*placed.T)
    first, second = shapely.STRtree(geometries).query(geometries, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    if not len(first):
        return []
    dx = np.rint((x_mm[second] - x_mm[first]) * NM_PER_MM).astype(np.int64)
    dy = np.rint((y_mm[second] - y_mm[first]) * NM_PER_MM).astype(np.int64)
    keys = np.column_stack([group[first], group[second], dx, dy])
    order = np.lexsort((second, first, *keys.T[::-1]))
    sorted_keys = keys[order]
    begins = np.flatnonzero(np.append(True, (np.diff(sorted_keys, axis=0) != 0).any(axis=1)))
    return [
        Constellation(
            a=int(sorted_keys[low, 0]),
            b=int(sorted_keys[low, 1]),
            dx_mm=float(sorted_keys[low, 2]) / NM_PER_MM,
            dy_mm=float(sorted_keys[low, 3]) / NM_PER_MM,
            first=first[order[low:high]],
            second=second[order[low:high]],
        )
        for low, high in zip(begins, [*begins[1:], len(order)], strict=True)
    ]
