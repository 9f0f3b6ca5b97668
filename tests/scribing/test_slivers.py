"""Slivers: foil between two parallel cuts, narrower than a kerf and longer than a millimetre, is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.layouts_for_tests import job
from tests.outlines_for_tests import closed, outlines
from tfbpattern.errors import InfeasibleError
from tfbpattern.geometry import footprints
from tfbpattern.geometry.chains import Chain
from tfbpattern.model.job import Job
from tfbpattern.nesting import nest
from tfbpattern.scribing.singulation import singulation
from tfbpattern.scribing.slivers import sliver_between, sliver_of_runs

KERF_MM = 0.03


def cut(some: Job) -> None:
    singulation(some, nest(some))


def wedge(taper_deg: float) -> Chain:
    """A cell whose right side leans by a few minutes of arc."""
    lean = 5.0 * math.tan(math.radians(taper_deg))
    return closed((0, 0), (4, 0), (4 - lean, 5), (0, 5))


def pair(taper_deg: float, **sections: dict[str, object]) -> Job:
    points = wedge(taper_deg).vertices[:, :2].round(6).tolist()
    return job(
        web={"width_mm": 8.1, "frame_length_mm": 5.2},
        cell={"outline": {"kind": "polygon", "points_mm": points}},
        **sections,
    )


def test_a_taper_between_neighbours_is_refused_with_the_place_and_the_numbers() -> None:
    with pytest.raises(InfeasibleError) as caught:
        cut(pair(0.3))
    for evidence in ("a sliver", "row 0 column 0", "row 0 column 1", "kerf of 0.03 mm", '"contour"'):
        assert evidence in str(caught.value)


def test_a_taper_of_more_than_a_degree_is_no_sliver() -> None:
    cut(pair(1.1))


def test_straight_neighbours_share_one_cut_and_leave_none() -> None:
    cut(pair(0.0))


def test_contour_mode_keeps_a_rib_between_tapered_neighbours() -> None:
    cut(pair(0.3, singulation={"mode": "contour", "kerf_mm": KERF_MM, "rib_mm": 0.2}))


def slotted(slot: float, depth: float = 3.0) -> Job:
    """A U; its slot is as wide as said."""
    half = slot / 2.0
    points = [
        [0, 0],
        [6, 0],
        [6, 4],
        [3 + half, 4],
        [3 + half, 4 - depth],
        [3 - half, 4 - depth],
        [3 - half, 4],
        [0, 4],
    ]
    return job(
        web={"width_mm": 8.0, "frame_length_mm": 8.0},
        cell={"outline": {"kind": "polygon", "points_mm": points}},
        isolation={"setback_mm": 0.1},
    )


@pytest.mark.parametrize("slot", [0.031, 0.04, 0.0599])
def test_a_slot_wider_than_a_kerf_but_not_than_two_is_refused(slot: float) -> None:
    """Its two cuts would run side by side with a strip of less than a kerf between their middles."""
    with pytest.raises(InfeasibleError) as caught:
        cut(slotted(slot))
    assert f"{slot - KERF_MM:.4f} mm apart" in str(caught.value)
    assert "two of its own cuts" in str(caught.value)


@pytest.mark.parametrize(("slot", "depth"), [(0.0601, 3.0), (0.2, 3.0), (0.04, 0.9)])
def test_a_slot_of_two_kerfs_or_a_short_one_is_cut(slot: float, depth: float) -> None:
    cut(slotted(slot, depth))


def moved(chain: Chain, dx: float, dy: float) -> Chain:
    return chain.moved(dx, dy)


SQUARE = footprints.rect(5.0, 4.0)


@pytest.mark.parametrize(
    ("gap", "shift", "refused"),
    [
        (0.0, 0.0, False),
        (2e-6, 0.0, False),
        (1e-3, 0.0, True),
        (0.0299, 0.0, True),
        (0.0301, 0.0, False),
        (-0.01, 0.0, True),
        (0.01, 2.99, True),
        (0.01, 3.01, False),
        # A millimetre and a rounding.
        (0.01, 3.0 - 1e-12, False),
        (0.01, 3.0 - 1e-5, True),
    ],
)
def test_two_parallel_cuts_leave_a_sliver_from_a_nanometre_to_a_kerf_for_more_than_a_millimetre(
    gap: float, shift: float, refused: bool
) -> None:
    found = sliver_between(SQUARE, moved(SQUARE, 5.0 + gap, shift), KERF_MM)
    assert (found is not None) == refused
    if found:
        assert found.distance_mm == pytest.approx(abs(gap), abs=1e-9)
        assert found.length_mm == pytest.approx(4.0 - shift, abs=1e-6)
        assert found.x_mm == pytest.approx(5.0, abs=0.02)


@settings(max_examples=60)
@given(outlines(), st.sampled_from([0.001, 0.005, 0.029]), st.floats(0.0, 360.0))
def test_a_sliver_is_found_whichever_cut_comes_first_and_however_the_sheet_is_turned(
    outline: Chain, gap: float, angle: float
) -> None:
    x_min, _, x_max, _ = outline.bounds_mm
    other = outline.moved(x_max - x_min + gap, 0.0)
    one = sliver_between(outline, other, KERF_MM)
    for first, second in ((other, outline), (outline.rotated(angle), other.rotated(angle))):
        found = sliver_between(first, second, KERF_MM)
        # At exactly a degree, a kerf or a millimetre rounding decides.
        if one and one.length_mm > 1.001:
            assert found is not None
            assert found.length_mm == pytest.approx(one.length_mm, rel=1e-2)
            assert found.distance_mm == pytest.approx(one.distance_mm, abs=1e-4)


@settings(max_examples=60)
@given(outlines())
def test_an_outline_alone_has_no_sliver_with_itself_or_with_a_copy_on_top(outline: Chain) -> None:
    assert sliver_between(outline, outline, KERF_MM) is None


@pytest.mark.parametrize("start", range(8))
def test_a_sliver_is_as_long_as_it_is_wherever_the_path_starts(start: int) -> None:
    """1.2 mm on both sides of the middle of an edge: each half alone would be none."""
    points = [(0.0, 0.0), (2.5, 0.0), (5.0, 0.0), (5.0, 2.0), (5.0, 4.0), (2.5, 4.0), (0.0, 4.0), (0.0, 2.0)]
    plate = closed(*points[start:], *points[:start])
    for dx, dy in ((1.9, -1.01), (5.01, 1.4), (1.9, 4.01), (-1.21, 1.4)):
        found = sliver_between(plate, footprints.rect(1.2, 1.0 if dx == 1.9 else 1.2).moved(dx, dy), KERF_MM)
        assert found is not None
        assert found.length_mm == pytest.approx(1.2, abs=1e-9)


def test_stretches_apart_are_not_joined_by_what_lies_out_of_reach() -> None:
    """Two feet of 0.7 mm; the arch between them is too high for the floor to see."""
    bridge = closed((0, 0), (0.7, 0), (0.7, 3), (4, 3), (4, 0), (4.7, 0), (4.7, 5), (0, 5))
    assert sliver_between(bridge, footprints.rect(10.0, 1.0).moved(-3.0, -1.01), KERF_MM) is None


def test_short_stretches_in_different_places_are_not_added_up() -> None:
    """Four teeth of 0.4 mm each, five millimetres apart: none of them is a sliver."""
    teeth = [
        v
        for k in range(4)
        for v in ((4.0, 5.0 * k + 1.0), (4.02, 5.0 * k + 1.0), (4.02, 5.0 * k + 1.4), (4.0, 5.0 * k + 1.4))
    ]
    comb = closed((0, 0), (4, 0), *teeth, (4, 20), (0, 20))
    wall = footprints.rect(2.0, 20.0).moved(4.04, 0.0)
    assert sliver_between(comb, wall, KERF_MM) is None


def test_arcs_that_run_side_by_side_leave_a_sliver() -> None:
    """A circle in a ring's bay: concentric, a hundredth apart."""
    bay = closed((-6, -6), (6, -6), (6, 0), (3, 0, -1.0), (-3, 0), (-6, 0))
    disc = closed((-2.99, 0.0, 1.0), (2.99, 0.0, 1.0))
    found = sliver_between(disc, bay, KERF_MM)
    assert found is not None
    assert found.distance_mm == pytest.approx(0.01, abs=1e-3)


