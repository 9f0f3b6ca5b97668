"""
Substrate maps: SEMI E142 (the map between machines) and SEMI G85 (its older form), as XML.

X is the column and Y the row of the cell map, row 0 first. Element and attribute names are those that public readers
of either form look for; the namespace is the default one, without prefixes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from tfbpattern.model.celltable import BinMap, CellTable, Ints

NAMESPACE = "urn:semi-org:xsd.E142-1.V1005.SubstrateMap"

# The empty place, in two hexadecimal digits and in three decimal ones.
_NULL = 255
# SECS-II ORLOC, which G85 uses too: 3 is the lower left.
_LOWER_LEFT = 3
_SIDES = {"up": "TopSide", "down": "BottomSide"}
_QUALITIES = {"pass": "Pass", "fail": "Fail", "null": "Null"}


def e142(cells: CellTable, frames: Sequence[tuple[int, BinMap]]) -> Iterator[str]:
    """
    The text of an E142 map in pieces: one substrate for each (frame number, bins).

    Steps are given where every cell stands on one grid. Device ids and reference devices are given where there is one
    frame: ids of others differ by the frame's number only.
    """
    yield f'<?xml version="1.0" encoding="utf-8"?>\n<MapData xmlns="{NAMESPACE}">\n'
    yield from _layouts(cells)
    yield "  <Substrates>\n"
    for frame, _ in frames:
        yield f'    <Substrate SubstrateType="Panel" SubstrateId="{_substrate(cells, frame)}">\n'
        yield f"      <LotId>{escape(cells.roll)}</LotId>\n    </Substrate>\n"
    yield "  </Substrates>\n  <SubstrateMaps>\n"
    for frame, bins in frames:
        yield (
            f'    <SubstrateMap SubstrateType="Panel" SubstrateId="{_substrate(cells, frame)}" Orientation="0"'
            ' OriginLocation="LowerLeft" AxisDirection="UpRight" LayoutSpecifier="Panel/Cells"'
            f' SubstrateSide="{_SIDES[cells.film_side]}">\n'
        )
        yield from _bin_overlay(cells, bins)
        if len(frames) == 1:
            yield from _id_overlay(cells)
            yield from _reference_overlay(cells)
        yield "    </SubstrateMap>\n"
    yield "  </SubstrateMaps>\n</MapData>\n"


def _substrate(cells: CellTable, frame: int) -> str:
    return f"{cells.roll}-{frame:04d}"


def _number(value: float) -> str:
    """A length as the map writes places: six decimals at most, no exponent."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


# Places are told in whole nanometres, so sizes of equal cells differ by some (ours: a micrometre is no size).
_ALIKE_MM = 1e-3


def _layouts(cells: CellTable) -> Iterator[str]:
    boxes = cells.boxes_mm()
    corner, sizes = boxes[:, :2].min(axis=0), boxes[:, 2:] - boxes[:, :2]
    # Where turned cells differ in size, the size is that of the unturned type.
    alike = np.ptp(sizes, axis=0).max() < _ALIKE_MM
    width, height = sizes.min(axis=0) if alike else np.ptp(cells.types[0].outline_mm, axis=0)
    steps = cells.steps_mm
    yield "  <Layouts>\n"
    yield '    <Layout LayoutId="Panel" DefaultUnits="mm" TopLevel="true">\n'
    yield '      <Dimension X="1" Y="1"/>\n'
    yield f'      <DeviceSize X="{_number(cells.width_mm)}" Y="{_number(cells.frame_length_mm)}"/>\n'
    yield '      <ChildLayouts>\n        <ChildLayout LayoutId="Cells"/>\n      </ChildLayouts>\n    </Layout>\n'
    yield '    <Layout LayoutId="Cells" DefaultUnits="mm">\n'
    yield f'      <Dimension X="{int(cells.column.max()) + 1}" Y="{int(cells.row.max()) + 1}"/>\n'
    yield f'      <LowerLeft X="{_number(corner[0])}" Y="{_number(corner[1])}"/>\n'
    yield f'      <DeviceSize X="{_number(width)}" Y="{_number(height)}"/>\n'
    if steps:
        yield f'      <StepSize X="{_number(steps[0])}" Y="{_number(steps[1])}"/>\n'
    yield f"      <ProductId>{escape(cells.job)}</ProductId>\n    </Layout>\n  </Layouts>\n"


