"""What singulation must cut, worked out a second time: each cell's kerf path, and the union of them all."""

from __future__ import annotations

import shapely

from tests.outlines_for_tests import fine
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
    """Each cell's own path, half a kerf outside its outline."""
    (path,) = offset(job.cells[0].outline, job.singulation.kerf_mm / 2.0)
    return placed(nest, path)


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
