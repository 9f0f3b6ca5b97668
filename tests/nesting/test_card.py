"""Nests in whole steps of the probe card: full touchdowns, at the card's own pitch, and what they cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.layouts_for_tests import job
from tests.nesting.soundness import check_nest
from tfbpattern import nesting
from tfbpattern.errors import InfeasibleError
from tfbpattern.model.nest import Nest

WEB: dict[str, Any] = {"width_mm": 100.0, "frame_length_mm": 80.0, "stand_alone": True}


def nest(**keys: Any) -> Nest:
    return nesting.nest(job(singulation={"kerf_mm": 0.1}, **keys))


def card(**keys: Any) -> dict[str, Any]:
    return {"sites": [4, 4], "lock_pitch": True, **keys}


@settings(max_examples=40)
@given(
    sites=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    pitch=st.none() | st.tuples(st.integers(75, 260), st.integers(53, 260)),
    spot=st.none() | st.tuples(st.integers(0, 100), st.integers(0, 80)),
)
def test_columns_and_rows_are_whole_steps_of_the_card_and_cells_stand_at_its_pitch(
    sites: tuple[int, int], pitch: tuple[int, int] | None, spot: tuple[int, int] | None
) -> None:
    keys: dict[str, Any] = {"sites": [*sites]}
    if pitch:
        keys["pitch_mm"] = [pitch[0] / 10, pitch[1] / 10]
    keepouts = [{"name": "K", "circle_mm": [*spot, 2.0]}] if spot else []
    some = job(web={**WEB, "keepouts": keepouts}, singulation={"kerf_mm": 0.1}, tester=card(**keys))
    try:
        found = nesting.nest(some)
    except InfeasibleError:
        assert pitch or keepouts
        return
    check_nest(some, found)
    places = found.placements
    assert found.price_cells is not None
    assert found.method == "card steps"
    steps = []
    for axis, line, least in ((0, places.x_mm, 7.4), (1, places.y_mm, 5.2)):
        strides = {1: least} if not pitch else {k: pitch[axis] / 10 / k for k in range(1, 6)}
        gaps = np.diff(np.unique(line))
        stride, size = next((k, size) for k, size in strides.items() if np.allclose(gaps, size, atol=1e-9))
        steps.append(stride * sites[axis])
        assert size >= least - 1e-9
    if not keepouts:
        columns, rows = places.column.max() + 1, places.row.max() + 1
        assert len(places) == columns * rows
        assert (columns % steps[0], rows % steps[1]) == (0, 0)
        # One step more of either kind has no room.
        across, along = np.ptp(np.unique(places.x_mm)), np.ptp(np.unique(places.y_mm))
        assert not len(np.unique(places.x_mm)) > 1 or across + steps[0] * across / (columns - 1) + 7.3 > 100.0
        assert not len(np.unique(places.y_mm)) > 1 or along + steps[1] * along / (rows - 1) + 5.1 > 80.0


def test_the_price_is_what_a_free_nest_of_the_same_frame_has_more() -> None:
    locked, free = nest(web=WEB, tester=card()), nest(web=WEB)
    # 13 columns of 7.4 and 15 rows of 5.2 mm have room; 12 of each are whole steps.
    assert len(locked.placements) == 12 * 12
    assert locked.price_cells == len(free.placements) - 144
    assert free.price_cells is None


def test_a_step_may_begin_further_on_to_keep_clear_of_what_is_in_the_way() -> None:
    # Twelve of thirteen columns are wanted: the first is given up, where the keep-out stands.
    web = {**WEB, "keepouts": [{"name": "K", "rect_mm": [0, 0, 3.0, 80.0]}]}
    assert len(nest(web=web, tester=card()).placements) == 144


def test_a_frame_of_free_length_ends_with_a_whole_step() -> None:
    web = {**WEB, "frame_length_mm": {"min": 60.0, "max": 80.0}}
    found = nest(web=web, tester=card())
    assert found.frame_length_mm == pytest.approx(12 * 5.2 - 0.1, abs=1e-5)
    assert len(found.placements) == 144


@pytest.mark.parametrize(
    ("keys", "needles"),
    [
        ({"pitch_mm": [7.3, 5.2]}, ["4 x 4 sites stand 7.3 x 5.2 mm apart", "a cell with its spacing of 0.1 mm"]),
        ({"sites": [14, 4]}, ["a whole step of the probe card's 14 x 4 sites needs 103.5 x 20.7 mm at 0 degrees"]),
    ],
)
def test_a_card_that_does_not_fit_is_refused_with_its_numbers(keys: dict[str, Any], needles: list[str]) -> None:
    with pytest.raises(InfeasibleError) as caught:
        nest(web=WEB, tester=card(**keys))
    for needle in needles:
        assert needle in str(caught.value)
