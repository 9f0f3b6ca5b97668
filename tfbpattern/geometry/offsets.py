"""
Offsets of closed chains that keep arcs as arcs, and buffers with a guaranteed side.

The parallel of an outline is found in two steps. Its topology comes from the winding numbers of the raw offset
curve (X. Chen, S. McMains, "Polygon Offsetting by Computing Winding Numbers", ASME DETC 2005), computed by shapely
on a fine polyline; its points are then exact crossings of the offset lines and arcs themselves.
"""

from __future__ import annotations

import math

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from tfbpattern.geometry import arcs
from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chain

MITRE_LIMIT = 2.0
"""Corners are mitred up to this multiple of the distance, then cut off square to the bisector."""

_SAGITTA_MM = 1e-4
# Two points closer than this are one; well under the nanometre on which decisions are taken.
_SAME_MM = 1e-7
# A hundredth of that: far above the noise of floats on a web of metres, and below all that is told apart here.
_GRID_MM = _SAME_MM / 100.0
# What is left of a segment is no segment any more if rounding to nanometres can make one point of it.
_SPECK_MM = 2e-6


def inflate(shape: Polygon, distance_mm: float, *, quad_segs: int = 16) -> Polygon:
    """
    Grow *shape* to a superset of the exact offset.

    Chords lie inside the arc they replace. GEOS draws up to one and a half of its steps of pi / 2n as one chord, so
    growing by d / cos(3 pi / 8n) puts them outside again. What is pushed out beyond straight sides by that is cut
    off along a mitred offset, which holds the exact one too.

    Raises:
        ValueError: *distance_mm* is negative.
    """
    if distance_mm < 0:
        raise ValueError(f"inflate grows; distance {distance_mm} mm is negative")
    # Less than a millionth of a nanometre is no distance to any of the numbers involved.
    if distance_mm < 1e-12:
        return shape
    round_ = shape.buffer(distance_mm / math.cos(3.0 * math.pi / (8 * quad_segs)), quad_segs=quad_segs)
    return shapely.intersection(round_, shape.buffer(distance_mm, join_style="mitre", mitre_limit=100.0))


def offset(outline: Chain, distance_mm: float, *, rounded: bool | Floats = False) -> tuple[Chain, ...]:
    """
    The parallels of a closed outline, counter-clockwise: outside for a positive distance, inside for a negative.

    Corners are mitred up to :data:`MITRE_LIMIT`, or *rounded* (all, or those at the given points (k, 2)) by an arc
    about the corner, on which every point keeps the distance; arcs stay arcs. An inside offset may vanish (no chain)
    or fall apart (several). Holes that an outside offset would leave are dropped: the outer edge is what is cut.

    Raises:
        ValueError: the outline is open.
    """
    if not outline.closed:
        raise ValueError("only a closed outline has an inside to offset from")
    if distance_mm == 0.0:
        return (outline.counter_clockwise(),)
    if isinstance(rounded, bool):
        rounded = outline.vertices[:, :2] if rounded else np.empty((0, 2))
    primitives = _raw_offset(outline.counter_clockwise(), distance_mm, rounded)
    polylines = [_polyline(primitive) for primitive in primitives]
    lines = np.concatenate([np.stack([p[:-1], p[1:]], axis=1) for p in polylines])
    source = np.repeat(np.arange(len(polylines)), [len(p) - 1 for p in polylines])
    segments = shapely.linestrings(lines)
    # On a fine grid, so that lines which lie upon each other but for the last bit are noded as one.
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(segments, grid_size=_GRID_MM)]))
    tree = shapely.STRtree(segments)
    inside = faces[_windings(lines, tree, shapely.get_coordinates(shapely.point_on_surface(faces))) > 0]
    region = shapely.union_all(inside)
    parts = region.geoms if isinstance(region, MultiPolygon) else [region]
    chains = []
    for part in parts:
        if part.is_empty or part.area < _SAME_MM:
            continue
        ring = np.asarray(shapely.orient_polygons(part).exterior.coords)[:-1]
        middles = shapely.points((ring + np.roll(ring, -1, axis=0)) / 2.0)
        _, nearest = tree.query_nearest(middles, all_matches=False)
        chains.append(_exact(ring, source[nearest], primitives))
    _check_area(outline, distance_mm, chains, rounded=len(rounded) > 0)
    return tuple(sorted(chains, key=lambda chain: chain.bounds_mm))


