"""
What PackingSolver and rectpack reach; run by nesting.py with an interpreter that has them.

Reads {"seconds": s, "sheets": [[width, length, w, h], ...]} from stdin, writes a list of counts to stdout.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time


def packing_solver(width: int, length: int, w: int, h: int, *, seconds: float) -> int:
    """Cells by PackingSolver's solver for rectangles, as a knapsack of equal items."""
    import packingsolver.rectangle as solver  # type: ignore[import-not-found]  # of the other interpreter

    builder = solver.InstanceBuilder()
    builder.set_objective(solver.Objective.Knapsack)
    builder.add_bin_type(width, length, copies=1)
    builder.add_item_type(w, h, profit=w * h, copies=width * length // (w * h))
    parameters = solver.OptimizeParameters()
    parameters.time_limit = seconds
    parameters.verbosity_level = 0
    return int(solver.optimize(builder.build(), parameters).solution.number_of_items())


def rectpack(width: int, length: int, w: int, h: int) -> int:
    """Cells by the best of rectpack's six fast packers."""
    import rectpack  # type: ignore[import-not-found]  # of the other interpreter

    kinds = ("MaxRectsBl", "MaxRectsBssf", "SkylineBl", "SkylineMwf", "GuillotineBssfSas", "GuillotineBafSas")
    best = 0
    for kind in kinds:
        # rectpack's time grows with the square of the number of boxes; a packer that needs longer is left out.
        if width * length // (w * h) > 5000 and kind.startswith("MaxRects"):
            continue
        packer = rectpack.newPacker(mode=rectpack.PackingMode.Offline, pack_algo=getattr(rectpack, kind), rotation=True)
        packer.add_bin(width, length)
        for _ in range(width * length // (w * h)):
            packer.add_rect(w, h)
        packer.pack()
        best = max(best, sum(len(bin_) for bin_ in packer))
    return best


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    # Both write to stdout as they please.
    with open(os.dup(1), "w") as answer, open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        found = []
        for sheet in request["sheets"]:
            begin = time.perf_counter()
            with contextlib.redirect_stdout(nowhere):
                most = packing_solver(*sheet, seconds=request["seconds"])
            found.append({"packingsolver": most, "seconds": time.perf_counter() - begin, "rectpack": rectpack(*sheet)})
        json.dump(found, answer)


if __name__ == "__main__":
    main()
