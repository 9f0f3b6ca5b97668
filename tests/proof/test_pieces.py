"""Laws of what a cut leaves besides cells: waste is counted, slivers are found, and nothing falls out with its tabs."""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.layouts_for_tests import job, layout
from tests.proof.jobs import JOBS, published, verdict_of
from tests.small_job import small
from tfbpattern import pipeline
from tfbpattern.model.finding import Finding
from tfbpattern.proof import parting, slivers
from tfbpattern.proof.curves import Moves
from tfbpattern.proof.nearness import Cuts
from tfbpattern.proof.sheet import Cells, Sheet

_KERF_MM = 0.03


@pytest.mark.parametrize("exclusion", [1.0, 0.0])
@pytest.mark.parametrize(
    "outline",
    [
        {"kind": "rect", "width_mm": 8.0, "height_mm": 6.0, "corner_radius_mm": 0.5},
        {"kind": "rect", "width_mm": 8.0, "height_mm": 6.0},
        {"kind": "circle", "diameter_mm": 6.0},
    ],
    ids=["round corners", "sharp", "circles"],
)
def test_waste_is_counted_with_the_smallest_and_the_largest(
    outline: dict[str, Any], exclusion: float, tmp_path: Path
) -> None:
    sides = ("left", "right", "lead", "trail")
    some = layout(
        web={"width_mm": 30.0, "frame_length_mm": 20.0, "edge_exclusion_mm": dict.fromkeys(sides, exclusion)},
        cell={"outline": outline},
    )
    sheet = pipeline.work_out(some)
    pipeline.emit(sheet, tmp_path / "out", proof=False)
    figures = verdict_of(tmp_path / "out").figures
    places, cell = sheet.nest.placements, some.job.cells[0]
    ring = cell.outline.polygon(1e-5)
    cells = [
        shapely.transform(ring, lambda points, at=(x, y): points + at)
        for x, y in zip(places.x_mm.tolist(), places.y_mm.tolist(), strict=True)
    ]
    cuts = shapely.buffer([stroke_line(stroke) for stroke in sheet.toolpaths[1].strokes], _KERF_MM / 2.0, quad_segs=32)
    left = shapely.get_parts(shapely.box(0.0, 0.0, 30.0, 20.0).difference(shapely.union_all(cuts)))
    core = [shape.buffer(-0.1) for shape in cells]
    areas = sorted(piece.area for piece in left if piece.area > 1e-6 and not shapely.intersects(piece, core).any())
    assert figures["waste_pieces"] == len(areas)
    if areas:
        assert figures["waste_smallest_mm2"] == pytest.approx(areas[0], rel=0.005)
        assert figures["waste_largest_mm2"] == pytest.approx(areas[-1], rel=1e-3)


@pytest.mark.parametrize("name", ["an L nest", "a D nest with keep-outs", "contours with tabs", "tabs on shared cuts"])
def test_pieces_are_the_same_however_many_bands_they_are_worked_out_in(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = published(JOBS[name], tmp_path / "out")
    whole = verdict_of(folder)
    monkeypatch.setattr(parting, "_POINTS", 30)
    parts = verdict_of(folder)
    assert parts.passed
    assert parts.figures == pytest.approx(whole.figures, rel=1e-6, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-0.5, 20.5), st.floats(-0.5, 10.5), st.floats(0.1, 1.5), st.booleans()), min_size=1)
)
def test_what_polygons_leave_of_a_face_is_the_difference(places: list[tuple[float, float, float, bool]]) -> None:
    face = shapely.box(0.0, 0.0, 20.0, 10.0)
    spots = [shapely.Point(x, y).buffer(r, quad_segs=4) for x, y, r, _ in places]
    taken = np.array(
        [p.difference(p.buffer(-0.05)) if ring else p for p, (*_, ring) in zip(spots, places, strict=True)]
    )
    left = parting._without(face, taken)
    assert shapely.is_valid(left).all()
    assert (shapely.get_type_id(left) == shapely.GeometryType.POLYGON).all()
    whole = face.difference(shapely.union_all(taken))
    assert len(left) == shapely.get_num_geometries(whole)
    assert shapely.area(left).sum() == pytest.approx(whole.area)
    assert shapely.union_all(left).symmetric_difference(whole).area < 1e-9


def stroke_line(stroke: Any) -> shapely.LineString:
    points = stroke.flattened(1e-4)
    return shapely.LineString([*points, points[0]] if stroke.closed else points)


def _sheet_of(vertices: list[list[tuple[float, float, float]]], **sections: Any) -> Sheet:
    """A sheet without cells, cut along chains of (x, y, bulge)."""
    start = np.array([v[k][:2] for v in vertices for k in range(len(v) - 1)])
    end = np.array([v[k + 1][:2] for v in vertices for k in range(len(v) - 1)])
    bulge = np.array([v[k][2] for v in vertices for k in range(len(v) - 1)])
    marks = Moves.of_bulges(start, end, bulge, np.zeros(len(start), dtype=np.int64))
    none = np.empty(0)
    cells = Cells(ids=(), kind=none.astype(np.int64), x_mm=none, y_mm=none, rotation_deg=none)
    return Sheet(job=job(**sections), cells=cells, frame_length_mm=40.0, marks={"singulation": marks})


