"""Tabs: where a cut is interrupted so that a cell stays in the web."""

from __future__ import annotations

import numpy as np

from tfbpattern.errors import InfeasibleError
from tfbpattern.geometry import arcs
from tfbpattern.geometry.chains import Chain
from tfbpattern.model.cell import CellType
from tfbpattern.model.process import Singulation

Interval = tuple[float, float]

# A joint that turns by less than this (sine) is smooth, and a tab may lie across it.
_SMOOTH = 1e-6


def tab_gaps(cell: CellType, path: Chain, singulation: Singulation) -> tuple[Interval, ...]:
    """
    The stretches (mm along *path*, the closed kerf path in the cell frame) that are left out, one a tab.

    They are spread evenly, each on a smooth part of the path, and as far from the cathode terminals as the choice
    of the first one allows. A gap is a kerf longer than the tab: its ends are round.

    Raises:
        InfeasibleError: the tabs do not fit on the path.
    """
    count = singulation.tabs.count
    if not count:
        return ()
    gap_mm = singulation.tabs.width_mm + singulation.kerf_mm
    total = path.length_mm
    if count * (gap_mm + singulation.kerf_mm) > total:
        raise InfeasibleError(
            f"{count} tabs of {singulation.tabs.width_mm:g} mm do not fit around {cell.name!r}: they take"
            f" {count * (gap_mm + singulation.kerf_mm):g} mm, the cut is {total:.6g} mm long"
        )
    stretches = _smooth_stretches(path)
    starts = [(low + high) / 2.0 for low, high in stretches]
    choices = [
        tuple(_settled((start + k * total / count) % total, stretches, gap_mm, total) for k in range(count))
        for start in starts
    ]
    centres = max(choices, key=lambda choice: round(_least_distance(cell, path, choice), 6))
    return tuple((centre - gap_mm / 2.0, centre + gap_mm / 2.0) for centre in centres)


def _smooth_stretches(path: Chain) -> list[Interval]:
    """From corner to corner along the path; the whole path where it has none."""
    p0, p1, bulge = path.segments
    begins = np.concatenate([[0.0], np.cumsum(arcs.lengths(p0, p1, bulge))])
    start, end = arcs.tangents(p0, p1, bulge)
    before = np.roll(end, 1, axis=0)
    turn = np.abs(before[:, 0] * start[:, 1] - before[:, 1] * start[:, 0])
    corners = begins[:-1][(turn > _SMOOTH) | ((before * start).sum(axis=1) < 0)].tolist()
    if not corners:
        return [(0.0, float(begins[-1]))]
    return list(zip(corners, [*corners[1:], corners[0] + float(begins[-1])], strict=True))


def _settled(centre: float, stretches: list[Interval], gap_mm: float, total: float) -> float:
    """The place nearest to *centre* at which a gap lies within one smooth stretch; else *centre* itself."""
    places = []
    for low, high in stretches:
        if high - low == total:
            return centre
        if high - low >= gap_mm:
            for lap in (-total, 0.0, total):
                place = min(max(centre, low + lap + gap_mm / 2.0), high + lap - gap_mm / 2.0)
                places.append(place)
    return min(places, key=lambda place: abs(place - centre)) if places else centre


def _least_distance(cell: CellType, path: Chain, centres: tuple[float, ...]) -> float:
    """From any tab to any cathode terminal; 0 where there are none, so that all choices are alike."""
    pads = [t for t in cell.terminals if t.kind == "cathode"]
    if not pads:
        return 0.0
    p0, p1, bulge = path.segments
    begins = np.concatenate([[0.0], np.cumsum(arcs.lengths(p0, p1, bulge))])
    places = np.array(centres) % begins[-1]
    k = np.searchsorted(begins, places, side="right") - 1
    points = arcs.point_at(p0[k], p1[k], bulge[k], (places - begins[k]) / (begins[k + 1] - begins[k]))
    return min(
        float(
            np.hypot(
                np.maximum(np.abs(points[:, 0] - pad.x_mm) - pad.width_mm / 2.0, 0.0),
                np.maximum(np.abs(points[:, 1] - pad.y_mm) - pad.height_mm / 2.0, 0.0),
            ).min()
        )
        for pad in pads
    )
