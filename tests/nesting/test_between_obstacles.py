"""Sheets with things in the way: checked on whole nanometres, by arithmetic that the nesting does not share."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.layouts_for_tests import job
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest
from tfbpattern.nesting import STRATEGIES, nest
from tfbpattern.nesting.area_bound import area_bound
from tfbpattern.nesting.field import field_of
from tfbpattern.nesting.pallet.dissection import dissected
from tfbpattern.nesting.pallet.obstacles import hit, obstacles_of
from tfbpattern.nesting.pallet.placing import boxes_of
from tfbpattern.nesting.pallet.problem import PalletProblem
from tfbpattern.scribing import scribe

_NM = 1_000_000


def _sheet(seed: int) -> Job:
    """A random sheet; all lengths are hundredths of a millimetre."""
    rnd = random.Random(seed)

    def length(low: float, high: float) -> float:
        return rnd.randint(round(low * 100), round(high * 100)) / 100

    width, frame = length(80, 300), length(80, 400)
    keepouts: list[dict[str, Any]] = [
        {
            "name": f"R{k}",
            "rect_mm": [length(-5, width), length(-5, frame), length(0.1, 40), length(0.1, 15)],
            "clearance_mm": rnd.choice([0.0, 0.2]),
        }
        for k in range(rnd.randint(0, 3))
    ] + [
        {"name": f"C{k}", "circle_mm": [length(0, width), length(0, frame), length(0.1, 8)], "clearance_mm": 0.0}
        for k in range(rnd.randint(1, 8))
    ]
    a, b = length(2, 20), length(2, 20)
    return job(
        web={"width_mm": width, "frame_length_mm": frame, "stand_alone": True, "keepouts": keepouts},
        cell={
            "outline": {"kind": "rect", "width_mm": a, "height_mm": rnd.choice([a, b, b, b])},
            "rotations_deg": rnd.choice([[0], [90], [0, 90], [0, 90, 180, 270]]),
        },
        isolation={"setback_mm": 0.1},
        singulation={"kerf_mm": rnd.choice([0.03, 0.05, 0.1])},
    )


def _nanometre_boxes(some: Job, found: Nest) -> np.ndarray:
    """x0, y0, x1, y1 (n, 4) of the cells, whole nanometres."""
    left, low, right, high = some.cells[0].outline.bounds_mm
    across, along = round((right - left) * _NM), round((high - low) * _NM)
    places = found.placements
    turned = np.round(places.rotation_deg).astype(int) % 180 == 90
    width, length = np.where(turned, along, across), np.where(turned, across, along)
    # Twice the centre is whole where the centre is a half.
    x0 = (np.round(places.x_mm * 2 * _NM).astype(np.int64) - width) // 2
    y0 = (np.round(places.y_mm * 2 * _NM).astype(np.int64) - length) // 2
    return np.stack([x0, y0, x0 + width, y0 + length], axis=1)


def _assert_sound(some: Job, found: Nest) -> None:
    boxes = _nanometre_boxes(some, found)
    assert boxes[:, :2].min() >= 0
    assert boxes[:, 2].max() <= round(some.web.width_mm * _NM)
    assert boxes[:, 3].max() <= round(found.frame_length_mm * _NM)
    spacing = round(some.spacing_mm * _NM)
    order = np.argsort(boxes[:, 0])
    boxes = boxes[order]
    for k, (_, y0, x1, y1) in enumerate(boxes.tolist()):
        near = boxes[k + 1 : np.searchsorted(boxes[:, 0], x1 + spacing)]
        assert not ((near[:, 1] < y1 + spacing) & (near[:, 3] > y0 - spacing)).any()
    for keepout in some.web.keepouts:
        clearance = round(keepout.clearance_mm * _NM)
        if keepout.name.startswith("R"):
            x0, y0, x1, y1 = (round(side * _NM) for side in keepout.shape.bounds_mm)
            gap_x = np.maximum(np.maximum(x0 - boxes[:, 2], boxes[:, 0] - x1), 0)
            gap_y = np.maximum(np.maximum(y0 - boxes[:, 3], boxes[:, 1] - y1), 0)
            touching = (boxes[:, 0] < x1) & (boxes[:, 2] > x0) & (boxes[:, 1] < y1) & (boxes[:, 3] > y0)
            assert not touching.any()
            assert all(a * a + b * b >= clearance**2 for a, b in zip(gap_x.tolist(), gap_y.tolist(), strict=True))
        else:
            x0, _, x1, _ = (round(side * _NM) for side in keepout.shape.bounds_mm)
            radius, (cx, cy) = (x1 - x0) // 2, _centre(keepout.shape.bounds_mm)
            away_x = np.maximum(np.maximum(boxes[:, 0] - cx, cx - boxes[:, 2]), 0)
            away_y = np.maximum(np.maximum(boxes[:, 1] - cy, cy - boxes[:, 3]), 0)
            assert all(
                math.isqrt(a * a + b * b) >= radius - 1 for a, b in zip(away_x.tolist(), away_y.tolist(), strict=True)
            )


def _centre(bounds: tuple[float, float, float, float]) -> tuple[int, int]:
    left, low, right, high = bounds
    return round((left + right) / 2 * _NM), round((low + high) / 2 * _NM)


@pytest.mark.parametrize("seed", range(25))
def test_random_sheets_keep_spacing_edges_and_clearances_to_the_nanometre(seed: int) -> None:
    some = _sheet(seed)
    found = nest(some)
    _assert_sound(some, found)
    assert len(found.placements) <= found.upper_bound
    # Whoever nests without slivers is never refused by the scribe.
    scribe(some, found)
    field, cell = field_of(some, found.frame_length_mm), some.cells[0]
    for name, strategy in STRATEGIES.items():
        pattern = strategy(field, cell, effort=1)
        if pattern is not None:
            _assert_sound(
                some,
                Nest(
                    placements=pattern.placements,
                    frame_length_mm=found.frame_length_mm,
                    spacing_mm=some.spacing_mm,
                    upper_bound=0,
                    bound="none",
                    method=name,
                    bulk_density=pattern.bulk_density,
                ),
            )


def test_a_splice_eight_marks_and_ten_defects_cost_little_more_than_the_cells_they_hit() -> None:
    """At least 99 % of what the free area holds, less one cell for each mark and defect."""
    for seed in range(2):
        rnd = random.Random(seed)
        places = [(4, 4), (296, 4), (4, 180), (296, 180), (4, 396), (296, 396), (150, 4), (150, 396)]
        some = job(
            web={
                "width_mm": 300.0,
                "frame_length_mm": 400.0,
                "stand_alone": True,
                "fiducials": [
                    {"name": f"F{k}", "x_mm": float(x), "y_mm": float(y), "shape": "cross", "clearance_mm": 1.0}
                    for k, (x, y) in enumerate(places)
                ],
                "keepouts": [
                    {"name": "splice", "rect_mm": [0.0, 200.0 + seed, 300.0, 12.0], "clearance_mm": 0.2},
                    *(
                        {"name": f"D{k}", "circle_mm": [rnd.uniform(9, 290), rnd.uniform(9, 390), 0.2]}
                        for k in range(10)
                    ),
                ],
            },
            cell={"rotations_deg": [0, 90, 180, 270]},
            singulation={"kerf_mm": 0.1},
        )
        allowed = area_bound(field_of(some, 400.0), some.cells[0]) - 18
        assert len(nest(some).placements) >= 0.99 * allowed


@settings(max_examples=60)
@given(
    st.integers(2, 9),
    st.integers(2, 9),
    st.integers(10, 60),
    st.integers(10, 60),
    st.booleans(),
    st.lists(st.tuples(st.integers(-3, 60), st.integers(-3, 60), st.integers(-1, 20), st.integers(-1, 9)), max_size=5),
)
def test_a_dissection_is_sound_and_no_worse_than_giving_up_what_is_hit(
    a: int, b: int, width: int, length: int, turn: bool, stones: list[tuple[int, int, int, int]]
) -> None:
    problem = PalletProblem(
        width=width,
        length=length,
        a=a,
        b=b,
        spacing=0,
        upright_deg=0.0,
        turned_deg=90.0 if turn and a != b else None,
    )
    obstacles = np.array([(x, y, x + wide, y + long) for x, y, wide, long in stones], dtype=np.int64).reshape(-1, 4)
    blocks = dissected(problem, obstacles, effort=1)
    column, row = np.meshgrid(np.arange(width // a) * a, np.arange(length // b) * b)
    corner = column.ravel(), row.ravel(), np.full(column.size, a), np.full(column.size, b)
    straight = column.size - int(hit(*corner, obstacles).sum())
    if not blocks:
        assert turn or straight == 0
        return
    x, y, turned = boxes_of(blocks, problem)
    wide, long = np.where(turned, b, a), np.where(turned, a, b)
    assert (x >= 0).all()
    assert (y >= 0).all()
    assert (x + wide <= width).all()
    assert (y + long <= length).all()
    drawn = shapely.box(x, y, x + wide, y + long)
    assert shapely.union_all(drawn).area == pytest.approx(shapely.area(drawn).sum())
    kept = len(x) - int(hit(x, y, wide, long, obstacles).sum())
    assert turn or kept >= straight


def test_a_slanted_scratch_is_in_the_way_in_strips_and_not_as_its_bounding_box() -> None:
    some = job(
        web={
            "width_mm": 100.0,
            "frame_length_mm": 100.0,
            "keepouts": [{"name": "scratch", "polygon_mm": [[10, 10], [10.7, 10], [90, 89], [90, 90], [89, 90]]}],
        }
    )
    field = field_of(some, 100.0)
    problem = PalletProblem(
        width=100 * _NM, length=100 * _NM, a=7_330_000, b=5_130_000, spacing=30_000, upright_deg=0.0, turned_deg=None
    )
    boxes = obstacles_of(field, problem) / _NM
    strips = shapely.box(boxes[:, 0] - 0.03, boxes[:, 1] - 0.03, boxes[:, 2], boxes[:, 3])
    assert len(boxes) == 16
    assert shapely.union_all(strips).buffer(1e-6).contains(field.hazards[0].shape)
    assert shapely.area(strips).sum() < 0.15 * 80 * 80
