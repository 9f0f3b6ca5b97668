"""Where cells of one rotation may not stand: the forbidden zones of a field's hazards, for many places at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.geometry.arcs import Floats
from tfbpattern.geometry.forbidden import TOUCH_MM, forbidden_places
from tfbpattern.model.cell import CellType
from tfbpattern.nesting.field import SAGITTA_MM, Field


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Zones:
    """
    One zone a hazard, for the origin of a cell at one rotation.

    ``boxes`` (k, 4) are the zones' bounds; ``is_box`` says which zones are boxes themselves.
    """

    shapes: NDArray[np.object_]
    boxes: Floats
    is_box: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.shapes)

    @property
    def contacts(self) -> Floats:
        """Bounds (k, 4) of the places at which a cell touches a hazard: the boxes, before touching was allowed for."""
        grown: Floats = self.boxes + np.array([-TOUCH_MM, -TOUCH_MM, TOUCH_MM, TOUCH_MM])
        return grown

    def hold(self, x_mm: Floats, y_mm: Floats) -> NDArray[np.bool_]:
        """Which of the places (n,) lie in some zone."""
        held = np.zeros(len(x_mm), dtype=bool)
        if len(self):
            _, places = shapely.STRtree(shapely.points(x_mm, y_mm)).query(self.shapes, predicate="contains")
            held[places] = True
        return held


# Several strategies ask for the same zones; a field is itself and no other.
@lru_cache(maxsize=32)
def zones_of(field: Field, cell: CellType, rotation_deg: float) -> Zones:
    """The zones of a cell type at a rotation."""
    shape = cell.outline.rotated(rotation_deg).polygon(SAGITTA_MM, outside=True)
    shapes = np.array([forbidden_places(hazard.shape, shape) for hazard in field.hazards], dtype=object)
    boxes = shapely.bounds(shapes).reshape(-1, 4)
    extents = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return Zones(shapes=shapes, boxes=boxes, is_box=shapely.area(shapes) >= extents * (1.0 - 1e-12))
