"""
Outlines from a DXF drawing: its file, units, layers and blocks, and what is wrong with it in words.

Shapes are drawn with lines, arcs, circles, ellipses, splines and polylines in model space, or in blocks
inserted there, in one piece or as loose pieces that meet end to end.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ezdxf.document import Drawing
from ezdxf.entities.dxfentity import DXFEntity, DXFTagStorage
from ezdxf.entities.dxfgfx import DXFGraphic
from ezdxf.entities.insert import Insert
from ezdxf.entities.polyline import Polyline
from ezdxf.filemanagement import readfile
from ezdxf.layouts.base import BaseLayout
from ezdxf.lldxf.validator import is_binary_dxf_file, is_dxf_file
from ezdxf.math import Matrix44

from tfbpattern.errors import InputError
from tfbpattern.files.dxf_entities import (
    ANNOTATION_KINDS,
    DAMAGE,
    FLAT_TOLERANCE_MM,
    FLATTEN_TOLERANCE_MM,
    OUTLINE_KINDS,
    chain_of,
    place_of,
)
from tfbpattern.geometry.chains import Chain
from tfbpattern.geometry.joining import Branch, Gap, join
from tfbpattern.units import MM_PER_DXF_UNIT

__all__ = ["FLATTEN_TOLERANCE_MM", "JOIN_TOLERANCE_MM", "read_outline", "read_shapes"]

JOIN_TOLERANCE_MM = 0.005
"""Ends this close are one point. Ours: the usual cut tolerance, a twentieth of a usual setback."""

# No outline needs more entities; blocks in blocks can ask for any number. Ours.
_MOST_ENTITIES = 100_000
_DEEPEST_BLOCK = 50
# Places are listed up to this many; the rest is counted.
_LISTED = 5
# An area below one square micrometre is a line run there and back.
_LEAST_AREA_MM2 = 1e-6
# Group 0, EOF: the last thing in a whole file, as text and as binary.
_END_OF_TEXT = re.compile(rb"[\r\n][ \t]*0[ \t]*(?:\r\n|\r|\n)[ \t]*EOF[ \t]*(?:[\r\n\x00\x1a]|$)")
_END_OF_BINARY = re.compile(rb"\x00EOF\x00")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """An entity, the frame it is drawn in (to mm), the layer it counts as, and whether that is to be read."""

    entity: DXFEntity
    matrix: Matrix44
    layer: str
    wanted: bool


def read_outline(path: Path, layer: str | None) -> Chain:
    """
    The one closed shape on *layer*; if that is None, on all layers that are neither off nor frozen.

    Closed, counter-clockwise from its lowest x (then y), in mm, on whole nanometres; arcs as bulges. Ellipses
    and splines become arcs within :data:`FLATTEN_TOLERANCE_MM`; loose pieces are joined within
    :data:`JOIN_TOLERANCE_MM`. Text, dimensions and the like are passed over.

    Raises:
        InputError: the file cannot be read or has no unit; nothing to cut, several shapes, an open or
            branching one, an entity that cannot be cut or is not flat. The message names file and place.
    """
    shapes = read_shapes(path, layer)
    if len(shapes) > 1:
        advice = "put the others on another layer" if layer is not None else "name the layer of the outline"
        where = _listed([_extent(shape) for shape in shapes])
        raise InputError(f"{path}: {len(shapes)} closed shapes{_on(layer)}, not one: {where}; {advice}")
    return shapes[0]


def read_shapes(path: Path, layer: str | None) -> tuple[Chain, ...]:
    """
    The closed shapes on *layer*, one or more, sorted by bounds; all else as :func:`read_outline`.

    Raises:
        InputError: as :func:`read_outline`, but several shapes are welcome.
    """
    try:
        document, data = _opened(path)
        scale = _mm_per_unit(document, data)
        found = _all_found(document, scale, layer)
        joined = join(_pieces(found), JOIN_TOLERANCE_MM)
        if joined.branches:
            raise InputError(_branching(joined.branches))
        if joined.gaps:
            raise InputError(_gaping(joined.gaps))
        if not joined.closed:
            raise InputError(f"nothing to cut{_on(layer)}; {_layers(found, layer)}")
        for shape in joined.closed:
            if shape.area_mm2 < _LEAST_AREA_MM2:
                raise InputError(f"a closed shape encloses nothing: {_extent(shape)}")
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return joined.closed


def _opened(path: Path) -> tuple[Drawing, bytes]:
    """The drawing and the file it was read from, whole."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError("no such file") from None
    except IsADirectoryError:
        raise InputError("is a folder, not a file") from None
    except (OSError, ValueError) as error:
        raise InputError(getattr(error, "strerror", None) or str(error)) from None
    if data.startswith(b"AC10"):
        raise InputError("is a DWG drawing; save it as DXF")
    try:
        binary = is_binary_dxf_file(str(path))
        if not binary and not is_dxf_file(str(path)):
            raise InputError("is not a DXF drawing")
        if not (_END_OF_BINARY if binary else _END_OF_TEXT).search(data):
            raise InputError("is cut off: the end-of-file mark is missing")
        document = readfile(str(path))
        document.modelspace()
    except InputError:
        raise
    except Exception as error:
        # On a damaged file the reader raises whatever its parts do: no list of exceptions would be complete.
        raise InputError(f"cannot be read as DXF: {error or type(error).__name__}") from None
    return document, data


