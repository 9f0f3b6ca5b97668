"""Outlines from parameters: one function a kind, each a closed counter-clockwise chain with true arcs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely
from shapely.validation import explain_validity

from tfbpattern.geometry.chains import Chain

_QUARTER = math.tan(math.pi / 8.0)
_HALF = 1.0

# A crossing is looked for on a polyline this close to the curve; decisions are taken on nanometres.
_CHECK_SAGITTA_MM = 1e-4
# Lengths that differ by a millionth of a nanometre are one.
_SAME_MM = 1e-9
_LEAST_BULGE = 1e-9
# A footprint smaller than a square of 10 um is a slip of the pen: process facts start at 1 mm.
_LEAST_AREA_MM2 = 1e-4


def _chain(points: Sequence[tuple[float, float, float]]) -> Chain:
    return Chain(vertices=np.array(points, dtype=np.float64), closed=True)


def rect(width_mm: float, height_mm: float, corner_radius_mm: float = 0.0) -> Chain:
    """
    Rectangle, lower-left corner at the origin; corners rounded where a radius is given.

    Raises:
        ValueError: the radius is larger than half the shorter side.
    """
    w, h, r = width_mm, height_mm, corner_radius_mm
    if r > min(w, h) / 2.0:
        raise ValueError(f"corner_radius_mm {r:g} is larger than half the shorter side, {min(w, h) / 2.0:g} mm")
    if r == 0.0:
        return _chain([(0, 0, 0), (w, 0, 0), (w, h, 0), (0, h, 0)])
    corners = [
        (r, 0, 0), (w - r, 0, _QUARTER), (w, r, 0), (w, h - r, _QUARTER),
        (w - r, h, 0), (r, h, _QUARTER), (0, h - r, 0), (0, r, _QUARTER),
    ]  # fmt: skip
    return without_repeats(_chain(corners))


def circle(diameter_mm: float) -> Chain:
    """Circle about the origin, as two half arcs."""
    r = diameter_mm / 2.0
    return _chain([(-r, 0, _HALF), (r, 0, _HALF)])


def stadium(width_mm: float, height_mm: float) -> Chain:
    """Rectangle whose two short sides are half circles, lower-left corner of its box at the origin."""
    return rect(width_mm, height_mm, min(width_mm, height_mm) / 2.0)


def dee(width_mm: float, height_mm: float) -> Chain:
    """
    A letter D: straight left side, the right end a half circle over the whole height.

    Raises:
        ValueError: narrower than half the height.
    """
    w, h = width_mm, height_mm
    if w < h / 2.0:
        raise ValueError(f"width_mm {w:g} is less than half of height_mm {h:g}: the half circle does not fit")
    return without_repeats(_chain([(0, 0, 0), (w - h / 2.0, 0, _HALF), (w - h / 2.0, h, 0), (0, h, 0)]))


def ell(width_mm: float, height_mm: float, notch_width_mm: float, notch_height_mm: float) -> Chain:
    """
    A letter L: a rectangle less a notch in its upper right corner.

    Raises:
        ValueError: the notch is not smaller than the rectangle.
    """
    w, h, nw, nh = width_mm, height_mm, notch_width_mm, notch_height_mm
    if nw >= w or nh >= h:
        raise ValueError(f"the notch of {nw:g} x {nh:g} mm leaves nothing of {w:g} x {h:g} mm to stand on")
    return _chain([(0, 0, 0), (w, 0, 0), (w, h - nh, 0), (w - nw, h - nh, 0), (w - nw, h, 0), (0, h, 0)])


def tee(width_mm: float, height_mm: float, stem_width_mm: float, bar_height_mm: float) -> Chain:
    """
    A letter T: a bar over a stem in its middle.

    Raises:
        ValueError: the stem is not narrower than the bar, or the bar not lower than the whole.
    """
    w, h, s, b = width_mm, height_mm, stem_width_mm, bar_height_mm
    if s >= w or b >= h:
        raise ValueError(f"a stem {s:g} mm wide under a bar {b:g} mm high does not fit in {w:g} x {h:g} mm")
    left, right, top = (w - s) / 2.0, (w + s) / 2.0, h - b
    return _chain(
        [
            (left, 0, 0),
            (right, 0, 0),
            (right, top, 0),
            (w, top, 0),
            (w, h, 0),
            (0, h, 0),
            (0, top, 0),
            (left, top, 0),
        ]
    )


def polygon(points_mm: Sequence[Sequence[float]]) -> Chain:
    """
    Points [x, y] or [x, y, bulge]; the last one joins the first.

    Raises:
        ValueError: fewer points than enclose an area.
    """
    # An arc that leaves a chord of a metre by less than a nanometre is a line.
    bulges = [p[2] if len(p) > 2 and abs(p[2]) > _LEAST_BULGE else 0.0 for p in points_mm]
    points = [(p[0], p[1], bulge) for p, bulge in zip(points_mm, bulges, strict=True)]
    chain = without_repeats(_chain(points)) if len(points) > 1 else None
    if chain is None or len(chain.vertices) < 2 or (len(chain.vertices) < 3 and not chain.vertices[:, 2].any()):
        raise ValueError(f"{len(points)} points enclose no area; a polygon needs three, or two with an arc")
    return chain


def without_repeats(chain: Chain) -> Chain:
    """The closed chain without segments of no length."""
    p0, p1, _ = chain.segments
    keep = np.hypot(*(p1 - p0).T) > 0.0
    return Chain(vertices=chain.vertices[keep], closed=True) if keep.sum() >= 2 else chain


def sound(chain: Chain) -> Chain:
    """
    The outline, counter-clockwise, after making sure that it bounds one region.

    Raises:
        ValueError: it crosses or touches itself (with the place), or encloses no area.
    """
    region = chain.polygon(_CHECK_SAGITTA_MM)
    if not region.is_valid:
        reason = explain_validity(region)
        what, _, place = reason.partition("[")
        where = ", ".join(f"{float(number):g}" for number in place.rstrip("]").split()) if place else ""
        crossing = "Self-intersection" in what or "Ring" in what
        fault = "the outline crosses or touches itself" if crossing else f"the outline bounds no region ({what})"
        raise ValueError(f"{fault} at ({where}) mm" if where else fault)
    if shapely.area(region) < _LEAST_AREA_MM2:
        raise ValueError(f"the outline encloses {shapely.area(region):g} mm2: no area to speak of")
    return chain.counter_clockwise()


def centred(chain: Chain) -> tuple[Chain, float, float]:
    """The chain with the centre of its bounding box at the origin, and where that centre was."""
    x_min, y_min, x_max, y_max = chain.bounds_mm
    x, y = (x_min + x_max) / 2.0, (y_min + y_max) / 2.0
    moved = chain.moved(-x, -y)
    return Chain(vertices=np.round(moved.vertices, 12) + 0.0, closed=True), x, y


def is_axis_rectangle(chain: Chain) -> bool:
    """A rectangle along the axes, sharp or with round corners of equal or different radius."""
    x_min, y_min, x_max, y_max = chain.bounds_mm
    p0, p1, bulge = chain.segments
    line = bulge == 0.0
    dx, dy = np.abs(p1 - p0).T
    to_side = np.minimum(np.abs(p0[:, 0] - x_min), np.abs(p0[:, 0] - x_max))
    to_end = np.minimum(np.abs(p0[:, 1] - y_min), np.abs(p0[:, 1] - y_max))
    on_box = ((dx < _SAME_MM) & (to_side < _SAME_MM)) | ((dy < _SAME_MM) & (to_end < _SAME_MM))
    # A quarter circle over a chord at 45 degrees leaves and meets the sides without a corner.
    quarter = (np.abs(bulge - _QUARTER) < _SAME_MM) & (np.abs(dx - dy) < _SAME_MM)
    return bool(np.all(np.where(line, on_box, quarter)) and line.any())
