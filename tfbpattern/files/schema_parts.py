"""What the documents' models share: strictness, names, number ranges."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# Names reach file names, DXF blocks and G-code comments: nothing that any of them could trip over.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=64)]

Coordinate = Annotated[float, Field(ge=-1e5, le=1e5)]
"""Millimetres; a hundred metres is beyond any machine."""
Length = Annotated[float, Field(ge=0, le=1e5)]
PositiveLength = Annotated[float, Field(gt=0, le=1e5)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


class Document(BaseModel):
    """Unknown keys, wrong types, NaN and infinity are errors."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, populate_by_name=True)
