"""Draws the sheet itself, web frame, true size: ground, keep-outs, cells, cuts, fiducials, defects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from xml.sax.saxutils import escape

import numpy as np

from tfbpattern.geometry.arcs import lengths
from tfbpattern.geometry.chains import Chain, Chains
from tfbpattern.geometry.offsets import inflate
from tfbpattern.model.cell import CellType
from tfbpattern.model.cellmap import CellRecord
from tfbpattern.model.job import Job
from tfbpattern.model.toolpath import Toolpath
from tfbpattern.model.web import Defect, Fiducial, Web
from tfbpattern.report.page import INK, QUIET, RULE
from tfbpattern.report.svg import element, number, outline, paths, start, titled
from tfbpattern.units import UM_PER_MM

# Our choice: blue against orange stays apart for every common colour blindness, greys and ochre carry the
# rest, and the four tints of cell types differ in lightness, so that they survive a black-and-white print.
WEB = "#f3f1ec"
EXCLUDED = "#e3dfd6"
KEEPOUT = "#cdc7ba"
CLEARANCE = "#fbfaf7"
FOIL = "#cfd3d3"
TRENCH = "#ffffff"
CUT = "#c8440c"
MARKED = "#e8a200"
ACTIVE = ("#4d7e9f", "#8db3c9", "#2f566e", "#b5cfdc")

TEXT = 10.0
"""Height of the text in points; a point is what everything that has no size of its own is measured in."""

_STROKES_PER_PATH = 1000
"""Our choice: few enough elements to stay small, short enough that a viewer can skip those out of sight."""

_SAGITTA_MM = 0.01
"""Our choice: a clearance is only looked at."""


def active_colour(kind: int) -> str:
    """The colour of a cell type's active area."""
    return ACTIVE[kind % len(ACTIVE)]


def definitions(job: Job, point_mm: float) -> Iterator[str]:
    """Each cell type once, in the cell frame, and the hatching of keep-outs."""
    for kind, cell_type in enumerate(job.cells):
        yield element(
            "g",
            element("path", d=outline(cell_type.outline), fill=FOIL)
            + element("path", d=outline(cell_type.active_area), fill="currentColor")
            + element(
                "path",
                d=outline(cell_type.trench),
                fill="none",
                stroke=TRENCH,
                stroke_width=job.isolation.line_width_mm,
            ),
            id=f"cell-{kind}",
        )
    step = 5.5 * point_mm
    yield element(
        "pattern",
        element("path", d=f"M0 0V{number(step)}", stroke=QUIET, stroke_width=point_mm),
        id="hatch",
        width=step,
        height=step,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(-45)",
    )


def ground(web: Web, length_mm: float, point_mm: float) -> Iterator[str]:
    """The frame of web, what its edges exclude, and the keep-outs with their clearance."""
    width = web.width_mm
    yield element("rect", width=width, height=length_mm, fill=WEB)
    edge = web.edge_exclusion
    if any((edge.left_mm, edge.right_mm, edge.lead_mm, edge.trail_mm)):
        x0, x1, y0, y1 = edge.left_mm, width - edge.right_mm, edge.lead_mm, length_mm - edge.trail_mm
        usable = f"M{number(x0)} {number(y0)}H{number(x1)}V{number(y1)}H{number(x0)}z"
        frame = f"M0 0H{number(width)}V{number(length_mm)}H0z"
        yield element("path", d=frame + usable, fill=EXCLUDED, fill_rule="evenodd")
        yield element(
            "path",
            d=usable,
            fill="none",
            stroke=RULE,
            stroke_width=0.6 * point_mm,
            stroke_dasharray=dashes(point_mm),
        )
    yield start("g", clip_path="url(#web)")
    for keepout in web.keepouts:
        shape = outline(keepout.shape)
        yield from _clearance(keepout.shape, keepout.clearance_mm, point_mm)
        yield element("path", d=shape, fill=KEEPOUT)
        yield titled(
            "path",
            f"keep-out {keepout.name}",
            d=shape,
            fill="url(#hatch)",
            stroke=QUIET,
            stroke_width=0.8 * point_mm,
        )
    for fiducial in web.fiducials:
        yield from _clearance(fiducial.outline, fiducial.clearance_mm, point_mm)
    yield "</g>"


def dashes(point_mm: float) -> str:
    """The dashes of a limit that is not a cut."""
    return f"{number(3.5 * point_mm)} {number(2.2 * point_mm)}"


