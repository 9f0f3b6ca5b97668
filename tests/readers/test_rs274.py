"""
LinuxCNC's own interpreter reads what the LinuxCNC post writes: every mark is lit, nothing else is.

The beam is on while the gate (digital output 0) is set and the spindle word is not zero. M62 and M63 take effect with
the next motion, M64 and M65 at once.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.small_job import FULL, LEAST, SMALL, changed, made, worked_out
from tfbpattern.geometry import arcs
from tfbpattern.model.machine import Gantry
from tfbpattern.model.process import Recipe
from tfbpattern.model.toolpath import Toolpath

_RS274 = shutil.which("rs274")
pytestmark = pytest.mark.skipif(_RS274 is None, reason="LinuxCNC's interpreter rs274 is not installed")

_LINUXCNC = changed(LEAST, ("grbl-gantry", "linuxcnc-gantry"))
_CIRCLE = '{ kind = "circle", diameter_mm = 5 }'
_BEAN = "points_mm = [[0, 0, -0.3], [5, 0, 0.7], [5, 3, 0.01], [2, 4, -0.01], [0, 3]]"
_JOBS = {
    "small": SMALL,
    "tabs and contours": FULL,
    "circles": _LINUXCNC,
    "squares": changed(_LINUXCNC, (_CIRCLE, '{ kind = "rect", width_mm = 5, height_mm = 4 }')),
    "stadiums": changed(_LINUXCNC, (_CIRCLE, '{ kind = "stadium", width_mm = 6, height_mm = 4 }')),
    "arcs of all kinds": changed(
        _LINUXCNC,
        (_CIRCLE, f'{{ kind = "polygon", {_BEAN} }}'),
        ("[isolation]", "rotations_deg = [17]\n[isolation]"),
        ("[machine]", 'mode = "contour"\n[machine]'),
    ),
    "in loops": changed(
        _LINUXCNC,
        (_CIRCLE, '{ kind = "rect", width_mm = 3, height_mm = 2, corner_radius_mm = 0.2 }'),
        ('use = "linuxcnc-gantry"', 'use = "linuxcnc-gantry"\nloops = true'),
    ),
    "plain ISO 6983": changed(SMALL, ("linuxcnc-gantry", "iso6983-gantry")),
    "plain ISO 6983, circles": changed(LEAST, ("grbl-gantry", "iso6983-gantry")),
    "one pass, other settings": changed(
        _LINUXCNC,
        ("[machine]", "[singulation.recipe]\npasses = 1\nmark_speed_mm_s = 33.3\npower_percent = 12.5\n[machine]"),
        ('use = "linuxcnc-gantry"', 'use = "linuxcnc-gantry"\nresolution_mm = 0.001\nmax_power = 255'),
    ),
}

# The resolution is rounded to half a step; rs274 prints four decimals.
_PRINTED_MM = 0.5e-4


class Motion(NamedTuple):
    """One motion of the interpreter; middle is that of the arc, or of the line."""

    lit: bool
    feed: bool
    start: complex
    middle: complex
    end: complex


@dataclass
class _Machine:
    """What the canonical calls say about the machine."""

    at: complex | None = None
    gate: bool = False
    pending: bool | None = None
    spindle: bool = False
    power: float = 0.0
    feed: float = 0.0
    motions: list[Motion] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    feeds: set[float] = field(default_factory=set)
    powers: set[float] = field(default_factory=set)

    def call(self, name: str, arguments: list[str]) -> None:
        """One canonical call."""
        self.calls.append(name)
        numbers = [float(a) for a in arguments if re.fullmatch(r"-?[\d.]+", a)]
        if name in ("SET_MOTION_OUTPUT_BIT", "CLEAR_MOTION_OUTPUT_BIT"):
            assert numbers == [0.0]
            self.pending = name.startswith("SET")
        elif name in ("SET_AUX_OUTPUT_BIT", "CLEAR_AUX_OUTPUT_BIT"):
            assert numbers == [0.0]
            self.gate, self.pending = name.startswith("SET"), None
        elif name == "SET_SPINDLE_SPEED":
            self.power = numbers[1]
        elif name == "START_SPINDLE_CLOCKWISE":
            self.spindle = True
        elif name == "STOP_SPINDLE_TURNING":
            self.spindle = False
        elif name == "SET_FEED_RATE":
            self.feed = numbers[0]
        elif name in ("STRAIGHT_TRAVERSE", "STRAIGHT_FEED"):
            self._moved(name == "STRAIGHT_FEED", complex(*numbers[:2]), None, 0)
        elif name == "ARC_FEED":
            self._moved(True, complex(*numbers[:2]), complex(*numbers[2:4]), int(numbers[4]))

    def _moved(self, feed: bool, end: complex, centre: complex | None, turn: int) -> None:
        if self.pending is not None:
            self.gate, self.pending = self.pending, None
        lit = self.gate and self.spindle and self.power > 0.0
        if lit:
            self.feeds.add(self.feed)
            self.powers.add(self.power)
        start = self.at if self.at is not None else complex(0.0, 0.0)
        middle = (start + end) / 2.0
        if centre is not None:
            assert turn in (1, -1)
            sweep = float(np.angle((end - centre) / (start - centre))) % (2.0 * np.pi)
            sweep = sweep if turn == 1 else sweep - 2.0 * np.pi
            middle = centre + (start - centre) * complex(np.exp(0.5j * sweep))
        self.motions.append(Motion(lit, feed, start, middle, end))
        self.at = end


def _interpreted(program: Path) -> _Machine:
    assert _RS274 is not None
    result = subprocess.run(
        [_RS274, "-g", str(program)], capture_output=True, text=True, check=False, cwd=program.parent, timeout=60
    )
    assert result.returncode == 0, result.stderr
    # Without a word of the gate the laser hangs on the spindle alone.
    machine = _Machine(gate="M65" not in program.read_text("ascii"))
    for line in result.stdout.splitlines():
        found = re.fullmatch(r"\s*\d+ N\.*\s*\d*\s*([A-Z_0-9]+)\((.*)\)", line)
        assert found, line
        machine.call(found.group(1), [part.strip() for part in re.split(r"[,\s]+", found.group(2))])
    return machine


def _expected(toolpath: Toolpath) -> Iterator[tuple[complex, complex, complex]]:
    """Start, middle and end of each mark of one pass."""
    p0, p1, bulge, _ = toolpath.marks.segments
    middle = arcs.point_at(p0, p1, bulge, np.full(len(bulge), 0.5))
    for start, half, end in zip(p0.tolist(), middle.tolist(), p1.tolist(), strict=True):
        yield complex(*start), complex(*half), complex(*end)


@pytest.fixture(scope="module", params=_JOBS)
def job(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, _Machine]]:
    """A layout, and what the interpreter made of each of its programs."""
    text = _JOBS[request.param]
    folder = tmp_path_factory.mktemp("rs274")
    files = made(text, folder / "out")["files"]
    return text, {
        role.removesuffix("_gcode"): _interpreted(folder / "out" / name)
        for role, name in files.items()
        if role.endswith("_gcode")
    }


Job = tuple[str, dict[str, _Machine]]


def test_both_programs_are_read(job: Job) -> None:
    assert sorted(job[1]) == ["isolation", "singulation"]
    for machine in job[1].values():
        assert "PROGRAM_END" in machine.calls


def test_what_is_lit_is_what_was_routed(job: Job) -> None:
    text, programs = job
    sheet = worked_out(text)
    machine = sheet.layout.job.machine
    assert isinstance(machine, Gantry)
    allowed = 0.5 * machine.resolution_mm * 2**0.5 + _PRINTED_MM * 2**0.5 + 1e-6
    assert machine.resolution_mm > 1e-4 or allowed < 0.0005
    for toolpath in sheet.toolpaths:
        # A mark between two places that are one on the machine's raster is no motion.
        marks = [mark for mark in _expected(toolpath) if abs(mark[2] - mark[0]) > 1.5 * machine.resolution_mm]
        lit = [m for m in programs[toolpath.name].motions if m.lit]
        lit = [m for m in lit if abs(m.end - m.start) > 1.5 * machine.resolution_mm]
        assert len(lit) == toolpath.recipe.passes * len(marks)
        read = np.array([(m.start, m.middle, m.end) for m in lit])
        wanted = np.array(marks * toolpath.recipe.passes)
        assert np.abs(read - wanted)[:, [0, 2]].max() <= allowed
        # The middle of a flat arc is as sure as its ends, plus what I and J lose to rounding.
        assert np.abs(read - wanted)[:, 1].max() <= 2.0 * allowed


def test_no_feed_is_dark_and_no_traverse_is_lit(job: Job) -> None:
    for machine in job[1].values():
        assert [m for m in machine.motions if m.feed != m.lit] == []


def test_the_beam_is_dark_before_anything_moves_and_at_the_end(job: Job) -> None:
    for machine in job[1].values():
        calls = machine.calls
        first_motion = min(calls.index(name) for name in ("STRAIGHT_TRAVERSE", "STRAIGHT_FEED") if name in calls)
        assert not machine.motions[0].lit
        assert machine.pending is None
        assert not machine.spindle
        last_motion = max(k for k, name in enumerate(calls) if name.endswith(("_TRAVERSE", "_FEED")))
        after = calls[last_motion:]
        if "CLEAR_AUX_OUTPUT_BIT" not in calls:
            assert calls.index("STOP_SPINDLE_TURNING") < first_motion < calls.index("START_SPINDLE_CLOCKWISE")
            assert after.index("STOP_SPINDLE_TURNING") < after.index("PROGRAM_END")
            continue
        assert calls.index("CLEAR_AUX_OUTPUT_BIT") < calls.index("START_SPINDLE_CLOCKWISE") < first_motion
        assert not machine.gate
        assert after.index("CLEAR_AUX_OUTPUT_BIT") < after.index("STOP_SPINDLE_TURNING") < after.index("PROGRAM_END")


def test_speed_and_power_are_those_of_the_recipe(job: Job) -> None:
    text, programs = job
    sheet = worked_out(text)
    machine = sheet.layout.job.machine
    assert isinstance(machine, Gantry)
    recipes: dict[str, Recipe] = {toolpath.name: toolpath.recipe for toolpath in sheet.toolpaths}
    for name, program in programs.items():
        assert list(program.feeds) == [pytest.approx(recipes[name].mark_speed_mm_s * 60.0, abs=1e-3)]
        power = machine.max_power * recipes[name].power_percent / 100.0
        assert list(program.powers) == [pytest.approx(power, abs=1e-3)]


def test_lengths_are_those_of_the_manifest(job: Job) -> None:
    text, programs = job
    sheet = worked_out(text)
    machine = sheet.layout.job.machine
    assert isinstance(machine, Gantry)
    step = machine.resolution_mm
    for toolpath in sheet.toolpaths:
        dark = [m for m in programs[toolpath.name].motions if not m.feed]
        # The first jump comes from wherever the head is; each further pass begins with a jump back.
        per_pass = len(dark) // toolpath.recipe.passes
        jumps = sum(abs(m.end - m.start) for m in dark[1:per_pass])
        assert jumps == pytest.approx(sheet.efforts[toolpath.name].jump_length_mm, abs=per_pass * 4.0 * step + 1e-3)


def test_the_machine_reads_millimetres_on_the_xy_plane(job: Job) -> None:
    for machine in job[1].values():
        calls = machine.calls
        assert {"USE_LENGTH_UNITS", "SELECT_PLANE"} <= set(calls)
        # Plain ISO 6983 has no word for how corners are run.
        assert "SET_MOTION_CONTROL_MODE" in calls or "CLEAR_AUX_OUTPUT_BIT" not in calls


def test_a_faulty_program_would_be_found(tmp_path: Path) -> None:
    lit = "%\nG21 G90\nM65 P0\nM3 S1\nF100\nG0 X1Y1\nM62 P0\nG1 X2\nG0 X3\nM65 P0\nM5\nM2\n%\n"
    (tmp_path / "lit.nc").write_text(lit)
    machine = _interpreted(tmp_path / "lit.nc")
    assert [(m.feed, m.lit) for m in machine.motions] == [(False, False), (True, True), (False, True)]
    (tmp_path / "dark.nc").write_text(lit.replace("M62 P0\n", ""))
    assert [m.lit for m in _interpreted(tmp_path / "dark.nc").motions] == [False, False, False]
    (tmp_path / "radius.nc").write_text("%\nG21 G90\nF100\nG0 X0Y0\nG2 X10 I3 J3\nM2\n%\n")
    with pytest.raises(AssertionError, match="Radius to end of arc"):
        _interpreted(tmp_path / "radius.nc")
