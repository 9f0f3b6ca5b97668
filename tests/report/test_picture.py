"""Laws of the picture of the sheet."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from tfbpattern.geometry.chains import Chain, Chains
from tfbpattern.geometry.footprints import rect
from tfbpattern.geometry.offsets import offset
from tfbpattern.model.cell import CellType, Demand
from tfbpattern.model.cellmap import CellMap, CellRecord
from tfbpattern.model.job import Job, NestOptions
from tfbpattern.model.machine import Gantry
from tfbpattern.model.nest import Nest, Placements
from tfbpattern.model.process import Isolation, Recipe, Singulation, Tabs
from tfbpattern.model.toolpath import Toolpath
from tfbpattern.model.web import Defect, EdgeExclusion, Fiducial, KeepOut, Web
from tfbpattern.report.picture import picture
from tfbpattern.report.svg import number, outline, paths

Sheet = tuple[Job, Nest, CellMap, Sequence[Toolpath]]

_SVG = "{http://www.w3.org/2000/svg}"
_RECIPE = Recipe(passes=1, mark_speed_mm_s=1000.0, power_percent=50.0, frequency_khz=50.0)
_SHAPES: tuple[Literal["cross", "circle", "square"], ...] = ("cross", "circle", "square")
_MACHINE = Gantry(
    name="gantry",
    post="grbl",
    travel_mm=(400.0, 1200.0),
    origin_mm=(0.0, 0.0),
    resolution_mm=1e-4,
    jump_speed_mm_s=1000.0,
    max_mark_speed_mm_s=2000.0,
    acceleration_mm_s2=1e4,
    junction_deviation_mm=0.005,
    gated=True,
    max_power=1000,
)


def _centred_rect(width_mm: float, height_mm: float, corner_radius_mm: float = 0.0) -> Chain:
    chain = rect(width_mm, height_mm, corner_radius_mm)
    x0, y0, x1, y1 = chain.bounds_mm
    return chain.moved(-(x0 + x1) / 2.0, -(y0 + y1) / 2.0)


def _cell_type(name: str, corner_radius_mm: float) -> CellType:
    shape = _centred_rect(7.0, 5.0, corner_radius_mm)
    return CellType(
        name=name,
        outline=shape,
        active_area=offset(shape, -0.1)[0],
        trench=offset(shape, -0.0875)[0],
        axis_rectangle=True,
        rotations_deg=(0.0, 180.0),
        demand=Demand(),
        terminals=(),
    )


def _sheet(
    *,
    web_mm: tuple[float, float] = (60.0, 80.0),
    columns: int = 5,
    rows: int = 9,
    text: str = "splice",
    corner_radius_mm: float = 0.2,
) -> Sheet:
    """A grid of turned and unturned cells with everything that may stand in its way."""
    width, length = web_mm
    circle = Chain(vertices=np.array([[1.0, 2.0, 1.0], [3.0, 2.0, 1.0]]), closed=True)
    web = Web(
        width_mm=width,
        frame_length_mm=(length, length),
        stand_alone=False,
        film_side="down",
        edge_exclusion=EdgeExclusion(left_mm=4.0, right_mm=4.0, lead_mm=1.0),
        fiducials=tuple(
            Fiducial(
                name=f"{text}{i}",
                x_mm=2.0,
                y_mm=2.0,
                shape=shape,
                size_mm=2.0,
                clearance_mm=0.5,
                outline=circle,
            )
            for i, shape in enumerate(_SHAPES)
        ),
        keepouts=(
            KeepOut(name=text, shape=_centred_rect(60.0, 8.0).moved(30.0, length - 4.0), clearance_mm=0.2),
            KeepOut(name=text, shape=circle.moved(width - 3.0, 10.0), clearance_mm=0.0),
        ),
        avoided_defects=(Defect(x_mm=2.0, y_mm=20.0, diameter_mm=0.05, kind=text),),
        marked_defects=(Defect(x_mm=9.0, y_mm=9.0, diameter_mm=0.05, kind=text),),
    )
    job = Job(
        name=text,
        roll=text,
        frame=1,
        web=web,
        stack=None,
        cells=(_cell_type(text, corner_radius_mm), _cell_type("other", corner_radius_mm)),
        isolation=Isolation(setback_mm=0.1, line_width_mm=0.025, tolerance_mm=0.005, overcut_mm=0.05, recipe=_RECIPE),
        singulation=Singulation(
            mode="shared",
            kerf_mm=0.03,
            rib_mm=0.2,
            tolerance_mm=0.005,
            tabs=Tabs(count=0, width_mm=0.08),
            recipe=_RECIPE,
        ),
        registration_mm=0.02,
        machine=_MACHINE,
        nest=NestOptions(objective="cells", effort=1, seed=0),
    )
    row, column = (array.ravel() for array in np.mgrid[0:rows, 0:columns])
    placements = Placements(
        kind=row % 2,
        x_mm=9.0 + column * 7.03,
        y_mm=9.0 + row * 5.03,
        rotation_deg=np.where(column % 2, 180.0, 0.0),
        row=row,
        column=column,
    )
    nest = Nest(
        placements=placements,
        frame_length_mm=length,
        spacing_mm=job.spacing_mm,
        upper_bound=max(rows * columns, 1),
        bound=text,
        method=text,
        bulk_density=0.99,
    )
    cells = CellMap(
        job=job,
        nest=nest,
        layout_sha256="0" * 64,
        cells=tuple(
            CellRecord(
                id=f"{text}-R{r:03d}C{c:03d}",
                type=job.cells[r % 2].name,
                row=r,
                column=c,
                x_mm=9.0 + c * 7.03,
                y_mm=9.0 + r * 5.03,
                rotation_deg=180.0 if c % 2 else 0.0,
                terminals=(),
                status="marked" if r == c == 0 else "cut",
            )
            for r in range(rows)
            for c in range(columns)
        ),
    )
    ring = offset(job.cells[0].outline, 0.015)[0]
    strokes = Chains.copies(ring, placements.x_mm, placements.y_mm)
    empty = Chains.of([])
    return (
        job,
        nest,
        cells,
        (
            Toolpath(name="isolation", recipe=_RECIPE, tolerance_mm=0.005, method="law", strokes=empty, marks=empty),
            Toolpath(
                name="singulation", recipe=_RECIPE, tolerance_mm=0.005, method="law", strokes=strokes, marks=strokes
            ),
        ),
    )


def _drawn(sheet: Sheet) -> str:
    return "\n".join(picture(*sheet))


def _root(sheet: Sheet) -> ET.Element:
    return ET.fromstring(_drawn(sheet))


def _path_end(data: str) -> tuple[float, float]:
    """Where a path of relative lines and arcs ends."""
    begin, *steps = re.findall(r"[MlaZz][^MlaZz]*", data)
    x, y = map(float, begin[1:].split())
    for step in steps:
        if step != "z":
            *_, dx, dy = map(float, step[1:].split())
            x, y = x + dx, y + dy
    return x, y


SIZES = [(60.0, 80.0), (300.0, 60.0), (50.0, 1000.0), (60.0, 60.0)]


@pytest.mark.parametrize("web_mm", SIZES)
def test_a_picture_is_one_accessible_drawing_without_scripts_or_links(web_mm: tuple[float, float]) -> None:
    root = _root(_sheet(web_mm=web_mm))
    assert root.tag == f"{_SVG}svg"
    assert root.get("role") == "img"
    assert [child.tag for child in root][:2] == [f"{_SVG}title", f"{_SVG}desc"]
    assert not [e for e in root.iter() if e.tag in (f"{_SVG}script", f"{_SVG}image", f"{_SVG}style")]
    links = [value for e in root.iter() for name, value in e.items() if name.endswith("href")]
    assert all(link.startswith("#") for link in links)


def test_every_cell_is_used_once_and_shows_its_id() -> None:
    sheet = _sheet()
    group = next(e for e in _root(sheet).iter(f"{_SVG}g") if e.get("id") == "cells")
    titles = [use.findtext(f"{_SVG}title") or "" for use in group.findall(f"{_SVG}use")]
    assert [title.removesuffix(", marked bad") for title in titles] == [cell.id for cell in sheet[2]]
    assert [title.endswith("marked bad") for title in titles] == [cell.status == "marked" for cell in sheet[2]]


def test_a_cell_stands_at_its_pose() -> None:
    sheet = _sheet()
    group = next(e for e in _root(sheet).iter(f"{_SVG}g") if e.get("id") == "cells")
    for use, cell in zip(group.findall(f"{_SVG}use"), sheet[2], strict=True):
        assert (float(use.get("x", "nan")), float(use.get("y", "nan"))) == pytest.approx(
            (cell.x_mm, cell.y_mm), abs=1e-4
        )
        turn = use.get("transform")
        assert (turn is not None and turn.startswith("rotate(180 ")) == (cell.rotation_deg == 180.0)


def test_every_reference_has_its_definition() -> None:
    text = _drawn(_sheet())
    used = set(re.findall(r'(?:href="#|url\(#)([\w-]+)', text))
    assert used
    assert used <= set(re.findall(r'id="([\w-]+)"', text))


@pytest.mark.parametrize("web_mm", SIZES)
def test_the_page_holds_the_whole_web(web_mm: tuple[float, float]) -> None:
    x, y, width, height = map(float, _root(_sheet(web_mm=web_mm)).get("viewBox", "").split())
    assert x < 0.0
    assert y < 0.0
    assert x + width > web_mm[0]
    assert y + height > web_mm[1]


def test_the_same_sheet_gives_the_same_bytes() -> None:
    assert _drawn(_sheet()) == _drawn(_sheet())


def test_the_users_text_stays_text() -> None:
    wild = "<b>&\"'x"
    root = _root(_sheet(text=wild))
    assert not list(root.iter(f"{_SVG}b"))
    words = [element.text or "" for element in root.iter(f"{_SVG}text")]
    assert wild in words
    assert any(f"fiducial {wild}0" == (title.text or "") for title in root.iter(f"{_SVG}title"))


def test_arcs_of_cells_and_cuts_are_drawn_as_arcs() -> None:
    round_, sharp = _drawn(_sheet()), _drawn(_sheet(corner_radius_mm=0.0))
    definition = re.search(r'<g id="cell-0">.*', round_)
    assert definition is not None
    # Four corners each of the outline, the active area and the trench.
    assert len(re.findall(r"a[\d.]+ [\d.]+ 0 0 1 ", definition[0])) == 12
    cuts = round_[round_.index('stroke="#c8440c"') :]
    assert "a0.215 0.215 0 0 1 " in cuts
    assert not re.search(r'<g id="cell-0">.*a[\d.]+ ', sharp)


@pytest.mark.parametrize("web_mm", SIZES)
def test_numbers_are_plain(web_mm: tuple[float, float]) -> None:
    words = {"id", "href", "role", "aria-labelledby", "font-family", "color", "fill", "stroke", "clip-path"}
    values = [v for e in _root(_sheet(web_mm=web_mm)).iter() for name, v in e.items() if name not in words]
    assert len(values) > 400
    for value in values:
        assert not re.search(r"nan|inf|\de[-+]?\d|-0(?![.\d])|\d\.\d{5}", value), value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (-0.00001, "0"),
        (1e-5, "0"),
        (100.0, "100"),
        (-1.25, "-1.25"),
        (1e7, "10000000"),
    ],
)
def test_a_number_has_four_decimals_at_most(value: float, text: str) -> None:
    assert number(value) == text


def test_a_circle_returns_to_its_start_in_quarters() -> None:
    data = outline(Chain(vertices=np.array([[-1.0, 0.0, 1.0], [1.0, 0.0, 1.0]]), closed=True))
    assert data == "M-1 0a1 1 0 0 1 1 -1a1 1 0 0 1 1 1a1 1 0 0 1 -1 1a1 1 0 0 1 -1 -1z"


def test_a_long_path_gathers_no_rounding_errors() -> None:
    steps = np.arange(1, 10_001)
    chain = Chain(vertices=np.column_stack([steps / 3.0e3, steps / 7.0e3, np.zeros(len(steps))]), closed=False)
    (data,) = paths(Chains.of([chain]))
    assert _path_end(data) == pytest.approx((1e4 / 3e3, 1e4 / 7e3), abs=1e-4)


def test_a_sheet_without_cells_is_drawn_as_well() -> None:
    sheet = _sheet(rows=0)
    assert not list(_root(sheet).iter(f"{_SVG}use"))


def test_a_sheet_with_one_cell_is_drawn_as_well() -> None:
    # Once in the sheet, once in the detail.
    assert len(list(_root(_sheet(rows=1, columns=1)).iter(f"{_SVG}use"))) == 2


def test_the_detail_shows_both_sides_of_a_cut() -> None:
    _, inset = _root(_sheet()).iter(f"{_SVG}svg")
    assert len(list(inset.iter(f"{_SVG}use"))) >= 2
    assert any("M" in path.get("d", "") for path in inset.iter(f"{_SVG}path"))


@pytest.mark.parametrize("web_mm", SIZES)
def test_all_text_lies_on_the_page(web_mm: tuple[float, float]) -> None:
    sheet = _sheet(web_mm=web_mm, text="A rather long name for a job")
    root = _root(sheet)
    x, y, width, height = map(float, root.get("viewBox", "").split())
    group = next(e for e in root.iter(f"{_SVG}g") if e.get("transform", "").startswith("scale("))
    scale = float(group.get("transform", "")[6:-1])
    for element in group.iter(f"{_SVG}text"):
        if element.get("transform"):
            continue
        size = float(element.get("font-size", "10"))
        long = 0.6 * size * len(element.text or "")
        start = (
            float(element.get("x", "nan"))
            - long * {"start": 0.0, "middle": 0.5, "end": 1.0}[element.get("text-anchor", "start")]
        )
        base = float(element.get("y", "nan"))
        assert x / scale <= start, element.text
        assert start + long <= (x + width) / scale, element.text
        assert y / scale <= base - size, element.text
        assert base <= (y + height) / scale, element.text


def test_a_frame_of_a_stand_alone_sheet_does_not_go_on() -> None:
    job, nest, cells, toolpaths = _sheet()
    alone = replace(job, web=replace(job.web, stand_alone=True))
    dashes = 'stroke-dasharray="2 1.3"'
    assert dashes in _drawn((job, nest, cells, toolpaths))
    assert dashes not in _drawn((alone, nest, cells, toolpaths))
