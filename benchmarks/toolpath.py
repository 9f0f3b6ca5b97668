"""
Marking order against vpype's linesort and fast-tsp: machine time by our model, ratio to the bound, jumps, seconds.

"to bound" is the time over its proved bound: where vpype's is below 1.11, no order whatever takes a tenth less than it.

Prints a table in Markdown: `python benchmarks/toolpath.py --rivals PYTHON`, PYTHON being an interpreter that has vpype
and fast-tsp. Without it the columns of the rivals stay empty.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from tfbpattern.files.layout import parse_layout
from tfbpattern.geometry.chains import Chains
from tfbpattern.geometry.footprints import ell, rect
from tfbpattern.model.job import Job
from tfbpattern.model.machine import Machine
from tfbpattern.model.process import Recipe
from tfbpattern.model.toolpath import Operation
from tfbpattern.nesting import nest
from tfbpattern.routing import effort_of, route
from tfbpattern.routing.choosing import toolpath_of
from tfbpattern.scribing import scribe

_RIVALS = Path(__file__).with_name("toolpath_rivals.py")
_SAGITTA_MM = 0.01

_GANTRY = {"use": "grbl-gantry", "travel_mm": [5000, 5000]}
_MACHINES: dict[str, tuple[dict[str, Any], float]] = {
    "gantry A": (
        {**_GANTRY, "jump_speed_mm_s": 1000, "acceleration_mm_s2": 10000, "junction_deviation_mm": 0.005},
        200.0,
    ),
    "gantry B": (
        {**_GANTRY, "jump_speed_mm_s": 200, "acceleration_mm_s2": 1000, "junction_deviation_mm": 0.01},
        50.0,
    ),
    "galvo 2 m/s": ({"use": "galvo", "travel_mm": [5000, 5000]}, 2000.0),
}

_SHAPES: dict[str, dict[str, Any]] = {
    "L 8 x 6": {"kind": "ell", "width_mm": 8.0, "height_mm": 6.0, "notch_width_mm": 4.0, "notch_height_mm": 3.0},
    "D 8 x 6": {"kind": "dee", "width_mm": 8.0, "height_mm": 6.0},
    "T 8 x 7": {"kind": "tee", "width_mm": 8.0, "height_mm": 7.0, "stem_width_mm": 3.0, "bar_height_mm": 3.0},
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Times marking orders.")
    parser.add_argument("--rivals", help="an interpreter that has vpype and fast-tsp")
    parser.add_argument("--most", type=int, default=100_000, help="leave out cases of more cells than this")
    arguments = parser.parse_args()
    print(
        "| case | strokes | machine | ours | by | to bound | jumps mm | s | vpype | to bound | times ours | jumps mm"
        " | s | fast-tsp | jumps mm |\n|---|--:|---|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    # Compiles the search, which is no part of what is measured.
    route(grid(3, 3), machine_of("gantry A"))
    for name, operation in cases(arguments.most):
        row(name, operation, arguments.rivals)


def cases(most: int) -> Iterator[tuple[str, Operation]]:
    for rows, columns in ((25, 40), (100, 100), (250, 400)):
        if rows * columns <= most:
            yield f"{rows * columns:,} rectangles 7.3 x 5.1, isolation", grid(rows, columns)
    yield "5,000 turned L's, isolation", turned_ells()
    for name, outline in _SHAPES.items():
        job = job_of(outline, "gantry A")
        for operation in scribe(job, nest(job)):
            yield f"{name}, {operation.name}", operation


def row(name: str, operation: Operation, rivals: str | None) -> None:
    theirs = asked(operation, rivals) if rivals else {}
    for machine_name, (_, speed) in _MACHINES.items():
        machine = machine_of(machine_name)
        recipe = dataclasses.replace(operation.recipe, mark_speed_mm_s=speed, passes=1)
        own = dataclasses.replace(operation, recipe=recipe)
        begin = time.perf_counter()
        toolpath = route(own, machine)
        seconds = time.perf_counter() - begin
        ours = effort_of(toolpath, machine)
        cells = [name, f"{ours.strokes:,}", machine_name, f"{ours.time_s:.1f} s", ours.method, f"{ours.ratio:.3f}"]
        cells += [f"{ours.jump_length_mm:,.0f}", f"{seconds:.2f}"]
        for rival in ("vpype", "fast-tsp"):
            found = theirs.get(rival)
            if not found:
                cells += [""] * (5 if rival == "vpype" else 2)
                continue
            order = np.array([k for k, _ in found["order"]])
            strokes = own.strokes.taken(order).turned_back(np.array([bool(turned) for _, turned in found["order"]]))
            effort = effort_of(toolpath_of(own, strokes, rival), machine)
            cells.append(f"{effort.time_s:.1f} s")
            if rival == "vpype":
                cells += [
                    f"{effort.ratio:.3f}",
                    f"{effort.time_s / ours.time_s:.2f}",
                    f"{effort.jump_length_mm:,.0f}",
                    f"{found['seconds']:.1f}",
                ]
            else:
                cells.append(f"{effort.jump_length_mm:,.0f}")
        print(f"| {' | '.join(cells)} |", flush=True)


def asked(operation: Operation, rivals: str) -> dict[str, Any]:
    lines = []
    for stroke in operation.strokes:
        points = stroke.flattened(_SAGITTA_MM).tolist()
        lines.append([*points, points[0]] if stroke.closed else points)
    request = json.dumps({"lines": lines, "tsp_seconds": 10.0})
    answer = subprocess.run([rivals, str(_RIVALS)], input=request, capture_output=True, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(answer)
    return found


def grid(rows: int, columns: int) -> Operation:
    """Rings inset by 0.15 mm, pitch 7.4 x 5.2 mm."""
    row, column = np.repeat(np.arange(rows), columns), np.tile(np.arange(columns), rows)
    x_mm, y_mm = np.asarray(column * 7.4 + 0.15, dtype=np.float64), np.asarray(row * 5.2 + 0.15, dtype=np.float64)
    return rings(Chains.copies(rect(7.0, 4.8), x_mm, y_mm), row, column)


def turned_ells() -> Operation:
    """50 rows of 100, each L turned at random."""
    row, column = np.repeat(np.arange(50), 100), np.tile(np.arange(100), 50)
    shape = ell(7.7, 5.7, 4.0, 3.0).moved(-3.85, -2.85)
    turns = np.random.default_rng(1).integers(0, 4, len(row))
    strokes = [
        shape.rotated(90.0 * turn).moved(8.1 * x, 8.1 * y) for turn, x, y in zip(turns, column, row, strict=True)
    ]
    return rings(Chains.of(strokes), row, column)


def rings(strokes: Chains, row: np.ndarray, column: np.ndarray) -> Operation:
    return Operation(
        name="isolation",
        recipe=Recipe(passes=1, mark_speed_mm_s=200.0, power_percent=30.0, frequency_khz=200.0),
        tolerance_mm=0.005,
        strokes=strokes,
        overcut_mm=0.05,
        room_mm=0.1,
        row=row,
        column=column,
    )


def machine_of(name: str) -> Machine:
    return job_of(_SHAPES["L 8 x 6"], name).machine


def job_of(outline: dict[str, Any], machine: str) -> Job:
    """The sheet of 300 x 400 mm at 0.1 mm on which nests are compared."""
    document = {
        "schema": 1,
        "job": {"name": "benchmark"},
        "web": {"width_mm": 300.0, "frame_length_mm": 400.0, "stand_alone": True},
        "cells": [{"name": "C", "outline": outline}],
        "isolation": {"setback_mm": 0.1625},
        "singulation": {"kerf_mm": 0.1},
        "machine": _MACHINES[machine][0],
        "nest": {"effort": 1},
    }
    return parse_layout(tomli_w.dumps(document), name="benchmark.toml", folder=Path()).job


if __name__ == "__main__":
    main()
