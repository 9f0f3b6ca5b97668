"""The same layout gives the same bytes, whoever runs it, wherever, whenever; and the layout as run is enough."""

from __future__ import annotations

import locale
import shutil
from pathlib import Path

import ezdxf
import pytest

from tests.command_line import contents, program, tfbpattern
from tests.conftest import ROOT
from tests.small_job import FULL, LEAST, SMALL, changed

_GALVO = changed(LEAST, ("grbl-gantry", "galvo"))


def _locales() -> list[str]:
    """Of some that write numbers and sort words in their own ways, those that are installed; C is everywhere."""
    kept = locale.setlocale(locale.LC_ALL)
    found = []
    for name in ("C", "C.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8"):
        try:
            locale.setlocale(locale.LC_ALL, name)
        except locale.Error:
            continue
        found.append(name)
    locale.setlocale(locale.LC_ALL, kept)
    return found


_JOBS = {"small": SMALL, "full": FULL, "galvo": _GALVO}

# One process for all jobs: starting the program takes longer than a small job.
_RUN_ALL = """
import sys
from tfbpattern.cli import main
for name in sys.argv[1:]:
    main(["run", f"{name}.toml", "-o", f"out {name}", "-q"], standalone_mode=False)
"""


def test_another_process_in_another_place_writes_the_same_bytes(tmp_path: Path) -> None:
    names = _locales()
    surroundings = [
        {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": names[1 % len(names)], "COLUMNS": "40"},
        {"PYTHONHASHSEED": "77", "TZ": "America/St_Johns", "LC_ALL": names[-1], "USER": "somebody"},
    ]
    written = []
    for number, env in enumerate(surroundings):
        folder = tmp_path / ("deeper/" * number) / f"place {number}"
        folder.mkdir(parents=True)
        for name, layout in _JOBS.items():
            (folder / f"{name}.toml").write_text(layout)
        result = program(*_JOBS, cwd=folder, env=env, python=("-c", _RUN_ALL))
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
        written.append({name: contents(folder / f"out {name}") for name in _JOBS})
    for other in written[1:]:
        for name in _JOBS:
            assert other[name].keys() == written[0][name].keys()
            assert [file for file, data in other[name].items() if data != written[0][name][file]] == []


def test_the_same_process_writes_the_same_bytes_twice(tmp_path: Path) -> None:
    (tmp_path / "job.toml").write_text(SMALL)
    for folder in ("first", "second", "second"):
        assert tfbpattern("run", tmp_path / "job.toml", "-o", tmp_path / folder, "-q").exit_code == 0
    assert contents(tmp_path / "first") == contents(tmp_path / "second")


def _outside(folder: Path) -> str:
    """A layout that takes its outline, a keep-out, its defects and its machine from files in a folder."""
    folder.mkdir()
    shutil.copy(ROOT / "layouts" / "footprints" / "hearing-aid.dxf", folder / "cell.dxf")
    shutil.copy(ROOT / "tfbpattern" / "machines" / "grbl-gantry.toml", folder / "own.toml")
    clamps = ezdxf.new("R2000", units=4)
    clamps.modelspace().add_circle((26, 26), 1.0)
    clamps.modelspace().add_circle((4, 26), 0.7)
    clamps.saveas(folder / "clamps.dxf")
    (folder / "defects.csv").write_text("x_mm,y_mm,size_um,class\n15,15.5,80,pinhole\n")
    return changed(
        LEAST,
        ('{ kind = "circle", diameter_mm = 5 }', '{ kind = "dxf", file = "cell.dxf", layer = "OUTLINE" }'),
        ("width_mm = 20", "width_mm = 32"),
        ("frame_length_mm = 20", 'frame_length_mm = 28\ndefects = { file = "defects.csv", policy = "mark" }'),
        ("[[cells]]", '[[web.keepouts]]\nname = "clamp"\ndxf = "clamps.dxf"\n\n[[cells]]'),
        ("[machine]", 'mode = "contour"\n\n[machine]'),
        ('use = "grbl-gantry"', 'use = "own.toml"\nmax_power = 255'),
    )


@pytest.mark.parametrize("name", ["outside files", *_JOBS])
def test_the_layout_as_run_is_enough_to_run_again(name: str, tmp_path: Path) -> None:
    text = _JOBS[name] if name in _JOBS else _outside(tmp_path / "given")
    (tmp_path / "given").mkdir(exist_ok=True)
    (tmp_path / "given" / "job.toml").write_text(text)
    first = tfbpattern("run", tmp_path / "given" / "job.toml", "-o", tmp_path / "first", "-q")
    assert first.exit_code == 0, first.stderr
    shutil.rmtree(tmp_path / "given")
    (layout,) = (tmp_path / "first").glob("*.layout.toml")
    (tmp_path / "alone").mkdir()
    copied = shutil.copy(layout, tmp_path / "alone" / "x.toml")
    second = tfbpattern("run", copied, "-o", tmp_path / "second", "-q")
    assert second.exit_code == 0, second.stderr
    assert contents(tmp_path / "second") == contents(tmp_path / "first")


def test_files_of_the_system_that_ends_lines_otherwise_give_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "unix.toml").write_bytes(SMALL.encode())
    (tmp_path / "windows.toml").write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    for name in ("unix", "windows"):
        assert tfbpattern("run", tmp_path / f"{name}.toml", "-o", tmp_path / name, "-q").exit_code == 0
    assert contents(tmp_path / "unix") == contents(tmp_path / "windows")
