"""Random small jobs with things in the way, and nests of them by one strategy alone."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.layouts_for_tests import layout
from tests.outlines_for_tests import hundredths
from tfbpattern.errors import LayoutError
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest
from tfbpattern.nesting.field import Field, field_of
from tfbpattern.nesting.pattern import Pattern, Strategy

OUTLINES: list[dict[str, Any]] = [
    {"kind": "rect", "width_mm": 7.3, "height_mm": 5.1},
    {"kind": "rect", "width_mm": 7.3, "height_mm": 5.1, "corner_radius_mm": 0.8},
    {"kind": "circle", "diameter_mm": 6.0},
    {"kind": "stadium", "width_mm": 8.0, "height_mm": 4.0},
    {"kind": "dee", "width_mm": 8.0, "height_mm": 6.0},
    {"kind": "ell", "width_mm": 8.0, "height_mm": 6.0, "notch_width_mm": 4.0, "notch_height_mm": 3.0},
    {"kind": "tee", "width_mm": 8.0, "height_mm": 7.0, "stem_width_mm": 3.0, "bar_height_mm": 3.0},
    {"kind": "polygon", "points_mm": [[0, 0], [6, 0.5], [8, 4], [4, 7], [0.5, 4.5]]},
    # Round corners of different radius, one of them none.
    {
        "kind": "polygon",
        "points_mm": [[3, 0], [7, 0], [7, 6], [0, 6], [0, 3, 0.41421356237309503]],
    },
]
ROTATIONS = [[0], [0, 90, 180, 270], [0, 180], [30], [90], [0, 45]]


@st.composite
def keepouts(draw: st.DrawFn, number: int) -> dict[str, Any]:
    x, y = draw(hundredths(-2, 60)), draw(hundredths(-2, 40))
    common: dict[str, Any] = {"name": f"K{number}", "clearance_mm": draw(st.sampled_from([0.0, 0.2, 1.0]))}
    kind = draw(st.sampled_from(["rect", "circle", "polygon"]))
    if kind == "rect":
        return {**common, "rect_mm": [x, y, draw(hundredths(0.5, 20)), draw(hundredths(0.5, 12))]}
    if kind == "circle":
        return {**common, "circle_mm": [x, y, draw(hundredths(0.5, 12))]}
    points = [[x, y], [x + 9, y + 1], [x + 4, y + 3], [x + 8, y + 9, 0.4], [x - 1, y + 6]]
    return {**common, "polygon_mm": points}


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    """Any footprint, any set of turns, up to three keep-outs, a mark and a few defects."""
    contour = draw(st.booleans())
    web = {
        "width_mm": draw(hundredths(25, 60)),
        "frame_length_mm": draw(hundredths(20, 40)),
        "stand_alone": draw(st.booleans()),
        "edge_exclusion_mm": {
            side: draw(st.sampled_from([0.0, 0.0, 0.01, 1.5, 3.0])) for side in ("left", "right", "lead", "trail")
        },
        "keepouts": [draw(keepouts(number)) for number in range(draw(st.integers(0, 3)))],
        "fiducials": [
            {
                "name": "F",
                "x_mm": draw(hundredths(0, 30)),
                "y_mm": draw(hundredths(0, 30)),
                "shape": draw(st.sampled_from(["cross", "circle", "square"])),
                "clearance_mm": draw(st.sampled_from([0.0, 0.5])),
            }
        ][: draw(st.integers(0, 1))],
        "defects": {
            "rows": [
                [draw(hundredths(0, 60)), draw(hundredths(0, 40)), draw(st.sampled_from([0.0, 60.0, 900.0])), "pit"]
                for _ in range(draw(st.integers(0, 2)))
            ],
            "min_size_um": 0.0,
        },
    }
    try:
        return layout(
            web=web,
            cell={"outline": draw(st.sampled_from(OUTLINES)), "rotations_deg": draw(st.sampled_from(ROTATIONS))},
            singulation={
                "kerf_mm": draw(st.sampled_from([0.015, 0.03, 0.3])),
                "mode": "contour" if contour else "shared",
            },
            nest={"effort": 1},
        ).job
    except LayoutError as error:
        raise AssertionError(f"the test's own layout is at fault: {error}") from error


def field(job: Job) -> Field:
    """The field of a job's longest frame."""
    return field_of(job, job.web.frame_length_mm[1])


def nest_of(job: Job, pattern: Pattern) -> Nest:
    """A pattern on a job's longest frame, without a claim to be many."""
    return Nest(
        placements=pattern.placements,
        frame_length_mm=job.web.frame_length_mm[1],
        spacing_mm=job.spacing_mm,
        upper_bound=10**9,
        bound="none",
        method=pattern.method,
        bulk_density=pattern.bulk_density,
    )


def nest_by(strategy: Strategy, job: Job) -> Nest | None:
    """What one strategy finds on a job's longest frame."""
    pattern = strategy(field(job), job.cells[0], effort=job.nest.effort)
    if pattern is None:
        return None
    assert 0.0 < pattern.bulk_density <= 1.0
    return nest_of(job, pattern)
