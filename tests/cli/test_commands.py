"""Laws of the commands: what they print where, and what they write."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import pytest

from tests.command_line import contents, program, tfbpattern
from tests.conftest import ROOT
from tests.schemas import problems_of
from tests.small_job import SMALL, small
from tfbpattern import __version__

_WARNED = small(("clearance_mm = 0.2", "clearance_mm = 0.05"))
_FILES = {
    "manifest.json",
    "small.cells.csv",
    "small.cells.json",
    "small.cut.dxf",
    "small.drawing.dxf",
    "small.isolation.nc",
    "small.layout.toml",
    "small.singulation.nc",
    "small.svg",
}


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


@pytest.fixture
def warned(tmp_path: Path) -> Path:
    path = tmp_path / "warned.toml"
    path.write_text(_WARNED)
    return path


def _opening(opened: list[str]) -> Callable[[str], int]:
    def launch(url: str) -> int:
        opened.append(url)
        return 0

    return launch


def test_new_check_nest_run_and_view_follow_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(click, "launch", _opening(opened))
    monkeypatch.chdir(tmp_path)
    for arguments in (
        ("new", "cell.toml"),
        ("check", "cell.toml"),
        ("nest", "cell.toml"),
        ("run", "cell.toml"),
        ("view", "out/cell"),
    ):
        result = tfbpattern(*arguments)
        assert result.exit_code == 0, result.stderr
        assert result.stderr == ""
        assert result.stdout
    assert opened == [str(tmp_path / "out" / "cell" / "cell.svg")]


def test_new_writes_one_file_and_says_what_comes_next(tmp_path: Path) -> None:
    result = tfbpattern("new", tmp_path / "cell.toml")
    assert result.exit_code == 0
    assert contents(tmp_path).keys() == {"cell.toml"}
    assert f"tfbpattern run {tmp_path / 'cell.toml'}" in result.stdout


def test_what_new_says_can_be_typed_as_it_stands(tmp_path: Path) -> None:
    result = tfbpattern("new", tmp_path / "my cell (1).toml")
    command = result.stdout.partition("next: ")[2].strip()
    shown = subprocess.run(
        ["sh", "-c", f'set -- {command}; printf "%s" "$3"'], capture_output=True, text=True, check=True
    )
    assert shown.stdout == str(tmp_path / "my cell (1).toml")


def test_new_overwrites_nothing(layout: Path) -> None:
    result = tfbpattern("new", layout)
    assert result.exit_code == 2
    assert "exists already" in result.stderr
    assert result.stdout == ""
    assert layout.read_text() == SMALL


def test_check_says_that_it_is_sound_and_writes_nothing(layout: Path) -> None:
    before = contents(layout.parent)
    result = tfbpattern("check", layout)
    assert result.exit_code == 0
    assert "is sound" in result.stdout
    for word in ("'C8'", "0.03 mm", "30 mm", "'linuxcnc-gantry'"):
        assert word in result.stdout
    assert contents(layout.parent) == before


def test_nest_prints_counts_density_bound_and_gap_and_writes_nothing(layout: Path) -> None:
    before = contents(layout.parent)
    result = tfbpattern("nest", layout)
    assert result.exit_code == 0
    for word in ("6 C8", "density", "upper bound", "frame", "14 mm", "per metre"):
        assert word in result.stdout
    assert "gap" in result.stdout or "proved optimal" in result.stdout
    assert contents(layout.parent) == before


def test_nest_as_json_is_json_and_nothing_else(layout: Path) -> None:
    result = tfbpattern("nest", layout, "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["nest"]["cells"] == 6
    assert problems_of("nest-1", document) == []
    assert result.stderr == ""


def test_run_writes_every_file_and_nothing_else(layout: Path, tmp_path: Path) -> None:
    result = tfbpattern("run", layout, "-o", tmp_path / "out")
    assert result.exit_code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} >= _FILES
    assert {path.name for path in tmp_path.iterdir()} == {"small.toml", "out"}
    for path in (tmp_path / "out").iterdir():
        assert path.name in result.stdout


def test_run_writes_to_out_and_the_jobs_name_unless_told_otherwise(
    layout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert tfbpattern("run", layout).exit_code == 0
    assert {path.name for path in (tmp_path / "out" / "small").iterdir()} >= _FILES


def test_run_as_json_prints_the_manifest_and_nothing_else(layout: Path, tmp_path: Path) -> None:
    result = tfbpattern("run", layout, "-o", tmp_path / "out", "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document == json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert problems_of("manifest-1", document) == []
    assert result.stderr == ""


@pytest.mark.parametrize("command", [("nest", "--json"), ("run", "--json", "-o", "out"), ("check",)])
def test_warnings_go_to_stderr(command: tuple[str, ...], warned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(warned.parent)
    result = tfbpattern(command[0], warned, *command[1:])
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: the cut may run over 'splice'")
    assert "the cut may run" not in result.stdout
    if "--json" in command:
        json.loads(result.stdout)


def test_run_may_read_the_layout_that_an_earlier_run_wrote(layout: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert tfbpattern("run", layout, "-o", out).exit_code == 0
    before = contents(out)
    assert tfbpattern("run", out / "small.layout.toml", "-o", out).exit_code == 0
    assert contents(out) == before


def test_what_lies_beside_an_earlier_run_is_carried_over(layout: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    tfbpattern("run", layout, "-o", out)
    (out / "notes.md").write_text("mine")
    layout.write_text(small(('name = "small"', 'name = "other"')))
    assert tfbpattern("run", layout, "-o", out).exit_code == 0
    names = {path.name for path in out.iterdir()}
    assert "notes.md" in names
    assert not [name for name in names if name.startswith("small.")]


@pytest.mark.parametrize("command", ["new", "check", "nest", "run", "view"])
def test_quiet_prints_nothing(command: str, warned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(click, "launch", lambda _: 0)
    monkeypatch.chdir(tmp_path)
    tfbpattern("run", warned, "-o", "view")
    argument = {"new": "new.toml", "view": "view"}.get(command, str(warned))
    result = tfbpattern(command, argument, "--quiet")
    assert result.exit_code == 0
    assert result.stdout == ""


def test_quiet_json_is_still_json(layout: Path) -> None:
    assert json.loads(tfbpattern("nest", layout, "--json", "-q").stdout)["nest"]["cells"] == 6


def test_errors_are_told_when_quiet(tmp_path: Path) -> None:
    result = tfbpattern("check", tmp_path / "missing.toml", "-q")
    assert result.exit_code == 2
    assert "no such file" in result.stderr


def _on_a_terminal(arguments: list[str], cwd: Path, env: dict[str, str]) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command, each on a terminal of its own."""
    (out, out_end), (err, err_end) = pty.openpty(), pty.openpty()
    settings = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tfbpattern", *arguments],
        cwd=cwd,
        env={**settings, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **env},
        stdin=subprocess.DEVNULL,
        stdout=out_end,
        stderr=err_end,
    )
    os.close(out_end)
    os.close(err_end)

    def drained(end: int) -> str:
        text = b""
        while True:
            try:
                piece = os.read(end, 65536)
            except OSError:
                piece = b""
            if not piece:
                os.close(end)
                return text.decode()
            text += piece

    with ThreadPoolExecutor() as pool:
        stdout, stderr = pool.map(drained, (out, err))
    return process.wait(60), stdout, stderr