def test_touching_circles_leave_none_unless_they_are_large() -> None:
    """Within a degree and a kerf of each other circles run side by side for a sixtieth of their radius."""
    for diameter, refused in ((12.0, False), (200.0, True)):
        circle = footprints.circle(diameter)
        found = sliver_between(circle, circle.moved(diameter, 0.0), KERF_MM)
        assert (found is not None) == refused


@settings(max_examples=60)
@given(
    st.floats(0.0, math.tau),
    st.sampled_from([0.00001, 0.01, 0.0299, 0.0301]),
    st.sampled_from([0.999, 1.0, 1.001, 3.0]),
    st.sampled_from([0.0, 0.9, 1.1]),
)
def test_runs_side_by_side_are_a_sliver_whichever_cells_they_belong_to(
    turn: float, apart: float, length: float, taper_deg: float
) -> None:
    """Two runs of ten cells that pass each other by *length*: no two of their cells are together for as long."""
    lean = math.tan(math.radians(taper_deg)) * length
    frame = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    runs = np.array([[[0.0, 0.0], [20.0, 0.0]], [[20.0 - length, apart], [20.0, apart + lean]]]) @ frame
    found = sliver_of_runs(runs, KERF_MM)
    assert (found is not None) is (
        apart < KERF_MM
        and length > 1.0
        and taper_deg < 1.0
        and (taper_deg == 0.0 or apart + lean * 1.0 / length < KERF_MM)
    )
    if found is not None:
        assert found.distance_mm == pytest.approx(apart, abs=1e-9)
