"""Singulation: every cell comes free, nothing is cut twice, and no cut reaches into a cell."""

from __future__ import annotations

import dataclasses
import functools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kerfs_for_tests import graph_length_mm, kerf_paths, lines, outlines_of, polyline
from tests.layouts_for_tests import job, layout
from tests.nesting.jobs import OUTLINES, ROTATIONS, jobs
from tests.outlines_for_tests import distances, fine, points_along, same_curve
from tfbpattern.errors import InfeasibleError
from tfbpattern.geometry import arcs
from tfbpattern.geometry.chains import Chain
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest, Placements
from tfbpattern.model.toolpath import Operation
from tfbpattern.nesting import nest
from tfbpattern.pipeline import emit, sheet_of
from tfbpattern.scribing.singulation import singulation

MIXED: list[dict[str, Any]] = [
    {"kind": "rect", "width_mm": 7.3, "height_mm": 5.1, "corner_radius_mm": 0.2},
    {"kind": "rect", "width_mm": 5.0, "height_mm": 5.0, "corner_radius_mm": 2.4},
    {"kind": "polygon", "points_mm": [[0, 0], [5, 0], [5, 4], [3, 4], [3, 2.5], [1, 2.5], [1, 4], [0, 4]]},
]
SHARP: list[dict[str, Any]] = [
    {"kind": "polygon", "points_mm": [[0, 0], [6, 0], [3, 5]]},
    {"kind": "polygon", "points_mm": [[0, 0], [5, 1], [10, 0], [5, 7]]},
    {"kind": "polygon", "points_mm": [[3, 0], [6, 4], [3, 8], [0, 4]]},
    {"kind": "polygon", "points_mm": [[1, 0], [5, 0], [6, 3.8], [3, 6], [0, 3.8]]},
    {"kind": "polygon", "points_mm": [[0, 0], [4, 0.0, 2.4]]},
]


def sheet(mode: str, **sections: Any) -> tuple[Job, Nest, Operation]:
    singulation_keys = {"kerf_mm": 0.03, "mode": mode, **sections.pop("singulation", {})}
    some = job(singulation=singulation_keys, nest={"effort": 1}, **sections)
    found = nest(some)
    return some, found, singulation(some, found)


@st.composite
def sheets(draw: st.DrawFn, mode: str, tabs: bool = False) -> tuple[Job, Nest, Operation]:
    """A few cells of any kind, some of them missing."""
    outlines = OUTLINES + MIXED + (SHARP if mode == "shared" else [])
    keepout = {"name": "K", "circle_mm": [draw(st.integers(0, 35)), draw(st.integers(0, 30)), 4.0]}
    keys: dict[str, Any] = {"kerf_mm": draw(st.sampled_from([0.015, 0.03, 0.06]))}
    if tabs:
        keys["tabs"] = {"count": draw(st.integers(2, 6)), "width_mm": draw(st.sampled_from([0.08, 0.3]))}
    return sheet(
        mode,
        web={
            "width_mm": draw(st.integers(12, 35)),
            "frame_length_mm": draw(st.integers(12, 30)),
            "keepouts": [keepout][: draw(st.integers(0, 1))],
        },
        cell={"outline": draw(st.sampled_from(outlines)), "rotations_deg": draw(st.sampled_from(ROTATIONS))},
        singulation=keys,
    )


@settings(max_examples=40)
@given(st.data())
def test_shared_cuts_are_the_union_of_all_cells_paths_and_nothing_lies_twice(data: st.DataObject) -> None:
    some, found, operation = data.draw(sheets("shared"))
    wanted, drawn = lines(kerf_paths(some, found)), lines(operation.strokes)
    graph = graph_length_mm(wanted)
    assert graph_length_mm(drawn) == pytest.approx(graph, abs=1e-3)
    assert graph_length_mm([*wanted, *drawn]) == pytest.approx(graph, abs=1e-3)
    # The chords of arcs are a little shorter than the arcs.
    assert operation.strokes.length_mm == pytest.approx(graph, rel=1e-4, abs=1e-3)


