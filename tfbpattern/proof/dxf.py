"""
A reading of DXF text of its own: what stands in header, blocks and model space, and nothing taken for granted.

Group codes are those of the DXF reference. Only what the emitted drawings hold is understood; another entity, or a
group that would move what is drawn (extrusion, elevation, scale), is a fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

import numpy as np

from tfbpattern.proof.curves import Bools, Floats, Ints, Moves

# What the emitted drawings have; another section may hold what other readers show.
_SECTIONS = {"HEADER", "CLASSES", "TABLES", "BLOCKS", "ENTITIES", "OBJECTS"}
# No web is a kilometre wide (ours).
_GREATEST = 1e6
_COMMON = {5, 8, 100, 330}
# Groups of which one entity has several: markers of classes, owners, and the vertices of a polyline.
_MANY = frozenset({"100", "330"})
_VERTICES = _MANY | {"10", "20", "42"}
_GROUPS = {
    "LWPOLYLINE": _COMMON | {10, 20, 42, 70, 90},
    "INSERT": _COMMON | {2, 10, 20, 30, 50},
    "TEXT": _COMMON | {1, 7, 10, 11, 20, 21, 30, 31, 40, 72, 73},
    "LINE": _COMMON | {10, 11, 20, 21, 30, 31},
    "CIRCLE": _COMMON | {10, 20, 30, 40},
}


class UnreadableError(Exception):
    """The text is no DXF drawing that this reading knows."""


@dataclass(slots=True, kw_only=True)
class Strokes:
    """Polylines in order: flat vertices (x, y, bulge), where each begins, and whether it closes."""

    vertices: Floats
    offsets: Ints
    closed: Bools

    def __len__(self) -> int:
        return len(self.closed)

    def moves(self, shift: Floats | None = None) -> Moves:
        """Every side as a move, in order, the closing side last; owner is the number of the polyline."""
        count = np.diff(self.offsets)
        points = self.vertices[:, :2] if shift is None else self.vertices[:, :2] + shift
        owner = np.repeat(np.arange(len(self)), count)
        last = np.zeros(len(points), dtype=bool)
        last[self.offsets[1:] - 1] = True
        following = np.arange(1, len(points) + 1)
        following[last] = self.offsets[:-1]
        kept = ~last | self.closed[owner]
        return Moves.of_bulges(points[kept], points[following[kept]], self.vertices[kept, 2], owner[kept])


@dataclass(slots=True, kw_only=True)
class Insert:
    """A block at a place."""

    block: str
    x_mm: float
    y_mm: float
    rotation_deg: float


@dataclass(slots=True, kw_only=True)
class Text:
    """A line of text; the place is that of its alignment point."""

    content: str
    x_mm: float
    y_mm: float


@dataclass(slots=True, kw_only=True)
class Space:
    """What a block or the model space holds, by layer."""

    strokes: dict[str, Strokes] = field(default_factory=dict)
    inserts: dict[str, list[Insert]] = field(default_factory=dict)
    texts: dict[str, list[Text]] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)

    @property
    def layers(self) -> set[str]:
        """The layers on which there is anything."""
        return {*self.strokes, *self.besides}

    @property
    def besides(self) -> set[str]:
        """The layers on which there is anything but strokes."""
        return {*self.inserts, *self.texts, *self.others}


@dataclass(slots=True, kw_only=True)
class Drawing:
    """A drawing: header variables (first value of each), layers, blocks, model space."""

    header: Mapping[str, str]
    layers: frozenset[str]
    blocks: Mapping[str, Space]
    space: Space

    @property
    def odd(self) -> set[str]:
        """Layers with what is no stroke in model space."""
        return self.space.besides.union(*(block.layers for block in self.blocks.values()))


def read(text: str) -> Drawing:
    """
    Read a drawing.

    Raises:
        UnreadableError: with what cannot be read.
    """
    text = text.replace("\r\n", "\n")
    if not text.rstrip().endswith("EOF"):
        raise UnreadableError("the drawing is cut off: it does not end with EOF")
    header: dict[str, str] = {}
    layers: set[str] = set()
    blocks: dict[str, Space] = {}
    space = Space()
    seen: set[str] = set()
    for name, records in _sections(text):
        if name in seen or name not in _SECTIONS:
            raise UnreadableError(f"the section {name:.20} {'stands twice' if name in seen else 'is not known'}")
        seen.add(name)
        if name == "HEADER":
            header = _header(records[0])
        elif name == "TABLES":
            layers = set(_layers(records))
        elif name == "BLOCKS":
            blocks = _blocks(records)
        elif name == "ENTITIES":
            space = _space(records[1:])
    return Drawing(header=header, layers=frozenset(layers), blocks=blocks, space=space)


def _layers(records: list[str]) -> Iterator[str]:
    """Names of the layers, all of which are to be seen."""
    for kind, codes, values in map(_split, records):
        if kind == "LAYER" and "2" in codes:
            _check_once(kind, codes)
            at = dict(zip(codes, values, strict=True))
            # Colours below zero switch a layer off; flags 1, 2 and 4 freeze or lock it (DXF reference, LAYER).
            if int(at.get("62", "7")) < 0 or int(at.get("70", "0")) & 7:
                raise UnreadableError(f"the layer {at['2']:.40} is off, frozen or locked")
            yield at["2"]


def _sections(text: str) -> Iterator[tuple[str, list[str]]]:
    """Name and records of each section; the first record is the section's own head."""
    if not text.startswith("  0\n"):
        raise UnreadableError("not a DXF text: it does not begin with group 0")
    # Records are what stands between groups 0; a group code is right-aligned in three places.
    records = text[4:].split("\n  0\n")
    begin = None
    for number, record in enumerate(records):
        kind = record.partition("\n")[0].strip()
        if kind == "EOF" and (number < len(records) - 1 or record.strip() != "EOF"):
            raise UnreadableError("something stands behind the end of the drawing")
        if kind == "SECTION":
            if begin is not None:
                raise UnreadableError("a section begins in another")
            begin = number
        elif kind == "ENDSEC":
            if begin is None:
                raise UnreadableError("a section ends that did not begin")
            _, codes, values = _split(records[begin])
            if not codes or codes[0] != "2":
                raise UnreadableError("a section without a name")
            yield values[0], records[begin:number]
            begin = None
        elif begin is None and kind != "EOF":
            raise UnreadableError(f"a {kind[:20]} outside all sections")
    if begin is not None:
        raise UnreadableError("a section does not end")


