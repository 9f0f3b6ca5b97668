"""From job to nest: the choice of frame length, demand, bounds, and messages that say what is missing."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.layouts_for_tests import job
from tests.nesting.jobs import jobs
from tests.nesting.soundness import cells_of, check_nest
from tfbpattern import nesting
from tfbpattern.errors import InfeasibleError, LayoutError
from tfbpattern.model.cell import CellType
from tfbpattern.model.job import Job
from tfbpattern.nesting import nest
from tfbpattern.nesting.field import Field
from tfbpattern.nesting.grid import grid
from tfbpattern.nesting.pattern import Pattern, Strategy


def best_per_metre(some: dict[str, object], lengths: list[float], **sections: dict[str, object]) -> float:
    """Most cells per millimetre of web over many fixed lengths, borders left alone."""
    best = 0.0
    for length in lengths:
        try:
            found = nest(job(web={**some, "frame_length_mm": length}, nest={"effort": 1}, **sections))
        except InfeasibleError:
            continue
        best = max(best, len(found.placements) / length)
    return best


@settings(max_examples=12)
@given(
    st.integers(80, 200),
    st.integers(0, 250),
    st.booleans(),
    st.sampled_from([[0], [90], [30]]),
    st.sampled_from([0.0, 0.7]),
)
def test_of_a_range_of_frame_lengths_the_one_with_the_most_cells_per_metre_wins(
    shortest: int, more: int, stand_alone: bool, rotations: list[int], lead: float
) -> None:
    web: dict[str, object] = {
        "width_mm": 31.0,
        "stand_alone": stand_alone,
        "edge_exclusion_mm": {"lead": lead},
    }
    cell: dict[str, object] = {"rotations_deg": rotations}
    lengths = [(shortest + k) / 10 for k in range(0, more + 1, 5)]
    expected = best_per_metre(web, lengths, cell=cell)
    try:
        found = nest(job(web={**web, "frame_length_mm": {"min": lengths[0], "max": (shortest + more) / 10}}, cell=cell))
    except InfeasibleError:
        assert expected == 0.0
        return
    assert shortest / 10 <= found.frame_length_mm <= (shortest + more) / 10
    assert len(found.placements) / found.frame_length_mm >= expected - 1e-9


def test_the_best_frame_length_is_no_longer_than_its_rows() -> None:
    """Rows of 5.13 mm: the range ends between two of them."""
    found = nest(job(web={"frame_length_mm": {"min": 20.0, "max": 33.0}, "stand_alone": False}))
    rows = round(found.frame_length_mm / 5.13)
    assert found.frame_length_mm == pytest.approx(rows * 5.13, abs=1e-6)
    assert len(found.placements) == 8 * rows


def test_with_a_keep_out_across_the_web_the_length_that_just_holds_the_last_row_wins() -> None:
    """Rows begin behind the keep-out, so they end at lengths that the frame's own start does not give."""
    strip = {"name": "clamp", "rect_mm": [0.0, 0.0, 60.0, 3.0], "clearance_mm": 0.0}
    web = {"stand_alone": True, "keepouts": [strip]}
    ranged = nest(job(web={**web, "frame_length_mm": {"min": 10.0, "max": 30.0}}))
    fitting = [3.0 + rows * 5.13 - 0.03 for rows in range(2, 6)]
    assert len(ranged.placements) / ranged.frame_length_mm >= best_per_metre(dict(web), fitting) - 1e-9


def test_a_length_that_meets_the_demand_is_taken_though_a_shorter_one_holds_more_per_metre() -> None:
    """Two rows on 10.3 mm are denser than five on 29.0, but forty cells are wanted."""
    web = {"frame_length_mm": {"min": 10.2, "max": 29.0}, "stand_alone": True}
    found = nest(job(web=web, cell={"demand": {"min": 40}}))
    assert len(found.placements) >= 40


