"""The general search: the same strokes, seams on them, and never more dark time than the order that it was given."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.outlines_for_tests import closed, fine_line, opened, outlines
from tests.toolpaths_for_tests import galvo, gantry, paths
from tfbpattern.geometry.chains import Chain, Chains
from tfbpattern.model.machine import Gantry, Machine
from tfbpattern.routing.ordering import kept_together, reordered

machines = st.sampled_from([gantry(), gantry("grbl-gantry", acceleration_mm_s2=500.0), galvo()])


def dark_time(strokes: Chains, machine: Machine) -> float:
    """From rest to rest between each stroke and the next."""
    total = 0.0
    for a, b in zip(strokes.ends[:-1], strokes.starts[1:], strict=True):
        distance, v = math.dist(a, b), machine.jump_speed_mm_s
        if not isinstance(machine, Gantry):
            total += distance / v
        elif distance < v * v / machine.acceleration_mm_s2:
            total += 2.0 * math.sqrt(distance / machine.acceleration_mm_s2)
        else:
            total += distance / v + v / machine.acceleration_mm_s2
    return total


@st.composite
def many(draw: st.DrawFn) -> Chains:
    """Three to a dozen strokes of any kind, here and there, the same one more than once."""
    kinds = draw(st.lists(st.one_of(paths(), outlines()), min_size=1, max_size=3))
    shift = st.integers(-3000, 3000).map(lambda n: n / 100)
    return Chains.of(
        [draw(st.sampled_from(kinds)).moved(draw(shift), draw(shift)) for _ in range(draw(st.integers(3, 12)))]
    )


def matched(before: Chains, after: Chains) -> None:
    """Each stroke of the one is a stroke of the other."""
    left = [(chain.closed, fine_line(chain)) for chain in before]
    assert len(after) == len(before)
    for chain in after:
        line = fine_line(chain)
        found = [k for k, (is_closed, other) in enumerate(left) if is_closed == chain.closed and _same(line, other)]
        assert found
        del left[found[0]]


def _same(a: shapely.LineString, b: shapely.LineString) -> bool:
    return bool(abs(a.length - b.length) < 1e-3 and shapely.hausdorff_distance(a, b) < 1e-3)


def searched(strokes: Chains, machine: Machine, way: int = -1) -> Chains:
    found = reordered(strokes, kept_together(strokes, machine, 100.0)[way], machine)
    assert found is not None
    return found.strokes


@settings(max_examples=60)
@given(many(), machines)
def test_every_stroke_is_there_once_and_the_dark_time_is_no_longer(strokes: Chains, machine: Machine) -> None:
    found = searched(strokes, machine)
    assert dark_time(found, machine) <= dark_time(strokes, machine) + 1e-6
    matched(strokes, found)


@settings(max_examples=40)
@given(many(), machines)
def test_each_stroke_found_says_which_of_those_given_it_is(strokes: Chains, machine: Machine) -> None:
    found = reordered(strokes, np.arange(len(strokes)), machine)
    assert found is not None
    assert sorted(found.source.tolist()) == list(range(len(strokes)))
    for stroke, number in zip(found.strokes, found.source.tolist(), strict=True):
        assert stroke.closed == strokes[number].closed
        assert _same(fine_line(stroke), fine_line(strokes[number]))


@settings(max_examples=40)
@given(many(), machines)
def test_a_search_is_left_out_only_where_no_order_has_less_dark_time_than_asked_for(
    strokes: Chains, machine: Machine
) -> None:
    items = np.arange(len(strokes))
    found = reordered(strokes, items, machine)
    assert found is not None
    # Points are whole nanometres in a search.
    least = dark_time(found.strokes, machine)
    assert reordered(strokes, items, machine, most_s=least + 1e-4) is not None
    assert reordered(strokes, items, machine, most_s=0.0) is None


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=3, max_size=6, unique=True))
def test_few_squares_are_ordered_as_well_as_can_be_but_for_a_tenth(places: list[tuple[int, int]]) -> None:
    """Against every order with every seam."""
    squares = [closed((x, y), (x + 0.5, y), (x + 0.5, y + 0.5), (x, y + 0.5)) for x, y in places]
    machine = galvo()
    found = dark_time(searched(Chains.of(squares), machine), machine)
    best = math.inf
    corners = [square.vertices[:, :2] for square in squares]
    for order in itertools.permutations(range(len(squares))):
        cost = np.zeros(4)
        for a, b in itertools.pairwise(order):
            cost = (cost[:, None] + np.hypot(*(corners[a][:, None] - corners[b][None]).transpose(2, 0, 1))).min(axis=0)
        best = min(best, float(cost.min()))
    assert best / machine.jump_speed_mm_s - 1e-9 <= found <= 1.1 * best / machine.jump_speed_mm_s + 1e-9


def test_strokes_that_go_straight_on_over_a_gap_stay_together() -> None:
    """Two dashed lines, whose dashes end beside each other."""
    dashes = [opened((x, y), (x + 4, y)) for y in (0.0, 0.3) for x in (0, 5, 10, 15)]
    found = searched(Chains.of(dashes), gantry(), 0)
    heights = found.starts[:, 1].tolist()
    assert heights in ([0.0] * 4 + [0.3] * 4, [0.3] * 4 + [0.0] * 4)
    assert (np.diff(found.starts[:, 0]) * np.sign(found.ends[1:, 0] - found.starts[1:, 0]) > 0).sum() >= 6


@pytest.mark.parametrize("columns", [1, 7, 40])
def test_the_same_strokes_give_the_same_order(columns: int) -> None:
    rng = np.random.default_rng(columns)
    squares = Chains.of(
        [closed((0, 0), (1, 0), (1, 1), (0, 1)).moved(*xy) for xy in rng.integers(0, 90, (columns * 3, 2))]
    )
    once, again = (searched(squares, gantry()) for _ in range(2))
    assert once.vertices.tolist() == again.vertices.tolist()


def test_random_places_are_ordered_within_a_tenth_of_what_random_tours_come_to() -> None:
    """The best tour of n random points in a square of area A is about 0.7124 sqrt(n A) long (Johnson, McGeoch 1996)."""
    rng = np.random.default_rng(1)
    places = rng.uniform(0.0, 100.0, (1000, 2))
    dots: list[Chain] = [closed((0, 0), (1e-3, 0), (0, 1e-3)).moved(x, y) for x, y in places]
    found = searched(Chains.of(dots), galvo())
    length = float(np.hypot(*np.diff(found.starts, axis=0).T).sum())
    assert length <= 1.1 * 0.7124 * math.sqrt(1000 * 1e4) * (1.0 + 0.33 / 1000) + 10.0
