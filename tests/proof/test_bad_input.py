"""Folders that are not what was written: findings or a refusal, never a pass, never a traceback."""

from __future__ import annotations

import hashlib
import json
import re
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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"x_mm"', '"x_mm": 1.0, "x_mm"'),
        ('"row": 0', '"row": 1' + "0" * 400),
        ('"row": 0', '"row": Infinity'),
        ('"rotation_deg": 0', '"rotation_deg": "0"'),
        ('"rotation_deg": 0', '"rotation_deg": 1e300'),
        ('"status"', '"status": ' + "[" * 100_000 + '"'),
        ('"status"', '"note": NaN, "status"'),
    ],
)
def test_a_map_that_readers_may_take_for_another_is_four(old: str, new: str, folder: Path) -> None:
    path = folder / "small.cells.json"
    text = path.read_text("utf-8")
    at = text.index('"cells":')
    old = old if old in text[at:] else old.replace(": ", ":")
    assert old in text[at:]
    path.write_text(text[:at] + text[at:].replace(old, new, 1), "utf-8")
    _hashes_set_right(folder)
    assert "small.cells.json" in _refused(folder, 4)


@pytest.mark.parametrize("value", ["NaN", "1e400", "null", '"1"', "true"])
@pytest.mark.parametrize("key", ["active_area_mm2", "capacity_uah", "outline_mm"])
def test_a_cell_type_of_the_map_with_a_number_that_is_none_is_four(key: str, value: str, folder: Path) -> None:
    path = folder / "small.cells.json"
    changed, count = re.subn(rf'("{key}": ?\[*)[-0-9.]+', rf"\g<1>{value}", path.read_text("utf-8"), count=1)
    assert count == 1
    path.write_text(changed, "utf-8")
    _hashes_set_right(folder)
    assert "small.cells.json" in _refused(folder, 4)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r'"LowerLeft"', '"UpperLeft"'),
        (r'"UpRight"', '"DownRight"'),
        (r'Orientation="0"', 'Orientation="90"'),
        (r'BinQuality="Fail"', 'BinQuality="Pass"'),
        (r'BinDescription="untested"', 'BinDescription="good"'),
        (r'BinCode="FE"', 'BinCode="FC"'),
        (r'(BinDescription="untested")', r'\1 Pick="true"'),
        (r"(<BinDefinition [^>]*>)", r"\1\1"),
        (r'<Dimension X="3"', '<Dimension X="4"'),
        (r'<DeviceSize X="8"', '<DeviceSize X="8.003"'),
        (r'<DeviceSize X="30"', '<DeviceSize X="31"'),
        (r'<StepSize X="8.03"', '<StepSize X="8.033"'),
        (r'<LowerLeft X="1"', '<LowerLeft X="1.003"'),
        (r'DefaultUnits="mm"', 'DefaultUnits="inch"'),
        (r'(<Coordinates X=")0', r"\g<1>1"),
        (r'(<Position X=")', r"\g<1>1"),
        (r'<Overlay MapName="ReferenceDevices"[\s\S]*?</Overlay>', ""),
        (r'SubstrateId="', 'SubstrateId="X'),
        (r"<LotId>", "<LotId>X"),
        (r"<ProductId>", "<ProductId>X"),
        (r"HexaDecimal", "Decimal"),
        (r'(<Overlay MapName="BinCodeMap"[\s\S]*?</Overlay>)', r"\1\1"),
        (r"(<SubstrateMap [\s\S]*?</SubstrateMap>)", r"\1\1"),
        (r'(<Id X="0" Y="0">)([^<]*)(</Id>)', r"\1other\3\1\2\3"),
        (r"</BinCode>", "F</BinCode>"),
        (r"<BinCode>", "<BinCode></BinCode><BinCode>"),
    ],
)
def test_a_substrate_map_that_says_anything_else_is_four(old: str, new: str, folder: Path) -> None:
    path = folder / "small.e142.xml"
    changed, count = re.subn(old, new, path.read_text("utf-8"), count=1)
    assert count == 1
    path.write_text(changed, "utf-8")
    _hashes_set_right(folder)
    assert "map.e142" in _refused(folder, 4)


