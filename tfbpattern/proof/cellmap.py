"""
Map: what the tester is told, held against the job, and against every other file that says the same.

The map is read for what it is, JSON text of which nothing may be taken for granted.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import shapely

from tfbpattern.model.cell import CellType, Terminal
from tfbpattern.model.finding import Finding
from tfbpattern.model.job import Job
from tfbpattern.proof.curves import ring_of
from tfbpattern.proof.dxf import Drawing
from tfbpattern.proof.emitted import Emitted
from tfbpattern.proof.sheet import Cells
from tfbpattern.units import cos_sin_deg

# Formats: outlines of the map leave the arcs by a micrometre at most; places agree within one.
_SAME_MM = 0.001
# Areas of six decimals, from arcs here taken as chords: relative.
_AREA = 1e-5


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


def check(emitted: Emitted, document: Mapping[str, Any], cells: Cells, length_mm: float) -> Iterator[Finding]:
    """The map against the job, the manifest and the CSV."""
    name = emitted.names["cells_json"]
    yield from (finding for finding in _head(emitted, document, length_mm, name))
    yield from _types(emitted.job, document, name)
    yield from _cells(emitted.job, document, cells, name)
    yield from _status(emitted.job, document, cells, name)
    yield from _manifest(emitted, cells, length_mm)
    if emitted.has("cells_csv"):
        yield from _csv(emitted, document)


def _head(emitted: Emitted, document: Mapping[str, Any], length_mm: float, file: str) -> Iterator[Finding]:
    job = emitted.job
    web = document["web"]
    told = {
        "schema": "tfbpattern/cells/1",
        "job": job.name,
        "roll": job.roll,
        "frame": job.frame,
        "units": "mm",
        "origin_location": "LowerLeft",
        "axis_direction": "UpRight",
        "layout_sha256": emitted.layout_sha256,
    }
    for key, value in told.items():
        if document.get(key) != value:
            yield _wrong("head", f"{key} is {document.get(key)!r:.80}; it must be {value!r:.80}", file)
    for key, value in (("width_mm", job.web.width_mm), ("film_side", job.web.film_side)):
        if web.get(key) != value:
            yield _wrong("head", f"web.{key} is {web.get(key)!r:.40}; it must be {value!r}", file)
    low, high = job.web.frame_length_mm
    if not low - 1e-6 <= length_mm <= high + 1e-6:
        yield _wrong("head", f"the frame is {length_mm:g} mm long; the layout allows {low:g} to {high:g} mm", file)
    marks = [(f.get("name"), f.get("x_mm"), f.get("y_mm")) for f in document.get("fiducials", [])]
    wanted = [(f.name, f.x_mm, f.y_mm) for f in job.web.fiducials]
    alike = len(marks) == len(wanted) and all(
        a[0] == b[0] and _close(a[1], b[1]) and _close(a[2], b[2]) for a, b in zip(marks, wanted, strict=True)
    )
    if not alike:
        yield _wrong("head", "the fiducials are not those of the layout", file)


def _types(job: Job, document: Mapping[str, Any], file: str) -> Iterator[Finding]:
    told = document.get("cell_types")
    if not isinstance(told, list) or [t.get("name") for t in told] != [cell.name for cell in job.cells]:
        yield _wrong("types", "the cell types are not those of the layout", file)
        return
    for cell, described in zip(job.cells, told, strict=True):
        ring = ring_of(np.asarray(cell.outline.vertices))
        outline = shapely.LinearRing(ring)
        try:
            drawn = shapely.LinearRing(described["outline_mm"])
            off = float(shapely.hausdorff_distance(shapely.segmentize(drawn, 0.05), outline))
            off = max(off, float(shapely.distance(drawn, shapely.points(ring)).max()))
            area = float(described["active_area_mm2"])
        except (KeyError, TypeError, ValueError) as error:
            yield _wrong("types", f"{cell.name!r} cannot be read: {str(error)[:60]}", file)
            continue
        if _deviation(drawn, outline) > 2.0 * _SAME_MM:
            yield Finding(
                rule="map.types",
                message=f"the outline of {cell.name!r} is {_deviation(drawn, outline):.4f} mm off",
                measured=_deviation(drawn, outline),
                limit=2.0 * _SAME_MM,
                file=file,
            )
        if abs(area - cell.active_area_mm2) > _AREA * cell.active_area_mm2:
            yield _wrong("types", f"the active area of {cell.name!r} is {area:g} mm2", file)
        if job.stack is not None and not _near(
            described.get("capacity_uah"), job.stack.capacity_uah(cell.active_area_mm2), _AREA
        ):
            yield _wrong("types", f"the capacity of {cell.name!r} is {described.get('capacity_uah')!r:.40}", file)
        yield from _terminals(cell, described, file)


def _deviation(drawn: shapely.LinearRing, outline: shapely.LinearRing) -> float:
    """How far the corners of either ring lie off the other."""
    corners = (shapely.points(np.asarray(ring.coords)) for ring in (drawn, outline))
    return max(
        float(shapely.distance(other, points).max()) for other, points in zip((outline, drawn), corners, strict=True)
    )


def _terminals(cell: CellType, described: Mapping[str, Any], file: str) -> Iterator[Finding]:
    told = described.get("terminals")
    fields = ("name", "kind", "x_mm", "y_mm", "width_mm", "height_mm")
    wanted = [tuple(getattr(terminal, field) for field in fields) for terminal in cell.terminals]
    found = [tuple(t.get(field) for field in fields) for t in told] if isinstance(told, list) else None
    same = (
        found is not None
        and len(found) == len(wanted)
        and all(
            a[:2] == b[:2] and all(_close(p, q) for p, q in zip(a[2:], b[2:], strict=True))
            for a, b in zip(found, wanted, strict=True)
        )
    )
    if not same:
        yield _wrong("types", f"the terminals of {cell.name!r} are not those of the layout", file)


def _cells(job: Job, document: Mapping[str, Any], cells: Cells, file: str) -> Iterator[Finding]:
    """Ids, rows and columns, rotations, terminals of every cell."""
    seen: dict[str, int] = {}
    spots: dict[tuple[int, int], str] = {}
    turns = {(k, angle) for k, cell in enumerate(job.cells) for angle in cell.rotations_deg}
    pads = {}
    for number, record in enumerate(document["cells"]):
        cell_id = cells.ids[number]
        row, column = record.get("row"), record.get("column")
        if cell_id in seen:
            yield _wrong("ids", f"{cell_id} stands for two cells", file, cell_id)
        seen[cell_id] = number
        if not _whole(row) or not _whole(column):
            yield _wrong("ids", f"{cell_id} has no row and column", file, cell_id)
            continue
        if (row, column) in spots:
            yield _wrong("ids", f"{cell_id} and {spots[row, column]} share row {row}, column {column}", file, cell_id)
        spots[row, column] = cell_id
        if cell_id != f"{job.roll}-{job.frame:04d}-R{row:03d}C{column:03d}":
            yield _wrong("ids", f"{cell_id} is not the id of row {row}, column {column}", file, cell_id)
        pose = (int(cells.kind[number]), float(cells.rotation_deg[number]))
        if not any(k == pose[0] and _close(pose[1], angle) for k, angle in turns):
            yield _wrong("cells", f"{cell_id} is turned by {pose[1]:g} degrees, which is not allowed", file, cell_id)
        if pose not in pads:
            pads[pose] = _turned(job.cells[pose[0]].terminals, pose[1])
        x, y = float(cells.x_mm[number]), float(cells.y_mm[number])
        told = record.get("terminals")
        found = [(t.get("name"), t.get("x_mm"), t.get("y_mm")) for t in told] if isinstance(told, list) else []
        wanted = [(name, x + dx, y + dy) for name, dx, dy in pads[pose]]
        if len(found) != len(wanted) or not all(
            a[0] == b[0] and _close(a[1], b[1]) and _close(a[2], b[2]) for a, b in zip(found, wanted, strict=True)
        ):
            yield _wrong("terminals", f"the terminals of {cell_id} are not where its place puts them", file, cell_id)
        for other in record.get("neighbours", []):
            if other == cell_id:
                yield _wrong("neighbours", f"{cell_id} is its own neighbour", file, cell_id)
    yield from _neighbours(document, cells, seen, file)
    yield from _probing(document, cells, file)


def _neighbours(document: Mapping[str, Any], cells: Cells, numbers: Mapping[str, int], file: str) -> Iterator[Finding]:
    """Neighbours, where the map tells them, are cells of the map, and each other's."""
    pairs = {
        (cells.ids[k], other) for k, record in enumerate(document["cells"]) for other in record.get("neighbours", [])
    }
    for one, other in sorted(pairs, key=str):
        if other not in numbers:
            yield _wrong("neighbours", f"{other!r:.40}, a neighbour of {one}, is no cell of the map", file, one)
        elif (other, one) not in pairs:
            yield _wrong("neighbours", f"{other} is a neighbour of {one}, but not the other way", file, one)