@settings(max_examples=15)
@given(st.integers(1, 60))
def test_no_more_cells_than_demanded_are_placed(most: int) -> None:
    found = nest(job(cell={"demand": {"max": most}}))
    assert len(found.placements) == min(most, 8 * 7)
    assert found.upper_bound == most if most < 56 else found.upper_bound >= 56
    assert found.proved_optimal == (len(found.placements) == found.upper_bound)
    if most < 56:
        assert found.bound == "demand"


@settings(max_examples=15)
@given(st.integers(0, 100))
def test_a_demand_is_met_or_refused_with_what_was_placed_and_what_could_be(least: int) -> None:
    some = job(cell={"demand": {"min": least}})
    if least <= 56:
        assert len(nest(some).placements) == 56
        return
    with pytest.raises(InfeasibleError, match=rf"placed 56 of {least} cells of 'C'; at most \d+ could fit") as caught:
        nest(some)
    for evidence in (" bound)", "frame 40 mm", "spacing 0.03 mm"):
        assert evidence in str(caught.value)


def test_a_demand_for_no_cells_is_refused() -> None:
    """A frame without a cell cannot be scribed."""
    with pytest.raises(LayoutError, match=r"demand\.max"):
        job(cell={"demand": {"max": 0}})


def test_when_nothing_fits_the_message_has_the_room_and_what_every_turn_needs() -> None:
    web = {"width_mm": 9.0, "frame_length_mm": 7.0, "edge_exclusion_mm": {"left": 1.0, "right": 1.5, "lead": 0.5}}
    with pytest.raises(InfeasibleError) as caught:
        nest(job(web=web, cell={"rotations_deg": [0, 90]}))
    for evidence in (
        "no cell of 'C' fits",
        "the usable area is 6.5 x 6.5 mm",
        "web 9 x 7 mm",
        "7.3 x 5.1 mm at 0 degrees",
        "5.1 x 7.3 mm at 90 degrees",
    ):
        assert evidence in str(caught.value)


def test_when_keep_outs_leave_no_place_the_message_names_them() -> None:
    web = {
        "width_mm": 12.0,
        "frame_length_mm": 10.0,
        "keepouts": [
            {"name": "clamp", "rect_mm": [4, 0, 4, 10]},
            {"name": "code", "circle_mm": [6, 5, 1]},
        ],
    }
    with pytest.raises(InfeasibleError) as caught:
        nest(job(web=web))
    for evidence in ("keep-out clamp", "keep-out code", "12 x 10 mm", "7.3 x 5.1 mm"):
        assert evidence in str(caught.value)


@settings(max_examples=12)
@given(jobs())
def test_a_nest_says_no_more_than_it_knows(random_job: Job) -> None:
    try:
        found = nest(random_job)
    except InfeasibleError:
        return
    count = len(found.placements)
    assert count <= found.upper_bound
    assert found.proved_optimal == (count == found.upper_bound)
    assert found.gap == pytest.approx((found.upper_bound - count) / found.upper_bound)
    assert 0.0 < found.bulk_density < 1.0
    check_nest(random_job, found)


@pytest.mark.parametrize("mode", ["shared", "contour"])
@pytest.mark.parametrize("lead", [0.0, 0.01, 2.0])
def test_two_frames_in_a_row_are_one_sound_nest(mode: str, lead: float) -> None:
    web = {"stand_alone": False, "edge_exclusion_mm": {"lead": lead}, "frame_length_mm": 40.0}
    one = job(web=web, singulation={"kerf_mm": 0.03, "mode": mode, "rib_mm": 0.2})
    found = nest(one)
    cells = cells_of(one, found)
    top = max(cell.bounds[3] for cell in cells)
    bottom = min(cell.bounds[1] for cell in cells)
    assert bottom + 40.0 - top >= one.spacing_mm - 1e-6


def test_frames_in_a_row_waste_nothing_when_the_pitch_divides_the_frame() -> None:
    web = {"frame_length_mm": 51.3, "stand_alone": False, "width_mm": 7.3}
    assert len(nest(job(web=web)).placements) == 10


