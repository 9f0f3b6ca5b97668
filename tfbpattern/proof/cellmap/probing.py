"""
Touchdowns and sites: every cell under a needle of its own, and every needle where its cell is.

The program of the prober is read as the prober reads it: a place and a turn for site 0, and which sites test. A needle
belongs to a cell by touchdown and site alone, so two cells that change these change results.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tfbpattern.model.cell import CellType
from tfbpattern.model.finding import Finding
from tfbpattern.model.tester import Tester
from tfbpattern.proof.cellmap.measures import SAME_MM, close, whole, wrong
from tfbpattern.proof.curves import Floats, Ints
from tfbpattern.proof.emitted import Emitted
from tfbpattern.proof.numbers import number_of
from tfbpattern.proof.sheet import Cells
from tfbpattern.units import cos_sin_deg

_HEAD = ["touchdown", "x_mm", "y_mm", "rotation_deg", "cells", "mask"]


class _Probed(NamedTuple):
    """Touchdown and site of each cell, and the distance of the card's sites."""

    touchdown: Ints
    site: Ints
    pitch_mm: tuple[float, float]


def check_probing(emitted: Emitted, document: Mapping[str, Any], cells: Cells) -> Iterator[Finding]:
    """Touchdowns and sites, where the map tells them, and the program of the prober."""
    file = emitted.names["cells_json"]
    records = document["cells"]
    if not any("touchdown" in record or "site" in record for record in records):
        if "prober" in emitted.names:
            yield wrong("touchdowns", "there is a program for the prober, but no cell has a touchdown", file)
        return
    complete = True
    for finding in _places(records, cells, file):
        complete = False
        yield finding
    tester, card = emitted.job.tester, document.get("probe_card")
    if tester is None or not isinstance(card, dict) or not _is_card(card, tester, records):
        yield wrong("touchdowns", "the probe card of the map is not that of the layout, or has other sites", file)
        return
    if not complete:
        return
    probed = _Probed(
        touchdown=np.array([record["touchdown"] for record in records], dtype=np.int64),
        site=np.array([record["site"] for record in records], dtype=np.int64),
        pitch_mm=(float(card["pitch_mm"][0]), float(card["pitch_mm"][1])),
    )
    if not emitted.has("prober"):
        yield wrong("prober", "cells have touchdowns, but there is no program for the prober", file)
        return
    yield from _program(emitted, probed, cells, tester)


def _places(records: list[dict[str, Any]], cells: Cells, file: str) -> Iterator[Finding]:
    """Every cell has a touchdown and a site, no two cells share them."""
    taken: dict[tuple[Any, Any], str] = {}
    never = 0
    for cell_id, record in zip(cells.ids, records, strict=True):
        place = (record.get("touchdown"), record.get("site"))
        if place == (None, None):
            never += 1
        elif not whole(place[0]) or not whole(place[1]):
            yield wrong("touchdowns", f"{cell_id} has no touchdown and site", file, cell_id)
        elif place in taken:
            told = f"{cell_id} and {taken[place]} share site {place[1]} of touchdown {place[0]}"
            yield wrong("touchdowns", told, file, cell_id)
        else:
            taken[place] = cell_id
    if never:
        yield wrong("touchdowns", f"{never} cells are never probed", file)


def _is_card(card: Mapping[str, Any], tester: Tester, records: list[dict[str, Any]]) -> bool:
    """Whether the map's card is the layout's, and no cell has a site or touchdown that it has not."""
    told, touchdowns = card.get("pitch_mm"), card.get("touchdowns")
    pitch: list[Any] = told if isinstance(told, list) else []
    if not all(close(step, step) and step > 0.0 for step in pitch):
        return False
    wanted = tester.pitch_mm or pitch
    places: list[tuple[Any, Any]] = [(record.get("touchdown"), record.get("site")) for record in records]
    known = [(touchdown, site) for touchdown, site in places if whole(touchdown) and whole(site)]
    return (
        (card.get("columns"), card.get("rows")) == (tester.columns, tester.rows)
        and len(pitch) == len(wanted) == 2
        and all(close(step, other) for step, other in zip(pitch, wanted, strict=True))
        and len({touchdown for touchdown, _ in known}) == touchdowns
        and all(touchdown < touchdowns and site < tester.columns * tester.rows for touchdown, site in known)
    )