def _probing(document: Mapping[str, Any], cells: Cells, file: str) -> Iterator[Finding]:
    """Touchdowns and sites, where the map tells them: every cell has one, no two cells share one."""
    taken: dict[tuple[Any, Any], str] = {}
    with_place = [k for k, record in enumerate(document["cells"]) if "touchdown" in record or "site" in record]
    for k in with_place:
        record = document["cells"][k]
        place = (record.get("touchdown"), record.get("site"))
        if not _whole(place[0]) or not _whole(place[1]):
            yield _wrong("touchdowns", f"{cells.ids[k]} has no touchdown and site", file, cells.ids[k])
        elif place in taken:
            yield _wrong(
                "touchdowns",
                f"{cells.ids[k]} and {taken[place]} share site {place[1]} of touchdown {place[0]}",
                file,
                cells.ids[k],
            )
        else:
            taken[place] = cells.ids[k]
    if with_place and len(with_place) < len(cells):
        yield _wrong("touchdowns", f"{len(cells) - len(with_place)} cells are never probed", file)


def _turned(terminals: tuple[Terminal, ...], rotation_deg: float) -> list[tuple[str, float, float]]:
    cos, sin = cos_sin_deg(rotation_deg)
    return [(t.name, t.x_mm * cos - t.y_mm * sin, t.x_mm * sin + t.y_mm * cos) for t in terminals]


