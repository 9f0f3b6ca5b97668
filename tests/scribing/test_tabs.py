"""Tabs: as many as asked, evenly, on smooth parts of the cut, away from cathode terminals."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.layouts_for_tests import job
from tests.nesting.jobs import OUTLINES
from tests.outlines_for_tests import segments_of
from tfbpattern.errors import InfeasibleError
from tfbpattern.geometry.chains import Chain
from tfbpattern.geometry.cutting_out import part, without
from tfbpattern.geometry.offsets import offset
from tfbpattern.model.job import Job
from tfbpattern.scribing.tabs import tab_gaps

# A footprint drawn by a program that knows no arcs: short sides all around one end.
FACETED: dict[str, Any] = {
    "kind": "polygon",
    "points_mm": [
        [0, 0],
        [5, 0],
        *([5 + 3 * math.sin(math.radians(a)), 3 - 3 * math.cos(math.radians(a))] for a in range(6, 180, 6)),
        [5, 6],
        [0, 6],
    ],
}
TEAR: dict[str, Any] = {"kind": "polygon", "points_mm": [[0, 0], [4, 0.0, 2.4]]}


def gaps_of(some: Job) -> tuple[Chain, tuple[tuple[float, float], ...]]:
    (path,) = offset(some.cells[0].outline, some.singulation.kerf_mm / 2.0)
    return path, tab_gaps(some.cells[0], path, some.singulation)


def tabbed(outline: dict[str, Any], count: int, width: float, **cell: Any) -> Job:
    return job(
        cell={"outline": outline, **cell}, singulation={"kerf_mm": 0.03, "tabs": {"count": count, "width_mm": width}}
    )


@settings(max_examples=50)
@given(st.sampled_from([*OUTLINES, FACETED]), st.integers(1, 12), st.sampled_from([0.02, 0.08, 0.3, 0.5]))
def test_there_are_as_many_gaps_as_tabs_a_kerf_longer_and_apart(
    outline: dict[str, Any], count: int, width: float
) -> None:
    try:
        path, gaps = gaps_of(tabbed(outline, count, width))
    except InfeasibleError:
        # Only where they would take a good part of the cut, or where no side is as long as a tab.
        assert outline is FACETED or count * (width + 0.06) > 8.0
        return
    assert len(gaps) == count
    for start, end in gaps:
        assert end - start == pytest.approx(width + 0.03, abs=1e-9)
    left = without(path, gaps)
    # Gaps that run into each other would leave fewer cuts than tabs.
    assert len(left) == count
    assert sum(piece.length_mm for piece in left) == pytest.approx(path.length_mm - count * (width + 0.03), abs=1e-6)


@settings(max_examples=60)
@given(st.sampled_from([*OUTLINES, TEAR]), st.integers(1, 6), st.sampled_from([0.02, 0.08, 0.3]))
def test_no_tab_lies_across_a_corner_where_sides_are_long_enough(
    outline: dict[str, Any], count: int, width: float
) -> None:
    path, gaps = gaps_of(tabbed(outline, count, width))
    for start, end in gaps:
        low = start % path.length_mm
        gap = part(path, low, low + end - start)
        every = segments_of(gap)
        for (p, q, bulge), (_, r, following) in itertools.pairwise(every):
            ahead = (q - p) * np.exp(2j * math.atan(bulge))
            onward = (r - q) * np.exp(-2j * math.atan(following))
            # Bits of less than a nanometre have no direction.
            if min(abs(q - p), abs(r - q)) > 1e-5:
                assert abs(np.angle(onward / ahead)) <= 1e-3


@settings(max_examples=40)
@given(st.sampled_from([OUTLINES[0], OUTLINES[2], OUTLINES[3]]), st.integers(2, 8))
def test_tabs_are_spread_around_the_cell(outline: dict[str, Any], count: int) -> None:
    """No stretch without a tab is longer than two even shares, none between two tabs shorter than a third of one."""
    path, gaps = gaps_of(tabbed(outline, count, 0.08))
    middles = sorted(((a + b) / 2.0) % path.length_mm for a, b in gaps)
    apart = [b - a for a, b in zip(middles, [*middles[1:], middles[0] + path.length_mm], strict=True)]
    share = path.length_mm / count
    assert min(apart) >= share / 3.0
    assert max(apart) <= 2.0 * share


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("x", "y"), [(3.6, 0.0), (0.0, 2.5), (-3.6, 0.5), (1.0, -2.5)])
def test_no_tab_stands_on_the_side_of_a_cathode_terminal_while_others_have_room(x: float, y: float, count: int) -> None:
    terminal = {"name": "foil", "kind": "cathode", "x_mm": x, "y_mm": y, "width_mm": 0.05, "height_mm": 0.05}
    path, gaps = gaps_of(tabbed(OUTLINES[0], count, 0.08, terminals=[terminal]))
    for start, end in gaps:
        low = start % path.length_mm
        middle = part(path, low, low + end - start).vertices[:, :2].mean(axis=0)
        if abs(x) > 3.0:
            assert abs(middle[0] - math.copysign(3.665, x)) > 1e-6
        else:
            assert abs(middle[1] - math.copysign(2.565, y)) > 1e-6


def test_without_tabs_nothing_is_left_out() -> None:
    _, gaps = gaps_of(job())
    assert gaps == ()


@pytest.mark.parametrize("count", [3, 64])
def test_tabs_that_do_not_fit_are_refused_with_the_room_there_is(count: int) -> None:
    some = tabbed(OUTLINES[0], count, 24.8 / count)
    with pytest.raises(InfeasibleError) as caught:
        gaps_of(some)
    for evidence in (f"{count} tabs of", "do not fit around 'C'", "there is room for"):
        assert evidence in str(caught.value)
