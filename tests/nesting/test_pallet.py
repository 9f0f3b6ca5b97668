"""Rectangles at right angles: blocks, Ls, bounds; checked box by box on whole numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tfbpattern.files.layout import parse_layout
from tfbpattern.model.nest import Nest
from tfbpattern.nesting import nest
from tfbpattern.nesting.barnes_bound import boxes_at_most
from tfbpattern.nesting.field import field_of
from tfbpattern.nesting.packing_bound import packing_bound
from tfbpattern.nesting.pallet.blocks import Block, block_nest
from tfbpattern.nesting.pallet.ells import ell_nest
from tfbpattern.nesting.pallet.hollow import hollow_nests
from tfbpattern.nesting.pallet.problem import PalletProblem, combinations
from tfbpattern.nesting.pallet.settling import settle
from tfbpattern.nesting.rows import rows_and_columns
from tfbpattern.scribing import scribe

# Sheet, box, optimum: E. G. Birgin, R. D. Lobato, R. Morabito, J. Opl Res. Soc. 61, 2010; block heuristics miss most.
_KNOWN = [
    (43, 26, 7, 3, 53),
    (57, 34, 7, 4, 69),
    (61, 35, 10, 3, 71),
    (67, 40, 11, 3, 81),
    (93, 46, 13, 4, 82),
    (141, 71, 13, 8, 96),
    (86, 52, 9, 5, 99),
    (52, 33, 9, 4, 47),
    (42, 39, 9, 4, 45),
    (87, 47, 7, 6, 97),
    (88, 54, 15, 7, 42),
    (32, 22, 5, 4, 34),
    (32, 27, 5, 4, 42),
]


_MM = 1_000_000


def _problem(width: int, length: int, a: int, b: int) -> PalletProblem:
    """Lengths in millimetres."""
    return PalletProblem(
        width=width * _MM, length=length * _MM, a=a * _MM, b=b * _MM, spacing=0, upright_deg=0.0, turned_deg=90.0
    )


def _nested(width: float, length: float, a: float, b: float, kerf: float, more: str = "") -> Nest:
    text = f"""