@settings(max_examples=40)
@given(st.data())
def test_without_tabs_every_cell_comes_free(data: st.DataObject) -> None:
    """The cuts part the web into faces; each cell lies in a face of its own."""
    some, found, operation = data.draw(sheets("shared"))
    # Ends that meet are a nanometre apart now and then, and a grid as fine as that may part them.
    drawn = shapely.union_all(lines(operation.strokes), grid_size=1e-4)
    faces = shapely.get_parts(shapely.polygonize([drawn]))
    cells = outlines_of(some, found, 1e-4)
    tree = shapely.STRtree(faces)
    cell, face = tree.query(shapely.points([c.representative_point().coords[0] for c in cells]), predicate="within")
    assert sorted(cell.tolist()) == list(range(len(cells)))
    assert len(set(face.tolist())) == len(cells)
    for number, holder in zip(cell.tolist(), face.tolist(), strict=True):
        assert faces[holder].buffer(2e-4).covers(cells[number])


@pytest.mark.parametrize("mode", ["shared", "contour"])
@settings(max_examples=25)
@given(st.data())
def test_no_cut_reaches_into_a_cell(mode: str, data: st.DataObject) -> None:
    some, found, operation = data.draw(sheets(mode, tabs=data.draw(st.booleans())))
    cells = outlines_of(some, found)
    drawn = np.array([polyline(stroke, 1e-5) for stroke in operation.strokes])
    stroke, cell = shapely.STRtree(cells).query(drawn, predicate="dwithin", distance=some.singulation.kerf_mm)
    away = shapely.distance(drawn[stroke], np.array(cells)[cell])
    # Half a kerf from the middle of the cut to its edge; chords are a hundredth of a micrometre off.
    assert away.min() >= some.singulation.kerf_mm / 2.0 - 2e-5


@settings(max_examples=40)
@given(st.data())
def test_in_contour_mode_each_cell_has_one_closed_path_half_a_kerf_outside(data: st.DataObject) -> None:
    some, found, operation = data.draw(sheets("contour"))
    assert operation.strokes.closed.all()
    assert len(operation.strokes) == len(found.placements)
    half = some.singulation.kerf_mm / 2.0
    cells = outlines_of(some, found, 1e-4)
    tree = shapely.STRtree(cells)
    seen = set()
    for stroke in operation.strokes:
        (own,) = tree.query(shapely.Point(fine(stroke, 1e-2).representative_point()), predicate="within")
        seen.add(int(own))
        p = found.placements
        outline = (
            some.cells[0].outline.rotated(float(p.rotation_deg[own])).moved(float(p.x_mm[own]), float(p.y_mm[own]))
        )
        away = distances(outline, points_along(stroke))
        assert away.min() >= half - 1e-6
        assert np.median(away) == pytest.approx(half, abs=1e-6)
        assert fine(stroke, 1e-4).contains(cells[own])
    assert len(seen) == len(cells)