def _rows(cells: CellTable, codes: Ints) -> Ints:
    """Codes by row and column."""
    grid = np.full((int(cells.row.max()) + 1, int(cells.column.max()) + 1), _NULL, dtype=np.int64)
    grid[cells.row, cells.column] = codes
    return grid


def _bin_overlay(cells: CellTable, bins: BinMap) -> Iterator[str]:
    yield '      <Overlay MapName="BinCodeMap" MapVersion="1">\n'
    yield f'        <BinCodeMap BinType="HexaDecimal" NullBin="{_NULL:02X}">\n          <BinDefinitions>\n'
    for b in bins.bins:
        pick = ' Pick="true"' if b.quality == "pass" else ""
        yield (
            f'            <BinDefinition BinCode="{b.code:02X}" BinCount="{b.count}"'
            f' BinQuality="{_QUALITIES[b.quality]}" BinDescription={quoteattr(b.name)}{pick}/>\n'
        )
    yield "          </BinDefinitions>\n"
    for row in _rows(cells, bins.codes).astype(np.uint8):
        yield f"          <BinCode>{row.tobytes().hex().upper()}</BinCode>\n"
    yield "        </BinCodeMap>\n      </Overlay>\n"


def _id_overlay(cells: CellTable) -> Iterator[str]:
    yield '      <Overlay MapName="DeviceIdMap" MapVersion="1">\n        <DeviceIdMap>\n'
    for name, x, y in zip(cells.ids, cells.column.tolist(), cells.row.tolist(), strict=True):
        yield f'          <Id X="{x}" Y="{y}">{escape(name)}</Id>\n'
    yield "        </DeviceIdMap>\n      </Overlay>\n"


def _reference_overlay(cells: CellTable) -> Iterator[str]:
    """The first and the last cell with their true places: enough to lay the map on the substrate."""
    yield '      <Overlay MapName="ReferenceDevices" MapVersion="1">\n        <ReferenceDevices>\n'
    for name, k in {"FirstDevice": 0, "LastDevice": len(cells) - 1}.items():
        yield f'          <ReferenceDevice Name="{name}">\n'
        yield f'            <Coordinates X="{cells.column[k]}" Y="{cells.row[k]}"/>\n'
        yield f'            <Position X="{_number(cells.x_mm[k])}" Y="{_number(cells.y_mm[k])}" Units="mm"/>\n'
        yield "          </ReferenceDevice>\n"
    yield "        </ReferenceDevices>\n      </Overlay>\n"


def g85(cells: CellTable, bins: BinMap) -> Iterator[str]:
    """The text of a G85 map in pieces: three decimal digits a cell, apart by spaces, row 0 first."""
    grid = _rows(cells, bins.codes)
    boxes = cells.boxes_mm()
    width, height = (boxes[:, 2:] - boxes[:, :2]).max(axis=0)
    yield '<?xml version="1.0" encoding="utf-8"?>\n<Maps>\n'
    yield (
        '  <Map xmlns="http://www.semi.org" FormatRevision="SEMI G85 0703" SubstrateType="Panel"'
        f' SubstrateId="{_substrate(cells, cells.frame)}">\n'
    )
    yield (
        f'    <Device BinType="Decimal" NullBin="{_NULL:03d}" ProductId={quoteattr(cells.job)}'
        f' LotId={quoteattr(cells.roll)} DeviceSizeX="{_number(width)}" DeviceSizeY="{_number(height)}"'
        f' Rows="{grid.shape[0]}" Columns="{grid.shape[1]}" OriginLocation="{_LOWER_LEFT}" MapType="Array"'
        ' Orientation="0">\n'
    )
    yield f'      <ReferenceDevice ReferenceDeviceX="{cells.column[0]}" ReferenceDeviceY="{cells.row[0]}"/>\n'
    for b in bins.bins:
        yield (
            f'      <Bin BinCode="{b.code:03d}" BinQuality="{_QUALITIES[b.quality]}" BinCount="{b.count}"'
            f" BinDescription={quoteattr(b.name)}/>\n"
        )
    yield '      <Data MapName="BinCodeMap" MapVersion="1">\n'
    for row in grid.tolist():
        yield f"        <Row><![CDATA[{' '.join(f'{code:03d}' for code in row)}]]></Row>\n"
    yield "      </Data>\n    </Device>\n  </Map>\n</Maps>\n"
