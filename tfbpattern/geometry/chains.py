"""
Chains of lines and arcs: one of them (an outline, a path), and many at once (the strokes of a sheet).

A chain's vertex is (x, y, bulge), the bulge belonging to the segment that leaves the vertex. A closed chain
returns to its first vertex; an open one has a last vertex whose bulge is 0 and means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from tfbpattern.geometry import arcs
from tfbpattern.geometry.arcs import Floats
from tfbpattern.units import cos_sin_deg


def frozen(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """The same array, no longer writeable."""
    array.setflags(write=False)
    return array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chain:
    """
    One chain: ``vertices`` of shape (n, 3), x_mm, y_mm and bulge, and whether it closes.

    Raises:
        ValueError: fewer than two vertices, or a number that is not finite.
    """

    vertices: Floats
    closed: bool

    def __post_init__(self) -> None:
        vertices = np.array(self.vertices, dtype=np.float64)
        if vertices.ndim != 2 or vertices.shape[1] != 3 or len(vertices) < 2:
            raise ValueError(f"a chain needs two vertices (x, y, bulge) or more, found shape {vertices.shape}")
        if not np.isfinite(vertices).all():
            bad = int(np.argmin(np.isfinite(vertices).all(axis=1)))
            raise ValueError(f"vertex {bad + 1} is not a finite number")
        object.__setattr__(self, "vertices", frozen(vertices))

    @property
    def segments(self) -> tuple[Floats, Floats, Floats]:
        """Start points (m, 2), end points (m, 2) and bulges (m,) of the segments."""
        points, bulges = self.vertices[:, :2], self.vertices[:, 2]
        if self.closed:
            return points, np.roll(points, -1, axis=0), bulges
        return points[:-1], points[1:], bulges[:-1]

    @property
    def length_mm(self) -> float:
        """Length along the chain."""
        return float(arcs.lengths(*self.segments).sum())

    @property
    def signed_area_mm2(self) -> float:
        """Enclosed area, arcs exact; positive counter-clockwise. An open chain is closed by a line."""
        p0, p1, bulge = Chain(vertices=self.vertices, closed=True).segments
        shoelace = float((p0[:, 0] * p1[:, 1] - p1[:, 0] * p0[:, 1]).sum()) / 2.0
        curved = bulge != 0.0
        radius = arcs.radii(p0[curved], p1[curved], bulge[curved])
        angle = 4.0 * np.arctan(bulge[curved])
        return shoelace + float((radius**2 * (angle - np.sin(angle))).sum()) / 2.0

    @property
    def area_mm2(self) -> float:
        """Enclosed area without its sign."""
        return abs(self.signed_area_mm2)

    @property
    def bounds_mm(self) -> tuple[float, float, float, float]:
        """x_min, y_min, x_max, y_max, with the bellies of arcs."""
        boxes = arcs.bounds(*self.segments)
        low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def reversed(self) -> Self:
        """The same curve, run the other way."""
        bulges = -self.vertices[::-1, 2]
        bulges = np.roll(bulges, -1) if self.closed else np.append(bulges[1:], 0.0)
        return type(self)(
            vertices=np.column_stack([self.vertices[::-1, :2], bulges]),
            closed=self.closed,
        )

    def counter_clockwise(self) -> Self:
        """The same closed curve with the inside on its left."""
        return self if self.signed_area_mm2 > 0 else self.reversed()

    def moved(self, dx_mm: float, dy_mm: float) -> Self:
        """The chain shifted."""
        return type(self)(vertices=self.vertices + np.array([dx_mm, dy_mm, 0.0]), closed=self.closed)

    def rotated(self, angle_deg: float) -> Self:
        """The chain turned counter-clockwise about the origin."""
        cos, sin = cos_sin_deg(angle_deg)
        x, y, bulge = self.vertices.T
        return type(self)(vertices=np.column_stack([x * cos - y * sin, x * sin + y * cos, bulge]), closed=self.closed)

    def flattened(self, sagitta_mm: float, *, outside: bool = False) -> Floats:
        """
        Points (k, 2) of a polyline that leaves the curve by at most *sagitta_mm*; no closing point is repeated.

        With *outside*, convex arcs of a counter-clockwise closed chain are replaced by tangents instead of
        chords, so that the polygon holds the whole shape (concave arcs keep chords, which also lie outside).
        """
        p0, p1, bulge = self.segments
        pieces: list[Floats] = []
        for i in range(len(p0)):
            pieces.append(p0[i : i + 1])
            if bulge[i] == 0.0:
                continue
            radius = float(arcs.radii(p0[i], p1[i], bulge[i]))
            if radius == 0.0:
                continue
            angle = 4.0 * abs(float(np.arctan(bulge[i])))
            # A chord lies its sagitta inside the arc; the corner of two tangents lies a little more outside.
            cos = radius / (radius + sagitta_mm) if outside else max(1.0 - sagitta_mm / radius, 0.0)
            step = 2.0 * float(np.arccos(cos))
            # At least a chord for each 60 degrees, so that a tiny arc still looks like one.
            # A radius beyond all measure leaves no step between chords; such an arc is a line.
            chords = int(np.ceil(angle / step - 1e-12)) if step > 0.0 else 1
            count = max(chords, int(np.ceil(angle / (np.pi / 3.0) - 1e-12)), 1)
            if outside and bulge[i] > 0.0:
                centre = arcs.centres(p0[i], p1[i], bulge[i])
                middle = (np.arange(count) + 0.5) / count
                on_arc = arcs.point_at(p0[i], p1[i], bulge[i], middle)
                pieces.append(centre + (on_arc - centre) / np.cos(angle / count / 2.0))
            elif count > 1:
                pieces.append(arcs.point_at(p0[i], p1[i], bulge[i], np.arange(1, count) / count))
        if not self.closed:
            pieces.append(p1[-1:])
        return np.concatenate(pieces)

    def polygon(self, sagitta_mm: float, *, outside: bool = False) -> Polygon:
        """The enclosed region as a shapely polygon (see :meth:`flattened`)."""
        return shapely.polygons(self.flattened(sagitta_mm, outside=outside))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chains:
    """
    Many chains in three arrays: chain i has the vertices ``offsets[i]:offsets[i + 1]``.

    vertices: (n, 3); offsets: (m + 1,) from 0 to n; closed: (m,) booleans.
    """

    vertices: Floats
    offsets: NDArray[np.int64]
    closed: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if len(self.offsets) != len(self.closed) + 1 or int(self.offsets[-1]) != len(self.vertices):
            raise ValueError("offsets do not match vertices and closed")
        for array in (self.vertices, self.offsets, self.closed):
            frozen(array)

    def __len__(self) -> int:
        return len(self.closed)

    def __getitem__(self, index: int) -> Chain:
        low, high = int(self.offsets[index]), int(self.offsets[index + 1])
        return Chain(vertices=self.vertices[low:high], closed=bool(self.closed[index]))

    def __iter__(self) -> Iterator[Chain]:
        return (self[i] for i in range(len(self)))

    @classmethod
    def of(cls, chains: Iterable[Chain]) -> Self:
        """The given chains, in their order."""
        every = list(chains)
        sizes = [len(chain.vertices) for chain in every]
        return cls(
            vertices=np.concatenate([c.vertices for c in every]) if every else np.empty((0, 3)),
            offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            closed=np.array([c.closed for c in every], dtype=bool),
        )

    @classmethod
    def copies(cls, chain: Chain, x_mm: Floats, y_mm: Floats) -> Self:
        """One chain at many places (k,); no rotation."""
        count, size = len(x_mm), len(chain.vertices)
        shift = np.column_stack([x_mm, y_mm, np.zeros(count)])
        return cls(
            vertices=(chain.vertices[None] + shift[:, None]).reshape(-1, 3),
            offsets=np.arange(count + 1, dtype=np.int64) * size,
            closed=np.full(count, chain.closed),
        )

    @classmethod
    def straight(cls, segments: Floats) -> Self:
        """Segments (k, 2, 2) as open chains of two vertices."""
        count = len(segments)
        return cls(
            vertices=np.concatenate([segments.reshape(-1, 2), np.zeros((2 * count, 1))], axis=1),
            offsets=np.arange(count + 1, dtype=np.int64) * 2,
            closed=np.zeros(count, dtype=bool),
        )

    @classmethod
    def joined(cls, parts: Sequence[Chains]) -> Self:
        """All chains of all parts, one part after the other."""
        starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
        return cls(
            vertices=np.concatenate([np.empty((0, 3)), *(part.vertices for part in parts)]),
            offsets=np.concatenate(
                [
                    *(part.offsets[:-1] + start for part, start in zip(parts, starts, strict=False)),
                    starts[-1:],
                ]
            ).astype(np.int64),
            closed=np.concatenate([np.empty(0, dtype=bool), *(part.closed for part in parts)]),
        )

    @property
    def owner(self) -> NDArray[np.int64]:
        """For each vertex (n,) the chain it belongs to."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.offsets))

    @property
    def segments(self) -> tuple[Floats, Floats, Floats, NDArray[np.int64]]:
        """Start points (k, 2), end points (k, 2), bulges (k,) and chain numbers (k,) of all segments, in order."""
        following = np.arange(1, len(self.vertices) + 1)
        last = self.offsets[1:] - 1
        following[last] = self.offsets[:-1]
        keep = np.ones(len(self.vertices), dtype=bool)
        keep[last[~self.closed]] = False
        points = self.vertices[:, :2]
        return points[keep], points[following[keep]], self.vertices[keep, 2], self.owner[keep]

    @property
    def starts(self) -> Floats:
        """First point of each chain, (m, 2)."""
        return self.vertices[self.offsets[:-1], :2]

    @property
    def ends(self) -> Floats:
        """Last point of each chain, (m, 2); of a closed one its first."""
        index = np.where(self.closed, self.offsets[:-1], self.offsets[1:] - 1)
        return self.vertices[index, :2]

    def taken(self, order: NDArray[np.int64]) -> Self:
        """The chains named by *order* (k,), in that order."""
        sizes = np.diff(self.offsets)[order]
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        index = np.arange(offsets[-1]) + np.repeat(self.offsets[:-1][order] - offsets[:-1], sizes)
        return type(self)(vertices=self.vertices[index], offsets=offsets, closed=self.closed[order])

    def turned_back(self, which: NDArray[np.bool_]) -> Self:
        """The chains with those named by *which* (m,) run the other way; a closed one keeps its start."""
        sizes = np.diff(self.offsets)
        owner = self.owner
        place = np.arange(len(self.vertices)) - self.offsets[:-1][owner]
        size = sizes[owner]
        back = which[owner]
        closed = self.closed[owner]
        # A closed chain 0 1 2 3 becomes 0 3 2 1; an open one 3 2 1 0.
        source = np.where(back, np.where(closed, -place % size, size - 1 - place), place)
        # The segment that leaves a vertex backwards is the one that entered it forwards.
        bulge_source = np.where(back, (source - 1) % size, place)
        base = self.offsets[:-1][owner]
        bulges = self.vertices[base + bulge_source, 2] * np.where(back, -1.0, 1.0)
        bulges[back & ~closed & (place == size - 1)] = 0.0
        points = self.vertices[base + source, :2]
        # Adding 0 turns -0.0 into 0.0.
        return type(self)(vertices=np.column_stack([points, bulges + 0.0]), offsets=self.offsets, closed=self.closed)

    @property
    def boxes_mm(self) -> Floats:
        """x_min, y_min, x_max, y_max of each chain (m, 4), with the bellies of arcs."""
        p0, p1, bulge, owner = self.segments
        boxes = arcs.bounds(p0, p1, bulge)
        first = np.searchsorted(owner, np.arange(len(self)))
        if not len(self):
            return np.empty((0, 4))
        return np.hstack([np.minimum.reduceat(boxes[:, :2], first), np.maximum.reduceat(boxes[:, 2:], first)])

    @property
    def length_mm(self) -> float:
        """Sum of all lengths."""
        p0, p1, bulge, _ = self.segments
        return float(arcs.lengths(p0, p1, bulge).sum())