def _status(job: Job, document: Mapping[str, Any], cells: Cells, file: str) -> Iterator[Finding]:
    """A cell is marked where a defect that is not avoided touches it, and only there."""
    defects = job.web.marked_defects
    touched = np.zeros(len(cells), dtype=bool)
    surely = np.zeros(len(cells), dtype=bool)
    if defects:
        tree = shapely.STRtree(shapely.points([(d.x_mm, d.y_mm) for d in defects]))
        radii = np.array([d.diameter_mm / 2.0 for d in defects])
        for kind, rotation, which in cells.groups():
            ring = ring_of(np.asarray(job.cells[kind].outline.vertices))
            cos, sin = cos_sin_deg(rotation)
            turned = np.column_stack([ring[:, 0] * cos - ring[:, 1] * sin, ring[:, 0] * sin + ring[:, 1] * cos])
            places = cells.places(which)
            span = np.abs(turned).max() + radii.max() + _SAME_MM
            number, defect = tree.query(
                shapely.box(*(places - span).T, *(places + span).T)  # the cells' surroundings
            )
            spots = shapely.points(
                np.array([(defects[d].x_mm, defects[d].y_mm) for d in defect.tolist()]).reshape(-1, 2) - places[number]
            )
            away = shapely.distance(shapely.Polygon(turned), spots) - radii[defect]
            touched[which[number[away <= _SAME_MM]]] = True
            surely[which[number[away <= -_SAME_MM]]] = True
    for number, record in enumerate(document["cells"]):
        status = record.get("status")
        if (
            status not in ("cut", "marked")
            or (status == "marked" and not touched[number])
            or (status == "cut" and surely[number])
        ):
            yield _wrong(
                "status",
                f"{cells.ids[number]} is {status!r:.20}; {'a' if surely[number] else 'no'} known defect lies on it",
                file,
                cells.ids[number],
            )


