"""
Hollow nests: four blocks in the corners, with a middle that is large enough for other things than boxes.

The fullest four blocks leave most of their waste in strips. With a few boxes less the same waste may come to lie in one
piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tfbpattern.nesting.pallet.blocks import Block, corner_blocks
from tfbpattern.nesting.pallet.problem import PalletProblem

# Sizes of four blocks that are looked at; where there are more, none are (ours: a second).
_MOST_SIZES = 3 * 10**7


class Hollow(NamedTuple):
    """Blocks, how many boxes they are, and the area of their middle in boxes."""

    blocks: list[Block]
    boxes: int
    middle: float


def hollow_nests(problem: PalletProblem, *, least: int, side: int) -> Sequence[Hollow]:
    """
    Nests of at least so many boxes, whose middle is at least *side* wide and long, in nanometres.

    The fullest one for each size of the middle, those with the most room for boxes and middle first.
    """
    a, b, width, length = problem.a, problem.b, problem.width, problem.length
    columns, rows = width // a + 1, length // b + 1
    across = width // b + 1
    if columns * across * rows * rows > _MOST_SIZES:
        return ()
    # Boxes, sides of the middle, i, j, k, n; from the fullest to the emptiest.
    found = np.empty((0, 7), dtype=np.int64)
    j, k, n = (at.ravel() for at in np.mgrid[0:rows, 0:across, 0:rows])
    above, below, beyond = (length - j * b) // a, (length - n * b) // a, (width - k * b) // a
    for i in range(columns):
        right = (width - i * a) // b
        boxes = i * j + k * above + right * below + beyond * n
        # How far opposite blocks are from each other: upright ones, and turned ones.
        upright = width - beyond * a - i * a, length - n * b - j * b
        turned = width - right * b - k * b, length - below * a - above * a
        apart = ((upright[0] >= 0) | (upright[1] >= 0)) & ((turned[0] >= 0) | (turned[1] >= 0)) & (boxes >= least)
        for wide, long in ((upright[0], turned[1]), (turned[0], upright[1])):
            at = np.flatnonzero(apart & (wide >= side) & (long >= side))
            corners = np.full(len(at), i), j[at], k[at], n[at]
            found = np.vstack((found, np.column_stack((boxes[at], wide[at], long[at], *corners))))
        found = found[np.argsort(-found[:, 0], kind="stable")]
        _, first = np.unique(found[:, 1:3], axis=0, return_index=True)
        found = found[np.sort(first)]
    nests = [
        Hollow(corner_blocks(problem, *corners), boxes, wide * long / (a * b))
        for boxes, wide, long, *corners in found.tolist()
    ]
    return sorted(nests, key=lambda nest: -nest.boxes - nest.middle)
