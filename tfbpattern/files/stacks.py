"""Windows as they are asked for, and stacks as they are written: JOB.stacks.csv, JOB.stacks.json, JOB.picklist.csv."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from tfbpattern.errors import InputError
from tfbpattern.files.cells import angle, csv_lines, place
from tfbpattern.files.results import cell_ids
from tfbpattern.model.results import Results
from tfbpattern.model.stacks import StackPlan, Window
from tfbpattern.units import cos_sin_deg

SCHEMA = "tfbpattern/stacks/1"

_WINDOW = re.compile(
    r"(?P<column>[A-Za-z0-9_-]{1,64})=(?P<size>[0-9]{1,12}(\.[0-9]{1,12})?|\.[0-9]{1,12})(?P<percent>%?)\Z"
)
# Terminals nearer to the middle than the nanometre of the map are in the middle.
_MIDDLE_MM = 1e-6


def parse_window(text: str) -> Window:
    """
    A window: ``ocv_v=0.010`` is greatest less least, ``z_ohm=5%`` greatest at most 1.05 times least.

    Raises:
        InputError: it is neither.
    """
    match = _WINDOW.match(text)
    if match is None:
        raise InputError(f"--match {text!r} is no window; write COLUMN=WIDTH or COLUMN=PERCENT%, as in ocv_v=0.010")
    size = Decimal(match["size"])
    if match["percent"]:
        return Window(column=match["column"], percent=size)
    return Window(column=match["column"], width=size)


def stacks_csv(results: Results, plan: StackPlan, windows: Sequence[Window]) -> Iterator[str]:
    """A row for each layer of each stack, with the matched columns."""
    text = csv_lines()
    columns = [window.column for window in windows]
    values = [results.values(column) for column in columns]
    yield text(["stack", "layer", "cell_id", *columns])
    for number, stack in enumerate(plan.stacks):
        ids = cell_ids(results, np.array(stack, dtype=np.int64))
        for layer, (cell, name) in enumerate(zip(stack, ids, strict=True)):
            yield text([number, layer, name, *(float(value[cell]) for value in values)])


def stacks_document(results: Results, plan: StackPlan, windows: Sequence[Window]) -> dict[str, Any]:
    """What was made, what it could have been, what is left over and why, and the samples."""
    tested, passed = int(results.tested.sum()), int(results.passed.sum())
    share = passed / tested if tested else 0.0
    unsorted = share**plan.layers
    return {
        "schema": SCHEMA,
        "layout_sha256": results.cells.layout_sha256,
        "layers": plan.layers,
        "windows": [_window(window) for window in windows],
        "stacks": len(plan.stacks),
        "bound": plan.bound,
        "gap": round(plan.gap, 6),
        "yield": round(share, 6),
        "tested": tested,
        # What stacks of cells as they come would give: all layers good with probability y^N.
        "unsorted_good_share": round(unsorted, 6),
        "unsorted_good_stacks": round(tested // plan.layers * unsorted, 3),
        "samples": [
            {"bin": code, "cells": cell_ids(results, np.array(cells, dtype=np.int64))}
            for code, cells in plan.samples.items()
        ],
        "left_over": [
            {"id": name, "reason": reason}
            for name, reason in zip(
                cell_ids(results, np.array([*plan.left_over], dtype=np.int64)), plan.left_over.values(), strict=True
            )
        ],
    }


def _window(window: Window) -> dict[str, object]:
    if window.width is not None:
        return {"column": window.column, "width": float(window.width)}
    return {"column": window.column, "percent": float(window.percent or 0)}


def picklist_csv(results: Results, plan: StackPlan) -> Iterator[str]:
    """
    Every cell of every stack in the order of picking: stack by stack, by frame and along the rows.

    ``turn_deg`` turns the cell, counter-clockwise, into the cell frame; ``terminal_side`` is where the middle of its
    terminals lies from its own middle as it stands on the web: left, right, lead, trail, or middle.
    """
    cells = results.cells
    text = csv_lines()
    sides = {(kind, rotation): _side(results, kind, rotation) for kind, rotation, _ in cells.poses()}
    yield text(
        ["pick", "stack", "layer", "cell_id", "frame", "x_mm", "y_mm", "rotation_deg", "turn_deg", "terminal_side"]
    )
    pick = 0
    for number, stack in enumerate(plan.stacks):
        ids = cell_ids(results, np.array(stack, dtype=np.int64))
        for layer, (cell, name) in enumerate(zip(stack, ids, strict=True)):
            frame, k = divmod(cell, len(cells))
            rotation = float(cells.rotation_deg[k])
            turn = angle(-rotation % 360.0 + 0.0)
            at = [place(float(cells.x_mm[k])), place(float(cells.y_mm[k]))]
            side = sides[int(cells.kind[k]), rotation]
            yield text([pick, number, layer, name, results.frames[frame], *at, angle(rotation), turn, side])
            pick += 1


def _side(results: Results, kind: int, rotation_deg: float) -> str:
    terminals = results.cells.types[kind].terminals
    if not terminals:
        return "middle"
    x = sum(t.x_mm for t in terminals) / len(terminals)
    y = sum(t.y_mm for t in terminals) / len(terminals)
    cos, sin = cos_sin_deg(rotation_deg)
    x, y = x * cos - y * sin, x * sin + y * cos
    if math.hypot(x, y) < _MIDDLE_MM:
        return "middle"
    if abs(x) >= abs(y):
        return "right" if x > 0 else "left"
    return "trail" if y > 0 else "lead"
