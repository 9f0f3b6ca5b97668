"""SEMI E142: whether the substrate map says what the cell map says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from tfbpattern.model.finding import Finding
from tfbpattern.proof.emitted import Emitted

# Formats, E142: public readers match the namespace literally.
_NAMESPACE = "{urn:semi-org:xsd.E142-1.V1005.SubstrateMap}"
_FACING = {"Orientation": "0", "OriginLocation": "LowerLeft", "AxisDirection": "UpRight"}


def check(emitted: Emitted, document: Mapping[str, Any]) -> Iterator[Finding]:
    """Each cell stands in its row and column with its id and a bin, and nothing else does."""
    file = emitted.names["e142"]
    try:
        text = emitted.text("e142")
        if "<!" in text.replace("<!--", ""):
            raise ValueError("it declares a document type")
        yield from _compared(ElementTree.fromstring(text), document, file)
    except (ElementTree.ParseError, ValueError, KeyError, TypeError, AttributeError) as error:
        yield _wrong(f"cannot be read: {str(error)[:80]}", file)


def _compared(root: ElementTree.Element, document: Mapping[str, Any], file: str) -> Iterator[Finding]:
    found = root.find(f".//{_NAMESPACE}SubstrateMap")
    bins = root.find(f".//{_NAMESPACE}BinCodeMap")
    devices = root.find(f".//{_NAMESPACE}DeviceIdMap")
    if root.tag != f"{_NAMESPACE}MapData" or found is None or bins is None or devices is None:
        yield _wrong("it holds no map of bins and ids in the namespace of E142", file)
        return
    for key, value in _FACING.items():
        if found.get(key) != value:
            yield _wrong(f"{key} is {found.get(key)!r}; it must be {value!r}", file)
    side = {"up": "TopSide", "down": "BottomSide"}[document["web"]["film_side"]]
    if found.get("SubstrateSide") != side:
        yield _wrong(f"SubstrateSide is {found.get('SubstrateSide')!r}; the film lies on {side}", file)
    null, rows = bins.get("NullBin"), [row.text or "" for row in bins.iter(f"{_NAMESPACE}BinCode")]
    told = {
        (row, column): text[2 * column : 2 * column + 2]
        for row, text in enumerate(rows)
        for column in range(len(text) // 2)
        if text[2 * column : 2 * column + 2] != null
    }
    cells = {(record["row"], record["column"]): record for record in document["cells"]}
    for place in sorted(told.keys() ^ cells.keys()):
        what = "has a bin and no cell" if place in told else "has a cell and no bin"
        yield _wrong(f"row {place[0]}, column {place[1]} {what}", file)
    ids = {(int(e.get("Y", "-1")), int(e.get("X", "-1"))): e.text for e in devices.iter(f"{_NAMESPACE}Id")}
    for place in sorted(ids.keys() | cells.keys()):
        wanted = cells[place]["id"] if place in cells else None
        if ids.get(place) != wanted:
            yield _wrong(f"row {place[0]}, column {place[1]} is {ids.get(place)!r:.40}; the map says {wanted!r}", file)
    counts = Counter(told.values())
    marked = None
    for bin_ in bins.iter(f"{_NAMESPACE}BinDefinition"):
        code = str(bin_.get("BinCode"))
        marked = code if bin_.get("BinDescription") == "marked" else marked
        if int(bin_.get("BinCount", "-1")) != counts.pop(code, 0):
            yield _wrong(f"the bin {code} does not hold the {bin_.get('BinCount')} cells that it says", file)
    if counts:
        yield _wrong(f"the bins {sorted(counts)} are not defined", file)
    for place, record in sorted(cells.items()):
        if record["status"] == "marked" and told.get(place) not in (None, marked):
            yield _wrong(f"{record['id']} is marked in the map, and in the bin {told.get(place)} here", file)


def _wrong(message: str, file: str) -> Finding:
    return Finding(rule="map.e142", message=message, file=file)
