"""
Dissection: the field cut along obstacles, from edge to edge of each part, into parts that blocks are nested into.

Cuts lie on lines along obstacles, and on the first lines beyond them at which boxes can end. Which cuts are best
follows from a table over all rectangles between two lines each way; a part may also keep an obstacle inside and lose
the boxes that it hits. What the table expects to be lost is replaced by what is lost, part by part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tfbpattern.nesting.pallet.blocks import Block, table_of
from tfbpattern.nesting.pallet.dissection_kernels import LOSS_PER_BOX, best_cuts
from tfbpattern.nesting.pallet.obstacles import hit
from tfbpattern.nesting.pallet.placing import boxes_of
from tfbpattern.nesting.pallet.problem import Ints, PalletProblem, combinations

# Lines each way, at efforts 1 to 5 (ours: time grows with the fifth power; at 3 a sheet takes about half a second).
_LINES = (20, 32, 48, 64, 80)
_LENGTHS = (150, 300, 600, 900, 1200)


def dissected(problem: PalletProblem, obstacles: Ints, *, effort: int) -> list[Block]:
    """The blocks of the best dissection; they overlap an obstacle only where giving up the boxes hit costs less."""
    filling = _filling(problem, _LENGTHS[effort - 1])
    xs = _lines(problem, problem.width, obstacles[:, [0, 2]], _LINES[effort - 1])
    ys = _lines(problem, problem.length, obstacles[:, [1, 3]], _LINES[effort - 1])
    numbered = np.stack(
        [
            # An obstacle reaches right of line i0 where lines[i0] < high, and left of line i1 where lines[i1] > low.
            np.searchsorted(xs, obstacles[:, 0], side="right") - 1,
            np.searchsorted(ys, obstacles[:, 1], side="right") - 1,
            np.searchsorted(xs, obstacles[:, 2], side="left"),
            np.searchsorted(ys, obstacles[:, 3], side="left"),
        ],
        axis=1,
    ).astype(np.int64)
    _, cut = best_cuts(
        filling.boxes,
        filling.number(filling.xs, _spans(xs)),
        filling.number(filling.ys, _spans(ys)),
        numbered,
        _expected_losses(problem, obstacles),
    )
    return _kept(_Part(0, len(xs) - 1, 0, len(ys) - 1), xs, ys, cut, filling, problem, obstacles)[1]


class _Filling(NamedTuple):
    """How many boxes the free rectangle xs[i] x ys[j] holds, and their blocks from its corner."""

    xs: Ints
    ys: Ints
    boxes: NDArray[np.int64]
    blocks: Callable[[int, int], list[Block]]

    @staticmethod
    def number(lengths: Ints, sides: Ints) -> Ints:
        """Numbers of the longest of the lengths up to each side."""
        found: Ints = np.searchsorted(lengths, sides, side="right") - 1
        return found


def _filling(problem: PalletProblem, most: int) -> _Filling:
    a, b = problem.a, problem.b
    if problem.turned_deg is None:
        xs = np.arange(problem.width // a + 1, dtype=np.int64) * a
        ys = np.arange(problem.length // b + 1, dtype=np.int64) * b
        return _Filling(
            xs=xs,
            ys=ys,
            boxes=np.outer(xs // a, ys // b),
            blocks=lambda i, j: [Block(x=0, y=0, columns=i, rows=j, turned=False)] if i and j else [],
        )
    table = table_of(combinations(problem.width, a, b, most), combinations(problem.length, a, b, most), a, b)
    return _Filling(
        xs=table.xs, ys=table.ys, boxes=table.most.astype(np.int64), blocks=lambda i, j: table.blocks(0, 0, i, j)
    )


def _lines(problem: PalletProblem, side: int, reaches: Ints, most: int) -> Ints:
    """
    The lines along one axis, with both edges: where obstacles (k, 2) begin and end, and where boxes end beyond them.

    Where these are more than *most*, the obstacles that are longest along the axis are served.
    """
    a, b = problem.a, problem.b
    ends = np.arange(side // a + 1, dtype=np.int64) * a
    if problem.turned_deg is not None:
        ends = combinations(side, a, b, 4096)
    elif side != problem.width:
        ends = np.arange(side // b + 1, dtype=np.int64) * b
    lines = [0, side]
    longest_first = reaches[np.argsort(reaches[:, 0] - reaches[:, 1], kind="stable")]
    low, high = np.clip(longest_first, 0, side).T
    beyond = ends[np.minimum(np.searchsorted(ends, high), len(ends) - 1)]
    before = side - ends[np.minimum(np.searchsorted(ends, side - low), len(ends) - 1)]
    # A cut anywhere between high and low passes through an obstacle smaller than the spacing.
    for wanted in (np.minimum(low, high), np.where(low < high, high, low), beyond, before):
        for line in wanted.tolist():
            if len(lines) >= most:
                break
            if line not in lines:
                lines.append(line)
    return np.array(sorted(lines), dtype=np.int64)


def _spans(lines: Ints) -> Ints:
    spans: Ints = np.maximum(lines[None, :] - lines[:, None], 0)
    return spans


def _expected_losses(problem: PalletProblem, obstacles: Ints) -> Ints:
    """Thousandths of boxes that an obstacle hits at a random phase: (1 + width / a)(1 + length / b)."""
    width, length = (obstacles[:, 2] - obstacles[:, 0]), (obstacles[:, 3] - obstacles[:, 1])
    either = [(problem.a, problem.b)] + ([(problem.b, problem.a)] if problem.turned_deg is not None else [])
    hits = np.mean([np.maximum(1 + width / a, 0) * np.maximum(1 + length / b, 0) for a, b in either], axis=0)
    losses: Ints = np.maximum(np.round(hits * LOSS_PER_BOX), 1).astype(np.int64)
    return losses


class _Part(NamedTuple):
    """A rectangle between lines, by their numbers."""

    i0: int
    i1: int
    j0: int
    j1: int


def _kept(
    part: _Part,
    xs: Ints,
    ys: Ints,
    cut: NDArray[np.int16],
    filling: _Filling,
    problem: PalletProblem,
    obstacles: Ints,
) -> tuple[int, list[Block]]:
    """Boxes that a part keeps and its blocks: cut as the table says, or in one piece, whichever keeps more."""
    whole = _in_one_piece(part, xs, ys, filling, problem, obstacles)
    how = int(cut[part])
    if how == 0:
        return whole
    halves = (
        (part._replace(i1=how), part._replace(i0=how)) if how > 0 else (part._replace(j1=-how), part._replace(j0=-how))
    )
    (one, first), (two, second) = (_kept(half, xs, ys, cut, filling, problem, obstacles) for half in halves)
    return (one + two, [*first, *second]) if one + two > whole[0] else whole


def _in_one_piece(
    part: _Part, xs: Ints, ys: Ints, filling: _Filling, problem: PalletProblem, obstacles: Ints
) -> tuple[int, list[Block]]:
    """The filling of a part, in the one of its four mirror images that loses the fewest boxes to obstacles."""
    left, low = int(xs[part.i0]), int(ys[part.j0])
    width, length = int(xs[part.i1]) - left, int(ys[part.j1]) - low
    blocks = filling.blocks(
        int(filling.number(filling.xs, np.array(width))), int(filling.number(filling.ys, np.array(length)))
    )
    if not blocks:
        return 0, []
    best: tuple[int, list[Block]] = (0, [])
    for mirror_x, mirror_y in ((False, False), (True, False), (False, True), (True, True)):
        stood = []
        for block in blocks:
            a, b = (problem.b, problem.a) if block.turned else (problem.a, problem.b)
            x = width - block.x - block.columns * a if mirror_x else block.x
            y = length - block.y - block.rows * b if mirror_y else block.y
            stood.append(block._replace(x=left + x, y=low + y))
        x_box, y_box, turned = boxes_of(stood, problem)
        wide, long = np.where(turned, problem.b, problem.a), np.where(turned, problem.a, problem.b)
        kept = len(x_box) - int(hit(x_box, y_box, wide, long, obstacles).sum())
        if kept > best[0]:
            best = kept, stood
    return best
