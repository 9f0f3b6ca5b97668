"""
How many copies of a polygon PackingSolver nests; run by shapes.py with an interpreter that has it.

Reads {"seconds": s, "spacing": s, "sheets": [{"width", "length", "points", "defect"}, ...]} from stdin, writes a list
of counts to stdout. Lengths are millimetres; all quarter turns are allowed.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import Any


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
    turns = [(angle, angle, False) for angle in (0.0, 90.0, 180.0, 270.0)]
    copies = int(sheet["width"] * sheet["length"] / shape.compute_area())
    builder.add_item_type(shape, allowed_rotations=turns, copies=copies)
    parameters = solver.OptimizeParameters()
    parameters.time_limit = seconds
    parameters.verbosity_level = 0
    return int(solver.optimize(builder.build(), parameters).solution.number_of_items())


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    # It writes to stdout as it pleases.
    with open(os.dup(1), "w") as answer, open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        with contextlib.redirect_stdout(nowhere):
            found = [
                packing_solver(sheet, spacing=request["spacing"], seconds=request["seconds"])
                for sheet in request["sheets"]
            ]
        json.dump(found, answer)


if __name__ == "__main__":
    main()
