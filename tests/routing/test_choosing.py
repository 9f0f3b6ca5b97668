"""The strategy taken is the one with the least time, and whatever it is, the same trenches are made."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kerfs_for_tests import kerf_paths, outlines_of
from tests.layouts_for_tests import job
from tests.nesting.jobs import OUTLINES
from tests.outlines_for_tests import fine_line, opened
from tests.toolpaths_for_tests import galvo, gantry, operation_of, operations
from tfbpattern.geometry.chains import Chains
from tfbpattern.model.job import Job
from tfbpattern.model.machine import Machine
from tfbpattern.model.nest import Nest
from tfbpattern.model.toolpath import Operation
from tfbpattern.nesting import nest
from tfbpattern.routing import effort_of, route
from tfbpattern.routing.choosing import STRATEGIES, toolpath_of
from tfbpattern.scribing.isolation import isolation
from tfbpattern.scribing.singulation import singulation

MACHINES: list[Machine] = [gantry(), gantry("grbl-gantry"), gantry(gated=False), galvo()]
RECTANGLES = [outline for outline in OUTLINES if outline["kind"] == "rect"]


@functools.cache
def sheet(number: int, rotation: int = 0) -> tuple[Job, Nest]:
    some = job(
        web={"width_mm": 40.0, "frame_length_mm": 30.0},
        cell={"outline": OUTLINES[number], "rotations_deg": [rotation]},
        isolation={"setback_mm": 0.2, "line_width_mm": 0.03, "overcut_mm": 0.1},
        nest={"effort": 1},
    )
    return some, nest(some)


@settings(max_examples=40)
@given(operations(), st.sampled_from(MACHINES))
def test_no_strategy_is_quicker_than_the_one_taken(operation: Operation, machine: Machine) -> None:
    taken = route(operation, machine)
    assert taken.method.split(",")[0] in STRATEGIES
    least = effort_of(taken, machine).time_s
    for method, strategy in STRATEGIES.items():
        ordered = strategy(operation)
        if ordered is not None:
            assert least <= effort_of(toolpath_of(operation, ordered.strokes, method), machine).time_s + 1e-6


@pytest.mark.parametrize("method", STRATEGIES)
@pytest.mark.parametrize("number", range(len(OUTLINES)))
def test_every_strategy_makes_the_same_trenches_and_stays_in_the_dead_strip(method: str, number: int) -> None:
    some, found = sheet(number)
    operation = isolation(some, found)
    ordered = STRATEGIES[method](operation)
    if ordered is None:
        return
    strokes = ordered.strokes
    drawn = shapely.union_all([fine_line(stroke) for stroke in strokes])
    rings = [fine_line(ring) for ring in operation.strokes]
    assert shapely.union_all(rings).difference(drawn.buffer(1e-4)).is_empty
    # What is beyond the rings is overcut: no longer than that, outside of them, and with its width inside the cell.
    beyond = drawn.difference(shapely.union_all(rings).buffer(2e-4))
    for piece in shapely.get_parts(beyond):
        assert piece.length <= some.isolation.overcut_mm + 1e-3
    active = shapely.union_all([shapely.Polygon(ring) for ring in rings]).buffer(-2e-4)
    assert not beyond.intersects(active)
    cells = shapely.union_all(outlines_of(some, found, 1e-4)).buffer(-some.isolation.line_width_mm / 2.0 + 1e-4)
    assert beyond.is_empty or cells.covers(beyond)


@pytest.mark.parametrize("number", range(len(OUTLINES)))
def test_no_side_of_a_ring_is_marked_twice(number: int) -> None:
    some, found = sheet(number)
    operation = isolation(some, found)
    for strategy in STRATEGIES.values():
        ordered = strategy(operation)
        if ordered is not None:
            strokes = ordered.strokes
            ends = 2 * len(strokes) * some.isolation.overcut_mm
            assert operation.strokes.length_mm - 1e-6 <= strokes.length_mm <= operation.strokes.length_mm + ends + 1e-3


def test_rings_stay_whole_where_the_overcut_would_leave_the_cell() -> None:
    some, found = sheet(0)
    operation = isolation(some, found)
    assert operation.room_mm is not None
    for overcut, offered in ((operation.room_mm, True), (operation.room_mm + 1e-6, False)):
        ordered = STRATEGIES["straight runs"](dataclasses.replace(operation, overcut_mm=overcut))
        assert (ordered is not None) == offered


def test_kerfs_are_not_parted_into_runs() -> None:
    """Only isolation may be: nothing comes loose by it."""
    some = job(singulation={"kerf_mm": 0.03, "mode": "contour"}, nest={"effort": 1})
    assert STRATEGIES["straight runs"](singulation(some, nest(some))) is None


@pytest.mark.parametrize(("rows", "columns"), [(25, 40), (24, 40), (25, 41), (1, 9), (9, 1)])
def test_hubs_of_a_lattice_take_three_millimetres_of_jumps_a_cell(rows: int, columns: int) -> None:
    """7.3 x 5.1 mm at 0.1 mm; rows in turn, each ring from one corner, take 7.3 mm. A single row leaves no choice."""
    some, found = grid(columns * 7.4 + 0.01, rows * 5.2 + 0.01)
    assert len(found.placements) == rows * columns
    ordered = STRATEGIES["hubs"](isolation(some, found))
    assert ordered is not None
    strokes = ordered.strokes
    jumps = float(np.hypot(*(strokes.starts[1:] - strokes.ends[:-1]).T).sum())
    assert jumps <= (3.04 if min(rows, columns) > 1 else 9.0) * rows * columns


@functools.cache
def grid(width_mm: float, length_mm: float) -> tuple[Job, Nest]:
    some = job(
        web={"width_mm": width_mm, "frame_length_mm": length_mm},
        isolation={"setback_mm": 0.1625},
        singulation={"kerf_mm": 0.1},
        nest={"effort": 1},
    )
    return some, nest(some)


@pytest.mark.parametrize(
    ("speed", "keys", "isolated", "singulated"),
    [
        (200.0, {"jump_speed_mm_s": 1000.0, "acceleration_mm_s2": 1e4, "junction_deviation_mm": 0.005}, 139.0, 71.5),
        (50.0, {"jump_speed_mm_s": 200.0, "acceleration_mm_s2": 1e3, "junction_deviation_mm": 0.01}, 540.0, 279.0),
    ],
)
def test_a_thousand_cells_take_two_gantries_no_longer_than_this(
    speed: float, keys: dict[str, Any], isolated: float, singulated: float
) -> None:
    some, found = grid(40 * 7.4 + 0.01, 25 * 5.2 + 0.01)
    machine = gantry("grbl-gantry", **keys)
    for operation, most in ((isolation(some, found), isolated), (singulation(some, found), singulated)):
        recipe = dataclasses.replace(operation.recipe, mark_speed_mm_s=speed, passes=1)
        toolpath = route(dataclasses.replace(operation, recipe=recipe), machine)
        assert effort_of(toolpath, machine).time_s <= most


@pytest.mark.parametrize("speed", [500.0, 2000.0, 5000.0])
def test_on_a_galvo_shared_cuts_take_little_more_than_half_of_a_contour_a_cell(speed: float) -> None:
    some, found = grid(40 * 7.4 + 0.01, 25 * 5.2 + 0.01)
    recipe = dataclasses.replace(some.singulation.recipe, mark_speed_mm_s=speed, passes=1)
    shared = dataclasses.replace(singulation(some, found), recipe=recipe)
    rings = dataclasses.replace(isolation(some, found), recipe=recipe, overcut_mm=0.0, room_mm=None)
    each = dataclasses.replace(rings, strokes=Chains.of(kerf_paths(some, found)))
    assert effort_of(route(shared, galvo()), galvo()).time_s <= 0.53 * effort_of(route(each, galvo()), galvo()).time_s


@settings(max_examples=30)
@given(st.lists(st.booleans(), min_size=1, max_size=6), st.sampled_from(MACHINES))
def test_what_is_cut_last_is_told_from_a_stroke_that_fills_the_same_box(
    rising_last: list[bool], machine: Machine
) -> None:
    """Of the two diagonals of some squares one is to come last, the rising one or the other."""
    diagonals = [
        stroke for x in range(len(rising_last)) for stroke in (opened((x, 0), (x + 1, 1)), opened((x, 1), (x + 1, 0)))
    ]
    late = [2 * (rising == last) for last in rising_last for rising in (True, False)]
    found = route(dataclasses.replace(operation_of(*diagonals), stage=np.array(late)), machine)
    p0, p1, _, _ = found.strokes.segments
    rising = ((p1 - p0)[:, 0] * (p1 - p0)[:, 1] > 0).tolist()
    marked = list(zip(np.minimum(p0, p1)[:, 0].tolist(), rising, strict=True))
    assert set(marked[: len(rising_last)]) == {(float(x), not last) for x, last in enumerate(rising_last)}
    assert set(marked[len(rising_last) :]) == {(float(x), last) for x, last in enumerate(rising_last)}
