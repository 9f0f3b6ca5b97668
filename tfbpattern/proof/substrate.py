"""SEMI E142: whether the substrate map says what the cell map says, and can be read in one way only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

import numpy as np

from tfbpattern.model.finding import Finding
from tfbpattern.model.job import Job
from tfbpattern.model.tester import NO_BIN
from tfbpattern.proof.cellmap.measures import SAME_MM, close
from tfbpattern.proof.curves import Floats, ring_of
from tfbpattern.proof.emitted import Emitted
from tfbpattern.proof.numbers import number_of
from tfbpattern.proof.sheet import Cells
from tfbpattern.units import cos_sin_deg

# Formats, E142: public readers match the namespace literally.
_NAMESPACE = "{urn:semi-org:xsd.E142-1.V1005.SubstrateMap}"
_FACING = {
    "Orientation": "0",
    "OriginLocation": "LowerLeft",
    "AxisDirection": "UpRight",
    "LayoutSpecifier": "Panel/Cells",
}
_SIDES = {"up": "TopSide", "down": "BottomSide"}
_QUALITIES = {"pass": "Pass", "fail": "Fail", "null": "Null"}
# Two hexadecimal digits a cell; FF is the empty place.
_CODES = {"BinType": "HexaDecimal", "NullBin": "FF"}
# Bins that no layout defines: cells that are not tested yet, or known to be bad.
_OWN_BINS = {"untested": "Null", "marked": "Fail"}

# The outlines of the map, from which sizes are taken, leave arcs by a micrometre on either side.
_SIZE_MM = 2.0 * SAME_MM + 1e-5

_Found = dict[str, ElementTree.Element]


def check(emitted: Emitted, document: Mapping[str, Any], cells: Cells, length_mm: float) -> Iterator[Finding]:
    """Each cell stands in its row and column with its id and a bin, and nothing else does."""
    file = emitted.names["e142"]
    try:
        text = emitted.text("e142")
        if "<!" in text.replace("<!--", ""):
            raise ValueError("it declares a document type")
        root = ElementTree.fromstring(text)
        for message in _compared(root, emitted.job, document, cells, length_mm):
            yield Finding(rule="map.e142", message=message, file=file)
    except (ElementTree.ParseError, ValueError, KeyError, TypeError, AttributeError) as error:
        yield Finding(rule="map.e142", message=f"cannot be read: {str(error)[:80]}", file=file)


def _compared(
    root: ElementTree.Element, job: Job, document: Mapping[str, Any], cells: Cells, length_mm: float
) -> Iterator[str]:
    found: _Found = {}
    for name in ("Substrate", "SubstrateMap", "BinCodeMap", "DeviceIdMap", "ReferenceDevices"):
        every = [*root.iter(f"{_NAMESPACE}{name}")]
        if root.tag != f"{_NAMESPACE}MapData" or len(every) != 1:
            yield f"it holds {len(every)} of {name} in the namespace of E142; one is wanted"
            return
        found[name] = every[0]
    yield from _heads(root, found, job, document)
    yield from _layouts(root, job, document, cells, length_mm)
    records = {(record["row"], record["column"]): record for record in document["cells"]}
    yield from _bins(found["BinCodeMap"], job, records)
    yield from _ids(found["DeviceIdMap"], records)
    yield from _references(found["ReferenceDevices"], records)


def _heads(root: ElementTree.Element, found: _Found, job: Job, document: Mapping[str, Any]) -> Iterator[str]:
    """Whose map it is, and how it lies."""
    substrate = {"SubstrateId": f"{job.roll}-{job.frame:04d}", "SubstrateType": "Panel"}
    side = {"SubstrateSide": _SIDES[document["web"]["film_side"]]}
    for name, wanted in (
        ("Substrate", substrate),
        ("SubstrateMap", {**substrate, **_FACING, **side}),
        ("BinCodeMap", _CODES),
    ):
        yield from _said(found[name], wanted)
    for name, own in (("LotId", job.roll), ("ProductId", job.name)):
        told = [each.text for each in root.iter(f"{_NAMESPACE}{name}")]
        if told != [own]:
            yield f"{name} is {told!r:.80}; it must be {own!r}"


def _layouts(
    root: ElementTree.Element, job: Job, document: Mapping[str, Any], cells: Cells, length_mm: float
) -> Iterator[str]:
    """The web, and on it the cells' grid."""
    layouts = {str(each.get("LayoutId")): each for each in root.iter(f"{_NAMESPACE}Layout")}
    if {*layouts} != {"Panel", "Cells"}:
        yield f"the layouts are {sorted(layouts)}; they must be Panel and Cells"
        return
    for layout in layouts.values():
        yield from _said(layout, {"DefaultUnits": "mm"})
    yield from _measured(layouts["Panel"], "DeviceSize", (job.web.width_mm, length_mm))
    numbers = np.array([(record["column"], record["row"]) for record in document["cells"]])
    yield from _measured(layouts["Cells"], "Dimension", tuple((numbers.max(axis=0) + 1).tolist()))
    boxes = _boxes(job, cells)
    yield from _measured(layouts["Cells"], "LowerLeft", tuple(boxes[:, :2].min(axis=0).tolist()))
    sizes = boxes[:, 2:] - boxes[:, :2]
    x0, y0, x1, y1 = job.cells[0].outline.bounds_mm
    # Turned cells that differ in size have that of the unturned type.
    size = sizes[0].tolist() if np.ptp(sizes, axis=0).max() < SAME_MM else (x1 - x0, y1 - y0)
    yield from _measured(layouts["Cells"], "DeviceSize", tuple(size))
    if layouts["Cells"].find(f"{_NAMESPACE}StepSize") is not None:
        # Where there are steps, every cell stands on them.
        places, first = np.column_stack([cells.x_mm, cells.y_mm]), numbers.argmin(axis=0)
        last = numbers.argmax(axis=0)
        ways = [
            (places[last[k], k] - places[first[k], k]) / max(numbers[last[k], k] - numbers[first[k], k], 1)
            for k in (0, 1)
        ]
        yield from _measured(layouts["Cells"], "StepSize", (float(ways[0]), float(ways[1])))
        corner = np.array([places[first[k], k] - numbers[first[k], k] * ways[k] for k in (0, 1)])
        off = np.abs(places - corner - numbers * ways).max()
        if not close(float(off), 0.0):
            yield f"it gives steps, but a cell stands {off:.4f} mm off them"


