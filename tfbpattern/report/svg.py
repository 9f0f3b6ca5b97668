"""Writes SVG: numbers, elements and paths with true arcs."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from tfbpattern.geometry import arcs
from tfbpattern.geometry.chains import Chain, Chains

_STEPS_PER_MM = 10_000
"""Our choice: coordinates to a tenth of a micrometre, finer than any machine, short enough for many cells."""

_QUARTER_RAD = np.pi / 2.0


def number(value: float) -> str:
    """A number with four decimals at most: no exponent, no negative zero, no locale."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _attributes(attributes: dict[str, float | str]) -> str:
    return "".join(
        f" {name.replace('_', '-')}={quoteattr(value if isinstance(value, str) else number(value))}"
        for name, value in attributes.items()
    )


def start(tag: str, /, **attributes: float | str) -> str:
    """An opening tag; ``_`` in a name becomes ``-``."""
    return f"<{tag}{_attributes(attributes)}>"


def element(tag: str, content: str = "", /, **attributes: float | str) -> str:
    """A whole element around *content*, which is SVG already."""
    return f"<{tag}{_attributes(attributes)}>{content}</{tag}>" if content else f"<{tag}{_attributes(attributes)}/>"


def text(words: str, x: float, y: float, /, **attributes: float | str) -> str:
    """A line of text with its baseline at (x, y)."""
    return element("text", escape(words), x=x, y=y, **attributes)


def titled(tag: str, words: str, /, **attributes: float | str) -> str:
    """An element that shows *words* when pointed at."""
    return element(tag, element("title", escape(words)), **attributes)


def outline(chain: Chain) -> str:
    """The path data of one chain."""
    return "".join(paths(Chains.of([chain])))


def paths(chains: Chains) -> Iterator[str]:
    """
    The path data of each chain, in a frame whose y points up.

    An arc is written in pieces of a quarter turn at most: near half a turn the place of its centre would hang
    on the last digit of its radius. Each chain is written relative to its start, so that congruent chains
    share their text, which is made once.
    """
    if not len(chains):
        return
    p0, p1, bulge, owner = chains.segments
    pieces = np.maximum(np.ceil(4.0 * np.arctan(np.abs(bulge)) / _QUARTER_RAD - 1e-6), 1.0).astype(np.int64)
    source = np.repeat(np.arange(len(pieces)), pieces)
    step = np.arange(len(source)) - np.repeat(np.cumsum(pieces) - pieces, pieces) + 1
    ends = arcs.point_at(p0[source], p1[source], bulge[source], step / pieces[source])
    sweep = np.sign(bulge[source]).astype(np.int64)
    radius = np.where(sweep == 0, 0.0, arcs.radii(p0, p1, np.where(bulge == 0.0, 1.0, bulge))[source])

    # Differences of rounded points, so that the roundings of a long chain do not add up.
    to = np.rint(ends * _STEPS_PER_MM).astype(np.int64)
    first = np.searchsorted(owner[source], np.arange(len(chains) + 1))
    begin = np.rint(chains.starts * _STEPS_PER_MM).astype(np.int64)
    before = np.roll(to, 1, axis=0)
    before[first[:-1]] = begin
    rows = np.column_stack([to - before, np.rint(radius * _STEPS_PER_MM).astype(np.int64), sweep])
    buffer, width = rows.tobytes(), rows.itemsize * 4

    known: dict[tuple[bytes, bool], str] = {}
    bounds = first.tolist()
    for i, ((x, y), closed) in enumerate(zip(begin.tolist(), chains.closed.tolist(), strict=True)):
        low, high = bounds[i], bounds[i + 1]
        key = buffer[low * width : high * width], closed
        tail = known.get(key)
        if tail is None:
            tail = known[key] = _tail(rows[low:high].tolist(), closed=closed)
        yield f"M{number(x / _STEPS_PER_MM)} {number(y / _STEPS_PER_MM)}{tail}"


def _tail(rows: list[list[int]], *, closed: bool) -> str:
    """What follows the start of a path: lines and arcs by (dx, dy, radius, sweep), in steps."""
    words = []
    for i, (dx, dy, radius, sweep) in enumerate(rows):
        if dx == dy == 0 or (closed and sweep == 0 and i == len(rows) - 1):
            continue
        to = f"{number(dx / _STEPS_PER_MM)} {number(dy / _STEPS_PER_MM)}"
        r = number(radius / _STEPS_PER_MM)
        words.append(f"a{r} {r} 0 0 {int(sweep > 0)} {to}" if sweep else f"l{to}")
    return "".join(words) + ("z" if closed else "")
