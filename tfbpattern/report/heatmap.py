"""Heat maps and bin maps: every cell at its true shape and place in the colour of its class, as SVG and as PNG."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tfbpattern.model.celltable import CellTable, Floats
from tfbpattern.report.page import HEAD, INK, MARGIN, QUIET, RULE, head
from tfbpattern.report.shading import Shading, scale_colours
from tfbpattern.report.svg import element, number, start, text

_WEB = "#f6f4ef"

# (ours: points; a screen's height, and a key that holds the longest name of a bin)
_SHEET, _KEY = 760.0, 210.0
# (ours: beyond this many a browser gets slow to find what it is pointed at)
_MOST_TOLD = 20_000
# (ours: sharp on a large screen; a cell of 100,000 on a sheet still has 20 points)
_PIXELS_PER_POINT = 3


@dataclass(frozen=True, slots=True)
class _Page:
    """Points per millimetre, and the size of the sheet and of the page in points."""

    scale: float
    width: float
    length: float

    @classmethod
    def of(cls, cells: CellTable) -> _Page:
        scale = _SHEET / max(cells.width_mm, cells.frame_length_mm)
        return cls(scale, cells.width_mm * scale, cells.frame_length_mm * scale)

    @property
    def size(self) -> tuple[float, float]:
        return self.width + _KEY + 3 * MARGIN, max(self.length, 300.0) + HEAD + 2 * MARGIN

    @property
    def key(self) -> tuple[float, float]:
        """Where the key begins."""
        return self.width + 2 * MARGIN, HEAD + MARGIN


def heatmap_svg(
    cells: CellTable, shading: Shading, title: str, subtitle: str, told: Sequence[str] | None = None
) -> Iterator[str]:
    """
    The lines of the map as SVG, seen from the laser.

    *told* is shown for each cell when pointed at; left out where there are many cells.
    """
    page = _Page.of(cells)
    yield from head(*page.size, title, subtitle)
    yield "<defs>"
    for kind, cell_type in enumerate(cells.types):
        yield element("path", d=_path(cell_type.outline_mm), id=f"t{kind}")
    yield "</defs>"
    s = number(page.scale)
    place = f"matrix({s} 0 0 -{s} {number(MARGIN)} {number(HEAD + MARGIN + page.length)})"
    yield start("g", transform=place)
    yield element("rect", width=cells.width_mm, height=cells.frame_length_mm, fill=_WEB)
    yield from _uses(cells, shading, told if told and len(cells) <= _MOST_TOLD else None)
    yield "</g>"
    yield element(
        "rect",
        x=MARGIN,
        y=HEAD + MARGIN,
        width=page.width,
        height=page.length,
        fill="none",
        stroke=INK,
        stroke_width=0.8,
    )
    yield from _key_svg(shading, *page.key)
    yield "</svg>"


def _path(points: Floats) -> str:
    words = [f"{number(x)} {number(y)}" for x, y in points.tolist()]
    return f"M{words[0]}L{' '.join(words[1:])}z"


def _uses(cells: CellTable, shading: Shading, told: Sequence[str] | None) -> Iterator[str]:
    """Cells by colour, one element each."""
    order = np.argsort(shading.classes, kind="stable")
    at = list(zip(cells.kind.tolist(), cells.x_mm.tolist(), cells.y_mm.tolist(), strict=True))
    turned = cells.rotation_deg.tolist()
    bounds = np.searchsorted(shading.classes[order], np.arange(len(shading.colours) + 1))
    for colour, low, high in zip(shading.colours, bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if low == high:
            continue
        yield start("g", fill=colour)
        lines = []
        for k in order[low:high].tolist():
            kind, x, y = at[k]
            a, b = number(x), number(y)
            turn = f' transform="rotate({number(turned[k])} {a} {b})"' if turned[k] else ""
            end = f"><title>{escape(told[k])}</title></use>" if told else "/>"
            lines.append(f'<use href="#t{kind}" x="{a}" y="{b}"{turn}{end}')
        yield "\n".join(lines)
        yield "</g>"


def _key_svg(shading: Shading, x: float, y: float) -> Iterator[str]:
    if shading.scale:
        low, high, words = shading.scale
        yield text(words, x, y + 10.0)
        y += 20.0
        colours = scale_colours()
        step = 200.0 / len(colours)
        for k, colour in enumerate(reversed(colours)):
            yield element("rect", x=x, y=y + k * step, width=18.0, height=step + 0.3, fill=colour)
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            yield text(_figure(low + (high - low) * share), x + 25.0, y + 200.0 * (1.0 - share) + 4.0)
        y += 222.0
    for colour, words in shading.entries:
        yield element("rect", x=x, y=y, width=12.0, height=12.0, fill=colour, stroke=RULE, stroke_width=0.5)
        yield text(words, x + 18.0, y + 10.0)
        y += 18.0


def _figure(value: float) -> str:
    """A number of the scale, to four digits."""
    shown = f"{value:.4g}"
    return "0" if float(shown) == 0.0 else shown


def heatmap_png(cells: CellTable, shading: Shading, title: str, subtitle: str) -> bytes:
    """The same as PNG."""
    page, p = _Page.of(cells), _PIXELS_PER_POINT
    width, height = page.size
    image = Image.new("RGB", (round(width * p), round(height * p)), "#ffffff")
    draw = ImageDraw.Draw(image)
    left, base = MARGIN * p, (HEAD + MARGIN + page.length) * p
    draw.rectangle((left, base - page.length * p, left + page.width * p, base), fill=_WEB)
    scale = page.scale * p
    colours = [shading.colours[k] for k in shading.classes.tolist()]
    for kind, rotation_deg, index in cells.poses():
        shape = _fewer(cells.types[kind].turned_mm(rotation_deg), scale)
        x = left + (cells.x_mm[index, None] + shape[:, 0]) * scale
        y = base - (cells.y_mm[index, None] + shape[:, 1]) * scale
        corners = np.stack([x, y], axis=2).reshape(len(index), -1)
        for k, outline in zip(index.tolist(), corners.tolist(), strict=True):
            draw.polygon(outline, fill=colours[k])
    draw.rectangle((left, base - page.length * p, left + page.width * p, base), outline=INK, width=2)
    _words(draw, title, MARGIN, MARGIN + 2.0, 19.0, INK)
    _words(draw, subtitle, MARGIN, MARGIN + 26.0, 11.0, QUIET)
    _key_png(draw, shading, *page.key)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _fewer(shape: Floats, scale: float) -> Floats:
    """The outline without vertices that a pixel hides."""
    kept = [shape[0]]
    for point in shape[1:]:
        if np.abs((point - kept[-1]) * scale).max() >= 0.5:
            kept.append(point)
    return np.array(kept) if len(kept) >= 3 else shape


def _words(draw: ImageDraw.ImageDraw, words: str, x: float, y: float, size: float, colour: str) -> None:
    p = _PIXELS_PER_POINT
    draw.text((x * p, y * p), words, fill=colour, font=ImageFont.load_default(size * p))


def _key_png(draw: ImageDraw.ImageDraw, shading: Shading, x: float, y: float) -> None:
    p = _PIXELS_PER_POINT

    def box(top: float, width: float, height: float, colour: str) -> None:
        draw.rectangle((x * p, top * p, (x + width) * p, (top + height) * p), fill=colour)

    if shading.scale:
        low, high, words = shading.scale
        _words(draw, words, x, y, 11.0, INK)
        y += 20.0
        colours = scale_colours()
        for k, colour in enumerate(reversed(colours)):
            box(y + k * 200.0 / len(colours), 18.0, 200.0 / len(colours), colour)
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            _words(draw, _figure(low + (high - low) * share), x + 25.0, y + 200.0 * (1.0 - share) - 6.0, 11.0, INK)
        y += 222.0
    for colour, words in shading.entries:
        box(y, 12.0, 12.0, colour)
        _words(draw, words, x + 18.0, y - 1.0, 11.0, INK)
        y += 18.0
