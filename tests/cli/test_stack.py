"""Laws of `cells stack`: what it writes, what it leaves over, what it refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.command_line import contents, tfbpattern
from tests.results_for_tests import IDS, folder_in, readings, written
from tests.schemas import problems_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_in(tmp_path_factory.mktemp("tested"))


@pytest.fixture
def tested(folder: Path, tmp_path: Path) -> Path:
    # Four within 10 mV, one far off, one that leaks.
    values = [(2.100, 30, ""), (2.105, 30, ""), (2.110, 31, ""), (0.1, 30, ""), (2.104, 32, ""), (3.0, 30, "")]
    file = written(tmp_path / "r.csv", readings(dict(zip(IDS, values, strict=True))))
    assert tfbpattern("cells", "merge", folder, file, "-o", tmp_path / "t", "-q").exit_code == 0
    return tmp_path / "t"


def test_stacks_hold_matching_cells_and_the_rest_has_reasons(tested: Path) -> None:
    result = tfbpattern("cells", "stack", tested, "--layers", "2", "--match", "ocv_v=0.010", "--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert problems_of("stacks-1", document) == []
    assert document == json.loads((tested / "small.stacks.json").read_text())
    assert (document["layers"], document["stacks"], document["bound"]) == (2, 2, 2)
    assert [(left["id"], left["reason"]) for left in document["left_over"]] == [
        (IDS[5], "only 1 cells lie within ocv_v of it, 2 are needed")
    ]
    assert document["yield"] == pytest.approx(5 / 6, abs=1e-6)
    assert document["unsorted_good_share"] == pytest.approx((5 / 6) ** 2, abs=1e-6)
    assert document["unsorted_good_stacks"] == pytest.approx(3 * (5 / 6) ** 2, abs=1e-3)
    rows = list(csv.DictReader((tested / "small.stacks.csv").read_text().splitlines()))
    assert [*rows[0]] == ["stack", "layer", "cell_id", "ocv_v"]
    assert sorted(row["cell_id"] for row in rows) == [IDS[0], IDS[1], IDS[2], IDS[4]]
    assert [(row["stack"], row["layer"]) for row in rows] == [("0", "0"), ("0", "1"), ("1", "0"), ("1", "1")]
    files = json.loads((tested / "manifest.json").read_text())["files"]
    assert {files[role] for role in ("stacks_csv", "stacks_json", "stacks_picklist")} <= {
        p.name for p in tested.iterdir()
    }


def test_the_pick_list_says_where_a_cell_is_and_how_it_lies(tested: Path) -> None:
    assert tfbpattern("cells", "stack", tested, "--layers", "4", "--match", "ocv_v=0.010", "-q").exit_code == 0
    cells = {c["id"]: c for c in json.loads((tested / "small.cells.json").read_text())["cells"]}
    picks = list(csv.DictReader((tested / "small.picklist.csv").read_text().splitlines()))
    assert [row["pick"] for row in picks] == ["0", "1", "2", "3"]
    for row in picks:
        cell = cells[row["cell_id"]]
        assert (float(row["x_mm"]), float(row["y_mm"])) == (cell["x_mm"], cell["y_mm"])
        assert (row["frame"], row["rotation_deg"], row["turn_deg"]) == ("1", "0", "0")
        # The middle of its terminals lies to the right of its own.
        assert row["terminal_side"] == "right"


def test_samples_go_to_the_cycler_and_into_no_stack(tested: Path) -> None:
    options = ["--layers", "2", "--match", "ocv_v=0.010", "--samples", "1", "--json"]
    document = json.loads(tfbpattern("cells", "stack", tested, *options).stdout)
    samples = {sample["bin"]: sample["cells"] for sample in document["samples"]}
    assert {*samples} == {1, 2}
    assert samples[2] == [IDS[3]]
    stacked = {row["cell_id"] for row in csv.DictReader((tested / "small.stacks.csv").read_text().splitlines())}
    assert not stacked & {*samples[1]}
    assert "goes to the cycler as a sample" in {left["reason"] for left in document["left_over"]}


def test_stacking_again_replaces_the_stacks(tested: Path) -> None:
    for layers in ("4", "2"):
        assert tfbpattern("cells", "stack", tested, "--layers", layers, "--match", "ocv_v=0.010", "-q").exit_code == 0
    assert json.loads((tested / "small.stacks.json").read_text())["layers"] == 2
    before = contents(tested)
    assert tfbpattern("cells", "stack", tested, "--layers", "2", "--match", "ocv_v=0.010", "-q").exit_code == 0
    assert contents(tested) == before


@pytest.mark.parametrize(
    ("options", "code", "needle"),
    [
        (["--layers", "2", "--match", "ocv_v"], 2, "no window"),
        (["--layers", "2", "--match", "ocv_v=-1"], 2, "no window"),
        (["--layers", "2", "--match", "ocv_v=1e3"], 2, "no window"),
        (["--layers", "2", "--match", "ocv_v=0.01 V"], 2, "no window"),
        (["--layers", "2", "--match", "tilt=1"], 2, "no measured column 'tilt'"),
        (["--layers", "2", "--match", "ocv_v=1", "--match", "ocv_v=2"], 2, "twice"),
        (["--layers", "1", "--match", "ocv_v=1"], 2, "--layers"),
        (["--layers", "2"], 2, "--match"),
        (["--layers", "6", "--match", "ocv_v=1"], 3, "not one stack of 6"),
    ],
)
def test_what_cannot_be_stacked_is_refused_and_nothing_written(
    tested: Path, options: list[str], code: int, needle: str
) -> None:
    before = contents(tested)
    result = tfbpattern("cells", "stack", tested, *options)
    assert result.exit_code == code, result.output
    assert needle in result.stderr
    assert contents(tested) == before


def test_a_folder_without_results_cannot_be_stacked(folder: Path) -> None:
    result = tfbpattern("cells", "stack", folder, "--layers", "2", "--match", "ocv_v=1")
    assert result.exit_code == 2
    assert "cells merge" in result.stderr
