"""Laws of drawing.dxf: the sheet as designed, for people and CAD."""

from __future__ import annotations

import io
import math
from collections.abc import Callable

import ezdxf
import numpy as np
import pytest
from ezdxf.document import Drawing

from tests.drawings import corners, polylines
from tests.small_job import FULL, LEAST, SMALL, changed, small, worked_out
from tfbpattern.files.drawing_dxf import drawing_dxf

_JOBS = [SMALL, FULL, LEAST]


def _text(layout: str) -> str:
    return "".join(drawing_dxf(worked_out(layout).cells))


def _read(layout: str) -> Drawing:
    return ezdxf.read(io.StringIO(_text(layout)))


def _boxes(drawing: Drawing, layer: str) -> list[tuple[float, ...]]:
    """Bounds of the corners of each polyline on a layer."""
    return [
        (*corners(e)[:, :2].min(axis=0).tolist(), *corners(e)[:, :2].max(axis=0).tolist())
        for e in polylines(drawing.modelspace(), layer)
    ]


def test_the_small_drawing(golden: Callable[[str, str], None]) -> None:
    golden("small/small.drawing.dxf", _text(SMALL))


@pytest.mark.parametrize("layout", _JOBS)
def test_every_cell_is_its_types_block_at_its_place(layout: str) -> None:
    inserts = _read(layout).modelspace().query("INSERT")
    cells = worked_out(layout).cells.cells
    assert len(inserts) == len(cells)
    for insert, cell in zip(inserts, cells, strict=True):
        assert insert.dxf.name == cell.type
        assert (insert.dxf.insert.x, insert.dxf.insert.y) == pytest.approx((cell.x_mm, cell.y_mm), abs=1e-6)
        assert insert.dxf.rotation == pytest.approx(cell.rotation_deg)
        assert insert.dxf.layer == "REF_OUTLINE"


@pytest.mark.parametrize("layout", _JOBS)
def test_every_cell_carries_its_id_in_its_middle(layout: str) -> None:
    texts = _read(layout).modelspace().query("TEXT")
    cells = worked_out(layout).cells.cells
    assert [text.dxf.text for text in texts] == [cell.id for cell in cells]
    for text, cell in zip(texts, cells, strict=True):
        alignment, place, _ = text.get_placement()
        assert alignment.name == "MIDDLE_CENTER"
        assert (place.x, place.y) == pytest.approx((cell.x_mm, cell.y_mm), abs=1e-6)
        assert text.dxf.layer == "REF_ID"
        assert text.dxf.height > 0


def test_a_block_holds_outline_active_area_and_terminals() -> None:
    drawing = _read(SMALL)
    cell = worked_out(SMALL).layout.job.cells[0]
    block = drawing.blocks["C8"]
    by_layer = {layer: polylines(block, layer) for layer in {e.dxf.layer for e in block}}
    assert {layer: len(found) for layer, found in by_layer.items()} == {
        "REF_OUTLINE": 1,
        "REF_ACTIVE": 1,
        "REF_TERMINAL": 2,
    }
    np.testing.assert_allclose(corners(by_layer["REF_OUTLINE"][0]), cell.outline.vertices, atol=1e-9)
    np.testing.assert_allclose(corners(by_layer["REF_ACTIVE"][0]), cell.active_area.vertices, atol=1e-9)
    assert all(e.closed for e in polylines(block))
    assert len(polylines(block)) == len(block)
    pads = [corners(e)[:, :2] for e in by_layer["REF_TERMINAL"]]
    assert [(*pad.min(axis=0), *pad.max(axis=0)) for pad in pads] == [
        pytest.approx((-1.5, 0.0, -0.5, 1.0)),
        pytest.approx((3.55, -0.5, 3.95, 0.5)),
    ]


def test_the_web_and_its_usable_area_are_drawn() -> None:
    drawing = _read(SMALL)
    assert _boxes(drawing, "REF_WEB") == [(0.0, 0.0, 30.0, 14.0)]
    assert _boxes(drawing, "REF_USABLE") == [pytest.approx((1.0, 0.5, 29.0, 13.5))]