def _manifest(emitted: Emitted, cells: Cells, length_mm: float) -> Iterator[Finding]:
    """The manifest counts the same cells."""
    nest = emitted.manifest.get("nest")
    if not isinstance(nest, dict):
        yield _wrong("manifest", "the manifest has no figures of the nest", "manifest.json")
        return
    by_type = {cell.name: int((cells.kind == k).sum()) for k, cell in enumerate(emitted.job.cells)}
    for key, value in (("cells", len(cells)), ("by_type", by_type)):
        if nest.get(key) != value:
            yield _wrong("manifest", f"nest.{key} is {nest.get(key)!r:.60}; the map has {value}", "manifest.json")
    for key, length in (("frame_length_mm", length_mm), ("spacing_mm", emitted.job.spacing_mm)):
        if not _close(nest.get(key), length):
            yield _wrong("manifest", f"nest.{key} is {nest.get(key)!r:.40}, not {length:g}", "manifest.json")
    for cell in emitted.job.cells:
        count = by_type[cell.name]
        if not cell.demand.least <= count <= cell.demand.most:
            yield _wrong("manifest", f"{count} cells of {cell.name!r} are not what is wanted", "manifest.json")


def _csv(emitted: Emitted, document: Mapping[str, Any]) -> Iterator[Finding]:
    """The CSV says what the JSON says, row by row."""
    file = emitted.names["cells_csv"]
    rows = list(csv.reader(io.StringIO(emitted.text("cells_csv"))))
    records = document["cells"]
    names = list(dict.fromkeys(t.name for cell in emitted.job.cells for t in cell.terminals))
    plain = ["id", "type", "row", "column", "x_mm", "y_mm", "rotation_deg", "status"]
    head = plain + [f"{name}_{axis}_mm" for name in names for axis in "xy"]
    if not rows or rows[0][: len(head)] != head:
        yield _wrong("csv", "the columns are not those of the map", file)
        return
    if len(rows) - 1 != len(records):
        yield _wrong("csv", f"{len(rows) - 1} rows stand for {len(records)} cells", file)
    for number, (row, record) in enumerate(zip(rows[1:], records, strict=False), 2):
        at = {t.get("name"): t for t in record.get("terminals", []) if isinstance(t, dict)}
        wanted = [record.get(key) for key in plain]
        wanted += [at[name].get(f"{axis}_mm") if name in at else "" for name in names for axis in "xy"]
        if len(row) < len(head) or not all(_says(text, value) for text, value in zip(row, wanted, strict=False)):
            yield Finding(
                rule="map.csv",
                message=f"the row of {record.get('id')} does not say what the map says",
                cells=(str(record.get("id")),),
                file=file,
                line=number,
            )


