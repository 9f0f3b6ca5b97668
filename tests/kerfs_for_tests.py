"""What singulation must cut, worked out a second time: each cell's kerf path, and the union of them all."""

from __future__ import annotations

import numpy as np
import shapely

from tests.outlines_for_tests import fine, points_along
from tfbpattern.geometry.chains import Chain, Chains
from tfbpattern.geometry.offsets import offset
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest


def placed(nest: Nest, shape: Chain) -> list[Chain]:
    """A chain of the one cell type's own frame at every cell's pose, in the order of the placements."""
    p = nest.placements
    turned = {angle: shape.rotated(angle) for angle in set(p.rotation_deg.tolist())}
    return [
        turned[angle].moved(x, y)
        for x, y, angle in zip(p.x_mm.tolist(), p.y_mm.tolist(), p.rotation_deg.tolist(), strict=True)
    ]


def kerf_paths(job: Job, nest: Nest) -> list[Chain]:
    """
    Each cell's own path, half a kerf outside its outline.

    In shared mode round about those corners whose mitre would come closer than half a kerf to another cell.
    """
    outline, half = job.cells[0].outline, job.singulation.kerf_mm / 2.0
    (path,) = offset(outline, half)
    if job.singulation.mode != "shared":
        return placed(nest, path)
    cells = placed(nest, outline)
    shapes = [fine(cell, 1e-5) for cell in cells]
    tree = shapely.STRtree(shapes)
    paths = placed(nest, path)
    angles = nest.placements.rotation_deg.tolist()
    into: dict[float, set[int]] = {angle: set() for angle in angles}
    for number, (own, angle) in enumerate(zip(paths, angles, strict=True)):
        points = points_along(own, 2 * int(own.length_mm / half))
        for other in tree.query(shapely.LinearRing(points), predicate="dwithin", distance=half).tolist():
            if other != number:
                close = points[shapely.distance(shapes[other], shapely.points(points)) < half - 4e-5]
                into[angle].update(
                    int(np.argmin(np.hypot(*(cells[number].vertices[:, :2] - point).T))) for point in close
                )
    rounded = {angle: offset(outline, half, rounded=outline.vertices[sorted(k), :2])[0] for angle, k in into.items()}
    return [
        rounded[angle].rotated(angle).moved(x, y)
        for x, y, angle in zip(nest.placements.x_mm.tolist(), nest.placements.y_mm.tolist(), angles, strict=True)
    ]


def outlines_of(job: Job, nest: Nest, sagitta_mm: float = 1e-5) -> list[shapely.Polygon]:
    """The cells as cut, as fine polygons."""
    return [fine(chain, sagitta_mm) for chain in placed(nest, job.cells[0].outline)]


def polyline(chain: Chain, sagitta_mm: float = 1e-4) -> shapely.LineString:
    """A chain as a line, with the same chords for the same arc wherever it lies."""
    points = chain.flattened(sagitta_mm)
    return shapely.LineString([*points, points[0]] if chain.closed else points)


def lines(chains: Chains | list[Chain]) -> list[shapely.LineString]:
    """Every chain as a line."""
    return [polyline(chain) for chain in chains]


def graph_length_mm(drawn: list[shapely.LineString]) -> float:
    """Length of the union: what lies twice counts once, though it differ by a nanometre."""
    return float(shapely.union_all(drawn, grid_size=1e-6).length)
