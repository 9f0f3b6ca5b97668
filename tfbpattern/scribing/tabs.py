"""Tabs: where a cut is interrupted so that a cell stays in the web."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tfbpattern.errors import InfeasibleError
from tfbpattern.geometry import arcs
from tfbpattern.geometry.chains import Chain
from tfbpattern.model.cell import CellType
from tfbpattern.model.process import Singulation

Interval = tuple[float, float]

# A joint that turns by less than this (sine) is smooth, and a tab may lie across it.
_SMOOTH = 1e-6


def tab_gaps(
    cell: CellType, path: Chain, singulation: Singulation, *, taken: Sequence[Interval] = (), where: str = ""
) -> tuple[Interval, ...]:
    """
    The stretches (mm along *path*, the closed kerf path in the cell frame) that are left out, one a tab.

    Each edge from corner to corner gets its share, evenly along it; the edges next to a cathode terminal only where
    the others are full. A gap is a kerf longer than the tab: its ends are round. A tab that would lie on one of the
    stretches *taken* moves on as little as it must, on its own edge if it can; *where* says whose they are.

    Raises:
        InfeasibleError: the tabs do not fit on the path.
    """
    count = singulation.tabs.count
    if not count:
        return ()
    gap_mm = singulation.tabs.width_mm + singulation.kerf_mm
    # Between two gaps at least a kerf is cut, or they would be one.
    room_mm = gap_mm + singulation.kerf_mm
    stretches = _stretches(path, room_mm)
    holds = [int((high - low) / room_mm) for low, high in stretches]
    if sum(holds) < count:
        raise InfeasibleError(
            f"{count} tabs of {singulation.tabs.width_mm:g} mm do not fit around {cell.name!r}: with their kerfs each"
            f" takes {room_mm:g} mm of a straight or smoothly curved edge, and there is room for {sum(holds)}"
        )
    spared = _terminal_sides(cell, path, stretches)
    chosen = [0] * len(stretches)
    for _ in range(count):
        open_ = [k for k in range(len(stretches)) if chosen[k] < holds[k]]
        away = [k for k in open_ if k not in spared] or open_
        # The edge with the most length for each tab; of equals the one farthest along from where tabs are already.
        chosen[max(away, key=lambda k: _worth(k, stretches, chosen))] += 1
    centres = [
        (k, centre)
        for k, ((low, high), tabs) in enumerate(zip(stretches, chosen, strict=True))
        for centre in (low + (np.arange(tabs) + 0.5) * (high - low) / max(tabs, 1)).tolist()
    ]
    if taken:
        free = _free(stretches, taken, singulation, float(arcs.lengths(*path.segments).sum()))
        moved = _moved(centres, free, spared, room_mm)
        if len(moved) < count:
            raise InfeasibleError(
                f"{count} tabs of {singulation.tabs.width_mm:g} mm do not fit around {cell.name!r}{where}: off the cuts"
                f" that end or touch there, and off the edge of the web, there is room for {len(moved)}"
            )
        centres = [(0, centre) for centre in moved]
    return tuple((centre - gap_mm / 2.0, centre + gap_mm / 2.0) for _, centre in centres)


def _free(
    stretches: Sequence[Interval], taken: Sequence[Interval], singulation: Singulation, total: float
) -> list[tuple[int, float, float]]:
    """Where the middle of a tab may lie: (number of the stretch, from, to)."""
    half, room_mm = singulation.tabs.width_mm / 2.0, singulation.tabs.width_mm + 2.0 * singulation.kerf_mm
    free: list[tuple[int, float, float]] = []
    for k, (low, high) in enumerate(stretches):
        # Of a path without corners any place is as good as another.
        end = 0.0 if high - low >= total else room_mm / 2.0
        at, last = low + end, high - end
        blocked = sorted((a - half + lap, b + half + lap) for a, b in taken for lap in (-total, 0.0, total))
        for a, b in [*blocked, (np.inf, np.inf)]:
            if at <= min(a, last):
                free.append((k, at, min(a, last)))
            at = max(at, b)
    return free


def _moved(
    centres: Sequence[tuple[int, float]],
    free: Sequence[tuple[int, float, float]],
    spared: set[int],
    room_mm: float,
) -> list[float]:
    """Middles of tabs, as many as find a place: those that can stay first, then each as near by as can be."""
    stay = [any(k == own and low <= centre <= high for k, low, high in free) for own, centre in centres]
    placed = [centre for (_, centre), ok in zip(centres, stay, strict=True) if ok]
    for (own, centre), ok in zip(centres, stay, strict=True):
        if ok:
            continue
        open_: list[tuple[bool, float, float]] = []
        for k, low, high in free:
            for a, b in _between(low, high, placed, room_mm):
                at = min(max(centre, a), b)
                if k == own:
                    open_.append((False, abs(at - centre) - 1e9, at))
                else:
                    # On another edge in the middle of what is free there, the longest first.
                    open_.append((k in spared, a - b, (a + b) / 2.0))
        if open_:
            placed.append(min(open_)[2])
    return sorted(placed)


def _between(low: float, high: float, placed: Sequence[float], room_mm: float) -> Iterator[Interval]:
    """What is left of a stretch a tab's room away from others."""
    for centre in sorted(placed):
        if low <= centre - room_mm and centre - room_mm < high:
            yield low, centre - room_mm
        if centre + room_mm > low and centre - room_mm < high:
            low = max(low, centre + room_mm)
    if low <= high:
        yield low, high


