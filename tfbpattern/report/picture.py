"""Draws JOB.svg: the whole sheet with its figures, a key and a magnified detail, for a person to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from tfbpattern.geometry.chains import Chains
from tfbpattern.model.cellmap import CellMap
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest
from tfbpattern.model.toolpath import Toolpath
from tfbpattern.report import sheet
from tfbpattern.report.axes import axes, going_on, scale
from tfbpattern.report.detail import View, inset, view
from tfbpattern.report.figures import ROW, counted, figures, key, key_rows, percent, table
from tfbpattern.report.lanes import Label, Side, cut_short, depth, labels, lane, names
from tfbpattern.report.page import FONT, INK, QUIET, RULE
from tfbpattern.report.svg import element, number, start, text

_MARGIN = 30.0

_PANEL = 270.0
"""Width of the figures where they stand beside the sheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """
    Where things stand, in points (see :mod:`tfbpattern.report.lanes`); a point is ``point_mm`` of the web.

    ``beside`` says that the figures stand beside the sheet, not below it.
    """

    width: float
    length: float
    point_mm: float
    beside: bool
    lanes: Mapping[Side, Sequence[Label]]

    @property
    def left(self) -> float:
        """Left edge of the page."""
        return self.axis_x - 15.0 - _MARGIN

    @property
    def top(self) -> float:
        """Upper edge of the page."""
        return -depth(self.lanes["top"]) - 70.0 - _MARGIN

    @property
    def right(self) -> float:
        """Right edge of the page."""
        return (self.panel[0] + _PANEL if self.beside else self.width + depth(self.lanes["right"])) + _MARGIN

    @property
    def axis_x(self) -> float:
        """Where the axis along the web stands, outside the names there."""
        return -depth(self.lanes["left"]) - 9.0

    @property
    def axis_y(self) -> float:
        """Where the axis across the web lies, below the names there."""
        return self.length + depth(self.lanes["bottom"]) + 13.0

    @property
    def panel(self) -> tuple[float, float]:
        """Where the figures begin."""
        if self.beside:
            return max(self.width, 160.0) + depth(self.lanes["right"]) + 30.0, 0.0
        return 0.0, self.axis_y + 60.0


def picture(job: Job, nest: Nest, cells: CellMap, toolpaths: Sequence[Toolpath]) -> Iterator[str]:
    """
    The lines of a picture of the sheet.

    One user unit is a millimetre of web, the web's upper left corner is (0, 0). Cells and cuts have their
    true shape and width; a cell shows its id when pointed at.
    """
    page = _page(job, nest)
    width, length, point = job.web.width_mm, nest.frame_length_mm, page.point_mm
    strokes = sheet.singulation(toolpaths)
    panel, bottom, shown = _panel(page, job, nest, cells, strokes)

    yield from _root(page, bottom, f"{job.name}: {counted(len(cells.cells))} cells", _described(job, nest, cells))
    yield "<defs>"
    yield from sheet.definitions(job, point)
    yield element("clipPath", element("rect", width=width, height=length), id="web")
    yield "</defs>"

    yield start("g", transform=f"matrix(1 0 0 -1 0 {number(length)})")
    yield from sheet.ground(job.web, length, point)
    yield start("g", id="cells", color=sheet.active_colour(0))
    yield from sheet.cells(cells, job.cells, named=True)
    yield "</g>"
    yield from sheet.cuts(strokes, job.singulation.kerf_mm)
    yield from sheet.marks(job.web, point)
    yield "</g>"

    yield start("g", transform=f"scale({number(point)})", font_size=sheet.TEXT)
    yield from _heading(page, job)
    if not job.web.stand_alone:
        yield from going_on(page.width, page.length)
    yield _frame(-0.45, -0.45, page.width + 0.9, page.length + 0.9)
    yield from names(job, nest, point)
    yield from axes(width, length, point, page.axis_x, page.axis_y)
    for side in page.lanes.values():
        yield from lane(side, page.width, page.length)
    if shown:
        ring: dict[str, float | str] = {
            "cx": shown.x_mm / point,
            "cy": (length - shown.y_mm) / point,
            "r": 7.0,
        }
        yield element("circle", **ring, fill="none", stroke="#ffffff", stroke_width=3.6)
        yield element("circle", **ring, fill="none", stroke=INK, stroke_width=1.4)
    yield from panel
    yield "</g>"
    yield "</svg>"


