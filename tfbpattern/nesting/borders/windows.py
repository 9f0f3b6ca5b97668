"""Windows along borders: the edges of the sheet, and what is in the way on it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.geometry.arcs import Floats
from tfbpattern.nesting.field import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """
    A rectangle at (x, y) on a border: *length_mm* along it, to both sides, and *depth_mm* inward.

    ``along`` and ``inward`` are unit vectors.
    """

    x: float
    y: float
    along: tuple[float, float]
    inward: tuple[float, float]
    length_mm: float
    depth_mm: float

    def holds(self, xs: Floats, ys: Floats) -> NDArray[np.bool_]:
        """Which points (n,), (n,) lie in the window; those beyond the border do too."""
        x, y = xs - self.x, ys - self.y
        aside = np.abs(x * self.along[0] + y * self.along[1]) < self.length_mm / 2.0
        inside: NDArray[np.bool_] = aside & (x * self.inward[0] + y * self.inward[1] < self.depth_mm)
        return inside & (x * self.inward[0] + y * self.inward[1] > -self.depth_mm / 2.0)


# Windows of a border overlap by two thirds (ours: what one leaves, the next one takes up).
_STEP = 1.0 / 3.0


def borders_of(field: Field, size_mm: float) -> list[shapely.LineString]:
    """
    Borders as lines with the cells on their left: the edges of the field, and rings round what is in the way.

    The rings are half of *size_mm* away, so that they have a direction however small what they run round is.
    """
    box = shapely.box(field.x_min_mm, field.y_min_mm, field.x_max_mm, field.y_max_mm, ccw=True)
    corners = shapely.get_coordinates(box)
    edges = [shapely.LineString(corners[k : k + 2]) for k in range(4)]
    around = shapely.union_all([hazard.shape.buffer(size_mm / 2.0, quad_segs=4) for hazard in field.hazards])
    rings = [ring for part in shapely.get_parts(around) for ring in (part.exterior, *part.interiors)]
    clockwise = [shapely.LineString(ring.coords[::-1] if ring.is_ccw else ring.coords) for ring in rings]
    return edges + clockwise


def windows_along(border: shapely.LineString, length_mm: float, depth_mm: float) -> Sequence[Window]:
    """The windows of a border, in its direction."""
    return list(_along(border, length_mm, depth_mm))


def _along(border: shapely.LineString, length_mm: float, depth_mm: float) -> Iterator[Window]:
    count = max(math.ceil(border.length / (length_mm * _STEP)), 1)
    near = min(border.length, length_mm) / 4.0
    for at in np.linspace(0.0, border.length, count + 1).tolist():
        middle, before, behind = shapely.get_coordinates(
            shapely.line_interpolate_point(border, [at, max(at - near, 0.0), min(at + near, border.length)])
        )
        way = behind - before
        size = float(np.hypot(*way))
        if size < 1e-6:
            continue
        x, y = (way / size).tolist()
        yield Window(
            x=float(middle[0]),
            y=float(middle[1]),
            along=(x, y),
            inward=(-y, x),
            length_mm=length_mm,
            depth_mm=depth_mm,
        )
