"""Laws of exit codes: one for each kind of failure, and the output folder as it was before."""

from __future__ import annotations

import errno
import json
import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import contents, program, tfbpattern
from tests.schemas import problems_of
from tests.small_job import LEAST, SMALL, changed, small
from tfbpattern import nesting, pipeline

_RECT = '{ kind = "rect", width_mm = 8.0, height_mm = 6.0, corner_radius_mm = 0.5 }'
_WIDE = '{ kind = "rect", width_mm = 31.0, height_mm = 6.0 }'
_NO_CATHODE = ('kind = "cathode"\nx_mm = 3.75', 'kind = "anode"\nx_mm = 2.0')
_USE = 'use = "linuxcnc-gantry"'


@pytest.fixture
def earlier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an earlier run in out/, and a changed layout; the working folder from here on."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(SMALL)
    assert tfbpattern("run", "small.toml", "-o", "out", "-q").exit_code == 0
    (tmp_path / "out" / "notes.md").write_text("mine")
    (tmp_path / "small.toml").write_text(small(("kerf_mm = 0.03", "kerf_mm = 0.04")))
    return tmp_path


def _failing(error: BaseException) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise error

    return fail


_STAGES = [
    "nesting.nest",
    "scribe",
    "route",
    "check_travel",
    "cell_map",
    "cut_dxf",
    "cells_json",
    "picture",
    "manifest",
    "publish",
]


def _break_stage(monkeypatch: pytest.MonkeyPatch, stage: str, error: BaseException) -> None:
    owner, name = (nesting, "nest") if stage == "nesting.nest" else (pipeline, stage)
    monkeypatch.setattr(owner, name, _failing(error))


