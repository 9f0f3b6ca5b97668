"""Laws of cut.dxf and of the drawings of scan fields: the strokes as routed, and nothing else."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from itertools import pairwise

import ezdxf
import numpy as np
import pytest
from ezdxf.document import Drawing
from numpy.typing import NDArray

from tests.drawings import corners, polylines
from tests.small_job import FULL, LEAST, SMALL, changed, worked_out
from tfbpattern.files.cut_dxf import cut_dxf, field_dxf, fields_csv
from tfbpattern.files.dxf_text import number
from tfbpattern.geometry.chains import Chain
from tfbpattern.model.machine import Galvo
from tfbpattern.model.toolpath import ScanField
from tfbpattern.pipeline import Sheet
from tfbpattern.routing import scan_fields

_CIRCLE = '{ kind = "circle", diameter_mm = 5 }'
_SQUARES = changed(LEAST, (_CIRCLE, '{ kind = "rect", width_mm = 5, height_mm = 4 }'))
_ROUNDED = changed(LEAST, (_CIRCLE, '{ kind = "rect", width_mm = 5, height_mm = 4, corner_radius_mm = 0.5 }'))
_STADIUMS = changed(LEAST, (_CIRCLE, '{ kind = "stadium", width_mm = 6, height_mm = 4 }'))
_JOBS = [SMALL, FULL, LEAST, _SQUARES, _STADIUMS]


def _galvo(text: str, field_mm: float) -> str:
    return changed(text, ('use = "grbl-gantry"', f'use = "galvo"\nfield_mm = [{field_mm}, {field_mm}]'))


def _text(layout: str) -> str:
    return "".join(cut_dxf(worked_out(layout).toolpaths))


def _read(text: str) -> Drawing:
    return ezdxf.read(io.StringIO(text))


def _chains(drawing: Drawing, layer: str) -> list[Chain]:
    return [Chain(vertices=corners(e), closed=e.closed) for e in polylines(drawing.modelspace(), layer)]


def test_the_small_drawing(golden: Callable[[str, str], None]) -> None:
    golden("small/small.cut.dxf", _text(SMALL))


@pytest.mark.parametrize("layout", _JOBS)
def test_strokes_stand_in_the_drawing_as_routed_and_in_marking_order(layout: str) -> None:
    drawing = _read(_text(layout))
    for toolpath in worked_out(layout).toolpaths:
        drawn = _chains(drawing, f"CUT_{toolpath.name.upper()}")
        assert len(drawn) == len(toolpath.strokes)
        for stroke, chain in zip(toolpath.strokes, drawn, strict=True):
            assert chain.closed == stroke.closed
            np.testing.assert_allclose(chain.vertices, stroke.vertices, rtol=0, atol=0.501e-6)


@pytest.mark.parametrize("layout", _JOBS)
def test_isolation_comes_before_singulation(layout: str) -> None:
    layers = [entity.dxf.layer for entity in _read(_text(layout)).modelspace()]
    assert layers == sorted(layers)
    assert set(layers) == {"CUT_ISOLATION", "CUT_SINGULATION"}


def test_each_operation_has_a_layer_of_its_own_colour() -> None:
    drawing = _read(_text(SMALL))
    cuts = [layer for layer in drawing.layers if layer.dxf.name.startswith("CUT_")]
    assert sorted(layer.dxf.name for layer in cuts) == ["CUT_ISOLATION", "CUT_SINGULATION"]
    assert len({layer.color for layer in cuts}) == 2
    assert not {7, 0, 256} & {layer.color for layer in cuts}
    assert all(layer.is_on() and not layer.is_frozen() and not layer.is_locked() for layer in cuts)
    assert all(entity.dxf.color == 256 for entity in drawing.modelspace())


@pytest.mark.parametrize("layout", _JOBS)
def test_the_header_holds_all_there_is(layout: str) -> None:
    drawing = _read(_text(layout))
    low, high = np.array(drawing.header["$EXTMIN"][:2]), np.array(drawing.header["$EXTMAX"][:2])
    points = np.concatenate([t.strokes.vertices[:, :2] for t in worked_out(layout).toolpaths])
    assert (points.min(axis=0) >= low - 1e-6).all()
    assert (points.max(axis=0) <= high + 1e-6).all()
    boxes = np.array([stroke.bounds_mm for t in worked_out(layout).toolpaths for stroke in t.strokes])
    assert (boxes[:, :2] >= low - 1e-6).all()
    assert (boxes[:, 2:] <= high + 1e-6).all()


@pytest.mark.parametrize("layout", _JOBS)
def test_the_text_is_plain(layout: str) -> None:
    text = _text(layout)
    assert text.isascii()
    assert "\r" not in text
    assert text.endswith("  0\nEOF\n")
    entities = text[text.index("\nENTITIES\n") : text.index("\nOBJECTS\n")]
    values = entities.splitlines()[1:]
    assert not [value for value in values if re.fullmatch(r"-0\.?0*|[-+]?[0-9.]+[eE][-+]?[0-9]+|nan|-?inf", value)]


def test_a_number_is_written_to_the_nanometre() -> None:
    assert [number(v) for v in (0.0, -0.0, -1e-9, 1e-6, 12.5, 1e5, -3.1234567)] == [
        "0.0",
        "0.0",
        "0.0",
        "0.000001",
        "12.5",
        "100000.0",
        "-3.123457",
    ]


def _pieces(operation: str, fields: tuple[ScanField, ...]) -> list[Chain]:
    """All that the fields' drawings mark, in the web frame."""
    return [
        chain.moved(field.x_mm, field.y_mm)
        for field in fields
        for chain in _chains(_read("".join(field_dxf(operation, field))), f"CUT_{operation.upper()}")
    ]