def _check_area(outline: Chain, distance_mm: float, chains: list[Chain], *, rounded: bool) -> None:
    """A parallel that disagrees with shapely's buffer is a fault of ours, not a shape to cut."""
    join = "round" if rounded else "mitre"
    rough = outline.polygon(_SAGITTA_MM).buffer(distance_mm, join_style=join, mitre_limit=MITRE_LIMIT)
    filled = shapely.area([shapely.Polygon(part.exterior) for part in shapely.get_parts(rough)]).sum()
    found = sum(chain.area_mm2 for chain in chains)
    # shapely simplifies its input by a hundredth of the distance and cuts mitres off a little differently.
    allowed = (0.02 * abs(distance_mm) + 2.0 * _SAGITTA_MM) * outline.length_mm + 4.0 * distance_mm**2
    if abs(filled - found) > allowed:
        raise ArithmeticError(
            f"the parallel at {distance_mm:g} mm encloses {found:g} mm2, shapely's buffer {filled:g} mm2"
        )


_Primitive = tuple[Floats, Floats, float]
"""Start point, end point, bulge."""


def _raw_offset(outline: Chain, distance: float, rounded: Floats) -> list[_Primitive]:
    """
    Every segment moved to its right by *distance*, joined: spurs where it overlaps; where it opens mitres, or arcs
    about the *rounded* corners (k, 2).
    """
    p0, p1, bulge = _without_used_up_arcs(outline, distance).segments
    keep = np.hypot(*(p1 - p0).T) > _SAME_MM
    p0, p1, bulge = p0[keep], p1[keep], bulge[keep]
    start, end = arcs.tangents(p0, p1, bulge)
    first = p0 + distance * np.column_stack([start[:, 1], -start[:, 0]])
    last = p1 + distance * np.column_stack([end[:, 1], -end[:, 0]])
    # An arc whose radius is the distance shrinks to a point and is left out.
    alive = np.hypot(*(last - first).T) > _SAME_MM
    p0, p1, bulge, start, end, first, last = (array[alive] for array in (p0, p1, bulge, start, end, first, last))
    smooth = np.hypot(*(np.roll(first, -1, axis=0) - last).T) <= _SAME_MM
    joined: list[_Primitive] = []
    for i, (a, b) in enumerate(zip(first, last, strict=True)):
        joined.append((a, b, float(bulge[i])))
        following = (i + 1) % len(first)
        if smooth[i]:
            continue
        t_in, t_out, target = end[i], start[following], first[following]
        turn = float(t_in[0] * t_out[1] - t_in[1] * t_out[0])
        straight = float(t_in @ t_out)
        if turn * distance > 0 or (abs(turn) < 1e-9 and straight < 0 and distance > 0):
            if len(rounded) and np.hypot(*(rounded - p1[i]).T).min() <= _SAME_MM:
                angle = math.atan2(abs(turn), straight)
                joined.append((b, target, math.copysign(math.tan(angle / 4.0), distance)))
                continue
            path = _mitre(b, target, t_in, t_out, distance)
        else:
            # Overlap: by way of the corner, so that the spur has no positive winding.
            path = [b, p1[i], p0[following], target]
        joined += [(path[k], path[k + 1], 0.0) for k in range(len(path) - 1)]
    # Each starts where the one before ends, to the bit, also where a piece of no length fell out between them.
    kept = [p for p in joined if np.hypot(*(p[1] - p[0])) > _SAME_MM]
    return [(kept[k - 1][1], b, curve) for k, (_, b, curve) in enumerate(kept)]