def _page(job: Job, nest: Nest) -> _Page:
    width_mm, length_mm = job.web.width_mm, nest.frame_length_mm
    beside = length_mm >= 0.85 * width_mm
    # Our choice: some 90 characters across the page and 100 lines down it, legible on a screen and on paper.
    point_mm = max(width_mm / 470.0, length_mm / 820.0) if beside else width_mm / 820.0
    point_mm = max(round(point_mm, 4), 0.001)
    return _Page(
        width=width_mm / point_mm,
        length=length_mm / point_mm,
        point_mm=point_mm,
        beside=beside,
        lanes=labels(job, nest, point_mm),
    )


def _described(job: Job, nest: Nest, cells: CellMap) -> str:
    short = "proved optimal" if nest.proved_optimal else f"{percent(nest.gap)} below the upper bound"
    return (
        f"{counted(len(cells.cells))} cells on a frame of {number(job.web.width_mm)} by "
        f"{number(nest.frame_length_mm)} mm, {short}; seen from the laser, film side {job.web.film_side}."
    )


def _root(page: _Page, bottom: float, title: str, description: str) -> Iterator[str]:
    edges = (page.left, page.top, page.right - page.left, bottom - page.top)
    x, y, width, height = (edge * page.point_mm for edge in edges)
    yield start(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=" ".join(map(number, (x, y, width, height))),
        role="img",
        aria_labelledby="title desc",
        font_family=FONT,
        fill=INK,
    )
    yield element("title", escape(title), id="title")
    yield element("desc", escape(description), id="desc")
    yield element("rect", x=x, y=y, width=width, height=height, fill="#ffffff")


def _frame(x: float, y: float, width: float, height: float) -> str:
    return element("rect", x=x, y=y, width=width, height=height, fill="none", stroke=INK, stroke_width=0.9)


def _heading(page: _Page, job: Job) -> Iterator[str]:
    """The job's name, and which side is seen."""
    x, y, end = page.left + _MARGIN, page.top + _MARGIN, page.right - _MARGIN
    room = end - x - 180.0
    yield text(cut_short(job.name, room, 21.0), x, y + 19.0, font_size=21.0, font_weight="600")
    yield text(cut_short(f"roll {job.roll}, frame {job.frame}", room), x, y + 38.0, fill=QUIET)
    yield text("seen from the laser", end - 42.0, y + 16.0, text_anchor="end")
    yield text(f"film side {job.web.film_side}", end - 42.0, y + 31.0, text_anchor="end", fill=QUIET)
    # The beam from above on film and foil.
    yield start("g", transform=f"translate({number(end - 32.0)} {number(y + 3.0)})")
    yield element("path", d="M9 0h14l-7 19z", fill=sheet.CUT, fill_opacity=0.75)
    film, foil = (19.0, 23.5) if job.web.film_side == "up" else (25.0, 19.0)
    yield element("rect", y=film, width=32.0, height=4.5, fill=sheet.active_colour(0))
    yield element("rect", y=foil, width=32.0, height=6.0, fill=RULE)
    yield "</g>"
    rule = f"M{number(x)} {number(y + 50.0)}H{number(end)}"
    yield element("path", d=rule, stroke=RULE, stroke_width=0.7)


def _panel(page: _Page, job: Job, nest: Nest, cells: CellMap, strokes: Chains) -> tuple[list[str], float, View | None]:
    """Figures, key and detail; the lower edge of the page; what the detail shows."""
    x, y = page.panel
    rows, swatches = figures(job, nest, cells), key_rows(job, cells)
    if page.beside:
        lines = list(table(rows, x, y, _PANEL))
        y += len(rows) * ROW + 16.0
        lines += key(swatches, x, y, columns=2)
        y += -(-len(swatches) // 2) * ROW + 19.0
        width, height = _PANEL, min(max(page.length - y, 140.0), 340.0)
    else:
        lines = list(table(rows, x, y, 250.0))
        lines += key(swatches, x + 270.0, y, columns=1)
        x, width, height = x + 440.0, 380.0, max(len(rows), len(swatches)) * ROW
    shown = view(job, nest, width / height)
    if shown:
        times = width / shown.width_mm
        base = y + height + 16.0
        lines += inset(job, cells, strokes, shown, at=(x, y), times=times)
        lines.append(_frame(x, y, width, height))
        words = f"Detail at the ring, {times * page.point_mm:.0f} times larger"
        lines.append(text(words, x, base, font_size=9.0))
        lines += scale(shown.width_mm / 5.0, times, x + width, base)
    return lines, max(page.axis_y + 34.0, y + height + 20.0) + _MARGIN, shown
