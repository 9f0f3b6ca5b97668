"""Laws of touchdowns and sites: each cell under a needle of its own, each needle where its cell is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proof.jobs import JOBS, published, told, verdict_of
from tests.small_job import small


def test_two_cells_probed_at_one_time_by_one_site_are_found(tmp_path: Path) -> None:
    folder = published(JOBS["a grid"], tmp_path / "out")
    path = folder / "small.cells.json"
    text = path.read_text("utf-8")
    path.write_text(re.sub(r'"touchdown": \d+, "site": \d+', '"touchdown": 0, "site": 0', text), "utf-8")
    assert "map.touchdowns" in verdict_of(folder).counts


@pytest.mark.parametrize("turns", ["[0, 90]", "[0, 180]", "[0, 33]"])
@pytest.mark.parametrize("sites", ["[1, 1]", "[3, 2]"])
def test_needles_are_where_their_cells_are_however_these_are_turned(sites: str, turns: str, tmp_path: Path) -> None:
    tester = f"[tester]\nsites = {sites}\n\n[machine]"
    folder = published(
        small(("rotations_deg = [0]", f"rotations_deg = {turns}"), ("[machine]", tester)), tmp_path / "out"
    )
    assert told(verdict_of(folder)) == ""


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda rows: rows[:-1], "map.prober"),
        (lambda rows: [rows[0], *rows[:0:-1]], "map.prober"),
        (lambda rows: [rows[0].replace("x_mm", "x"), *rows[1:]], "map.prober"),
        (
            lambda rows: [rows[0], rows[1].replace("0,", "nan,", 1).replace("nan,", "0,nan,", 1), *rows[2:]],
            "map.prober",
        ),
        (lambda rows: [rows[0], _at(rows[1], 1, 0.08), *rows[2:]], "map.touchdowns"),
        (lambda rows: [rows[0], _at(rows[1], 3, 90.0), *rows[2:]], "map.touchdowns"),
    ],
    ids=["a row less", "another order", "other columns", "no number", "beside the pads", "the card turned"],
)
def test_a_program_of_the_prober_that_tests_other_cells_is_found(
    change: Callable[[list[str]], list[str]], rule: str, tmp_path: Path
) -> None:
    folder = published(JOBS["a grid"], tmp_path / "out")
    path = folder / "small.prober.csv"
    path.write_text("\n".join(change(path.read_text("utf-8").splitlines())) + "\n", "utf-8")
    assert rule in verdict_of(folder).counts


def _at(row: str, column: int, more: float) -> str:
    values = row.split(",")
    values[column] = f"{float(values[column]) + more:g}"
    return ",".join(values)


def test_a_map_with_touchdowns_and_no_program_for_the_prober_is_found(tmp_path: Path) -> None:
    folder = published(JOBS["a grid"], tmp_path / "out")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    del manifest["files"]["prober"]
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert "map.prober" in verdict_of(folder).counts
