"""Units: turns by quarters are exact, and the factors are those of the standards."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfbpattern import units
from tfbpattern.units import cos_sin_deg


@given(st.integers(-40, 40))
def test_quarter_turns_are_exact(quarters: int) -> None:
    expected = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)][quarters % 4]
    assert cos_sin_deg(90.0 * quarters) == expected


@given(st.floats(-1e6, 1e6))
def test_cosine_and_sine_lie_on_the_unit_circle_at_the_angle(angle: float) -> None:
    cos, sin = cos_sin_deg(angle)
    assert math.hypot(cos, sin) == pytest.approx(1.0, abs=1e-12)
    assert cos == pytest.approx(math.cos(math.radians(angle)), abs=1e-9)
    assert sin == pytest.approx(math.sin(math.radians(angle)), abs=1e-9)


@given(st.floats(-720.0, 720.0), st.integers(-3, 3))
def test_a_quarter_turn_more_turns_the_axes(angle: float, quarters: int) -> None:
    turn = complex(*cos_sin_deg(angle)) * complex(*cos_sin_deg(90.0 * quarters))
    assert abs(turn - complex(*cos_sin_deg(angle + 90.0 * quarters))) <= 1e-12


@pytest.mark.parametrize("angle", [-1e-300, -1e-20, 360.0 - 1e-14, 1e-300])
def test_an_angle_next_to_a_quarter_turn_is_close_to_it(angle: float) -> None:
    cos, sin = cos_sin_deg(angle)
    assert cos == pytest.approx(1.0)
    assert sin == pytest.approx(0.0, abs=1e-12)


def test_a_drawing_unit_is_as_many_millimetres_as_the_dxf_reference_and_the_inch_say() -> None:
    """$INSUNITS: 1 inches, 2 feet, 4 mm, 5 cm, 6 m, 8 microinches, 9 mils, 12 nm, 13 um, 14 dm; an inch is 25.4 mm."""
    inch = 25.4
    expected = {
        1: inch,
        2: 12 * inch,
        4: 1,
        5: 10,
        6: 1000,
        8: inch * 1e-6,
        9: inch * 1e-3,
        12: 1e-6,
        13: 1e-3,
        14: 100,
    }
    assert pytest.approx(expected) == units.MM_PER_DXF_UNIT


def test_factors_agree_with_each_other() -> None:
    assert units.NM_PER_MM == 1000 * units.UM_PER_MM
    assert units.MM2_PER_CM2 == 10.0**2
    assert units.MM_PER_M == units.UAH_PER_MAH == 1000.0
    assert units.SECONDS_PER_MINUTE == 60.0
