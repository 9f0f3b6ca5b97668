"""JOB.results.json (schema ``tfbpattern/results/1``): bins, yields, and what was measured of each cell."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tfbpattern.errors import InputError
from tfbpattern.model.celltable import BinDefinition, CellTable, Floats, Ints
from tfbpattern.model.results import NO_TIME, Readings, Results
from tfbpattern.model.yields import GroupYield, Summary

SCHEMA = "tfbpattern/results/1"

# Cells whose text is made at once.
_BLOCK = 50_000
_DECIMALS = 6


def results_json(results: Results, bins: Sequence[BinDefinition], summary: Summary) -> Iterator[str]:
    """The text of results.json in pieces: a head, then one line a tested cell, by frame and in the map's order."""
    head = figures(results, bins, summary)
    yield "{\n"
    for key, value in head.items():
        yield f" {json.dumps(key)}: {json.dumps(value)},\n"
    yield ' "cells": [\n'
    tested = np.flatnonzero(results.tested)
    for begin in range(0, len(tested), _BLOCK):
        block = tested[begin : begin + _BLOCK]
        lines = _lines(results, block)
        end = "" if begin + _BLOCK >= len(tested) else ","
        yield ",\n".join(lines) + f"{end}\n"
    yield " ]\n}\n"


def figures(results: Results, bins: Sequence[BinDefinition], summary: Summary) -> dict[str, Any]:
    """Everything of results.json but the cells."""
    cells, tested, passed = len(results.row), int(results.tested.sum()), int(results.passed.sum())
    return {
        "schema": SCHEMA,
        "job": results.cells.job,
        "roll": results.cells.roll,
        "frames": {"first": results.frames.start, "count": len(results.frames)},
        "layout_sha256": results.cells.layout_sha256,
        "coverage": {
            "cells": cells,
            "tested": tested,
            "untested": cells - tested,
            "retested": len(results.earlier),
        },
        "yield": _share(passed, tested),
        "bins": [
            {"code": b.code, "name": b.name, "quality": b.quality, "count": b.count}
            for b in bins
            if b.quality != "null"
        ],
        "columns": {name: _statistics(results.values(name)) for name in results.readings.values},
        "yields": {name: [_group(name, group) for group in groups] for name, groups in summary.groups.items()},
        "sites_off": [
            {
                "site": off.site,
                "column": off.column,
                "offset": _rounded(off.offset),
                **({"sigmas": round(off.sigmas, 1)} if math.isfinite(off.sigmas) else {}),
            }
            for off in summary.sites_off
        ],
        "repeating": [
            {"row": place.row, "column": place.column, "tested": place.tested, "failed": place.failed}
            for place in summary.repeating
        ],
    }


def _share(passed: int, tested: int) -> float:
    return round(passed / tested, _DECIMALS) if tested else 0.0


def _group(name: str, group: GroupYield) -> dict[str, Any]:
    counts = {name: group.key, "tested": group.tested, "passed": group.passed}
    return {**counts, "yield": _share(group.passed, group.tested)} if group.tested else counts


def _rounded(value: float) -> float:
    """To six significant digits: a figure to read, not to calculate with."""
    return float(f"{value:.6g}")


def _statistics(values: Floats) -> dict[str, Any]:
    there = values[~np.isnan(values)]
    if not len(there):
        return {"count": 0}
    return {
        "count": len(there),
        "least": float(there.min()),
        "median": _rounded(float(np.median(there))),
        "mean": _rounded(float(there.mean())),
        "greatest": float(there.max()),
        "standard_deviation": _rounded(float(there.std(ddof=1))) if len(there) > 1 else 0.0,
    }