@pytest.mark.parametrize("number", ["1_{}", "\u00a0{}", "{}e400"])
def test_a_number_of_the_table_that_readers_take_for_another_is_four(number: str, folder: Path) -> None:
    path = folder / "small.cells.csv"
    head, row, rest = path.read_text("utf-8").split("\n", 2)
    cells = row.split(",")
    cells[4] = number.format(cells[4])
    path.write_text("\n".join([head, ",".join(cells), rest]), "utf-8")
    _hashes_set_right(folder)
    assert "map.csv" in _refused(folder, 4)


@pytest.mark.parametrize("name", ["other.isolation.nc", "test.nc", "small.old.dxf", "other.cells.json"])
def test_a_program_or_map_of_another_job_in_the_folder_is_four(name: str, folder: Path) -> None:
    (folder / name).write_text("G21\n")
    assert name in _refused(folder, 4)


@pytest.mark.parametrize("name", ["notes.txt", "readings.csv"])
def test_what_nobody_takes_for_a_file_of_the_job_may_lie_in_the_folder(name: str, folder: Path) -> None:
    (folder / name).write_text("a note\n")
    assert tfbpattern("verify", folder).exit_code == 0


def test_a_manifest_that_names_two_files_for_one_role_is_two(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text("utf-8").replace('"cut_dxf"', '"cut_dxf": "other.dxf", "cut_dxf"', 1), "utf-8")
    _refused(folder, 2)


def _hashes_set_right(folder: Path) -> None:
    """So that nothing is found just because a byte differs."""

    def change(manifest: dict[str, Any]) -> None:
        for name in manifest["sha256"]:
            manifest["sha256"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()

    _manifest(folder, change)


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        ("G18", "machine.word"),
        ("G91", "machine.travel"),
        ("G81 X1 Y1 Z-1 R1", "machine.word"),
        ("G2 X5 Y5", "machine.arc"),
        ("G2 X5 Y5 R3", "machine.arc"),
        ("G2 I0 J0", "machine.arc"),
        ("G92 X0.01", "machine.word"),
        ("G10 L2 P1 X0.1", "machine.word"),
        ("G55", "machine.word"),
        ("G4 P0.5", "machine.dark"),
        ("G4 P-1", "machine.word"),
        ("G0 X[1+1]", "machine.word"),
        ("#1=5", "machine.word"),
        ("%", "machine.end"),
        ("o9 while [1]\nG0X1Y1\no9 endwhile", "machine.word"),
        ("o9 repeat [999999999]\nG0X1Y1\nG0X2Y2\no9 endrepeat", "machine.word"),
        ("o9 repeat [" + "9" * 5000 + "]\nG0X1Y1\no9 endrepeat", "machine.line"),
        ("o8 repeat [99999]\no9 repeat [99999]\nG0X1Y1\nG0X2Y2\no9 endrepeat\no8 endrepeat", "machine.word"),
        ("o9 repeat [3]\nG0X1Y1", "machine.word"),
        ("o9 sub\no9 call\no9 endsub\no9 call", "machine.word"),
    ],
    ids=lambda value: value.replace("\n", " ")[:30],
)
def test_a_line_put_into_a_program_is_found(lines: str, rule: str, folder: Path) -> None:
    """Behind the first line of the cut with the laser on."""
    path = folder / "small.singulation.nc"
    program = path.read_text("ascii").split("\n")
    at = next(k for k, line in enumerate(program) if line.startswith(("G1", "G2", "G3")) and "X" in line) + 1
    path.write_text("\n".join([*program[:at], lines, *program[at:]]), "ascii")
    _hashes_set_right(folder)
    assert rule in _refused(folder, 4)


