"""Several polygons as arrays, for compiled loops: what one part of a pattern keeps clear of, as regions of places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import shapely
from shapely.geometry import Polygon

from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.forbidden import TOUCH_MM
from tfbpattern.model.nest import Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rings:
    """Polygons one after the other: ``points`` (n, 2); ring k is ``points[begins[k]:begins[k + 1]]``."""

    points: Floats
    begins: Ints

    @classmethod
    def of(cls, polygons: Sequence[Polygon]) -> Self:
        """The outer rings of polygons."""
        rings = [shapely.get_coordinates(polygon.exterior)[:-1] for polygon in polygons]
        return cls.joined(rings)

    @classmethod
    def joined(cls, rings: Sequence[Floats]) -> Self:
        """Rings of points (k, 2)."""
        points = np.ascontiguousarray(np.vstack(rings)) if rings else np.empty((0, 2))
        return cls(points=points, begins=np.cumsum([0, *map(len, rings)]).astype(np.int64))

    def __add__(self, other: Rings) -> Rings:
        """The rings of both."""
        return Rings(
            points=np.concatenate((self.points, other.points)),
            begins=np.concatenate((self.begins, other.begins[1:] + len(self.points))),
        )

    def moved(self, x: float, y: float) -> Rings:
        """All rings shifted."""
        return Rings(points=self.points + np.array((x, y)), begins=self.begins)

    def mirrored(self) -> Rings:
        """All rings turned by 180 degrees about the origin."""
        return Rings(points=-self.points, begins=self.begins)

    @property
    def boxes(self) -> Floats:
        """Bounds (k, 4) of the rings."""
        if not len(self.points):
            return np.empty((0, 4))
        low = np.minimum.reduceat(self.points, self.begins[:-1], axis=0)
        return np.hstack((low, np.maximum.reduceat(self.points, self.begins[:-1], axis=0)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Region:
    """
    Places that are not allowed: ``border`` runs where contact is, ``inner`` lies a touch inside of it.

    What lies in a ring of ``inner`` is forbidden; points of the border are allowed as far as no other ring holds them.
    """

    border: Rings
    inner: Rings

    @classmethod
    def of(cls, polygons: Sequence[Polygon]) -> Self:
        """The inside of polygons."""
        shrunk = [polygon.buffer(-2.0 * TOUCH_MM, join_style="mitre") for polygon in polygons]
        # A strip thinner than a touch forbids nothing; a neck that thin parts what it joins.
        parts = [part for shape in shrunk for part in shapely.get_parts(shape) if not part.is_empty]
        return cls(border=Rings.of(polygons), inner=Rings.of(parts))

    def __add__(self, other: Region) -> Region:
        """What either forbids."""
        return Region(border=self.border + other.border, inner=self.inner + other.inner)

    def moved(self, x: float, y: float) -> Region:
        """The region shifted."""
        return Region(border=self.border.moved(x, y), inner=self.inner.moved(x, y))

    def mirrored(self) -> Region:
        """The region turned by 180 degrees about the origin."""
        return Region(border=self.border.mirrored(), inner=self.inner.mirrored())
