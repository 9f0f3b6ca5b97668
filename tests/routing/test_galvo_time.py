"""Run time on a galvo, summed by hand from jumps, marks and the scanner's delays."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.outlines_for_tests import closed, opened
from tests.toolpaths_for_tests import blocks_of, galvo, toolpath_of, toolpaths
from tfbpattern.model.machine import Galvo
from tfbpattern.model.toolpath import Toolpath
from tfbpattern.routing import effort_of

delays = st.sampled_from([0.0, 50.0, 300.0])
machines = st.builds(
    galvo,
    jump_speed_mm_s=st.sampled_from([500.0, 10000.0]),
    jump_delay_us=delays,
    mark_delay_us=delays,
    polygon_delay_us=delays,
    laser_on_delay_us=delays,
    laser_off_delay_us=delays,
)


def summed(toolpath: Toolpath, machine: Galvo) -> float:
    """Block by block; at each vertex within a stroke a share of the polygon delay by its turn."""
    recipe = toolpath.recipe
    blocks = blocks_of(toolpath)
    microseconds = len(toolpath.strokes) * (
        machine.jump_delay_us + machine.mark_delay_us + machine.laser_on_delay_us + machine.laser_off_delay_us
    )
    seconds = 0.0
    for block in blocks:
        seconds += block.length / (recipe.mark_speed_mm_s if block.lit else machine.jump_speed_mm_s)
    for stroke in toolpath.marks:
        own = blocks_of(toolpath_of(stroke))
        for before, after in itertools.pairwise(own):
            cos = (before.directions[1] * after.directions[0].conjugate()).real
            microseconds += machine.polygon_delay_us * math.acos(max(min(cos, 1.0), -1.0)) / math.pi
    back = abs(blocks[-1].end - blocks[0].start) / machine.jump_speed_mm_s
    return recipe.passes * (seconds + microseconds * 1e-6) + (recipe.passes - 1) * back


@settings(max_examples=50)
@given(toolpaths(), machines)
def test_the_time_is_the_sum_of_its_parts(toolpath: Toolpath, machine: Galvo) -> None:
    assert effort_of(toolpath, machine).time_s == pytest.approx(summed(toolpath, machine), rel=1e-6, abs=1e-9)


def test_two_lines_by_hand() -> None:
    """10 mm, a jump of 10 mm, 10 mm; 350 us of delays a stroke."""
    cost = effort_of(toolpath_of(opened((0, 0), (10, 0)), opened((10, 10), (0, 10))), galvo())
    assert cost.time_s == pytest.approx(0.02 + 10.0 / 10000.0 + 2 * 350e-6, rel=1e-12)


@pytest.mark.parametrize(("turn_deg", "share"), [(0.0, 0.0), (90.0, 0.5), (45.0, 0.25), (180.0, 1.0)])
def test_a_vertex_costs_its_share_of_the_polygon_delay(turn_deg: float, share: float) -> None:
    turn = math.radians(turn_deg)
    corner = opened((0, 0), (10, 0), (10 + 10 * math.cos(turn), 10 * math.sin(turn)))
    line = opened((0, 0), (20, 0))
    more = effort_of(toolpath_of(corner), galvo()).time_s - effort_of(toolpath_of(line), galvo()).time_s
    assert more == pytest.approx(share * 50e-6, abs=1e-12)


def test_a_closed_square_without_overcut_has_three_inner_corners() -> None:
    """Where it closes the beam goes off: that is the mark delay's."""
    square = effort_of(toolpath_of(closed((0, 0), (10, 0), (10, 10), (0, 10))), galvo())
    assert square.time_s == pytest.approx(40.0 / 1000.0 + 3 * 0.5 * 50e-6 + 350e-6, rel=1e-12)


def test_a_circle_has_no_corner() -> None:
    circle = effort_of(toolpath_of(closed((-1, 0, 1.0), (1, 0, 1.0))), galvo())
    assert circle.time_s == pytest.approx(2.0 * math.pi / 1000.0 + 350e-6, rel=1e-9)