def check_drawing(emitted: Emitted, drawing: Drawing, cells: Cells, length_mm: float) -> Iterator[Finding]:
    """The drawing for people shows the same cells with the same ids, and the outlines of the layout."""
    file = emitted.names["drawing_dxf"]
    job = emitted.job
    inserts = drawing.space.inserts.get("REF_OUTLINE", [])
    texts = drawing.space.texts.get("REF_ID", [])
    if not len(inserts) == len(texts) == len(cells):
        yield _wrong("drawing", f"{len(inserts)} outlines and {len(texts)} ids are drawn for {len(cells)} cells", file)
    by_id: dict[str, tuple[float, float]] = {}
    for text in texts:
        if text.content in by_id:
            yield _wrong("drawing", f"the id {text.content:.40} is drawn twice", file, text.content[:40])
        by_id[text.content] = (text.x_mm, text.y_mm)
    # Outlines by place on the raster of a micrometre and its neighbours.
    placed: dict[tuple[int, int], list[int]] = {}
    for k, insert in enumerate(inserts):
        placed.setdefault(_raster(insert.x_mm, insert.y_mm), []).append(k)
    used: set[int] = set()
    for number, cell_id in enumerate(cells.ids):
        x, y = float(cells.x_mm[number]), float(cells.y_mm[number])
        at = by_id.get(cell_id)
        if at is None or math.hypot(at[0] - x, at[1] - y) > _SAME_MM:
            where = "not drawn" if at is None else f"drawn at ({at[0]:.4f}, {at[1]:.4f}) mm"
            yield _wrong("drawing", f"the id of {cell_id} is {where}", file, cell_id, x, y)
        column, row = _raster(x, y)
        near = [k for i in (-1, 0, 1) for j in (-1, 0, 1) for k in placed.get((column + i, row + j), [])]
        name, angle = job.cells[int(cells.kind[number])].name, float(cells.rotation_deg[number])
        mine = [
            k
            for k in near
            if k not in used
            and inserts[k].block == name
            and abs((inserts[k].rotation_deg - angle + 180.0) % 360.0 - 180.0) < 1e-5
            and math.hypot(inserts[k].x_mm - x, inserts[k].y_mm - y) <= _SAME_MM
        ]
        if not mine:
            yield _wrong("drawing", f"no outline of {name!r} is drawn for {cell_id}", file, cell_id, x, y)
        else:
            used.add(mine[0])
    for cell in job.cells:
        yield from _block(cell, drawing, file)
    web = drawing.space.strokes.get("REF_WEB")
    size = web.vertices[:, :2].max(axis=0) if web is not None else np.zeros(2)
    if not (_close(float(size[0]), job.web.width_mm) and _close(float(size[1]), length_mm)):
        yield _wrong("drawing", f"the web is drawn {size[0]:g} x {size[1]:g} mm", file)


def _block(cell: CellType, drawing: Drawing, file: str) -> Iterator[Finding]:
    block = drawing.blocks.get(cell.name)
    for layer, chain in (("REF_OUTLINE", cell.outline), ("REF_ACTIVE", cell.active_area)):
        strokes = block.strokes.get(layer) if block is not None else None
        if strokes is None or len(strokes) != 1 or not strokes.closed[0]:
            yield _wrong("drawing", f"the block of {cell.name!r} has not one closed curve on {layer}", file)
            continue
        drawn = shapely.LinearRing(ring_of(strokes.vertices))
        off = _deviation(drawn, shapely.LinearRing(ring_of(np.asarray(chain.vertices))))
        if off > _SAME_MM:
            yield Finding(
                rule="map.drawing",
                message=f"{layer} of {cell.name!r} is drawn {off:.4f} mm off",
                measured=off,
                limit=_SAME_MM,
                file=file,
            )


def _raster(x: float, y: float) -> tuple[int, int]:
    return math.floor(x / _SAME_MM), math.floor(y / _SAME_MM)


def _says(text: str, value: object) -> bool:
    if isinstance(value, str):
        return text == value
    try:
        return isinstance(value, int | float) and float(text) == float(value)
    except ValueError:
        return False


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _close(value: object, wanted: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value - wanted) <= _SAME_MM


def _near(value: object, wanted: float, relative: float) -> bool:
    return isinstance(value, int | float) and abs(value - wanted) <= relative * abs(wanted)


def _wrong(
    rule: str, message: str, file: str, cell: str | None = None, x: float | None = None, y: float | None = None
) -> Finding:
    return Finding(
        rule=f"map.{rule}",
        message=message,
        cells=() if cell is None else (cell,),
        file=file,
        x_mm=x,
        y_mm=y,
    )
