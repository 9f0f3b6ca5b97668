"""KLayout, which the masks' makers use, sees the sheet: every stroke, its size, and the reference layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.small_job import FULL, LEAST, SMALL, changed, made, worked_out

db: Any = pytest.importorskip("klayout.db", reason="KLayout's Python module is not installed")

_CIRCLE = '{ kind = "circle", diameter_mm = 5 }'
_JOBS = {
    "small": SMALL,
    "full": FULL,
    "circles": LEAST,
    "squares": changed(LEAST, (_CIRCLE, '{ kind = "rect", width_mm = 5, height_mm = 4 }')),
    "stadiums, turned": changed(
        LEAST,
        (_CIRCLE, '{ kind = "stadium", width_mm = 6, height_mm = 4 }'),
        ("[isolation]", "rotations_deg = [30]\n[isolation]"),
    ),
}
# A circle becomes a hundred chords unless told otherwise: their sagitta on a radius of 3 mm, and KLayout's own nm.
_CHORDS_UM = 3000.0 * (1.0 - np.cos(np.pi / 1000.0)) + 0.002


@pytest.fixture(scope="module", params=_JOBS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, dict[str, str]]:
    """A layout, the folder it was run into, and the names of its files."""
    text = _JOBS[request.param]
    folder = tmp_path_factory.mktemp("klayout") / "out"
    return text, folder, made(text, folder)["files"]


Run = tuple[str, Path, dict[str, str]]


def _read(path: Path) -> Any:
    # KLayout takes no unit from the file: a drawing unit is a thousand micrometres.
    options = db.LoadLayoutOptions()
    options.dxf_unit = 1000.0
    options.dxf_circle_points = 1000
    # Where a drawing has no closed polyline it would otherwise take all open ones for parts of polygons.
    options.dxf_polyline_mode = 2
    layout = db.Layout()
    layout.read(str(path), options)
    return layout


def _shapes(layout: Any, layer: str) -> list[Any]:
    """All shapes on a layer, flat, as KLayout's own shapes in micrometres."""
    (index,) = [i for i in layout.layer_indexes() if layout.get_info(i).name == layer]
    found = []
    iterator = layout.top_cell().begin_shapes_rec(index)
    while not iterator.at_end():
        shape, to_um = iterator.shape(), iterator.trans().to_itrans(1.0)
        if shape.is_text():
            found.append(shape.text.transformed(iterator.trans()).to_dtype(layout.dbu))
        elif shape.is_path():
            found.append(shape.path.transformed(iterator.trans()).to_dtype(layout.dbu))
        else:
            assert shape.is_polygon() or shape.is_box(), to_um
            found.append(shape.polygon.transformed(iterator.trans()).to_dtype(layout.dbu))
        iterator.next()
    return found


def _box(shapes: list[Any]) -> tuple[float, ...]:
    boxes = np.array([(b.left, b.bottom, b.right, b.top) for b in (shape.bbox() for shape in shapes)])
    return (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())


def test_the_drawing_has_one_cell_at_the_top(run: Run) -> None:
    _, folder, files = run
    assert len(_read(folder / files["cut_dxf"]).top_cells()) == 1
    assert len(_read(folder / files["drawing_dxf"]).top_cells()) == 1


def test_every_trench_is_one_closed_shape_unless_made_of_runs(run: Run) -> None:
    text, folder, files = run
    rings = _shapes(_read(folder / files["cut_dxf"]), "CUT_ISOLATION")
    sheet = worked_out(text)
    strokes = sheet.toolpaths[0].strokes
    if not strokes.closed.all():
        assert sheet.toolpaths[0].method.startswith("straight runs")
        assert len(rings) == len(strokes)
        assert all(isinstance(ring, db.DPath) and ring.width == 0.0 for ring in rings)
        return
    assert len(rings) == len(sheet.cells.cells)
    assert all(isinstance(ring, db.DPolygon) for ring in rings)
    trench = sheet.layout.job.cells[0].trench
    for ring in rings:
        assert ring.area() / 1e6 == pytest.approx(trench.area_mm2, rel=1e-4)


def test_every_stroke_of_singulation_is_one_shape(run: Run) -> None:
    text, folder, files = run
    cuts = _shapes(_read(folder / files["cut_dxf"]), "CUT_SINGULATION")
    strokes = worked_out(text).toolpaths[1].strokes
    assert len(cuts) == len(strokes)
    assert sum(isinstance(cut, db.DPolygon) for cut in cuts) == int(strokes.closed.sum())
    assert all(cut.width == 0.0 for cut in cuts if isinstance(cut, db.DPath))


@pytest.mark.parametrize("operation", [0, 1])
def test_the_cuts_have_their_true_size_and_place(operation: int, run: Run) -> None:
    text, folder, files = run
    toolpath = worked_out(text).toolpaths[operation]
    box = _box(_shapes(_read(folder / files["cut_dxf"]), f"CUT_{toolpath.name.upper()}"))
    bounds = np.array([stroke.bounds_mm for stroke in toolpath.strokes]) * 1000.0
    true = (*bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0))
    assert box == pytest.approx(true, abs=_CHORDS_UM)


def test_outlines_ids_and_web_are_on_their_reference_layers(run: Run) -> None:
    text, folder, files = run
    sheet = worked_out(text)
    layout = _read(folder / files["drawing_dxf"])
    names = {layout.get_info(i).name for i in layout.layer_indexes()}
    wanted = {"WEB", "USABLE", "OUTLINE", "ACTIVE", "TERMINAL", "ID", "KEEPOUT", "DEFECT", "FIDUCIAL"}
    assert {f"REF_{name}" for name in wanted} <= names
    job, cells = sheet.layout.job, sheet.cells.cells
    web = (0.0, 0.0, job.web.width_mm * 1000.0, sheet.nest.frame_length_mm * 1000.0)
    assert _box(_shapes(layout, "REF_WEB")) == pytest.approx(web, abs=0.002)
    assert len(_shapes(layout, "REF_OUTLINE")) == len(cells)
    assert len(_shapes(layout, "REF_ACTIVE")) == len(cells)
    assert len(_shapes(layout, "REF_TERMINAL")) == len(cells) * len(job.cells[0].terminals)
    assert len(_shapes(layout, "REF_KEEPOUT")) == len(job.web.keepouts)
    assert sorted(text.string for text in _shapes(layout, "REF_ID")) == sorted(cell.id for cell in cells)


def test_outlines_stand_where_the_map_says(run: Run) -> None:
    text, folder, files = run
    sheet = worked_out(text)
    outline = sheet.layout.job.cells[0].outline
    seen = sorted(
        (round(b.left), round(b.bottom), round(b.right), round(b.top))
        for b in (shape.bbox() for shape in _shapes(_read(folder / files["drawing_dxf"]), "REF_OUTLINE"))
    )
    wanted = sorted(
        tuple(round(v * 1000.0) for v in outline.rotated(cell.rotation_deg).moved(cell.x_mm, cell.y_mm).bounds_mm)
        for cell in sheet.cells
    )
    assert np.abs(np.array(seen) - np.array(wanted)).max() <= 1


def test_outlines_do_not_overlap(run: Run) -> None:
    _, folder, files = run
    layout = _read(folder / files["drawing_dxf"])
    region = db.Region()
    for shape in _shapes(layout, "REF_OUTLINE"):
        region.insert(shape.to_itype(layout.dbu))
    assert region.merged(False, 2).is_empty()
