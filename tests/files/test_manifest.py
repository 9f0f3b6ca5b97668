"""Laws of manifest.json: its figures follow from the other files, and its sums are theirs."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ezdxf
import pytest

from tests.schemas import problems_of
from tests.small_job import FULL, LEAST, SMALL, changed, layout_of, made, small
from tfbpattern import __version__, nest

_GALVO = changed(LEAST, ("grbl-gantry", "galvo"))


@pytest.fixture(scope="module", params=[SMALL, FULL, LEAST, _GALVO], ids=["small", "full", "least", "galvo"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run") / "out"
    made(request.param, out)
    return out


def _manifest(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return document


def _map(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / _manifest(folder)["files"]["cells_json"]).read_text("utf-8"))
    return document


def test_the_small_manifest(golden: Callable[[str, str], None], tmp_path: Path) -> None:
    made(SMALL, tmp_path / "out")
    golden("small/manifest.json", (tmp_path / "out" / "manifest.json").read_text("utf-8"))


def test_the_small_layout_as_run(golden: Callable[[str, str], None], tmp_path: Path) -> None:
    made(SMALL, tmp_path / "out")
    golden("small/small.layout.toml", (tmp_path / "out" / "small.layout.toml").read_text("utf-8"))


def test_the_manifest_follows_its_schema(folder: Path) -> None:
    assert problems_of("manifest-1", _manifest(folder)) == []


def test_running_returns_what_is_written(tmp_path: Path) -> None:
    assert made(SMALL, tmp_path / "out") == _manifest(tmp_path / "out")


def test_every_file_is_named_and_summed(folder: Path) -> None:
    document = _manifest(folder)
    written = {path.name for path in folder.iterdir()}
    assert set(document["files"].values()) == written - {"manifest.json"}
    assert set(document["sha256"]) == written - {"manifest.json"}
    for name, digest in document["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_files_are_called_after_the_job(folder: Path) -> None:
    document = _manifest(folder)
    assert all(name.startswith(f"{document['job']}.") for name in document["files"].values())


def test_a_gantry_has_two_programs_and_a_galvo_its_fields(tmp_path: Path) -> None:
    names = {
        "layout": "small.layout.toml",
        "cut_dxf": "small.cut.dxf",
        "drawing_dxf": "small.drawing.dxf",
        "isolation_gcode": "small.isolation.nc",
        "singulation_gcode": "small.singulation.nc",
        "cells_json": "small.cells.json",
        "cells_csv": "small.cells.csv",
        "picture": "small.svg",
    }
    files = made(SMALL, tmp_path / "gantry")["files"]
    assert {role: files.get(role) for role in names} == names
    files = made(_GALVO, tmp_path / "galvo")["files"]
    assert not [role for role in files if role.endswith("_gcode")]
    with (tmp_path / "galvo" / files["fields"]).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["operation"] for row in rows} == {"isolation", "singulation"}
    assert {row["file"] for row in rows} <= set(files.values())


def test_the_layouts_sum_stands_in_every_file_that_names_it(folder: Path) -> None:
    document = _manifest(folder)
    layout = (folder / document["files"]["layout"]).read_bytes()
    digest = hashlib.sha256(layout).hexdigest()
    assert document["layout_sha256"] == digest
    assert _map(folder)["layout_sha256"] == digest
    for role in ("isolation_gcode", "singulation_gcode"):
        if role in document["files"]:
            assert digest[:16] in (folder / document["files"][role]).read_text("ascii")


def test_figures_of_the_nest_follow_from_the_map(folder: Path) -> None:
    figures, cells = _manifest(folder)["nest"], _map(folder)
    job = layout_of((folder / _manifest(folder)["files"]["layout"]).read_text("utf-8")).job
    count = len(cells["cells"])
    assert figures["cells"] == count == sum(figures["by_type"].values())
    for kind in cells["cell_types"]:
        assert figures["by_type"][kind["name"]] == sum(cell["type"] == kind["name"] for cell in cells["cells"])
    assert figures["upper_bound"] >= count
    assert figures["gap"] == pytest.approx(1.0 - count / figures["upper_bound"], abs=1e-6)
    assert figures["proved_optimal"] == (figures["upper_bound"] == count)
    assert figures["frame_length_mm"] == cells["web"]["frame_length_mm"]
    assert figures["spacing_mm"] == job.spacing_mm
    web_mm2 = cells["web"]["width_mm"] * cells["web"]["frame_length_mm"]
    assert figures["density"] == pytest.approx(count * job.cells[0].area_mm2 / web_mm2, abs=1e-6)
    active_mm2 = sum(figures["by_type"][kind["name"]] * kind["active_area_mm2"] for kind in cells["cell_types"])
    assert figures["active_fraction"] == pytest.approx(active_mm2 / web_mm2, abs=1e-6)
    assert figures["active_fraction"] < figures["density"] <= figures["bulk_density"] + 1e-6
    frames = 1000.0 / figures["frame_length_mm"]
    assert figures["cells_per_m"] == pytest.approx(count * frames, abs=1e-6)
    if "capacity_mah_per_m" in figures:
        capacity = sum(figures["by_type"][kind["name"]] * kind["capacity_uah"] for kind in cells["cell_types"])
        assert figures["capacity_mah_per_m"] == pytest.approx(capacity / 1000.0 * frames, abs=1e-5)


def test_capacity_and_energy_density_come_with_a_stack_only(tmp_path: Path) -> None:
    with_stack, without = (made(text, tmp_path / "out")["nest"] for text in (SMALL, LEAST))
    assert {"capacity_mah_per_m", "stack_energy_density_wh_l"} <= with_stack.keys()
    assert not {"capacity_mah_per_m", "stack_energy_density_wh_l"} & without.keys()
    # V q t u / (0.1 (t + substrate + rest)) of the default stack.
    assert with_stack["stack_energy_density_wh_l"] == pytest.approx(3.9 * 68.9 * 10 * 0.944 / (0.1 * 21.815), abs=1e-5)


def test_figures_of_an_operation_follow_from_the_drawing(folder: Path) -> None:
    document = _manifest(folder)
    job = layout_of((folder / document["files"]["layout"]).read_text("utf-8")).job
    drawing = ezdxf.readfile(folder / document["files"]["cut_dxf"]).modelspace()
    assert list(document["operations"]) == ["isolation", "singulation"]
    for name, figures in document["operations"].items():
        strokes = drawing.query(f'LWPOLYLINE[layer=="CUT_{name.upper()}"]')
        assert figures["strokes"] == len(strokes)
        recipe = (job.isolation if name == "isolation" else job.singulation).recipe
        bound = recipe.passes * figures["mark_length_mm"] / recipe.mark_speed_mm_s
        assert bound - 2e-3 <= figures["time_bound_s"] + 1e-3
        assert 0.0 < figures["time_bound_s"] <= figures["time_s"]


def test_nesting_alone_gives_the_same_figures(folder: Path) -> None:
    document = _manifest(folder)
    nested = nest(layout_of((folder / document["files"]["layout"]).read_text("utf-8")))
    assert nested == {"schema": "tfbpattern/nest/1", "nest": document["nest"]}
    assert problems_of("nest-1", nested) == []


def test_nothing_of_the_computer_stands_in_any_file(folder: Path) -> None:
    assert _manifest(folder)["tool"] == {"name": "tfbpattern", "version": __version__}
    for path in folder.iterdir():
        text = path.read_text("utf-8")
        assert str(folder.parent) not in text
        assert str(Path.home()) not in text or len(str(Path.home())) < 3


@pytest.mark.parametrize(
    ("break_it", "where"),
    [
        (lambda d: d.pop("layout_sha256"), "$"),
        (lambda d: d.update(schema="tfbpattern/manifest/2"), "$.schema"),
        (lambda d: d["files"].pop("cells_json"), "$.files"),
        (lambda d: d["files"].update(e142="../x.xml"), "$.files.e142"),
        (lambda d: d["files"].update(other=3), "$.files.other"),
        (lambda d: d["sha256"].update({"a.svg": "0" * 63}), "$.sha256['a.svg']"),
        (lambda d: d["nest"].update(cells="6"), "$.nest.cells"),
        (lambda d: d["nest"].update(cells=6.5), "$.nest.cells"),
        (lambda d: d["nest"].update(density=68), "$.nest.density"),
        (lambda d: d["nest"].update(proved_optimal="no"), "$.nest.proved_optimal"),
        (lambda d: d["nest"]["by_type"].update(C8=True), "$.nest.by_type.C8"),
        (lambda d: d["operations"]["isolation"].pop("time_s"), "$.operations.isolation"),
        (lambda d: d["operations"]["isolation"].update(strokes=-1), "$.operations.isolation.strokes"),
        (lambda d: d.update(proof={"passed": "yes", "checks": {}}), "$.proof.passed"),
        (lambda d: d.update(proof={"passed": True, "checks": {"isolation": "passed"}}), ""),
        (lambda d: d["nest"].update(added=[1]), ""),
    ],
)
def test_the_schema_finds_what_is_broken(
    break_it: Callable[[dict[str, Any]], object], where: str, tmp_path: Path
) -> None:
    document = made(small(), tmp_path / "out")
    break_it(document)
    assert problems_of("manifest-1", document) == ([where] if where else [])
