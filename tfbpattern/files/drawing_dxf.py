"""drawing.dxf: for people and CAD, the sheet as designed, on REF_* layers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from ezdxf.layouts.base import BaseLayout

from tfbpattern.files.dxf_text import Entity, Layer, insert, new_drawing, text, written
from tfbpattern.geometry.chains import Chain
from tfbpattern.geometry.footprints import rect
from tfbpattern.model.cell import CellType
from tfbpattern.model.cellmap import CellMap

WEB = Layer("REF_WEB", 8)
USABLE = Layer("REF_USABLE", 9)
OUTLINE = Layer("REF_OUTLINE", 7)
ACTIVE = Layer("REF_ACTIVE", 3)
TERMINAL = Layer("REF_TERMINAL", 6)
ID = Layer("REF_ID", 2)
KEEPOUT = Layer("REF_KEEPOUT", 30)
DEFECT = Layer("REF_DEFECT", 40)
FIDUCIAL = Layer("REF_FIDUCIAL", 4)
LAYERS = (WEB, USABLE, OUTLINE, ACTIVE, TERMINAL, ID, KEEPOUT, DEFECT, FIDUCIAL)

# A character of the standard font is about as wide as high; an id fills nine tenths of a cell at most.
_ID_FILL = 0.9
_ID_LARGEST = 0.2


def drawing_dxf(cells: CellMap) -> Iterator[str]:
    """The text in pieces: a block a cell type, an INSERT and an id a cell, the web and what is on it."""
    job, nest = cells.job, cells.nest
    width, length = job.web.width_mm, nest.frame_length_mm
    drawing = new_drawing(LAYERS, (0.0, 0.0, width, length))
    for cell in job.cells:
        block = drawing.blocks.new(cell.name)
        _add(block, cell.outline, OUTLINE)
        _add(block, cell.active_area, ACTIVE)
        for t in cell.terminals:
            pad = rect(t.width_mm, t.height_mm).moved(t.x_mm - t.width_mm / 2, t.y_mm - t.height_mm / 2)
            _add(block, pad, TERMINAL)
    space = drawing.modelspace()
    _add(space, rect(width, length), WEB)
    edge = job.web.edge_exclusion
    lead, trail = job.web.end_margins_mm(nest.spacing_mm)
    usable = rect(width - edge.left_mm - edge.right_mm, length - lead - trail)
    _add(space, usable.moved(edge.left_mm, lead), USABLE)
    for keepout in job.web.keepouts:
        _add(space, keepout.shape, KEEPOUT)
    for defect in (*job.web.avoided_defects, *job.web.marked_defects):
        space.add_circle(
            (defect.x_mm, defect.y_mm),
            max(defect.diameter_mm, 0.001) / 2.0,
            dxfattribs={"layer": DEFECT.name},
        )
    for fiducial in job.web.fiducials:
        on = {"layer": FIDUCIAL.name}
        if fiducial.shape == "cross":
            x, y, half = fiducial.x_mm, fiducial.y_mm, fiducial.size_mm / 2.0
            space.add_line((x - half, y), (x + half, y), dxfattribs=on)
            space.add_line((x, y - half), (x, y + half), dxfattribs=on)
        else:
            _add(space, fiducial.outline, FIDUCIAL)
    return written(drawing, _cells(cells), 2 * len(cells.cells))


def _add(space: BaseLayout, chain: Chain, layer: Layer) -> None:
    space.add_lwpolyline(
        np.round(chain.vertices, 12).tolist(),
        format="xyb",
        close=chain.closed,
        dxfattribs={"layer": layer.name},
    )


def _cells(cells: CellMap) -> Iterator[Entity]:
    heights = {cell.name: _id_height(cell, len(cells.cells[0].id)) for cell in cells.job.cells}
    for record in cells:
        yield insert(record.type, OUTLINE.name, record.x_mm, record.y_mm, record.rotation_deg)
        yield text(record.id, ID.name, record.x_mm, record.y_mm, heights[record.type])


def _id_height(cell: CellType, characters: int) -> float:
    x_min, y_min, x_max, y_max = cell.outline.bounds_mm
    narrow = min(x_max - x_min, y_max - y_min)
    return min(_ID_FILL * narrow / characters, _ID_LARGEST * narrow)
