"""A footprint at the rotations that differ, and what two of them keep clear of each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import shapely
from shapely import affinity
from shapely.geometry import Polygon

from tfbpattern.geometry.forbidden import no_fit
from tfbpattern.geometry.simplifying import simplified_outward
from tfbpattern.geometry.sliver_places import sliver_places
from tfbpattern.model.cell import CellType
from tfbpattern.nesting.contact.rings import Region
from tfbpattern.nesting.field import SAGITTA_MM
from tfbpattern.units import UM_PER_MM, cos_sin_deg

# Shapes of more corners are simplified, outward, by these steps until they have no more, or to the last of them
# (ours: the search grows with the square of the corners; a micrometre costs 0.03 % of the density of 7 mm cells).
_CORNERS = 64
_SIMPLER_MM = (0.001, 0.002, 0.003, 0.005, 0.01, 0.02)
# Rotations at which an outline comes to lie on itself, to a tenth of a micrometre, are one.
_SAME_MM = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """
    One footprint: ``shape`` holds it (cell frame, at most a micrometre larger), ``rotations_deg`` are those allowed
    that differ in shape. ``spacing_mm`` and ``sliver_mm`` are the field's. ``simplified_mm`` is how far beyond the
    outline the shape may reach for having fewer corners.
    """

    shape: Polygon
    rotations_deg: tuple[float, ...]
    spacing_mm: float
    sliver_mm: float
    simplified_mm: float = 0.0

    @property
    def note(self) -> str:
        """What is to be said of the shape beside the method, or nothing."""
        return f", outline simplified by {self.simplified_mm * UM_PER_MM:g} um" if self.simplified_mm else ""

    def turned(self, rotation_deg: float) -> Polygon:
        """The shape at a rotation."""
        return _turned(self.shape, rotation_deg)

    def region(self, fixed_deg: float, other_deg: float) -> Region:
        """Where a copy at *other_deg* may not stand, for one at *fixed_deg* at the origin."""
        # Only the angle between the two makes a difference: the rest is a turn of the whole.
        places = _places(self, (other_deg - fixed_deg) % 360.0)
        return Region.of([_turned(place, fixed_deg) for place in places])

    @property
    def grown_mm2(self) -> float:
        """What a copy takes of the plane at least: the area of the shape grown by half the spacing."""
        return float(self.shape.buffer(self.spacing_mm / 2.0, quad_segs=32).area)


@lru_cache(maxsize=8)
def parts_of(cell: CellType, spacing_mm: float, sliver_mm: float) -> Parts:
    """The parts of a cell type."""
    shape, simplified_mm = _fewer(cell.outline.polygon(SAGITTA_MM, outside=True), _CORNERS)
    differing: dict[float, Polygon] = {}
    for rotation_deg in cell.rotations_deg:
        turned = _turned(shape, rotation_deg)
        if not any(shapely.hausdorff_distance(turned, other) < _SAME_MM for other in differing.values()):
            differing[rotation_deg] = turned
    return Parts(
        shape=shape,
        rotations_deg=tuple(differing),
        spacing_mm=spacing_mm,
        sliver_mm=sliver_mm,
        simplified_mm=simplified_mm,
    )


def _fewer(shape: Polygon, corners: int) -> tuple[Polygon, float]:
    """The shape with as few corners as asked for, if that can be had, and the tolerance that it took."""
    simpler, taken_mm = shape, 0.0
    for tolerance_mm in _SIMPLER_MM:
        if len(simpler.exterior.coords) - 1 <= corners:
            break
        simpler, taken_mm = simplified_outward(shape, tolerance_mm), tolerance_mm
    return simpler, taken_mm


@lru_cache(maxsize=256)
def _places(parts: Parts, turn_deg: float) -> tuple[Polygon, ...]:
    """Where a part at a rotation may not stand for one at rotation 0: too close, or leaving a sliver."""
    fixed, other = parts.shape, parts.turned(turn_deg)
    strips = sliver_places(fixed, other, parts.spacing_mm, parts.sliver_mm)
    return _fewer(no_fit(fixed, other, parts.spacing_mm), _CORNERS)[0], *strips


@lru_cache(maxsize=256)
def _turned(shape: Polygon, rotation_deg: float) -> Polygon:
    cos, sin = cos_sin_deg(rotation_deg)
    return affinity.affine_transform(shape, (cos, -sin, sin, cos, 0.0, 0.0))