def _split(record: str) -> tuple[str, list[str], list[str]]:
    """Kind, group codes and values of a record."""
    lines = record.split("\n")
    if len(lines) % 2 == 0:
        raise UnreadableError(f"a {lines[0].strip()[:20]} has a group code without a value")
    codes = [code.strip() for code in lines[1::2]]
    # Written otherwise than in three places it would hide a record in another one.
    if "0" in codes:
        raise UnreadableError(f"a record in a {lines[0].strip()[:20]}")
    return lines[0].strip(), codes, lines[2::2]


def _check_once(kind: str, codes: list[str], many: Set[str] = _MANY) -> None:
    """Of two values for one group, readers take the first or the last."""
    single = [code for code in codes if code not in many]
    if len({*single}) != len(single):
        twice = next(code for code in single if single.count(code) > 1)
        raise UnreadableError(f"a {kind[:20]} with the group {twice[:10]} twice")


def _header(head: str) -> dict[str, str]:
    _, codes, values = _split(head)
    names = [k for k, code in enumerate(codes) if code == "9"]
    header = {values[k]: values[k + 1].strip() for k in names}
    if len(header) != len(names):
        raise UnreadableError("a variable of the header has two values")
    return header


def _blocks(records: list[str]) -> dict[str, Space]:
    blocks: dict[str, Space] = {}
    name = ""
    held: list[str] = []
    for record in records[1:]:
        kind, codes, values = _split(record)
        if kind == "BLOCK":
            name, held = values[codes.index("2")], []
            base = [float(values[k]) for k, code in enumerate(codes) if code in ("10", "20")]
            if any(base):
                raise UnreadableError(f"the block {name} has its base point at {base}")
        elif kind == "ENDBLK":
            blocks[name] = _space(held)
            name = ""
        elif not name:
            raise UnreadableError(f"a {kind[:20]} outside all blocks")
        else:
            held.append(record)
    return blocks


