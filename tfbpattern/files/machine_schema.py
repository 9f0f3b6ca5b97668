"""Machine descriptions: a TOML file of their own, or the ``[machine]`` table of a layout."""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from tfbpattern.files.schema_parts import (
    Coordinate,
    Document,
    Length,
    Name,
    NotNegative,
    Positive,
    PositiveLength,
)
from tfbpattern.model.machine import Galvo, Gantry, Machine, PostName

_Plane = Annotated[list[PositiveLength], Field(min_length=2, max_length=2)]
_Place = Annotated[list[Coordinate], Field(min_length=2, max_length=2)]

# Coarser than 0.1 mm no edge is placed, finer than a nanometre no decision is taken.
_Resolution = Annotated[float, Field(ge=1e-6, le=0.1)]


class _Common(Document):
    name: Name
    travel_mm: _Plane
    origin_mm: _Place = [0.0, 0.0]
    resolution_mm: _Resolution
    jump_speed_mm_s: Positive
    max_mark_speed_mm_s: Positive
    max_frequency_khz: Positive | None = None


class GantryDocument(_Common):
    """Axes with limited acceleration."""

    kind: Literal["gantry"]
    post: PostName
    acceleration_mm_s2: Positive
    junction_deviation_mm: PositiveLength
    gated: bool = True
    max_power: Annotated[int, Field(ge=1, le=1_000_000)]
    loops: bool = False

    @model_validator(mode="after")
    def _can_loop(self) -> Self:
        if self.loops and self.post != "linuxcnc":
            raise ValueError(f"loops = true needs a dialect that repeats; {self.post!r} has no word for it")
        return self

    @model_validator(mode="after")
    def _can_switch(self) -> Self:
        if self.gated and self.post == "iso6983":
            raise ValueError("gated = true needs a dialect that switches in motion; 'iso6983' switches at a standstill")
        return self

    def machine(self) -> Gantry:
        """The model of it."""
        return Gantry(
            name=self.name,
            post=self.post,
            travel_mm=(self.travel_mm[0], self.travel_mm[1]),
            origin_mm=(self.origin_mm[0], self.origin_mm[1]),
            resolution_mm=self.resolution_mm,
            jump_speed_mm_s=self.jump_speed_mm_s,
            max_mark_speed_mm_s=self.max_mark_speed_mm_s,
            max_frequency_khz=math.inf if self.max_frequency_khz is None else self.max_frequency_khz,
            acceleration_mm_s2=self.acceleration_mm_s2,
            junction_deviation_mm=self.junction_deviation_mm,
            gated=self.gated,
            max_power=self.max_power,
            loops=self.loops,
        )


class GalvoDocument(_Common):
    """Mirrors over a scan field; delays in microseconds."""

    kind: Literal["galvo"]
    field_mm: _Plane
    overlap_mm: Length
    jump_delay_us: NotNegative
    mark_delay_us: NotNegative
    polygon_delay_us: NotNegative
    laser_on_delay_us: NotNegative
    laser_off_delay_us: NotNegative

    def machine(self) -> Galvo:
        """The model of it."""
        return Galvo(
            name=self.name,
            travel_mm=(self.travel_mm[0], self.travel_mm[1]),
            origin_mm=(self.origin_mm[0], self.origin_mm[1]),
            resolution_mm=self.resolution_mm,
            jump_speed_mm_s=self.jump_speed_mm_s,
            max_mark_speed_mm_s=self.max_mark_speed_mm_s,
            max_frequency_khz=math.inf if self.max_frequency_khz is None else self.max_frequency_khz,
            field_mm=(self.field_mm[0], self.field_mm[1]),
            overlap_mm=self.overlap_mm,
            jump_delay_us=self.jump_delay_us,
            mark_delay_us=self.mark_delay_us,
            polygon_delay_us=self.polygon_delay_us,
            laser_on_delay_us=self.laser_on_delay_us,
            laser_off_delay_us=self.laser_off_delay_us,
        )


MachineDocument = Annotated[GantryDocument | GalvoDocument, Field(discriminator="kind")]
MACHINE: TypeAdapter[GantryDocument | GalvoDocument] = TypeAdapter(MachineDocument)


def machine_of(document: GantryDocument | GalvoDocument) -> Machine:
    """The model of a validated description."""
    return document.machine()