@settings(max_examples=10, deadline=None)
@given(jobs())
def test_a_nest_tells_what_each_strategy_found(some: Job) -> None:
    try:
        found = nest(some)
    except InfeasibleError:
        return
    names = [*nesting.STRATEGIES, "card steps", "border repair"]
    assert list(found.found_per_m) == [name for name in names if name in found.found_per_m]
    assert any(
        cells == pytest.approx(len(found.placements) / found.frame_length_mm * 1000.0)
        for cells in found.found_per_m.values()
    )


def test_progress_is_told_each_better_nest() -> None:
    told: list[str] = []
    found = nest(job(web={"frame_length_mm": {"min": 10.0, "max": 40.0}}), progress=told.append)
    assert told
    assert f"{len(found.placements)} cells" in told[-1]


@pytest.mark.parametrize("mode", ["shared", "contour"])
def test_a_sheet_with_everything_in_the_way_is_sound(mode: str) -> None:
    web = {
        "width_mm": 100.0,
        "frame_length_mm": 60.0,
        "edge_exclusion_mm": {"left": 3.0, "right": 2.0, "lead": 0.0, "trail": 1.0},
        "stand_alone": False,
        "keepouts": [
            {"name": "splice", "polygon_mm": [[20, 30], [80, 34], [80, 38], [20, 34]], "clearance_mm": 0.4},
            {"name": "clamp", "circle_mm": [90, 50, 9], "clearance_mm": 1.0},
        ],
        "fiducials": [{"name": "F1", "x_mm": 6.0, "y_mm": 6.0}, {"name": "F2", "x_mm": 94.0, "y_mm": 6.0}],
        "defects": {"rows": [[60.0, 10.0, 400.0, "pit"], [61.0, 50.0, 80.0, "scratch"]]},
    }
    sheet = job(
        web=web,
        nest={"effort": 1},
        singulation={"kerf_mm": 0.03, "mode": mode},
        cell={"outline": {"kind": "dee", "width_mm": 8.0, "height_mm": 6.0}, "rotations_deg": [0, 90, 180, 270]},
    )
    check_nest(sheet, nest(sheet))


@pytest.mark.parametrize(("align", "axis"), [("rows", "y_mm"), ("columns", "x_mm")])
def test_aligned_cells_stand_in_straight_runs_and_the_price_is_what_a_free_nest_has_more(align: str, axis: str) -> None:
    web = {"width_mm": 100.0, "frame_length_mm": 80.0, "keepouts": [{"name": "K", "circle_mm": [40, 41, 3.0]}]}
    cell = {"rotations_deg": [0, 90]}
    aligned, free = nest(job(web=web, cell=cell, nest={"align": align})), nest(job(web=web, cell=cell))
    assert aligned.method == align
    assert aligned.price_cells == len(free.placements) - len(aligned.placements)
    assert aligned.price_cells > 0
    assert free.price_cells is None
    places = aligned.placements
    numbers, line = getattr(places, align.removesuffix("s")), getattr(places, axis)
    # As far as a run reaches nothing stands beside its line: all cells of a number have one centre line and height.
    for number in np.unique(numbers):
        assert len(np.unique(line[numbers == number])) == 1


def test_an_alignment_that_is_proved_to_cost_nothing_has_the_price_none() -> None:
    found = nest(job(nest={"align": "rows"}))
    assert found.proved_optimal
    assert found.price_cells == 0


def test_an_interruption_ends_the_search_with_the_best_nest_so_far_or_is_raised_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object, **__: object) -> Pattern | None:
        raise KeyboardInterrupt

    some = job(cell={"rotations_deg": [0, 90]})
    told: list[str] = []
    monkeypatch.setattr(nesting, "ARRANGEMENTS", {"free": {"grid": grid, "late": interrupted}})
    found = nest(some, progress=told.append)
    assert found.interrupted
    assert found.method == "grid"
    assert told[-1] == f"interrupted; going on with the best nest so far, {len(found.placements)} cells"
    with pytest.raises(KeyboardInterrupt):
        nest(some, partial=False)
    monkeypatch.setattr(nesting, "ARRANGEMENTS", {"free": {"early": interrupted}})
    with pytest.raises(KeyboardInterrupt):
        nest(some)


