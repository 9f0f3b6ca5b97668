"""LinuxCNC: a gate that is never open when it should not be, and words that it would lose are not written."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.outlines_for_tests import opened
from tests.posts.programs import RESOLUTIONS, machine_for, program
from tests.toolpaths_for_tests import toolpath_of, toolpaths
from tfbpattern.model.toolpath import Toolpath

MOTION = re.compile(r"(G[0-3] )?[XY]")


def lines_of(toolpath: Toolpath, resolution: float = 0.001) -> list[str]:
    return program("linuxcnc", toolpath, machine_for("linuxcnc", resolution))


@settings(max_examples=40)
@given(toolpaths(), st.sampled_from(RESOLUTIONS))
def test_a_gate_word_that_waits_for_a_motion_is_directly_followed_by_one(toolpath: Toolpath, resolution: float) -> None:
    lines = lines_of(toolpath, resolution)
    for line, following in itertools.pairwise(lines):
        if line in ("M62 P0", "M63 P0"):
            assert MOTION.match(following), following


@settings(max_examples=40)
@given(toolpaths())
def test_the_gate_is_closed_before_the_spindle_word_and_at_the_end_of_each_pass(toolpath: Toolpath) -> None:
    lines = lines_of(toolpath)
    gates = [k for k, line in enumerate(lines) if re.match(r"M6[2-5]", line)]
    assert lines[gates[0]] == "M65 P0"
    assert gates[0] < next(k for k, line in enumerate(lines) if line.startswith("M3"))
    assert lines[gates[-1]] == "M65 P0"
    # Nothing moves after it, and it stands inside the loop, so that no pass begins lit.
    rest = lines[gates[-1] + 1 :]
    assert not any(MOTION.match(line) for line in rest)
    assert ("o100 endrepeat" in rest) == (toolpath.recipe.passes > 1)


@settings(max_examples=40)
@given(toolpaths())
def test_gate_words_take_turns(toolpath: Toolpath) -> None:
    gates = [line for line in lines_of(toolpath) if re.match(r"M6[2-5]", line)][1:]
    lit = False
    for gate in gates:
        assert lit == (gate != "M62 P0")
        lit = gate == "M62 P0"
    assert not lit


@settings(max_examples=40)
@given(toolpaths())
def test_passes_are_a_loop_and_the_program_is_between_percent_signs(toolpath: Toolpath) -> None:
    lines = lines_of(toolpath)
    assert lines[0] == lines[-1] == "%"
    assert lines[-3:-1] == ["M5", "M2"]
    passes = toolpath.recipe.passes
    loops = [line for line in lines if line.startswith("o")]
    assert loops == ([f"o100 repeat [{passes}]", "o100 endrepeat"] if passes > 1 else [])


def test_speed_and_power_are_said_in_the_controllers_units() -> None:
    lines = lines_of(toolpath_of(opened((0, 0), (1, 0)), mark_speed_mm_s=1234.5678, power_percent=12.5))
    assert "F74074.068" in lines
    assert "M3 S125" in lines


@pytest.mark.parametrize(
    ("tolerance", "mode"), [(0.1, "G64 P0.005"), (0.025, "G64 P0.005"), (0.005, "G64 P0.001"), (0.0, "G61")]
)
def test_paths_are_blended_no_further_than_junction_deviation_and_a_fifth_of_the_tolerance(
    tolerance: float, mode: str
) -> None:
    """G64 P0 would blend without a limit."""
    lines = lines_of(toolpath_of(opened((0, 0), (1, 0)), tolerance_mm=tolerance))
    assert f"G21 G90 G94 G17 G40 G91.1 {mode}" in lines