def _without_used_up_arcs(outline: Chain, distance: float) -> Chain:
    """
    Arcs whose radius the offset uses up, as tangents of 15 degrees at most.

    No point of such an arc's parallel survives (the rest of the arc is nearer), but as an arc it would turn
    inside out and wind the wrong way. The parallel of a tangent polygon vanishes just as completely.
    """
    p0, p1, bulge = outline.segments
    used_up = (bulge * distance < 0) & (arcs.radii(p0, p1, bulge) < abs(distance) - _SAME_MM)
    vertices: list[Floats] = []
    for i, vertex in enumerate(outline.vertices):
        vertices.append(np.array([[*vertex[:2], 0.0 if used_up[i] else bulge[i]]]))
        count = math.ceil(abs(4.0 * math.atan(bulge[i])) / math.radians(15.0))
        if used_up[i]:
            centre = arcs.centres(p0[i], p1[i], bulge[i])
            touching = arcs.point_at(p0[i], p1[i], bulge[i], (np.arange(count) + 0.5) / count)
            points = centre + (touching - centre) / math.cos(2.0 * math.atan(bulge[i]) / count)
            vertices.append(np.column_stack([points, np.zeros(count)]))
    return Chain(vertices=np.concatenate(vertices), closed=True)


def _mitre(b: Floats, target: Floats, t_in: Floats, t_out: Floats, distance: float) -> list[Floats]:
    """The points of a limited mitre from *b* to *target*."""
    half = math.atan2(abs(float(t_in[0] * t_out[1] - t_in[1] * t_out[0])), float(t_in @ t_out)) / 2.0
    size = abs(distance)
    if 1.0 / max(math.cos(half), 1e-12) <= MITRE_LIMIT:
        reach = size * math.tan(half)
        return [b, b + t_in * reach, target]
    # Cut square to the bisector, MITRE_LIMIT distances from the corner.
    reach = size * (MITRE_LIMIT - math.cos(half)) / math.sin(half)
    return [b, b + t_in * reach, target - t_out * reach, target]


def _polyline(primitive: _Primitive) -> Floats:
    a, b, bulge = primitive
    return Chain(vertices=np.array([[*a, bulge], [*b, 0.0]]), closed=False).flattened(_SAGITTA_MM)


def _windings(lines: Floats, tree: shapely.STRtree, points: Floats) -> NDArray[np.int64]:
    """How often the closed curve of *lines* (k, 2, 2), all in *tree*, runs counter-clockwise round points (n, 2)."""
    x, y = points.T
    # Only lines that a ray to the right meets count, and few of a long curve come near it.
    far = np.maximum(lines[:, :, 0].max(initial=-np.inf), x)
    point, line = tree.query(shapely.box(x, y, far, y))
    p0, p1 = lines[line, 0].T, lines[line, 1].T
    at_x, at_y = x[point], y[point]
    side = (p1[0] - p0[0]) * (at_y - p0[1]) - (at_x - p0[0]) * (p1[1] - p0[1])
    up = (p0[1] <= at_y) & (p1[1] > at_y) & (side > 0)
    down = (p0[1] > at_y) & (p1[1] <= at_y) & (side < 0)
    count = len(points)
    found: NDArray[np.int64] = np.bincount(point[up], minlength=count) - np.bincount(point[down], minlength=count)
    return found


