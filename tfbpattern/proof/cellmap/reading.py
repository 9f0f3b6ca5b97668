"""The map as it is read: JSON text of which nothing may be taken for granted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from tfbpattern.proof.emitted import Emitted
from tfbpattern.proof.sheet import Cells

# No web is a kilometre wide (ours); beyond that, floats no longer tell nanometres from each other.
_GREATEST = 1e6


class UnreadableError(Exception):
    """The map cannot be read."""


def read(emitted: Emitted) -> tuple[Mapping[str, Any], Cells, float]:
    """
    The map's document, its cells and the length of the frame.

    Raises:
        UnreadableError: it is no map, or a cell lacks what every cell has.
    """
    try:
        document = json.loads(emitted.text("cells_json"), object_pairs_hook=_once, parse_constant=_number)
        records = document["cells"]
        numbers = {cell.name: k for k, cell in enumerate(emitted.job.cells)}
        cells = Cells(
            ids=tuple(str(record["id"]) for record in records),
            kind=np.array([numbers[record["type"]] for record in records], dtype=np.int64),
            x_mm=np.array([_number(record["x_mm"]) for record in records]),
            y_mm=np.array([_number(record["y_mm"]) for record in records]),
            rotation_deg=np.array([_number(record["rotation_deg"]) for record in records]),
        )
        length_mm = _number(document["web"]["frame_length_mm"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise UnreadableError(f"the map cannot be read: {type(error).__name__} {str(error)[:80]}") from None
    if not len(cells):
        raise UnreadableError("the map holds no cell")
    return document, cells, length_mm


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys all differ: of two values for one, readers take the first or the last."""
    document = dict(pairs)
    if len(document) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r:.40} stands twice in one object")
    return document


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _GREATEST:
        raise ValueError(f"{value!r:.40} is no length or angle")
    return float(value)
