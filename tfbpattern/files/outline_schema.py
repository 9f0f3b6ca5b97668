"""Outlines as the layout file writes them: one class a kind, joined in :data:`OutlineDocument`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tfbpattern.files.schema_parts import Coordinate, Document, Length, PositiveLength
from tfbpattern.geometry import footprints
from tfbpattern.geometry.chains import Chain

# [x, y] or [x, y, bulge]: the bulge of the segment that leaves the point, as in a DXF LWPOLYLINE.
Point = Annotated[list[Coordinate], Field(min_length=2, max_length=3)]


class _Kind(Document, ABC):
    def chain(self) -> Chain:
        """The outline, counter-clockwise, where the file puts it."""
        return footprints.sound(self._drawn())

    @abstractmethod
    def _drawn(self) -> Chain:
        """The chain as its parameters say."""

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        self.chain()
        return self


class Rect(_Kind):
    """Rectangle, corners rounded on request."""

    kind: Literal["rect"]
    width_mm: PositiveLength
    height_mm: PositiveLength
    corner_radius_mm: Length = 0.0

    def _drawn(self) -> Chain:
        return footprints.rect(self.width_mm, self.height_mm, self.corner_radius_mm)


class Circle(_Kind):
    """Circle."""

    kind: Literal["circle"]
    diameter_mm: PositiveLength

    def _drawn(self) -> Chain:
        return footprints.circle(self.diameter_mm)


class Stadium(_Kind):
    """Rectangle with half-round short sides."""

    kind: Literal["stadium"]
    width_mm: PositiveLength
    height_mm: PositiveLength

    def _drawn(self) -> Chain:
        return footprints.stadium(self.width_mm, self.height_mm)


class Dee(_Kind):
    """D: straight on the left, half round on the right."""

    kind: Literal["dee"]
    width_mm: PositiveLength
    height_mm: PositiveLength

    def _drawn(self) -> Chain:
        return footprints.dee(self.width_mm, self.height_mm)


class Ell(_Kind):
    """L: a rectangle less a notch in its upper right corner."""

    kind: Literal["ell"]
    width_mm: PositiveLength
    height_mm: PositiveLength
    notch_width_mm: PositiveLength
    notch_height_mm: PositiveLength

    def _drawn(self) -> Chain:
        return footprints.ell(self.width_mm, self.height_mm, self.notch_width_mm, self.notch_height_mm)


class Tee(_Kind):
    """T: a bar over a stem."""

    kind: Literal["tee"]
    width_mm: PositiveLength
    height_mm: PositiveLength
    stem_width_mm: PositiveLength
    bar_height_mm: PositiveLength

    def _drawn(self) -> Chain:
        return footprints.tee(self.width_mm, self.height_mm, self.stem_width_mm, self.bar_height_mm)


class Polygon(_Kind):
    """Corners, joined by lines or by arcs."""

    kind: Literal["polygon"]
    points_mm: Annotated[list[Point], Field(min_length=2, max_length=100_000)]

    def _drawn(self) -> Chain:
        return footprints.polygon(self.points_mm)


OutlineDocument = Annotated[Rect | Circle | Stadium | Dee | Ell | Tee | Polygon, Field(discriminator="kind")]


class Dxf(Document):
    """A drawing; it becomes a :class:`Polygon` before the layout is checked any further."""

    kind: Literal["dxf"] = "dxf"
    file: str
    layer: str | None = None
