from __future__ import annotations

import contextlib
import math
import random
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from ezdxf.document import Drawing
from ezdxf.filemanagement import new
from ezdxf.layouts.base import BaseLayout
from ezdxf.math import BSpline
from hypothesis import given, settings
from hypothesis import strategies as st

from tfbpattern.errors import InputError
from tfbpattern.files.dxf_outline import (
    FLATTEN_TOLERANCE_MM,
    JOIN_TOLERANCE_MM,
    read_outline,
    read_shapes,
)
from tfbpattern.geometry import arcs
from tfbpattern.geometry.chains import Chain
from tfbpattern.geometry.joining import join

HEARING_AID = Path(__file__).parents[2] / "layouts" / "footprints" / "hearing-aid.dxf"
# Two roundings to the nanometre, of ends and of the numbers that a file is written with.
ROUNDED_MM = 3e-6


def drawing(units: int = 4, version: str = "R2000") -> Drawing:
    return new(version, units=units)


def outline_of(document: Drawing, layer: str | None = None) -> Chain:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shape.dxf"
        document.saveas(path)
        return read_outline(path, layer)


def shapes_of(document: Drawing, layer: str | None = None) -> tuple[Chain, ...]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shape.dxf"
        document.saveas(path)
        return read_shapes(path, layer)


def refusal(document: Drawing, layer: str | None = None) -> str:
    with pytest.raises(InputError) as caught:
        outline_of(document, layer)
    message = str(caught.value)
    assert "shape.dxf: " in message
    return message.split("shape.dxf: ", 1)[1]


def refusal_of_bytes(folder: Path, data: bytes) -> str:
    path = folder / "shape.dxf"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"shape\.dxf: ") as caught:
        read_outline(path, None)
    return str(caught.value).split("shape.dxf: ", 1)[1]


def add_square(space: BaseLayout, x: float = 0.0, y: float = 0.0, size: float = 4.0, layer: str = "0") -> None:
    corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
    space.add_lwpolyline(corners, close=True, dxfattribs={"layer": layer})


def add_pieces(space: BaseLayout, outline: Chain, seed: int = 0) -> None:
    """Each segment as a LINE or an ARC of its own, in any order and direction."""
    chance = random.Random(seed)
    segments = list(zip(*outline.segments, strict=True))
    chance.shuffle(segments)
    for start, end, bulge in segments:
        if bulge == 0.0:
            ends = [tuple(start), tuple(end)]
            chance.shuffle(ends)
            space.add_line(*ends)
            continue
        centre = arcs.centres(start, end, np.asarray(bulge))
        first, last = (math.degrees(math.atan2(*(point - centre)[::-1])) for point in (start, end))
        radius = float(arcs.radii(start, end, np.asarray(bulge)))
        space.add_arc(tuple(centre), radius, first, last, is_counter_clockwise=bool(bulge > 0.0))


def corners_of(outline: Chain) -> list[tuple[float, float, float]]:
    return [(x, y, bulge) for x, y, bulge in outline.vertices.tolist()]


def mirrored(outline: Chain, x_scale: float, y_scale: float) -> Chain:
    x, y, bulge = outline.vertices.T
    handed = math.copysign(1.0, x_scale * y_scale)
    return Chain(vertices=np.column_stack([x * x_scale, y * y_scale, bulge * handed]), closed=True)


def assert_same_shape(found: Chain, expected: Chain, within_mm: float = ROUNDED_MM) -> None:
    assert found.closed
    assert found.signed_area_mm2 == pytest.approx(expected.area_mm2, abs=within_mm * expected.length_mm)
    assert found.bounds_mm == pytest.approx(expected.bounds_mm, abs=2.0 * within_mm)
    assert np.count_nonzero(found.vertices[:, 2]) == np.count_nonzero(expected.vertices[:, 2])


@st.composite
def outlines(draw: st.DrawFn) -> Chain:
    """A closed chain of lines and arcs around the origin, counter-clockwise."""
    count = draw(st.integers(3, 8))
    radii = draw(st.lists(st.floats(2.0, 6.0), min_size=count, max_size=count))
    bulges = draw(st.lists(st.sampled_from([0.0, 0.0, -0.2, 0.1, 0.4, 1.0]), min_size=count, max_size=count))
    angles = math.tau * np.arange(count) / count
    points = np.column_stack([np.cos(angles), np.sin(angles)]) * np.array(radii)[:, None]
    return Chain(vertices=np.column_stack([points, bulges]), closed=True)