def test_frames_of_a_roll_keep_half_a_spacing_at_each_end() -> None:
    assert _boxes(_read(LEAST), "REF_USABLE") == [pytest.approx((0.0, 0.015, 20.0, 19.985))]
    alone = changed(LEAST, ("width_mm = 20", "width_mm = 20\nstand_alone = true"))
    assert _boxes(_read(alone), "REF_USABLE") == [pytest.approx((0.0, 0.0, 20.0, 20.0))]


@pytest.mark.parametrize("layout", [SMALL, FULL])
def test_outlines_lie_in_the_usable_area(layout: str) -> None:
    sheet = worked_out(layout)
    ((left, low, right, high),) = _boxes(_read(layout), "REF_USABLE")
    for cell in sheet.cells:
        box = sheet.layout.job.cells[0].outline.rotated(cell.rotation_deg).moved(cell.x_mm, cell.y_mm).bounds_mm
        assert left - 1e-6 <= box[0]
        assert low - 1e-6 <= box[1]
        assert right + 1e-6 >= box[2]
        assert high + 1e-6 >= box[3]


def test_keep_outs_are_drawn_as_they_are_without_their_clearance() -> None:
    assert _boxes(_read(SMALL), "REF_KEEPOUT") == [(26.0, 11.0, 30.0, 14.0)]
    shapes = [corners(e).tolist() for e in polylines(_read(FULL).modelspace(), "REF_KEEPOUT")]
    assert len(shapes) == 3
    assert [abs(corner[2]) for corner in shapes[1]] == [1.0, 1.0]
    assert math.dist(shapes[1][0][:2], shapes[1][1][:2]) == pytest.approx(1.0)


@pytest.mark.parametrize("shape", ["cross", "circle", "square"])
def test_a_fiducial_is_drawn_in_its_shape_and_size(shape: str) -> None:
    marks = _read(small(("y_mm = 1.5", f'y_mm = 1.5\nshape = "{shape}"\nsize_mm = 0.8'))).modelspace()
    drawn = list(marks.query('*[layer=="REF_FIDUCIAL"]'))
    if shape == "cross":
        ends = sorted((e.dxf.start.x, e.dxf.start.y, e.dxf.end.x, e.dxf.end.y) for e in drawn)
        assert ends == [pytest.approx((27.1, 1.5, 27.9, 1.5)), pytest.approx((27.5, 1.1, 27.5, 1.9))]
        return
    (mark,) = polylines(drawn)
    points = corners(mark)
    assert mark.closed
    assert points[:, :2].mean(axis=0).tolist() == pytest.approx([27.5, 1.5])
    assert np.ptp(points[:, 0]) == pytest.approx(0.8)
    assert (points[:, 2] == (1.0 if shape == "circle" else 0.0)).all()


@pytest.mark.parametrize("policy", ["avoid", "mark"])
def test_defects_are_drawn_as_circles_of_their_size(policy: str) -> None:
    table = f'rows = [[6.0, 5.0, 80.0, "a"], [9.0, 3.0, 49.0, "b"]]\npolicy = "{policy}"\n\n[[web.fiducials]]'
    drawn = _read(small(("[[web.fiducials]]", f"[web.defects]\n{table}"))).modelspace().query("CIRCLE")
    assert [(c.dxf.layer, c.dxf.center.x, c.dxf.center.y, c.dxf.radius) for c in drawn] == [
        ("REF_DEFECT", 6.0, 5.0, pytest.approx(0.04))
    ]


@pytest.mark.parametrize("layout", _JOBS)
def test_only_reference_layers_are_used(layout: str) -> None:
    drawing = _read(layout)
    used = {e.dxf.layer for e in drawing.modelspace()} | {e.dxf.layer for e in drawing.blocks["*Model_Space"]}
    assert all(name.startswith("REF_") for name in used)
    colours = {layer.dxf.name: layer.color for layer in drawing.layers if layer.dxf.name.startswith("REF_")}
    assert used <= colours.keys()
    assert len(set(colours.values())) == len(colours)


@pytest.mark.parametrize("layout", _JOBS)
def test_the_text_is_plain(layout: str) -> None:
    text = _text(layout)
    assert text.isascii()
    assert "\r" not in text
    assert text.endswith("  0\nEOF\n")