@pytest.mark.parametrize("mode", ["shared", "contour"])
@settings(max_examples=25)
@given(st.data())
def test_each_cell_hangs_on_as_many_tabs_as_were_asked_for(mode: str, data: st.DataObject) -> None:
    """Contour mode: exactly; shared: at least, since a neighbour's tabs hold it too."""
    some, found, operation = data.draw(sheets(mode, tabs=True))
    tabs = some.singulation.tabs
    wide = tabs.width_mm + some.singulation.kerf_mm
    drawn = shapely.union_all(lines(operation.strokes), grid_size=1e-6)
    shapely.prepare(drawn)
    for path in kerf_paths(some, found)[:4]:
        points = points_along(path, 0.01)
        step = path.length_mm / len(points)
        standing = ~shapely.dwithin(drawn, shapely.points(points), 3e-4)
        begins = np.flatnonzero(standing & ~np.roll(standing, 1))
        ends = np.flatnonzero(standing & ~np.roll(standing, -1))
        if len(ends) and ends[0] < begins[0]:
            ends = np.roll(ends, -1)
        sizes = ((ends - begins) % len(points) + 1) * step
        if mode == "contour":
            assert len(sizes) == tabs.count
            assert sizes == pytest.approx([wide] * tabs.count, abs=0.025)
        else:
            # Tabs side by side are one wide one; a neighbour's may reach in with a part of its width.
            assert ((sizes + 0.025) // wide).sum() >= tabs.count


def test_tabs_that_hold_on_to_loose_waste_are_refused_with_the_cells_that_fall_out() -> None:
    """Circles as close as can be: two tabs each lead into two stars of waste that nothing else holds."""
    web = {"width_mm": 30.0, "frame_length_mm": 30.0}
    for count in (2, 3):
        some = job(
            web=web,
            cell={"outline": {"kind": "circle", "diameter_mm": 5.0}},
            singulation={"kerf_mm": 0.03, "tabs": {"count": count, "width_mm": 0.08}},
        )
        step = 5.0301
        found = placed_by_hand(
            some,
            [(5.0 + step * (c + 0.5 * (r % 2)), 5.0 + step * math.sqrt(0.75) * r) for r in range(4) for c in range(4)],
        )
        if count == 2:
            with pytest.raises(InfeasibleError, match=r"\d+ of 16 cells fall out .* 2 tabs are too few"):
                singulation(some, found)
        else:
            assert loose_cells(some, found, singulation(some, found)) == 0


@pytest.mark.parametrize(("rib_mm", "falls"), [(0.004, True), (0.006, False)])
def test_contours_whose_ribs_the_widest_kerf_cuts_away_are_refused(rib_mm: float, falls: bool) -> None:
    """One tab each holds on to a rib, which must be wider than the kerf's tolerance of 5 um."""
    singulation_keys = {"kerf_mm": 0.03, "mode": "contour", "rib_mm": rib_mm, "tabs": {"count": 1, "width_mm": 0.08}}
    some = job(
        web={"width_mm": 40.0, "frame_length_mm": 35.0, "edge_exclusion_mm": {"left": 1, "right": 1, "lead": 1}},
        cell={"rotations_deg": [0, 90]},
        singulation=singulation_keys,
    )
    if falls:
        with pytest.raises(InfeasibleError, match=r"cells fall out .*rib_mm above 0.005"):
            singulation(some, nest(some))
    else:
        singulation(some, nest(some))


@pytest.mark.parametrize("turned", [False, True])
def test_a_tab_that_a_neighbours_cut_would_halve_moves_along_its_edge(turned: bool) -> None:
    """Bricks: each joint between two cells ends in the middle of a third one's edge."""
    some = job(
        web={"width_mm": 40.0, "frame_length_mm": 30.0, "edge_exclusion_mm": {"left": 2, "right": 2}},
        cell={"outline": OUTLINES[0], "rotations_deg": [180 if turned else 0]},
        singulation={"kerf_mm": 0.03, "tabs": {"count": 4, "width_mm": 0.08}},
    )
    places = [
        (6.0 + 7.33 * column + (3.665 if row % 2 else 0.0), 5.0 + 5.13 * row) for row in range(4) for column in range(4)
    ]
    found = placed_by_hand(some, places)
    if turned:
        found = dataclasses.replace(
            found, placements=dataclasses.replace(found.placements, rotation_deg=np.full(len(places), 180.0))
        )
    operation = singulation(some, found)
    drawn = lines(operation.strokes)
    upright = [line for line in drawn if abs(line.coords[0][0] - line.coords[-1][0]) < 1e-9]
    level = [line for line in drawn if abs(line.coords[0][1] - line.coords[-1][1]) < 1e-9]
    assert len(upright) + len(level) == len(drawn)
    # Every joint goes on to the cut across it, and ends there as far from a tab as a tab is from any cut.
    ends = shapely.points([end for joint in upright for end in (joint.coords[0], joint.coords[-1])])
    rows = np.abs((shapely.get_y(ends) - 5.0 + 2.565) / 5.13 % 1.0 - 0.5) > 0.49
    assert rows.sum() == 2 * 4 * 5
    assert shapely.distance(shapely.union_all(level), ends[rows]).max() < 1e-6
    tips = shapely.points([end for line in level for end in (line.coords[0], line.coords[-1])])
    away = shapely.distance(ends[rows][:, None], tips[None, :])
    assert away[away > 1e-6].min() >= 0.015 - 1e-6
    assert loose_cells(some, found, operation) == 0


def test_tabs_between_joints_too_close_to_each_other_are_refused_with_the_room_there_is() -> None:
    with pytest.raises(InfeasibleError, match=r"beside its neighbours \(row 0, column \d\).* there is room for 3"):
        singulation(
            some := job(
                web={"width_mm": 40.0, "frame_length_mm": 30.0, "edge_exclusion_mm": {"left": 2, "right": 2}},
                cell={"outline": OUTLINES[0]},
                singulation={"kerf_mm": 0.03, "tabs": {"count": 4, "width_mm": 3.7}},
            ),
            placed_by_hand(
                some, [(6.0 + 7.33 * k + 3.665 * (r % 2), 5.0 + 5.13 * r) for r in range(3) for k in range(3)]
            ),
        )


def loose_cells(some: Job, found: Nest, operation: Operation) -> int:
    """How many cells fall out of the web, whose border holds the others, directly or by way of each other."""
    kerfs = shapely.buffer([polyline(stroke, 1e-5) for stroke in operation.strokes], some.singulation.kerf_mm / 2.0)
    web = shapely.box(-1.0, -1.0, some.web.width_mm + 1.0, some.web.frame_length_mm[1] + 1.0)
    pieces = shapely.get_parts(web.difference(shapely.union_all(kerfs)))
    (holder,) = pieces[shapely.intersects(pieces, web.exterior)]
    inside = [cell.representative_point() for cell in outlines_of(some, found, 1e-2)]
    return int((~shapely.contains(holder, inside)).sum())


@settings(max_examples=25)
@given(st.data())
def test_with_tabs_all_cells_hang_on_the_web(data: st.DataObject) -> None:
    assert loose_cells(*data.draw(sheets(data.draw(st.sampled_from(["shared", "contour"])), tabs=True))) == 0


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("outline", OUTLINES + MIXED, ids=lambda outline: str(outline["kind"]))
def test_neighbours_do_not_cut_each_others_tabs_away(outline: dict[str, Any], count: int) -> None:
    """Three by two cells: a round one's tab may lie where the next one's own cut touches its path."""
    width, height = (
        float(side) for side in np.ptp(job(cell={"outline": outline}).cells[0].outline.flattened(0.01), axis=0)
    )
    web = {"width_mm": round(3 * width + 0.5, 3), "frame_length_mm": round(2 * height + 0.5, 3)}
    tabs = {"tabs": {"count": count, "width_mm": 0.08}}
    if count == 1:
        with pytest.raises(InfeasibleError, match="one tab does not hold 'C' in shared mode"):
            sheet("shared", web=web, cell={"outline": outline}, singulation=tabs)
        return
    some, found, operation = sheet("shared", web=web, cell={"outline": outline}, singulation=tabs)
    assert len(found.placements) >= 6
    assert loose_cells(some, found, operation) == 0


@settings(max_examples=30)
@given(st.data())
def test_tabs_take_their_length_out_of_the_cuts_and_nothing_else(data: st.DataObject) -> None:
    some, found, operation = data.draw(sheets("contour", tabs=True))
    tabs = some.singulation.tabs
    whole = sum(path.length_mm for path in kerf_paths(some, found))
    gaps = len(found.placements) * tabs.count * (tabs.width_mm + some.singulation.kerf_mm)
    assert operation.strokes.length_mm == pytest.approx(whole - gaps, abs=1e-4)


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (3, 1), (4, 5)])
@pytest.mark.parametrize("kerf", [0.015, 0.03])
def test_a_grid_of_sharp_rectangles_is_cut_by_its_lines(columns: int, rows: int, kerf: float) -> None:
    _, found, operation = sheet(
        "shared",
        web={"width_mm": columns * (7.3 + kerf) + 1.0, "frame_length_mm": rows * (5.1 + kerf) + 1.0},
        singulation={"kerf_mm": kerf},
    )
    assert len(found.placements) == columns * rows
    if columns == rows == 1:
        assert len(operation.strokes) == 1
        assert operation.strokes.closed.all()
        return
    assert not operation.strokes.closed.any()
    lengths = sorted(round(stroke.length_mm, 6) for stroke in operation.strokes)
    across, along = round(columns * (7.3 + kerf), 6), round(rows * (5.1 + kerf), 6)
    assert lengths == sorted([across] * (rows + 1) + [along] * (columns + 1))