@pytest.mark.parametrize(("command", "plain"), [("run", "option"), ("nest", "variable")])
def test_plain_text_has_no_escape_codes_on_a_terminal(command: str, plain: str, layout: Path) -> None:
    extra = ["--no-color"] if plain == "option" else []
    env = {"NO_COLOR": "1"} if plain == "variable" else {}
    code, stdout, _ = _on_a_terminal([command, str(layout), *extra], layout.parent, env)
    assert code == 0
    assert stdout
    assert "\x1b" not in stdout


def test_a_terminal_has_colour_and_progress_unless_told_otherwise(layout: Path) -> None:
    code, stdout, stderr = _on_a_terminal(["run", str(layout)], layout.parent, {})
    assert code == 0
    assert "\x1b[" in stdout
    assert "\x1b[" in stderr
    code, _, stderr = _on_a_terminal(["run", str(layout), "--quiet"], layout.parent, {})
    assert (code, stderr) == (0, "")


def test_where_stderr_is_no_terminal_there_is_no_progress(layout: Path, tmp_path: Path) -> None:
    result = program("run", layout, "-o", "out", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize("break_it", ["none", "path", "missing", "number", "no files"])
def test_view_opens_nothing_but_a_picture_in_the_folder(
    break_it: str, layout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(click, "launch", _opening(opened))
    out = tmp_path / "out"
    tfbpattern("run", layout, "-o", out)
    document = json.loads((out / "manifest.json").read_text())
    (tmp_path / "outside.svg").write_text("<svg/>")
    change: dict[str, Callable[[], object]] = {
        "none": lambda: document["files"].pop("picture"),
        "path": lambda: document["files"].update(picture="../outside.svg"),
        "missing": lambda: document["files"].update(picture="other.svg"),
        "number": lambda: document["files"].update(picture=3),
        "no files": lambda: document.update(files=3),
    }
    change[break_it]()
    (out / "manifest.json").write_text(json.dumps(document))
    result = tfbpattern("view", out)
    assert result.exit_code == 2
    assert "picture" in result.stderr
    assert "Traceback" not in result.stderr
    assert opened == []


def test_view_says_where_the_picture_is_when_nothing_opens_it(
    layout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(click, "launch", lambda _: 1)
    tfbpattern("run", layout, "-o", tmp_path / "out")
    result = tfbpattern("view", tmp_path / "out")
    assert result.exit_code == 5
    assert str(tmp_path / "out" / "small.svg") in result.stderr


def test_the_version_is_the_packages() -> None:
    assert tfbpattern("--version").stdout == f"tfbpattern, version {__version__}\n"


def test_a_pipe_that_closes_early_is_no_fault_of_ours(layout: Path) -> None:
    command = f"'{sys.executable}' -m tfbpattern nest '{layout}' --json | true; test ${{PIPESTATUS[0]}} -le 1"
    result = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert "Traceback" not in result.stderr
    assert "fault of tfbpattern" not in result.stderr
