"""
A picture of the spot of a finding: what the marks sweep there, and what should have stayed.

One user unit is a millimetre; y runs upwards as on the web.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np
import shapely

from tfbpattern.model.finding import Finding
from tfbpattern.proof.curves import Floats, Moves
from tfbpattern.proof.shapes import shape_of
from tfbpattern.proof.sheet import Sheet

# A spot is shown as wide as so many beams, and a cell that has no spot of its own in full (ours).
_BEAMS = 24.0
_SIZE_PX = 640
# Blue and vermilion are told apart by the colour-blind (Okabe and Ito, Color Universal Design, 2008).
_COLORS = {"isolation": "#0072b2", "singulation": "#d55e00"}
# A line that shows at the size of the picture.
_HAIR = 0.003


def pictures(sheet: Sheet, findings: tuple[Finding, ...]) -> Iterator[tuple[str, str]]:
    """Name and SVG text of each finding that has a place, numbered as they come."""
    trees = {name: shapely.STRtree(marks.lines()) for name, marks in sheet.marks.items()}
    for number, finding in enumerate(findings, 1):
        if finding.x_mm is None or finding.y_mm is None:
            continue
        yield f"{number:03d}-{finding.rule}.svg", picture(sheet, finding, trees)


def picture(sheet: Sheet, finding: Finding, trees: dict[str, shapely.STRtree]) -> str:
    """The spot of one finding."""
    x, y = float(finding.x_mm or 0.0), float(finding.y_mm or 0.0)
    job = sheet.job
    widths = {"isolation": job.isolation.line_width_mm, "singulation": job.singulation.kerf_mm}
    half = _BEAMS * max(widths.values()) / 2.0
    box = shapely.box(x - half, y - half, x + half, y + half)
    hair = 2.0 * half * _HAIR
    parts = [
        f'<rect x="{x - half:.6f}" y="{-y - half:.6f}" width="{2 * half:.6f}" height="{2 * half:.6f}" fill="#fff"/>'
    ]
    for name, outline, active in _cells(sheet, x, y, half):
        dashed = f'stroke-dasharray="{4 * hair:.6f}"'
        parts.append(
            f'<g fill="none" stroke-width="{hair:.6f}"><title>{escape(name)}</title>'
            f'<path d="{_path(outline, closed=True)}" stroke="#000"/>'
            f'<path d="{_path(active, closed=True)}" stroke="#666" {dashed}/></g>'
        )
    for name, marks in sheet.marks.items():
        near = np.sort(trees[name].query(box, predicate="dwithin", distance=widths[name]))
        paths = " ".join(_path(_points(marks.taken([k])), closed=False) for k in near.tolist())
        parts.append(
            f'<path d="{paths}" fill="none" stroke="{_COLORS[name]}" stroke-opacity="0.5"'
            f' stroke-width="{widths[name]:g}" stroke-linecap="round" stroke-linejoin="round">'
            f"<title>{name}</title></path>"
        )
    ring = 6.0 * hair
    parts.append(
        f'<circle cx="{x:.6f}" cy="{-y:.6f}" r="{ring:.6f}" fill="none" stroke="#000" stroke-width="{hair:.6f}"/>'
    )
    text = escape(f"{finding.rule} {' '.join(finding.cells)}: {finding.message}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_SIZE_PX}" height="{_SIZE_PX}"'
        f' viewBox="{x - half:.6f} {-y - half:.6f} {2 * half:.6f} {2 * half:.6f}">\n<title>{text}</title>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _cells(sheet: Sheet, x: float, y: float, half: float) -> Iterator[tuple[str, Floats, Floats]]:
    """Id, outline and active area of the cells that the window may show."""
    cells = sheet.cells
    for kind, rotation, which in cells.groups():
        shape = shape_of(sheet.job, kind, rotation)
        reach = half + float(np.abs(shape.outline).max())
        places = cells.places(which)
        near = (np.abs(places - np.array([x, y])) <= reach).all(axis=1)
        active = np.asarray(shape.active.exterior.coords)[:-1]
        for k in which[near].tolist():
            at = np.array([cells.x_mm[k], cells.y_mm[k]])
            yield cells.ids[k], shape.outline + at, active + at


def _points(moves: Moves) -> Floats:
    (line,) = moves.lines()
    return np.asarray(line.coords)


def _path(points: Floats, *, closed: bool) -> str:
    return "M" + "L".join(f"{x:.5f} {-y:.5f}" for x, y in points.tolist()) + ("Z" if closed else "")
