"""What pages of figures begin with, and their letters and inks."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from tfbpattern.report.svg import element, number, start, text

FONT = "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
INK, QUIET, RULE = "#1f2d37", "#5f6c76", "#b4bcc2"

MARGIN = 24.0
"""Points left free at the edges."""

HEAD = 52.0
"""Points below the margin that title and subtitle take."""


def head(width: float, height: float, title: str, subtitle: str) -> Iterator[str]:
    """The opening lines of an SVG of so many points: a white page with a title and a subtitle."""
    yield start(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_labelledby="title",
        font_family=FONT,
        font_size=11.0,
        fill=INK,
    )
    yield element("title", escape(f"{title}: {subtitle}"), id="title")
    yield element("rect", width=width, height=height, fill="#ffffff")
    yield text(title, MARGIN, MARGIN + 16.0, font_size=19.0, font_weight="600")
    yield text(subtitle, MARGIN, MARGIN + 34.0, fill=QUIET)
