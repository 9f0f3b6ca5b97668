"""What singulation must cut, worked out a second time: each cell's kerf path, and the union of them all."""

from __future__ import annotations

import math

import numpy as np
import shapely

from tests.outlines_for_tests import fine, segments_of
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
    """Each cell's own path, half a kerf outside; round about corners unless they are those of upright rectangles."""
    p = nest.placements
    shared = job.singulation.mode == "shared"
    paths = {}
    for angle in set(p.rotation_deg.tolist()):
        outline = job.cells[0].outline.rotated(angle)
        upright = all(
            min(abs(a.real), abs(a.imag)) < 1e-9 and min(abs(b.real), abs(b.imag)) < 1e-9
            for a, b in sharp_turns(outline)
        )
        (path,) = offset(job.cells[0].outline, job.singulation.kerf_mm / 2.0, rounded=shared and not upright)
        paths[angle] = path.rotated(angle)
    return [
        paths[angle].moved(x, y)
        for x, y, angle in zip(p.x_mm.tolist(), p.y_mm.tolist(), p.rotation_deg.tolist(), strict=True)
    ]


def sharp_turns(outline: Chain) -> list[tuple[complex, complex]]:
    """Directions before and after each corner; those of an arc are made to lie along no axis."""
    turns = []
    every = segments_of(outline)
    for (p, q, bulge), (_, r, following) in zip(every, every[1:] + every[:1], strict=True):
        ahead = (q - p) / abs(q - p) * np.exp(2j * math.atan(bulge))
        onward = (r - q) / abs(r - q) * np.exp(-2j * math.atan(following))
        if abs(ahead - onward) > 1e-7:
            turns.append((ahead if not bulge else 1 + 1j, onward if not following else 1 + 1j))
    return turns


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