def _exact(ring: Floats, source: np.ndarray, primitives: list[_Primitive]) -> Chain:
    """Replace a fine polyline, whose edge k lies on primitive source[k], by the primitives' own crossings."""
    changes = np.flatnonzero(source != np.roll(source, 1))
    if len(changes) < 2:
        # One closed arc alone: cannot happen, an arc spans less than a full turn; kept as the polyline.
        return Chain(vertices=np.column_stack([ring, np.zeros(len(ring))]), closed=True)
    runs = [int(source[k]) for k in changes]
    points = [_crossing(primitives[runs[k - 1]], primitives[runs[k]], ring[changes[k]]) for k in range(len(changes))]
    vertices = []
    for k, run in enumerate(runs):
        a, b, bulge = primitives[run]
        p, q = points[k], points[(k + 1) % len(points)]
        if np.hypot(*(q - p)) <= _SPECK_MM:
            continue
        if bulge != 0.0:
            bulge = arcs.bulge_about(p, q, arcs.centres(a, b, np.array(bulge)), clockwise=bulge < 0)
        vertices.append([p[0], p[1], bulge])
    # A millionth of a nanometre is no geometry; without it the last bit would depend on the machine's libm.
    return Chain(vertices=np.round(_without_flat_joints(np.array(vertices)), 9) + 0.0, closed=True)


def _without_flat_joints(vertices: Floats) -> Floats:
    """Drop vertices in the middle of a straight line (the seam between a moved edge and its mitre)."""
    p0, p1, bulge = Chain(vertices=vertices, closed=True).segments
    start, _ = arcs.tangents(p0, p1, bulge)
    before = np.roll(start, 1, axis=0)
    cross = before[:, 0] * start[:, 1] - before[:, 1] * start[:, 0]
    ahead = (before * start).sum(axis=1) > 0
    flat = (bulge == 0) & (np.roll(bulge, 1) == 0) & (np.abs(cross) < 1e-9) & ahead
    kept: Floats = vertices[~flat]
    return kept


def _crossing(first: _Primitive, second: _Primitive, near: Floats) -> Floats:
    """The crossing of the full lines or circles of two primitives that is nearest to *near*."""
    for end in (first[0], first[1]):
        for other in (second[0], second[1]):
            if np.hypot(*(end - other)) <= _SAME_MM and np.hypot(*(end - near)) <= 10 * _SAGITTA_MM:
                return end
    candidates = _crossings(first, second)
    if not candidates:
        return near
    best = min(candidates, key=lambda point: float(np.hypot(*(point - near))))
    # A crossing far from where the polylines met would be another one; the polyline's own point is then closer.
    return best if np.hypot(*(best - near)) <= 100 * _SAGITTA_MM else near


def _crossings(first: _Primitive, second: _Primitive) -> list[Floats]:
    if first[2] == 0.0 and second[2] == 0.0:
        u, v = first[1] - first[0], second[1] - second[0]
        cross = u[0] * v[1] - u[1] * v[0]
        if abs(cross) < 1e-15:
            return []
        w = second[0] - first[0]
        return [first[0] + u * ((w[0] * v[1] - w[1] * v[0]) / cross)]
    if first[2] == 0.0 or second[2] == 0.0:
        line, arc = (first, second) if first[2] == 0.0 else (second, first)
        centre, radius = _circle(arc)
        unit = (line[1] - line[0]) / np.hypot(*(line[1] - line[0]))
        foot = line[0] + unit * float((centre - line[0]) @ unit)
        half = math.sqrt(max(radius**2 - float((foot - centre) @ (foot - centre)), 0.0))
        return [foot - unit * half, foot + unit * half]
    (c0, r0), (c1, r1) = _circle(first), _circle(second)
    between = c1 - c0
    gap = float(np.hypot(*between))
    if gap < 1e-12:
        return []
    along = (gap**2 + r0**2 - r1**2) / (2.0 * gap)
    half = math.sqrt(max(r0**2 - along**2, 0.0))
    unit = between / gap
    foot = c0 + unit * along
    normal = np.array([-unit[1], unit[0]])
    return [foot - normal * half, foot + normal * half]


def _circle(arc: _Primitive) -> tuple[Floats, float]:
    a, b, bulge = arc
    return arcs.centres(a, b, np.array(bulge)), float(arcs.radii(a, b, np.array(bulge)))
