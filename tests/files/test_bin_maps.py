"""Laws of the substrate maps: E142 read back as XML, G85 by a public reader."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.small_job import FULL, SMALL, changed, small, worked_out
from tfbpattern import pipeline
from tfbpattern.files.bin_maps import NAMESPACE, e142, g85
from tfbpattern.files.cells import cells_json
from tfbpattern.files.cells_reading import parse_cells
from tfbpattern.mapping.bins import own_codes, result_bins, status_bins
from tfbpattern.mapping.table import table_of
from tfbpattern.model.celltable import BinMap, CellTable
from tfbpattern.model.tester import NO_BIN, Bin
from tfbpattern.model.tester import Tester as ProbeCard

_MARKED = small(
    ("[[web.fiducials]]", '[web.defects]\nrows = [[5.0, 3.5, 80.0, "pinhole"]]\npolicy = "mark"\n\n[[web.fiducials]]')
)
_BINS = ProbeCard(
    columns=2,
    rows=2,
    pitch_mm=None,
    pad_margin_mm=0.0,
    lock_pitch=False,
    bins=(
        Bin(code=1, name="good", quality="pass", limits=()),
        Bin(code=254, name='odd & "quoted"', quality="fail", limits=()),
    ),
    whole_touchdowns=False,
    touchdown_s=1.0,
    travel_mm_s=1.0,
)


def _table(layout: str) -> CellTable:
    return table_of(worked_out(layout).cells)


def _e142(cells: CellTable, bins: BinMap) -> ElementTree.Element:
    return ElementTree.fromstring("".join(e142(cells, [(cells.frame, bins)])))


def _find(root: ElementTree.Element, path: str) -> list[ElementTree.Element]:
    return root.findall("/".join(f"{{{NAMESPACE}}}{part}" for part in path.split("/")))


def _bin_rows(root: ElementTree.Element) -> list[list[int]]:
    rows = _find(root, "SubstrateMaps/SubstrateMap/Overlay/BinCodeMap/BinCode")
    return [list(bytes.fromhex(row.text or "")) for row in rows]


def test_the_small_map(golden: Callable[[str, str], None]) -> None:
    cells = _table(SMALL)
    golden("small/small.e142.xml", "".join(e142(cells, [(1, status_bins(cells, None))])))


@pytest.mark.parametrize("layout", [SMALL, FULL, _MARKED])
def test_each_cell_has_its_code_and_id_at_its_column_and_row(layout: str) -> None:
    cells = _table(layout)
    bins = status_bins(cells, None)
    root = _e142(cells, bins)
    assert root.tag == f"{{{NAMESPACE}}}MapData"
    rows = _bin_rows(root)
    (dimension,) = _find(root, "Layouts/Layout/Dimension")[1:]
    assert (len(rows[0]), len(rows)) == (int(dimension.attrib["X"]), int(dimension.attrib["Y"]))
    assert {len(row) for row in rows} == {len(rows[0])}
    seen = {(x, y): code for y, row in enumerate(rows) for x, code in enumerate(row) if code != 255}
    places = list(zip(cells.column.tolist(), cells.row.tolist(), strict=True))
    assert seen == dict(zip(places, bins.codes.tolist(), strict=True))
    ids = _find(root, "SubstrateMaps/SubstrateMap/Overlay/DeviceIdMap/Id")
    assert {(int(i.attrib["X"]), int(i.attrib["Y"])): i.text for i in ids} == dict(zip(places, cells.ids, strict=True))


def test_definitions_count_the_codes() -> None:
    root = _e142(_table(_MARKED), status_bins(_table(_MARKED), None))
    codes = [code for row in _bin_rows(root) for code in row]
    defined = _find(root, "SubstrateMaps/SubstrateMap/Overlay/BinCodeMap/BinDefinitions/BinDefinition")
    assert {d.attrib["BinDescription"]: int(d.attrib["BinCount"]) for d in defined} == {"untested": 5, "marked": 1}
    for d in defined:
        assert codes.count(int(d.attrib["BinCode"], 16)) == int(d.attrib["BinCount"])


def test_the_map_states_its_orientation() -> None:
    for layout, side in ((SMALL, "TopSide"), (FULL, "BottomSide")):
        (substrate,) = _find(_e142(_table(layout), status_bins(_table(layout), None)), "SubstrateMaps/SubstrateMap")
        assert substrate.attrib["OriginLocation"] == "LowerLeft"
        assert substrate.attrib["AxisDirection"] == "UpRight"
        assert substrate.attrib["SubstrateSide"] == side
        assert substrate.attrib["SubstrateType"] == "Panel"


def test_places_follow_from_the_layout_of_a_regular_nest() -> None:
    cells = _table(SMALL)
    root = _e142(cells, status_bins(cells, None))
    layout = _find(root, "Layouts/Layout")[1]
    low, size, step = (
        np.array([float(_find(layout, name)[0].attrib[axis]) for axis in "XY"])
        for name in ("LowerLeft", "DeviceSize", "StepSize")
    )
    at = low + size / 2 + np.column_stack([cells.column, cells.row]) * step
    assert at == pytest.approx(np.column_stack([cells.x_mm, cells.y_mm]), abs=1e-6)
    for device in _find(root, "SubstrateMaps/SubstrateMap/Overlay/ReferenceDevices/ReferenceDevice"):
        place, true = _find(device, "Coordinates")[0].attrib, _find(device, "Position")[0].attrib
        (k,) = np.flatnonzero((cells.column == int(place["X"])) & (cells.row == int(place["Y"])))
        assert (float(true["X"]), float(true["Y"])) == (cells.x_mm[k], cells.y_mm[k])


def test_an_irregular_nest_has_no_step() -> None:
    document = json.loads("".join(cells_json(worked_out(SMALL).cells)))
    document["cells"][4]["x_mm"] += 0.00001
    cells = parse_cells(json.dumps(document), "x")
    assert _find(_e142(cells, status_bins(cells, None)), "Layouts/Layout/StepSize") == []


@pytest.mark.parametrize("half_nanometres", [1, 7, 13])
def test_turned_cells_have_the_size_they_are_turned_to_whatever_rounding_made_of_it(half_nanometres: int) -> None:
    cells = _table(SMALL)
    outline = cells.types[0].outline_mm
    width, height = np.ptp(outline, axis=0)
    longer = width + half_nanometres * 5e-7
    stretched = replace(cells.types[0], outline_mm=outline * (longer / width, 1.0))
    shift = 0.123457 * np.arange(len(cells))
    turned = replace(
        cells,
        types=(stretched,),
        rotation_deg=np.full(len(cells), 90.0),
        x_mm=cells.x_mm + shift,
        y_mm=cells.y_mm + shift,
    )
    size = _find(_e142(turned, status_bins(turned, None)), "Layouts/Layout/DeviceSize")[1].attrib
    assert (float(size["X"]), float(size["Y"])) == pytest.approx((height, longer), abs=1.1e-6)


def test_a_run_of_frames_is_one_map_with_a_substrate_each() -> None:
    cells = _table(SMALL)
    frames = [(frame, result_bins(np.full(6, code), _BINS)) for frame, code in ((3, 1), (4, 254), (5, 99))]
    root = ElementTree.fromstring("".join(e142(cells, frames)))
    maps = _find(root, "SubstrateMaps/SubstrateMap")
    assert [m.attrib["SubstrateId"] for m in maps] == ["R001-0003", "R001-0004", "R001-0005"]
    rows = [_find(m, "Overlay/BinCodeMap/BinCode") for m in maps]
    assert [[b.text for b in r] for r in rows] == [["010101"] * 2, ["FEFEFE"] * 2, ["636363"] * 2]


def test_codes_of_our_own_are_none_of_the_layouts() -> None:
    assert own_codes(None) == (254, 253)
    assert own_codes(_BINS) == (253, 252)
    assert NO_BIN not in own_codes(_BINS)


def test_g85_is_read_by_a_public_reader() -> None:
    reader: Any = pytest.importorskip("g85")
    cells = _table(SMALL)
    bins = result_bins(np.array([1, 1, 254, 99, 253, 1]), _BINS)
    (found,) = reader.read(io.StringIO("".join(g85(cells, bins))))
    (device,) = found.devices
    assert found.SubstrateId == "R001-0001"
    assert device.map == [[1, 1, 254], [99, 253, 1]]
    assert (device.Rows, device.Columns, device.OriginLocation, device.NullBin) == (2, 3, 3, 255)
    assert device.bin_pass == {1: True, 254: False, 99: False, 253: False}
    assert device.reference_xy == (0, 0)


def test_g85_has_three_digits_a_cell_and_gaps() -> None:
    document = json.loads("".join(cells_json(worked_out(SMALL).cells)))
    del document["cells"][1]
    cells = parse_cells(json.dumps(document), "x")
    rows = [
        row.text
        for row in ElementTree.fromstring("".join(g85(cells, status_bins(cells, None)))).iter()
        if row.tag.endswith("Row")
    ]
    assert rows == ["254 255 254", "254 254 254"]


def test_the_map_read_back_is_the_map() -> None:
    for layout in (SMALL, FULL, _MARKED, changed(SMALL, ("[machine]", "[tester]\nsites = [2, 2]\n\n[machine]"))):
        cells = pipeline.work_out(worked_out(layout).layout).cells
        read, made = parse_cells("".join(cells_json(cells)), "x"), table_of(cells)
        for name in ("job", "roll", "frame", "layout_sha256", "width_mm", "frame_length_mm", "film_side", "ids"):
            assert getattr(read, name) == getattr(made, name)
        assert read.neighbours == made.neighbours
        for name in ("kind", "row", "column", "x_mm", "y_mm", "rotation_deg", "marked", "touchdown", "site"):
            assert np.array_equal(getattr(read, name), getattr(made, name)), name
        for a, b in zip(read.types, made.types, strict=True):
            assert np.array_equal(a.outline_mm, b.outline_mm)
            assert a.terminals == b.terminals
