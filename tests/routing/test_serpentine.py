"""Routing: every stroke once, rows to and fro, closed strokes a little past their start."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.outlines_for_tests import closed, distances, outlines, points_along, rows
from tests.toolpaths_for_tests import blocks_of, galvo, gantry, in_serpentine, operations
from tfbpattern.geometry.chains import Chain, Chains
from tfbpattern.geometry.cutting_out import part
from tfbpattern.model.process import Recipe
from tfbpattern.model.toolpath import Jump, Mark, MarkArc, Operation, SetProcess
from tfbpattern.routing import effort_of
from tfbpattern.routing.overcut import led_in, with_overcut


@settings(max_examples=50)
@given(operations())
def test_every_stroke_of_the_operation_is_marked_once(operation: Operation) -> None:
    toolpath = in_serpentine(operation)
    assert len(toolpath.strokes) == len(operation.strokes)
    either = [rows([chain, chain.reversed()]) for chain in operation.strokes]
    for found in rows(toolpath.strokes):
        holders = [k for k, ways in enumerate(either) if found in ways]
        assert holders
        del either[holders[0]]
    assert not either


@settings(max_examples=50)
@given(operations())
def test_rows_follow_each_other_and_every_other_one_runs_back(operation: Operation) -> None:
    toolpath = in_serpentine(operation)
    given_strokes = rows(operation.strokes)
    ways = [
        (given_strokes.index(found) if found in given_strokes else -1, rows([chain.reversed()])[0])
        for found, chain in zip(rows(toolpath.strokes), toolpath.strokes, strict=True)
    ]
    order = [k if k >= 0 else given_strokes.index(back) for k, back in ways]
    ranks = {row: rank for rank, row in enumerate(sorted(set(operation.row.tolist())))}
    places = [(ranks[int(operation.row[k])], int(operation.column[k])) for k in order]
    if len({str(row) for row in given_strokes}) < len(given_strokes):
        return
    assert [rank for rank, _ in places] == sorted(rank for rank, _ in places)
    for rank, group in itertools.groupby(places, key=lambda place: place[0]):
        columns = [column for _, column in group]
        assert columns == sorted(columns, reverse=rank % 2 == 1)
    for (rank, _), (k, _), stroke in zip(places, ways, toolpath.strokes, strict=True):
        turned = k < 0
        # Only open strokes are turned, with their row.
        if not stroke.closed and stroke.reversed().vertices.tolist() != stroke.vertices.tolist():
            assert turned == (rank % 2 == 1)
        assert not (stroke.closed and turned)


@settings(max_examples=50)
@given(operations())
def test_overcut_lengthens_closed_strokes_by_exactly_as_much(operation: Operation) -> None:
    toolpath = in_serpentine(operation)
    closed_count = int(operation.strokes.closed.sum())
    expected = operation.strokes.length_mm + closed_count * operation.overcut_mm
    assert toolpath.marks.length_mm == pytest.approx(expected, abs=1e-6)
    assert toolpath.strokes.length_mm == pytest.approx(operation.strokes.length_mm, abs=1e-9)


@settings(max_examples=60)
@given(st.lists(outlines(), min_size=1, max_size=3), st.sampled_from([0.0, 0.05, 0.5, 3.0]), st.booleans())
def test_overcut_runs_over_the_start_along_the_stroke_itself(chains: list[Chain], overcut: float, mix: bool) -> None:
    opener = Chain(vertices=np.array([[0.0, 0.0, 0.3], [1.0, 2.0, 0.0]]), closed=False)
    strokes = Chains.of([*chains, opener] if mix else chains)
    marks = with_overcut(strokes, overcut)
    assert not marks.closed.any()
    for stroke, mark in zip(strokes, marks, strict=True):
        if not stroke.closed:
            assert mark.vertices.tolist() == stroke.vertices.tolist()
            continue
        assert mark.length_mm == pytest.approx(stroke.length_mm + overcut, abs=1e-6)
        assert distances(stroke, points_along(mark, at_least=9)).max() <= 1e-6
        assert mark.vertices[0, :2].tolist() == stroke.vertices[0, :2].tolist()
        if overcut:
            last = part(stroke, 0.0, overcut % stroke.length_mm).vertices[-1, :2]
            assert np.hypot(*(mark.vertices[-1, :2] - last)) <= 1e-6
        else:
            assert mark.vertices[-1, :2].tolist() == stroke.vertices[0, :2].tolist()


def test_overcut_may_run_over_several_short_segments_and_arcs() -> None:
    small = closed((0, 0), (0.01, 0), (0.02, 0, 0.5), (0.02, 0.02), (0, 0.02))
    (mark,) = with_overcut(Chains.of([small]), 0.04)
    assert mark.length_mm == pytest.approx(small.length_mm + 0.04, abs=1e-12)
    assert distances(small, points_along(mark)).max() <= 1e-12


@settings(max_examples=60)
@given(
    st.lists(outlines(), min_size=1, max_size=3),
    st.sampled_from([0.04, 0.5, 3.0]),
    st.sampled_from([0.0, 0.7]),
    st.booleans(),
)
def test_a_lead_in_begins_before_the_start_along_the_stroke_itself(
    chains: list[Chain], lead: float, overcut: float, mix: bool
) -> None:
    opener = Chain(vertices=np.array([[0.0, 0.0, 0.3], [1.0, 2.0, 0.0]]), closed=False)
    strokes = Chains.of([opener, *chains, opener] if mix else chains)
    marks = led_in(strokes, with_overcut(strokes, overcut), lead)
    assert not marks.closed.any()
    for stroke, mark, plain in zip(strokes, marks, with_overcut(strokes, overcut), strict=True):
        if not stroke.closed:
            assert mark.vertices.tolist() == stroke.vertices.tolist()
            continue
        assert mark.length_mm == pytest.approx(stroke.length_mm + lead + overcut, abs=1e-6)
        assert distances(stroke, points_along(mark, at_least=9)).max() <= 1e-6
        begin = part(stroke, 0.0, stroke.length_mm - lead % stroke.length_mm).vertices[-1, :2]
        assert np.hypot(*(mark.vertices[0, :2] - begin)) <= 1e-6
        # From the start on it is the stroke with its overcut.
        assert mark.vertices[-len(plain.vertices) :].tolist() == plain.vertices.tolist()


def test_without_a_lead_in_nothing_changes() -> None:
    strokes = Chains.of([closed((0, 0), (1, 0), (1, 1))])
    marks = with_overcut(strokes, 0.1)
    assert led_in(strokes, marks, 0.0) is marks


@settings(max_examples=50)
@given(operations())
def test_commands_jump_to_each_stroke_and_mark_it(operation: Operation) -> None:
    toolpath = in_serpentine(operation)
    process, *rest = toolpath.commands()
    recipe = operation.recipe
    assert process == SetProcess(recipe.mark_speed_mm_s, recipe.power_percent, recipe.frequency_khz, recipe.passes)
    assert sum(isinstance(command, Jump) for command in rest) == len(toolpath.marks)
    assert isinstance(rest[0], Jump)
    k = 0
    for mark in toolpath.marks:
        jump = rest[k]
        assert isinstance(jump, Jump)
        assert [jump.x_mm, jump.y_mm] == mark.vertices[0, :2].tolist()
        for vertex, before in zip(mark.vertices[1:].tolist(), mark.vertices[:-1].tolist(), strict=True):
            k += 1
            command = rest[k]
            assert not isinstance(command, Jump | SetProcess)
            assert [command.x_mm, command.y_mm] == vertex[:2]
            assert (command.bulge if isinstance(command, MarkArc) else 0.0) == before[2]
            assert isinstance(command, MarkArc if before[2] else Mark)
        k += 1
    assert k == len(rest)


@settings(max_examples=50)
@given(operations(), st.booleans())
def test_lengths_are_those_of_one_pass(operation: Operation, on_galvo: bool) -> None:
    toolpath = in_serpentine(operation)
    cost = effort_of(toolpath, galvo() if on_galvo else gantry())
    blocks = blocks_of(toolpath)
    assert cost.strokes == len(operation.strokes)
    assert cost.mark_length_mm == pytest.approx(operation.strokes.length_mm, abs=1e-6)
    assert cost.jump_length_mm == pytest.approx(sum(b.length for b in blocks if not b.lit), abs=1e-6)


def test_a_row_of_cells_is_marked_without_a_jump_back() -> None:
    squares = [closed((x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)) for y in (0, 2) for x in (0, 2, 4)]
    operation = Operation(
        name="law",
        recipe=Recipe(passes=1, mark_speed_mm_s=100.0, power_percent=50.0, frequency_khz=50.0),
        tolerance_mm=0.005,
        strokes=Chains.of(squares),
        row=np.repeat([0, 1], 3),
        column=np.tile([0, 1, 2], 2),
    )
    starts = in_serpentine(operation).strokes.starts.tolist()
    assert starts == [[0, 0], [2, 0], [4, 0], [4, 2], [2, 2], [0, 2]]
