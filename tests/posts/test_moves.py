"""What every dialect has in common: the marks of the toolpath and nothing else, on the machine's raster."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.layouts_for_tests import job
from tests.outlines_for_tests import distances, opened, points_along
from tests.posts.programs import HEADER, RESOLUTIONS, lit_chains, machine_for, one_pass, program, run
from tests.toolpaths_for_tests import in_serpentine, toolpath_of, toolpaths
from tfbpattern.model.toolpath import Toolpath
from tfbpattern.nesting import nest
from tfbpattern.posts import POSTS
from tfbpattern.posts.moves import moves
from tfbpattern.posts.post import Words, decimal, decimals
from tfbpattern.scribing import scribe

dialects = pytest.mark.parametrize("dialect", sorted(POSTS))


@dialects
@settings(max_examples=30)
@given(toolpaths(), st.sampled_from(RESOLUTIONS), st.booleans())
def test_read_back_the_program_marks_the_toolpath_within_the_resolution(
    dialect: str, toolpath: Toolpath, resolution: float, gated: bool
) -> None:
    motions = run(dialect, program(dialect, toolpath, machine_for(dialect, resolution, gated=gated)))
    chains = lit_chains(one_pass(motions, toolpath.recipe.passes))
    # Both ends of an arc may be half a step off each way, and its belly as much again.
    allowed = 1.5 * resolution
    for chain in chains:
        points = points_along(chain, at_least=9)
        assert np.min([distances(mark, points) for mark in toolpath.marks], axis=0).max() <= allowed
    for mark in toolpath.marks:
        points = points_along(mark, at_least=9)
        assert np.min([distances(chain, points) for chain in chains], axis=0).max() <= allowed
    marked = sum(chain.length_mm for chain in chains)
    assert marked == pytest.approx(toolpath.marks.length_mm, abs=2.0 * resolution * len(toolpath.marks.vertices))


@dialects
@settings(max_examples=25)
@given(toolpaths(), st.sampled_from(RESOLUTIONS), st.booleans())
def test_rapids_are_dark_feeds_are_lit_and_the_first_motion_is_a_rapid(
    dialect: str, toolpath: Toolpath, resolution: float, gated: bool
) -> None:
    motions = run(dialect, program(dialect, toolpath, machine_for(dialect, resolution, gated=gated)))
    assert motions[0].code == 0
    assert all(motion.lit == (motion.code > 0) for motion in motions)
    machine = machine_for(dialect, resolution, gated=gated)
    power = machine.max_power * toolpath.recipe.power_percent / 100.0
    assert all(motion.power == pytest.approx(power, abs=1e-3) for motion in motions if motion.lit)


@dialects
@settings(max_examples=25)
@given(toolpaths(), st.sampled_from(RESOLUTIONS))
def test_no_motion_has_no_length_and_every_point_is_on_the_raster(
    dialect: str, toolpath: Toolpath, resolution: float
) -> None:
    motions = run(dialect, program(dialect, toolpath, machine_for(dialect, resolution)))
    # A later pass may find the head where it starts.
    for motion in one_pass(motions, toolpath.recipe.passes):
        assert abs(motion.end - motion.start) >= 0.99 * resolution
        for value in (motion.end.real, motion.end.imag):
            assert value / resolution == pytest.approx(round(value / resolution), abs=1e-6)


@dialects
@settings(max_examples=25)
@given(toolpaths(), st.sampled_from(RESOLUTIONS))
def test_both_ends_of_an_arc_have_one_radius(dialect: str, toolpath: Toolpath, resolution: float) -> None:
    for motion in run(dialect, program(dialect, toolpath, machine_for(dialect, resolution))):
        if motion.centre is not None:
            radii = abs(motion.start - motion.centre), abs(motion.end - motion.centre)
            assert abs(radii[0] - radii[1]) <= 0.1 * resolution


@dialects
@settings(max_examples=25)
@given(toolpaths(), st.sampled_from(RESOLUTIONS))
def test_numbers_have_no_exponent_no_negative_zero_and_no_idle_digits(
    dialect: str, toolpath: Toolpath, resolution: float
) -> None:
    for line in program(dialect, toolpath, machine_for(dialect, resolution)):
        if line.startswith("("):
            continue
        assert line.isascii()
        numbers = re.findall(r"[XYIJFSP](-?[^A-Z \]]*)", line)
        for number in numbers:
            assert re.fullmatch(r"-?(0|[1-9]\d*)(\.\d*[1-9])?", number), line
            assert number != "-0"


@dialects
@settings(max_examples=25)
@given(toolpaths())
def test_unchanged_coordinates_are_not_repeated(dialect: str, toolpath: Toolpath) -> None:
    machine = machine_for(dialect, 0.001)
    x = y = None
    for move in moves(toolpath, machine):
        words = dict(re.findall(r"([XY])(-?[\d.]+)", move.words))
        assert words.get("X") != x
        assert words.get("Y") != y
        x, y = words.get("X", x), words.get("Y", y)


@dialects
@settings(max_examples=25)
@given(toolpaths())
def test_a_laser_that_cannot_be_switched_in_motion_is_switched_by_words_that_stop_it(
    dialect: str, toolpath: Toolpath
) -> None:
    """M64 and M65, or the spindle's M4 and M5; never M62, M63 or the S word alone."""
    lines = program(dialect, toolpath, machine_for(dialect, 0.001, gated=False))
    assert not any(re.match(r"M6[23]", line) for line in lines)
    # GRBL waits for a standstill for an S word without a motion, too.
    on, off = {
        "linuxcnc": ({"M64 P0"}, {"M65 P0"}),
        "grbl": ({"M4"}, {"M5", "S0"}),
        "iso6983": ({"M3"}, {"M5"}),
    }[dialect]
    lit = False
    for before, line in itertools.pairwise(lines):
        code = re.match(r"G([0-3])(?!\d)", line)
        if code and (code[1] != "0") != lit:
            lit = not lit
            assert before in (on if lit else off)