def _fields(sheet: Sheet) -> tuple[ScanField, ...]:
    machine = sheet.layout.job.machine
    assert isinstance(machine, Galvo)
    return scan_fields(sheet.toolpaths, machine)


def _covered(point: NDArray[np.float64], pieces: list[Chain]) -> bool:
    for piece in pieces:
        p0, p1, _ = piece.segments
        along = p1 - p0
        t = np.clip(((point - p0) * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-300), 0.0, 1.0)
        if np.hypot(*(point - p0 - t[:, None] * along).T).min() < 2e-6:
            return True
    return False


def test_a_ring_that_fits_a_field_is_marked_in_one() -> None:
    sheet = worked_out(_galvo(LEAST, 9.1))
    assert sum(len(field.strokes["isolation"]) for field in _fields(sheet)) == len(sheet.toolpaths[0].strokes)


@pytest.mark.parametrize("field_mm", [100, 12])
@pytest.mark.parametrize("layout", [LEAST, _SQUARES, _ROUNDED, _STADIUMS])
def test_the_fields_together_mark_every_stroke(layout: str, field_mm: float) -> None:
    sheet = worked_out(_galvo(layout, field_mm))
    fields = _fields(sheet)
    for toolpath in sheet.toolpaths:
        pieces = _pieces(toolpath.name, fields)
        overlap = 0.05 * 2 * len(pieces)
        total = sum(piece.length_mm for piece in pieces)
        assert toolpath.strokes.length_mm - 1e-3 <= total <= toolpath.strokes.length_mm + overlap
        straight = [p for p in pieces if not p.closed and len(p.vertices) == 2 and not p.vertices[0, 2]]
        for stroke in toolpath.strokes:
            if stroke.closed or len(stroke.vertices) > 2 or stroke.vertices[0, 2]:
                continue
            start, end = stroke.vertices[0, :2], stroke.vertices[1, :2]
            for t in np.linspace(0.0, 1.0, 9):
                place = start + (end - start) * t
                assert _covered(place, straight), f"{toolpath.name} leaves out {place.tolist()}"


@pytest.mark.parametrize("layout", [LEAST, _SQUARES, _ROUNDED, _STADIUMS])
def test_no_field_marks_beyond_its_reach(layout: str) -> None:
    sheet = worked_out(_galvo(layout, 12))
    for field in _fields(sheet):
        for operation, strokes in field.strokes.items():
            for chain in strokes:
                assert max(abs(value) for value in chain.bounds_mm) <= 6.0 + 1e-6, (field.name, operation)


def test_the_table_of_fields_names_each_drawing_and_its_recipe() -> None:
    sheet = worked_out(_galvo(_SQUARES, 12))
    rows = [(field, toolpath, f"{field.name}.dxf") for toolpath in sheet.toolpaths for field in _fields(sheet)]
    header, *lines = "".join(fields_csv(rows)).splitlines()
    assert header == "field,operation,file,x_mm,y_mm,strokes,passes,mark_speed_mm_s,power_percent,frequency_khz"
    assert len(lines) == len(rows)
    for line, (field, toolpath, file) in zip(lines, rows, strict=True):
        name, operation, at, x_mm, y_mm, strokes, passes, speed, power, frequency = line.split(",")
        assert (name, operation, at) == (field.name, toolpath.name, file)
        assert (float(x_mm), float(y_mm)) == pytest.approx((field.x_mm, field.y_mm), abs=1e-6)
        assert int(strokes) == len(field.strokes[toolpath.name])
        recipe = toolpath.recipe
        assert (int(passes), float(speed)) == (recipe.passes, recipe.mark_speed_mm_s)
        assert (float(power), float(frequency)) == (recipe.power_percent, recipe.frequency_khz)


def test_fields_follow_each_other_without_a_long_way() -> None:
    places = [(field.column, field.row) for field in _fields(worked_out(_galvo(_SQUARES, 8)))]
    assert len(places) > 4
    assert all(abs(c1 - c0) + abs(r1 - r0) == 1 for (c0, r0), (c1, r1) in pairwise(places))
