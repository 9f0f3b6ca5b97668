"""Laws of `cells chart`: a table and a picture that say the same, and what is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.command_line import contents, tfbpattern
from tests.results_for_tests import IDS, folder_in, written
from tests.schemas import problems_of


@pytest.fixture(scope="module")
def roll(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty frames; the impedance of frame 13 is off."""
    path = tmp_path_factory.mktemp("chart")
    folder = folder_in(path)
    rows = [
        f"{name.replace('-0001-', f'-{frame:04d}-')},2,{30 + (frame * 7) % 3 + 0.1 * k + 20 * (frame == 13)},"
        for frame in range(1, 21)
        for k, name in enumerate(IDS)
    ]
    file = written(path / "r.csv", rows)
    assert tfbpattern("cells", "merge", folder, file, "-o", path / "t", "--frames", "20", "-q").exit_code == 0
    return path / "t"


def test_the_frame_that_is_off_is_found_in_table_and_picture(roll: Path) -> None:
    result = tfbpattern("cells", "chart", roll, "--column", "z_ohm")
    assert result.exit_code == 0, result.stderr
    rows = list(csv.DictReader((roll / "small.chart.z_ohm.frame.csv").read_text().splitlines()))
    means = [row for row in rows if row["figure"] == "mean"]
    assert [int(row["frame"]) for row in means] == list(range(1, 21))
    assert [row["frame"] for row in means if "1" in row["rules"].split()] == ["13"]
    assert float(means[0]["value"]) == pytest.approx(31.25)
    assert {row["cells"] for row in means} == {"6"}
    told = [e.text or "" for e in ElementTree.parse(roll / "small.chart.z_ohm.frame.svg").iter()]
    assert any(words.startswith("frame 13: 51.25") and "rule 1" in words for words in told)
    manifest = json.loads((roll / "manifest.json").read_text())
    assert manifest["files"]["chart_z_ohm_frame"] == "small.chart.z_ohm.frame.svg"
    assert problems_of("manifest-1", manifest) == []
    assert "13 (1" in " ".join(result.stdout.split())


@pytest.mark.parametrize("by", ["row", "column", "touchdown", "site"])
def test_cells_are_grouped_by_every_number_of_the_map(roll: Path, by: str) -> None:
    assert tfbpattern("cells", "chart", roll, "--column", "z_ohm", "--by", by, "-q").exit_code == 0
    rows = list(csv.DictReader((roll / f"small.chart.z_ohm.{by}.csv").read_text().splitlines()))
    assert sum(int(row["cells"]) for row in rows if row["figure"] == "mean") == 120


@pytest.mark.parametrize(
    ("options", "needle"), [(["--column", "tilt"], "'tilt'"), (["--column", "ocv_v", "--by", "day"], "--by")]
)
def test_a_chart_of_what_is_not_there_is_refused(roll: Path, options: list[str], needle: str) -> None:
    before = contents(roll)
    result = tfbpattern("cells", "chart", roll, *options)
    assert result.exit_code == 2
    assert needle in result.stderr
    assert contents(roll) == before


def test_one_frame_makes_no_chart_over_frames(tmp_path: Path) -> None:
    folder = folder_in(tmp_path)
    file = written(tmp_path / "r.csv", [f"{name},2,30," for name in IDS])
    assert tfbpattern("cells", "merge", folder, file, "-o", tmp_path / "t", "-q").exit_code == 0
    result = tfbpattern("cells", "chart", tmp_path / "t", "--column", "ocv_v")
    assert result.exit_code == 2
    assert "needs two or more" in result.stderr