def _boxes(job: Job, cells: Cells) -> Floats:
    boxes = np.empty((len(cells), 4))
    for kind, rotation, which in cells.groups():
        ring = ring_of(np.asarray(job.cells[kind].outline.vertices))
        cos, sin = cos_sin_deg(rotation)
        turned = np.column_stack([ring[:, 0] * cos - ring[:, 1] * sin, ring[:, 0] * sin + ring[:, 1] * cos])
        boxes[which] = np.tile(cells.places(which), 2) + np.concatenate([turned.min(axis=0), turned.max(axis=0)])
    return boxes


def _bins(bins: ElementTree.Element, job: Job, records: Mapping[tuple[int, int], Mapping[str, Any]]) -> Iterator[str]:
    """Every cell has a bin, nothing else has one, and every bin is what the layout says."""
    rows = [row.text or "" for row in bins.iter(f"{_NAMESPACE}BinCode")]
    high, wide = (max(numbers) + 1 for numbers in zip(*records, strict=True))
    if [len(row) for row in rows] != [2 * wide] * high:
        yield f"it has {len(rows)} rows of {sorted({len(row) for row in rows})} digits; {high} of {2 * wide} are wanted"
        return
    every = {
        (row, column): text[2 * column : 2 * column + 2] for row, text in enumerate(rows) for column in range(wide)
    }
    told = {place: code for place, code in every.items() if code != _CODES["NullBin"]}
    for place in sorted(told.keys() ^ records.keys()):
        what = "has a bin and no cell" if place in told else "has a cell and no bin"
        yield f"row {place[0]}, column {place[1]} {what}"
    counts = Counter(told.values())
    tests = {f"{b.code:02X}": (b.name, _QUALITIES[b.quality]) for b in (job.tester.bins if job.tester else ())}
    tests[f"{NO_BIN:02X}"] = ("no-bin", "Fail")
    quality: dict[str, str] = {}
    marked = None
    for each in bins.iter(f"{_NAMESPACE}BinDefinition"):
        code, name = str(each.get("BinCode")), str(each.get("BinDescription"))
        marked = code if name == "marked" and code not in tests else marked
        wanted = tests.get(code, (name, _OWN_BINS.get(name)))
        if code in quality or (name, each.get("BinQuality")) != wanted:
            yield f"the bin {code:.10} is {name!r:.40}, {each.get('BinQuality')}, which it must not be"
        if (each.get("Pick") == "true") != (each.get("BinQuality") == "Pass"):
            yield f"the bin {code:.10} is to be picked, or not, against its quality"
        quality[code] = str(each.get("BinQuality"))
        if each.get("BinCount") != str(counts.pop(code, 0)):
            yield f"the bin {code:.10} does not hold the {each.get('BinCount')} cells that it says"
    if counts:
        yield f"the bins {sorted(counts)} are not defined"
    for place in sorted(told.keys() & records.keys()):
        bad, code = records[place]["status"] == "marked", told[place]
        if (bad and quality.get(code) == "Pass") or (marked is not None and bad != (code == marked)):
            yield f"{records[place]['id']} is {records[place]['status']!r} in the map, and in the bin {code} here"


