"""Draws what a sheet is measured by: its axes, their origin, the web going on, scale bars; in points."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tfbpattern.report.figures import in_words
from tfbpattern.report.lanes import width_of
from tfbpattern.report.page import INK, QUIET
from tfbpattern.report.svg import element, number, start, text

_SIZE = 9.0


def axes(width_mm: float, length_mm: float, point_mm: float, x: float, y: float) -> Iterator[str]:
    """Both axes, the one along the web at *x* and the one across it at *y*, with the origin and the scale."""
    width, length = width_mm / point_mm, length_mm / point_mm
    yield start("g", fill="none", stroke=INK, stroke_width=0.9)
    yield element("path", d=f"M0 {number(y - 4.0)}v8v-4H{number(width - 5.0)}")
    yield element("path", d=f"M{number(x - 4.0)} {number(length)}h8h-4V5")
    yield element("circle", cx=0.0, cy=length, r=3.2, fill="#ffffff")
    yield "</g>"
    yield element("path", d=f"M{number(width)} {number(y)}l-9 3v-6z")
    yield element("path", d=f"M{number(x)} 0l3 9h-6z")
    yield text(f"x, across the web: {in_words(width_mm)}", 0.0, y + 15.0, font_size=_SIZE)
    along = f"y, machine direction: {in_words(length_mm)}"
    # On a short frame the words begin below its origin rather than end above it.
    begin = max(length, width_of(along, _SIZE))
    turned = f"translate({number(x - 7.0)} {number(begin)}) rotate(-90)"
    yield text(along, 0.0, 0.0, font_size=_SIZE, transform=turned)
    # A narrow web has no room for the scale beside the name of its axis.
    yield from scale(width_mm / 4.0, 1.0 / point_mm, width, y + (15.0 if width > 240.0 else 32.0))


def going_on(width: float, length: float) -> Iterator[str]:
    """The edges of the web before and after the frame."""
    tails = "".join(f"M{number(x)} 0v-8.6M{number(x)} {number(length)}v8.6" for x in (0.0, width))
    yield element("path", d=tails, stroke=QUIET, stroke_width=0.9, stroke_dasharray="2 1.3")


def scale(most_mm: float, points_per_mm: float, right: float, base: float) -> Iterator[str]:
    """A bar that ends at *right*, a round length of *most_mm* at most, with that length before it."""
    power = 10.0 ** math.floor(math.log10(most_mm))
    length_mm = power * max(step for step in (1.0, 2.0, 5.0) if step * power <= most_mm * (1.0 + 1e-9))
    left = right - length_mm * points_per_mm
    bar = f"M{number(left)} {number(base - 6.0)}v6H{number(right)}v-6"
    yield element("path", d=bar, fill="none", stroke=INK, stroke_width=0.9)
    yield text(in_words(length_mm), left - 5.0, base, font_size=_SIZE, text_anchor="end")
