"""cut.dxf: for the patterning tool, only the strokes, as routed, in marking order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain as chained

import numpy as np

from tfbpattern.files.dxf_text import Layer, new_drawing, number, polylines, written
from tfbpattern.geometry.chains import Chains
from tfbpattern.model.toolpath import ScanField, Toolpath

# Blue and red: told apart by the colour-blind, and on white and black grounds.
_COLORS = {"isolation": 5, "singulation": 1}


def cut_layer(operation: str) -> str:
    """``CUT_ISOLATION``."""
    return f"CUT_{operation.upper()}"


def cut_dxf(toolpaths: Sequence[Toolpath]) -> Iterator[str]:
    """The text in pieces: one LWPOLYLINE a stroke, flat in model space, a layer an operation."""
    return _drawn({toolpath.name: toolpath.strokes for toolpath in toolpaths})


def field_dxf(operation: str, field: ScanField) -> Iterator[str]:
    """The same for one operation in one scan field, in the field's frame."""
    return _drawn({operation: field.strokes[operation]})


def fields_csv(rows: Iterable[tuple[ScanField, Toolpath, str]]) -> Iterator[str]:
    """Which file is marked where and how: centre of the field in the web frame, and the operation's recipe."""
    yield "field,operation,file,x_mm,y_mm,strokes,passes,mark_speed_mm_s,power_percent,frequency_khz\n"
    for field, toolpath, file in rows:
        recipe = toolpath.recipe
        count = len(field.strokes[toolpath.name])
        yield (
            f"{field.name},{toolpath.name},{file},{number(field.x_mm)},{number(field.y_mm)},{count},{recipe.passes},"
            f"{number(recipe.mark_speed_mm_s)},{number(recipe.power_percent)},{number(recipe.frequency_khz)}\n"
        )


def _drawn(strokes: Mapping[str, Chains]) -> Iterator[str]:
    boxes = np.concatenate([chains.boxes_mm for chains in strokes.values()])
    # A field may be empty; its drawing then has the extents of its centre.
    low, high = (boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)) if len(boxes) else (np.zeros(2), np.zeros(2))
    drawing = new_drawing(
        tuple(Layer(cut_layer(name), _COLORS[name]) for name in strokes),
        (float(low[0]), float(low[1]), float(high[0]), float(high[1])),
    )
    entities = chained.from_iterable(polylines(chains, cut_layer(name)) for name, chains in strokes.items())
    return written(drawing, entities, sum(len(chains) for chains in strokes.values()))
