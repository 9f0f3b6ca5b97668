"""
How many copies of a polygon other nesting tools take; run by shapes.py with an interpreter that has them.

Reads {"seconds": s, "spacing": s, "sheets": [{"width", "length", "points", "defect"}, ...]} from stdin, writes
{"PackingSolver": [...], "spyrrow": [...]} to stdout: a count for each sheet, null where a tool knows no defects, and
only tools that are installed. Lengths are millimetres; all quarter turns are allowed.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import math
import os
import sys
from typing import Any

_TURNS = (0.0, 90.0, 180.0, 270.0)


def packing_solver(sheet: dict[str, Any], *, spacing: float, seconds: float) -> int:
    """Cells by PackingSolver's solver for irregular items, as a knapsack of equal items."""
    import packingsolver.irregular as solver  # type: ignore[import-not-found]  # of the other interpreter

    builder = solver.InstanceBuilder()
    builder.set_objective(solver.Objective.Knapsack)
    builder.set_item_item_minimum_spacing(spacing)
    bin_type = builder.add_bin_type(solver.build_rectangle(sheet["width"], sheet["length"]), copies=1)
    if sheet["defect"]:
        hole = solver.ShapeWithHoles()
        hole.shape = solver.build_shape([tuple(point) for point in sheet["defect"]])
        builder.add_defect(bin_type, 0, hole)
    shape = solver.build_shape([tuple(point) for point in sheet["points"]])
    turns = [(angle, angle, False) for angle in _TURNS]
    copies = int(sheet["width"] * sheet["length"] / shape.compute_area())
    builder.add_item_type(shape, allowed_rotations=turns, copies=copies)
    parameters = solver.OptimizeParameters()
    parameters.time_limit = seconds
    parameters.verbosity_level = 0
    return int(solver.optimize(builder.build(), parameters).solution.number_of_items())


def spyrrow(sheet: dict[str, Any], *, spacing: float, seconds: float) -> int | None:
    """
    Cells by spyrrow, a nester of strips as short as can be: those that lie within the sheet's length.

    It is asked for as many as have nine tenths of the sheet's area, more than it gets into that length.
    """
    import spyrrow as solver  # type: ignore[import-not-found]  # of the other interpreter

    if sheet["defect"]:
        return None
    points = [tuple(point) for point in sheet["points"]]
    twice = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True))
    copies = int(0.9 * sheet["width"] * sheet["length"] / abs(twice / 2.0))
    item = solver.Item("cell", points, demand=copies, allowed_orientations=list(_TURNS))
    config = solver.StripPackingConfig(
        early_termination=False, total_computation_time=round(seconds), min_items_separation=spacing, seed=0
    )
    placed = solver.StripPackingInstance("sheet", strip_height=sheet["width"], items=[item]).solve(config).placed_items

    def end(cell: Any) -> float:
        cos, sin = math.cos(math.radians(cell.rotation)), math.sin(math.radians(cell.rotation))
        return float(cell.translation[0] + max(x * cos - y * sin for x, y in points))

    return sum(1 for cell in placed if end(cell) <= sheet["length"] + 1e-6)


RIVALS = {"PackingSolver": ("packingsolver", packing_solver), "spyrrow": ("spyrrow", spyrrow)}


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    asked = {"spacing": request["spacing"], "seconds": request["seconds"]}
    # They write to stdout as they please.
    with open(os.dup(1), "w") as answer, open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        with contextlib.redirect_stdout(nowhere):
            found = {
                name: [solve(sheet, **asked) for sheet in request["sheets"]]
                for name, (module, solve) in RIVALS.items()
                if importlib.util.find_spec(module)
            }
        json.dump(found, answer)


if __name__ == "__main__":
    main()
