"""The section ``[tester]`` of the layout file: the probe card, and the bins by limits on columns of the results."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from tfbpattern.files.schema_parts import Document, Length, Name, Positive, PositiveLength
from tfbpattern.model.tester import NO_BIN, Bin, Tester

_Sites = Annotated[int, Field(ge=1, le=1000)]


class BinTable(Document):
    """A bin; every key that is not listed here is a column of the results with its inclusive limits."""

    model_config = ConfigDict(extra="allow")

    # Two hexadecimal digits in a substrate map, of which FF is the empty place.
    code: Annotated[int, Field(ge=0, le=254)]
    name: Name
    quality: Literal["pass", "fail"]

    @model_validator(mode="after")
    def _ranges(self) -> Self:
        if self.code == NO_BIN:
            raise ValueError(f"code {NO_BIN} stands for cells in no bin")
        for column, limits in self.limits.items():
            _check_range(column, limits)
        return self

    @property
    def limits(self) -> dict[str, Any]:
        """Limits by column."""
        return self.model_extra or {}


def _check_range(column: str, limits: object) -> None:
    sound = (
        isinstance(limits, list)
        and len(limits) == 2
        and all(isinstance(limit, int | float) and not isinstance(limit, bool) for limit in limits)
        and all(math.isfinite(limit) for limit in limits)
    )
    if not sound:
        raise ValueError(f"{column!r} is a column of the results and needs [least, greatest], two finite numbers")
    assert isinstance(limits, list)
    if limits[0] > limits[1]:
        raise ValueError(f"{column!r}: least {limits[0]:g} is larger than greatest {limits[1]:g}")


class TesterSection(Document):
    """The probe card and what becomes of its readings."""

    sites: Annotated[list[_Sites], Field(min_length=2, max_length=2)]
    pitch_mm: Annotated[list[PositiveLength], Field(min_length=2, max_length=2)] | None = None
    pad_margin_mm: Length = 0.075
    lock_pitch: bool = False
    whole_touchdowns: bool = False
    # (ours: lowering, settling, a reading of voltage and one of impedance, lifting)
    touchdown_s: Positive = 1.0
    # (ours: a stage of a prober)
    travel_mm_s: Positive = 100.0
    bins: list[BinTable] = []


def tester_of(section: TesterSection) -> Tester:
    """The model's tester."""
    columns, rows = section.sites
    return Tester(
        columns=columns,
        rows=rows,
        pitch_mm=(section.pitch_mm[0], section.pitch_mm[1]) if section.pitch_mm else None,
        pad_margin_mm=section.pad_margin_mm,
        lock_pitch=section.lock_pitch,
        whole_touchdowns=section.whole_touchdowns,
        touchdown_s=section.touchdown_s,
        travel_mm_s=section.travel_mm_s,
        bins=tuple(
            Bin(
                code=table.code,
                name=table.name,
                quality=table.quality,
                limits=tuple((column, float(low), float(high)) for column, (low, high) in table.limits.items()),
            )
            for table in section.bins
        ),
    )