def _ids(devices: ElementTree.Element, records: Mapping[tuple[int, int], Mapping[str, Any]]) -> Iterator[str]:
    ids: dict[tuple[int, int], str | None] = {}
    for each in devices.iter(f"{_NAMESPACE}Id"):
        place = _place(each)
        if place in ids:
            yield f"row {place[0]}, column {place[1]} has two ids"
        ids[place] = each.text
    for place in sorted(ids.keys() | records.keys()):
        wanted = records[place]["id"] if place in records else None
        if ids.get(place) != wanted:
            yield f"row {place[0]}, column {place[1]} is {ids.get(place)!r:.40}; the map says {wanted!r}"


def _references(devices: ElementTree.Element, records: Mapping[tuple[int, int], Mapping[str, Any]]) -> Iterator[str]:
    """The cells by which the map is laid on the substrate are where they are said to be."""
    every = [*devices.iter(f"{_NAMESPACE}ReferenceDevice")]
    if sorted(str(each.get("Name")) for each in every) != ["FirstDevice", "LastDevice"]:
        yield "the reference devices are not a first and a last one"
    for each in every:
        at, spot = each.find(f"{_NAMESPACE}Coordinates"), each.find(f"{_NAMESPACE}Position")
        if at is None or spot is None:
            yield "a reference device has no coordinates or no position"
            continue
        record = records.get(_place(at), {})
        x, y = (number_of(spot.get(axis, "")) for axis in "XY")
        if spot.get("Units") != "mm" or not (close(record.get("x_mm"), x) and close(record.get("y_mm"), y)):
            yield f"the {each.get('Name')} is not at ({x:g}, {y:g}) {spot.get('Units')}"


def _place(element: ElementTree.Element) -> tuple[int, int]:
    """Row and column."""
    return int(number_of(element.get("Y", ""))), int(number_of(element.get("X", "")))


def _said(element: ElementTree.Element, wanted: Mapping[str, str]) -> Iterator[str]:
    for key, value in wanted.items():
        if element.get(key) != value:
            yield f"{key} is {element.get(key)!r:.40}; it must be {value!r}"


def _measured(layout: ElementTree.Element, name: str, wanted: tuple[float, ...]) -> Iterator[str]:
    every = layout.findall(f"{_NAMESPACE}{name}")
    told = [number_of(each.get(axis, "")) for each in every for axis in "XY"]
    if len(told) != 2 or not all(abs(a - b) <= _SIZE_MM for a, b in zip(told, wanted, strict=True)):
        yield f"{name} of {layout.get('LayoutId')} is {told}; it must be {[round(value, 6) for value in wanted]}"
