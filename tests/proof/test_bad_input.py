"""Folders that are not what was written: findings or a refusal, never a pass, never a traceback."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import contents, tfbpattern
from tests.proof.jobs import JOBS, published
from tests.schemas import problems_of


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(JOBS["a grid"], tmp_path_factory.mktemp("sound") / "out")


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    shutil.copytree(sound, tmp_path / "out")
    return tmp_path / "out"


def _manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def _refused(folder: Path, code: int) -> str:
    before = contents(folder)
    result = tfbpattern("verify", folder)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    assert contents(folder) == before
    return result.stderr


def test_a_folder_that_is_sound_passes(folder: Path) -> None:
    result = tfbpattern("verify", folder)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "passed" in result.stdout


@pytest.mark.parametrize("name", ["small.cut.dxf", "small.drawing.dxf", "small.isolation.nc", "small.cells.csv"])
@pytest.mark.parametrize("kept", [0, 1, 100, -1])
def test_a_file_cut_off_is_four(name: str, kept: int, folder: Path) -> None:
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[:kept])
    assert name in _refused(folder, 4)


@pytest.mark.parametrize("kept", [0, 1, 100, -3])
def test_a_map_cut_off_is_four(kept: int, folder: Path) -> None:
    path = folder / "small.cells.json"
    path.write_bytes(path.read_bytes()[:kept])
    assert "the map cannot be read" in _refused(folder, 4)


def test_a_layout_cut_off_is_two(folder: Path) -> None:
    path = folder / "small.layout.toml"
    path.write_bytes(path.read_bytes()[:300])
    _refused(folder, 2)


def test_a_layout_edited_by_hand_is_four(folder: Path) -> None:
    path = folder / "small.layout.toml"
    path.write_text(path.read_text("utf-8").replace("kerf_mm = 0.03", "kerf_mm = 0.035"), "utf-8")
    assert "files.hash" in _refused(folder, 4)


@pytest.mark.parametrize("name", ["small.cut.dxf", "small.isolation.nc", "small.cells.json", "small.drawing.dxf"])
@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x00binary\x00", b"hello\n", b"{}", b"[]", b"  0\nSECTION\n", b"\xe2\x82\xac"]
)
def test_a_foreign_file_is_four(name: str, data: bytes, folder: Path) -> None:
    (folder / name).write_bytes(data)
    assert name in _refused(folder, 4)


@pytest.mark.parametrize(
    "document",
    [
        {"cells": []},
        {"cells": [{}]},
        {"cells": [{"id": 1, "type": "C8", "x_mm": "a", "y_mm": 0, "rotation_deg": 0}]},
        {"cells": [{"id": 1, "type": "other", "x_mm": 0, "y_mm": 0, "rotation_deg": 0}]},
        {"cells": {"id": 1}},
        {
            "cells": [{"id": "a", "type": "C8", "x_mm": 1e400, "y_mm": 0, "rotation_deg": 0}],
            "web": {"frame_length_mm": 1},
        },
        {"cells": [{"id": "a", "type": "C8", "x_mm": 1, "y_mm": 0, "rotation_deg": 0}], "web": {"frame_length_mm": 14}},
        [1, 2],
        7,
        None,
    ],
)
def test_a_map_of_another_form_is_four(document: object, folder: Path) -> None:
    (folder / "small.cells.json").write_text(json.dumps(document), "utf-8")
    assert "small.cells.json" in _refused(folder, 4)


@pytest.mark.parametrize("name", ["small.cut.dxf", "small.isolation.nc", "small.cells.json", "small.cells.csv"])
def test_a_missing_file_is_four(name: str, folder: Path) -> None:
    (folder / name).unlink()
    assert f"{name} " in _refused(folder, 4)


@pytest.mark.parametrize("role", ["cut_dxf", "isolation_gcode", "cells_json", "cells_csv", "drawing_dxf"])
def test_a_manifest_that_leaves_out_a_file_is_four(role: str, folder: Path) -> None:
    _manifest(folder, lambda manifest: manifest["files"].pop(role))
    assert role in _refused(folder, 4)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/b.dxf", "..", ".", "", "a\\b", "C:\\x"])
@pytest.mark.parametrize("role", ["cut_dxf", "layout"])
def test_a_manifest_that_names_a_file_outside_is_two(role: str, name: str, folder: Path) -> None:
    _manifest(folder, lambda manifest: manifest["files"].update({role: name}))
    assert "does not lie in the folder" in _refused(folder, 2)


def test_a_link_to_a_file_outside_is_two(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.dxf").write_bytes((folder / "small.cut.dxf").read_bytes())
    (folder / "small.cut.dxf").unlink()
    (folder / "small.cut.dxf").symlink_to(tmp_path / "elsewhere.dxf")
    assert "does not lie in the folder" in _refused(folder, 2)


@pytest.mark.parametrize("files", [None, [], "x", {"layout": 3}, {}])
def test_a_manifest_without_files_is_two(files: object, folder: Path) -> None:
    _manifest(folder, lambda manifest: manifest.update(files=files))
    _refused(folder, 2)


@pytest.mark.parametrize("key", ["sha256", "nest", "operations", "layout_sha256", "job"])
@pytest.mark.parametrize("value", [None, 3, [], {}])
def test_a_manifest_with_other_figures_is_four(key: str, value: object, folder: Path) -> None:
    _manifest(folder, lambda manifest: manifest.update({key: value}))
    _refused(folder, 4)


@pytest.mark.parametrize("what", ["missing", "empty", "file"])
def test_what_is_no_output_folder_is_two(what: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    result = tfbpattern("verify", tmp_path / what)
    assert result.exit_code == 2
    assert "no output folder" in result.stderr


def test_findings_as_json_follow_their_schema(folder: Path) -> None:
    path = folder / "small.isolation.nc"
    path.write_text(path.read_text("ascii").replace("M63 P0\n", "", 1), "ascii")
    result = tfbpattern("verify", folder, "--json")
    assert result.exit_code == 4
    document = json.loads(result.stdout)
    assert problems_of("proof-1", document) == []
    assert document["passed"] is False
    assert {"files.hash", "machine.dark"} <= set(document["counts"])
    assert all(finding["rule"] in document["counts"] for finding in document["findings"])


def test_pictures_show_each_spot(folder: Path, tmp_path: Path) -> None:
    lines = (folder / "small.isolation.nc").read_text("ascii").split("\n")
    k = next(k for k, line in enumerate(lines) if line.startswith("G1"))
    (folder / "small.isolation.nc").write_text("\n".join(lines[:k] + lines[k + 1 :]), "ascii")
    result = tfbpattern("verify", folder, "--pictures", tmp_path / "spots", "-q")
    assert result.exit_code == 4
    pictures = sorted((tmp_path / "spots").glob("*.svg"))
    assert pictures
    from xml.etree import ElementTree

    for picture in pictures:
        assert ElementTree.parse(picture).getroot().tag.endswith("svg")
    assert any("isolation." in picture.name for picture in pictures)


def test_a_self_test_tells_every_trial(folder: Path) -> None:
    result = tfbpattern("verify", folder, "--self-test", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert problems_of("proof-1", document) == []
    assert all(trial["caught"] == trial["applies"] for trial in document["trials"])
    assert sum(trial["caught"] for trial in document["trials"]) > 30


def test_a_controller_reads_its_own_programs_only(tmp_path: Path) -> None:
    folder = published(JOBS["a grid on GRBL"], tmp_path / "out")
    result = tfbpattern("verify", folder, "--controller", "rs274")
    assert result.exit_code == 2
    assert "reads programs for LinuxCNC" in result.stderr
