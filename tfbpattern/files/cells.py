"""The cell map as JSON (the master, schema ``tfbpattern/cells/1``) and as CSV, one record a line in both."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tfbpattern.model.cell import CellType
from tfbpattern.model.cellmap import CellMap, CellRecord

SCHEMA = "tfbpattern/cells/1"

# Formats: vertices on the arcs, sagitta at most 1 um; places have six decimals at most.
_SAGITTA_MM = 0.001
_DECIMALS = 6


def place(value_mm: float) -> float:
    """A place as the map writes it: rounded to the nanometre, never -0.0."""
    return round(value_mm, _DECIMALS) + 0.0


def angle(value_deg: float) -> float | int:
    """An angle, whole ones without a decimal point."""
    return int(value_deg) if value_deg == int(value_deg) else value_deg


def cells_json(cells: CellMap) -> Iterator[str]:
    """The text of cells.json in pieces: a head, then one line a cell."""
    job, nest = cells.job, cells.nest
    head: dict[str, Any] = {
        "schema": SCHEMA,
        "job": job.name,
        "roll": job.roll,
        "frame": job.frame,
        "units": "mm",
        "origin_location": "LowerLeft",
        "axis_direction": "UpRight",
        "layout_sha256": cells.layout_sha256,
        "web": {
            "width_mm": job.web.width_mm,
            "frame_length_mm": nest.frame_length_mm,
            "film_side": job.web.film_side,
        },
        "fiducials": [{"name": f.name, "x_mm": place(f.x_mm), "y_mm": place(f.y_mm)} for f in job.web.fiducials],
        "cell_types": [_cell_type(cell, cells) for cell in job.cells],
    }
    if cells.touchdowns:
        plan = cells.touchdowns
        head["probe_card"] = {
            "columns": plan.columns,
            "rows": plan.rows,
            "pitch_mm": [place(step) for step in plan.pitch_mm],
            "touchdowns": len(plan.landings),
        }
    yield "{\n"
    for key, value in head.items():
        yield f" {json.dumps(key)}: {json.dumps(value)},\n"
    yield ' "cells": [\n'
    last = len(cells.cells) - 1
    for number, record in enumerate(cells.cells):
        yield f"  {json.dumps(_record(record))}{',' if number < last else ''}\n"
    yield " ]\n}\n"


def _cell_type(cell: CellType, cells: CellMap) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": cell.name,
        "outline_mm": [[place(x), place(y)] for x, y in cell.outline.flattened(_SAGITTA_MM).tolist()],
        "active_area_mm2": place(cell.active_area_mm2),
    }
    if cells.job.stack:
        described["capacity_uah"] = place(cells.job.stack.capacity_uah(cell.active_area_mm2))
    described["terminals"] = [
        {
            "name": t.name,
            "kind": t.kind,
            "x_mm": place(t.x_mm),
            "y_mm": place(t.y_mm),
            "width_mm": t.width_mm,
            "height_mm": t.height_mm,
        }
        for t in cell.terminals
    ]
    return described


def _record(record: CellRecord) -> dict[str, Any]:
    tested = {} if record.touchdown is None else {"touchdown": record.touchdown, "site": record.site}
    return {
        "id": record.id,
        "type": record.type,
        "row": record.row,
        "column": record.column,
        "x_mm": place(record.x_mm),
        "y_mm": place(record.y_mm),
        "rotation_deg": angle(record.rotation_deg),
        "terminals": [{"name": t.name, "x_mm": place(t.x_mm), "y_mm": place(t.y_mm)} for t in record.terminals],
        "neighbours": list(record.neighbours),
        **tested,
        "status": record.status,
    }


def cells_csv(cells: CellMap) -> Iterator[str]:
    """
    The same as CSV (RFC 4180, LF): a column pair for each terminal name, empty where a type has none.

    Neighbours are ids with spaces between them; touchdown and site are there where the job has a tester.
    """
    names = list(dict.fromkeys(t.name for cell in cells.job.cells for t in cell.terminals))
    text = csv_lines()
    head = ["id", "type", "row", "column", "x_mm", "y_mm", "rotation_deg", "status"]
    tested = ["touchdown", "site"] if cells.touchdowns else []
    yield text([*head, *(f"{name}_{axis}_mm" for name in names for axis in "xy"), "neighbours", *tested])
    for record in cells:
        at = {t.name: (place(t.x_mm), place(t.y_mm)) for t in record.terminals}
        yield text(
            [
                record.id,
                record.type,
                record.row,
                record.column,
                place(record.x_mm),
                place(record.y_mm),
                angle(record.rotation_deg),
                record.status,
                *(value for name in names for value in at.get(name, ("", ""))),
                " ".join(record.neighbours),
                *((record.touchdown, record.site) if cells.touchdowns else ()),
            ]
        )


def csv_lines() -> Callable[[Sequence[object]], str]:
    """What turns a row into a line of CSV (RFC 4180, LF)."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")

    def text(row: Sequence[object]) -> str:
        writer.writerow(row)
        written = line.getvalue()
        line.seek(0)
        line.truncate()
        return written

    return text


def prober_csv(cells: CellMap) -> Iterator[str]:
    """
    The program of the prober as CSV: one row a touchdown, in order.

    The place is that of site 0 in the web frame, about which the card is turned; the mask has a character for each
    site, row by row: 1 tests, 0 is masked.
    """
    plan = cells.touchdowns
    assert plan is not None
    text = csv_lines()
    yield text(["touchdown", "x_mm", "y_mm", "rotation_deg", "cells", "mask"])
    for number, landing in enumerate(plan.landings):
        sites = {*landing.sites}
        mask = "".join("1" if site in sites else "0" for site in range(plan.columns * plan.rows))
        row = [number, place(landing.x_mm), place(landing.y_mm), angle(landing.rotation_deg), len(sites), mask]
        yield text(row)
