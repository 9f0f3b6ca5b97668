"""
Cluster boxes: two cells that interlock, nested as the rectangle round them by the strategies for rectangles.

The border of a sheet costs rectangles least of all shapes; that often outweighs what a looser pattern costs inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, product

import numpy as np
import rtree
import shapely

from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.footprints import rect
from tfbpattern.model.cell import CellType
from tfbpattern.model.nest import Placements
from tfbpattern.nesting.contact.clearing import keep_clear
from tfbpattern.nesting.contact.parts import Parts, parts_of
from tfbpattern.nesting.contact.places import free_places, sampled
from tfbpattern.nesting.field import Field
from tfbpattern.nesting.filling import filled
from tfbpattern.nesting.pallet import between_obstacles, hollow, pallet
from tfbpattern.nesting.pattern import Pattern, Strategy
from tfbpattern.nesting.rows import numbered
from tfbpattern.nesting.shelves import columns, rows
from tfbpattern.nesting.zones import zones_of
from tfbpattern.units import cos_sin_deg

# Ells take as long to compile as all the rest, and gained no box on any sheet tried (ours).
_STRATEGIES: tuple[Strategy, ...] = (rows, columns, partial(pallet, ells=False), between_obstacles)

# Places of the second cell against the first that are tried, and boxes that are nested, at efforts 1 to 5 (ours).
_CONTACTS = (100, 200, 400, 800, 1600)
_BOXES = (1, 2, 3, 5, 8)
# Boxes that a nest with a hollow middle may have fewer than the best one, and such nests that are filled (ours).
_FEWER = (0, 2, 4, 8, 16)
_HOLLOW = (0, 5, 20, 50, 100)
# A box is nested if it takes at most this many times the area of two cells grown by half the spacing (ours: looser
# ones never won).
_LOOSEST = 1.15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cluster:
    """Two cells in a box: rotations and places (2, 2) against the middle of the box, its sides in mm."""

    rotations_deg: tuple[float, float]
    places: Floats
    width_mm: float
    height_mm: float


def clusters(field: Field, cell: CellType, *, effort: int) -> Pattern | None:
    """The nest of cluster boxes with the most cells, or None where the cell is a rectangle or no box is tight."""
    if cell.spaced_per_axis:
        return None
    parts = parts_of(cell, field.spacing_mm, field.sliver_mm)
    best: Pattern | None = None
    for cluster in _tightest(parts, cell, effort):
        pattern = _nested(cluster, parts, field, cell, effort)
        if pattern is not None and (best is None or len(pattern.placements) > len(best.placements)):
            best = pattern
    return best


def _tightest(parts: Parts, cell: CellType, effort: int) -> list[Cluster]:
    """Clusters of the smallest boxes, spacing included, no two of the same sides."""
    spacing = parts.spacing_mm
    found: dict[tuple[float, ...], tuple[float, Cluster]] = {}
    for one, other in product(parts.rotations_deg, repeat=2):
        a = np.array(cell.outline.rotated(one).bounds_mm)
        b = np.array(cell.outline.rotated(other).bounds_mm)
        region = parts.region(one, other)
        places = free_places(region, sampled(region, _CONTACTS[effort - 1]))
        low, high = np.minimum(a[:2], b[:2] + places), np.maximum(a[2:], b[2:] + places)
        sides = high - low
        takes = (sides + spacing).prod(axis=1)
        for k in np.argsort(np.round(takes, 9), kind="stable")[:4]:
            if takes[k] > _LOOSEST * 2.0 * parts.grown_mm2:
                break
            width, height = sides[k].tolist()
            key = tuple(sorted((round(width, 4), round(height, 4))))
            if key not in found or takes[k] < found[key][0] - 1e-9:
                middle = (low[k] + high[k]) / 2.0
                cluster = Cluster(
                    rotations_deg=(one, other),
                    places=np.vstack((-middle, places[k] - middle)),
                    width_mm=width,
                    height_mm=height,
                )
                found[key] = float(takes[k]), cluster
    ranked = sorted(found.values(), key=lambda item: item[0])
    return [cluster for _, cluster in ranked[: _BOXES[effort - 1]]]


def _nested(cluster: Cluster, parts: Parts, field: Field, cell: CellType, effort: int) -> Pattern | None:
    """The boxes of a cluster on the field, and in them the cells that nothing is in the way of."""
    # Outward by a nanometre's rounding, so that boxes a spacing apart keep it for sure.
    outline = rect(np.ceil(cluster.width_mm * 1e6 - 1e-3) / 1e6, np.ceil(cluster.height_mm * 1e6 - 1e-3) / 1e6)
    allowed = {round(angle, 9) % 360.0 for angle in cell.rotations_deg}
    turns = [
        turn
        for turn in (0.0, 90.0)
        if all(round(rotation + turn, 9) % 360.0 in allowed for rotation in cluster.rotations_deg)
    ]
    box = replace(
        cell, outline=outline, active_area=outline, trench=outline, axis_rectangle=True, rotations_deg=tuple(turns)
    )
    best: Placements | None = None
    method, most = "", 0
    # What is in the way may hit only one of the two: boxes nested regardless of it may keep more cells.
    fields = [field, replace(field, hazards=(), index=rtree.index.Index())] if field.hazards else [field]
    for some_field, strategy in product(fields, _STRATEGIES):
        pattern = strategy(some_field, box, effort=effort)
        if pattern is None:
            continue
        most = max(most, len(pattern.placements))
        cells = _cells(cluster, pattern.placements, field, cell)
        if len(cells) > (len(best) if best else 0) and keep_clear(cells, parts):
            best, method = cells, pattern.method
    if best is None:
        return None
    if effort > 1:
        best = filled(best, field, cell, parts)
        for cells in _round_middles(cluster, box, parts, field, cell, most, len(best), effort):
            if len(cells) > len(best):
                best, method = cells, "hollow blocks"
    takes = (cluster.width_mm + field.spacing_mm) * (cluster.height_mm + field.spacing_mm)
    return Pattern(
        placements=best, method=f"pairs in boxes, {method}{parts.note}", bulk_density=2.0 * cell.area_mm2 / takes
    )


def _round_middles(
    cluster: Cluster, box: CellType, parts: Parts, field: Field, cell: CellType, most: int, reached: int, effort: int
) -> Iterator[Placements]:
    """Cells in boxes round a middle that is filled with single cells, where these may be more than were reached."""
    x_min, y_min, x_max, y_max = cell.outline.bounds_mm
    side_mm = min(x_max - x_min, y_max - y_min)
    # One cell more is half of a box.
    promise = reached / 2.0 + 0.4
    some = hollow(field, box, least=max(most - _FEWER[effort - 1], 1), promise=promise, side_mm=side_mm)
    for boxes in islice(some, _HOLLOW[effort - 1]):
        gaps = _gaps(boxes.placements, box, field, side_mm)
        cells = filled(_cells(cluster, boxes.placements, field, cell), field, cell, parts, gaps)
        if len(cells) > reached and keep_clear(cells, parts):
            yield filled(cells, field, cell, parts)


def _gaps(boxes: Placements, box: CellType, field: Field, side_mm: float) -> Sequence[shapely.Polygon]:
    """What boxes leave of the field that is at least so wide both ways."""
    x_min, y_min, x_max, y_max = box.outline.bounds_mm
    half = (np.array([x_max - x_min, y_max - y_min]) + field.spacing_mm) / 2.0
    reach = np.where((boxes.rotation_deg % 180.0 == 90.0)[:, None], half[::-1], half)
    places = np.column_stack((boxes.x_mm, boxes.y_mm))
    room = shapely.box(field.x_min_mm, field.y_min_mm, field.x_max_mm, field.y_max_mm)
    left = room.difference(shapely.union_all(shapely.box(*(places - reach).T, *(places + reach).T)))
    # Opening takes what is narrower away.
    less = 0.49 * side_mm
    wide = left.buffer(-less, join_style="mitre").buffer(less, join_style="mitre")
    return list(shapely.get_parts(wide))


def _cells(cluster: Cluster, boxes: Placements, field: Field, cell: CellType) -> Placements:
    xs, ys, angles = [], [], []
    for turn in (0.0, 90.0):
        cos, sin = cos_sin_deg(turn)
        turned = boxes.rotation_deg == turn
        for (x, y), rotation in zip(cluster.places.tolist(), cluster.rotations_deg, strict=True):
            angle = (rotation + turn) % 360.0
            at_x = np.round(boxes.x_mm[turned] + cos * x - sin * y, 9)
            at_y = np.round(boxes.y_mm[turned] + sin * x + cos * y, 9)
            free = ~zones_of(field, cell, angle).hold(at_x, at_y)
            xs.append(at_x[free])
            ys.append(at_y[free])
            angles.append(np.full(int(free.sum()), angle))
    return numbered(np.concatenate(xs), np.concatenate(ys), np.concatenate(angles), cell)
