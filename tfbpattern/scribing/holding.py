"""
Cells that fall out although they have their tabs: with the waste that they hang on, or with each other.

A tab next to a neighbour holds on to it, any other one to waste. Where cuts close a line around some cells and whatever
hangs on them, all of it comes out in one piece.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.chains import Chains

# Fine enough to tell whether two cuts meet, which they do when they are a kerf apart.
_SAGITTA_MM = 1e-3
# Joints cross what they end on.
_ACROSS_MM = 1e-3


def loose(strokes: Chains, spots: Floats, kerf_mm: float) -> NDArray[np.intp]:
    """
    Numbers of the *spots* (n, 2), one in each cell, that a cut along *strokes* parts from the web.

    Two cuts no farther apart than the kerf meet.
    """
    lines = np.array([_line(chain.flattened(_SAGITTA_MM), chain.closed) for chain in strokes], dtype=object)
    one, other = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=kerf_mm)
    one, other = one[one < other], other[one < other]
    # Cuts side by side meet all along; what matters is whether they do on both sides of a tab, where one of them ends.
    ends, owner = _ends(strokes)
    end, near = shapely.STRtree(lines).query(ends, predicate="dwithin", distance=kerf_mm)
    beside = owner[end] != near
    froms, tos = np.append(lines[one], ends[end[beside]]), np.append(lines[other], lines[near[beside]])
    apart = shapely.distance(froms, tos) > 0.0
    ways = shapely.get_coordinates(shapely.shortest_line(froms[apart], tos[apart])).reshape(-1, 2, 2)
    every = np.concatenate([lines, shapely.linestrings(_joints(ways))])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(every))))
    cell, _ = shapely.STRtree(faces).query(shapely.points(spots), predicate="within")
    return np.unique(cell)


def _ends(strokes: Chains) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Both ends of all open strokes as points, and the number of the stroke of each."""
    opened = np.flatnonzero(~strokes.closed)
    points = shapely.points(np.concatenate([strokes.starts[opened], strokes.ends[opened]]))
    return np.asarray(points, dtype=object), np.tile(opened, 2)


def _joints(ways: Floats) -> Floats:
    """Lines (n, 4, 2) that go on a little beyond either end of *ways* (n, 2, 2); crosses where those have no length."""
    along = ways[:, 1] - ways[:, 0]
    size = np.hypot(along[:, 0], along[:, 1])
    long = size > 0.0
    arms = [along[long] / size[long, None] * _ACROSS_MM, np.array([[_ACROSS_MM, 0.0]]), np.array([[0.0, _ACROSS_MM]])]
    return np.concatenate(
        [
            np.stack([some[:, 0] - arm, some[:, 0], some[:, 1], some[:, 1] + arm], axis=1)
            for some, arm in zip((ways[long], ways[~long], ways[~long]), arms, strict=True)
        ]
    )


def _line(points: Floats, closed: bool) -> shapely.LineString:
    return shapely.LineString(np.concatenate([points, points[:1]]) if closed else points)
