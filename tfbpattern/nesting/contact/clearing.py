"""Whether cells keep clear of each other: for patterns that are not so by the way they are made."""

from __future__ import annotations

import numpy as np
import shapely

from tfbpattern.model.nest import Placements
from tfbpattern.nesting.contact.parts import Parts
from tfbpattern.nesting.contact.places import clear_of


def keep_clear(cells: Placements, parts: Parts) -> bool:
    """Whether all cells of one type keep the spacing, and leave no sliver between straight edges."""
    rotations, number = np.unique(cells.rotation_deg, return_inverse=True)
    places = np.column_stack((cells.x_mm, cells.y_mm))
    points = shapely.points(places)
    tree = shapely.STRtree(points)
    regions = {(a, b): parts.region(a, b).inner for a in rotations.tolist() for b in rotations.tolist()}
    reach = max(float(np.abs(rings.boxes).max()) for rings in regions.values()) * np.sqrt(2.0)
    first, second = tree.query(points, predicate="dwithin", distance=reach)
    pairs = first < second
    first, second = first[pairs], second[pairs]
    for a, one in enumerate(rotations.tolist()):
        for b, other in enumerate(rotations.tolist()):
            of = (number[first] == a) & (number[second] == b)
            if not clear_of(regions[one, other], places[second[of]] - places[first[of]]).all():
                return False
    return True
