"""Laws of `singulate`: what is cut is cut as before, what is rejected stays in the web, and it is proved."""

from __future__ import annotations

import json
from pathlib import Path

import ezdxf
import pytest
import shapely

from tests.command_line import contents, tfbpattern
from tests.results_for_tests import IDS, folder_in, readings, written
from tests.schemas import problems_of


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("singulate")
    folder = folder_in(path)
    # The second cell of the first row leaks, the last one is in no bin, one is untested.
    values = [(2, 1, ""), (0.1, 1, ""), (2, 2, ""), (2, 3, ""), None, (9, 9, "")]
    rows = readings({name: value for name, value in zip(IDS, values, strict=True) if value is not None})
    result = tfbpattern("cells", "merge", folder, written(path / "r.csv", rows), "-o", path / "t", "-q")
    assert result.exit_code == 0
    return path / "t"


def _cuts(folder: Path) -> shapely.MultiLineString:
    """What singulation cuts, from the drawing, arcs by fine chords."""
    drawing = ezdxf.readfile(folder / "small.cut.dxf")
    lines = []
    for stroke in drawing.modelspace().query('LWPOLYLINE[layer=="CUT_SINGULATION"]'):
        points = [(p.x, p.y) for p in ezdxf.path.make_path(stroke).flattening(0.0005)]
        lines.append(points)
    return shapely.MultiLineString(lines)


def test_without_a_skipped_bin_the_program_is_that_of_the_run(tested: Path, tmp_path: Path) -> None:
    assert tfbpattern("singulate", tested, "-o", tmp_path / "c", "-q").exit_code == 0
    for name in ("small.singulation.nc", "small.isolation.nc", "small.cut.dxf", "small.layout.toml"):
        assert (tmp_path / "c" / name).read_bytes() == (tested / name).read_bytes(), name
    manifest = json.loads((tmp_path / "c" / "manifest.json").read_text())
    assert manifest["singulate"] == {"skipped_bins": [], "skipped_cells": 0}


@pytest.mark.parametrize("names", [["2"], ["leaky"], ["2", "leaky"]])
def test_a_skipped_cell_stays_and_the_cuts_of_the_others_are_as_before(
    tested: Path, tmp_path: Path, names: list[str]
) -> None:
    options = [word for name in names for word in ("--skip-bin", name)]
    result = tfbpattern("singulate", tested, "-o", tmp_path / "c", "--json", *options)
    assert result.exit_code == 0, result.stderr
    manifest = json.loads(result.stdout)
    assert problems_of("manifest-1", manifest) == []
    assert manifest["singulate"] == {"skipped_bins": [2], "skipped_cells": 1}
    assert manifest["proof"]["passed"] is True
    assert manifest["layout_sha256"] == json.loads((tested / "manifest.json").read_text())["layout_sha256"]
    kept = [cell["id"] for cell in json.loads((tmp_path / "c" / "small.cells.json").read_text())["cells"]]
    assert kept == [name for name in IDS if name != IDS[1]]
    before, after = _cuts(tested), _cuts(tmp_path / "c")
    # Nothing is cut that was not cut before, to a micrometre; and what is no longer cut is an edge of the cell alone.
    assert shapely.covers(shapely.buffer(before, 0.001), after)
    gone = shapely.difference(before, shapely.buffer(after, 0.001))
    assert 5.0 < gone.length < 2 * (8.03 + 6.03)
    assert shapely.covers(shapely.box(13.03 - 4.05, 3.5 - 3.05, 13.03 + 4.05, 3.5 + 3.05), gone)
    # The other cells are cut all round.
    for cell in json.loads((tmp_path / "c" / "small.cells.json").read_text())["cells"]:
        x, y = cell["x_mm"], cell["y_mm"]
        for at in ((x - 4.015, y), (x + 4.015, y), (x, y - 3.015), (x, y + 3.015)):
            assert shapely.distance(after, shapely.Point(at)) < 0.001
    assert shapely.distance(after, shapely.Point(13.03, 3.5 - 3.015)) > 1.0


def test_cells_in_no_bin_and_untested_ones_can_be_told_apart(tested: Path, tmp_path: Path) -> None:
    assert tfbpattern("singulate", tested, "-o", tmp_path / "c", "-q", "--skip-bin", "99").exit_code == 0
    kept = [cell["id"] for cell in json.loads((tmp_path / "c" / "small.cells.json").read_text())["cells"]]
    assert kept == IDS[:5]
    assert tfbpattern("verify", tmp_path / "c", "-q").exit_code == 0


@pytest.mark.parametrize(("name", "code"), [("3", 2), ("nothing", 2)])
def test_a_bin_that_is_none_is_refused(tested: Path, tmp_path: Path, name: str, code: int) -> None:
    before = contents(tmp_path)
    result = tfbpattern("singulate", tested, "-o", tmp_path / "c", "--skip-bin", name)
    assert result.exit_code == code
    assert repr(name) in result.stderr
    assert contents(tmp_path) == before


def test_where_nothing_is_left_to_cut_it_is_said(tested: Path, tmp_path: Path) -> None:
    rows = readings(dict.fromkeys(IDS, (0.1, 1, "")))
    file = written(tmp_path / "r.csv", rows)
    assert tfbpattern("cells", "merge", tested, file, "-o", tmp_path / "t", "-q").exit_code == 0
    result = tfbpattern("singulate", tmp_path / "t", "-o", tmp_path / "c", "--skip-bin", "leaky")
    assert result.exit_code == 3
    assert not (tmp_path / "c").exists()


def test_a_folder_without_results_has_no_bins_to_skip(tmp_path: Path) -> None:
    folder = folder_in(tmp_path)
    result = tfbpattern("singulate", folder, "-o", tmp_path / "c", "--skip-bin", "2")
    assert result.exit_code == 2
    assert "cells merge" in result.stderr
