"""Outlines of thousands of corners: fewer of them, outward only, within the kerf's tolerance, and said."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import shapely

from tests.small_job import small
from tfbpattern.files.layout import parse_layout
from tfbpattern.model.job import Layout

_RECT = '{ kind = "rect", width_mm = 8.0, height_mm = 6.0, corner_radius_mm = 0.5 }'
_NO_CATHODE = ('kind = "cathode"\nx_mm = 3.75', 'kind = "anode"\nx_mm = 2.0')
_TOLERANCE_MM = 0.005


def _ellipse(corners: int, ripple_mm: float = 0.0) -> list[list[float]]:
    turns = [math.tau * k / corners for k in range(corners)]
    reach = [1.0 + ripple_mm * (-1) ** k for k in range(corners)]
    return [[round(4 * r * math.cos(t), 6), round(3 * r * math.sin(t), 6)] for t, r in zip(turns, reach, strict=True)]


def _read(points: list[list[float]]) -> Layout:
    text = small((_RECT, f'{{ kind = "polygon", points_mm = {points} }}'), _NO_CATHODE)
    return parse_layout(text, name="small.toml", folder=Path())


@pytest.mark.parametrize("corners", [1_001, 4_000, 10_000])
def test_a_smooth_outline_is_held_by_a_simpler_one_and_that_is_said(corners: int) -> None:
    points = _ellipse(corners)
    layout = _read(points)
    outline = layout.job.cells[0].outline
    assert len(outline.vertices) <= 1_000
    assert f"has {corners} corners; {len(outline.vertices)} are taken" in layout.warnings[0]
    drawn, taken = shapely.Polygon(points), outline.polygon(1e-6)
    # Centred anew, and rounded to nanometres.
    slack = _TOLERANCE_MM / 100.0
    assert drawn.buffer(-slack).within(taken.buffer(slack))
    assert shapely.hausdorff_distance(drawn.exterior, taken.exterior) <= _TOLERANCE_MM / 2.0
    again = parse_layout(layout.text, name="again.toml", folder=Path())
    assert (again.text, again.warnings) == (layout.text, layout.warnings[1:])


@pytest.mark.parametrize(
    "points",
    [
        _ellipse(1_000),
        # Teeth of 40 um: what goes outward by 2.5 um still has them.
        _ellipse(1_600, 0.005),
        [[*point, 1e-4] for point in _ellipse(1_600)],
    ],
    ids=["no more than a thousand", "teeth", "arcs"],
)
def test_other_outlines_are_left_as_they_are(points: list[list[float]]) -> None:
    layout = _read(points)
    assert len(layout.job.cells[0].outline.vertices) == len(points)
    assert not any("corners" in warning for warning in layout.warnings)