BEAN = Chain(
    vertices=np.array([[-4, -2, 0.3], [-1, -2, -0.4], [1.5, -2, 0.5], [4, 0, 0.0], [3, 3, 0.2], [-4, 2, 0.0]]),
    closed=True,
)


# What comes back


@given(outline=outlines(), seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_loose_pieces_in_any_order_and_direction_give_the_outline(outline: Chain, seed: int) -> None:
    document = drawing()
    add_pieces(document.modelspace(), outline, seed)
    assert_same_shape(outline_of(document), outline)


@given(outline=outlines(), seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_the_order_of_the_pieces_changes_nothing(outline: Chain, seed: int) -> None:
    found = []
    for order in (seed, seed + 1):
        document = drawing()
        add_pieces(document.modelspace(), outline, order)
        found.append(outline_of(document).vertices)
    assert found[0].tobytes() == found[1].tobytes()


@given(
    outline=outlines(),
    rotation=st.floats(0.0, 360.0),
    signs=st.sampled_from([(1, 1), (-1, 1), (1, -1), (-1, -1)]),
    scale=st.floats(0.1, 5.0),
    loose=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_a_block_comes_back_scaled_mirrored_and_turned(
    outline: Chain, rotation: float, signs: tuple[int, int], scale: float, loose: bool
) -> None:
    document = drawing()
    block = document.blocks.new("CELL", base_point=(1.0, 2.0))
    if loose:
        add_pieces(block, outline)
    else:
        block.add_lwpolyline(corners_of(outline), format="xyb", close=True)
    place = {"rotation": rotation, "xscale": scale * signs[0], "yscale": scale * signs[1]}
    document.modelspace().add_blockref("CELL", (10.0, 20.0), dxfattribs=place)
    expected = mirrored(outline.moved(-1.0, -2.0), scale * signs[0], scale * signs[1]).rotated(rotation)
    assert_same_shape(outline_of(document), expected.moved(10.0, 20.0), ROUNDED_MM * max(scale, 1.0))


@pytest.mark.parametrize(("units", "factor"), [(1, 25.4), (4, 1.0), (5, 10.0), (6, 1000.0), (9, 0.0254), (13, 1e-3)])
def test_units_are_those_of_the_file(units: int, factor: float) -> None:
    document = drawing(units)
    add_pieces(document.modelspace(), BEAN)
    expected = mirrored(BEAN, factor, factor)
    assert_same_shape(outline_of(document), expected, ROUNDED_MM * max(factor, 1.0))


def test_a_polyline_comes_back_to_the_digit() -> None:
    document = drawing()
    corners = [(0, 0, 0), (7.3, 0, 0.5), (7.3, 5.1, 0), (0, 5.1, 0)]
    document.modelspace().add_lwpolyline(corners, format="xyb", close=True)
    assert outline_of(document).vertices.tolist() == [list(map(float, corner)) for corner in corners]


def test_a_circle_is_two_half_circles() -> None:
    document = drawing()
    document.modelspace().add_circle((5, 5), 2)
    assert outline_of(document).vertices.tolist() == [[3.0, 5.0, 1.0], [7.0, 5.0, 1.0]]


@pytest.mark.parametrize("angles", [(0, 360), (90, 90), (-180, 180), (10, 370.000001)])
def test_an_arc_of_a_whole_turn_is_a_circle(angles: tuple[float, float]) -> None:
    document = drawing()
    document.modelspace().add_arc((5, 5), 2, *angles)
    assert outline_of(document).area_mm2 == pytest.approx(4.0 * math.pi, abs=1e-5)


def test_an_arc_over_more_than_half_a_turn_keeps_its_circle() -> None:
    document = drawing()
    space = document.modelspace()
    space.add_arc((0, 0), 3, 30, -30)
    tip = 3.0 * math.cos(math.radians(30.0)), 1.5
    space.add_line(tip, (tip[0], -tip[1]))
    sector = math.radians(300.0) * 9.0 / 2.0 + 9.0 / 2.0 * math.sin(math.radians(60.0))
    assert outline_of(document).area_mm2 == pytest.approx(sector, abs=1e-5)


@pytest.mark.parametrize("version", ["R2000", "R2018"])
def test_an_old_polyline_reads_like_a_light_one(version: str) -> None:
    document = drawing(version=version)
    document.modelspace().add_polyline2d(corners_of(BEAN), format="xyb", close=True)
    light = drawing()
    light.modelspace().add_lwpolyline(corners_of(BEAN), format="xyb", close=True)
    assert outline_of(document).vertices.tolist() == outline_of(light).vertices.tolist()


def test_a_polyline_fitted_by_arcs_is_its_arcs_and_one_fitted_by_a_spline_leaves_its_frame_out() -> None:
    document = drawing()
    fitted = document.modelspace().add_polyline2d(corners_of(BEAN), format="xyb", close=True)
    fitted.dxf.flags |= 2
    for vertex in fitted.vertices[1::2]:
        vertex.dxf.flags |= 1
    assert_same_shape(outline_of(document), BEAN)
    fitted.append_vertex((50, 50), dxfattribs={"flags": 16})
    fitted.dxf.flags = 1 | 4
    assert_same_shape(outline_of(document), BEAN)


def test_a_flat_polyline_in_space_is_read_and_a_tilted_one_is_not() -> None:
    document = drawing()
    flat = document.modelspace().add_polyline3d([(0, 0, 5), (4, 0, 5), (0, 3, 5)], close=True)
    assert outline_of(document).area_mm2 == pytest.approx(6.0)
    flat.vertices[1].dxf.location = (4, 0, 5.1)
    assert re.search(r"POLYLINE .* at \(0, 0\) mm: not flat: it spans 0\.1 mm in z", refusal(document))


@pytest.mark.parametrize("kind", ["polyline", "old polyline", "pieces", "circle", "block"])
def test_seen_from_below_is_mirrored(kind: str) -> None:
    document = drawing()
    space = document.modelspace()
    below = {"extrusion": (0, 0, -1)}
    expected = mirrored(BEAN, -1.0, 1.0)
    if kind == "polyline":
        space.add_lwpolyline(corners_of(BEAN), format="xyb", close=True, dxfattribs=below)
    elif kind == "old polyline":
        space.add_polyline2d(corners_of(BEAN), format="xyb", close=True, dxfattribs=below)
    elif kind == "circle":
        space.add_circle((5, 1), 2, dxfattribs=below)
        expected = Chain(vertices=np.array([[-7, 1, 1], [-3, 1, 1]]), closed=True)
    elif kind == "block":
        add_pieces(document.blocks.new("CELL"), BEAN)
        space.add_blockref("CELL", (0, 0), dxfattribs=below)
    else:
        add_pieces(space, BEAN)
        for entity in space:
            if entity.dxftype() == "ARC":
                entity.dxf.extrusion = (0, 0, -1)
            else:
                entity.dxf.start, entity.dxf.end = ((-point.x, point.y) for point in (entity.dxf.start, entity.dxf.end))
    assert_same_shape(outline_of(document), expected)


def test_blocks_in_blocks_and_rows_of_blocks_are_placed() -> None:
    document = drawing()
    inner, outer = document.blocks.new("INNER"), document.blocks.new("OUTER")
    add_square(inner, size=1.0)
    inner_place = {"column_count": 2, "column_spacing": 3, "row_count": 2, "row_spacing": 2}
    outer.add_blockref("INNER", (0, 0), dxfattribs=inner_place)
    document.modelspace().add_blockref("OUTER", (10, 0), dxfattribs={"xscale": 2.0, "rotation": 90})
    found = shapes_of(document)
    corners = sorted((10.0 - y - 1.0, 2.0 * x) for x in (0.0, 3.0) for y in (0.0, 2.0))
    assert [shape.bounds_mm for shape in found] == [
        pytest.approx((x, y, x + 1.0, y + 2.0), abs=1e-9) for x, y in corners
    ]


# Curves


def assert_follows(outline: Chain, points: Any) -> None:
    ring = shapely.LinearRing(outline.flattened(1e-6))
    assert shapely.distance(shapely.points(points), ring).max() <= FLATTEN_TOLERANCE_MM + 2e-6
    assert outline.bounds_mm == pytest.approx(
        (*np.min(points, axis=0), *np.max(points, axis=0)), abs=FLATTEN_TOLERANCE_MM + 1e-5
    )


@pytest.mark.parametrize("kind", ["ellipse", "circle in a block", "polyline in a block"])
@pytest.mark.parametrize("ratio", [0.05, 0.4, 0.999])
def test_an_ellipse_drawn_or_made_by_stretching_is_within_the_tolerance(kind: str, ratio: float) -> None:
    document = drawing()
    space, block = document.modelspace(), document.blocks.new("ROUND")
    turn = math.radians(30.0)
    if kind == "ellipse":
        space.add_ellipse((1, 2), (4 * math.cos(turn), 4 * math.sin(turn)), ratio)
    else:
        if kind == "circle in a block":
            block.add_circle((0, 0), 1)
        else:
            block.add_lwpolyline([(1, 0, 1), (-1, 0, 1)], format="xyb", close=True)
        place = {"xscale": -4.0, "yscale": 4.0 * ratio, "rotation": 30.0}
        space.add_blockref("ROUND", (1, 2), dxfattribs=place)
    t = np.linspace(0.0, math.tau, 4000)
    x, y = 4.0 * np.cos(t), 4.0 * ratio * np.sin(t)
    expected = np.column_stack(
        [1 + x * math.cos(turn) - y * math.sin(turn), 2 + x * math.sin(turn) + y * math.cos(turn)]
    )
    assert_follows(outline_of(document), expected)


def test_part_of_an_ellipse_joins_a_line() -> None:
    document = drawing()
    space = document.modelspace()
    space.add_ellipse((0, 0), (5, 0), 0.6, start_param=0.0, end_param=math.pi)
    space.add_line((-5, 0), (5, 0))
    assert outline_of(document).area_mm2 == pytest.approx(math.pi * 5.0 * 3.0 / 2.0, abs=0.01)


def test_a_turn_written_with_few_digits_is_a_whole_ellipse() -> None:
    document = drawing()
    document.modelspace().add_ellipse((0, 0), (5, 0), 0.6, start_param=0.0, end_param=6.2832)
    assert outline_of(document).area_mm2 == pytest.approx(math.pi * 15.0, abs=0.01)


ROUND_TRIP = [(0, 0), (3, -2), (7, 1), (6, 4), (1, 5), (-2, 3), (0, 0)]


@pytest.mark.parametrize("kind", ["open", "rational", "fit points", "periodic"])
def test_a_spline_is_within_the_tolerance(kind: str) -> None:
    document = drawing()
    space = document.modelspace()
    if kind == "fit points":
        drawn = space.add_spline([(x, y, 0) for x, y in ROUND_TRIP])
    elif kind == "rational":
        drawn = space.add_rational_spline(ROUND_TRIP, [1, 2, 0.5, 1, 3, 1, 1])
    elif kind == "periodic":
        drawn = space.add_spline()
        drawn.set_closed([(x, y, 0) for x, y in ROUND_TRIP[:-1]])
    else:
        drawn = space.add_open_spline(ROUND_TRIP)
    tool = drawn.construction_tool()
    t = np.linspace(tool.knots()[tool.degree], tool.knots()[tool.count], 3000)
    assert_follows(outline_of(document), np.array([(p.x, p.y) for p in tool.points(t.tolist())]))


def test_a_spline_in_a_stretched_block_is_within_the_tolerance() -> None:
    document = drawing()
    document.blocks.new("ROUND").add_open_spline(ROUND_TRIP)
    document.modelspace().add_blockref("ROUND", (0, 0), dxfattribs={"xscale": 3, "yscale": -0.5})
    tool = BSpline([(3 * x, -0.5 * y) for x, y in ROUND_TRIP])
    points = np.array([(p.x, p.y) for p in tool.points(np.linspace(0, tool.max_t, 3000).tolist())])
    assert_follows(outline_of(document), points)


def test_the_hearing_aid_is_one_smooth_valid_shape() -> None:
    outline = read_outline(HEARING_AID, "OUTLINE")
    x_min, y_min, x_max, y_max = outline.bounds_mm
    assert (x_max - x_min, y_max - y_min) == pytest.approx((9.0, 6.8), abs=0.01)
    assert outline.polygon(1e-4).is_valid
    p0, p1, bulge = outline.segments
    assert arcs.radii(p0, p1, bulge)[bulge < 0.0].min() > 0.5
    first, last = arcs.tangents(p0, p1, bulge)
    assert (last * np.roll(first, -1, axis=0)).sum(axis=1).min() > math.cos(math.radians(0.01))
    assert read_outline(HEARING_AID, None).vertices.tolist() == outline.vertices.tolist()


# Layers


def test_a_layer_is_named_without_regard_to_case() -> None:
    document = drawing()
    add_square(document.modelspace(), layer="Outline")
    add_square(document.modelspace(), x=10.0, layer="other")
    assert outline_of(document, "OUTLINE").bounds_mm == (0.0, 0.0, 4.0, 4.0)


def test_layer_0_of_a_block_counts_as_the_layer_of_the_insert() -> None:
    document = drawing()
    block = document.blocks.new("CELL")
    add_square(block)
    add_square(block, x=10.0, layer="FIXED")
    document.modelspace().add_blockref("CELL", (0, 0), dxfattribs={"layer": "OUTLINE"})
    assert outline_of(document, "OUTLINE").bounds_mm == (0.0, 0.0, 4.0, 4.0)
    assert outline_of(document, "FIXED").bounds_mm == (10.0, 0.0, 14.0, 4.0)


@pytest.mark.parametrize("how", ["off", "freeze"])
def test_what_is_off_or_frozen_counts_only_by_name(how: str) -> None:
    document = drawing()
    getattr(document.layers.add("HIDDEN"), how)()
    add_square(document.modelspace(), layer="SHOWN")
    add_square(document.modelspace(), x=10.0, layer="HIDDEN")
    assert outline_of(document).bounds_mm == (0.0, 0.0, 4.0, 4.0)
    assert outline_of(document, "HIDDEN").bounds_mm == (10.0, 0.0, 14.0, 4.0)
    document.modelspace().delete_entity(document.modelspace()[0])
    assert "'HIDDEN', not shown (1)" in refusal(document)


def test_freezing_the_layer_of_an_insert_hides_the_block_and_turning_it_off_does_not() -> None:
    document = drawing()
    layer = document.layers.add("INSERTS")
    add_square(document.blocks.new("CELL"), layer="SHOWN")
    document.modelspace().add_blockref("CELL", (0, 0), dxfattribs={"layer": "INSERTS"})
    layer.off()
    assert len(outline_of(document).vertices) == 4
    layer.freeze()
    assert "nothing to cut" in refusal(document)


def test_annotation_is_passed_over() -> None:
    document = drawing()
    space = document.modelspace()
    add_square(space)
    space.add_text("note", height=1)
    space.add_mtext("note")
    space.add_point((50, 50))
    space.add_hatch().paths.add_polyline_path([(0, 0), (1, 0), (1, 1)])
    space.add_linear_dim(base=(0, -5), p1=(0, 0), p2=(4, 0)).render()
    space.add_leader([(0, 0), (8, 8)])
    assert outline_of(document).bounds_mm == (0.0, 0.0, 4.0, 4.0)


def test_pieces_of_no_length_are_ignored() -> None:
    document = drawing()
    space = document.modelspace()
    add_square(space)
    space.add_line((50, 50), (50, 50))
    space.add_circle((60, 60), 0)
    space.add_arc((60, 60), 0, 0, 90)
    space.add_lwpolyline([(9, 9)], close=True)
    space.add_lwpolyline([(9, 9), (9, 9)], close=True)
    space.add_open_spline([(7, 7)] * 4)
    assert outline_of(document).bounds_mm == (0.0, 0.0, 4.0, 4.0)


def test_several_shapes_are_sorted_by_their_bounds() -> None:
    document = drawing()
    for x in (20.0, 0.0, 10.0):
        add_square(document.modelspace(), x=x)
    assert [shape.bounds_mm[0] for shape in shapes_of(document)] == [0.0, 10.0, 20.0]


def test_a_binary_drawing_reads_like_a_text(tmp_path: Path) -> None:
    document = drawing()
    add_pieces(document.modelspace(), BEAN)
    document.saveas(tmp_path / "binary.dxf", fmt="bin")
    found = read_outline(tmp_path / "binary.dxf", None)
    assert_same_shape(found, BEAN)


# What is refused


def test_several_shapes_are_no_outline() -> None:
    document = drawing()
    add_square(document.modelspace())
    add_square(document.modelspace(), x=10.0)
    message = refusal(document)
    assert message.startswith("2 closed shapes, not one: x 0 to 4, y 0 to 4 mm; x 10 to 14, y 0 to 4 mm; ")
    assert "name the layer" in message
    assert "another layer" in refusal(document, "0")


def test_an_open_outline_names_the_gap() -> None:
    document = drawing()
    document.modelspace().add_lwpolyline([(0, 0), (4, 0), (4, 4), (0, 4), (0, 0.25)])
    expected = "the outline is open: from (0, 0) mm the nearest loose end is 0.25 mm away, at (0, 0.25) mm"
    assert refusal(document).startswith(expected)


@pytest.mark.parametrize("gap", [JOIN_TOLERANCE_MM - 1e-4, JOIN_TOLERANCE_MM + 1e-4])
def test_gaps_close_up_to_the_join_tolerance(gap: float) -> None:
    document = drawing()
    document.modelspace().add_lwpolyline([(0, 0), (4, 0), (4, 4), (0, 4), (0, gap)])
    if gap < JOIN_TOLERANCE_MM:
        assert outline_of(document).area_mm2 == pytest.approx(16.0, abs=4.0 * gap)
    else:
        assert "0.0051 mm away" in refusal(document)


def test_three_ends_at_a_point_are_named() -> None:
    document = drawing()
    space = document.modelspace()
    for start, end in (((0, 0), (4, 0)), ((4, 0), (0, 3)), ((0, 3), (0, 0)), ((4, 0), (9, 9))):
        space.add_line(start, end)
    assert refusal(document) == "the outline branches, more than two ends meet: 3 at (4, 0) mm"


def test_an_empty_layer_names_the_others() -> None:
    document = drawing()
    add_square(document.modelspace(), layer="CUT")
    document.modelspace().add_text("note", dxfattribs={"layer": "NOTES"})
    message = refusal(document, "OUTLINE")
    assert message == "nothing to cut on layer 'OUTLINE'; lines and curves lie on 'CUT' (1)"
    assert "no layer of the model space has lines or curves" in refusal(drawing())


def test_a_line_there_and_back_encloses_nothing() -> None:
    document = drawing()
    document.modelspace().add_lwpolyline([(0, 0), (4, 0)], close=True)
    assert refusal(document) == "a closed shape encloses nothing: x 0 to 4, y 0 to 0 mm"


@pytest.mark.parametrize("kind", ["SOLID", "3DFACE", "MESH", "POLYLINE", "MLINE"])
def test_what_cannot_be_cut_is_named(kind: str) -> None:
    document = drawing()
    space = document.modelspace()
    corners = [(1, 2), (3, 2), (3, 4), (1, 4)]
    if kind == "SOLID":
        space.add_solid(corners)
    elif kind == "3DFACE":
        space.add_3dface(corners)
    elif kind == "MESH":
        mesh = space.add_mesh()
        mesh.vertices, mesh.faces = [(1, 2, 0), (3, 2, 0), (3, 4, 0)], [(0, 1, 2)]
    elif kind == "MLINE":
        space.add_mline(corners)
    else:
        space.add_polymesh((2, 2))
    assert re.match(rf"{kind} \w+ on layer '0'.* is no part of an outline", refusal(document))


def test_a_line_that_rises_and_shapes_at_two_heights_are_refused() -> None:
    document = drawing()
    space = document.modelspace()
    rising = space.add_line((1, 2, 0), (3, 4, 1))
    assert re.match(r"LINE \w+ on layer '0' at \(1, 2\) mm: not flat: it spans 1 mm in z", refusal(document))
    space.delete_entity(rising)
    space.add_circle((0, 0, 1), 2)
    space.add_circle((9, 0, 3), 2)
    assert re.match(r"is not flat: CIRCLE .*\(0, 0\) mm lies at z = 1 mm, .* at z = 3 mm", refusal(document))


@pytest.mark.parametrize("kind", ["circle", "arc", "polyline", "ellipse"])
def test_a_tilted_curve_is_refused(kind: str) -> None:
    document = drawing()
    space = document.modelspace()
    tilted = {"extrusion": (0, 1, 1)}
    if kind == "circle":
        space.add_circle((0, 0), 2, dxfattribs=tilted)
    elif kind == "arc":
        space.add_arc((0, 0), 2, 0, 180, dxfattribs=tilted)
    elif kind == "polyline":
        space.add_lwpolyline([(0, 0, 1), (4, 0, 1)], format="xyb", close=True, dxfattribs=tilted)
    else:
        space.add_ellipse((0, 0), (2, 0), 0.5, dxfattribs=tilted)
    assert "not flat" in refusal(document)


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e300", "2e5"])
@pytest.mark.parametrize("kind", ["LINE", "LWPOLYLINE", "CIRCLE", "ARC", "ELLIPSE", "SPLINE", "INSERT"])
def test_numbers_that_are_not_finite_or_too_large_are_refused(tmp_path: Path, kind: str, number: str) -> None:
    document = drawing()
    space = document.modelspace()
    marked = 123.456789
    add_square(document.blocks.new("CELL"))
    if kind == "LINE":
        space.add_line((marked, 0), (1, 1))
    elif kind == "LWPOLYLINE":
        space.add_lwpolyline([(marked, 0, 0.5), (1, 1, 0)], format="xyb", close=True)
    elif kind == "CIRCLE":
        space.add_circle((0, 0), marked)
    elif kind == "ARC":
        space.add_arc((marked, 0), 1, 0, 90)
    elif kind == "ELLIPSE":
        space.add_ellipse((marked, 0), (1, 0), 0.5)
    elif kind == "SPLINE":
        space.add_open_spline([(0, 0), (marked, 1), (2, 2), (3, 0)])
    else:
        space.add_blockref("CELL", (marked, 0))
    document.saveas(tmp_path / "shape.dxf")
    text = (tmp_path / "shape.dxf").read_text()
    assert "123.456789" in text
    message = refusal_of_bytes(tmp_path, text.replace("123.456789", number).encode())
    assert "not a finite number" in message or "from the origin" in message


@pytest.mark.parametrize("bulge", ["nan", "inf"])
def test_a_bulge_that_is_not_finite_is_refused(tmp_path: Path, bulge: str) -> None:
    document = drawing()
    document.modelspace().add_lwpolyline([(0, 0, 0.123456789), (1, 1, 0)], format="xyb", close=True)
    document.saveas(tmp_path / "shape.dxf")
    text = (tmp_path / "shape.dxf").read_text()
    assert "a bulge is not" in refusal_of_bytes(tmp_path, text.replace("0.123456789", bulge).encode())


def without(text: str, variable: str) -> str:
    return re.sub(rf"  9\n\{variable}\n *\d+\n.*\n", "", text)


@pytest.mark.parametrize(
    ("units", "measurement", "said"),
    [
        (0, 0, r"\$INSUNITS is 0 and \$MEASUREMENT is 0"),
        (0, None, r"\$INSUNITS is 0 and \$MEASUREMENT is missing"),
        (None, 0, r"\$INSUNITS is missing and \$MEASUREMENT is 0"),
        (None, None, r"\$INSUNITS is missing and \$MEASUREMENT is missing"),
        (0, 1, None),
        (None, 1, None),
        (4, 0, None),
        (3, 1, "unit 3 in .INSUNITS is not known"),
        (99, 1, "unit 99 in .INSUNITS is not known"),
    ],
)
def test_a_drawing_without_units_is_metric_or_refused(
    tmp_path: Path, units: int | None, measurement: int | None, said: str | None
) -> None:
    document = drawing()
    add_square(document.modelspace())
    document.header["$INSUNITS"], document.header["$MEASUREMENT"] = units or 0, measurement or 0
    path = tmp_path / "shape.dxf"
    document.saveas(path)
    text = path.read_text()
    text = without(text, "$INSUNITS") if units is None else text
    text = without(text, "$MEASUREMENT") if measurement is None else text
    path.write_text(text)
    if said is None:
        assert read_outline(path, None).bounds_mm == (0.0, 0.0, 4.0, 4.0)
    else:
        with pytest.raises(InputError, match=said):
            read_outline(path, None)


def test_a_drawing_without_a_header_has_no_unit(tmp_path: Path) -> None:
    text = "0\nSECTION\n2\nENTITIES\n0\nCIRCLE\n8\n0\n10\n0\n20\n0\n40\n3\n0\nENDSEC\n0\nEOF\n"
    assert "has no unit" in refusal_of_bytes(tmp_path, text.encode())


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.dxf: no such file"):
        read_outline(tmp_path / "none.dxf", None)
    with pytest.raises(InputError, match=f"{tmp_path.name}: is a folder"):
        read_outline(tmp_path, None)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is not a DXF drawing"),
        (b"hello\nworld\n", "is not a DXF drawing"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is not a DXF drawing"),
        (bytes(range(256)) * 40, "is not a DXF drawing"),
        (b"AC1015\x00\x00\x00\x00", "is a DWG drawing"),
        (b"AutoCAD Binary DXF\r\n\x1a\x00\x00\x00SECT", "is cut off"),
        (b"0\nSECTION\n2\nENTITIES\n0\nLINE\nten\n0\n0\nEOF\n", "cannot be read as DXF"),
    ],
)
def test_what_is_no_drawing_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    assert said in refusal_of_bytes(tmp_path, data)


@given(share=st.floats(0.0, 0.999))
@settings(max_examples=25, deadline=None)
def test_a_drawing_cut_off_anywhere_is_refused(share: float) -> None:
    data = HEARING_AID.read_bytes().rstrip()
    with tempfile.TemporaryDirectory() as folder:
        refusal_of_bytes(Path(folder), data[: int(share * (len(data) - 2))])


@given(place=st.floats(0.0, 1.0), value=st.binary(min_size=1, max_size=3), share=st.floats(0.0, 0.2))
@settings(max_examples=60, deadline=None)
def test_a_damaged_drawing_is_read_or_refused_and_nothing_else(place: float, value: bytes, share: float) -> None:
    data = bytearray(HEARING_AID.read_bytes())
    # Most of a drawing is tables; the entities stand towards the end.
    at = int(place * (len(data) - 4)) if share < 0.1 else data.index(b"ENTITIES") + int(place * 1500)
    data[at : at + len(value)] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "damaged.dxf"
        path.write_bytes(data)
        with contextlib.suppress(InputError):
            assert read_outline(path, "OUTLINE").closed


def test_blocks_that_are_missing_or_hold_themselves_or_have_no_size_are_refused() -> None:
    document = drawing()
    space = document.modelspace()
    loop = document.blocks.new("LOOP")
    loop.add_blockref("LOOP", (1, 1))
    insert = space.add_blockref("LOOP", (5, 6))
    assert "block 'LOOP' contains itself" in refusal(document)
    insert.dxf.name = "GONE"
    assert re.match(r"INSERT \w+ on layer '0' at \(5, 6\) mm: block 'GONE' is not in the file", refusal(document))
    add_square(document.blocks.new("CELL"))
    insert.dxf.name, insert.dxf.xscale, insert.dxf.yscale = "CELL", 1e-11, 0.01
    assert "block 'CELL' is scaled to nothing" in refusal(document)
    insert.dxf.row_count, insert.dxf.row_spacing = 30_000, 1.0
    insert.dxf.column_count, insert.dxf.column_spacing = 30_000, 1.0
    assert "is inserted 900000000 times" in refusal(document)


def test_blocks_that_multiply_without_end_are_refused() -> None:
    document = drawing()
    document.blocks.new("L0")
    for level in range(1, 6):
        block = document.blocks.new(f"L{level}")
        for k in range(20):
            block.add_blockref(f"L{level - 1}", (k, 0))
    document.modelspace().add_blockref("L5", (0, 0))
    assert "holds more than 100000 entities" in refusal(document)


def test_outlines_read_are_as_tidy_as_joined_ones() -> None:
    document = drawing()
    document.modelspace().add_lwpolyline(corners_of(BEAN), format="xyb", close=True)
    (expected,) = join([BEAN], JOIN_TOLERANCE_MM).closed
    assert outline_of(document).vertices.tolist() == expected.vertices.tolist()
