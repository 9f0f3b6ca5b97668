"""Laws of `cells merge`: what is joined, what counts, and what is refused with nothing written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.command_line import contents, tfbpattern
from tests.results_for_tests import HEAD, IDS, folder_in, layout_sum, readings, written
from tests.schemas import problems_of
from tests.small_job import SMALL, layout_of
from tfbpattern import pipeline

_GOOD = readings({name: (2.1, 30 + k, f"2026-01-02T03:04:0{k}") for k, name in enumerate(IDS)})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_in(tmp_path_factory.mktemp("tested"))


def _merged(folder: Path, *files: Path, target: Path, options: tuple[str, ...] = ()) -> dict[str, Any]:
    result = tfbpattern("cells", "merge", folder, *files, "-o", target, "-q", *options)
    assert result.exit_code == 0, result.stderr
    document: dict[str, Any] = json.loads((target / "small.results.json").read_text("utf-8"))
    assert problems_of("results-1", document) == []
    assert problems_of("manifest-1", json.loads((target / "manifest.json").read_text("utf-8"))) == []
    return document


def test_every_reading_is_joined_to_its_cell(folder: Path, tmp_path: Path) -> None:
    document = _merged(folder, written(tmp_path / "r.csv", reversed(_GOOD)), target=tmp_path / "d")
    assert document["coverage"] == {"cells": 6, "tested": 6, "untested": 0, "retested": 0}
    assert [cell["id"] for cell in document["cells"]] == IDS
    assert [cell["values"] for cell in document["cells"]] == [{"ocv_v": 2.1, "z_ohm": 30 + k} for k in range(6)]
    assert document["yield"] == 1.0


def test_the_first_bin_whose_inclusive_limits_are_met_is_the_cells(folder: Path, tmp_path: Path) -> None:
    rows = readings(
        dict(zip(IDS, [(0.5, 60, ""), (0.5, 60.01, ""), (0.499, 1, ""), (4.31, 1, ""), (2, "", "")], strict=False))
    )
    document = _merged(folder, written(tmp_path / "r.csv", rows), target=tmp_path / "d")
    assert [cell["bin"] for cell in document["cells"]] == [1, 2, 2, 99, 99]
    assert [(b["code"], b["count"]) for b in document["bins"]] == [(1, 1), (2, 2), (99, 2)]
    assert document["yield"] == 0.2
    assert document["coverage"]["untested"] == 1
    assert document["cells"][4]["values"] == {"ocv_v": 2.0}


def test_the_latest_of_several_readings_counts_and_the_others_are_kept(folder: Path, tmp_path: Path) -> None:
    again = readings({IDS[2]: (1.0, 7, "2026-01-02T04:00:00"), IDS[0]: (0.1, 8, "2026-01-01T00:00:00")})
    files = written(tmp_path / "a.csv", _GOOD), written(tmp_path / "b.csv", again)
    for order in (files, files[::-1]):
        document = _merged(folder, *order, target=tmp_path / "d")
        cells = {cell["id"]: cell for cell in document["cells"]}
        assert cells[IDS[2]]["values"] == {"ocv_v": 1.0, "z_ohm": 7.0}
        assert cells[IDS[2]]["earlier"] == [
            {"timestamp": "2026-01-02T03:04:02", "values": {"ocv_v": 2.1, "z_ohm": 32.0}}
        ]
        assert cells[IDS[0]]["values"] == {"ocv_v": 2.1, "z_ohm": 30.0}
        assert cells[IDS[0]]["bin"] == 1
        assert document["coverage"]["retested"] == 2


def test_zones_of_time_are_understood(folder: Path, tmp_path: Path) -> None:
    rows = [*_GOOD[1:], *readings({IDS[0]: (2.2, 1, "2026-01-02T03:00:00+02:00")})]
    rows += readings({IDS[0]: (2.3, 1, "2026-01-02 01:30:00Z")})
    document = _merged(folder, written(tmp_path / "r.csv", rows), target=tmp_path / "d")
    assert document["cells"][0]["values"]["ocv_v"] == 2.3


def test_columns_that_are_not_known_are_kept_as_numbers_or_text(folder: Path, tmp_path: Path) -> None:
    rows = [f'{IDS[0]},2,3,,-7e-1,"ann ""b"", c",', f"{IDS[1]},2,3,,.5,,x"]
    head = f"{HEAD},tilt,operator,note"
    document = _merged(folder, written(tmp_path / "r.csv", rows, head), target=tmp_path / "d")
    first, second = (cell["values"] for cell in document["cells"])
    assert first == {"ocv_v": 2.0, "z_ohm": 3.0, "tilt": -0.7, "operator": 'ann "b", c'}
    assert second == {"ocv_v": 2.0, "z_ohm": 3.0, "tilt": 0.5, "note": "x"}
    assert (tmp_path / "d" / "small.heatmap.tilt.svg").is_file()
    assert not (tmp_path / "d" / "small.heatmap.operator.svg").exists()


def test_the_output_holds_all_of_the_folder_and_the_bins_in_the_substrate_map(folder: Path, tmp_path: Path) -> None:
    before = contents(folder)
    rows = readings(dict(zip(IDS, [(2, 1, ""), (0, 1, ""), (9, 1, "")], strict=False)))
    _merged(folder, written(tmp_path / "r.csv", rows), target=tmp_path / "d")
    after = contents(tmp_path / "d")
    assert contents(folder) == before
    changed = {"manifest.json", "small.e142.xml"}
    assert {name: data for name, data in after.items() if name in before and name not in changed} == {
        name: data for name, data in before.items() if name not in changed
    }
    assert after.keys() - before.keys() == {
        "small.results.json",
        "small.binmap.svg",
        "small.heatmap.ocv_v.svg",
        "small.heatmap.z_ohm.svg",
    }
    root = ElementTree.fromstring(after["small.e142.xml"])
    assert [e.text for e in root.iter() if e.tag.endswith("}BinCode")] == ["010263", "FEFEFE"]
    manifest = json.loads(after["manifest.json"])
    assert manifest["results"]["coverage"]["tested"] == 3
    assert {*manifest["files"].values()} == {*after} - {"manifest.json"}


def test_merging_again_replaces_what_was_merged_before(folder: Path, tmp_path: Path) -> None:
    _merged(folder, written(tmp_path / "r.csv", _GOOD), target=tmp_path / "a")
    only = readings({IDS[3]: (2.1, 5, "")})
    once = _merged(folder, written(tmp_path / "s.csv", only), target=tmp_path / "b")
    assert _merged(tmp_path / "a", tmp_path / "s.csv", target=tmp_path / "c") == once
    assert contents(tmp_path / "b") == contents(tmp_path / "c")
    # Into the folder that it comes from, too.
    _merged(tmp_path / "a", tmp_path / "s.csv", target=tmp_path / "a")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_frames_of_one_layout_are_told_apart_by_their_number(folder: Path, tmp_path: Path) -> None:
    rows = [
        f"{name.replace('-0001-', f'-{frame:04d}-')},{0.1 if (frame + k) % 2 or k == 4 else 2},{frame},"
        for frame in range(1, 13)
        for k, name in enumerate(IDS)
    ]
    file = written(tmp_path / "r.csv", rows)
    document = _merged(folder, file, target=tmp_path / "d", options=("--frames", "12"))
    assert document["frames"] == {"first": 1, "count": 12}
    assert document["coverage"]["cells"] == 72
    assert [g["passed"] for g in document["yields"]["frame"]] == [3, 2] * 6
    assert {f"small.{name}.svg" for name in ("failmap", "stacked.ocv_v", "stacked.z_ohm")} <= {
        path.name for path in (tmp_path / "d").iterdir()
    }
    assert tfbpattern("cells", "merge", folder, file, "-o", tmp_path / "e").exit_code == 2
    root = ElementTree.fromstring((tmp_path / "d" / "small.e142.xml").read_text("utf-8"))
    assert sum(e.tag.endswith("}SubstrateMap") for e in root.iter()) == 12


@pytest.mark.parametrize(
    ("rows", "head", "needles"),
    [
        ([], HEAD, ["r.csv: has a header and no rows"]),
        (["R001-0001-R009C000,1,1,"], HEAD, ["r.csv:3", "'R001-0001-R009C000' is no cell of this map"]),
        (["R001-0002-R000C000,1,1,"], HEAD, ["r.csv:3", "is no cell of this map"]),
        (["R001-00001-R000C000,1,1,"], HEAD, ["r.csv:3", "is no cell of this map"]),
        (["R002-0001-R000C000,1,1,"], HEAD, ["r.csv:3", "is no cell of this map"]),
        ([",1,1,"], HEAD, ["r.csv:3", "cell_id is empty"]),
        ([f"{IDS[0]},1,1,", f"{IDS[0]},2,1,"], HEAD, ["r.csv:4", IDS[0], "has a row already", "r.csv:3"]),
        ([f"{IDS[0]},1,1,2026-01-01T00:00:00"] * 2, HEAD, ["r.csv:4", "no later timestamp"]),
        ([f"{IDS[0]},1,1,2026-01-01T00:00:00", f"{IDS[0]},2,1,"], HEAD, ["no later timestamp"]),
        ([f"{IDS[1]},1,1,", f"{IDS[0]},nan,1,"], HEAD, ["r.csv:4", "ocv_v = 'nan' is no finite number"]),
        ([f"{IDS[0]},NaN,1,"], HEAD, ["r.csv:3", "ocv_v = 'NaN'"]),
        ([f"{IDS[0]},1,inf,"], HEAD, ["r.csv:3", "z_ohm = 'inf'"]),
        ([f"{IDS[0]},1,1e999,"], HEAD, ["r.csv:3", "z_ohm = '1e999'"]),
        ([f"{IDS[0]},1,low,"], HEAD, ["r.csv:3", "z_ohm = 'low'"]),
        ([f'{IDS[0]},"2,1",1,'], HEAD, ["r.csv:3", "ocv_v = '2,1'"]),
        ([f"{IDS[0]},1,1,yesterday"], HEAD, ["r.csv:3", "timestamp = 'yesterday'"]),
        ([f'{IDS[0]},1,1,"2026-01-01""00:00"'], HEAD, ["r.csv:3", "timestamp"]),
        ([f"{IDS[0]},1,1"], HEAD, ["r.csv:3", "3 values", "4 columns"]),
        ([f"{IDS[0]},1,1,", "", f"{IDS[1]},1,1,"], HEAD, ["r.csv:4", "cell_id is empty"]),
        ([f"{IDS[0]},1,1,,5"], HEAD, ["r.csv:3", "5 values", "4 columns"]),
        ([f"{IDS[0]},1"], "cell_id,ocv_v", ["limit the column 'z_ohm'"]),
        ([f"{IDS[0]};1;1;"], HEAD.replace(",", ";"), ["r.csv:2", "no column cell_id"]),
        ([IDS[0]], "cell_id", ["r.csv:2", "no measured column"]),
        ([f"{IDS[0]},1,1,,2"], f"{HEAD},OCV_V", ["r.csv:2", "two columns 'OCV_V'"]),
        ([f"{IDS[0]},1,1,,2"], f"{HEAD},../x", ["r.csv:2", "'../x'"]),
        ([f"{IDS[0]},1,1,,2"], f"{HEAD},", ["r.csv:2", "column 5"]),
    ],
)
def test_faults_of_a_results_file_are_told_by_line_and_nothing_is_written(
    folder: Path, tmp_path: Path, rows: list[str], head: str, needles: list[str]
) -> None:
    file = written(tmp_path / "r.csv", rows, head)
    result = tfbpattern("cells", "merge", folder, file, "-o", tmp_path / "d")
    assert result.exit_code == 2, result.output
    for needle in needles:
        assert needle in result.stderr
    assert "Traceback" not in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.csv"]


@pytest.mark.parametrize(
    ("data", "needle"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"# only\n# comments\n", "comments only"),
        (b"cell_id,ocv_v,z_ohm\n\xff\xfe,1,2\n", "is not UTF-8"),
        (f"# layout_sha256: {'0' * 64}\n{HEAD}\n{IDS[0]},1,1,\n".encode(), "r.csv:1: the results are for layout 0000"),
        (f"{HEAD}\n{IDS[0]},1,1,\n".encode("utf-16"), "is not UTF-8"),
        (f'{HEAD}\n"{IDS[0]},1,1,\n'.encode(), "r.csv"),
    ],
)
def test_files_that_are_no_results_are_named(folder: Path, tmp_path: Path, data: bytes, needle: str) -> None:
    (tmp_path / "r.csv").write_bytes(data)
    result = tfbpattern("cells", "merge", folder, tmp_path / "r.csv", "-o", tmp_path / "d")
    assert result.exit_code == 2, result.output
    assert needle in result.stderr
    assert not (tmp_path / "d").exists()


def test_a_file_with_a_mark_of_byte_order_and_other_line_ends_is_read(folder: Path, tmp_path: Path) -> None:
    text = "\r\n".join([f"# layout_sha256: {layout_sum()}", HEAD, *_GOOD, ""])
    (tmp_path / "r.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert _merged(folder, tmp_path / "r.csv", target=tmp_path / "d")["coverage"]["tested"] == 6


def test_of_a_hundred_thousand_bad_rows_the_first_ten_are_told_and_the_count(folder: Path, tmp_path: Path) -> None:
    rows = [f"R001-0001-R{k:06d}C000,x,1," for k in range(100_000)]
    result = tfbpattern("cells", "merge", folder, written(tmp_path / "r.csv", rows), "-o", tmp_path / "d")
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert len(lines) == 12
    # Each is a cell that is not known, and has a text for a number.
    assert "200000 rows are at fault" in lines[0]
    assert lines[1].startswith(str(tmp_path / "r.csv") + ":3: ")
    assert "more" in lines[-1]


def test_a_file_that_is_missing_and_a_folder_that_is_none_are_named(folder: Path, tmp_path: Path) -> None:
    for where, file in ((folder, tmp_path / "no.csv"), (tmp_path, written(tmp_path / "r.csv", _GOOD))):
        result = tfbpattern("cells", "merge", where, file, "-o", tmp_path / "d")
        assert result.exit_code == 2
        assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("name", ["small.cells.json", "small.layout.toml"])
def test_a_folder_whose_files_were_changed_is_refused(tmp_path: Path, name: str) -> None:
    out = folder_in(tmp_path)
    (out / name).write_text((out / name).read_text() + "\n")
    result = tfbpattern("cells", "merge", out, written(tmp_path / "r.csv", _GOOD), "-o", tmp_path / "d")
    assert result.exit_code == 2
    assert name in result.stderr
    assert not (tmp_path / "d").exists()


def test_the_target_must_be_ours(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "mine").write_text("x")
    result = tfbpattern("cells", "merge", folder, written(tmp_path / "r.csv", _GOOD), "-o", tmp_path / "d")
    assert result.exit_code == 2
    assert contents(tmp_path / "d") == {"mine": b"x"}


def test_without_bins_every_cell_fails_and_that_is_said(tmp_path: Path) -> None:
    pipeline.run(layout_of(SMALL), tmp_path / "out")
    file = written(tmp_path / "r.csv", _GOOD, comment="# no sum")
    result = tfbpattern("cells", "merge", tmp_path / "out", file, "-o", tmp_path / "d")
    assert result.exit_code == 0
    assert "no [[tester.bins]]" in result.stdout
    document = json.loads((tmp_path / "d" / "small.results.json").read_text())
    assert {cell["bin"] for cell in document["cells"]} == {99}


def test_the_same_results_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    file = written(tmp_path / "r.csv", _GOOD)
    for target in ("a", "b"):
        _merged(folder, file, target=tmp_path / target)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
