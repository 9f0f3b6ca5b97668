"""
Settling: blocks pushed together so that no sliver is left between the cuts around them.

Two edges side by side share one cut, or lie far enough apart that the foil between their cuts is no sliver. Blocks
are pushed to the left and then down, as far as other blocks and obstacles allow; one that would leave a sliver is set
off by just as much as it needs. Where there is no room for that, a block loses a row or a column.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tfbpattern.nesting.pallet.blocks import Block
from tfbpattern.nesting.pallet.problem import Ints, PalletProblem
from tfbpattern.units import NM_PER_MM

# Two cuts that run side by side for less than this leave no sliver (formats: definitions).
_SIDE_BY_SIDE_NM = round(1.0 * NM_PER_MM)


def settle(
    blocks: Sequence[Block], problem: PalletProblem, sliver_mm: float, obstacles: Ints | None = None
) -> list[Block]:
    """
    The blocks where they stand without slivers between them.

    Blocks that overlap none of the *obstacles* (k, 4) keep clear of them; one that overlaps an obstacle from the start
    has accepted it.
    """
    sliver = round(sliver_mm * NM_PER_MM)
    around = np.empty((0, 4), dtype=np.int64) if obstacles is None else obstacles
    kept = [block for block in blocks if block.columns and block.rows]
    while kept:
        x, y, width, length = _boxes(kept, problem)
        clear = ~_overlapping(x, y, width, length, around)
        new_x = _pushed(x, width, y, length, sliver, around, clear)
        new_y = _pushed(y, length, new_x, width, sliver, around[:, [1, 0, 3, 2]], clear)
        worst = _misplaced(new_x, new_y, width, length, problem, sliver, around, clear)
        if worst is None:
            return [
                block._replace(x=left, y=low)
                for block, left, low in zip(kept, new_x.tolist(), new_y.tolist(), strict=True)
            ]
        # Each round takes boxes away, so this ends.
        k, along_x = worst
        shorter = kept[k]._replace(columns=kept[k].columns - 1) if along_x else kept[k]._replace(rows=kept[k].rows - 1)
        kept[k : k + 1] = [shorter] if shorter.columns and shorter.rows else []
    return []


def _boxes(blocks: Sequence[Block], problem: PalletProblem) -> tuple[Ints, Ints, Ints, Ints]:
    turned = np.array([block.turned for block in blocks])
    columns, rows = np.array([block.columns for block in blocks]), np.array([block.rows for block in blocks])
    width = columns * np.where(turned, problem.b, problem.a)
    length = rows * np.where(turned, problem.a, problem.b)
    return np.array([block.x for block in blocks]), np.array([block.y for block in blocks]), width, length


def _overlapping(x: Ints, y: Ints, width: Ints, length: Ints, obstacles: Ints) -> np.ndarray:
    """Which block (n, 1) overlaps which obstacle (1, k)."""
    left, low, right, high = obstacles.T[:, None, :]
    over: np.ndarray = (
        (x[:, None] < right) & ((x + width)[:, None] > left) & (y[:, None] < high) & ((y + length)[:, None] > low)
    )
    return over


def _side_by_side(start: Ints, extent: Ints) -> Ints:
    """Length (n, n) along which two blocks stand side by side; none where it is not positive."""
    end = start + extent
    overlap: Ints = np.minimum(end[:, None], end) - np.maximum(start[:, None], start)
    return overlap


def _pushed(
    start: Ints, size: Ints, other: Ints, extent: Ints, sliver: int, obstacles: Ints, clear: np.ndarray
) -> Ints:
    """New starts along one axis, as low as the blocks before them, the obstacles and slivers allow."""
    settled = start.copy()
    order = np.argsort(start, kind="stable")
    overlap = _side_by_side(other, extent)
    for position, k in enumerate(order.tolist()):
        done = order[:position]
        beside = overlap[k, done]
        ends = settled[done] + size[done]
        place = int(ends[beside > 0].max(initial=0))
        near = ends[beside > _SIDE_BY_SIDE_NM]
        facing = obstacles[clear[k] & (other[k] < obstacles[:, 3]) & (other[k] + extent[k] > obstacles[:, 1])]
        # Each step passes one end or obstacle for good, so this ends.
        while True:
            gaps = place - near
            narrow = gaps[(gaps > 0) & (gaps < sliver)]
            if len(narrow):
                place += sliver - int(narrow.min())
                continue
            struck = facing[(place < facing[:, 2]) & (place + size[k] > facing[:, 0])]
            if not len(struck):
                break
            place = int(struck[:, 2].max())
        settled[k] = place
    return settled


def _misplaced(
    x: Ints,
    y: Ints,
    width: Ints,
    length: Ints,
    problem: PalletProblem,
    sliver: int,
    obstacles: Ints,
    clear: np.ndarray,
) -> tuple[int, bool] | None:
    """A block that has no room where it stands, and whether it lacks room along x; None where all have."""
    for start, size, limit, along_x in ((x, width, problem.width, True), (y, length, problem.length, False)):
        beyond = np.flatnonzero(start + size > limit)
        if len(beyond):
            return int(beyond[0]), along_x
    gap_x = x[None, :] - (x + width)[:, None]
    gap_y = y[None, :] - (y + length)[:, None]
    for gap, beside, along_x in ((gap_x, _side_by_side(y, length), True), (gap_y, _side_by_side(x, width), False)):
        _, second = np.nonzero((gap > 0) & (gap < sliver) & (beside > _SIDE_BY_SIDE_NM))
        if len(second):
            return int(second[0]), along_x
    apart = np.maximum(np.maximum(gap_x, gap_x.T), np.maximum(gap_y, gap_y.T))
    np.fill_diagonal(apart, 0)
    struck = np.flatnonzero(
        (apart < 0).any(axis=1) | (_overlapping(x, y, width, length, obstacles) & clear).any(axis=1)
    )
    return (int(struck[-1]), True) if len(struck) else None
