"""
Puts names in the margins around the sheet, each at the height of its thing, none upon another.

Margins, names and figures around the sheet are drawn in points: text is :data:`~tfbpattern.report.sheet.TEXT`
of them high, the sheet's upper left corner is (0, 0), y points down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest
from tfbpattern.report.page import INK, QUIET, RULE
from tfbpattern.report.sheet import KEEPOUT, TEXT, inside
from tfbpattern.report.svg import element, number, text

Side = Literal["left", "right", "bottom", "top"]

NAME = 8.0
"""Size of a name on or beside the sheet."""

_LONGEST = 12
"""Our choice: characters of a name that a margin has room for; all of it shows when pointed at."""

_NEAR = 40.0
"""Our choice: what is farther from the edge than this is not found from a name in the margin."""


_FARTHEST = 30.0
"""Our choice: how far a name may stand from the height of its thing; where it cannot, it is left out."""


class Label(NamedTuple):
    """A name for something along one side of the sheet, ``at`` points up or to the right from the origin."""

    side: Side
    at: float
    words: str
    colour: str


def width_of(words: str, size: float) -> float:
    """Width of a line of text, on the safe side: fonts differ, and the drawing cannot measure."""
    return size * sum(1.05 if ord(letter) > 0x2E7F else 0.6 for letter in words)


def cut_short(words: str, room: float, size: float = TEXT) -> str:
    """The text, or as much of it as fits and an ellipsis."""
    if width_of(words, size) <= room:
        return words
    while words and width_of(words + "m", size) > room:
        words = words[:-1]
    return words.rstrip() + "…"


def names(job: Job, nest: Nest, point_mm: float) -> Iterator[str]:
    """The names of keep-outs, inside those that have room for them."""
    for keepout in job.web.keepouts:
        x0, y0, x1, y1 = inside(keepout.shape, job.web.width_mm, nest.frame_length_mm)
        if _fits((x0, y0, x1, y1), keepout.name, point_mm):
            x = (x0 + x1) / 2.0 / point_mm
            y = (nest.frame_length_mm - (y0 + y1) / 2.0) / point_mm
            halo = {"stroke": KEEPOUT, "stroke_linejoin": "round", "paint_order": "stroke"}
            yield text(keepout.name, x, y + 3.0, font_size=NAME, text_anchor="middle", stroke_width=5.0, **halo)


def _fits(box: tuple[float, float, float, float], words: str, point_mm: float) -> bool:
    x0, y0, x1, y1 = box
    return y1 - y0 >= 13.0 * point_mm and x1 - x0 >= (width_of(words, NAME) + 6.0) * point_mm


def labels(job: Job, nest: Nest, point_mm: float) -> Mapping[Side, Sequence[Label]]:
    """What stands in each margin: fiducials, keep-outs too small for their names, corner rows and columns."""
    width, length = job.web.width_mm, nest.frame_length_mm
    found: list[Label] = []

    def at_nearest_side(box: tuple[float, float, float, float], words: str, near_mm: float) -> None:
        x0, y0, x1, y1 = box
        away: dict[Side, float] = {"left": x0, "right": width - x1, "bottom": y0, "top": length - y1}
        side = min(away, key=lambda each: away[each])
        if away[side] <= near_mm:
            at = (y0 + y1) / 2.0 if side in ("left", "right") else (x0 + x1) / 2.0
            short = words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
            found.append(Label(side, at / point_mm, short, INK))

    for fiducial in job.web.fiducials:
        place = (fiducial.x_mm, fiducial.y_mm)
        at_nearest_side((*place, *place), fiducial.name, float("inf"))
    for keepout in job.web.keepouts:
        box = inside(keepout.shape, width, length)
        if box[0] < box[2] and box[1] < box[3] and not _fits(box, keepout.name, point_mm):
            at_nearest_side(box, keepout.name, _NEAR * point_mm)
    cells = nest.placements
    if len(cells):
        rows = sorted({int(cells.row.argmin()), int(cells.row.argmax())})
        columns = sorted({int(cells.column.argmin()), int(cells.column.argmax())})
        found += [Label("left", float(cells.y_mm[i]) / point_mm, f"row {cells.row[i]}", QUIET) for i in rows]
        found += [Label("bottom", float(cells.x_mm[i]) / point_mm, f"column {cells.column[i]}", QUIET) for i in columns]
    sides: dict[Side, list[Label]] = {"left": [], "right": [], "bottom": [], "top": []}
    for label in found:
        room = (length if label.side in ("left", "right") else width) / point_mm
        tried = [*sides[label.side], label]
        if all(abs(place - each.at) <= _FARTHEST for each, place in _spread(tried, room)):
            sides[label.side] = tried
    return sides


def _extent(label: Label) -> float:
    """What a label takes along its side."""
    return 11.0 if label.side in ("left", "right") else width_of(label.words, NAME) + 8.0


def depth(side: Sequence[Label]) -> float:
    """How far a margin's names reach from the sheet's edge."""
    if not side:
        return 0.0
    if side[0].side in ("bottom", "top"):
        return 22.0
    return 16.0 + max(width_of(label.words, NAME) for label in side)


def lane(side: Sequence[Label], width: float, length: float) -> Iterator[str]:
    """The names of one margin of a sheet, *width* by *length*, a fine line from each to the sheet's edge."""
    upright = bool(side) and side[0].side in ("left", "right")
    for label, place in _spread(side, length if upright else width):
        steps = [(2.0, label.at), (6.0, label.at), (10.0, place), (13.0, place)]
        if upright:
            edge, out = (0.0, -1.0) if label.side == "left" else (width, 1.0)
            line = [(edge + out * away, length - along) for away, along in steps]
            x, y = edge + out * 15.0, length - place + 2.8
            anchor = "end" if label.side == "left" else "start"
        else:
            edge, out = (length, 1.0) if label.side == "bottom" else (0.0, -1.0)
            line = [(along, edge + out * away * 0.7) for away, along in steps]
            x, y = place, edge + (17.0 if label.side == "bottom" else -11.0)
            anchor = "middle"
        points = " ".join(f"{number(px)},{number(py)}" for px, py in line)
        yield element("polyline", points=points, fill="none", stroke=RULE, stroke_width=0.6)
        yield text(label.words, x, y, font_size=NAME, text_anchor=anchor, fill=label.colour)


def _spread(side: Sequence[Label], room: float) -> list[tuple[Label, float]]:
    """Labels in order with places close to their things and no overlap: pushed up, then back from the end."""
    order = sorted(side, key=lambda label: label.at)
    half = [_extent(label) / 2.0 for label in order]
    places: list[float] = []
    end = float("-inf")
    for label, extent in zip(order, half, strict=True):
        places.append(max(label.at, end + extent))
        end = places[-1] + extent
    end = max(room, sum(half) * 2.0) + 5.0
    for i in reversed(range(len(order))):
        places[i] = min(places[i], end - half[i])
        end = places[i] - half[i]
    return list(zip(order, places, strict=True))