def _program(emitted: Emitted, probed: _Probed, cells: Cells, tester: Tester) -> Iterator[Finding]:
    """Needles of the program land on the cells that the map says, and test those only."""
    file = emitted.names["prober"]
    rows = list(csv.reader(io.StringIO(emitted.text("prober"))))
    count = int(probed.touchdown.max()) + 1
    if not rows or rows[0] != _HEAD or len(rows) - 1 != count:
        yield wrong("prober", f"this is no program of {count} touchdowns with {','.join(_HEAD)}", file)
        return
    sites = tester.columns * tester.rows
    tests = np.zeros((count, sites), dtype=bool)
    tests[probed.touchdown, probed.site] = True
    place, turned = np.empty((count, 2)), np.empty(count)
    for number, row in enumerate(rows[1:]):
        mask = "".join("1" if here else "0" for here in tests[number])
        numbers = _numbers(row[1:4]) if len(row) == len(_HEAD) else None
        if numbers is None or row[0] != str(number) or row[4] != str(mask.count("1")) or row[5] != mask:
            yield Finding(
                rule="map.prober",
                message=f"touchdown {number} does not test the cells that the map says",
                file=file,
                line=number + 2,
            )
            return
        place[number], turned[number] = numbers[:2], numbers[2]
    card_deg = turned[probed.touchdown]
    # In the frame of the card, along whose sides the margin counts.
    seen = _unturned(np.column_stack([cells.x_mm, cells.y_mm]) - place[probed.touchdown], card_deg)
    row_of, column_of = np.divmod(probed.site, tester.columns)
    away = np.abs(seen - np.column_stack([column_of, row_of]) * probed.pitch_mm).max(axis=1)
    poses = np.column_stack([cells.kind, cells.rotation_deg, card_deg])
    for pose in np.unique(poses, axis=0):
        if not _fits(emitted.job.cells[int(pose[0])], float(pose[1]), float(pose[2]), tester.pad_margin_mm):
            away[(poses == pose).all(axis=1)] = np.inf
    yield from _beside(away, probed, cells, tester, file)


def _fits(cell: CellType, rotation_deg: float, card_deg: float, margin_mm: float) -> bool:
    """Whether each needle of a card that is turned by *card_deg* is over a terminal of its kind."""
    terminals = [(t.kind, *_turned(t.x_mm, t.y_mm, rotation_deg)) for t in cell.terminals]
    needles = [(t.kind, *_turned(t.x_mm, t.y_mm, card_deg)) for t in cell.terminals]
    return all(
        any(a == b and max(abs(x - u), abs(y - v)) <= margin_mm + SAME_MM for b, u, v in terminals)
        for a, x, y in needles
    )


def _turned(x: float, y: float, angle_deg: float) -> tuple[float, float]:
    cos, sin = cos_sin_deg(angle_deg)
    return x * cos - y * sin, x * sin + y * cos


def _beside(away: Floats, probed: _Probed, cells: Cells, tester: Tester, file: str) -> Iterator[Finding]:
    """Cells whose needles are farther off than the margin."""
    for k in np.flatnonzero(away > tester.pad_margin_mm + SAME_MM).tolist():
        yield Finding(
            rule="map.touchdowns",
            message=f"site {probed.site[k]} of touchdown {probed.touchdown[k]} is not at the cell that it tests",
            cells=(cells.ids[k],),
            measured=float(away[k]) if np.isfinite(away[k]) else None,
            limit=tester.pad_margin_mm,
            x_mm=float(cells.x_mm[k]),
            y_mm=float(cells.y_mm[k]),
            file=file,
        )


def _unturned(points: Floats, angle_deg: Floats) -> Floats:
    """Points (n, 2) turned back, each by its angle."""
    angles, which = np.unique(angle_deg, return_inverse=True)
    cos, sin = np.array([cos_sin_deg(float(angle)) for angle in angles]).T[:, which]
    x, y = points.T
    return np.column_stack([x * cos + y * sin, y * cos - x * sin])


def _numbers(texts: list[str]) -> NDArray[np.float64] | None:
    try:
        values = np.array([number_of(text) for text in texts])
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None
