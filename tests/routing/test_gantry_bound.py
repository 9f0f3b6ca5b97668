"""The bound of a gantry: no way to mark the same takes less, and where nothing is lost it is the time."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.outlines_for_tests import closed, opened
from tests.toolpaths_for_tests import gantry, operation_of, toolpath_of
from tfbpattern.geometry import arcs
from tfbpattern.geometry.chains import Chain, Chains
from tfbpattern.geometry.seams import restarted
from tfbpattern.model.machine import Gantry
from tfbpattern.model.toolpath import Operation, Toolpath
from tfbpattern.routing import route
from tfbpattern.routing.choosing import toolpath_of as ordered
from tfbpattern.routing.gantry_bound import least_on_gantry
from tfbpattern.routing.gantry_time import time_s

machines = st.builds(
    gantry,
    st.sampled_from(["linuxcnc-gantry", "grbl-gantry"]),
    jump_speed_mm_s=st.sampled_from([100.0, 500.0, 1000.0]),
    acceleration_mm_s2=st.sampled_from([300.0, 5000.0, 50000.0]),
    junction_deviation_mm=st.sampled_from([0.0, 0.005, 0.05]),
    gated=st.booleans(),
)
speeds = st.sampled_from([20.0, 100.0, 400.0])
gaps = st.sampled_from([0.02, 0.1, 0.5, 2.0])


def rectangle(x: float, y: float, width: float, height: float) -> Chain:
    return closed((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def rounded(x: float, y: float, size: float, radius: float) -> Chain:
    bend = math.tan(math.pi / 8.0)
    near, far = radius, size - radius
    return closed(
        *((near, 0.0), (far, 0.0, bend), (size, near), (size, far, bend)),
        *((far, size), (near, size, bend), (0.0, far), (0.0, near, bend)),
    ).moved(x, y)


@st.composite
def marks(draw: st.DrawFn) -> list[Chain]:
    """Two to four strokes that lie as those of nests do: in a row or a lattice, flush or shifted, or anywhere."""
    gap, size = draw(gaps), draw(st.sampled_from([0.5, 2.0, 8.0]))
    pitch = size + gap
    shift = draw(st.sampled_from([0.0, 0.0, 0.3 * size, 0.01]))
    places = [(pitch * (k % 2), (pitch + shift) * (k // 2) + shift * (k % 2)) for k in range(draw(st.integers(2, 4)))]
    corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.5, 0.5), (0.5, 1.0), (0.0, 1.0)]
    shapes = {
        "dashes": lambda x, y: opened((x, y), (x + size, y)),
        "rings": lambda x, y: rectangle(x, y, size, size),
        "round rings": lambda x, y: rounded(x, y, size, 0.1 * size),
        "circles": lambda x, y: closed((x, y, 1.0), (x + size, y, 1.0)),
        "ells": lambda x, y: closed(*((x + size * a, y + size * b) for a, b in corners)),
        "steps": lambda x, y: opened((x, y), (x + size, y), (x + size, y + size)),
    }
    kind = draw(st.sampled_from([*shapes, "row of dashes", "anywhere"]))
    if kind == "row of dashes":
        places = [(pitch * k, shift * (k % 2)) for k in range(len(places))]
        kind = "dashes"
    if kind in shapes:
        return [shapes[kind](x, y) for x, y in places]
    spot = st.tuples(st.integers(-40, 40), st.integers(-40, 40)).map(lambda p: (p[0] / 10, p[1] / 10))
    every = draw(st.lists(spot, min_size=3 * len(places), max_size=3 * len(places), unique=True))
    shape = draw(st.sampled_from([closed, opened]))
    found = [shape(*every[3 * k : 3 * k + 3]) for k in range(len(places))]
    return [chain for chain in found if not chain.closed or chain.area_mm2 > 0.1] or [opened((0, 0), (size, 0))]


def parted(chain: Chain) -> list[Chain]:
    """Each segment for itself."""
    p0, p1, bulge = chain.segments
    return [opened((*a, b), tuple(c)) for a, c, b in zip(p0.tolist(), p1.tolist(), bulge.tolist(), strict=True)]


@st.composite
def ways(draw: st.DrawFn, strokes: list[Chain]) -> Chains:
    """The strokes parted at corners or whole, from anywhere on, in any order and direction."""
    found: list[Chain] = []
    for chain in strokes:
        if draw(st.booleans()):
            found += parted(chain)
        elif chain.closed:
            segment = draw(st.integers(0, len(chain.vertices) - 1))
            fraction = draw(st.sampled_from([0.0, 0.0, 0.02, 0.3, 0.5, 0.97]))
            found += restarted(Chains.of([chain]), np.array([segment]), np.array([fraction]))
        else:
            found.append(chain)
    order = np.array(draw(st.permutations(range(len(found)))))
    turned = np.array(draw(st.lists(st.booleans(), min_size=len(found), max_size=len(found))))
    return Chains.of(found).taken(order).turned_back(turned)


def marked(strokes: Chains, speed: float, *, overcut_mm: float = 0.0, lead_in_mm: float = 0.0) -> Toolpath:
    operation = operation_of(*strokes)
    recipe = dataclasses.replace(operation.recipe, mark_speed_mm_s=speed)
    operation = dataclasses.replace(operation, recipe=recipe, tolerance_mm=1.0)
    return ordered(dataclasses.replace(operation, overcut_mm=overcut_mm, lead_in_mm=lead_in_mm), strokes, "law")


def bound_of(strokes: Chains, speed: float, machine: Gantry) -> float:
    return least_on_gantry(strokes, speed, machine, machine.corner_deviation_mm(1.0))


@settings(max_examples=300)
@given(marks(), speeds, machines, st.sampled_from([0.0, 0.05, 1.7]), st.sampled_from([0.0, 0.4]), st.data())
def test_no_way_to_mark_the_same_takes_less(
    strokes: list[Chain], speed: float, machine: Gantry, overcut: float, lead_in: float, data: st.DataObject
) -> None:
    bound = bound_of(Chains.of(strokes), speed, machine)
    way = data.draw(ways(strokes))
    assert time_s(marked(way, speed, overcut_mm=overcut, lead_in_mm=lead_in), machine) >= bound


@settings(max_examples=60)
@given(marks(), speeds, machines)
def test_no_order_and_no_directions_of_three_strokes_and_none_that_is_searched_for_takes_less(
    strokes: list[Chain], speed: float, machine: Gantry
) -> None:
    strokes = strokes[:3]
    every = Chains.of(strokes)
    bound = bound_of(every, speed, machine)
    for order in itertools.permutations(range(len(strokes))):
        for turned in itertools.product([False, True], repeat=len(strokes)):
            way = every.taken(np.array(order)).turned_back(np.array(turned))
            assert time_s(marked(way, speed), machine) >= bound
    pieces = Chains.of([piece for chain in strokes for piece in parted(chain)])
    for several in (every, pieces):
        operation = operation_of(*several)
        recipe = dataclasses.replace(operation.recipe, mark_speed_mm_s=speed)
        found: Operation = dataclasses.replace(operation, recipe=recipe, tolerance_mm=1.0)
        assert time_s(route(found, machine), machine) >= bound


@settings(max_examples=60)
@given(marks(), speeds, machines)
def test_it_is_the_same_from_wherever_the_rings_begin(strokes: list[Chain], speed: float, machine: Gantry) -> None:
    every = Chains.of(strokes)
    bound = bound_of(every, speed, machine)
    segment = np.where(every.closed, 1, 0)
    for fraction in (0.0, 0.37):
        again = restarted(every, segment, np.where(every.closed, fraction, 0.0)).turned_back(every.closed)
        assert bound_of(again, speed, machine) == pytest.approx(bound, rel=1e-5)


@settings(max_examples=60)
@given(marks(), speeds, machines)
def test_it_is_no_less_than_marking_without_a_stop(strokes: list[Chain], speed: float, machine: Gantry) -> None:
    p0, p1, bulge, _ = Chains.of(strokes).segments
    fastest = np.minimum(speed, np.sqrt(machine.acceleration_mm_s2 * arcs.radii(p0, p1, bulge)))
    least = float((arcs.lengths(p0, p1, bulge) / fastest).sum())
    assert bound_of(Chains.of(strokes), speed, machine) >= least * (1.0 - 1e-8)


SLOW = gantry(acceleration_mm_s2=1000.0)


@pytest.mark.parametrize("machine", [gantry(), SLOW, gantry(gated=False)])
@pytest.mark.parametrize(
    "strokes",
    [
        [opened((0, 0), (8, 0))],
        [opened((0, 0), (30, 0), (30, 30), (0, 30))],
        [opened((0, 0), (3, 4), (30, 40), (30, 0))],
    ],
)
def test_a_path_that_leaves_no_choice_takes_its_bound(strokes: list[Chain], machine: Gantry) -> None:
    toolpath = toolpath_of(*strokes, mark_speed_mm_s=150.0)
    assert bound_of(toolpath.strokes, 150.0, machine) == pytest.approx(time_s(toolpath, machine), rel=1e-3)


@pytest.mark.parametrize("gap", [0.03, 0.5, 4.0])
def test_a_row_of_dashes_takes_its_bound(gap: float) -> None:
    """Straight on at the speed of marking and jumping, from rest to rest."""
    dashes = [opened((k * (8.0 + gap), 0.0), (k * (8.0 + gap) + 8.0, 0.0)) for k in range(10)]
    toolpath = toolpath_of(*dashes, mark_speed_mm_s=200.0)
    machine = gantry(jump_speed_mm_s=200.0)
    assert bound_of(toolpath.strokes, 200.0, machine) == pytest.approx(time_s(toolpath, machine), rel=1e-6)
    ungated = gantry(gated=False)
    assert bound_of(toolpath.strokes, 200.0, ungated) == pytest.approx(time_s(toolpath, ungated), rel=1e-6)


def test_a_square_takes_its_bound_but_for_the_stop_at_its_seam() -> None:
    toolpath = toolpath_of(rectangle(0, 0, 8, 8), mark_speed_mm_s=200.0)
    bound, time = bound_of(toolpath.strokes, 200.0, gantry()), time_s(toolpath, gantry())
    # At rest in place of at the speed of the corner, at its two ends.
    v = math.sqrt((1.0 + math.sqrt(2.0)) * 10000.0 * 0.005)
    assert time - bound == pytest.approx(2.0 * (200.0**2 - (200.0 - v) ** 2) / (2.0 * 10000.0 * 200.0), rel=1e-6)
    assert bound < time < 1.01 * bound
