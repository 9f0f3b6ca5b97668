"""Every layout file that comes with the project is sound and runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.command_line import tfbpattern
from tests.conftest import ROOT
from tests.schemas import problems_of

_FOLDER = ROOT / "layouts"
LAYOUTS = sorted(str(path.relative_to(_FOLDER)) for path in _FOLDER.rglob("*.toml"))


def test_there_are_layouts() -> None:
    assert "earbud.toml" in LAYOUTS


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_is_sound(layout: str) -> None:
    result = tfbpattern("check", _FOLDER / layout)
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_runs_and_every_file_follows_its_schema(layout: str, tmp_path: Path) -> None:
    result = tfbpattern("run", _FOLDER / layout, "-o", tmp_path / "out", "--json")
    assert result.exit_code == 0, result.stderr
    manifest = json.loads(result.stdout)
    assert problems_of("manifest-1", manifest) == []
    cells = json.loads((tmp_path / "out" / manifest["files"]["cells_json"]).read_text("utf-8"))
    assert problems_of("cells-1", cells) == []
    assert len(cells["cells"]) == manifest["nest"]["cells"] <= manifest["nest"]["upper_bound"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_says_in_its_first_line_what_it_shows(layout: str) -> None:
    first = (_FOLDER / layout).read_text("utf-8").partition("\n")[0]
    assert re.fullmatch(r"# [A-Z].+", first)


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if "/" not in name])
def test_a_job_is_named_after_its_file(layout: str) -> None:
    assert f'name = "{Path(layout).stem}"' in (_FOLDER / layout).read_text("utf-8")