def _mm_per_unit(document: Drawing, data: bytes) -> float:
    # A header variable that the file does not hold has a default in the reader, metres among them.
    units = document.header.get("$INSUNITS", 0) if b"$INSUNITS" in data else None
    measurement = document.header.get("$MEASUREMENT", 0) if b"$MEASUREMENT" in data else None
    if units in MM_PER_DXF_UNIT:
        return MM_PER_DXF_UNIT[units]
    if units not in (None, 0):
        raise InputError(f"unit {units} in $INSUNITS is not known; known are {sorted(MM_PER_DXF_UNIT)}")
    if measurement == 1:
        return 1.0
    said = ["missing" if value is None else value for value in (units, measurement)]
    raise InputError(
        f"has no unit: $INSUNITS is {said[0]} and $MEASUREMENT is {said[1]}; "
        "set the drawing's units ($INSUNITS 4 for mm)"
    )


def _all_found(document: Drawing, scale: float, named: str | None) -> list[_Found]:
    """Every entity of model space and of the blocks inserted there, inserts included."""
    every: list[_Found] = []
    start = Matrix44.scale(scale, scale, scale)
    for found in _Walk(document, named).inside(document.modelspace(), start, None, ("*model_space",)):
        every.append(found)
        if len(every) > _MOST_ENTITIES:
            raise InputError(f"holds more than {_MOST_ENTITIES} entities, blocks counted as often as inserted")
    return every


class _Walk:
    """The way through model space and its blocks, with what must be known of the layers."""

    def __init__(self, document: Drawing, named: str | None) -> None:
        self.named = None if named is None else named.casefold()
        self.frozen = {layer.dxf.name.casefold() for layer in document.layers if layer.is_frozen()}
        self.off = {layer.dxf.name.casefold() for layer in document.layers if layer.is_off()}

    def inside(
        self, layout: BaseLayout, matrix: Matrix44, outer: str | None, blocks: tuple[str, ...]
    ) -> Iterator[_Found]:
        """
        The entities of a layout or block whose frame *matrix* takes to mm.

        *outer* is the layer of the insert, on which entities of layer 0 count; *blocks* are those entered.
        """
        for entity in layout:
            if isinstance(entity, DXFGraphic):
                own, shown = str(entity.dxf.get("layer", "0")), not entity.dxf.get("invisible", 0)
            else:
                # What the reader does not know it only stores; a layer is all that can be asked for.
                stored = entity.graphic_properties() if isinstance(entity, DXFTagStorage) else {}
                own, shown = str(stored.get("layer", "0")), not stored.get("invisible", 0)
            if not shown:
                continue
            layer = outer if own == "0" and outer is not None else own
            found = _Found(entity=entity, matrix=matrix, layer=layer, wanted=self._wants(layer))
            yield found
            if isinstance(entity, Insert):
                yield from self._inserted(entity, found, blocks)

    def _wants(self, layer: str) -> bool:
        name = layer.casefold()
        return name == self.named or (self.named is None and name not in self.frozen | self.off)

    def _inserted(self, insert: Insert, found: _Found, blocks: tuple[str, ...]) -> Iterator[_Found]:
        # Freezing an insert's layer hides the block, whatever the layers inside; turning it off does not.
        name = found.layer.casefold()
        if name in self.frozen and name != self.named:
            return
        block = insert.block() if insert.dxf.name else None
        entered = str(insert.dxf.name).casefold()
        if block is None or insert.is_xref():
            if found.wanted:
                raise _bad_block(found, "is not in the file" if block is None else "is a drawing of its own")
            return
        if entered in blocks or len(blocks) > _DEEPEST_BLOCK:
            raise _bad_block(found, "contains itself or is nested too deeply")
        if insert.mcount > _MOST_ENTITIES:
            raise _bad_block(found, f"is inserted {insert.mcount} times")
        try:
            copies = insert.multi_insert() if insert.mcount > 1 else (insert,)
            frames = [single.matrix44() for single in copies]
        except DAMAGE as error:
            raise _bad_block(found, f"has no place: {error}") from None
        for frame in frames:
            # Turned around, so that a number that is not one fails too.
            if not 1e-12 < frame.ux.cross(frame.uy).magnitude < 1e12:
                raise _bad_block(found, "is scaled to nothing or without end")
            yield from self.inside(block, frame * found.matrix, found.layer, (*blocks, entered))


