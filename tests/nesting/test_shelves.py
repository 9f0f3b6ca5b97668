"""Row programming: exact among rows, against plain recursion over whole numbers."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.layouts_for_tests import job
from tfbpattern.nesting.field import field_of
from tfbpattern.nesting.pattern import Strategy
from tfbpattern.nesting.shelves import columns, rows
from tfbpattern.nesting.shelves.stacking import Kind, Shelf, stacked

_Box = tuple[int, int, int, int]


def _kind(width: int, height: int, obstacles: list[_Box]) -> Kind:
    """Boxes whose lower-left corner may not lie in (left - width, right) x (low - height, high)."""
    edges = [
        (x, low - height, x, high) for left, low, right, high in obstacles for x in (float(left - width), float(right))
    ]
    return Kind(
        rotation_deg=0.0,
        width=width,
        height=height,
        edges=np.array(edges, dtype=float).reshape(-1, 4),
        begins=np.arange(0, len(edges) + 1, 2, dtype=np.int64),
        lows=np.array([low - height for _, low, _, _ in obstacles], dtype=float),
        highs=np.array([high for *_, high in obstacles], dtype=float),
    )


def _most(across: int, along: int, sizes: list[tuple[int, int]], obstacles: list[_Box], sliver: int) -> int:
    """The most boxes in rows: every height and every place in a row is tried."""

    def blocked(x: int, y: int, width: int, height: int) -> bool:
        return any(
            x < right and x + width > left and y < high and y + height > low for left, low, right, high in obstacles
        )

    def gaps(start: int, size: int, end: int) -> list[int]:
        """Where the next begins after one that ended at *start*: at once, or a sliver's width on."""
        return [start, *range(start + max(sliver, 1), end - size + 1)]

    def in_row(y: int, width: int, height: int) -> int:
        @cache
        def after(x: int) -> int:
            free = [at for at in gaps(x, width, across) if at + width <= across and not blocked(at, y, width, height)]
            return max((1 + after(at + width) for at in free), default=0)

        # The first box may begin anywhere.
        return max(
            (1 + after(x + width) for x in range(across - width + 1) if not blocked(x, y, width, height)), default=0
        )

    @cache
    def above(y: int) -> int:
        found = 0
        for width, height in sizes:
            for at in gaps(y, height, along):
                if at + height <= along and (count := in_row(at, width, height)):
                    found = max(found, count + above(at + height))
        return found

    found = 0
    for width, height in sizes:
        for at in range(along - height + 1):
            if count := in_row(at, width, height):
                found = max(found, count + above(at + height))
    return found


_OBSTACLES = st.lists(
    st.tuples(st.integers(-2, 20), st.integers(-2, 16), st.integers(1, 6), st.integers(1, 4)).map(
        lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
    ),
    max_size=4,
)


@given(
    st.integers(6, 22),
    st.integers(4, 18),
    st.integers(2, 6),
    st.integers(2, 6),
    st.booleans(),
    _OBSTACLES,
    st.integers(0, 2),
)
def test_rows_hold_as_many_boxes_as_rows_can(
    across: int, along: int, a: int, b: int, turn: bool, obstacles: list[_Box], sliver: int
) -> None:
    sizes = [(a, b), (b, a)] if turn else [(a, b)]
    kinds = tuple(_kind(width, height, obstacles) for width, height in sizes)
    criticals = np.unique([high for *_, high in obstacles if 0 < high < along]).astype(np.int64)
    shelf = Shelf(kinds=kinds, across=across, sliver=sliver)
    found = stacked(shelf, along, criticals, effort=3)
    assert sum(len(shelf.boxes(y, kind)) for y, kind in found) == _most(across, along, sizes, obstacles, sliver)
    ends = [y + kinds[kind].height for y, kind in found]
    assert all(y == end or y >= end + max(sliver, 1) for (y, _), end in zip(found[1:], ends[:-1], strict=True))


@pytest.mark.parametrize("strategy", [rows, columns])
@pytest.mark.parametrize("rotations", [[0], [90], [0, 90]])
def test_rows_go_straight_through_the_sheet(strategy: Strategy, rotations: list[int]) -> None:
    some = job(
        web={
            "width_mm": 60.0,
            "frame_length_mm": 50.0,
            "keepouts": [{"name": "K", "circle_mm": [21.0, 20.0, 5.0], "clearance_mm": 0.2}],
        },
        cell={"outline": {"kind": "rect", "width_mm": 7.3, "height_mm": 5.1}, "rotations_deg": rotations},
    )
    field, cell = field_of(some, 50.0), some.cells[0]
    pattern = strategy(field, cell, effort=1)
    assert pattern is not None
    places = pattern.placements
    lines, along = (places.row, places.y_mm) if strategy is rows else (places.column, places.x_mm)
    for line in np.unique(lines):
        assert len(np.unique(along[lines == line])) == 1
        assert len(np.unique(places.rotation_deg[lines == line])) == 1
