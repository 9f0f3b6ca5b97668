"""Styles of isolation: what each clears at its least width, and what none of them touches at its greatest."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kerfs_for_tests import kerf_paths, lines, outlines_of, placed
from tests.layouts_for_tests import job
from tests.nesting.jobs import OUTLINES, ROTATIONS
from tests.outlines_for_tests import fine
from tfbpattern.errors import InfeasibleError, LayoutError
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest, Placements
from tfbpattern.nesting import nest
from tfbpattern.routing.choosing import STRATEGIES
from tfbpattern.scribing.isolation import isolation
from tfbpattern.scribing.singulation import singulation

# Chords for arcs on both sides, and quarter circles of 64 chords.
NEAR = 3e-4
SHARP = {"kind": "rect", "width_mm": 7.3, "height_mm": 5.1}

styles = st.sampled_from(
    [
        {"setback_mm": 0.1},
        {"setback_mm": 0.2, "line_width_mm": 0.03, "overcut_mm": 0.1},
        {"setback_mm": 0.15, "line_width_mm": 0.05, "tolerance_mm": 0.01, "overcut_mm": 0.0},
    ]
)


def made(style: str, isolation_keys: dict[str, Any], **overrides: Any) -> tuple[Job, Nest]:
    some = job(
        web={"width_mm": 26.0, "frame_length_mm": 20.0},
        isolation={**isolation_keys, "style": style},
        nest={"effort": 1},
        **overrides,
    )
    return some, nest(some)


def swept(some: Job, found: Nest, width_mm: float, method: str = "serpentine") -> shapely.Geometry:
    """What lines of that width remove, overcut of closed strokes left out."""
    ordered = STRATEGIES[method](isolation(some, found))
    assert ordered is not None
    return shapely.union_all(shapely.buffer(lines(ordered.strokes), width_mm / 2.0, quad_segs=64))


def assert_active_areas_are_kept(some: Job, found: Nest) -> None:
    width = some.isolation.line_width_mm
    active = shapely.union_all([fine(chain, 1e-5) for chain in placed(found, some.cells[0].active_area)])
    assert swept(some, found, width).intersection(active.buffer(-NEAR)).is_empty


def assert_one_island_each(some: Job, found: Nest) -> None:
    """At the least width the film falls apart into pieces, one of which holds each active area and nothing else."""
    least = some.isolation.line_width_mm - some.isolation.tolerance_mm
    web = shapely.box(-1.0, -1.0, some.web.width_mm + 1.0, found.frame_length_mm + 1.0)
    film = shapely.get_parts(web.difference(swept(some, found, least)))
    tree = shapely.STRtree(film)
    outlines = outlines_of(some, found)
    seen = set()
    for outline, active in zip(outlines, placed(found, some.cells[0].active_area), strict=True):
        (island,) = tree.query(fine(active).representative_point(), predicate="within").tolist()
        assert island not in seen
        seen.add(island)
        assert outline.buffer(-(some.isolation.setback_mm - some.isolation.line_width_mm) + NEAR).covers(film[island])


@settings(max_examples=25)
@given(st.sampled_from(OUTLINES), st.sampled_from(ROTATIONS), styles, st.sampled_from(["hatch", "double"]))
def test_lines_side_by_side_part_the_cells_and_keep_the_active_area(
    outline: dict[str, Any], rotations: list[int], keys: dict[str, Any], style: str
) -> None:
    some, found = made(style, keys, cell={"outline": outline, "rotations_deg": rotations})
    assert_active_areas_are_kept(some, found)
    assert_one_island_each(some, found)


@settings(max_examples=25)
@given(st.sampled_from(OUTLINES), st.sampled_from(ROTATIONS), styles)
def test_a_hatch_leaves_nothing_between_trench_and_outline(
    outline: dict[str, Any], rotations: list[int], keys: dict[str, Any]
) -> None:
    some, found = made("hatch", keys, cell={"outline": outline, "rotations_deg": rotations})
    least = some.isolation.line_width_mm - some.isolation.tolerance_mm
    trenches = shapely.union_all([fine(chain, 1e-5) for chain in placed(found, some.cells[0].trench)])
    dead = shapely.union_all(outlines_of(some, found)).difference(trenches)
    assert dead.difference(swept(some, found, least)).buffer(-NEAR).is_empty
    # And nothing beyond half a line outside the cells is touched.
    beyond = swept(some, found, some.isolation.line_width_mm).difference(
        shapely.union_all(outlines_of(some, found)).buffer(some.isolation.line_width_mm, join_style="mitre")
    )
    assert beyond.is_empty


@settings(max_examples=25)
@given(
    st.sampled_from(OUTLINES),
    st.sampled_from(ROTATIONS),
    styles,
    st.sampled_from(["shared", "contour"]),
    st.sampled_from([0.0, 0.02]),
)
def test_a_strip_is_clear_wherever_the_cut_may_run(
    outline: dict[str, Any], rotations: list[int], keys: dict[str, Any], mode: str, registration: float
) -> None:
    some, found = made(
        "double",
        keys,
        cell={"outline": outline, "rotations_deg": rotations},
        singulation={"kerf_mm": 0.03, "mode": mode},
        registration={"isolation_to_singulation_mm": registration},
    )
    least = some.isolation.line_width_mm - some.isolation.tolerance_mm
    outlines = outlines_of(some, found)
    half = 0.03 / 2.0
    # Half the tolerance of a line less than the greatest kerf, shifted by the registration either way.
    reach = (0.03 + some.singulation.tolerance_mm) / 2.0 + registration - some.isolation.tolerance_mm / 2.0
    # Round about convex corners of the outlines, and about the path's own in those that turn inwards.
    paths = shapely.union_all(lines(kerf_paths(some, found))).buffer(reach, quad_segs=64)
    round_ = shapely.union_all([cell.buffer(half + reach, quad_segs=64) for cell in outlines])
    cleared = swept(some, found, least)
    assert paths.intersection(round_).difference(cleared).buffer(-NEAR).is_empty
    # The cut itself, pointed corners too.
    cut = shapely.union_all(lines(singulation(some, found).strokes))
    assert cut.difference(cleared.buffer(NEAR)).length < NEAR


@settings(max_examples=25)
@given(styles, st.sampled_from([[0], [90], [0, 90], [30]]), st.integers(1, 4), st.integers(1, 4))
def test_lines_of_a_grid_run_through_and_part_the_cells(
    keys: dict[str, Any], rotations: list[int], columns: int, rows: int
) -> None:
    some = job(
        web={"width_mm": columns * 7.33 + 0.1, "frame_length_mm": rows * 5.13 + 0.1},
        cell={"rotations_deg": rotations},
        isolation={**keys, "style": "grid"},
        nest={"effort": 1},
    )
    try:
        found = nest(some)
    except InfeasibleError:
        # Too narrow for some turns.
        return
    assert_active_areas_are_kept(some, found)
    assert_one_island_each(some, found)
    strokes = isolation(some, found).strokes
    assert not strokes.closed.any()
    if len(found.placements) == rows * columns and rotations == [0]:
        # Two lines a street, from one end of the block to the other.
        assert len(strokes) == 2 * rows + 2 * columns
        lengths = np.hypot(*(strokes.ends - strokes.starts).T)
        inset, overcut = some.isolation.centre_inset_mm, some.isolation.overcut_mm
        wide, high = (n * size + (n - 1) * 0.03 for n, size in ((columns, 7.3), (rows, 5.1)))
        expected = [wide - 2.0 * inset + 2.0 * overcut] * (2 * rows) + [high - 2.0 * inset + 2.0 * overcut] * (
            2 * columns
        )
        assert sorted(lengths.tolist()) == pytest.approx(sorted(expected), abs=1e-6)


def test_a_line_of_a_grid_stops_before_what_is_in_the_way() -> None:
    some = job(
        web={
            "width_mm": 16.0,
            "frame_length_mm": 5.2,
            # A street a millimetre wide with a code in it; and the same street without.
            "keepouts": [{"name": "code", "rect_mm": [7.6, 0.0, 0.5, 6.0], "clearance_mm": 0.2}],
        },
        isolation={"setback_mm": 0.1, "style": "grid"},
    )
    found = nest(some)
    assert len(found.placements) == 2
    width = some.isolation.line_width_mm
    assert swept(some, found, width).disjoint(shapely.box(7.6, 0.0, 8.1, 6.0))


def test_a_line_of_a_grid_does_not_run_through_the_dead_strip_of_a_cell_between_rows() -> None:
    """Upright cells above and below a lying one, a side of theirs 20 um beside its trench."""
    some = job(cell={"rotations_deg": [0, 90]}, isolation={"setback_mm": 0.2, "style": "grid"})
    stand = Placements(
        kind=np.zeros(3, dtype=np.int64),
        x_mm=np.array([10.0, 8.88, 10.0]),
        y_mm=np.array([6.27, 12.5, 18.73]),
        rotation_deg=np.array([90.0, 0.0, 90.0]),
        row=np.arange(3),
        column=np.zeros(3, dtype=np.int64),
    )
    marks = isolation(some, dataclasses.replace(nest(some), placements=stand)).strokes
    cell = shapely.affinity.translate(some.cells[0].outline.polygon(1e-5), 8.88, 12.5)
    x0, y0, x1, y1 = cell.buffer(-some.isolation.centre_inset_mm, join_style="mitre").bounds
    sides = shapely.MultiLineString(
        [[(x, 0.0), (x, 30.0)] for x in (x0, x1)] + [[(0.0, y), (30.0, y)] for y in (y0, y1)]
    )
    inside = shapely.intersection(lines(marks), cell)
    assert shapely.length(inside).sum() > 20.0
    assert shapely.length(shapely.difference(inside, sides.buffer(1e-6))).sum() == 0.0


PITCHES = [(SHARP, 0.0170710), (OUTLINES[7], None), (OUTLINES[2], 0.02)]


@pytest.mark.parametrize(("outline", "known"), PITCHES)
def test_the_widest_pitch_clears_and_a_wider_one_does_not(outline: dict[str, Any], known: float | None) -> None:
    keys = {"setback_mm": 0.13, "line_width_mm": 0.025, "style": "hatch"}
    some = job(cell={"outline": outline}, isolation=keys)
    widest = some.isolation.pitch_mm
    if known is not None:
        assert widest == pytest.approx(known, abs=1e-6)
    with pytest.raises(LayoutError, match=r"isolation\.pitch_mm"):
        job(cell={"outline": outline}, isolation={**keys, "pitch_mm": widest + 2e-6})
    assert job(cell={"outline": outline}, isolation={**keys, "pitch_mm": widest}).isolation.pitch_mm == widest
    # By the formula's own measure: corners p apart leave a spot p / (1 + sin) from both.
    rings = [np.array([[0.0, 9.0], [0.0, 0.0], [9.0, 0.0]]) + k * np.array([1.0, 1.0]) * 0.0170711 for k in range(2)]
    for share, clear in ((1.0, True), (1.02, False)):
        corner = shapely.union_all([shapely.LineString(r * share).buffer(0.01, quad_segs=256) for r in rings])
        between = shapely.box(0.0, 0.0, 0.0170711 * share, 0.0170711 * share)
        assert between.difference(corner).buffer(-1e-6).is_empty == clear


def test_more_lines_lie_side_by_side_where_the_pitch_is_smaller() -> None:
    counts = []
    for pitch in (0.017, 0.01, 0.005):
        some, found = made("hatch", {"setback_mm": 0.1, "pitch_mm": pitch})
        insets = some.isolation_insets_mm
        assert (insets[0], insets[-1]) == (0.0, some.isolation.centre_inset_mm)
        assert np.diff(insets).max() <= pitch + 1e-6
        counts.append(len(isolation(some, found).strokes) / len(found.placements))
    assert counts == [7.0, 10.0, 19.0]


@pytest.mark.parametrize("style", ["ring", "double", "hatch"])
def test_straight_runs_mark_the_same_lines_as_rows_do(style: str) -> None:
    some, found = made(style, {"setback_mm": 0.1, "overcut_mm": 0.0})
    by_rows, by_runs = (STRATEGIES[name](isolation(some, found)) for name in ("serpentine", "straight runs"))
    assert by_rows is not None
    assert by_runs is not None
    rows, runs = (shapely.union_all(lines(ordered.strokes)) for ordered in (by_rows, by_runs))
    assert rows.difference(runs.buffer(1e-6)).is_empty
    assert runs.difference(rows.buffer(1e-6)).is_empty