def test_runs_stop_where_no_cell_is() -> None:
    """A grid with a hole: no cut through what is not there."""
    some, found, operation = sheet(
        "shared",
        web={
            "width_mm": 7.33 * 5,
            "frame_length_mm": 5.13 * 5,
            "keepouts": [{"name": "K", "circle_mm": [18.3, 12.8, 1]}],
        },
    )
    assert len(found.placements) == 24
    drawn = shapely.union_all(lines(operation.strokes))
    for line in operation.strokes:
        middle = shapely.Point(line.vertices[:, :2].mean(axis=0))
        near = [cell for cell in outlines_of(some, found) if cell.distance(middle) < 0.016]
        assert near
    assert shapely.box(14.7, 10.3, 21.9, 15.3).intersection(drawn).is_empty


@settings(max_examples=15)
@given(jobs())
def test_any_nest_can_be_singulated(random_job: Job) -> None:
    try:
        found = nest(random_job)
    except InfeasibleError:
        return
    operation = singulation(random_job, found)
    drawn = lines(operation.strokes)
    graph = graph_length_mm(lines(kerf_paths(random_job, found)))
    assert graph_length_mm(drawn) == pytest.approx(graph, abs=1e-3)
    assert operation.strokes.length_mm == pytest.approx(graph, rel=1e-4, abs=1e-3)