def _bad_block(found: _Found, why: str) -> InputError:
    return InputError(f"{_what(found)}: block {found.entity.dxf.name!r} {why}")


def _pieces(every: Sequence[_Found]) -> list[Chain]:
    """The chains of what is wanted, all at one height."""
    pieces: list[Chain] = []
    heights: list[tuple[float, _Found]] = []
    for found in every:
        kind = found.entity.dxftype()
        if not found.wanted or kind == "INSERT" or kind in ANNOTATION_KINDS:
            continue
        mesh = isinstance(found.entity, Polyline) and not (found.entity.is_2d_polyline or found.entity.is_3d_polyline)
        if kind not in OUTLINE_KINDS or mesh or not isinstance(found.entity, DXFGraphic):
            raise InputError(f"{_what(found)} is no part of an outline; explode it or put it on another layer")
        try:
            drawn = chain_of(found.entity, found.matrix)
        except DAMAGE as error:
            raise InputError(f"{_what(found)}: {error}") from None
        if drawn is not None and drawn[0].length_mm > 0.0:
            pieces.append(drawn[0])
            heights.append((drawn[1], found))
    if heights:
        low, high = (pick(heights, key=lambda height: height[0]) for pick in (min, max))
        if high[0] - low[0] > FLAT_TOLERANCE_MM:
            raise InputError(
                f"is not flat: {_what(low[1])} lies at z = {_mm(low[0])} mm, {_what(high[1])} at z = {_mm(high[0])} mm"
            )
    return pieces


def _what(found: _Found) -> str:
    """Kind, handle, layer and place of an entity."""
    entity = found.entity
    place = None
    with contextlib.suppress(*DAMAGE):
        place = place_of(entity, found.matrix) if isinstance(entity, DXFGraphic) else None
    at = "" if place is None else f" at {_point(*place)}"
    return f"{entity.dxftype()} {entity.dxf.get('handle', '')} on layer {found.layer!r}{at}"


def _branching(branches: Sequence[Branch]) -> str:
    where = _listed([f"{branch.ends} at {_point(branch.x_mm, branch.y_mm)}" for branch in branches])
    return f"the outline branches, more than two ends meet: {where}"


def _gaping(gaps: Sequence[Gap]) -> str:
    where = _listed(
        [
            f"from {_point(gap.x_mm, gap.y_mm)} the nearest loose end is {_mm(gap.width_mm)} mm away, "
            f"at {_point(gap.to_x_mm, gap.to_y_mm)}"
            for gap in gaps
        ]
    )
    return f"the outline is open: {where}; ends join within {JOIN_TOLERANCE_MM} mm"


def _layers(every: Sequence[_Found], named: str | None) -> str:
    """What could be cut where."""
    counts = Counter(
        f"{found.layer!r}" + (", not shown" if named is None and not found.wanted else "")
        for found in every
        if found.entity.dxftype() in OUTLINE_KINDS
    )
    if not counts:
        return "no layer of the model space has lines or curves"
    return "lines and curves lie on " + "; ".join(f"{layer} ({count})" for layer, count in sorted(counts.items()))


def _on(layer: str | None) -> str:
    return "" if layer is None else f" on layer {layer!r}"


def _extent(shape: Chain) -> str:
    x_min, y_min, x_max, y_max = shape.bounds_mm
    return f"x {_mm(x_min)} to {_mm(x_max)}, y {_mm(y_min)} to {_mm(y_max)} mm"


def _listed(items: Sequence[str]) -> str:
    more = len(items) - _LISTED
    return "; ".join(items[:_LISTED]) + (f"; and {more} more" if more > 0 else "")


def _point(x_mm: float, y_mm: float) -> str:
    return f"({_mm(x_mm)}, {_mm(y_mm)}) mm"


def _mm(value: float) -> str:
    """At most six decimals, none that say nothing."""
    return f"{float(np.round(value, 6)) + 0.0:.6f}".rstrip("0").rstrip(".") if np.isfinite(value) else str(value)
