"""Laws of the other views of the map, of comparing two maps, and of heat maps from the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest
from PIL import Image

from tests.command_line import contents, tfbpattern
from tests.results_for_tests import IDS, TESTED, folder_in, readings, written
from tests.schemas import problems_of
from tests.small_job import changed, layout_of
from tfbpattern import after_test, pipeline
from tfbpattern.cli import cells_commands
from tfbpattern.files.output_folder import open_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_in(tmp_path_factory.mktemp("tested"))


@pytest.fixture
def tested(folder: Path, tmp_path: Path) -> Path:
    rows = readings(dict(zip(IDS, [(2, 1, ""), (0, "", ""), (9, 3, ""), (2, 4, "")], strict=False)))
    target = tmp_path / "tested"
    result = tfbpattern("cells", "merge", folder, written(tmp_path / "r.csv", rows), "-o", target, "-q")
    assert result.exit_code == 0
    return target


def test_the_choices_of_the_command_are_those_of_the_program() -> None:
    assert cells_commands._FORMATS == after_test.EXPORTS


def test_parquet_and_csv_say_the_same_to_a_reader_of_both(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "map.parquet"
    result = tfbpattern("cells", "export", folder, "--format", "parquet", "-o", file)
    assert (result.exit_code, result.stdout.strip()) == (0, str(file))
    table = pq.read_table(file)
    rows = pcsv.read_csv(folder / "small.cells.csv")
    assert table.column_names == rows.column_names
    for name in rows.column_names:
        if name != "neighbours":
            assert table[name].to_pylist() == rows[name].to_pylist(), name
    assert [" ".join(near) for near in table["neighbours"].to_pylist()] == rows["neighbours"].to_pylist()
    assert table.schema.metadata[b"layout_sha256"].decode() == open_folder(folder).manifest["layout_sha256"]


def test_parquet_of_tested_cells_has_bins_and_values(tested: Path, tmp_path: Path) -> None:
    assert tfbpattern("cells", "export", tested, "--format", "parquet", "-o", tmp_path / "x").exit_code == 0
    table = pq.read_table(tmp_path / "x")
    assert table["bin"].to_pylist() == [1, 2, 99, 1, None, None]
    assert table["ocv_v"].to_pylist() == [2, 0, 9, 2, None, None]
    assert table["z_ohm"].to_pylist() == [1, None, 3, 4, None, None]


def test_g85_into_the_folder_is_named_in_its_manifest(tested: Path) -> None:
    before = contents(tested)
    result = tfbpattern("cells", "export", tested, "--format", "g85")
    assert result.exit_code == 0
    after = contents(tested)
    assert after.keys() - before.keys() == {"small.g85.xml"}
    assert json.loads(after["manifest.json"])["files"]["g85"] == "small.g85.xml"
    rows = [e.text for e in ElementTree.fromstring(after["small.g85.xml"]).iter() if e.tag.endswith("Row")]
    assert rows == ["001 002 099", "001 254 254"]


@pytest.mark.parametrize(("kind", "name"), [("csv", "small.cells.csv"), ("e142", "small.e142.xml")])
def test_views_that_the_folder_has_are_copied(folder: Path, tmp_path: Path, kind: str, name: str) -> None:
    assert tfbpattern("cells", "export", folder, "--format", kind, "-o", tmp_path / "x").exit_code == 0
    assert (tmp_path / "x").read_bytes() == (folder / name).read_bytes()
    before = contents(folder)
    assert tfbpattern("cells", "export", folder, "--format", kind).stdout.strip() == str(folder / name)
    assert contents(folder) == before


def test_a_view_of_something_else_is_refused(folder: Path, tmp_path: Path) -> None:
    assert tfbpattern("cells", "export", folder, "--format", "stdf").exit_code == 2
    assert tfbpattern("cells", "export", tmp_path, "--format", "csv").exit_code == 2
    result = tfbpattern("cells", "export", folder, "--format", "g85", "-o", tmp_path / "no" / "x")
    assert result.exit_code == 5
    assert list(tmp_path.iterdir()) == []


def _diff(first: Path, second: Path) -> dict[str, object]:
    result = tfbpattern("cells", "diff", first, second, "--json")
    assert result.exit_code == 0, result.stderr
    document: dict[str, object] = json.loads(result.stdout)
    assert problems_of("diff-1", document) == []
    return document


def test_a_map_differs_from_itself_in_nothing(folder: Path) -> None:
    assert _diff(folder, folder) == {
        "schema": "tfbpattern/diff/1",
        "counts": {"kept": 6, "moved": 0, "gone": 0, "new": 0},
        "changes": [],
    }


def test_places_are_kept_moved_gone_and_new(folder: Path, tmp_path: Path) -> None:
    # A keep-out on the second cell of the first row.
    clamp = '[[web.keepouts]]\nname = "clamp"\ncircle_mm = [13.03, 3.5, 0.5]\n\n[[cells]]'
    pipeline.run(layout_of(changed(TESTED, ("[[cells]]", clamp))), tmp_path / "b")
    found = _diff(folder, tmp_path / "b")
    counts = found["counts"]
    assert isinstance(counts, dict)
    first, second = open_folder(folder).cells(), open_folder(tmp_path / "b").cells()
    assert counts["kept"] + counts["moved"] + counts["gone"] == len(first)
    assert counts["kept"] + counts["moved"] + counts["new"] == len(second)
    places = [set(zip(t.x_mm.tolist(), t.y_mm.tolist(), strict=True)) for t in (first, second)]
    assert counts["kept"] == len(places[0] & places[1])
    assert "gone" in tfbpattern("cells", "diff", folder, tmp_path / "b").stdout


def test_a_cell_that_moved_is_told_with_its_way(folder: Path, tmp_path: Path) -> None:
    shifted = changed(TESTED, ("edge_exclusion_mm = { left = 1,", "edge_exclusion_mm = { left = 1.5,"))
    pipeline.run(layout_of(shifted), tmp_path / "b")
    found = _diff(folder, tmp_path / "b")
    assert found["counts"] == {"kept": 0, "moved": 6, "gone": 0, "new": 0}
    changes = found["changes"]
    assert isinstance(changes, list)
    assert {(c["dx_mm"], c["dy_mm"]) for c in changes} == {(0.5, 0.0)}
    assert all(c["id"] == c["id2"] for c in changes)


@pytest.mark.parametrize("column", ["ocv_v", "z_ohm", "bin", "fails"])
def test_a_heat_map_is_drawn_as_svg_and_png(tested: Path, tmp_path: Path, column: str) -> None:
    for suffix in ("svg", "png"):
        file = tmp_path / f"m.{suffix}"
        result = tfbpattern("cells", "heatmap", tested, "--column", column, "-o", file)
        assert result.exit_code == 0, result.stderr
    uses = [e for e in ElementTree.parse(tmp_path / "m.svg").iter() if e.tag.endswith("}use")]
    assert len(uses) == 6
    image = Image.open(io.BytesIO((tmp_path / "m.png").read_bytes()))
    assert min(image.size) > 500


def test_the_colour_at_a_cells_place_is_that_of_its_value(tested: Path, tmp_path: Path) -> None:
    assert tfbpattern("cells", "heatmap", tested, "--column", "bin", "-o", tmp_path / "m.png").exit_code == 0
    image = np.asarray(Image.open(tmp_path / "m.png").convert("RGB")).astype(int)
    cells = open_folder(tested).cells()
    scale = 760.0 / 30.0 * 3
    # Bins 1, 2, 99, 1 and two untested ones.
    expected = ["#0072b2", "#d55e00", "#e69f00", "#0072b2", "#dcdcdc", "#dcdcdc"]
    for x, y, colour in zip(cells.x_mm.tolist(), cells.y_mm.tolist(), expected, strict=True):
        at = image[round((76.0 + 14.0 * 760.0 / 30.0) * 3 - y * scale), round(24 * 3 + x * scale)]
        assert "#" + "".join(f"{v:02x}" for v in at.tolist()) == colour
        # A micrometre outside the corner of its box there is another cell, its gap or the web.
    gap = image[round((76.0 + 14.0 * 760.0 / 30.0) * 3 - 0.2 * scale), round(24 * 3 + 5.0 * scale)]
    assert gap.tolist() == [0xF6, 0xF4, 0xEF]


@pytest.mark.parametrize(
    ("options", "needle"),
    [
        (["--column", "nothing", "-o", "x.svg"], "'nothing'"),
        (["--column", "ocv_v", "-o", "x.gif"], "x.gif"),
        (["--column", "ocv_v", "-o", "x.svg", "--frame", "7"], "found 7"),
    ],
)
def test_a_heat_map_that_cannot_be_drawn_is_refused(
    tested: Path, tmp_path: Path, options: list[str], needle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = contents(tmp_path)
    result = tfbpattern("cells", "heatmap", tested, *options)
    assert result.exit_code == 2
    assert needle in result.stderr
    assert contents(tmp_path) == before


def test_a_folder_without_results_has_no_heat_map(folder: Path, tmp_path: Path) -> None:
    result = tfbpattern("cells", "heatmap", folder, "--column", "ocv_v", "-o", tmp_path / "x.svg")
    assert result.exit_code == 2
    assert "cells merge" in result.stderr
