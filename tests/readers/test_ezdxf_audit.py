"""ezdxf's audit, strict as AutoCAD, finds nothing in any drawing, and reads from it what was routed."""

from __future__ import annotations

from pathlib import Path

import ezdxf
import numpy as np
import pytest
from ezdxf.document import Drawing

from tests.drawings import corners, polylines
from tests.small_job import FULL, LEAST, SMALL, changed, made, worked_out

_CIRCLE = '{ kind = "circle", diameter_mm = 5 }'
_JOBS = {
    "small": SMALL,
    "full": FULL,
    "circles": LEAST,
    "squares": changed(LEAST, (_CIRCLE, '{ kind = "rect", width_mm = 5, height_mm = 4 }')),
    "galvo": changed(LEAST, ("grbl-gantry", "galvo")),
}


@pytest.fixture(scope="module", params=_JOBS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, dict[str, str]]:
    """A layout, the folder it was run into, and the names of its files."""
    text = _JOBS[request.param]
    folder = tmp_path_factory.mktemp("ezdxf") / "out"
    return text, folder, made(text, folder)["files"]


Run = tuple[str, Path, dict[str, str]]


def _drawings(run: Run) -> dict[str, Drawing]:
    _, folder, files = run
    return {role: ezdxf.readfile(folder / name) for role, name in files.items() if name.endswith(".dxf")}


def _cuts(run: Run) -> dict[str, Drawing]:
    return {role: drawing for role, drawing in _drawings(run).items() if role != "drawing_dxf"}


def _tags(path: Path) -> list[tuple[str, str]]:
    lines = path.read_text("ascii").splitlines()
    return list(zip((line.strip() for line in lines[::2]), lines[1::2], strict=True))


def test_the_audit_finds_nothing_to_say_or_to_mend(run: Run) -> None:
    for role, drawing in _drawings(run).items():
        auditor = drawing.audit()
        assert (role, auditor.errors, auditor.fixes) == (role, [], [])


def test_drawings_are_r2000_in_metric_millimetres(run: Run) -> None:
    for drawing in _drawings(run).values():
        assert drawing.dxfversion == "AC1015"
        assert drawing.header["$INSUNITS"] == 4
        assert drawing.header["$MEASUREMENT"] == 1
        assert drawing.units == ezdxf.units.MM


def test_a_cut_is_a_polyline_flat_in_model_space_and_nothing_else_is_there(run: Run) -> None:
    for role, drawing in _cuts(run).items():
        assert {entity.dxftype() for entity in drawing.modelspace()} <= {"LWPOLYLINE"}, role
        for entity in drawing.modelspace():
            assert entity.dxf.get("elevation", 0.0) == 0.0
            assert tuple(entity.dxf.get("extrusion", (0.0, 0.0, 1.0))) == (0.0, 0.0, 1.0)
            assert entity.dxf.get("const_width", 0.0) == 0.0
            assert entity.dxf.owner == drawing.modelspace().block_record_handle
            assert entity.dxf.layer in drawing.layers
            assert entity.dxf.layer.startswith("CUT_")
        for name in drawing.layout_names():
            assert name == "Model" or len(drawing.layout(name)) == 0
        assert not [block for block in drawing.blocks if not block.is_any_layout]


def test_strokes_are_read_as_they_were_routed(run: Run) -> None:
    text, *_ = run
    drawing = _drawings(run)["cut_dxf"]
    read = iter(polylines(drawing.modelspace()))
    for toolpath in worked_out(text).toolpaths:
        for stroke, entity in zip(toolpath.strokes, read, strict=False):
            points = corners(entity)
            assert entity.dxf.layer == f"CUT_{toolpath.name.upper()}"
            assert entity.closed == stroke.closed
            assert points.shape == stroke.vertices.shape
            assert np.abs(points[:, :2] - stroke.vertices[:, :2]).max() <= 0.501e-6
            assert np.abs(points[:, 2] - stroke.vertices[:, 2]).max() <= 1e-11
    assert next(read, None) is None


def test_handles_are_unique_and_below_the_seed(run: Run) -> None:
    _, folder, files = run
    for name in files.values():
        if not name.endswith(".dxf"):
            continue
        tags = _tags(folder / name)
        seed = int(tags[tags.index(("9", "$HANDSEED")) + 1][1], 16)
        handles = [
            int(tags[k + 1][1], 16)
            for k, (code, value) in enumerate(tags[:-1])
            if code == "0" and tags[k + 1][0] in ("5", "105") and value not in ("SECTION", "ENDSEC", "EOF")
        ]
        assert len(handles) > 10
        assert len(set(handles)) == len(handles), name
        assert max(handles) < seed, name


def test_every_owner_exists(run: Run) -> None:
    for drawing in _drawings(run).values():
        for entity in drawing.modelspace():
            assert entity.dxf.owner in drawing.entitydb


def test_drawings_are_read_without_a_repair(run: Run) -> None:
    from ezdxf import recover

    _, folder, files = run
    for name in files.values():
        if name.endswith(".dxf"):
            _, auditor = recover.readfile(folder / name)
            assert not auditor.has_errors
            assert not auditor.has_fixes


def test_no_drawing_says_when_or_where_it_was_made(run: Run) -> None:
    _, folder, files = run
    for name in files.values():
        if name.endswith(".dxf"):
            dates = {value for _, value in _tags(folder / name) if "T" in value and "+00:00" in value}
            assert all("2000-01-01T00:00:00" in date for date in dates), dates
