"""Laws of the cell map as files: cells.json, the master, and cells.csv."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.schemas import problems_of
from tests.small_job import FULL, LEAST, SMALL, changed, small, worked_out
from tfbpattern.files.cells import angle, cells_csv, cells_json, place, prober_csv

_ELL = "{ kind = 'ell', width_mm = 6, height_mm = 5, notch_width_mm = 2, notch_height_mm = 2 }"
_CIRCLE = '{ kind = "circle", diameter_mm = 5 }'
_TERMINAL = (
    "\n[[cells.terminals]]\nname = 'a'\nkind = 'anode'\nx_mm = 0.5\ny_mm = -1\nwidth_mm = 0.4\nheight_mm = 0.3\n"
)
_TESTED = small(("[machine]", "[tester]\nsites = [2, 2]\n\n[machine]"))


def _text(layout: str) -> str:
    return "".join(cells_json(worked_out(layout).cells))


def _json(layout: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_text(layout))
    return document


def _csv(layout: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(cells_csv(worked_out(layout).cells)), newline="")))


def _turned(rotation_deg: float, outline: str = _ELL) -> str:
    return changed(
        LEAST, (_CIRCLE, outline), ("[isolation]", f"rotations_deg = [{rotation_deg}]\n{_TERMINAL}[isolation]")
    )


def test_the_small_map(golden: Callable[[str, str], None]) -> None:
    golden("small/small.cells.json", _text(SMALL))


def test_the_small_table(golden: Callable[[str, str], None]) -> None:
    golden("small/small.cells.csv", "".join(cells_csv(worked_out(SMALL).cells)))


@pytest.mark.parametrize("layout", [SMALL, FULL, LEAST, _turned(90), _turned(33.3)])
def test_the_map_follows_its_schema(layout: str) -> None:
    assert problems_of("cells-1", _json(layout)) == []


def test_the_map_states_its_frame() -> None:
    document = _json(FULL)
    assert (document["schema"], document["units"]) == ("tfbpattern/cells/1", "mm")
    assert (document["origin_location"], document["axis_direction"]) == ("LowerLeft", "UpRight")
    assert (document["job"], document["roll"], document["frame"]) == ("full", "R007", 12)
    assert document["layout_sha256"] == worked_out(FULL).layout.sha256
    assert document["web"]["film_side"] == "down"
    assert document["web"]["width_mm"] == 40.0
    assert document["web"]["frame_length_mm"] == worked_out(FULL).nest.frame_length_mm
    assert document["fiducials"] == [{"name": "F1", "x_mm": 4.0, "y_mm": 4.0}]


def test_a_cell_is_one_line() -> None:
    lines = [line for line in _text(SMALL).splitlines() if '"id":' in line]
    assert len(lines) == 6
    assert [json.loads(line.strip().rstrip(","))["id"] for line in lines] == [c["id"] for c in _json(SMALL)["cells"]]


@pytest.mark.parametrize("layout", [SMALL, FULL, _turned(33.3), _turned(90)])
def test_places_have_six_decimals_at_most(layout: str) -> None:
    def numbers(value: object) -> list[str]:
        if isinstance(value, dict):
            return [n for item in value.values() for n in numbers(item)]
        if isinstance(value, list):
            return [n for item in value for n in numbers(item)]
        return [value] if isinstance(value, str) and value.startswith("=") else []

    written = numbers(json.loads(_text(layout), parse_float=lambda text: f"={text}"))
    assert written
    for number in written:
        assert len(number.partition(".")[2]) <= 6
        assert "e" not in number
        assert number != "=-0.0"


@pytest.mark.parametrize("rotation_deg", [0, 90, 180, 270, 33.3])
def test_terminals_stand_where_the_rotated_cell_has_them(rotation_deg: float) -> None:
    document = _json(_turned(rotation_deg))
    cos, sin = math.cos(math.radians(rotation_deg)), math.sin(math.radians(rotation_deg))
    for cell in document["cells"]:
        assert cell["rotation_deg"] == pytest.approx(rotation_deg)
        (terminal,) = cell["terminals"]
        assert terminal["x_mm"] == pytest.approx(cell["x_mm"] + 0.5 * cos + 1.0 * sin, abs=1e-6)
        assert terminal["y_mm"] == pytest.approx(cell["y_mm"] + 0.5 * sin - 1.0 * cos, abs=1e-6)


@pytest.mark.parametrize(
    "outline",
    [
        _CIRCLE,
        "{ kind = 'stadium', width_mm = 9, height_mm = 4 }",
        "{ kind = 'rect', width_mm = 6, height_mm = 5, corner_radius_mm = 0.01 }",
        "{ kind = 'polygon', points_mm = [[0, 0, -0.3], [6, 0, 0.9], [6, 4], [0, 4]] }",
        _ELL,
    ],
)
def test_outlines_are_polygons_on_the_arcs_within_a_micrometre(outline: str) -> None:
    sheet = worked_out(changed(LEAST, (_CIRCLE, outline)))
    true = sheet.layout.job.cells[0].outline
    (kind,) = json.loads("".join(cells_json(sheet.cells)))["cell_types"]
    points = np.array(kind["outline_mm"])
    # A thousand points along each true arc, with distances to the polygon's edges and of its vertices from them.
    p0, p1, bulge = true.segments
    dense = []
    for a, b, g in zip(p0, p1, bulge, strict=True):
        t = np.linspace(0.0, 1.0, 1001)[:, None]
        if g == 0.0:
            dense.append(a + (b - a) * t)
            continue
        chord = complex(*(b - a))
        centre = complex(*a) + chord / 2 * (1 + 1j * (1 - g * g) / (2 * g))
        on = centre + (complex(*a) - centre) * np.exp(1j * 4 * math.atan(g) * t[:, 0])
        dense.append(np.column_stack([on.real, on.imag]))
    curve = np.concatenate(dense)

    def away(places: np.ndarray[Any, Any], starts: np.ndarray[Any, Any], ends: np.ndarray[Any, Any]) -> float:
        along = ends - starts
        size = np.maximum((along**2).sum(axis=1), 1e-300)
        t = np.clip(((places[:, None] - starts) * along).sum(axis=2) / size, 0.0, 1.0)
        return float(np.hypot(*np.moveaxis(places[:, None] - starts - t[..., None] * along, 2, 0)).min(axis=1).max())

    assert away(curve[::7], points, np.roll(points, -1, axis=0)) <= 0.001 + 1e-6
    assert away(points, curve, np.roll(curve, -1, axis=0)) <= 1e-5
    x, y = points.T
    assert float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) > 0.0


def test_capacity_follows_from_stack_and_active_area() -> None:
    (kind,) = _json(SMALL)["cell_types"]
    # A rectangle of 8 x 6 less a setback of 0.5 all around; corners of 0.5 become sharp.
    assert kind["active_area_mm2"] == pytest.approx(35.0, abs=1e-6)
    assert kind["capacity_uah"] == pytest.approx(68.9 * 10.0 * 0.944 * 35.0 / 100.0, abs=1e-6)


def test_without_a_stack_there_is_no_capacity() -> None:
    assert "capacity_uah" not in _json(LEAST)["cell_types"][0]


def test_the_table_says_what_the_map_says() -> None:
    for layout in (SMALL, FULL, LEAST, _turned(33.3)):
        document, rows = _json(layout), _csv(layout)
        assert len(rows) == len(document["cells"])
        for cell, row in zip(document["cells"], rows, strict=True):
            for key in ("id", "type", "status"):
                assert row[key] == cell[key]
            for key in ("row", "column", "x_mm", "y_mm", "rotation_deg"):
                assert float(row[key]) == cell[key]
            for terminal in cell["terminals"]:
                for axis in "xy":
                    assert float(row[f"{terminal['name']}_{axis}_mm"]) == terminal[f"{axis}_mm"]


def test_the_table_has_a_pair_of_columns_for_each_terminal() -> None:
    header = "id,type,row,column,x_mm,y_mm,rotation_deg,status"
    pads = "anode_x_mm,anode_y_mm,cathode_x_mm,cathode_y_mm"
    assert "".join(cells_csv(worked_out(SMALL).cells)).splitlines()[0] == f"{header},{pads},neighbours"
    assert "".join(cells_csv(worked_out(LEAST).cells)).splitlines()[0] == f"{header},neighbours"
    tested = "".join(cells_csv(worked_out(_TESTED).cells)).splitlines()[0]
    assert tested == f"{header},{pads},neighbours,touchdown,site"


def test_the_prober_is_told_place_and_mask_of_each_touchdown_in_order() -> None:
    cells = worked_out(_TESTED).cells
    rows = list(csv.DictReader(io.StringIO("".join(prober_csv(cells)), newline="")))
    assert [row["touchdown"] for row in rows] == ["0", "1"]
    for number, row in enumerate(rows):
        tested = {cell.site: cell for cell in cells if cell.touchdown == number}
        assert {site for site, flag in enumerate(row["mask"]) if flag == "1"} == {*tested}
        assert len(row["mask"]) == 4
        assert int(row["cells"]) == len(tested)
        for site, cell in tested.items():
            assert site is not None
            assert float(row["x_mm"]) + site % 2 * 8.03 == pytest.approx(cell.x_mm, abs=1e-6)
            assert float(row["y_mm"]) + site // 2 * 6.03 == pytest.approx(cell.y_mm, abs=1e-6)


def test_touchdown_and_site_are_there_where_there_is_a_tester() -> None:
    assert problems_of("cells-1", _json(_TESTED)) == []
    assert _json(_TESTED)["probe_card"] == {"columns": 2, "rows": 2, "pitch_mm": [8.03, 6.03], "touchdowns": 2}
    for record, cell in zip(_json(_TESTED)["cells"], worked_out(_TESTED).cells, strict=True):
        assert (record["touchdown"], record["site"]) == (cell.touchdown, cell.site)
    assert "probe_card" not in _json(SMALL)
    assert all("touchdown" not in cell and "site" not in cell for cell in _json(SMALL)["cells"])


def test_neighbours_are_in_both_files() -> None:
    for record, row, cell in zip(_json(SMALL)["cells"], _csv(SMALL), worked_out(SMALL).cells, strict=True):
        assert tuple(record["neighbours"]) == tuple(row["neighbours"].split()) == cell.neighbours


def test_both_files_end_their_lines_with_a_line_feed() -> None:
    for text in (_text(SMALL), "".join(cells_csv(worked_out(SMALL).cells))):
        assert text.endswith("\n")
        assert "\r" not in text


def test_whole_angles_have_no_decimal_point() -> None:
    assert [json.dumps(angle(a)) for a in (0.0, 90.0, 45.5, 359.0)] == ["0", "90", "45.5", "359"]


@given(st.floats(-1e5, 1e5))
def test_a_place_is_rounded_to_the_nanometre_and_never_minus_zero(value: float) -> None:
    assert abs(place(value) - value) <= 0.5e-6 * (1 + 1e-9) + 1e-11
    assert json.dumps(place(value)) != "-0.0"
    assert place(place(value)) == place(value)


@pytest.mark.parametrize(
    ("break_it", "where"),
    [
        (lambda d: d["cells"][2].pop("id"), "$.cells[2]"),
        (lambda d: d["cells"][2].update(id="R001-0001-R000"), "$.cells[2].id"),
        (lambda d: d["cells"][0].update(status="good"), "$.cells[0].status"),
        (lambda d: d["cells"][0].update(row=-1), "$.cells[0].row"),
        (lambda d: d["cells"][0].update(column=0.5), "$.cells[0].column"),
        (lambda d: d["cells"][0].update(row=True), "$.cells[0].row"),
        (lambda d: d["cells"][0].update(x_mm="5"), "$.cells[0].x_mm"),
        (lambda d: d["cells"][0].update(x_mm=None), "$.cells[0].x_mm"),
        (lambda d: d["cells"][0].update(rotation_deg=360), "$.cells[0].rotation_deg"),
        (lambda d: d["cells"][0]["terminals"][0].pop("name"), "$.cells[0].terminals[0]"),
        (lambda d: d["cells"][0].update(neighbours=["x"]), "$.cells[0].neighbours[0]"),
        (lambda d: d["cells"][0].update(touchdown="0"), "$.cells[0].touchdown"),
        (lambda d: d["cells"][0].update(site=-1), "$.cells[0].site"),
        (lambda d: d.update(cells={}), "$.cells"),
        (lambda d: d.update(schema="tfbpattern/cells/2"), "$.schema"),
        (lambda d: d.update(units="inch"), "$.units"),
        (lambda d: d.update(origin_location="UpperLeft"), "$.origin_location"),
        (lambda d: d.update(layout_sha256="ABC"), "$.layout_sha256"),
        (lambda d: d["web"].update(film_side="left"), "$.web.film_side"),
        (lambda d: d["web"].pop("frame_length_mm"), "$.web"),
        (lambda d: d["cell_types"][0]["outline_mm"][0].append(1), "$.cell_types[0].outline_mm[0]"),
        (lambda d: d["cell_types"][0]["outline_mm"][0].pop(), "$.cell_types[0].outline_mm[0]"),
        (lambda d: d["cell_types"][0].update(capacity_uah="1"), "$.cell_types[0].capacity_uah"),
        (lambda d: d["cell_types"][0]["terminals"][0].update(kind="plus"), "$.cell_types[0].terminals[0].kind"),
        (lambda d: d["fiducials"][0].update(name="a/b"), "$.fiducials[0].name"),
        (lambda d: d["cells"][0].update(neighbours=["R001-0001-R000C001"], touchdown=0, site=3, note="new"), ""),
        (lambda d: d.update(added={"later": 1}), ""),
    ],
)
def test_the_schema_finds_what_is_broken(break_it: Callable[[dict[str, Any]], object], where: str) -> None:
    document = _json(small())
    break_it(document)
    assert problems_of("cells-1", document) == ([where] if where else [])