def _worth(k: int, stretches: list[Interval], chosen: list[int]) -> tuple[float, float]:
    low, high = stretches[k]
    total = stretches[-1][1] - stretches[0][0]
    taken = [(a + b) / 2.0 for (a, b), tabs in zip(stretches, chosen, strict=True) if tabs]
    apart = [abs((low + high) / 2.0 - middle) for middle in taken]
    nearest = min((min(way, total - way) for way in apart), default=0.0)
    return round((high - low) / (chosen[k] + 1), 6), round(nearest, 6)


def _stretches(path: Chain, room_mm: float) -> list[Interval]:
    """
    Where tabs may lie: from corner to corner along the path; the whole path where it has none.

    A straight edge with room for a tab is a stretch by itself: across a round corner a tab would hold on to nothing.
    """
    p0, p1, bulge = path.segments
    begins = np.concatenate([[0.0], np.cumsum(arcs.lengths(p0, p1, bulge))])
    start, end = arcs.tangents(p0, p1, bulge)
    before = np.roll(end, 1, axis=0)
    turn = np.abs(before[:, 0] * start[:, 1] - before[:, 1] * start[:, 0])
    edge = (bulge == 0.0) & (np.diff(begins) >= room_mm)
    ends = (turn > _SMOOTH) | ((before * start).sum(axis=1) < 0) | edge | np.roll(edge, 1)
    corners = begins[:-1][ends].tolist()
    if not corners:
        return [(0.0, float(begins[-1]))]
    return list(zip(corners, [*corners[1:], corners[0] + float(begins[-1])], strict=True))


def _terminal_sides(cell: CellType, path: Chain, stretches: list[Interval]) -> set[int]:
    """Numbers of the stretches nearest to each cathode terminal, which tabs keep away from where they can."""
    p0, p1, bulge = path.segments
    begins = np.concatenate([[0.0], np.cumsum(arcs.lengths(p0, p1, bulge))])
    middles = np.array([(low + high) / 2.0 for low, high in stretches]) % begins[-1]
    k = np.minimum(np.searchsorted(begins, middles, side="right") - 1, len(p0) - 1)
    points = arcs.point_at(p0[k], p1[k], bulge[k], (middles - begins[k]) / (begins[k + 1] - begins[k]))
    return {
        int(np.argmin(np.hypot(points[:, 0] - pad.x_mm, points[:, 1] - pad.y_mm)))
        for pad in cell.terminals
        if pad.kind == "cathode"
    }
