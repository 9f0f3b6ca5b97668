"""
The layout file, section by section, with its defaults: what may stand in it, and what each value may be.

Geometry and sections are checked here one by one; what they mean together is checked in
:mod:`tfbpattern.files.layout`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, field_validator, model_validator

from tfbpattern.files.outline_schema import OutlineDocument, Point
from tfbpattern.files.schema_parts import (
    Coordinate,
    Document,
    Length,
    Name,
    NotNegative,
    Positive,
    PositiveLength,
)
from tfbpattern.geometry import footprints
from tfbpattern.geometry.chains import Chain


class JobSection(Document):
    """Whose sheet it is."""

    name: Name
    roll: Name = "R001"
    frame: Annotated[int, Field(ge=0, le=9999)] = 1


class FrameRange(Document):
    """Any length in a range; a bare number in the file is a range of one."""

    min: PositiveLength
    max: PositiveLength

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min {self.min:g} is larger than max {self.max:g}")
        return self


def _as_range(value: Any) -> Any:
    if isinstance(value, dict):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number, or a table of min and max")
    return {"min": value, "max": value}


def _as_written(value: FrameRange) -> float | dict[str, float]:
    return value.min if value.min == value.max else {"min": value.min, "max": value.max}


class EdgeExclusionTable(Document):
    """Strips that outlines keep out of."""

    left: Length = 0.0
    right: Length = 0.0
    lead: Length = 0.0
    trail: Length = 0.0


class FiducialTable(Document):
    """A registration mark."""

    name: Name
    x_mm: Coordinate
    y_mm: Coordinate
    shape: Literal["cross", "circle", "square"] = "cross"
    size_mm: PositiveLength = 1.0
    clearance_mm: Length = 1.0

    def chain(self) -> Chain:
        """The convex hull of the mark: a diamond stands for a cross."""
        half = self.size_mm / 2.0
        if self.shape == "circle":
            mark = footprints.circle(self.size_mm)
        elif self.shape == "square":
            mark = footprints.rect(self.size_mm, self.size_mm).moved(-half, -half)
        else:
            mark = footprints.polygon([[half, 0], [0, half], [-half, 0], [0, -half]])
        return mark.moved(self.x_mm, self.y_mm)


# Smaller than a nanometre there is nothing to keep out of.
_LEAST_MM = 1e-6

_Numbers4 = Annotated[list[Coordinate], Field(min_length=4, max_length=4)]
_Numbers3 = Annotated[list[Coordinate], Field(min_length=3, max_length=3)]


class KeepOutTable(Document):
    """A region without cells: exactly one of its shapes (a drawing has become a polygon by now)."""

    name: Name
    rect_mm: _Numbers4 | None = None
    circle_mm: _Numbers3 | None = None
    polygon_mm: Annotated[list[Point], Field(min_length=2, max_length=100_000)] | None = None
    clearance_mm: Length = 0.2

    @model_validator(mode="after")
    def _is_one_shape(self) -> Self:
        given = [key for key in ("rect_mm", "circle_mm", "polygon_mm") if getattr(self, key) is not None]
        if len(given) != 1:
            found = f"found {' and '.join(given)}" if given else "found none"
            raise ValueError(f"needs exactly one of rect_mm, circle_mm, polygon_mm, dxf; {found}")
        self.chain()
        return self

    def chain(self) -> Chain:
        """The shape, counter-clockwise, web frame."""
        if self.rect_mm is not None:
            x, y, width, height = self.rect_mm
            if width < _LEAST_MM or height < _LEAST_MM:
                raise ValueError(f"rect_mm is [x, y, width, height]; {width:g} x {height:g} mm is no rectangle")
            return footprints.rect(width, height).moved(x, y)
        if self.circle_mm is not None:
            x, y, diameter = self.circle_mm
            if diameter < _LEAST_MM:
                raise ValueError(f"circle_mm is [x, y, diameter]; a diameter of {diameter:g} mm is no circle")
            return footprints.circle(diameter).moved(x, y)
        return footprints.sound(footprints.polygon(self.polygon_mm or []))


class DefectsTable(Document):
    """Spots from inspection; the file's rows are inlined as ``rows``."""

    rows: Annotated[list[Annotated[list[Any], Field(min_length=4, max_length=4)]], Field(max_length=1_000_000)]
    min_size_um: NotNegative = 50.0
    policy: Literal["avoid", "mark"] = "avoid"

    @field_validator("rows")
    @classmethod
    def _are_rows(cls, rows: list[list[Any]]) -> list[list[Any]]:
        for number, (x_mm, y_mm, size_um, kind) in enumerate(rows):
            numbers = [x_mm, y_mm, size_um]
            sound = all(isinstance(v, int | float) and not isinstance(v, bool) and abs(v) <= 1e5 for v in numbers)
            if not sound or size_um < 0 or not isinstance(kind, str):
                raise ValueError(f"row {number + 1} is not [x_mm, y_mm, size_um, class]")
        return [[float(x), float(y), float(size), kind] for x, y, size, kind in rows]