@dialects
def test_the_header_stands_first_as_comments(dialect: str) -> None:
    lines = program(dialect, toolpath_of(opened((0, 0), (1, 1))), machine_for(dialect, 0.001))
    comments = [line for line in lines if line.startswith("(")]
    assert comments == [f"({line})" for line in HEADER]
    assert lines.index(comments[0]) <= 1


@dialects
@pytest.mark.parametrize("name", ["isolation", "singulation"])
def test_a_small_sheet_gives_the_program_on_file(dialect: str, name: str, golden: Callable[[str, str], None]) -> None:
    """Two by two rounded cells, two passes: lines, arcs, overcut, gaps for tabs."""
    sheet = job(
        web={"width_mm": 10.1, "frame_length_mm": 8.1},
        cell={"outline": {"kind": "rect", "width_mm": 5.0, "height_mm": 4.0, "corner_radius_mm": 0.2}},
        isolation={"recipe": {"passes": 2, "power_percent": 30.0}},
        singulation={
            "kerf_mm": 0.03,
            "mode": "contour",
            "rib_mm": 0.02,
            "tabs": {"count": 2, "width_mm": 0.1},
            "recipe": {"passes": 2, "power_percent": 80.0, "mark_speed_mm_s": 600.0},
        },
        machine={"use": f"{dialect}-gantry"},
    )
    found = nest(sheet)
    assert len(found.placements) == 4
    toolpath = next(in_serpentine(operation) for operation in scribe(sheet, found) if operation.name == name)
    lines = program(dialect, toolpath, machine_for(dialect, 0.001))
    golden(f"posts/{dialect}.{name}.nc", "".join(f"{line}\n" for line in lines))


@given(st.floats(-1e5, 1e5), st.sampled_from(RESOLUTIONS))
def test_a_word_is_the_value_to_half_a_step(value: float, resolution: float) -> None:
    words = Words(resolution)
    assert abs(float(words[words.steps(value)]) - value) <= resolution / 2.0 + 1e-9


@given(st.floats(-1e6, 1e6), st.integers(0, 6))
def test_a_decimal_is_the_number_to_half_a_digit_and_plain(value: float, digits: int) -> None:
    text = decimal(value, digits)
    assert abs(float(text) - value) <= 0.5 * 10.0**-digits + 1e-9
    assert re.fullmatch(r"-?(0|[1-9]\d*)(\.\d*[1-9])?", text)
    assert text != "-0"


@pytest.mark.parametrize(
    ("resolution", "digits"), [(0.1, 1), (0.001, 3), (0.0005, 4), (0.00025, 5), (1e-6, 6), (0.002, 3), (1 / 512, 9)]
)
def test_as_many_decimals_as_every_multiple_of_the_resolution_needs(resolution: float, digits: int) -> None:
    assert decimals(resolution) == digits
    for steps in (1, 3, 7):
        assert round(steps * resolution, digits) == pytest.approx(steps * resolution, rel=1e-12)
