"""Reading cells.json back: text to a table of cells, or the first things that are wrong with it."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tfbpattern.errors import InputError
from tfbpattern.files.cells import SCHEMA
from tfbpattern.model.celltable import CellTable, MappedTerminal, MappedType

_SHOWN = 3

_Count = Annotated[int, Field(ge=0, strict=True)]
_Place = Annotated[float, Field(allow_inf_nan=False, ge=-1e6, le=1e6)]
_Point = tuple[_Place, _Place]


class _Part(BaseModel):
    """Fields that are not known here are left alone: they may be added."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _TypeTerminal(_Part):
    name: str
    kind: Literal["anode", "cathode"]
    x_mm: _Place
    y_mm: _Place


class _CellType(_Part):
    name: str
    outline_mm: Annotated[list[_Point], Field(min_length=3)]
    capacity_uah: float | None = None
    terminals: list[_TypeTerminal]


class _Cell(_Part):
    id: str
    type: str
    row: _Count
    column: _Count
    x_mm: _Place
    y_mm: _Place
    rotation_deg: _Place
    status: Literal["cut", "marked"]
    neighbours: list[str] = []
    touchdown: _Count = -1
    site: _Count = -1


class _Web(_Part):
    width_mm: _Place
    frame_length_mm: _Place
    film_side: Literal["up", "down"]


class _Document(_Part):
    # The name is the published document's.
    schema_: Literal["tfbpattern/cells/1"] = Field(alias="schema")
    job: str
    roll: str
    frame: _Count
    layout_sha256: str
    web: _Web
    cell_types: Annotated[list[_CellType], Field(min_length=1)]
    cells: Annotated[list[_Cell], Field(min_length=1)]


def parse_cells(text: str, name: str) -> CellTable:
    """
    The table that the text of a cells.json describes; *name* stands in messages.

    Raises:
        InputError: it is no cell map, or one that contradicts itself.
    """
    try:
        document = _Document.model_validate_json(text)
    except ValidationError as error:
        faults = [
            f"{'.'.join(str(part) for part in item['loc']) or 'the file'}: {item['msg']}"
            for item in error.errors(include_url=False)
        ]
        more = f" (and {len(faults) - _SHOWN} more)" if len(faults) > _SHOWN else ""
        raise InputError(f"{name} is no cell map ({SCHEMA}): {'; '.join(faults[:_SHOWN])}{more}") from None
    kinds = {cell_type.name: number for number, cell_type in enumerate(document.cell_types)}
    if unknown := sorted({cell.type for cell in document.cells} - kinds.keys()):
        raise InputError(f"{name}: cells are of the type {unknown[0]!r}, which is not among its cell_types")
    ids = tuple(cell.id for cell in document.cells)
    if len({*ids}) < len(ids) or len({(cell.row, cell.column) for cell in document.cells}) < len(ids):
        raise InputError(f"{name}: two cells share an id, or a row and column")
    return CellTable(
        job=document.job,
        roll=document.roll,
        frame=document.frame,
        layout_sha256=document.layout_sha256,
        width_mm=document.web.width_mm,
        frame_length_mm=document.web.frame_length_mm,
        film_side=document.web.film_side,
        types=tuple(
            MappedType(
                name=t.name,
                outline_mm=np.array(t.outline_mm),
                capacity_uah=t.capacity_uah,
                terminals=tuple(MappedTerminal(**terminal.model_dump()) for terminal in t.terminals),
            )
            for t in document.cell_types
        ),
        ids=ids,
        kind=np.array([kinds[cell.type] for cell in document.cells], dtype=np.int64),
        row=np.array([cell.row for cell in document.cells], dtype=np.int64),
        column=np.array([cell.column for cell in document.cells], dtype=np.int64),
        x_mm=np.array([cell.x_mm for cell in document.cells]),
        y_mm=np.array([cell.y_mm for cell in document.cells]),
        rotation_deg=np.array([cell.rotation_deg for cell in document.cells]),
        marked=np.array([cell.status == "marked" for cell in document.cells]),
        touchdown=np.array([cell.touchdown for cell in document.cells], dtype=np.int64),
        site=np.array([cell.site for cell in document.cells], dtype=np.int64),
        neighbours=tuple(tuple(cell.neighbours) for cell in document.cells),
    )