class WebSection(Document):
    """What is cut from."""

    width_mm: PositiveLength
    frame_length_mm: Annotated[FrameRange, BeforeValidator(_as_range), PlainSerializer(_as_written)]
    stand_alone: bool = False
    film_side: Literal["up", "down"] = "up"
    edge_exclusion_mm: EdgeExclusionTable = EdgeExclusionTable()
    fiducials: list[FiducialTable] = []
    keepouts: list[KeepOutTable] = []
    defects: DefectsTable | None = None


class StackSection(Document):
    """Films and foil."""

    substrate_um: Positive = 10.0
    cathode_um: Positive = 10.0
    other_um: NotNegative = 1.815
    areal_capacity_uah_cm2_um: Positive = 68.9
    utilisation: Annotated[float, Field(gt=0, le=1)] = 0.944
    voltage_v: Positive = 3.9


class DemandTable(Document):
    """How many of a type, and which share of the sheet."""

    min: Annotated[int, Field(ge=0)] = 0
    max: Annotated[int, Field(ge=1)] = 100_000
    share: Annotated[float, Field(gt=0, le=1)] = 1.0

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min {self.min} is larger than max {self.max}")
        return self


class TerminalTable(Document):
    """A contact in the cell frame."""

    name: Name
    kind: Literal["anode", "cathode"]
    x_mm: Coordinate
    y_mm: Coordinate
    width_mm: PositiveLength
    height_mm: PositiveLength


class CellSection(Document):
    """One footprint."""

    name: Name
    outline: OutlineDocument
    rotations_deg: Annotated[list[Annotated[float, Field(gt=-360, lt=360)]], Field(min_length=1, max_length=360)] = [
        0.0,
        90.0,
        180.0,
        270.0,
    ]
    demand: DemandTable = DemandTable()
    terminals: list[TerminalTable] = []


_Passes = Annotated[int, Field(ge=1, le=1000)]
_Power = Annotated[float, Field(gt=0, le=100)]


class IsolationRecipe(Document):
    """Laser settings that remove film."""

    passes: _Passes = 1
    mark_speed_mm_s: Positive = 2000.0
    power_percent: _Power = 30.0
    frequency_khz: Positive = 200.0


class SingulationRecipe(Document):
    """Laser settings that cut foil."""

    passes: _Passes = 10
    mark_speed_mm_s: Positive = 1000.0
    power_percent: _Power = 80.0
    frequency_khz: Positive = 50.0


class IsolationSection(Document):
    """The trench around each active area."""

    style: Literal["ring", "double", "grid", "hatch"] = "ring"
    setback_mm: PositiveLength
    line_width_mm: PositiveLength = 0.025
    tolerance_mm: Length = 0.005
    overcut_mm: Length = 0.05
    lead_in_mm: PositiveLength | None = None
    pitch_mm: PositiveLength | None = None
    heat_distance_mm: PositiveLength | None = None
    recipe: IsolationRecipe = IsolationRecipe()

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.line_width_mm > self.setback_mm:
            raise ValueError(
                f"line_width_mm {self.line_width_mm:g} is wider than setback_mm {self.setback_mm:g}: the trench"
                " would leave the cell"
            )
        if self.tolerance_mm >= self.line_width_mm:
            raise ValueError(
                f"tolerance_mm {self.tolerance_mm:g} must be less than line_width_mm {self.line_width_mm:g}"
            )
        if self.pitch_mm is not None and self.style not in ("double", "hatch"):
            raise ValueError(
                f"pitch_mm is the distance of lines that lie side by side, as style 'double' or 'hatch' has them;"
                f" {self.style!r} has none"
            )
        return self


class TabsTable(Document):
    """Bridges that hold the cells."""

    count: Annotated[int, Field(ge=0, le=64)] = 0
    width_mm: PositiveLength = 0.08


class SingulationSection(Document):
    """The cut through the foil."""

    mode: Literal["shared", "contour"] = "shared"
    kerf_mm: PositiveLength
    rib_mm: Length = 0.2
    tolerance_mm: Length = 0.005
    tabs: TabsTable = TabsTable()
    overcut_mm: PositiveLength | None = None
    lead_in_mm: PositiveLength | None = None
    heat_distance_mm: PositiveLength | None = None
    recipe: SingulationRecipe = SingulationRecipe()

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.tolerance_mm >= self.kerf_mm:
            raise ValueError(f"tolerance_mm {self.tolerance_mm:g} must be less than kerf_mm {self.kerf_mm:g}")
        given = [key for key in ("overcut_mm", "lead_in_mm") if getattr(self, key) is not None]
        if given and (self.mode != "contour" or self.tabs.count):
            raise ValueError(
                f"{' and '.join(given)}: only a cut that closes begins before its start or goes on past it; in mode"
                " 'shared', and where tabs are left, cuts are open and would go on into neighbours or tabs"
            )
        return self


class RegistrationSection(Document):
    """How far two operations may stand against each other."""

    isolation_to_singulation_mm: Length = 0.02


class NestSection(Document):
    """What is maximised and how hard."""

    objective: Literal["cells", "capacity"] = "cells"
    effort: Annotated[int, Field(ge=1, le=5)] = 3
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    align: Literal["free", "rows", "columns"] = "free"
