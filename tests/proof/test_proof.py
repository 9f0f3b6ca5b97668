"""Laws of the proof in a run: what is not sound is not published, and a micrometre is enough."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.command_line import contents, tfbpattern
from tests.layouts_for_tests import layout
from tests.proof.jobs import JOBS, altered, published, told, verdict_of
from tests.schemas import problems_of
from tests.small_job import SMALL, changed, small
from tfbpattern import pipeline
from tfbpattern.geometry.chains import Chains
from tfbpattern.model.toolpath import Operation, Toolpath
from tfbpattern.routing import route


def _off(toolpath: Toolpath, by_mm: float) -> Toolpath:
    """The toolpath with all its strokes shifted across the web."""
    shift = np.array([by_mm, 0.0, 0.0])

    def moved(chains: Chains) -> Chains:
        return Chains(vertices=chains.vertices + shift, offsets=chains.offsets, closed=chains.closed)

    return dataclasses.replace(toolpath, strokes=moved(toolpath.strokes), marks=moved(toolpath.marks))


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(SMALL)
    return tmp_path


def _route_off(monkeypatch: pytest.MonkeyPatch, name: str, by_mm: float) -> None:
    def routed(operation: Operation, *rest: Any, **named: Any) -> Toolpath:
        toolpath = route(operation, *rest, **named)
        return _off(toolpath, by_mm) if toolpath.name == name else toolpath

    monkeypatch.setattr(pipeline, "route", routed)


@pytest.mark.parametrize("operation", ["isolation", "singulation"])
def test_a_stage_that_is_a_micrometre_off_is_found_though_all_files_agree(
    operation: str, job: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _route_off(monkeypatch, operation, 0.001)
    result = tfbpattern("run", "small.toml", "-o", "out")
    assert result.exit_code == 4
    assert f"{operation}." in result.stderr
    assert "map." not in result.stderr
    assert "nothing was published" in result.stderr
    assert not (job / "out").exists()


@pytest.mark.parametrize("operation", ["isolation", "singulation"])
@pytest.mark.usefixtures("job")
def test_what_rounding_explains_is_no_finding(operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _route_off(monkeypatch, operation, 0.0002)
    result = tfbpattern("run", "small.toml", "-o", "out")
    assert result.exit_code == 0, result.output


def test_a_run_that_fails_its_proof_leaves_the_folder_as_it_was(job: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tfbpattern("run", "small.toml", "-o", "out", "-q").exit_code == 0
    before = contents(job)
    _route_off(monkeypatch, "isolation", 0.005)
    result = tfbpattern("run", "small.toml", "-o", "out", "--json")
    assert (result.exit_code, result.stdout) == (4, "")
    assert contents(job) == before


@pytest.mark.usefixtures("job")
def test_a_run_without_proof_says_so_in_the_manifest_and_can_be_proved_later() -> None:
    result = tfbpattern("run", "small.toml", "-o", "out", "--no-proof", "--json")
    assert result.exit_code == 0
    manifest = json.loads(result.stdout)
    assert problems_of("manifest-1", manifest) == []
    assert manifest["proof"]["passed"] is False
    assert set(manifest["proof"]["checks"].values()) == {"not made"}
    assert tfbpattern("verify", "out").exit_code == 0


def test_a_run_says_in_the_manifest_what_was_proved(job: Path) -> None:
    manifest = json.loads(tfbpattern("run", "small.toml", "-o", "out", "--json").stdout)
    assert manifest["proof"]["passed"] is True
    assert set(manifest["proof"]["checks"].values()) == {"passed"}
    assert json.loads((job / "out" / "manifest.json").read_text())["proof"] == manifest["proof"]


@pytest.mark.parametrize(("flags", "said"), [((), "Proved: every file"), (("--no-proof",), "NOT PROVED")])
@pytest.mark.usefixtures("job")
def test_a_run_tells_people_whether_its_files_were_proved(flags: tuple[str, ...], said: str) -> None:
    result = tfbpattern("run", "small.toml", "-o", "out", *flags)
    assert result.exit_code == 0, result.output
    assert sum(line.startswith(said) for line in result.stdout.splitlines()) == 1
    assert ("tfbpattern verify out" in result.stdout) is bool(flags)


def test_cells_closer_than_their_spacing_are_found(tmp_path: Path) -> None:
    folder = published(JOBS["a grid"], tmp_path / "out")
    text = (folder / "small.layout.toml").read_text("utf-8")
    # The same sheet under a layout that asks for more room.
    (folder / "small.layout.toml").write_text(text.replace("left = 1.0", "left = 1.002"), "utf-8")
    assert "clearances.web" in verdict_of(folder).counts


@pytest.mark.parametrize("clearance", ["clearance_mm = 0.2", "clearance_mm = 1.0"])
def test_a_cell_too_near_to_something_in_the_way_is_found(clearance: str, tmp_path: Path) -> None:
    folder = published(JOBS["a grid"], tmp_path / "out")
    text = (folder / "small.layout.toml").read_text("utf-8")
    assert clearance in text
    (folder / "small.layout.toml").write_text(text.replace(clearance, "clearance_mm = 3.0"), "utf-8")
    assert "clearances.hazard" in verdict_of(folder).counts


def test_neighbours_that_are_not_each_others_are_found(tmp_path: Path) -> None:
    folder = published(JOBS["a grid"], tmp_path / "out")
    ids = re.findall(r"R001-0001-R\d+C\d+", (folder / "small.cells.json").read_text("utf-8"))
    path = folder / "small.cells.json"
    document = json.loads(path.read_text("utf-8"))
    document["cells"][-1]["neighbours"] = [ids[0]]
    path.write_text(json.dumps(document), "utf-8")
    assert "map.neighbours" in verdict_of(folder).counts


def test_a_finding_in_a_program_names_its_line(tmp_path: Path) -> None:
    folder = published(JOBS["a grid"], tmp_path / "out")
    altered(folder, "small.isolation.nc", ("M3 S300", "M3 S330"))
    findings = verdict_of(folder).findings
    assert {finding.rule for finding in findings} == {"machine.power"}
    assert findings[0].line is not None
    assert findings[0].line > 8
    shutil.rmtree(folder)


def test_a_frequency_that_people_are_told_and_the_recipe_has_not_is_found(tmp_path: Path) -> None:
    folder = published(JOBS["a grid"], tmp_path / "out")
    altered(folder, "small.singulation.nc", ("to 50 kHz", "to 60 kHz"))
    assert dict(verdict_of(folder).counts) == {"machine.program": 1}


def test_a_sharp_corner_that_is_cut_off_square_twice_half_a_kerf_away_comes_free(tmp_path: Path) -> None:
    corners = [[1.0766, 3.4404], [-1.3471, 3.0267], [0.4134, -3.9834]]
    some = layout(
        web={"width_mm": 12.0, "frame_length_mm": 20.0},
        cell={"outline": {"kind": "polygon", "points_mm": corners}, "rotations_deg": [0, 180]},
        # Narrow, so that less than half of it is sure; and rounded to a micrometre.
        singulation={"kerf_mm": 0.015},
        machine={"use": "grbl-gantry"},
    )
    pipeline.run(some, tmp_path / "out", proof=False)
    assert told(verdict_of(tmp_path / "out")) == ""


def test_sizes_of_turned_arcs_are_those_of_the_map_to_what_chords_explain(tmp_path: Path) -> None:
    some = layout(cell={"outline": {"kind": "circle", "diameter_mm": 7.65}, "rotations_deg": [30]})
    pipeline.run(some, tmp_path / "out", proof=False)
    assert told(verdict_of(tmp_path / "out")) == ""


def test_two_cuts_side_by_side_are_a_sliver(tmp_path: Path) -> None:
    folder = published(JOBS["squares in straight runs"], tmp_path / "out")
    lines = (folder / "small.singulation.nc").read_text("ascii").split("\n")
    at = next(k for k, line in enumerate(lines) if line == "M65 P0" and k > 10)
    # A stray cut along the free edge of the first row, 20 um outside the cut that is there.
    lines[at:at] = ["M65 P0", "G0X2Y0.465", "M64 P0", "G1X4Y0.465"]
    (folder / "small.singulation.nc").write_text("\n".join(lines), "ascii")
    found = [finding for finding in verdict_of(folder).findings if finding.rule == "singulation.sliver"]
    assert len(found) == 1
    assert found[0].measured == pytest.approx(0.02, abs=1e-6)


@pytest.mark.parametrize(
    ("lines", "rule"),
    [(("G0X27Y10.5", "G1X28"), "singulation.stray"), (("G0X2Y0.485", "G1X4"), "singulation.twice")],
    ids=["where there is no cell", "along one that is there"],
)
def test_a_cut_too_many_is_found(lines: tuple[str, str], rule: str, tmp_path: Path) -> None:
    folder = published(JOBS["squares in straight runs"], tmp_path / "out")
    path = folder / "small.singulation.nc"
    program = path.read_text("ascii").split("\n")
    at = next(k for k, line in enumerate(program) if line == "M65 P0" and k > 10)
    program[at:at] = ["M65 P0", lines[0], "M64 P0", lines[1]]
    path.write_text("\n".join(program), "ascii")
    assert [finding.rule for finding in verdict_of(folder).findings if finding.check == "singulation"] == [rule]


@pytest.mark.parametrize("use", ["linuxcnc-gantry", "grbl-gantry"])
def test_strokes_nearer_to_each_other_than_the_layout_says_are_found(use: str, tmp_path: Path) -> None:
    text = small(
        ("setback_mm = 0.5", "setback_mm = 0.5\nheat_distance_mm = 5.0"),
        ("kerf_mm = 0.03", 'kerf_mm = 0.03\nmode = "contour"\nheat_distance_mm = 4.0'),
        ('use = "linuxcnc-gantry"', f'use = "{use}"'),
    )
    folder = published(text, tmp_path / "out")
    assert verdict_of(folder).passed
    manifest = json.loads((folder / "manifest.json").read_text())
    assert problems_of("manifest-1", manifest) == []
    assert {name: figures["heat_price_s"] > 0.0 for name, figures in manifest["operations"].items()} == {
        "isolation": True,
        "singulation": True,
    }
    # The same programs under a layout that asks for more, in either operation.
    for asked, more, operation in (("5.0", "9.0", "isolation"), ("4.0", "9.0", "singulation")):
        layout = (folder / "small.layout.toml").read_text("utf-8")
        (folder / "small.layout.toml").write_text(
            changed(layout, (f"_distance_mm = {asked}", f"_distance_mm = {more}"))
        )
        found = [f for f in verdict_of(folder).findings if f.rule == "machine.heat"]
        (folder / "small.layout.toml").write_text(layout)
        assert found
        assert {finding.file for finding in found} == {f"small.{operation}.nc"}
        assert all(finding.measured is not None and finding.measured < 9.0 and finding.line for finding in found)


def test_a_mark_beside_the_trench_is_found_though_it_is_no_farther_off_than_the_overcut(tmp_path: Path) -> None:
    folder = published(JOBS["squares in straight runs"], tmp_path / "out")
    lines = (folder / "small.isolation.nc").read_text("ascii").split("\n")
    at = next(k for k, line in enumerate(lines) if line == "M65 P0" and k > 10)
    # The first row's outlines begin at 0.5 mm, their trenches run at 0.5875 mm; sides go on by 0.05 mm past corners.
    lines[at:at] = ["M65 P0", "G0X2Y0.5675", "M64 P0", "G1X4Y0.5675"]
    (folder / "small.isolation.nc").write_text("\n".join(lines), "ascii")
    found = [finding for finding in verdict_of(folder).findings if finding.rule == "isolation.trench"]
    assert len(found) == 1
    assert found[0].measured == pytest.approx(0.02, abs=1e-6)
