"""
Settling: blocks pushed together so that no sliver is left between the cuts around them.

Two edges side by side share one cut, or lie far enough apart that the foil between their cuts is no sliver. Blocks
are pushed to the left and then down; one that would leave a sliver is set off by just as much as it needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tfbpattern.nesting.pallet.blocks import Block
from tfbpattern.nesting.pallet.problem import Ints, PalletProblem
from tfbpattern.units import NM_PER_MM

# Two cuts that run side by side for less than this leave no sliver (formats: definitions).
_SIDE_BY_SIDE_MM = 1.0


class Settled(NamedTuple):
    """Lower-left corners of the blocks, in the problem's unit."""

    x: Ints
    y: Ints


def settle(blocks: Sequence[Block], problem: PalletProblem, sliver_mm: float) -> Settled | None:
    """Where the blocks stand without slivers between them; None where the field is too tight for that."""
    # Rounded up: what is a sliver's width in nanometres may be no whole number of units.
    sliver = -(-round(sliver_mm * NM_PER_MM) // problem.unit_nm)
    beside = round(_SIDE_BY_SIDE_MM * NM_PER_MM) // problem.unit_nm
    width = np.array([block.columns * (problem.b if block.turned else problem.a) for block in blocks])
    length = np.array([block.rows * (problem.a if block.turned else problem.b) for block in blocks])
    x, y = np.array([block.x for block in blocks]), np.array([block.y for block in blocks])
    x = _pushed(x, width, y, length, sliver, beside)
    y = _pushed(y, length, x, width, sliver, beside)
    if (x + width > problem.width).any() or (y + length > problem.length).any():
        return None
    if _has_sliver(x, width, y, length, sliver, beside) or _has_sliver(y, length, x, width, sliver, beside):
        return None
    return Settled(x, y)


def _pushed(start: Ints, size: Ints, other: Ints, extent: Ints, sliver: int, beside: int) -> Ints:
    """New starts along one axis, as low as the blocks before them and slivers allow."""
    settled = start.copy()
    done: list[int] = []
    for k in np.argsort(start, kind="stable").tolist():
        overlap = np.array(
            [min(other[k] + extent[k], other[m] + extent[m]) - max(other[k], other[m]) for m in done], dtype=np.int64
        )
        ends = np.array([settled[m] + size[m] for m in done], dtype=np.int64)
        before = ends[overlap > 0]
        place = int(before.max(initial=0))
        # Each step passes one end for good, so this ends.
        while True:
            gaps = place - ends[overlap > beside]
            narrow = gaps[(gaps > 0) & (gaps < sliver)]
            if not len(narrow):
                break
            place += sliver - int(narrow.min())
        settled[k] = place
        done.append(k)
    return settled


def _has_sliver(start: Ints, size: Ints, other: Ints, extent: Ints, sliver: int, beside: int) -> bool:
    """Whether two blocks stand side by side along the other axis with a gap narrower than a sliver."""
    gap = start[None, :] - (start + size)[:, None]
    overlap = np.minimum((other + extent)[:, None], (other + extent)[None, :]) - np.maximum(other[:, None], other)
    return bool(((gap > 0) & (gap < sliver) & (overlap > beside)).any())