def _space(records: list[str]) -> Space:
    """The entities of a block or of model space."""
    space = Space()
    polylines: dict[str, tuple[list[float], list[float], list[float], list[int], list[bool]]] = {}
    for record in records:
        kind, codes, values = _split(record)
        allowed = _GROUPS.get(kind)
        try:
            if allowed is None:
                raise UnreadableError(f"an entity {kind[:20]} that the drawing must not hold")
            if not _KNOWN[kind].issuperset(codes):
                odd = sorted(set(codes) - _KNOWN[kind])
                raise UnreadableError(f"a {kind} with the group {odd[0][:10]}, which is not read")
            _check_once(kind, codes, _VERTICES if kind == "LWPOLYLINE" else _MANY)
            layer = values[codes.index("8")]
            if kind == "LWPOLYLINE":
                _polyline(codes, values, polylines.setdefault(layer, ([], [], [], [0], [])))
            elif kind == "INSERT":
                space.inserts.setdefault(layer, []).append(_insert(dict(zip(codes, values, strict=True))))
            elif kind == "TEXT":
                space.texts.setdefault(layer, []).append(_text(dict(zip(codes, values, strict=True))))
            else:
                space.others[layer] = space.others.get(layer, 0) + 1
        except (ValueError, KeyError) as error:
            raise UnreadableError(f"a {kind} that cannot be read: {str(error)[:60]}") from None
    for layer, (x, y, bulge, offsets, closed) in polylines.items():
        space.strokes[layer] = Strokes(
            vertices=np.column_stack([x, y, bulge]),
            offsets=np.array(offsets, dtype=np.int64),
            closed=np.array(closed, dtype=bool),
        )
    return space


_KNOWN = {kind: frozenset(str(code) for code in codes) for kind, codes in _GROUPS.items()}


def _polyline(
    codes: list[str], values: list[str], into: tuple[list[float], list[float], list[float], list[int], list[bool]]
) -> None:
    x, y, bulge, offsets, closed = into
    size = 0
    flag = 0
    told = -1
    for code, value in zip(codes, values, strict=True):
        if code == "10":
            x.append(_finite(value))
            bulge.append(0.0)
            size += 1
        elif code == "20":
            y.append(_finite(value))
            if len(y) != len(x):
                raise ValueError("a y without its x")
        elif code == "42":
            if not size:
                raise ValueError("a bulge without its vertex")
            bulge[-1] = _finite(value)
        elif code == "70":
            flag = _whole(value)
        elif code == "90":
            told = _whole(value)
    if size != told or len(x) != len(y) or size < 2:
        raise UnreadableError(f"a LWPOLYLINE with {size} vertices that says it has {told}")
    if flag not in (0, 1):
        raise UnreadableError(f"a LWPOLYLINE with the flag {flag}")
    closed.append(flag == 1)
    offsets.append(offsets[-1] + size)


def _whole(text: str) -> int:
    if not (text.isascii() and text.strip().isdigit()):
        raise ValueError(f"{text.strip()[:20]!r} is no number to count by")
    return int(text)


def _finite(text: str) -> float:
    # As numbers.number_of does; a call the less for each of millions.
    if "_" in text or not text.isascii():
        raise ValueError(f"{text.strip()[:20]!r} is no number to every reader")
    value = float(text)
    if not -_GREATEST < value < _GREATEST:
        raise ValueError(f"{text.strip()[:20]} is no coordinate")
    return value


def _insert(at: Mapping[str, str]) -> Insert:
    return Insert(
        block=at["2"], x_mm=_finite(at["10"]), y_mm=_finite(at["20"]), rotation_deg=_finite(at.get("50", "0"))
    )


def _text(at: Mapping[str, str]) -> Text:
    aligned = "11" in at
    return Text(
        content=at["1"], x_mm=_finite(at["11" if aligned else "10"]), y_mm=_finite(at["21" if aligned else "20"])
    )
