"""cut.dxf: for the patterning tool, only the strokes, as routed, in marking order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain as chained

import numpy as np

from tfbpattern.files.dxf_text import Layer, new_drawing, polylines, written
from tfbpattern.model.toolpath import Toolpath

# Blue and red: told apart by the colour-blind, and on white and black grounds.
_COLORS = {"isolation": 5, "singulation": 1}


def cut_layer(operation: str) -> str:
    """``CUT_ISOLATION``."""
    return f"CUT_{operation.upper()}"


def cut_dxf(toolpaths: Sequence[Toolpath]) -> Iterator[str]:
    """The text in pieces: one LWPOLYLINE a stroke, flat in model space, a layer an operation."""
    points = np.concatenate([toolpath.strokes.vertices[:, :2] for toolpath in toolpaths])
    low, high = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    drawing = new_drawing(
        tuple(Layer(cut_layer(toolpath.name), _COLORS[toolpath.name]) for toolpath in toolpaths),
        (low[0], low[1], high[0], high[1]),
    )
    strokes = chained.from_iterable(polylines(t.strokes, cut_layer(t.name)) for t in toolpaths)
    return written(drawing, strokes, sum(len(t.strokes) for t in toolpaths))