def _slivers(vertices: list[list[tuple[float, float, float]]]) -> list[Finding]:
    sheet = _sheet_of(vertices)
    return list(slivers.check(sheet, Cuts.of(sheet)))


def _arc(radius: float, first: float, sweep: float) -> list[tuple[float, float, float]]:
    bulge = math.tan(sweep / 4.0)
    return [
        (20.0 + radius * math.cos(a), 20.0 + radius * math.sin(a), b) for a, b in ((first, bulge), (first + sweep, 0.0))
    ]


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([1.0, 3.0, 10.0, 200.0]),
    st.floats(0.0, math.tau),
    st.sampled_from([0.002, 0.015, 0.028, 0.032, 0.2]),
    st.sampled_from([0.9, 1.1, 2.5]),
    st.booleans(),
)
def test_arcs_beside_each_other_are_a_sliver_like_lines(
    radius: float, first: float, apart: float, length: float, back: bool
) -> None:
    """Two arcs about one centre, one of them longer, whichever way they are run."""
    sweep = length / radius
    inner = _arc(radius, first, sweep * (-1.0 if back else 1.0))
    outer = _arc(radius + apart, first - 0.2 * sweep * (-1.0 if back else 1.0), 1.4 * sweep * (-1.0 if back else 1.0))
    found = _slivers([inner, outer])
    assert bool(found) is (apart < _KERF_MM and length > 1.0)
    if found:
        assert found[0].measured == pytest.approx(apart, abs=1e-6)


@pytest.mark.parametrize("radius", [0.5, 5.0, 20.0])
def test_arcs_that_only_touch_are_no_sliver(radius: float) -> None:
    """Circles side by side, and a line on which one of them ends."""
    arc = _arc(radius, 0.0, math.pi)
    other = [(x + 2.0 * radius + 0.01, y, b) for x, y, b in arc]
    line = [(20.0 + radius, 20.0, 0.0), (20.0 + radius, 0.0, 0.0)]
    assert _slivers([arc, other, line]) == []


def test_a_long_arc_beside_a_line_is_a_sliver() -> None:
    """Less than a degree from parallel over more than a millimetre: a radius of 100 mm."""
    arc = [(x - 80.0, y, b) for x, y, b in _arc(100.0, -0.05, 0.1)]
    line = [(40.01, 10.0, 0.0), (40.01, 30.0, 0.0)]
    assert len(_slivers([arc, line])) == 1


_NO_ENDS = ("lead = 0.5, trail = 0.5", "lead = 0, trail = 0")


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize(("name", "rule"), [("singulation", "singulation.outline"), ("isolation", "isolation.active")])
def test_a_frame_must_not_hurt_the_next_one(name: str, rule: str, alone: bool, tmp_path: Path) -> None:
    changes = [_NO_ENDS, ("width_mm = 30.0\n", f"width_mm = 30.0\nstand_alone = {str(alone).lower()}\n")]
    folder = published(small(*changes), tmp_path / "out")
    lines = (folder / f"small.{name}.nc").read_text("ascii").split("\n")
    at = next(k for k, line in enumerate(lines) if line in ("M65 P0", "M63 P0") and k > 10)
    # Beyond the end of this frame, a millimetre into the first row of the next one.
    x, y = (re.findall(rf"{axis}(-?[0-9.]+)", "\n".join(lines[:at]))[-1] for axis in "XY")
    lines[at:at] = ["M65 P0", "G0X3Y15", "M64 P0", "G1X4Y15", "M65 P0", f"G0X{x}Y{y}"]
    (folder / f"small.{name}.nc").write_text("\n".join(lines), "ascii")
    found = [finding for finding in verdict_of(folder).findings if finding.rule == rule]
    assert bool(found) is not alone
    assert all("in the frame before" in finding.message for finding in found)
    assert all(finding.y_mm is not None and finding.y_mm < 2.0 for finding in found)


def test_cells_that_fall_out_with_the_waste_they_hang_on_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Circles as close as can be: two tabs each lead into two stars of waste that nothing else holds."""
    monkeypatch.setattr(sys.modules["tfbpattern.scribing.singulation"], "_refuse_loose", lambda *_: None)
    some = layout(
        cell={"outline": {"kind": "circle", "diameter_mm": 5.0}},
        web={"width_mm": 40.0, "frame_length_mm": 35.0, "edge_exclusion_mm": {"left": 2, "right": 2, "lead": 2}},
        singulation={"kerf_mm": _KERF_MM, "tabs": {"count": 2, "width_mm": 0.08}},
    )
    pipeline.run(some, tmp_path / "out", proof=False)
    verdict = verdict_of(tmp_path / "out")
    assert set(verdict.counts) == {"singulation.loose"}
    assert all(len(finding.cells) == finding.measured for finding in verdict.findings)


def test_nothing_falls_out_of_a_sheet_whose_tabs_are_sound(tmp_path: Path) -> None:
    folder = published(JOBS["tabs on shared cuts"], tmp_path / "out")
    assert verdict_of(folder).passed
