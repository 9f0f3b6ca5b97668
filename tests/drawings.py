"""Drawings as tests read them back."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from ezdxf.entities.dxfentity import DXFEntity
from ezdxf.entities.lwpolyline import LWPolyline
from numpy.typing import NDArray


def polylines(entities: Iterable[DXFEntity], layer: str | None = None) -> list[LWPolyline]:
    """The LWPOLYLINEs among some entities, on one layer or on any, in their order."""
    return [e for e in entities if isinstance(e, LWPolyline) and layer in (None, e.dxf.layer)]


def corners(polyline: LWPolyline) -> NDArray[np.float64]:
    """x, y and bulge of its vertices, (n, 3)."""
    return np.array(polyline.get_points("xyb"), dtype=np.float64)
