"""
The order in which vpype and fast-tsp mark given strokes; run by toolpath.py with an interpreter that has them.

Reads {"lines": [[[x, y], ...], ...], "tsp_seconds": s} from stdin: strokes as polylines, a closed one ending where it
begins. Writes {"vpype": {"order": [[number, turned], ...], "seconds": s}, "fast-tsp": the same or null}.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import numpy as np

# fast-tsp takes a matrix of all distances.
_MOST_FOR_TSP = 6000


def vpype_order(lines: list[list[list[float]]]) -> dict[str, Any]:
    """vpype's linesort; linemerge changes nothing about strokes that do not meet."""
    import vpype  # type: ignore[import-not-found]  # of the other interpreter
    from vpype_cli import execute  # type: ignore[import-not-found]  # as above

    paths = [np.array([complex(x, y) for x, y in line]) for line in lines]
    # Strokes are told apart by their ends, which linesort leaves as they are.
    numbers = {(path[0], path[-1], len(path)): k for k, path in enumerate(paths)}
    document = vpype.Document(vpype.LineCollection(paths))
    begin = time.perf_counter()
    found = execute("linesort", document)
    seconds = time.perf_counter() - begin
    order = []
    for line in found.layers[1]:
        forward = numbers.get((line[0], line[-1], len(line)))
        order.append([forward, 0] if forward is not None else [numbers[line[-1], line[0], len(line)], 1])
    return {"order": order, "seconds": seconds}


def tsp_order(lines: list[list[list[float]]], seconds: float) -> dict[str, Any] | None:
    """fast-tsp's tour of the strokes' starts."""
    import fast_tsp  # type: ignore[import-not-found]  # of the other interpreter, too

    if len(lines) > _MOST_FOR_TSP:
        return None
    places = np.array([line[0] for line in lines])
    away = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    begin = time.perf_counter()
    tour = fast_tsp.find_tour((away / away.max() * 60000.0).astype(np.uint16), duration_seconds=seconds)
    return {"order": [[int(k), 0] for k in tour], "seconds": time.perf_counter() - begin}


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    with open(os.dup(1), "w") as answer, open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        found = {
            "vpype": vpype_order(request["lines"]),
            "fast-tsp": tsp_order(request["lines"], request["tsp_seconds"]) if request["tsp_seconds"] else None,
        }
        json.dump(found, answer)


if __name__ == "__main__":
    main()
