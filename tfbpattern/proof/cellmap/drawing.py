"""The drawing for people, which must show the cells of the map."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import shapely

from tfbpattern.model.cell import CellType
from tfbpattern.model.finding import Finding
from tfbpattern.proof.cellmap.measures import SAME_MM, close, deviation, wrong
from tfbpattern.proof.curves import ring_of
from tfbpattern.proof.dxf import Drawing
from tfbpattern.proof.emitted import Emitted
from tfbpattern.proof.sheet import Cells


def check_drawing(emitted: Emitted, drawing: Drawing, cells: Cells, length_mm: float) -> Iterator[Finding]:
    """The drawing for people shows the same cells with the same ids, and the outlines of the layout."""
    file = emitted.names["drawing_dxf"]
    job = emitted.job
    inserts = drawing.space.inserts.get("REF_OUTLINE", [])
    texts = drawing.space.texts.get("REF_ID", [])
    if not len(inserts) == len(texts) == len(cells):
        yield wrong("drawing", f"{len(inserts)} outlines and {len(texts)} ids are drawn for {len(cells)} cells", file)
    by_id: dict[str, tuple[float, float]] = {}
    for text in texts:
        if text.content in by_id:
            yield wrong("drawing", f"the id {text.content:.40} is drawn twice", file, text.content[:40])
        by_id[text.content] = (text.x_mm, text.y_mm)
    # Outlines by place on the raster of a micrometre and its neighbours.
    placed: dict[tuple[int, int], list[int]] = {}
    for k, insert in enumerate(inserts):
        placed.setdefault(_raster(insert.x_mm, insert.y_mm), []).append(k)
    used: set[int] = set()
    for number, cell_id in enumerate(cells.ids):
        x, y = float(cells.x_mm[number]), float(cells.y_mm[number])
        at = by_id.get(cell_id)
        if at is None or math.hypot(at[0] - x, at[1] - y) > SAME_MM:
            where = "not drawn" if at is None else f"drawn at ({at[0]:.4f}, {at[1]:.4f}) mm"
            yield wrong("drawing", f"the id of {cell_id} is {where}", file, cell_id, x, y)
        column, row = _raster(x, y)
        near = [k for i in (-1, 0, 1) for j in (-1, 0, 1) for k in placed.get((column + i, row + j), [])]
        name, angle = job.cells[int(cells.kind[number])].name, float(cells.rotation_deg[number])
        mine = [
            k
            for k in near
            if k not in used
            and inserts[k].block == name
            and abs((inserts[k].rotation_deg - angle + 180.0) % 360.0 - 180.0) < 1e-5
            and math.hypot(inserts[k].x_mm - x, inserts[k].y_mm - y) <= SAME_MM
        ]
        if not mine:
            yield wrong("drawing", f"no outline of {name!r} is drawn for {cell_id}", file, cell_id, x, y)
        else:
            used.add(mine[0])
    for cell in job.cells:
        yield from _block(cell, drawing, file)
    web = drawing.space.strokes.get("REF_WEB")
    size = web.vertices[:, :2].max(axis=0) if web is not None else np.zeros(2)
    if not (close(float(size[0]), job.web.width_mm) and close(float(size[1]), length_mm)):
        yield wrong("drawing", f"the web is drawn {size[0]:g} x {size[1]:g} mm", file)


def _block(cell: CellType, drawing: Drawing, file: str) -> Iterator[Finding]:
    block = drawing.blocks.get(cell.name)
    for layer, chain in (("REF_OUTLINE", cell.outline), ("REF_ACTIVE", cell.active_area)):
        strokes = block.strokes.get(layer) if block is not None else None
        if strokes is None or len(strokes) != 1 or not strokes.closed[0]:
            yield wrong("drawing", f"the block of {cell.name!r} has not one closed curve on {layer}", file)
            continue
        drawn = shapely.LinearRing(ring_of(strokes.vertices))
        off = deviation(drawn, shapely.LinearRing(ring_of(np.asarray(chain.vertices))))
        if off > SAME_MM:
            yield Finding(
                rule="map.drawing",
                message=f"{layer} of {cell.name!r} is drawn {off:.4f} mm off",
                measured=off,
                limit=SAME_MM,
                file=file,
            )


def _raster(x: float, y: float) -> tuple[int, int]:
    return math.floor(x / SAME_MM), math.floor(y / SAME_MM)