def _clearance(shape: Chain, clearance_mm: float, point_mm: float) -> Iterator[str]:
    """A pale band around a shape with a dashed rim."""
    if clearance_mm <= 0:
        return
    around = np.asarray(inflate(shape.polygon(_SAGITTA_MM), clearance_mm).exterior.coords)[:-1]
    rim = Chain(vertices=np.column_stack([around, np.zeros(len(around))]), closed=True)
    # Around something small eight dashes still look like a dashed line.
    dash_mm = min(point_mm, rim.length_mm / 45.6)
    yield element(
        "path",
        d=outline(rim),
        fill=CLEARANCE,
        stroke=QUIET,
        stroke_width=0.55 * point_mm,
        stroke_dasharray=dashes(dash_mm),
    )


def cells(records: Iterable[CellRecord], types: Sequence[CellType], *, named: bool) -> Iterator[str]:
    """A ``use`` of its type for each cell; if *named*, it shows the cell's id when pointed at."""
    kinds = {cell_type.name: kind for kind, cell_type in enumerate(types)}
    tints = {cell_type.name: f' color="{active_colour(kind)}"' for kind, cell_type in enumerate(types) if kind}
    for cell in records:
        x, y = number(cell.x_mm), number(cell.y_mm)
        turn = f' transform="rotate({number(cell.rotation_deg)} {x} {y})"' if cell.rotation_deg else ""
        bad = cell.status == "marked"
        tint = f' color="{MARKED}"' if bad else tints.get(cell.type, "")
        use = f'<use href="#cell-{kinds[cell.type]}" x="{x}" y="{y}"{turn}{tint}'
        if not named:
            yield use + "/>"
            continue
        yield f"{use}><title>{escape(cell.id)}{', marked bad' if bad else ''}</title></use>"


def cuts(strokes: Chains, kerf_mm: float) -> Iterator[str]:
    """Strokes of singulation, as wide as the kerf."""
    yield start("g", fill="none", stroke=CUT, stroke_width=kerf_mm, stroke_linecap="round", stroke_linejoin="round")
    data = paths(strokes)
    while chunk := "".join(islice(data, _STROKES_PER_PATH)):
        yield element("path", d=chunk)
    yield "</g>"


def singulation(toolpaths: Sequence[Toolpath]) -> Chains:
    """All strokes that cut through the foil."""
    return Chains.joined([toolpath.strokes for toolpath in toolpaths if toolpath.name == "singulation"])


def strokes_within(strokes: Chains, x0: float, y0: float, x1: float, y1: float) -> Chains:
    """The strokes that may reach into a rectangle."""
    if not len(strokes):
        return strokes
    p0, p1, bulge, owner = strokes.segments
    # An arc stays within its own length of its chord's ends.
    reach = np.where(bulge == 0.0, 0.0, lengths(p0, p1, bulge))[:, None]
    low, high = np.minimum(p0, p1) - reach, np.maximum(p0, p1) + reach
    near = np.all((high >= (x0, y0)) & (low <= (x1, y1)), axis=1)
    return strokes.taken(np.unique(owner[near]))


def marks(web: Web, point_mm: float) -> Iterator[str]:
    """Fiducials and defects, on top of everything."""
    for fiducial in web.fiducials:
        yield _glyph(fiducial)
    for defect in web.avoided_defects:
        yield _defect(defect, point_mm, "avoided", fill="none", stroke=INK, stroke_width=1.2 * point_mm)
    for defect in web.marked_defects:
        yield _defect(defect, point_mm, "marked", fill=INK, stroke=CLEARANCE, stroke_width=point_mm)


def _glyph(fiducial: Fiducial) -> str:
    x, y, half = fiducial.x_mm, fiducial.y_mm, fiducial.size_mm / 2.0
    words = f"fiducial {fiducial.name}"
    if fiducial.shape == "circle":
        return titled("circle", words, cx=x, cy=y, r=half, fill=INK)
    if fiducial.shape == "square":
        return titled("rect", words, x=x - half, y=y - half, width=2.0 * half, height=2.0 * half, fill=INK)
    span = number(fiducial.size_mm)
    arms = f"M{number(x - half)} {number(y)}h{span}M{number(x)} {number(y - half)}v{span}"
    return titled("path", words, d=arms, fill="none", stroke=INK, stroke_width=half / 3.0)


def _defect(defect: Defect, point_mm: float, what: str, **style: float | str) -> str:
    words = f"defect {defect.kind}, {number(UM_PER_MM * defect.diameter_mm)} \u00b5m, {what}"
    radius = max(defect.diameter_mm / 2.0, 3.0 * point_mm)
    return titled("circle", words, cx=defect.x_mm, cy=defect.y_mm, r=radius, **style)


def inside(chain: Chain, width_mm: float, length_mm: float) -> tuple[float, float, float, float]:
    """The bounding box of the part of a shape's box that lies on the web."""
    x0, y0, x1, y1 = chain.bounds_mm
    return max(x0, 0.0), max(y0, 0.0), min(x1, width_mm), min(y1, length_mm)