def test_in_shared_mode_neighbours_have_one_cut_between_them_in_the_middle_of_the_spacing() -> None:
    _, found, operation = sheet("shared", web={"width_mm": 14.7, "frame_length_mm": 5.2})
    assert len(found.placements) == 2
    upright = [s for s in operation.strokes if np.ptp(s.vertices[:, 0]) < 1e-9]
    assert sorted(round(float(s.vertices[0, 0]), 9) for s in upright) == [-0.015, 7.315, 14.645]


@pytest.mark.parametrize("outline", SHARP, ids=str)
@pytest.mark.parametrize("angle", [0, 45, 90])
def test_the_cut_around_a_sharp_corner_keeps_half_a_kerf_from_the_neighbour_it_points_at(
    outline: dict[str, Any], angle: int
) -> None:
    some, found, operation = sheet("shared", cell={"outline": outline, "rotations_deg": [angle]})
    assert len(found.placements) > 8
    cells = outlines_of(some, found)
    drawn = np.array([polyline(stroke, 1e-5) for stroke in operation.strokes])
    stroke, cell = shapely.STRtree(cells).query(drawn, predicate="dwithin", distance=0.03)
    assert shapely.distance(drawn[stroke], np.array(cells)[cell]).min() >= 0.015 - 2e-5


def test_circles_keep_their_own_closed_cuts() -> None:
    some, found, operation = sheet("shared", cell={"outline": {"kind": "circle", "diameter_mm": 6.0}})
    assert operation.strokes.closed.all()
    for stroke, path in zip(operation.strokes, kerf_paths(some, found), strict=True):
        assert same_curve(stroke, path)


def test_round_corners_stay_with_their_cell_between_shared_runs() -> None:
    _, found, operation = sheet(
        "shared",
        web={"width_mm": 7.33 * 3, "frame_length_mm": 5.13 * 2},
        cell={"outline": {"kind": "rect", "width_mm": 7.3, "height_mm": 5.1, "corner_radius_mm": 0.2}},
    )
    arcs = [stroke for stroke in operation.strokes if stroke.vertices[:, 2].any()]
    assert len(found.placements) == 6
    assert sum(stroke.vertices[:, 2].astype(bool).sum() for stroke in arcs) == 4 * 6


def test_tabs_may_cover_a_shared_edge_from_end_to_end() -> None:
    """Nearly round cells whose only straight edges are shorter than a tab."""
    _, found, operation = sheet(
        "shared",
        web={"width_mm": 16.0, "frame_length_mm": 16.5},
        cell={"outline": {"kind": "rect", "width_mm": 5.0, "height_mm": 8.0, "corner_radius_mm": 2.48}},
        singulation={"tabs": {"count": 4, "width_mm": 0.08}},
    )
    assert len(found.placements) == 6
    assert len(operation.strokes)


def test_a_tab_across_a_closed_strokes_start_leaves_no_loose_bit() -> None:
    _, _, operation = sheet(
        "contour",
        web={"width_mm": 8.0, "frame_length_mm": 8.0, "edge_exclusion_mm": {"left": 0.1, "lead": 0.1}},
        cell={"outline": {"kind": "circle", "diameter_mm": 6.0}},
        singulation={"tabs": {"count": 3, "width_mm": 0.3}},
    )
    assert len(operation.strokes) == 3
    third = (np.pi * 6.03 - 3 * 0.33) / 3.0
    assert [stroke.length_mm for stroke in operation.strokes] == pytest.approx([third] * 3, abs=1e-6)


