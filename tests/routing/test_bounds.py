"""Bounds: no order of the same marks takes less, and where nothing is lost the time is the bound."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.outlines_for_tests import closed, opened
from tests.toolpaths_for_tests import galvo, gantry, operations, toolpath_of, toolpaths
from tfbpattern.geometry.chains import Chains
from tfbpattern.geometry.seams import restarted, seams_of
from tfbpattern.model.machine import Machine
from tfbpattern.model.toolpath import Operation, Toolpath
from tfbpattern.routing import effort_of, route
from tfbpattern.routing.choosing import STRATEGIES
from tfbpattern.routing.choosing import toolpath_of as ordered

MACHINES: list[Machine] = [
    gantry(),
    gantry("grbl-gantry", gated=False),
    galvo(),
    galvo(polygon_delay_us=3000.0),
    galvo(jump_delay_us=0.0, mark_delay_us=0.0),
]
machines = st.sampled_from(MACHINES)


@settings(max_examples=80)
@given(toolpaths(), machines, st.data())
def test_no_order_seam_or_direction_takes_less_than_the_bound(
    toolpath: Toolpath, machine: Machine, data: st.DataObject
) -> None:
    bound = effort_of(toolpath, machine).time_bound_s
    strokes = toolpath.strokes
    seams = seams_of(strokes)
    chosen = [
        data.draw(st.sampled_from(np.flatnonzero(seams.chain == k).tolist())) if strokes.closed[k] else -1
        for k in range(len(strokes))
    ]
    segment = np.array([seams.segment[k] if k >= 0 else 0 for k in chosen])
    fraction = np.array([seams.fraction[k] if k >= 0 else 0.0 for k in chosen])
    order = np.array(data.draw(st.permutations(range(len(strokes)))))
    turned = np.array(data.draw(st.lists(st.booleans(), min_size=len(strokes), max_size=len(strokes))))
    other = restarted(strokes, segment, fraction).taken(order).turned_back(turned)
    effort = effort_of(dataclasses.replace(toolpath, strokes=other, marks=_run(other)), machine)
    assert effort.time_s >= bound - 1e-9
    assert effort.time_bound_s == pytest.approx(bound, rel=1e-9)


def _run(strokes: Chains) -> Chains:
    """As marked without overcut."""
    return Chains.of(
        [
            opened(*chain.vertices.tolist(), [*chain.vertices[0, :2].tolist(), 0.0]) if chain.closed else chain
            for chain in strokes
        ]
    )


@settings(max_examples=40)
@given(operations(), machines)
def test_every_strategy_takes_its_bound_at_least_and_the_ratio_says_by_how_much(
    operation: Operation, machine: Machine
) -> None:
    for method, strategy in STRATEGIES.items():
        if (found := strategy(operation)) is not None:
            effort = effort_of(ordered(operation, found.strokes, method), machine)
            assert effort.time_s >= effort.time_bound_s * (1.0 - 1e-9)
            assert effort.ratio == pytest.approx(effort.time_s / effort.time_bound_s)
    assert effort_of(route(operation, machine), machine).ratio >= 1.0 - 1e-9


@settings(max_examples=60)
@given(toolpaths(), machines)
def test_the_bound_is_mark_length_over_mark_speed_at_least(toolpath: Toolpath, machine: Machine) -> None:
    recipe = toolpath.recipe
    least = recipe.passes * toolpath.strokes.length_mm / recipe.mark_speed_mm_s
    assert effort_of(toolpath, machine).time_bound_s >= least * (1.0 - 1e-9)


def test_a_circle_is_marked_no_faster_than_the_pull_towards_its_centre_allows() -> None:
    """Radius 1 at 10000 mm/s2: 100 mm/s."""
    effort = effort_of(toolpath_of(closed((-1, 0, 1.0), (1, 0, 1.0))), gantry())
    assert effort.time_bound_s == pytest.approx(2.0 * math.pi / 100.0)


def test_on_a_galvo_a_lone_square_takes_exactly_its_bound() -> None:
    """350 us for the stroke, three corners of a half of 50 us each."""
    effort = effort_of(toolpath_of(closed((0, 0), (10, 0), (10, 10), (0, 10))), galvo())
    assert effort.time_bound_s == pytest.approx(0.04 + 350e-6 + 3 * 25e-6, rel=1e-9)
    assert effort.time_s == pytest.approx(effort.time_bound_s, rel=1e-9)


@pytest.mark.parametrize("lines", [2, 3, 5])
def test_on_a_galvo_a_star_of_lines_takes_as_many_strokes_as_half_its_odd_points(lines: int) -> None:
    spokes = [opened((0, 0), (math.cos(k), math.sin(k))) for k in range(lines)]
    bound = effort_of(toolpath_of(*spokes), galvo()).time_bound_s
    assert bound == pytest.approx(lines / 1000.0 + math.ceil(lines / 2) * 350e-6, rel=1e-9)


def test_rings_that_touch_count_for_none_since_one_stroke_may_take_them_all() -> None:
    squares = [closed((x, 0), (x + 1, 0), (x + 1, 1), (x, 1)) for x in (0, 1, 2)]
    bounds = [effort_of(toolpath_of(*squares[:n]), galvo()).time_bound_s for n in (1, 2, 3)]
    assert [b - n * 0.004 for n, b in zip((1, 2, 3), bounds, strict=True)] == pytest.approx(
        [425e-6, 0.0, 0.0], abs=1e-9
    )
    assert [a < b for a, b in itertools.pairwise(bounds)] == [True, True]
