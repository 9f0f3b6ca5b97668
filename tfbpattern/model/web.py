"""What cells are cut from: the web and what is in the way on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tfbpattern.geometry.chains import Chain


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeExclusion:
    """Strips of the frame, by side, that outlines keep out of."""

    left_mm: float = 0.0
    right_mm: float = 0.0
    lead_mm: float = 0.0
    trail_mm: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fiducial:
    """A registration mark; its clearance counts from its shape to the as-cut outlines."""

    name: str
    x_mm: float
    y_mm: float
    shape: Literal["cross", "circle", "square"]
    size_mm: float
    clearance_mm: float
    outline: Chain
    """The convex hull of the mark, web frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepOut:
    """A closed shape in the web frame that outlines keep ``clearance_mm`` away from."""

    name: str
    shape: Chain
    clearance_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """A spot found by inspection, a disc."""

    x_mm: float
    y_mm: float
    diameter_mm: float
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """
    One frame of the web.

    ``frame_length_mm`` is (shortest, longest), equal when fixed. ``marked_defects`` leave cells where they are
    and mark them bad; defects that are avoided stand in ``keepouts``.
    """

    width_mm: float
    frame_length_mm: tuple[float, float]
    stand_alone: bool
    film_side: Literal["up", "down"]
    edge_exclusion: EdgeExclusion
    fiducials: tuple[Fiducial, ...]
    keepouts: tuple[KeepOut, ...]
    avoided_defects: tuple[Defect, ...] = ()
    marked_defects: tuple[Defect, ...] = ()

    def __post_init__(self) -> None:
        shortest, longest = self.frame_length_mm
        if self.width_mm <= 0 or not 0 < shortest <= longest:
            raise ValueError(f"a web of {self.width_mm} x {shortest} to {longest} mm has no area")

    def end_margins_mm(self, spacing_mm: float) -> tuple[float, float]:
        """
        Lead and trail margins that outlines keep.

        Frames follow each other, so the exclusions of two neighbouring ends must hold one spacing; what is
        missing is shared between lead and trail. A stand-alone sheet needs none.
        """
        edge = self.edge_exclusion
        missing = 0.0 if self.stand_alone else max(spacing_mm - edge.lead_mm - edge.trail_mm, 0.0)
        return edge.lead_mm + missing / 2.0, edge.trail_mm + missing / 2.0