def test_done_is_zero(earlier: Path) -> None:
    before = contents(earlier / "out")
    assert tfbpattern("run", "small.toml", "-o", "out").exit_code == 0
    assert contents(earlier / "out") != before


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("x"), AssertionError(), KeyError("k"), RecursionError(), ValueError("v")]
)
@pytest.mark.parametrize("stage", ["nesting.nest", "cut_dxf", "publish"])
def test_a_fault_of_ours_is_one_and_asks_for_a_report(
    stage: str, error: Exception, earlier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(earlier)
    _break_stage(monkeypatch, stage, error)
    result = tfbpattern("run", "small.toml", "-o", "out")
    assert result.exit_code == 1
    assert "this is a fault of tfbpattern; please report it" in result.stderr
    assert type(error).__name__ in result.stderr
    assert result.stdout == ""
    assert contents(earlier) == before


@pytest.mark.parametrize("stage", _STAGES)
def test_an_interruption_at_any_stage_is_130(stage: str, earlier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(earlier)
    _break_stage(monkeypatch, stage, KeyboardInterrupt())
    result = tfbpattern("run", "small.toml", "-o", "out")
    assert result.exit_code == 130
    assert result.stderr.strip() == "interrupted; nothing was changed"
    assert result.stdout == ""
    assert contents(earlier) == before


def test_an_interruption_in_compiled_code_is_130(earlier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(earlier)
    passed_over = SystemError("a function returned a result with an exception set")
    passed_over.__cause__ = KeyboardInterrupt()
    _break_stage(monkeypatch, "route", passed_over)
    result = tfbpattern("run", "small.toml", "-o", "out")
    assert result.exit_code == 130
    assert result.stderr.strip() == "interrupted; nothing was changed"
    assert contents(earlier) == before


@pytest.mark.parametrize("command", ["check", "nest", "new"])
def test_an_interruption_of_any_command_is_130(command: str, earlier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tfbpattern.files.layout.read_layout", _failing(KeyboardInterrupt()))
    monkeypatch.setattr("tfbpattern.files.starter.write_starter", _failing(KeyboardInterrupt()))
    before = contents(earlier)
    assert tfbpattern(command, "small.toml").exit_code == 130
    assert contents(earlier) == before


def test_control_c_ends_a_program_with_130(earlier: Path) -> None:
    before = contents(earlier)
    code = """
import signal, sys
from tfbpattern import nesting
from tfbpattern.cli import main
find = nesting.nest
def nest(*arguments, **options):
    found = find(*arguments, **options)
    signal.raise_signal(signal.SIGINT)
    return found
nesting.nest = nest
main(prog_name="tfbpattern")
"""
    result = program("run", "small.toml", "-o", "out", cwd=earlier, python=("-c", code))
    assert (result.returncode, result.stdout) == (130, "")
    assert result.stderr.strip() == "interrupted; nothing was changed"
    assert contents(earlier) == before


_SIGNALLED = """
import dataclasses
import signal
from tfbpattern import nesting
from tfbpattern.cli import main
def one_short(*arguments, **options):
    found = nesting.STRATEGIES["grid"](*arguments, **options)
    return dataclasses.replace(found, placements=found.placements.taken(slice(len(found.placements) - 1)))
def late(*arguments, **options):
    signal.raise_signal(signal.{signal})
nesting.ARRANGEMENTS = {{"free": {{"one short": one_short, "late": late}}}}
main(prog_name="tfbpattern")
"""


def test_control_c_while_nesting_goes_on_with_the_best_nest_so_far(earlier: Path) -> None:
    result = program("run", "small.toml", "-o", "out", cwd=earlier, python=("-c", _SIGNALLED.format(signal="SIGINT")))
    assert result.returncode == 0
    assert "interrupted: the best nest found until then" in result.stdout
    manifest = json.loads((earlier / "out" / "manifest.json").read_text())
    assert manifest["nest"]["interrupted"] is True
    assert manifest["nest"]["method"] == "grid"
    assert problems_of("manifest-1", manifest) == []


@pytest.mark.parametrize(
    ("signal", "options"), [("SIGINT", ["--no-partial"]), ("SIGTERM", []), ("SIGTERM", ["--no-partial"])]
)
def test_nothing_is_written_where_no_part_is_wanted_or_the_job_is_ended_from_outside(
    signal: str, options: list[str], earlier: Path
) -> None:
    before = contents(earlier)
    code = _SIGNALLED.format(signal=signal)
    result = program("run", "small.toml", "-o", "out", *options, cwd=earlier, python=("-c", code))
    assert (result.returncode, result.stdout) == (130, "")
    assert result.stderr.strip() == "interrupted; nothing was changed"
    assert contents(earlier) == before


@pytest.mark.parametrize(
    ("layout", "needles"),
    [
        (small((_RECT, _WIDE), _NO_CATHODE), ["no cell of 'C8' fits", "28 x 13 mm", "31 x 6 mm"]),
        (small(("height_mm = 6.0", "height_mm = 13.0001")), ["28 x 13 mm", "8 x 13.0001 mm"]),
        (
            changed(LEAST, ("diameter_mm = 5", "diameter_mm = 20")),
            ["no cell of 'C' fits", "20 x 19.97 mm", "20 x 20 mm"],
        ),
        (
            small(("rect_mm = [26, 11, 4, 3]", "rect_mm = [0, 0, 30, 14]")),
            ["no cell of 'C8' fits", "keep-out splice"],
        ),
        (
            small(("rect_mm = [26, 11, 4, 3]", "rect_mm = [0, 6, 30, 2]")),
            ["no cell of 'C8' fits", "keep-out splice"],
        ),
        (
            small(("rotations_deg = [0]", "rotations_deg = [0]\ndemand = { min = 7, max = 9 }")),
            ["placed 6 of 7 cells of 'C8'", "at most 6"],
        ),
        (
            small((_USE, f"{_USE}\ntravel_mm = [30, 1200]")),
            ["leaves the travel of 'linuxcnc-gantry'", "needs x from", "0 to 30 mm"],
        ),
        (
            small((_USE, f"{_USE}\ntravel_mm = [400, 20]")),
            ["leaves the travel", "needs y from", "0 to 20 mm"],
        ),
        (
            small((_USE, f"{_USE}\norigin_mm = [-2, 0]")),
            ["leaves the travel", "needs x from -1.015", "web's origin at -2 mm"],
        ),
        (
            small((_USE, f"{_USE}\nmax_mark_speed_mm_s = 1999")),
            ["isolation marks at 2000 mm/s", "1999 mm/s at most"],
        ),
        (
            small(("mark_speed_mm_s = 1000", "mark_speed_mm_s = 2001")),
            ["singulation marks at 2001 mm/s", "2000 mm/s at most"],
        ),
        (
            changed(
                LEAST,
                ("[machine]", "mode = 'contour'\ntabs = { count = 64, width_mm = 1 }\n[machine]"),
            ),
            ["64 tabs of 1 mm do not fit around 'C'"],
        ),
    ],
    ids=[
        "too wide",
        "too long",
        "no spacing left",
        "keep-out everywhere",
        "keep-out in the middle",
        "demand",
        "travel across",
        "travel along",
        "origin",
        "isolation speed",
        "singulation speed",
        "tabs",
    ],
)
def test_what_cannot_be_made_is_three_with_what_there_is_and_what_is_needed(
    layout: str, needles: list[str], earlier: Path
) -> None:
    (earlier / "small.toml").write_text(layout)
    before = contents(earlier)
    result = tfbpattern("run", "small.toml", "-o", "out")
    assert result.exit_code == 3
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    for needle in needles:
        assert needle in result.stderr
    assert contents(earlier) == before


def test_a_job_that_just_fits_is_done(earlier: Path) -> None:
    # 28 x 13 mm are usable; the outermost kerf may reach into the exclusion.
    exact = small(
        (_RECT, '{ kind = "rect", width_mm = 28.0, height_mm = 13.0 }'),
        ("[[web.keepouts]]", "[[web.keepouts]]\n# far off"),
        ("rect_mm = [26, 11, 4, 3]", "rect_mm = [40, 11, 4, 3]"),
        ("x_mm = 27.5", "x_mm = 35"),
        _NO_CATHODE,
    )
    (earlier / "small.toml").write_text(exact)
    result = tfbpattern("nest", "small.toml", "--json")
    assert result.exit_code == 0, result.stderr
    assert '"cells": 1' in result.stdout


def test_a_job_that_just_lies_in_the_travel_is_done(earlier: Path) -> None:
    # Kerfs reach from x = 0.985 to 25.075 and from y = 0.485 to 12.545 in the web.
    fits = small((_USE, f"{_USE}\norigin_mm = [-0.985, -0.485]\ntravel_mm = [24.2, 12.2]"))
    (earlier / "small.toml").write_text(fits)
    result = tfbpattern("run", "small.toml", "-o", "fits")
    assert result.exit_code == 0, result.stderr
    (earlier / "small.toml").write_text(fits.replace("[-0.985, -0.485]", "[-0.986, -0.485]"))
    assert tfbpattern("run", "small.toml", "-o", "beyond").exit_code == 3


@pytest.mark.parametrize("stage", _STAGES)
@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        MemoryError(),
        PermissionError(errno.EACCES, "Permission denied"),
    ],
)
def test_the_system_at_fault_is_five_at_any_stage(
    stage: str, error: Exception, earlier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(earlier)
    _break_stage(monkeypatch, stage, error)
    result = tfbpattern("run", "small.toml", "-o", "out")
    assert result.exit_code == 5
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.stderr
    assert contents(earlier) == before


@pytest.mark.parametrize("call", ["fsync", "rename", "chmod"])
def test_a_disk_that_fills_up_is_five_and_changes_nothing(
    call: str, earlier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(earlier)
    monkeypatch.setattr(os, call, _failing(OSError(errno.ENOSPC, "No space left on device")))
    result = tfbpattern("run", "small.toml", "-o", "out")
    monkeypatch.undo()
    assert result.exit_code == 5
    assert "the disk is full" in result.stderr
    assert "nothing was changed" in result.stderr
    assert contents(earlier) == before


@pytest.mark.parametrize("limit", [1000, 12_000])
def test_a_file_that_may_not_grow_is_five_and_changes_nothing(limit: int, earlier: Path) -> None:
    before = contents(earlier)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    result = program("run", "small.toml", "-o", "out", cwd=earlier, preexec_fn=limited)
    assert result.returncode == 5
    assert "cannot write" in result.stderr
    assert "Traceback" not in result.stderr
    assert contents(earlier) == before


def test_a_folder_below_a_file_is_five_and_names_the_file(earlier: Path) -> None:
    (earlier / "file").write_text("mine")
    before = contents(earlier)
    for folder in ("file/out", "file/deep/er/out"):
        result = tfbpattern("run", "small.toml", "-o", folder)
        assert result.exit_code == 5
        assert f"{folder} is a file" not in result.stderr
        assert str(earlier / "file") in result.stderr
        assert "Traceback" not in result.stderr
        assert contents(earlier) == before


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc to fail in")
def test_a_place_where_nothing_can_be_written_is_five(earlier: Path) -> None:
    before = contents(earlier)
    result = tfbpattern("run", "small.toml", "-o", "/proc/tfbpattern-out")
    assert result.exit_code == 5
    assert "cannot write /proc/tfbpattern-out" in result.stderr
    assert contents(earlier) == before


def test_a_fault_takes_back_the_folders_on_the_way(earlier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(earlier)
    monkeypatch.setattr(os, "fsync", _failing(OSError(errno.ENOSPC, "No space left on device")))
    assert tfbpattern("run", "small.toml", "-o", "deep/er/out").exit_code == 5
    monkeypatch.undo()
    assert contents(earlier) == before


def test_a_folder_with_something_else_in_it_is_two(earlier: Path) -> None:
    (earlier / "out" / "manifest.json").unlink()
    before = contents(earlier)
    result = tfbpattern("run", "small.toml", "-o", "out")
    assert result.exit_code == 2
    assert "holds no manifest.json" in result.stderr
    assert "left alone" in result.stderr
    assert contents(earlier) == before


def test_a_file_in_place_of_the_folder_is_two(earlier: Path) -> None:
    before = contents(earlier)
    result = tfbpattern("run", "small.toml", "-o", "small.toml")
    assert result.exit_code == 2
    assert "is a file, not a folder" in result.stderr
    assert contents(earlier) == before


def test_new_below_a_file_is_five(earlier: Path) -> None:
    before = contents(earlier)
    result = tfbpattern("new", "small.toml/cell.toml")
    assert result.exit_code == 5
    assert "cannot write" in result.stderr
    assert contents(earlier) == before


@pytest.mark.parametrize("folder", ["missing", "small.toml", "empty", "other"])
def test_view_of_what_is_no_output_folder_is_two(folder: str, earlier: Path) -> None:
    (earlier / "empty").mkdir()
    (earlier / "other").mkdir()
    (earlier / "other" / "manifest.json").write_text("{}")
    result = tfbpattern("view", folder)
    assert result.exit_code == 2
    assert "manifest.json" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("layout", "code"),
    [(SMALL, 0), ("nonsense", 2), (small((_RECT, _WIDE), _NO_CATHODE), 3)],
    ids=["done", "input", "infeasible"],
)
def test_a_program_of_its_own_ends_with_the_same_code(layout: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "job.toml").write_text(layout)
    result = program("nest", "job.toml", cwd=tmp_path)
    assert result.returncode == code
    assert bool(result.stdout) == (code == 0)
    assert bool(result.stderr) == (code != 0)
