"""GRBL: short lines, dark rapids said twice, passes written out."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.layouts_for_tests import job, layout
from tests.outlines_for_tests import opened
from tests.posts.programs import RESOLUTIONS, machine_for, program
from tests.toolpaths_for_tests import in_serpentine, toolpath_of, toolpaths
from tfbpattern import run
from tfbpattern.model.toolpath import Toolpath
from tfbpattern.nesting import nest
from tfbpattern.scribing import scribe

# GRBL's line buffer holds 80 characters; 70 leave room for what a sender may add.
LONGEST = 70


def lines_of(toolpath: Toolpath, resolution: float = 0.001) -> list[str]:
    return program("grbl", toolpath, machine_for("grbl", resolution))


@settings(max_examples=40)
@given(toolpaths(), st.sampled_from([*RESOLUTIONS, 1e-6]))
def test_no_line_is_longer_than_the_buffer_likes(toolpath: Toolpath, resolution: float) -> None:
    assert max(len(line) for line in lines_of(toolpath, resolution)) <= LONGEST


def test_no_line_of_a_whole_job_with_long_names_is_longer_than_the_buffer_likes(tmp_path: Path) -> None:
    long = layout(
        job={"name": "j" * 64, "roll": "r" * 64, "frame": 9999},
        web={"width_mm": 300.0, "frame_length_mm": 7.0},
        cell={"name": "c" * 64, "outline": {"kind": "circle", "diameter_mm": 6.123}},
        isolation={"recipe": {"passes": 1000, "mark_speed_mm_s": 1234.56789, "power_percent": 33.333333}},
        singulation={
            "kerf_mm": 0.03,
            "recipe": {"passes": 2, "mark_speed_mm_s": 1e-05, "power_percent": 1e-06, "frequency_khz": 12345.6789},
        },
        machine={"use": "grbl-gantry", "name": "m" * 64, "resolution_mm": 1e-6, "max_power": 1_000_000},
    )
    made = run(long, tmp_path / "out")
    for role in ("isolation_gcode", "singulation_gcode"):
        lines = (tmp_path / "out" / made["files"][role]).read_text("ascii").splitlines()
        assert max(len(line) for line in lines) <= LONGEST


@settings(max_examples=40)
@given(toolpaths())
def test_the_laser_is_armed_once_and_dark_before_anything_moves(toolpath: Toolpath) -> None:
    lines = lines_of(toolpath)
    assert [line for line in lines if line.startswith("M")] == ["M4S0", "M5", "M2"]
    assert lines[-2:] == ["M5", "M2"]
    before = lines[: next(k for k, line in enumerate(lines) if line.startswith("G0"))]
    assert "M4S0" in before
    assert "G21G90G94G17" in before


@settings(max_examples=40)
@given(toolpaths())
def test_every_rapid_after_a_mark_and_every_end_of_a_pass_says_dark(toolpath: Toolpath) -> None:
    lines = lines_of(toolpath)
    lit, passes = False, 0
    for line in lines:
        if line.startswith(("(", "M", "F")):
            continue
        if line.startswith("G0"):
            assert line.endswith("S0") == lit
            lit = False
        elif line == "S0":
            lit, passes = False, passes + 1
        elif "S" in line:
            lit = not line.endswith("S0")
    assert passes == toolpath.recipe.passes
    assert not lit


def test_speed_and_power_are_said_in_the_controllers_units() -> None:
    lines = lines_of(toolpath_of(opened((0, 0), (1, 0)), mark_speed_mm_s=1234.5678, power_percent=12.5))
    assert "F74074.068" in lines
    assert "G1X1S125" in lines


def test_a_sharp_rectangular_ring_takes_ninety_bytes_at_most() -> None:
    """On a sheet of 300 x 400 mm, coordinates to the micrometre, overcut included."""
    sheet = job(
        web={"width_mm": 300.0, "frame_length_mm": 400.0},
        machine={"use": "grbl-gantry"},
    )
    found = nest(sheet)
    isolation, _ = scribe(sheet, found)
    body = [line for line in lines_of(in_serpentine(isolation)) if not line.startswith("(")]
    assert sum(len(line) + 1 for line in body) / len(found.placements) <= 90.0