def interrupting(strategy: Strategy, at_call: int) -> Strategy:
    """The strategy, interrupted at one of its calls."""
    calls = 0

    def some(field: Field, cell: CellType, *, effort: int) -> Pattern | None:
        nonlocal calls
        calls += 1
        if calls == at_call:
            raise KeyboardInterrupt
        return strategy(field, cell, effort=effort)

    return some


def test_an_interruption_while_frame_lengths_are_compared_leaves_the_best_of_those_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    some = job(
        web={"frame_length_mm": {"min": 20.0, "max": 120.0}}, cell={"outline": {"kind": "circle", "diameter_mm": 6.0}}
    )
    monkeypatch.setattr(nesting, "ARRANGEMENTS", {"free": {"grid": interrupting(grid, 3)}})
    told: list[str] = []
    found = nest(some, progress=told.append)
    assert found.interrupted
    assert told[0].startswith("comparing")
    check_nest(some, found)
    monkeypatch.setattr(nesting, "ARRANGEMENTS", {"free": {"grid": interrupting(grid, 3)}})
    with pytest.raises(KeyboardInterrupt):
        nest(some, partial=False)


def test_an_interruption_while_the_price_of_an_arrangement_is_found_leaves_the_nest_without_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Cells in rows of a disc: less than the area bound.
    some = job(cell={"outline": {"kind": "circle", "diameter_mm": 6.0}}, nest={"align": "rows"})
    monkeypatch.setattr(nesting, "STRATEGIES", {"grid": interrupting(grid, 1)})
    found = nest(some)
    assert found.interrupted
    assert found.price_cells is None
    monkeypatch.setattr(nesting, "STRATEGIES", {"grid": interrupting(grid, 1)})
    with pytest.raises(KeyboardInterrupt):
        nest(some, partial=False)


def test_a_spacing_larger_than_the_cell_is_kept() -> None:
    found = nest(job(cell={"rotations_deg": [0, 90]}, singulation={"kerf_mm": 9.0}))
    # (60 + 9) / (5.1 + 9) and (40 + 9) / (7.3 + 9), or (60 + 9) / (7.3 + 9) and (40 + 9) / (5.1 + 9).
    assert len(found.placements) >= 12
    assert found.upper_bound <= 14
    check_nest(job(cell={"rotations_deg": [0, 90]}, singulation={"kerf_mm": 9.0}), found)


@pytest.mark.parametrize(
    ("rotations", "web", "needle"),
    [
        ([0], {"width_mm": 7.0}, "the cell needs 7.3 x 5.1 mm at 0 degrees"),
        ([90], {"frame_length_mm": 7.2}, "the cell needs 5.1 x 7.3 mm at 90 degrees"),
        ([0, 90], {"width_mm": 5.0}, "5.1 x 7.3 mm at 90 degrees"),
        ([45], {"width_mm": 8.7}, "8.76812 x 8.76812 mm at 45 degrees"),
    ],
)
def test_a_cell_that_no_rotation_fits_is_refused_with_what_it_needs(
    rotations: list[int], web: dict[str, float], needle: str
) -> None:
    with pytest.raises(InfeasibleError, match="no cell of 'C' fits") as caught:
        nest(job(web=web, cell={"rotations_deg": rotations}))
    assert needle in str(caught.value)


def test_hundreds_of_keep_outs_are_answered() -> None:
    rnd = random.Random(3)
    spots = [
        {"name": f"K{k}", "circle_mm": [round(rnd.uniform(0, 200), 3), round(rnd.uniform(0, 150), 3), 0.1]}
        for k in range(200)
    ]
    some = job(
        web={"width_mm": 200.0, "frame_length_mm": 150.0, "keepouts": spots},
        cell={"outline": {"kind": "rect", "width_mm": 3.0, "height_mm": 2.0}, "rotations_deg": [0, 90]},
        nest={"effort": 1},
    )
    found = nest(some)
    assert len(found.placements) > 4000
    check_nest(some, found)
