"""
Block search: the sheet as blocks of equal boxes, by guillotine cuts, four in the corners, and pinwheels of five.

The guillotine table over all lengths that boxes can add up to serves both: it is a nest by itself, and it fills the
blocks of a pinwheel.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tfbpattern.nesting.pallet.kernels import five_blocks, four_blocks, guillotine
from tfbpattern.nesting.pallet.problem import Ints, PalletProblem, combinations


class Block(NamedTuple):
    """Boxes in rows and columns, all upright or all turned, lower-left corner at (x, y), in nanometres."""

    x: int
    y: int
    columns: int
    rows: int
    turned: bool


# Lengths tried in each direction, and pinwheels tried, at efforts 1 to 5 (ours: at 3 a sheet takes about a second).
_LENGTHS = (150, 300, 600, 900, 1200)
_STEPS = (10**6, 10**7, 10**8, 10**9, 10**10)


def block_nest(problem: PalletProblem, *, effort: int, target: int) -> tuple[list[Block], str]:
    """The best blocks found, and how; the search ends where *target* boxes are placed."""
    a, b = problem.a, problem.b
    limit = _LENGTHS[effort - 1]
    table = table_of(combinations(problem.width, a, b, limit), combinations(problem.length, a, b, limit), a, b)
    xs, ys, x_rest, y_rest, count = table.xs, table.ys, table.x_rest, table.y_rest, table.most
    last_x, last_y = len(xs) - 1, len(ys) - 1
    found, method = table.blocks(0, 0, last_x, last_y), "guillotine"
    best = int(count[-1, -1])
    if best < target:
        boxes, *corners = four_blocks(problem.width, problem.length, a, b)
        if boxes > best:
            best, method, found = int(boxes), "four-block", corner_blocks(problem, *corners)
    all_x, all_y = np.arange(len(xs)), np.arange(len(ys))
    for at_x, at_y in ((_multiples(xs, a, b), _multiples(ys, a, b)), (all_x, all_y)):
        if best >= target:
            break
        boxes, p, q, r, s, _ = five_blocks(
            count, xs, ys, x_rest, y_rest, at_x, at_y, a * b, best, target, _STEPS[effort - 1]
        )
        if boxes > best:
            best, method = int(boxes), "five-block"
            found = [
                *table.blocks(0, 0, q, r),
                *table.blocks(int(xs[q]), 0, x_rest[last_x, q], s),
                *table.blocks(int(xs[p]), int(ys[s]), x_rest[last_x, p], y_rest[last_y, s]),
                *table.blocks(0, int(ys[r]), p, y_rest[last_y, r]),
                *table.blocks(int(xs[p]), int(ys[r]), x_rest[q, p], y_rest[s, r]),
            ]
    return found, method


def corner_blocks(problem: PalletProblem, i: int, j: int, k: int, n: int) -> list[Block]:
    """Four blocks each in its corner, told like :func:`.kernels.four_blocks` tells them."""
    a, b, width, length = problem.a, problem.b, problem.width, problem.length
    right, above = (width - i * a) // b, (length - j * b) // a
    beyond, below = (width - k * b) // a, (length - n * b) // a
    return [
        block
        for block in (
            Block(x=0, y=0, columns=i, rows=j, turned=False),
            Block(x=width - right * b, y=0, columns=right, rows=below, turned=True),
            Block(x=width - beyond * a, y=length - n * b, columns=beyond, rows=n, turned=False),
            Block(x=0, y=length - above * a, columns=k, rows=above, turned=True),
        )
        if block.columns and block.rows
    ]


class Table(NamedTuple):
    """
    The guillotine table of all rectangles xs[i] x ys[j]: most boxes, and the first cut.

    ``x_rest[i, k]`` numbers the longest of xs up to xs[i] - xs[k]; ``y_rest`` likewise.
    """

    xs: Ints
    ys: Ints
    x_rest: Ints
    y_rest: Ints
    most: NDArray[np.int32]
    cut: NDArray[np.int32]
    a: int
    b: int

    def blocks(self, x: int, y: int, i: int, j: int) -> list[Block]:
        """The blocks of the rectangle xs[i] x ys[j] at (x, y)."""
        found = []
        open_ = [(x, y, int(i), int(j))]
        while open_:
            x, y, i, j = open_.pop()
            how = int(self.cut[i, j])
            width, length = int(self.xs[i]), int(self.ys[j])
            if how in (0, 1):
                a, b = (self.a, self.b) if how == 0 else (self.b, self.a)
                if width >= a and length >= b:
                    found.append(Block(x=x, y=y, columns=width // a, rows=length // b, turned=how == 1))
            elif how > 1:
                k = how - 1
                open_ += [(x, y, k, j), (x + int(self.xs[k]), y, int(self.x_rest[i, k]), j)]
            else:
                k = -how
                open_ += [(x, y, i, k), (x, y + int(self.ys[k]), i, int(self.y_rest[j, k]))]
        return found


def table_of(xs: Ints, ys: Ints, a: int, b: int) -> Table:
    """The table for boxes of a x b over the given lengths."""
    x_rest, y_rest = _rests(xs), _rests(ys)
    most, cut = guillotine(xs, ys, x_rest, y_rest, a, b)
    return Table(xs=xs, ys=ys, x_rest=x_rest, y_rest=y_rest, most=most, cut=cut, a=a, b=b)


def _rests(lengths: Ints) -> Ints:
    """Element (i, k) numbers the longest length up to lengths[i] - lengths[k]."""
    left = np.maximum(lengths[:, None] - lengths[None, :], 0)
    numbers: Ints = np.searchsorted(lengths, left, side="right") - 1
    return numbers


def _multiples(lengths: Ints, a: int, b: int) -> Ints:
    """Numbers of the lengths made of one kind of side, and of what they leave of the whole."""
    own = np.flatnonzero((lengths % a == 0) | (lengths % b == 0))
    rest = np.searchsorted(lengths, lengths[-1] - lengths[own], side="right") - 1
    return np.unique(np.concatenate([own, rest]))
