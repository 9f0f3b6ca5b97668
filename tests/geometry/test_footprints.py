"""Outlines from parameters: the sizes that were asked for, counter-clockwise, arcs true."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.outlines_for_tests import closed, convex_polygons, hundredths, letters, outlines, same_curve
from tfbpattern.geometry import footprints
from tfbpattern.geometry.chains import Chain

sizes = hundredths(0.5, 50)


def extent(chain: Chain) -> tuple[float, float]:
    x_min, y_min, x_max, y_max = chain.bounds_mm
    return x_max - x_min, y_max - y_min


@given(sizes, sizes, st.floats(0.0, 1.0))
def test_a_rectangle_loses_the_corners_outside_its_arcs(width: float, height: float, part: float) -> None:
    radius = round(part * min(width, height) / 2.0, 3)
    radius = min(radius, min(width, height) / 2.0)
    chain = footprints.rect(width, height, radius)
    assert extent(chain) == pytest.approx((width, height), abs=1e-9)
    assert chain.signed_area_mm2 == pytest.approx(width * height - (4.0 - math.pi) * radius**2, rel=1e-9)


@given(sizes)
def test_a_circle_is_pi_r_squared_about_the_origin(diameter: float) -> None:
    chain = footprints.circle(diameter)
    r = diameter / 2.0
    assert chain.bounds_mm == pytest.approx((-r, -r, r, r), abs=1e-9)
    assert chain.signed_area_mm2 == pytest.approx(math.pi * r**2, rel=1e-12)


@given(sizes, sizes)
def test_a_stadium_has_half_round_short_sides(width: float, height: float) -> None:
    chain = footprints.stadium(width, height)
    short, long = sorted((width, height))
    assert extent(chain) == pytest.approx((width, height), abs=1e-9)
    assert chain.signed_area_mm2 == pytest.approx(short * (long - short) + math.pi * short**2 / 4.0, rel=1e-9)


@given(sizes, sizes)
def test_a_dee_has_one_half_round_end_on_the_right(more: float, height: float) -> None:
    width = more + height / 2.0
    chain = footprints.dee(width, height)
    assert chain.bounds_mm == pytest.approx((0.0, 0.0, width, height), abs=1e-9)
    assert chain.signed_area_mm2 == pytest.approx(more * height + math.pi * height**2 / 8.0, rel=1e-9)


@given(sizes, sizes, st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_an_ell_is_a_rectangle_less_its_notch(width: float, height: float, a: float, b: float) -> None:
    chain = footprints.ell(width, height, a * width, b * height)
    assert chain.bounds_mm == pytest.approx((0.0, 0.0, width, height), abs=1e-9)
    assert chain.signed_area_mm2 == pytest.approx(width * height * (1.0 - a * b), rel=1e-9)


@given(sizes, sizes, st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_tee_is_a_bar_and_a_stem(width: float, height: float, a: float, b: float) -> None:
    chain = footprints.tee(width, height, a * width, b * height)
    assert chain.bounds_mm == pytest.approx((0.0, 0.0, width, height), abs=1e-9)
    expected = width * b * height + a * width * (1.0 - b) * height
    assert chain.signed_area_mm2 == pytest.approx(expected, rel=1e-9)
    middle = width / 2.0
    turned = Chain(vertices=chain.vertices * [-1.0, 1.0, -1.0] + [2.0 * middle, 0.0, 0.0], closed=True)
    assert same_curve(chain, turned)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: footprints.rect(4, 3, 1.6), "1.6 is larger than half the shorter side, 1.5 mm"),
        (lambda: footprints.dee(1, 3), "1 is less than half of height_mm 3"),
        (lambda: footprints.ell(4, 3, 4, 1), "4 x 1 mm leaves nothing of 4 x 3 mm"),
        (lambda: footprints.tee(4, 3, 4, 1), "4 mm wide under a bar 1 mm high"),
        (lambda: footprints.tee(4, 3, 1, 3), "3 mm high does not fit in 4 x 3 mm"),
        (lambda: footprints.polygon([[0, 0], [1, 1]]), "2 points enclose no area"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_numbers(make: Callable[[], Chain], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@given(outlines())
def test_a_centred_outline_has_its_box_about_the_origin_and_says_where_it_was(chain: Chain) -> None:
    middle, x, y = footprints.centred(chain)
    x_min, y_min, x_max, y_max = middle.bounds_mm
    assert x_min == pytest.approx(-x_max, abs=1e-9)
    assert y_min == pytest.approx(-y_max, abs=1e-9)
    assert same_curve(middle.moved(x, y), chain, 1e-9)


@given(outlines())
def test_a_sound_outline_runs_counter_clockwise_whichever_way_it_came(chain: Chain) -> None:
    for given_chain in (chain, chain.reversed()):
        found = footprints.sound(given_chain)
        assert found.signed_area_mm2 == pytest.approx(chain.area_mm2, rel=1e-12)


def test_an_outline_that_crosses_itself_is_refused_with_the_place() -> None:
    bow = closed((0, 0), (4, 4), (4, 0), (0, 4))
    with pytest.raises(ValueError, match=r"crosses or touches itself at \(2, 2\) mm"):
        footprints.sound(bow)


def test_arcs_that_cross_are_found_though_their_chords_do_not() -> None:
    with pytest.raises(ValueError, match="crosses or touches itself"):
        footprints.sound(closed((0, 0), (4, 0), (4, 1, -1.0), (0, 1)))


def test_an_outline_that_touches_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="crosses or touches itself"):
        footprints.sound(closed((0, 0), (4, 0), (4, 4), (2, 0), (0, 4)))


def test_an_outline_of_no_area_is_refused() -> None:
    with pytest.raises(ValueError, match="mm"):
        footprints.sound(closed((0, 0), (1, 0), (1, 1e-5), (0, 1e-5)))


@given(outlines(), st.data())
def test_points_given_twice_change_nothing(chain: Chain, data: st.DataObject) -> None:
    again = data.draw(st.lists(st.booleans(), min_size=len(chain.vertices), max_size=len(chain.vertices)))
    doubled = [
        row
        for vertex, twice in zip(chain.vertices.tolist(), again, strict=True)
        for row in ([[*vertex[:2], 0.0], vertex] if twice else [vertex])
    ]
    assert len(doubled) == len(chain.vertices) + sum(again)
    assert footprints.polygon(doubled).vertices.tolist() == chain.vertices.tolist()


@given(sizes, sizes, st.sampled_from([0.0, 0.1, 0.2, 1.0]))
@example(1.83, 34.015319, 0.009)
@example(38.247, 8.239, 0.017)
def test_every_rectangle_is_known_as_one_rounded_or_not(width: float, height: float, radius: float) -> None:
    # Where nothing straight is left it is a circle.
    assume(radius < min(width, height) / 2.0 or width != height)
    middle, _, _ = footprints.centred(footprints.rect(width, height, min(radius, min(width, height) / 2.0)))
    assert footprints.is_axis_rectangle(middle)
    assert footprints.is_axis_rectangle(middle.rotated(90.0))


@given(st.one_of(letters(), convex_polygons()))
def test_no_other_polygon_is_taken_for_a_rectangle(chain: Chain) -> None:
    box = np.prod(extent(chain))
    assert footprints.is_axis_rectangle(chain) == (abs(chain.area_mm2 - box) < 1e-9)


@pytest.mark.parametrize(
    "chain",
    [
        footprints.circle(4.0),
        footprints.dee(8.0, 6.0),
        footprints.rect(4.0, 3.0, 0.2).rotated(30.0),
        # A right end that is a quarter of a circle from corner to corner: no round corner.
        closed((0, 0), (5, 0, math.tan(math.pi / 8.0)), (5, 4), (0, 4)),
        # A quarter of a circle over a corner whose sides differ.
        closed((0, 0), (5, 0, math.tan(math.pi / 8.0)), (0, 3)),
        # A rectangle with a dent of a quarter of a circle.
        closed((0, 0), (5, 0), (5, 3, -math.tan(math.pi / 8.0)), (4, 4), (0, 4)),
    ],
)
def test_what_has_no_right_angles_rounded_or_not_is_no_rectangle(chain: Chain) -> None:
    assert not footprints.is_axis_rectangle(chain)
