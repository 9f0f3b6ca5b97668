"""The map as it is read: JSON text of which nothing may be taken for granted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from tfbpattern.proof.emitted import Emitted
from tfbpattern.proof.sheet import Cells


class UnreadableError(Exception):
    """The map cannot be read."""


def read(emitted: Emitted) -> tuple[Mapping[str, Any], Cells, float]:
    """
    The map's document, its cells and the length of the frame.

    Raises:
        UnreadableError: it is no map, or a cell lacks what every cell has.
    """
    try:
        document = json.loads(emitted.text("cells_json"))
        records = document["cells"]
        numbers = {cell.name: k for k, cell in enumerate(emitted.job.cells)}
        cells = Cells(
            ids=tuple(str(record["id"]) for record in records),
            kind=np.array([numbers[record["type"]] for record in records], dtype=np.int64),
            x_mm=np.array([float(record["x_mm"]) for record in records]),
            y_mm=np.array([float(record["y_mm"]) for record in records]),
            rotation_deg=np.array([float(record["rotation_deg"]) for record in records]),
        )
        length_mm = float(document["web"]["frame_length_mm"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableError(f"the map cannot be read: {type(error).__name__} {str(error)[:80]}") from None
    values = np.concatenate([cells.x_mm, cells.y_mm, cells.rotation_deg, [length_mm]])
    if not len(cells) or not np.isfinite(values).all():
        raise UnreadableError("the map holds no cell, or a place that is no number")
    return document, cells, length_mm