@pytest.mark.parametrize("mode", ["shared", "contour"])
def test_no_tab_holds_on_to_the_edge_of_the_web(mode: str) -> None:
    """A cell flush with two edges of a sheet: beyond its outer cuts there is no foil."""
    _, found, operation = sheet(
        mode,
        web={"width_mm": 8.0, "frame_length_mm": 6.0},
        cell={"outline": OUTLINES[0]},
        singulation={"tabs": {"count": 2, "width_mm": 0.08}},
    )
    assert len(found.placements) == 1
    x, y = float(found.placements.x_mm[0]) - 3.65, float(found.placements.y_mm[0]) - 2.55
    assert (x, y) == pytest.approx((0.0, 0.0), abs=1e-6)
    outer = shapely.union_all(
        [shapely.LineString([(-0.015, 0.1), (-0.015, 5.0)]), shapely.LineString([(0.1, -0.015), (7.2, -0.015)])]
    )
    cuts = shapely.union_all(lines(operation.strokes))
    assert outer.difference(cuts.buffer(1e-6)).length < 1e-6


def test_the_recipe_is_the_layouts() -> None:
    some, _, operation = sheet("contour", singulation={"recipe": {"passes": 7, "mark_speed_mm_s": 432.0}})
    assert operation.name == "singulation"
    assert operation.recipe == some.singulation.recipe
    assert operation.overcut_mm == 0.0


def placed_by_hand(some: Job, places: list[tuple[float, float]]) -> Nest:
    count = len(places)
    x_mm, y_mm = np.array(places).T
    zeros, number = np.zeros(count, dtype=np.int64), np.arange(count)
    placements = Placements(kind=zeros, x_mm=x_mm, y_mm=y_mm, rotation_deg=np.zeros(count), row=zeros, column=number)
    base = nest_of_rectangles(some.singulation.kerf_mm)
    return dataclasses.replace(base, placements=placements, spacing_mm=some.spacing_mm)


@functools.cache
def nest_of_rectangles(kerf_mm: float) -> Nest:
    return nest(job(singulation={"kerf_mm": kerf_mm}, nest={"effort": 1}))


@pytest.mark.parametrize("angle", [20.0, 45.0, 70.0])
def test_only_corners_that_point_at_a_neighbour_are_cut_round(angle: float) -> None:
    """Two L's corner to corner, one kerf apart at an angle; the mitres of both would reach into the other."""
    some = job(
        web={"width_mm": 40.0, "frame_length_mm": 40.0},
        cell={"outline": {"kind": "ell", "width_mm": 8, "height_mm": 6, "notch_width_mm": 4, "notch_height_mm": 3}},
        nest={"effort": 1},
    )
    away = 0.03 * np.exp(1j * np.radians(angle))
    found = placed_by_hand(some, [(10.0, 10.0), (10.0 - 8.0 - away.real, 10.0 - 3.0 - away.imag)])
    operation = singulation(some, found)
    cells = outlines_of(some, found)
    drawn = [polyline(stroke, 1e-5) for stroke in operation.strokes]
    assert min(line.distance(cell) for line in drawn for cell in cells) >= 0.015 - 2e-5
    # One corner of the one, two of the other: the lower left, and the two at the end of the foot.
    assert 1 <= sum(int(stroke.vertices[:, 2].astype(bool).sum()) for stroke in operation.strokes) <= 4


def crescent(kerf_mm: float, radius_mm: float, height_mm: float, hollow_mm: float) -> dict[str, Any]:
    """Convex on the right, and on the left as hollow as the neighbour there needs one kerf off; 5 mm wide."""
    hollow_radius = radius_mm + kerf_mm
    right, left = (math.asin(height / 2.0 / r) for height, r in ((height_mm, radius_mm), (hollow_mm, hollow_radius)))
    x_mm = hollow_radius * math.cos(left) - radius_mm * math.cos(right) - kerf_mm
    points = [
        [x_mm, -hollow_mm / 2.0],
        [5.0, -height_mm / 2.0, math.tan(right / 2.0)],
        [5.0, height_mm / 2.0],
        [x_mm, hollow_mm / 2.0, -math.tan(left / 2.0)],
    ]
    return {"kind": "polygon", "points_mm": points}