def test_a_first_jump_that_leaves_out_a_coordinate_is_found(folder: Path) -> None:
    path = folder / "small.isolation.nc"
    text = path.read_text("ascii")
    at = text.index("\nG0")
    path.write_text(f"{text[:at]}\nG0X{'9' * 20}{text[at:]}", "ascii")
    _hashes_set_right(folder)
    assert "machine.start" in _refused(folder, 4)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"\n 10\n[-0-9.]+", "\n 10\nnan"),
        (r"\n 10\n[-0-9.]+", "\n 10\ninf"),
        (r"\n 10\n[-0-9.]+", "\n 10\n1e300"),
        (r"\n 70\n1\n", "\n 70\n129\n"),
        (r"\n 70\n1\n", "\n 70\n1\n 43\n0.5\n"),
        (r"\n 70\n1\n", "\n 70\n1\n210\n0\n220\n0\n230\n-1\n"),
        (r"\n  8\nCUT_ISOLATION\n", "\n 67\n1\n  8\nCUT_ISOLATION\n"),
        (r"(\n  0\nLWPOLYLINE\n)", r"\n  0\nINSERT\n  8\nCUT_ISOLATION\n  2\nB\n 10\n0\n 20\n0\1"),
        (r"(\n  0\nLWPOLYLINE\n)", r"\n  0\nLINE\n  8\nCUT_ISOLATION\n 10\n0\n 20\n0\n 11\n5\n 21\n5\1"),
        (r"  0\nEOF\n", "  0\nEOF\n  0\nSECTION\n  2\nENTITIES\n  0\nENDSEC\n  0\nEOF\n"),
        (r"  0\nEOF\n", "  0\nSECTION\n  2\nENTITIES\n  0\nENDSEC\n  0\nEOF\n"),
        (r"  0\nEOF\n", "  0\nSECTION\n  2\n ENTITIES\n  0\nENDSEC\n  0\nEOF\n"),
        (r"  0\nEOF\n", "  0\nPOINT\n  8\nCUT_ISOLATION\n  0\nEOF\n"),
        (r"\n  8\nCUT_ISOLATION\n", "\n  8\nCUT_ISOLATION\n  8\nHIDDEN\n"),
        (r"\n 70\n1\n", "\n 70\n0\n 70\n1\n"),
        (r"\n 10\n(.*)\n 20\n(.*)\n(?: 42\n.*\n)? 10\n", r"\n 10\n\1\n 10\n\1\n 20\n\2\n 20\n"),
        (r"\n 10\n([0-9])", r"\n 10\n0_\1"),
        (r"\n 10\n", "\n 42\n0\n 10\n"),
        (r"\n 70\n1\n", "\n 70\n1\n0\nLWPOLYLINE\n"),
    ],
)
def test_a_drawing_that_tools_may_take_for_another_is_found(old: str, new: str, folder: Path) -> None:
    path = folder / "small.cut.dxf"
    text = path.read_text("utf-8")
    at = text.index("\n  2\nENTITIES\n")
    changed, count = re.subn(old, new, text[at:], count=1)
    assert count == 1
    path.write_text(text[:at] + changed, "utf-8")
    _hashes_set_right(folder)
    assert "map.dxf" in _refused(folder, 4)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"(  9\n\$INSUNITS\n *70\n *)4\n", r"\g<1>1\n\g<1>4\n"),
        (r"(\n  2\nCUT_SINGULATION\n(?: *\d+\n.*\n)*? 62\n *)(\d+)", r"\1-\2\n 62\n\2"),
        (r"\n  0\nENDBLK\n", "\n  0\nPOINT\n  8\nCUT_ISOLATION\n  0\nENDBLK\n"),
        (r"\n  0\nBLOCK\n", "\n  0\nLINE\n  8\nCUT_ISOLATION\n  0\nBLOCK\n"),
        (r"\n  0\nSECTION\n  2\nENTITIES\n", "\n  0\nPOINT\n  8\n0\n  0\nSECTION\n  2\nENTITIES\n"),
        (r"\n  0\nENDSEC\n  0\nSECTION\n  2\nENTITIES\n", "\n  0\nSECTION\n  2\nENTITIES\n"),
    ],
)
def test_a_head_of_a_drawing_that_tools_may_take_for_another_is_found(old: str, new: str, folder: Path) -> None:
    path = folder / "small.cut.dxf"
    changed, count = re.subn(old, new, path.read_text("utf-8"), count=1)
    assert count == 1
    path.write_text(changed, "utf-8")
    _hashes_set_right(folder)
    assert "map.dxf" in _refused(folder, 4)


@pytest.mark.parametrize("name", ["small.layout.toml", "manifest.json"])
def test_what_is_no_plain_file_is_two(name: str, folder: Path) -> None:
    (folder / name).unlink()
    (folder / name).mkdir()
    result = tfbpattern("verify", folder)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "name", ["small.cut.dxf", "small.isolation.nc", "small.cells.json", "small.cells.csv", "small.e142.xml"]
)
def test_a_missing_file_is_four(name: str, folder: Path) -> None:
    (folder / name).unlink()
    assert f"{name} " in _refused(folder, 4)


@pytest.mark.parametrize("role", ["cut_dxf", "isolation_gcode", "cells_json", "cells_csv", "drawing_dxf", "e142"])
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