schema = 1
[job]
name = "law"
[web]
width_mm = {width!r}
frame_length_mm = {length!r}
stand_alone = true
{more}
[[cells]]
name = "C"
outline = {{ kind = "rect", width_mm = {a!r}, height_mm = {b!r} }}
[isolation]
setback_mm = 0.1
[singulation]
kerf_mm = {kerf!r}
[machine]
use = "linuxcnc-gantry"
travel_mm = [1200, 1200]
"""
    layout = parse_layout(text, name="law.toml", folder=Path())
    found = nest(layout.job)
    # Whoever nests without slivers is never refused by the scribe.
    scribe(layout.job, found)
    return found


def _boxes(blocks: list[Block], problem: PalletProblem) -> np.ndarray:
    """x0, y0, x1, y1 of every box."""
    found = []
    for block in blocks:
        w, h = (problem.b, problem.a) if block.turned else (problem.a, problem.b)
        found += [
            (block.x + i * w, block.y + j * h, block.x + i * w + w, block.y + j * h + h)
            for i in range(block.columns)
            for j in range(block.rows)
        ]
    return np.array(found, dtype=np.int64).reshape(-1, 4)


def _assert_sound(boxes: np.ndarray, width: int, length: int) -> None:
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, 2] <= width).all()
    assert (boxes[:, 3] <= length).all()
    low, high = boxes[:, :2], boxes[:, 2:]
    overlap = (np.minimum(high[:, None], high[None]) > np.maximum(low[:, None], low[None])).all(axis=2)
    assert overlap.sum() == len(boxes)


@pytest.mark.parametrize(("width", "length", "a", "b", "optimum"), _KNOWN)
def test_instances_that_defeat_blocks_are_nested_to_their_proved_optimum(
    width: int, length: int, a: int, b: int, optimum: int
) -> None:
    problem = _problem(width, length, a, b)
    target = boxes_at_most(width, length, a, b)
    blocks, _ = block_nest(problem, effort=3, target=target)
    count = len(_boxes(blocks, problem))
    _assert_sound(_boxes(blocks, problem), problem.width, problem.length)
    better = ell_nest(problem, effort=3, best=count, target=target) if count < target else None
    if better:
        _assert_sound(_boxes(better, problem), problem.width, problem.length)
        count = len(_boxes(better, problem))
    assert count == optimum


def test_the_public_case_is_nested_to_its_bound_and_said_to_be() -> None:
    found = _nested(300.0, 400.0, 7.3, 5.1, 0.1)
    assert len(found.placements) == found.upper_bound == 3118
    assert found.bound == "Barnes"
    assert found.proved_optimal


def test_set_packing_proves_what_area_and_rods_do_not() -> None:
    found = _nested(87.9, 53.9, 14.9, 6.9, 0.1)
    assert (len(found.placements), found.upper_bound, found.bound) == (42, 42, "LP packing")
    found = _nested(31.9, 21.9, 4.9, 3.9, 0.1)
    assert (len(found.placements), found.upper_bound) == (34, 35)
    assert not found.proved_optimal


@settings(max_examples=60)
@given(st.integers(2, 9), st.integers(2, 9), st.integers(10, 45), st.integers(10, 45))
def test_blocks_and_ls_are_sound_and_within_every_bound(a: int, b: int, width: int, length: int) -> None:
    if a == b:
        return
    problem = _problem(width, length, a, b)
    target = boxes_at_most(width, length, a, b)
    blocks, _ = block_nest(problem, effort=1, target=target)
    boxes = _boxes(blocks, problem)
    _assert_sound(boxes, problem.width, problem.length)
    assert max((width // a) * (length // b), (width // b) * (length // a)) <= len(boxes) <= target
    better = ell_nest(problem, effort=1, best=len(boxes), target=target) if len(boxes) < target else None
    if better:
        _assert_sound(_boxes(better, problem), problem.width, problem.length)
        assert len(boxes) < len(_boxes(better, problem)) <= target


@settings(max_examples=40)
@given(
    st.integers(20, 90), st.integers(20, 90), st.integers(60, 220), st.integers(60, 220), st.sampled_from([20, 50, 100])
)
def test_a_nest_of_rectangles_keeps_spacing_lies_inside_and_leaves_no_sliver(
    a: int, b: int, width: int, length: int, kerf: int
) -> None:
    """Sides in tenths of a millimetre, the kerf in micrometres; whole nanometres decide."""
    if min(a, b) > min(width, length) or max(a, b) > max(width, length):
        return
    if (a > width or b > length) and (b > width or a > length):
        return
    found = _nested(width / 10, length / 10, a / 10, b / 10, kerf / 1000)
    p = found.placements
    turned = p.rotation_deg % 180.0 == 90.0
    half_x, half_y = np.where(turned, b, a) * 50_000, np.where(turned, a, b) * 50_000
    x, y = np.rint(p.x_mm * 1e6).astype(np.int64), np.rint(p.y_mm * 1e6).astype(np.int64)
    spacing = kerf * 1000
    boxes = np.column_stack([x - half_x, y - half_y, x + half_x + spacing, y + half_y + spacing])
    _assert_sound(boxes, width * 100_000 + spacing, length * 100_000 + spacing)
    assert len({*zip(p.row.tolist(), p.column.tolist(), strict=True)}) == len(p)
    assert len(p) <= found.upper_bound


def test_a_rectangle_that_may_not_be_turned_is_nested_by_a_grid_and_proved() -> None:
    text = "rotations_deg = [0, 180]\n"
    layout = parse_layout(
        'schema = 1\n[job]\nname = "law"\n[web]\nwidth_mm = 50\nframe_length_mm = 40\nstand_alone = true\n'
        f'[[cells]]\nname = "C"\noutline = {{ kind = "rect", width_mm = 7, height_mm = 5 }}\n{text}'
        '[isolation]\nsetback_mm = 0.1\n[singulation]\nkerf_mm = 0.1\n[machine]\nuse = "linuxcnc-gantry"\n',
        name="law.toml",
        folder=Path(),
    )
    found = nest(layout.job)
    assert len(found.placements) == found.upper_bound == 7 * 7
    assert found.proved_optimal


def test_a_keep_out_costs_only_the_cells_it_hits_in_the_best_mirror_image() -> None:
    clear = _nested(100.0, 80.0, 7.0, 5.0, 0.05)
    hit = _nested(
        100.0, 80.0, 7.0, 5.0, 0.05, '[[web.keepouts]]\nname = "K"\ncircle_mm = [50, 40, 2]\nclearance_mm = 0.1'
    )
    # A disc of 2.2 mm meets four rectangles at most.
    assert len(clear.placements) - 4 <= len(hit.placements) < hit.upper_bound


@given(st.integers(1, 400), st.integers(2, 40), st.integers(2, 40))
def test_combinations_are_sums_of_sides_and_all_of_them_where_they_are_few(limit: int, a: int, b: int) -> None:
    found = combinations(limit, a, b, 10_000).tolist()
    assert found == sorted(
        {i * a + j * b for i in range(limit // a + 1) for j in range(limit // b + 1) if i * a + j * b <= limit}
    )
    fewer = combinations(limit, a, b, 5).tolist()
    assert {*fewer} <= {*found}
    assert fewer[-1] == found[-1]


@given(st.integers(1, 30), st.integers(1, 30), st.integers(2, 6), st.integers(2, 6))
def test_the_rod_bound_is_no_larger_than_the_area_and_exact_for_whole_blocks(i: int, j: int, a: int, b: int) -> None:
    assert boxes_at_most(i * a, j * b, a, b) == i * j
    assert boxes_at_most(i, j, a, b) <= i * j // (a * b)


def test_blocks_that_would_leave_a_sliver_are_pushed_together_or_set_apart() -> None:
    """Two blocks of 70 and 69.99 mm above each other, a third beside both: 10 um lie beside the shorter one."""
    blocks = [
        Block(x=0, y=0, columns=10, rows=2, turned=False),
        Block(x=10_000, y=10 * _MM, columns=10, rows=2, turned=False),
        Block(x=70_010_000, y=0, columns=1, rows=3, turned=False),
    ]
    # Pushed to the left all three fit without a gap.
    assert [block.x for block in settle(blocks, _problem(81, 30, 7, 5), 0.03)] == [0, 0, 70 * _MM]
    narrow = [Block(x=0, y=0, columns=2, rows=1, turned=False), Block(x=0, y=5 * _MM, columns=3, rows=1, turned=True)]
    beside = Block(x=15_010_000, y=0, columns=1, rows=2, turned=True)
    # 14 and 15 mm wide: 2 mm from the wider one is far enough from both, and nothing nearer is.
    assert settle([*narrow, beside], _problem(81, 30, 7, 5), 2.0)[2].x == 17 * _MM


def test_where_there_is_no_room_to_set_blocks_apart_one_loses_boxes() -> None:
    narrow = [Block(x=0, y=0, columns=2, rows=1, turned=False), Block(x=0, y=5 * _MM, columns=3, rows=1, turned=True)]
    beside = Block(x=15 * _MM, y=0, columns=2, rows=2, turned=True)
    problem = _problem(25, 14, 7, 5)
    settled = settle([*narrow, beside], problem, 2.0)
    boxes = _boxes(settled, problem)
    _assert_sound(boxes, problem.width, problem.length)
    assert len(boxes) == 2 + 3 + 2
    assert settled[2].columns == 1


def test_blocks_keep_clear_of_obstacles_but_for_those_that_they_stood_on() -> None:
    problem = _problem(81, 30, 7, 5)
    stone = np.array([[9 * _MM, 0, 10 * _MM, 30 * _MM]])
    right = Block(x=12 * _MM, y=0, columns=2, rows=1, turned=False)
    assert settle([right], problem, 0.0, stone)[0].x == 10 * _MM
    on_it = Block(x=5 * _MM, y=0, columns=2, rows=1, turned=False)
    assert settle([on_it], problem, 0.0, stone)[0].x == 0


def test_rows_are_bands_along_the_web_and_columns_count_across_it() -> None:
    left = np.array([5.0, 0.0, 0.0, 5.0, 10.0])
    low = np.array([0.0, 0.0, 4.0, 4.5, 0.3])
    row, column = rows_and_columns(left, low, 4.0)
    assert row.tolist() == [0, 0, 1, 1, 0]
    assert column.tolist() == [1, 0, 0, 1, 2]


def test_the_packing_bound_is_asked_for_small_sheets_only() -> None:
    text = (
        'schema = 1\n[job]\nname = "law"\n[web]\nwidth_mm = 300\nframe_length_mm = 300\n'
        '[[cells]]\nname = "C"\noutline = { kind = "rect", width_mm = 3, height_mm = 2 }\n'
        '[isolation]\nsetback_mm = 0.1\n[singulation]\nkerf_mm = 0.1\n[machine]\nuse = "linuxcnc-gantry"\n'
    )
    job = parse_layout(text, name="law.toml", folder=Path()).job
    assert packing_bound(field_of(job, 300.0), job.cells[0]) is None


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 9), st.integers(2, 9), st.integers(10, 60), st.integers(10, 60), st.integers(1, 8))
def test_hollow_nests_are_sound_and_as_hollow_as_they_say(a: int, b: int, width: int, length: int, side: int) -> None:
    if a == b:
        return
    problem = _problem(width, length, a, b)
    blocks, _ = block_nest(problem, effort=1, target=boxes_at_most(width, length, a, b))
    most = len(_boxes(blocks, problem))
    promised = []
    for hollow in hollow_nests(problem, least=max(most - 4, 1), side=side * _MM):
        boxes = _boxes(hollow.blocks, problem)
        _assert_sound(boxes, problem.width, problem.length)
        assert most - 4 <= len(boxes) == hollow.boxes
        left = shapely.box(0, 0, width, length) - shapely.union_all(shapely.box(*(boxes / _MM).T))
        middles = left.buffer(-0.499 * side, join_style="mitre").buffer(0.499 * side, join_style="mitre")
        assert any(part.area > 0.9 * hollow.middle * a * b for part in shapely.get_parts(middles))
        promised.append(hollow.boxes + hollow.middle)
    assert promised == sorted(promised, reverse=True)