def _lines(results: Results, block: Ints) -> list[str]:
    """A line for each of some tested cells, made column by column."""
    import pyarrow as pa
    import pyarrow.compute as pc

    readings, rows = results.readings, results.row[block]
    values = []
    for name, column in readings.values.items():
        number = pc.cast(pa.array(column[rows], from_pandas=True), pa.string())
        values.append(pc.binary_join_element_wise(f"{json.dumps(name)}: ", number, ""))
    for name, texts in readings.texts.items():
        words = texts[rows].tolist()
        # The same few words again and again, as a rule.
        known = {text: None if text is None else json.dumps(text) for text in {*words}}
        quoted = [known[text] for text in words]
        values.append(pc.binary_join_element_wise(f"{json.dumps(name)}: ", pa.array(quoted, pa.string()), ""))
    joined = pc.binary_join_element_wise(*values, ", ", null_handling="skip") if values else [""] * len(block)
    codes = results.codes[block].tolist()
    times = readings.timestamp[rows].tolist()
    lines = []
    # A text that is a time has nothing in it to escape.
    for cell, name, code, value, time in zip(
        block.tolist(), cell_ids(results, block), codes, pa.array(joined).to_pylist(), times, strict=True
    ):
        more = "" if time is None else f', "timestamp": "{time}"'
        if cell in results.earlier:
            more += f', "earlier": {json.dumps([_earlier(readings, row) for row in results.earlier[cell]])}'
        lines.append(f'  {{"id": "{name}", "bin": {code}, "values": {{{value}}}{more}}}')
    return lines


def _earlier(readings: Readings, row: int) -> dict[str, Any]:
    """A reading that a later one has overtaken."""
    values: dict[str, Any] = {
        name: float(column[row]) for name, column in readings.values.items() if not np.isnan(column[row])
    }
    values |= {name: column[row] for name, column in readings.texts.items() if column[row] is not None}
    return {"timestamp": readings.timestamp[row], "values": values}


def cell_ids(results: Results, numbers: Ints) -> list[str]:
    """Ids of cells by their numbers over all frames."""
    cells = results.cells
    places = [name.rpartition("-")[2] for name in cells.ids]
    frame, cell = np.divmod(numbers, len(cells))
    heads = [f"{cells.roll}-{number:04d}-" for number in results.frames]
    return [heads[f] + places[c] for f, c in zip(frame.tolist(), cell.tolist(), strict=True)]


def parse_results(text: str, name: str, cells: CellTable) -> tuple[Results, list[BinDefinition]]:
    """
    Results and bins as a results.json has them; *name* stands in messages.

    Readings that were overtaken are left out.

    Raises:
        InputError: it is no such file, or not of these cells.
    """
    try:
        document = json.loads(text)
        if document["schema"] != SCHEMA or document["layout_sha256"] != cells.layout_sha256:
            raise InputError(f"{name}: schema must be {SCHEMA!r}, and layout_sha256 that of the cell map")
        return _results(document, cells)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{name} is no results file ({SCHEMA}): {type(error).__name__} {error}") from None


def _results(document: dict[str, Any], cells: CellTable) -> tuple[Results, list[BinDefinition]]:
    frames = range(document["frames"]["first"], document["frames"]["first"] + document["frames"]["count"])
    heads = {f"{cells.roll}-{frame:04d}-": k * len(cells) for k, frame in enumerate(frames)}
    places = {cell_id.rpartition("-")[2]: k for k, cell_id in enumerate(cells.ids)}
    records = document["cells"]
    number = np.empty(len(records), dtype=np.int64)
    for k, record in enumerate(records):
        head, _, place = record["id"].rpartition("-")
        number[k] = heads[f"{head}-"] + places[place]
    bins = [BinDefinition(**b) for b in document["bins"]]
    values = {
        column: np.array([record["values"].get(column, np.nan) for record in records], dtype=np.float64)
        for column in document["columns"]
    }
    others = dict.fromkeys(column for record in records for column in record["values"] if column not in values)
    count = len(frames) * len(cells)
    row, codes = np.full(count, -1, dtype=np.int64), np.full(count, -1, dtype=np.int64)
    row[number] = np.arange(len(records))
    codes[number] = [record["bin"] for record in records]
    readings = Readings(
        cell=number,
        values=values,
        texts={c: np.array([record["values"].get(c) for record in records], dtype=object) for c in others},
        time_us=np.full(len(records), NO_TIME, dtype=np.int64),
        timestamp=np.array([record.get("timestamp") for record in records], dtype=object),
        source=np.zeros((len(records), 2), dtype=np.int64),
    )
    passing = [b.code for b in bins if b.quality == "pass"]
    found = Results(
        cells=cells,
        frames=frames,
        readings=readings,
        row=row,
        codes=codes,
        passed=np.isin(codes, passing) & (row >= 0),
        earlier={},
    )
    return found, bins
