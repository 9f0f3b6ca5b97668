"""When two places are one, and how a fault of the map is told."""

from __future__ import annotations

import numpy as np
import shapely

from tfbpattern.model.finding import Finding

SAME_MM = 0.001
"""Formats: outlines of the map leave the arcs by a micrometre at most; places agree within one."""


def close(value: object, wanted: float) -> bool:
    """Whether what was read is a length that is the same."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value - wanted) <= SAME_MM


def near(value: object, wanted: float, relative: float) -> bool:
    """Whether what was read is a number off by no more than a part of it."""
    return isinstance(value, int | float) and abs(value - wanted) <= relative * abs(wanted)


def whole(value: object) -> bool:
    """Whether what was read is a number to count by: a whole one, not negative."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def wrong(
    rule: str, message: str, file: str, cell: str | None = None, x: float | None = None, y: float | None = None
) -> Finding:
    """A finding of the map that is measured in no unit."""
    return Finding(
        rule=f"map.{rule}",
        message=message,
        cells=() if cell is None else (cell,),
        file=file,
        x_mm=x,
        y_mm=y,
    )


def deviation(drawn: shapely.LinearRing, outline: shapely.LinearRing) -> float:
    """How far the corners of either ring lie off the other."""
    corners = (shapely.points(np.asarray(ring.coords)) for ring in (drawn, outline))
    return max(
        float(shapely.distance(other, points).max()) for other, points in zip((outline, drawn), corners, strict=True)
    )
