"""
Lines and arcs as the proof sees them, and parallels of closed curves.

A move runs from ``start`` to ``end``; ``sweep_rad`` is the angle it turns about ``centre`` on the way (counter-
clockwise positive, up to a full circle), 0 for a line. Closed curves are rings of points (n, 2), fine chords in place
of arcs, counter-clockwise, the first point not repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import shapely
from numpy.typing import NDArray

# Moves made into lines at a time: some 200 MB of intermediate arrays for finely drawn circles.
_BATCH = 10_000

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# A twentieth of what the proof allows a path to stand off (ours).
SAGITTA_MM = 5e-5
# Chords stand in for arcs also in direction: at the ends of an arc, where a corner may be mitred, they are so short
# that a mitre of 0.3 mm is off by less than a tenth of a micrometre.
_END_RAD = 4e-4
# Roundings leave faces between parallels of touching sides; an island is ten thousand times as large (ours).
_NOTHING_MM2 = 1e-6
# Formats, active area: corners are mitred up to twice the distance.
_MITRE_LIMIT = 2.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moves:
    """Straight and circular moves, one array element each; ``owner`` says which stroke they belong to."""

    start: Floats
    end: Floats
    centre: Floats
    sweep_rad: Floats
    owner: Ints

    def __len__(self) -> int:
        return len(self.start)

    @classmethod
    def none(cls) -> Self:
        """No move at all."""
        return cls.of_bulges(np.empty((0, 2)), np.empty((0, 2)), np.empty(0), np.empty(0, dtype=np.int64))

    @classmethod
    def of_bulges(cls, start: Floats, end: Floats, bulge: Floats, owner: Ints) -> Self:
        """Moves from bulges, the tangents of a quarter of the sweep (DXF reference, LWPOLYLINE, group 42)."""
        sweep = 4.0 * np.arctan(bulge)
        half = (end - start) / 2.0
        # The centre sees half the chord under half the sweep.
        with np.errstate(divide="ignore", invalid="ignore"):
            away = np.where(bulge != 0.0, 1.0 / np.tan(sweep / 2.0), 0.0)
        left = np.column_stack([-half[:, 1], half[:, 0]])
        return cls(start=start, end=end, centre=start + half + left * away[:, None], sweep_rad=sweep, owner=owner)

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """All moves of all parts, in order."""
        if not parts:
            return cls.none()
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__})

    def taken(self, index: Any) -> Self:
        """Some of the moves, by index, mask or slice."""
        return type(self)(**{name: getattr(self, name)[index] for name in self.__slots__})

    def moved(self, by: Floats) -> Self:
        """The moves shifted, each by its row of *by* or all by the same."""
        return type(self)(
            start=self.start + by,
            end=self.end + by,
            centre=self.centre + by,
            sweep_rad=self.sweep_rad,
            owner=self.owner,
        )

    @property
    def lengths_mm(self) -> Floats:
        """Length of each move."""
        straight = np.hypot(*(self.end - self.start).T)
        lengths: Floats = np.where(self.sweep_rad == 0.0, straight, self.radii_mm * np.abs(self.sweep_rad))
        return lengths

    @property
    def radii_mm(self) -> Floats:
        """Radius of each arc; means nothing for lines."""
        radii: Floats = np.hypot(*(self.start - self.centre).T)
        return radii

    def points_at(self, fraction: Floats) -> Floats:
        """The point of each move at its fraction of the way."""
        turn = self.sweep_rad * fraction
        cos, sin = np.cos(turn), np.sin(turn)
        x, y = (self.start - self.centre).T
        on_arc = self.centre + np.column_stack([x * cos - y * sin, x * sin + y * cos])
        on_line = self.start + (self.end - self.start) * fraction[:, None]
        return np.where((self.sweep_rad != 0.0)[:, None], on_arc, on_line)

    def chords(self, sagitta_mm: float = SAGITTA_MM) -> tuple[Floats, Floats, Ints]:
        """Start and end points (m, 2) of chords that leave the moves by at most *sagitta_mm*, and whose they are."""
        points, owner = self._points(sagitta_mm)
        inner = owner[1:] == owner[:-1]
        return points[:-1][inner], points[1:][inner], owner[1:][inner]

    def lines(self, sagitta_mm: float = SAGITTA_MM) -> NDArray[np.object_]:
        """Each move as a shapely line."""
        lines = [np.empty(0, dtype=object)]
        for begin in range(0, len(self), _BATCH):
            points, owner = self.taken(slice(begin, begin + _BATCH))._points(sagitta_mm)
            lines.append(np.asarray(shapely.linestrings(points, indices=owner)))
        return np.concatenate(lines)

    def boxes(self) -> Floats:
        """x_min, y_min, x_max, y_max (n, 4), with the bellies of arcs."""
        low, high = np.minimum(self.start, self.end), np.maximum(self.start, self.end)
        arc = np.flatnonzero(self.sweep_rad)
        if len(arc):
            of = self.taken(arc)
            begin = np.arctan2(*(of.start - of.centre).T[::-1])
            first = np.where(of.sweep_rad > 0.0, begin, begin + of.sweep_rad)
            for quarter in range(4):
                ahead = (quarter * np.pi / 2.0 - first) % (2.0 * np.pi)
                hit = ahead <= np.abs(of.sweep_rad)
                way = np.array([(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)][quarter])
                extreme = of.centre + way * of.radii_mm[:, None]
                low[arc[hit]] = np.minimum(low[arc[hit]], extreme[hit])
                high[arc[hit]] = np.maximum(high[arc[hit]], extreme[hit])
        return np.column_stack([low, high])

    def _points(self, sagitta_mm: float) -> tuple[Floats, Ints]:
        """Points on the moves, ends included, and which move each is on."""
        with np.errstate(divide="ignore", invalid="ignore"):
            step = 2.0 * np.arccos(np.clip(1.0 - sagitta_mm / self.radii_mm, 0.0, 1.0))
            wanted = np.where(self.sweep_rad != 0.0, np.ceil(np.abs(self.sweep_rad) / np.maximum(step, 1e-9)), 1.0)
        count = np.maximum(np.nan_to_num(wanted, nan=1.0), 1.0).astype(np.int64) + 1
        owner = np.repeat(np.arange(len(self)), count)
        place = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
        fraction = place / (count[owner] - 1)
        points = self.taken(owner).points_at(fraction)
        last = place == count[owner] - 1
        # Neighbouring moves meet exactly.
        points[last], points[place == 0] = self.end, self.start
        return points, owner


def ring_of(vertices: Floats, sagitta_mm: float = SAGITTA_MM) -> Floats:
    """The ring of a closed chain of (x, y, bulge), vertices on its arcs, counter-clockwise."""
    ends = np.roll(vertices[:, :2], -1, axis=0)
    moves = Moves.of_bulges(vertices[:, :2], ends, vertices[:, 2], np.zeros(len(vertices), dtype=np.int64))
    start, _, _ = _true_ends(moves).chords(sagitta_mm)
    ring = start[np.hypot(*(np.roll(start, -1, axis=0) - start).T) > 0.0]
    x, y = ring.T
    area = float(x @ np.roll(y, -1) - y @ np.roll(x, -1))
    turned: Floats = ring if area > 0.0 else ring[::-1]
    return turned


def _true_ends(moves: Moves) -> Moves:
    """The same moves, arcs with a short piece of their own at either end."""
    arc = np.abs(moves.sweep_rad) > 4.0 * _END_RAD
    if not arc.any():
        return moves
    part = np.where(arc, _END_RAD / np.where(arc, np.abs(moves.sweep_rad), 1.0), 1.0)
    first, last = moves.points_at(part), moves.points_at(np.where(arc, 1.0 - part, 1.0))
    pieces = [
        Moves(start=a, end=b, centre=moves.centre, sweep_rad=moves.sweep_rad * share, owner=moves.owner)
        for a, b, share in (
            (moves.start, first, part),
            (first, last, np.where(arc, 1.0 - 2.0 * part, 0.0)),
            (last, moves.end, np.where(arc, part, 0.0)),
        )
    ]
    order = np.arange(3 * len(moves)).reshape(3, -1).T.ravel()
    kept = np.stack([np.ones_like(arc), arc, arc], axis=1).ravel()
    return Moves.joined(pieces).taken(order[kept])


def inset(ring: Floats, distance_mm: float, *, mitred: bool) -> NDArray[np.object_]:
    """
    What is left of a ring's inside farther than *distance_mm* from it, as polygons, the largest first.

    With *mitred*, corners that point inwards are mitred; without, round.
    """
    if distance_mm <= 0.0:
        return np.array([shapely.Polygon(ring)])
    inside = shapely.Polygon(ring)
    shapely.prepare(inside)
    faces = _faces(_raw(ring, distance_mm, mitred=mitred))
    spots = shapely.point_on_surface(faces)
    depth = shapely.distance(shapely.LinearRing(ring), spots)
    kept = faces[shapely.contains(inside, spots) & (depth > distance_mm - 1e-7)]
    merged = shapely.get_parts(shapely.union_all(kept))
    merged = merged[shapely.area(merged) > _NOTHING_MM2]
    return np.asarray(merged[np.argsort(-shapely.area(merged), kind="stable")])


def outset(ring: Floats, distance_mm: float) -> Floats:
    """The outer edge of a ring grown by *distance_mm*, convex corners mitred; counter-clockwise."""
    # Walked backwards, the outside lies to the left, where the parallel is drawn.
    raw = _raw(ring[::-1], distance_mm, mitred=True)
    grown = max(shapely.get_parts(shapely.union_all(_faces(raw))), key=shapely.area)
    return np.asarray(shapely.orient_polygons(shapely.Polygon(grown.exterior)).exterior.coords)[:-1]


def ring_points(shape: shapely.Polygon) -> Floats:
    """The outer ring of a polygon, counter-clockwise."""
    return np.asarray(shapely.orient_polygons(shape).exterior.coords)[:-1]


def _faces(ring: Floats) -> NDArray[np.object_]:
    """The bounded faces that a closed curve, crossing itself or not, parts the plane into."""
    closed = shapely.LineString(np.concatenate([ring, ring[:1]]))
    return np.asarray(shapely.get_parts(shapely.polygonize([shapely.unary_union(closed)])))


def _raw(ring: Floats, distance: float, *, mitred: bool) -> Floats:
    """Every side moved to the left by *distance* and joined to the next one; may cross itself."""
    way = np.roll(ring, -1, axis=0) - ring
    size = np.hypot(way[:, 0], way[:, 1])
    way = way / size[:, None]
    left = np.column_stack([-way[:, 1], way[:, 0]])
    before, before_left = np.roll(way, 1, axis=0), np.roll(left, 1, axis=0)
    turn = before[:, 0] * way[:, 1] - before[:, 1] * way[:, 0]
    # 1 + cos of the turn; sides that turn back on themselves have no crossing of their parallels.
    open_ = np.maximum(1.0 + (left * before_left).sum(axis=1), 1e-12)
    meeting = ring + distance * (left + before_left) / open_[:, None]
    # Moved towards each other, two sides lose this much at their corner, which must be there to be lost.
    lost = distance * np.abs(turn) / open_
    narrow = (turn > 0.0) & (lost > 0.4 * np.minimum(size, np.roll(size, 1)))
    steep = 2.0 / open_ > _MITRE_LIMIT**2
    pieces: list[Floats] = []
    plain = 0
    # Fine chords of arcs turn by a little at each vertex; only corners need a join of their own.
    special = narrow | steep if mitred else narrow | steep | (turn < -1e-9)
    for k in np.flatnonzero(special):
        pieces.append(meeting[plain:k])
        pieces.append(_join(ring[k], before[k], before_left[k], way[k], left[k], float(turn[k]), distance, mitred))
        plain = int(k) + 1
    pieces.append(meeting[plain:])
    raw: Floats = np.concatenate(pieces)
    long: Bools = np.hypot(*(np.roll(raw, -1, axis=0) - raw).T) > 0.0
    return raw[long]


def _join(
    v: Floats, t1: Floats, n1: Floats, t2: Floats, n2: Floats, turn: float, distance: float, mitred: bool
) -> Floats:
    """Points from the end of one moved side to the start of the next."""
    first, second = v + distance * n1, v + distance * n2
    if turn > 0.0:
        # Moved towards each other: both in full, and the loop between them falls away as a face.
        return np.array([first, v, second])
    if mitred:
        bisector = n1 + n2
        bisector = bisector / np.hypot(*bisector)
        reach = _MITRE_LIMIT * distance
        s1 = (reach - distance * float(n1 @ bisector)) / float(t1 @ bisector)
        s2 = (reach - distance * float(n2 @ bisector)) / -float(t2 @ bisector)
        return np.array([first + s1 * t1, second - s2 * t2])
    angle = -np.arctan2(n1[0] * n2[1] - n1[1] * n2[0], float(n1 @ n2))
    steps = max(int(np.ceil(angle / (2.0 * np.arccos(max(1.0 - SAGITTA_MM / distance, 0.0))))), 1)
    turns = -angle * np.arange(steps + 1) / steps
    cos, sin = np.cos(turns), np.sin(turns)
    return v + distance * np.column_stack([n1[0] * cos - n1[1] * sin, n1[0] * sin + n1[1] * cos])
