"""Writes what stands beside the sheet: the figures of the nest and the key to the drawing; in points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from tfbpattern.model.cellmap import CellMap
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest
from tfbpattern.report import sheet
from tfbpattern.report.lanes import cut_short
from tfbpattern.report.page import INK, QUIET
from tfbpattern.report.svg import element, number, text
from tfbpattern.units import UM_PER_MM

ROW = 15.5
"""From one line of the figures or the key to the next."""

_VALUES = 95.0
"""Where the values of the figures begin."""

_KEY_COLUMN = 135.0

_MOST_TYPES = 8
"""Our choice: a sheet with more types than this names the first and counts the rest."""

Shown = Literal["active", "setback", "trench", "cut", "marked", "keepout", "exclusion", "fiducial", "avoided", "defect"]


class Figure(NamedTuple):
    """A line of the table; a ``tint`` stands for the cells of this colour."""

    name: str
    value: str
    tint: str = ""


def counted(count: int) -> str:
    """A whole number in groups of three, apart by spaces that do not break."""
    return f"{count:,}".replace(",", "\u00a0")


def percent(share: float) -> str:
    """A share in percent, finer where it is small: a gap of one cell in thousands is not none."""
    value = 100.0 * share
    return f"{value:.2f}\u00a0%" if 0.0 < value < 1.0 else f"{value:.1f}\u00a0%"


def in_words(length_mm: float) -> str:
    """A length in the unit that a person would say."""
    if 0.0 < length_mm < 1.0:
        return f"{number(round(length_mm * UM_PER_MM, 1))}\u00a0\u00b5m"
    return f"{number(length_mm)}\u00a0mm"


def figures(job: Job, nest: Nest, cells: CellMap) -> list[Figure]:
    """The figures of a nest."""
    by_type = Counter(cell.type for cell in cells)
    marked = sum(cell.status == "marked" for cell in cells)
    web_mm2 = job.web.width_mm * nest.frame_length_mm
    area_mm2 = sum(by_type[cell_type.name] * cell_type.area_mm2 for cell_type in job.cells)
    active_mm2 = sum(by_type[cell_type.name] * cell_type.active_area_mm2 for cell_type in job.cells)
    rows = [Figure("Cells", counted(by_type.total()))]
    rows += [
        Figure(cell_type.name, counted(by_type[cell_type.name]), sheet.active_colour(kind))
        for kind, cell_type in enumerate(job.cells[:_MOST_TYPES])
    ]
    if rest := job.cells[_MOST_TYPES:]:
        count = sum(by_type[cell_type.name] for cell_type in rest)
        rows.append(Figure(f"{len(rest)} more types", counted(count)))
    if marked:
        rows.append(Figure("marked bad", counted(marked), sheet.MARKED))
    rows.append(Figure("Upper bound", f"{counted(nest.upper_bound)} ({nest.bound})"))
    rows.append(Figure("Gap", "none: proved optimal" if nest.proved_optimal else percent(nest.gap)))
    rows.append(Figure("Method", nest.method))
    rows.append(Figure("Density", percent(area_mm2 / web_mm2)))
    rows.append(Figure("Active fraction", percent(active_mm2 / web_mm2)))
    if len(nest.placements):
        lattice = (int(nest.placements.row.max()) + 1, int(nest.placements.column.max()) + 1)
        rows.append(Figure("Rows, columns", f"{counted(lattice[0])}, {counted(lattice[1])}"))
    rows.append(Figure("Frame length", in_words(nest.frame_length_mm)))
    rows.append(Figure("Web width", in_words(job.web.width_mm)))
    rows.append(Figure("Spacing", f"{in_words(nest.spacing_mm)}, {job.singulation.mode} cuts"))
    return rows


def table(rows: Sequence[Figure], x: float, y: float, width: float) -> Iterator[str]:
    """The figures from (x, y) down."""
    for i, row in enumerate(rows):
        base = y + i * ROW + 10.0
        indent = 15.0 if row.tint else 0.0
        if row.tint:
            yield element("rect", x=x + 1.0, y=base - 7.5, width=8.5, height=8.5, fill=row.tint)
        colour = INK if row.tint else QUIET
        yield text(cut_short(row.name, _VALUES - indent), x + indent, base, fill=colour)
        weight = "600" if i == 0 else "400"
        yield text(cut_short(row.value, width - _VALUES), x + _VALUES, base, font_weight=weight)


def key_rows(job: Job, cells: CellMap) -> list[tuple[Shown, str]]:
    """What the drawing shows, and its name."""
    web = job.web
    edge = web.edge_exclusion
    every: list[tuple[bool, Shown, str]] = [
        (True, "active", "active area"),
        (True, "setback", f"setback, {in_words(job.isolation.setback_mm)}"),
        (True, "trench", f"isolation trench, {in_words(job.isolation.line_width_mm)}"),
        (True, "cut", f"singulation cut, {in_words(job.singulation.kerf_mm)}"),
        (any(cell.status == "marked" for cell in cells), "marked", "cell marked bad"),
        (bool(web.keepouts), "keepout", "keep-out, clearance"),
        (any((edge.left_mm, edge.right_mm, edge.lead_mm, edge.trail_mm)), "exclusion", "edge exclusion"),
        (bool(web.fiducials), "fiducial", "fiducial, clearance"),
        (bool(web.avoided_defects), "avoided", "defect, avoided"),
        (bool(web.marked_defects), "defect", "defect, cell marked"),
    ]
    return [(shown, words) for present, shown, words in every if present]


def key(rows: Sequence[tuple[Shown, str]], x: float, y: float, columns: int) -> Iterator[str]:
    """The key from (x, y) down, in one column or two."""
    deep = -(-len(rows) // columns)
    for i, (shown, words) in enumerate(rows):
        left, top = x + i // deep * _KEY_COLUMN, y + i % deep * ROW
        yield element("g", "".join(_swatch(shown)), transform=f"translate({number(left)} {number(top + 2.0)})")
        yield text(words, left + 23.0, top + 10.0, font_size=8.5)


def _swatch(shown: Shown) -> Iterator[str]:
    """A little of what it looks like, 16 by 10 points."""
    foil = element("rect", width=16.0, height=10.0, fill=sheet.FOIL)
    fine: dict[str, float | str] = {"stroke": QUIET, "stroke_width": 0.7}
    dashed: dict[str, float | str] = {**fine, "stroke_dasharray": "2.4 1.6"}
    match shown:
        case "active":
            yield element("rect", width=16.0, height=10.0, fill=sheet.active_colour(0))
        case "setback":
            yield foil
        case "trench":
            yield foil + element("path", d="M0 5h16", stroke=sheet.TRENCH, stroke_width=3.0)
        case "cut":
            yield foil + element("path", d="M0 5h16", stroke=sheet.CUT, stroke_width=2.2)
        case "marked":
            yield element("rect", width=16.0, height=10.0, fill=sheet.MARKED)
        case "keepout":
            yield element("rect", width=16.0, height=10.0, fill=sheet.CLEARANCE, **dashed)
            yield element("rect", x=2.5, y=2.5, width=11.0, height=5.0, fill=sheet.KEEPOUT, **fine)
            yield element("path", d="M4 7.5l5 -5M8 7.5l5 -5", **fine)
        case "exclusion":
            yield element("rect", width=16.0, height=10.0, fill=sheet.EXCLUDED, **dashed)
        case "fiducial":
            yield element("circle", cx=8.0, cy=5.0, r=5.5, fill=sheet.CLEARANCE, **dashed)
            yield element("path", d="M5 5h6M8 2v6", stroke=INK, stroke_width=1.2)
        case "avoided":
            yield element("circle", cx=8.0, cy=5.0, r=3.0, fill="none", stroke=INK, stroke_width=1.2)
        case "defect":
            yield element("circle", cx=8.0, cy=5.0, r=3.0, fill=INK)