def on_common_chords(chain: Chain) -> shapely.LineString:
    """A chain whose arcs have corners at whole milliradians about their centres: chords of one circle are the same."""
    points: list[Any] = []
    for a, b, bulge in zip(*chain.segments, strict=True):
        points.append(a)
        if bulge:
            centre, radius = arcs.centres(a, b, bulge), float(arcs.radii(a, b, bulge))
            start, end = (math.atan2(*(p - centre)[::-1]) for p in (a, b))
            sweep = 4.0 * math.atan(bulge)
            end = start + sweep
            inner = range(math.ceil(min(start, end) * 1e3 + 0.01), math.floor(max(start, end) * 1e3 - 0.01) + 1)
            angles = [k / 1e3 for k in (inner if bulge > 0 else reversed(inner))]
            points += [np.round(centre + radius * np.array([math.cos(t), math.sin(t)]), 5) for t in angles]
    points.append(points[0] if chain.closed else chain.vertices[-1, :2])
    return shapely.LineString(points)


@settings(max_examples=8)
@given(
    st.sampled_from([0.03, 0.1]),
    st.sampled_from([3.5, 5.0]),
    st.sampled_from([6.0, 4.0, 2.5]),
    st.sampled_from([0, 2, 4]),
    st.integers(1, 2),
    st.randoms(use_true_random=False),
)
def test_arcs_that_two_cells_share_are_cut_once_though_they_overlap_in_part_only(
    kerf: float, radius: float, hollow: float, tabs: int, rows: int, random: Any
) -> None:
    keys: dict[str, Any] = {"kerf_mm": kerf, "mode": "shared"}
    cell = {"outline": crescent(kerf, radius, 6.0, hollow)}
    whole = job(cell=cell, singulation=keys, nest={"effort": 1})
    places = [(10.0 + (5.0 + kerf) * i, 8.0 + (6.0 + kerf) * j) for i in range(3) for j in range(rows)]
    operation = singulation(whole, placed_by_hand(whole, places))
    paths = [on_common_chords(path) for path in kerf_paths(whole, placed_by_hand(whole, places))]
    drawn = [on_common_chords(stroke) for stroke in operation.strokes]
    graph = float(shapely.union_all(paths, grid_size=1e-5).length)
    # Each end of an arc cuts a chord of a few micrometres.
    slack = 0.02 * len(places)
    assert operation.strokes.length_mm == pytest.approx(graph, abs=slack)
    assert operation.strokes.length_mm < sum(path.length for path in paths) - 2.0 * (len(places) - rows)
    corners = shapely.points(shapely.get_coordinates(drawn))
    _, away = shapely.STRtree(paths).query_nearest(corners, return_distance=True, all_matches=False)
    assert away.max() < 2e-5
    shuffled = list(places)
    random.shuffle(shuffled)
    again = singulation(whole, placed_by_hand(whole, shuffled))
    assert len(again.strokes) == len(operation.strokes)
    assert again.strokes.length_mm == pytest.approx(operation.strokes.length_mm, abs=1e-4)
    if tabs:
        # A gap in a shared arc is a gap for both.
        held = job(cell=cell, singulation={**keys, "tabs": {"count": tabs, "width_mm": 0.1}}, nest={"effort": 1})
        gapped = singulation(held, placed_by_hand(held, places))
        assert gapped.strokes.length_mm < operation.strokes.length_mm - tabs * (0.1 + kerf) * len(places) / 2.0 + 1e-3
        twice = shapely.union_all([on_common_chords(stroke) for stroke in gapped.strokes], grid_size=1e-5)
        assert gapped.strokes.length_mm == pytest.approx(twice.length, abs=slack * 2.0)


def test_files_of_cells_that_share_arcs_are_proved(tmp_path: Path) -> None:
    some = layout(
        cell={"outline": crescent(0.03, 4.0, 6.0, 4.0)},
        singulation={"kerf_mm": 0.03, "mode": "shared", "tabs": {"count": 4, "width_mm": 0.1}},
        nest={"effort": 1},
    )
    found = placed_by_hand(some.job, [(10.0 + 5.03 * i, 10.0) for i in range(4)])
    assert emit(sheet_of(some, found), tmp_path / "out")["proof"]["passed"]
