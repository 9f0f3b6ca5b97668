"""Run time on a gantry, against a planner written out step by step, and against closed forms."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.outlines_for_tests import opened
from tests.toolpaths_for_tests import Block, blocks_of, gantry, toolpath_of, toolpaths
from tfbpattern.model.machine import Gantry
from tfbpattern.model.toolpath import Toolpath
from tfbpattern.routing import effort_of

machines = st.builds(
    gantry,
    jump_speed_mm_s=st.sampled_from([100.0, 500.0, 1000.0]),
    acceleration_mm_s2=st.sampled_from([500.0, 5000.0, 10000.0]),
    junction_deviation_mm=st.sampled_from([0.001, 0.005, 0.05]),
)


def corner_speed(before: Block, after: Block, machine: Gantry) -> float:
    """Junction deviation: the speed on the circle that touches both directions, that far from the corner."""
    incoming, outgoing = before.directions[1], after.directions[0]
    cos_between = -(incoming.real * outgoing.real + incoming.imag * outgoing.imag)
    sine_of_half = math.sqrt(max((1.0 - cos_between) / 2.0, 0.0))
    if sine_of_half > 1.0 - 1e-12:
        return math.inf
    return math.sqrt(machine.acceleration_mm_s2 * machine.junction_deviation_mm * sine_of_half / (1.0 - sine_of_half))


def planned_time(blocks: list[Block], mark_speed: float, machine: Gantry) -> float:
    """From rest to rest: limits at the joints, once backwards, once forwards, then a trapezoid a block."""
    a = machine.acceleration_mm_s2
    caps = [min(mark_speed, math.sqrt(a * block.radius)) if block.lit else machine.jump_speed_mm_s for block in blocks]
    speeds = [0.0]
    for k in range(1, len(blocks)):
        stop = blocks[k - 1].lit != blocks[k].lit and not machine.gated
        speeds.append(0.0 if stop else min(caps[k - 1], caps[k], corner_speed(blocks[k - 1], blocks[k], machine)))
    speeds.append(0.0)
    for k in range(len(blocks) - 1, -1, -1):
        speeds[k] = min(speeds[k], math.sqrt(speeds[k + 1] ** 2 + 2.0 * a * blocks[k].length))
    for k in range(len(blocks)):
        speeds[k + 1] = min(speeds[k + 1], math.sqrt(speeds[k] ** 2 + 2.0 * a * blocks[k].length))
    total = 0.0
    for k, block in enumerate(blocks):
        v0, v1 = speeds[k], speeds[k + 1]
        top = min(caps[k], math.sqrt((2.0 * a * block.length + v0**2 + v1**2) / 2.0))
        ramps = (2.0 * top**2 - v0**2 - v1**2) / (2.0 * a)
        total += (2.0 * top - v0 - v1) / a + max(block.length - ramps, 0.0) / top
    return total


def whole_time(toolpath: Toolpath, machine: Gantry) -> float:
    """All passes, each from rest to rest, with the way back between them."""
    blocks = blocks_of(toolpath)
    passes = toolpath.recipe.passes
    one = planned_time(blocks, toolpath.recipe.mark_speed_mm_s, machine)
    first, last = blocks[0].start, blocks[-1].end
    back = planned_time([Block(last, first, 0.0, False)], 1.0, machine) if first != last else 0.0
    return passes * one + (passes - 1) * back


@settings(max_examples=80)
@given(toolpaths(), machines)
def test_the_time_is_that_of_a_planner_step_by_step(toolpath: Toolpath, machine: Gantry) -> None:
    assert effort_of(toolpath, machine).time_s == pytest.approx(whole_time(toolpath, machine), rel=1e-6)


@given(st.floats(0.001, 500.0), st.sampled_from([100.0, 1000.0]), st.sampled_from([500.0, 10000.0]))
def test_a_single_line_goes_from_rest_to_rest(length: float, speed: float, a: float) -> None:
    cost = effort_of(toolpath_of(opened((0, 0), (length, 0)), mark_speed_mm_s=speed), gantry(acceleration_mm_s2=a))
    expected = 2.0 * math.sqrt(length / a) if length < speed**2 / a else length / speed + speed / a
    assert cost.time_s == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("deviation", [0.005, 0.02])
def test_a_square_corner_is_taken_at_the_root_of_2_414_a_d(deviation: float) -> None:
    machine = gantry(junction_deviation_mm=deviation, acceleration_mm_s2=10000.0)
    v = math.sqrt((1.0 + math.sqrt(2.0)) * 10000.0 * deviation)
    assert v == pytest.approx(math.sqrt(2.414 * 10000.0 * deviation), rel=1e-3)
    # Long sides: up to 1000 mm/s in 50 mm, on, and down to the corner's speed; twice.
    cost = effort_of(toolpath_of(opened((0, 0), (300, 0), (300, 300))), machine)
    ramps = 1000.0**2 / 2e4 + (1000.0**2 - v**2) / 2e4
    one = 1000.0 / 1e4 + (1000.0 - v) / 1e4 + (300.0 - ramps) / 1000.0
    assert cost.time_s == pytest.approx(2.0 * one, rel=1e-9)


@settings(max_examples=30)
@given(toolpaths(), st.sampled_from([0.0, 0.005, 0.02]))
def test_linuxcnc_is_timed_with_the_corners_that_it_is_told_to_keep(toolpath: Toolpath, tolerance: float) -> None:
    """Its tolerance of blending; GRBL stays on the path whatever its junction deviation."""
    narrow = dataclasses.replace(toolpath, tolerance_mm=tolerance)
    told = gantry(junction_deviation_mm=min(0.005, tolerance / 5.0))
    assert effort_of(narrow, gantry()).time_s == pytest.approx(effort_of(toolpath, told).time_s, rel=1e-12)
    grbl = gantry("grbl-gantry")
    assert effort_of(narrow, grbl).time_s == effort_of(toolpath, grbl).time_s


def test_a_reversal_is_a_stop() -> None:
    there_and_back = effort_of(toolpath_of(opened((0, 0), (5, 0), (0, 0))), gantry())
    once = effort_of(toolpath_of(opened((0, 0), (5, 0))), gantry())
    assert there_and_back.time_s == pytest.approx(2.0 * once.time_s, rel=1e-9)


@settings(max_examples=50)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=8), st.floats(0.0, 6.28))
def test_points_on_a_straight_line_cost_nothing(sizes: list[int], angle: float) -> None:
    ends = [sum(sizes[:k]) / 10 for k in range(len(sizes) + 1)]
    points = [(t * math.cos(angle), t * math.sin(angle)) for t in ends]
    parted = effort_of(toolpath_of(opened(*points)), gantry())
    whole = effort_of(toolpath_of(opened(points[0], points[-1])), gantry())
    assert parted.time_s == pytest.approx(whole.time_s, rel=1e-5)


def test_a_line_runs_smoothly_into_an_arc_that_is_wide_enough() -> None:
    """Radius 100 at 10000 mm/s2 allows 1000 mm/s, the mark speed: one ramp up, one down."""
    path = opened((0, 0), (200, 0, math.tan(math.pi / 8.0)), (300, 100), (300, 300))
    length = 400.0 + 100.0 * math.pi / 2.0
    cost = effort_of(toolpath_of(path), gantry(acceleration_mm_s2=10000.0))
    assert cost.time_s == pytest.approx(length / 1000.0 + 1000.0 / 10000.0, rel=1e-9)


def test_on_a_narrow_arc_the_pull_towards_its_centre_limits_the_speed() -> None:
    """A circle of radius 1: never faster than 100 mm/s at 10000 mm/s2."""
    circle = opened((-1, 0, 1.0), (1, 0, 1.0), (-1, 0))
    cost = effort_of(toolpath_of(circle), gantry(acceleration_mm_s2=10000.0))
    assert cost.time_s == pytest.approx(2.0 * math.pi / 100.0 + 100.0 / 10000.0, rel=1e-9)


def test_dark_ways_run_at_jump_speed_and_passes_come_back_to_the_start() -> None:
    machine = gantry(jump_speed_mm_s=500.0, acceleration_mm_s2=10000.0)
    strokes = [opened((0, 0), (100, 0)), opened((100, 100), (0, 100))]
    once = effort_of(toolpath_of(*strokes, mark_speed_mm_s=100.0), machine)
    thrice = effort_of(toolpath_of(*strokes, mark_speed_mm_s=100.0, passes=3), machine)
    assert once.jump_length_mm == thrice.jump_length_mm == pytest.approx(100.0)
    back = 100.0 / 500.0 + 500.0 / 10000.0
    assert thrice.time_s == pytest.approx(3.0 * once.time_s + 2.0 * back, rel=1e-9)


@settings(max_examples=50)
@given(toolpaths(), machines)
def test_a_laser_that_cannot_be_switched_in_motion_is_switched_standing_still(
    toolpath: Toolpath, machine: Gantry
) -> None:
    ungated = dataclasses.replace(machine, gated=False)
    assert effort_of(toolpath, ungated).time_s == pytest.approx(whole_time(toolpath, ungated), rel=1e-9)
    assert effort_of(toolpath, ungated).time_s >= effort_of(toolpath, machine).time_s - 1e-12
