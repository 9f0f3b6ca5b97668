"""Laws of the touchdowns: every cell exactly once, no needle where it must not land, few landings, little travel."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.mapping.sheets import PITCH_MM, array, card_of, job, nest
from tests.small_job import SMALL, changed, layout_of
from tfbpattern import pipeline
from tfbpattern.errors import InfeasibleError
from tfbpattern.geometry.footprints import rect
from tfbpattern.mapping.touchdowns import plan_touchdowns
from tfbpattern.mapping.touchdowns.covering import cover, window_sums, within
from tfbpattern.mapping.touchdowns.order import least_travel
from tfbpattern.model.cell import Terminal
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest
from tfbpattern.model.tester import Tester as ProbeCard
from tfbpattern.model.touchdowns import TouchdownPlan
from tfbpattern.model.web import KeepOut

_CENTRE = Terminal(name="a", kind="anode", x_mm=0.0, y_mm=0.0, width_mm=0.5, height_mm=0.5)
_ASIDE = Terminal(name="a", kind="anode", x_mm=1.0, y_mm=0.5, width_mm=0.5, height_mm=0.5)


def _keepout(x: float, y: float, width: float, height: float) -> KeepOut:
    return KeepOut(name="clamp", shape=rect(width, height).moved(x, y), clearance_mm=0.0)


def _site_places(plan: TouchdownPlan) -> NDArray[np.float64]:
    """(landings, sites, 2): where each site of each landing is, in the web frame."""
    places = []
    for landing in plan.landings:
        turn = complex(math.cos(math.radians(landing.rotation_deg)), math.sin(math.radians(landing.rotation_deg)))
        at = [
            complex(landing.x_mm, landing.y_mm) + turn * complex(c * plan.pitch_mm[0], r * plan.pitch_mm[1])
            for r in range(plan.rows)
            for c in range(plan.columns)
        ]
        places.append([(z.real, z.imag) for z in at])
    return np.array(places)


def _check(the_job: Job, sheet: Nest, card: ProbeCard, plan: TouchdownPlan) -> None:
    """Every law but that of the fewest."""
    p = sheet.placements
    # Exactly once: each cell has one landing and site, no two cells the same, and masks name just these.
    assert (plan.touchdown >= 0).all()
    assert (plan.site >= 0).all()
    tested = sorted(zip(plan.touchdown.tolist(), plan.site.tolist(), strict=True))
    assert len({*tested}) == len(p)
    masks = [(number, site) for number, landing in enumerate(plan.landings) for site in landing.sites]
    assert sorted(masks) == tested
    assert all(landing.sites for landing in plan.landings)
    # The needle of that site stands over the cell, within the margin.
    places = _site_places(plan)
    off = places[plan.touchdown, plan.site] - np.column_stack([p.x_mm, p.y_mm])
    assert np.abs(off).max() <= card.pad_margin_mm + 1e-6
    # No site of any landing, masked or not, touches what is in the way.
    obstacles = shapely.union_all([k.shape.polygon(1e-3) for k in the_job.web.keepouts])
    pads = the_job.cells[0].terminals or (_CENTRE,)
    for terminal, (number, landing) in itertools.product(pads, enumerate(plan.landings)):
        angle = math.radians(landing.rotation_deg)
        x = terminal.x_mm * math.cos(angle) - terminal.y_mm * math.sin(angle)
        y = terminal.x_mm * math.sin(angle) + terminal.y_mm * math.cos(angle)
        needles = shapely.points(places[number] + (x, y))
        assert not shapely.dwithin(needles, obstacles, card.pad_margin_mm - 1e-9).any()
    assert plan.bound <= len(plan.landings)
    assert plan.travel_bound_mm <= plan.travel_mm + 1e-9


@pytest.mark.parametrize(
    ("rows", "columns", "card", "expected"),
    [(196, 54, (4, 4), 686), (1, 1, (4, 4), 1), (5, 3, (2, 2), 6), (7, 7, (1, 1), 49), (9, 20, (8, 2), 15)],
)
def test_a_regular_array_takes_as_many_touchdowns_as_cards_cover_it(
    rows: int, columns: int, card: tuple[int, int], expected: int
) -> None:
    sheet = array(rows, columns)
    plan = plan_touchdowns(job(), sheet, card_of(*card))
    assert len(plan.landings) == plan.bound == expected
    _check(job(), sheet, card_of(*card), plan)


@given(st.integers(1, 14), st.integers(1, 14), st.integers(1, 5), st.integers(1, 5))
def test_every_regular_array_reaches_the_optimum_and_the_least_travel(r: int, c: int, n: int, m: int) -> None:
    plan = plan_touchdowns(job(), array(r, c), card_of(n, m))
    assert len(plan.landings) == plan.bound == -(-r // m) * -(-c // n)
    assert plan.travel_mm == pytest.approx(plan.travel_bound_mm, abs=1e-6)


@given(st.data())
def test_laws_hold_on_arrays_with_holes_and_keepouts(data: st.DataObject) -> None:
    rows, columns = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9))
    seed = data.draw(st.integers(0, 10_000))
    missing = np.random.default_rng(seed).random((rows, columns)) < 0.25
    assume(not missing.all())
    card = card_of(data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4)))
    # Some of the holes are there because of something that must not be touched.
    clamps = [
        _keepout(10.0 + c * PITCH_MM[0] - 1.0, 10.0 + r * PITCH_MM[1] - 1.0, 2.0, 2.0)
        for r, c in np.argwhere(missing).tolist()[::3]
    ]
    the_job = job(keepouts=clamps, terminals=[_CENTRE])
    sheet = array(rows, columns, missing)
    try:
        plan = plan_touchdowns(the_job, sheet, card)
    except InfeasibleError:
        assert clamps
        return
    _check(the_job, sheet, card, plan)


def _fewest(occupied: NDArray[np.bool_], allowed: NDArray[np.bool_], size: tuple[int, int]) -> int:
    """By trying all sets of windows, the small ones first."""
    places = [(r, c) for r, c in np.argwhere(allowed).tolist() if window_sums(occupied, size)[r, c] > 0]
    masks = []
    for r, c in places:
        held = np.zeros_like(occupied)
        held[r : r + size[0], c : c + size[1]] = True
        masks.append(held & occupied)
    for count in range(1, 20):
        for chosen in itertools.combinations(masks, count):
            if (np.logical_or.reduce(chosen) == occupied).all():
                return count
    raise AssertionError


@given(st.integers(0, 100_000), st.integers(1, 3), st.integers(1, 3))
def test_the_bound_never_exceeds_the_fewest_and_little_is_lost(seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    occupied = np.zeros((4 + 2 * (m - 1), 3 + 2 * (n - 1)), dtype=bool)
    occupied[m - 1 : m + 3, n - 1 : n + 2] = rng.random((4, 3)) < 0.5
    allowed = (window_sums(occupied, (m, n)) >= 0) & (rng.random(occupied.shape) < 0.8)
    occupied &= within(allowed, (m, n))
    assume(occupied.sum() > 0)
    fewest = _fewest(occupied, allowed, (m, n))
    assume(fewest <= 5)
    found = cover(occupied, allowed, (m, n))
    assert found.bound <= fewest <= len(found.windows)
    assert len(found.windows) == fewest
    held = np.zeros_like(occupied)
    for r, c in found.windows:
        assert allowed[r, c]
        held[r : r + m, c : c + n] = True
    assert (held | ~occupied).all()


@pytest.mark.parametrize("clamped", [False, True])
def test_arrays_with_five_percent_holes_come_within_three_percent_of_the_bound(clamped: bool) -> None:
    missing = np.random.default_rng(5).random((48, 48)) < 0.05
    occupied = np.pad(~missing, 3)
    blocked = np.pad(missing, 3) if clamped else np.zeros_like(occupied)
    allowed = window_sums(blocked, (4, 4)) == 0
    occupied &= within(allowed, (4, 4))
    found = cover(occupied, allowed, (4, 4))
    assert len(found.windows) <= 1.03 * found.bound


def test_a_strided_card_steps_through_the_cells_between_its_sites() -> None:
    card = card_of(2, 2, pitch_mm=(2 * PITCH_MM[0], 3 * PITCH_MM[1]))
    sheet = array(6, 8)
    plan = plan_touchdowns(job(), sheet, card)
    _check(job(), sheet, card, plan)
    assert len(plan.landings) == plan.bound == 12


def test_a_card_whose_pitch_is_a_little_off_lands_within_the_margin() -> None:
    card = card_of(4, 4, pitch_mm=(PITCH_MM[0] + 0.02, PITCH_MM[1] - 0.01))
    sheet = array(12, 15)
    plan = plan_touchdowns(job(), sheet, card)
    _check(job(), sheet, card, plan)
    with_exact = plan_touchdowns(job(), sheet, card_of())
    assert plan.bound <= len(with_exact.landings) <= len(plan.landings)


@given(st.floats(0.0, 0.3), st.floats(0.0, 0.2))
def test_rows_out_of_step_share_a_landing_only_within_the_margin(shift: float, margin: float) -> None:
    row, column = (a.ravel().astype(np.int64) for a in np.mgrid[0:4, 0:8])
    x = 10.0 + column * PITCH_MM[0] + np.where(row % 2, round(shift, 6), 0.0)
    sheet, card = nest(row, column, x_mm=x), card_of(pad_margin_mm=margin)
    assume(abs(round(shift, 6) - 2 * margin) > 1e-5)
    plan = plan_touchdowns(job(), sheet, card)
    _check(job(), sheet, card, plan)
    assert len(plan.landings) == plan.bound == (2 if round(shift, 6) <= 2 * margin else 4)


@pytest.mark.parametrize(("pad", "expected"), [(_CENTRE, 1), (_ASIDE, 2)])
def test_cells_half_a_turn_apart_share_a_landing_where_their_needles_coincide(pad: Terminal, expected: int) -> None:
    row, column = (a.ravel().astype(np.int64) for a in np.mgrid[0:4, 0:4])
    sheet = nest(row, column, rotation_deg=np.where(column % 2, 180.0, 0.0))
    plan = plan_touchdowns(job(terminals=[pad]), sheet, card_of())
    _check(job(terminals=[pad]), sheet, card_of(), plan)
    assert len(plan.landings) == expected


@pytest.mark.parametrize("rotation_deg", [90.0, 270.0, 30.0])
def test_the_card_is_turned_with_the_cells(rotation_deg: float) -> None:
    row, column = (a.ravel().astype(np.int64) for a in np.mgrid[0:4, 0:6])
    turn = complex(math.cos(math.radians(rotation_deg)), math.sin(math.radians(rotation_deg)))
    at = 100.0 + 100.0j + turn * (column * 6.0 + 1j * row * 5.5)
    sheet = nest(row, column, x_mm=at.real, y_mm=at.imag, rotation_deg=np.full(24, rotation_deg))
    card = card_of(3, 2, pitch_mm=(6.0, 5.5))
    the_job = job(terminals=[_ASIDE])
    plan = plan_touchdowns(the_job, sheet, card)
    _check(the_job, sheet, card, plan)
    assert len(plan.landings) == plan.bound == 4
    assert {landing.rotation_deg for landing in plan.landings} == {rotation_deg}


def test_a_landing_goes_round_what_must_not_be_touched_to_the_micrometre() -> None:
    missing = np.zeros((4, 4), dtype=bool)
    missing[0, 0] = True
    sheet = array(4, 4, missing)
    # The needle of the empty place would reach 0.075 mm around (10, 10).
    for reach, expected in ((0.0755, 1), (0.0745, 2)):
        the_job = job(keepouts=[_keepout(10.0 + reach, 5.0, 1.0, 6.0)], terminals=[_CENTRE])
        plan = plan_touchdowns(the_job, sheet, card_of())
        _check(the_job, sheet, card_of(), plan)
        assert len(plan.landings) == expected, reach


def test_cells_that_no_landing_reaches_are_named() -> None:
    missing = np.zeros((3, 3), dtype=bool)
    missing[1, 1] = True
    clamp = _keepout(10.0 + PITCH_MM[0] - 1, 10.0 + PITCH_MM[1] - 1, 2.0, 2.0)
    bars = [_keepout(-50.0, y, 200.0, 1.0) for y in (4.5, 19.7)]
    with pytest.raises(InfeasibleError, match=r"4 x 4 card reaches 8 of 8 cells .* row 0, column 0"):
        plan_touchdowns(job(keepouts=[clamp, *bars], terminals=[_CENTRE]), array(3, 3, missing), card_of())


def test_whole_touchdowns_have_a_cell_under_every_site() -> None:
    sheet, card = array(6, 7), card_of(4, 4, whole_touchdowns=True)
    plan = plan_touchdowns(job(), sheet, card)
    _check(job(), sheet, card, plan)
    assert len(plan.landings) == 4
    p = sheet.placements
    taken = {(round(x, 6), round(y, 6)) for x, y in zip(p.x_mm.tolist(), p.y_mm.tolist(), strict=True)}
    for x, y in _site_places(plan).reshape(-1, 2).tolist():
        assert (round(x, 6), round(y, 6)) in taken
    with pytest.raises(InfeasibleError, match="whole_touchdowns"):
        plan_touchdowns(job(), array(3, 9), card)


def test_a_pitch_that_is_no_cards_is_refused() -> None:
    with pytest.raises(InfeasibleError, match="pitch"):
        plan_touchdowns(job(), array(9, 9), card_of(2, 2, pitch_mm=(0.001, 0.001)))


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=7, unique=True))
def test_travel_lies_between_its_bound_and_twice_the_shortest(places: list[tuple[int, int]]) -> None:
    points = np.array(places, dtype=float)
    order, travel, bound = least_travel(points)
    assert sorted(order.tolist()) == list(range(len(points)))
    assert travel == pytest.approx(float(np.hypot(*np.diff(points[order], axis=0).T).sum()))
    shortest = min(
        float(np.hypot(*np.diff(points[list(way)], axis=0).T).sum())
        for way in itertools.permutations(range(len(points)))
    )
    assert bound <= shortest + 1e-9
    assert shortest - 1e-9 <= travel <= 2.0 * shortest + 1e-9


def test_time_is_landings_and_way() -> None:
    card = dataclasses.replace(card_of(), touchdown_s=0.5, travel_mm_s=20.0)
    plan = plan_touchdowns(job(), array(8, 8), card)
    assert plan.time_s == pytest.approx(4 * 0.5 + 3 * 4 * PITCH_MM[0] / 20.0)


def test_the_map_says_which_touchdown_and_site_test_a_cell() -> None:
    layout = layout_of(changed(SMALL, ("[machine]", "[tester]\nsites = [2, 2]\n\n[machine]")))
    sheet = pipeline.work_out(layout)
    plan = sheet.cells.touchdowns
    assert plan is not None
    assert [(c.touchdown, c.site) for c in sheet.cells] == list(
        zip(plan.touchdown.tolist(), plan.site.tolist(), strict=True)
    )
    assert len(plan.landings) == plan.bound == 2
