"""What is cut out: cell types with their outlines and terminals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tfbpattern.geometry.chains import Chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """
    A contact, a rectangle about (x_mm, y_mm) in the cell frame.

    An anode terminal lies in the active area; a cathode terminal reaches the foil and lies outside it.
    """

    name: str
    kind: Literal["anode", "cathode"]
    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """How many cells of a type are wanted on a frame."""

    least: int = 0
    most: int = 100_000

    def __post_init__(self) -> None:
        if not 0 <= self.least <= self.most:
            raise ValueError(f"demand needs 0 <= least <= most, found {self.least} and {self.most}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellType:
    """
    One footprint.

    ``outline`` is the as-cut edge, closed, counter-clockwise, in the cell frame (origin at the centre of its
    bounding box). ``active_area`` is the outline inset by the setback, ``trench`` the centre line of the
    isolation between them, both in the cell frame. ``axis_rectangle`` says that the outline is a rectangle,
    rounded or not, with sides along the axes.
    """

    name: str
    outline: Chain
    active_area: Chain
    trench: Chain
    axis_rectangle: bool
    rotations_deg: tuple[float, ...]
    demand: Demand
    terminals: tuple[Terminal, ...]

    def __post_init__(self) -> None:
        if not self.outline.closed or self.outline.signed_area_mm2 <= 0:
            raise ValueError(f"the outline of {self.name!r} must be closed and run counter-clockwise")
        if not self.rotations_deg:
            raise ValueError(f"{self.name!r} has no allowed rotation")

    @property
    def spaced_per_axis(self) -> bool:
        """Whether its copies keep the spacing between bounding boxes: rectangles at right angles to each other."""
        return self.axis_rectangle and all(angle % 90.0 == 0.0 for angle in self.rotations_deg)

    @property
    def area_mm2(self) -> float:
        """Area of the finished cell."""
        return self.outline.area_mm2

    @property
    def active_area_mm2(self) -> float:
        """Area inside the setback."""
        return self.active_area.area_mm2
