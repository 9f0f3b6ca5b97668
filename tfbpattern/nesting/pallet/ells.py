"""The L-approach: finds the last boxes that block nests miss (see :mod:`tfbpattern.nesting.pallet.ell_kernels`)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import types
from numba.typed import Dict

from tfbpattern.nesting.pallet.blocks import Block, Table, table_of
from tfbpattern.nesting.pallet.ell_kernels import MOST_LENGTHS, fill, pieces, standing
from tfbpattern.nesting.pallet.problem import PalletProblem, combinations

# Divisions looked at, at efforts 1 to 5 (ours: at 3 about two seconds at the most).
_STEPS = (10**6, 10**7, 5 * 10**7, 5 * 10**8, 5 * 10**9)
# More lengths make more divisions than can be looked at.
_LENGTHS = (100, 150, 200, 300, 400)

# Waste, kind, p, q, r.
_DIVISION = types.UniTuple(types.int64, 5)  # type: ignore[no-untyped-call]  # numba publishes no types for it

_Ell = tuple[int, int, int, int]


def ell_nest(problem: PalletProblem, *, effort: int, best: int, target: int) -> list[Block]:
    """Blocks with more than *best* boxes, up to *target*; none where none are found."""
    # The colourings that rule divisions out count unit cells: the larger the unit, the more they see.
    unit = math.gcd(problem.a, problem.b)
    a, b, width, length = (side // unit for side in (problem.a, problem.b, problem.width, problem.length))
    lengths = combinations(max(width, length), a, b, MOST_LENGTHS)
    if len(lengths) > _LENGTHS[effort - 1]:
        return []
    table = table_of(lengths, lengths, a, b)
    across = int(np.searchsorted(lengths, width, side="right")) - 1
    along = int(np.searchsorted(lengths, length, side="right")) - 1
    area = int(lengths[across] * lengths[along])
    sheet = (across, along, across, along)
    steps = np.array([_STEPS[effort - 1]], dtype=np.int64)
    memo = Dict.empty(types.int64, types.int64)
    found: list[Block] = []
    for boxes in range(best + 1, target + 1):
        failed = Dict.empty(types.int64, types.int64)
        cuts = Dict.empty(types.int64, _DIVISION)
        waste = fill(lengths, table.x_rest, table.most, a, b, sheet, area - boxes * a * b, failed, cuts, memo, steps)
        if waste < 0:
            break
        found = _blocks(table, cuts, sheet)
    return [block._replace(x=block.x * unit, y=block.y * unit) for block in found]


class _Frame(NamedTuple):
    """Where a piece stands: its origin, and the directions of its own axes, on the sheet."""

    x: int
    y: int
    ux: int
    uy: int
    vx: int
    vy: int

    def at(self, u: int, v: int) -> tuple[int, int]:
        return self.x + u * self.ux + v * self.vx, self.y + u * self.uy + v * self.vy

    def moved(self, u: int, v: int, *, flip_u: bool = False, flip_v: bool = False) -> _Frame:
        """The frame with its origin at (u, v), axes turned round on request."""
        x, y = self.at(u, v)
        su, sv = (-1 if flip_u else 1), (-1 if flip_v else 1)
        return _Frame(x, y, self.ux * su, self.uy * su, self.vx * sv, self.vy * sv)

    def transposed(self) -> _Frame:
        return _Frame(self.x, self.y, self.vx, self.vy, self.ux, self.uy)

    def block(self, block: Block, width: int, length: int) -> Block:
        """A block of this frame on the sheet; width and length of the block in this frame."""
        (x0, y0), (x1, y1) = self.at(block.x, block.y), self.at(block.x + width, block.y + length)
        if self.ux:
            return block._replace(x=min(x0, x1), y=min(y0, y1))
        return Block(x=min(x0, x1), y=min(y0, y1), columns=block.rows, rows=block.columns, turned=not block.turned)


def _blocks(table: Table, cuts: Dict, sheet: _Ell) -> list[Block]:
    """The blocks of the nest that the divisions in *cuts* make."""
    lengths, rest = table.xs, table.x_rest
    found: list[Block] = []
    open_ = [(sheet, _Frame(0, 0, 1, 0, 0, 1))]
    while open_:
        ell, frame = open_.pop()
        width, length, stem, foot, transposed = (int(side) for side in standing(ell))
        stood = (width, length, stem, foot)
        if transposed:
            frame = frame.transposed()
        x, y, s, f = (int(lengths[side]) for side in stood)
        direct = _direct(table, stood, s, f)
        key = ((width * 1024 + length) * 1024 + stem) * 1024 + foot
        boxes = sum(int(table.most[i, j]) for _, _, i, j in direct)
        if key in cuts and cuts[key][0] < x * f + s * (y - f) - boxes * table.a * table.b:
            _, kind, p, q, r = cuts[key]
            _, one, two = pieces(rest, stood, kind, p, q, r)
            first, second = _frames(frame, kind, (x, y, s, f), int(lengths[p]), int(lengths[q]))
            open_ += [(one, first), (two, second)]
            continue
        for u, v, i, j in direct:
            for block in table.blocks(u, v, i, j):
                across, along = (table.b, table.a) if block.turned else (table.a, table.b)
                found.append(frame.block(block, block.columns * across, block.rows * along))
    return found


def _direct(table: Table, stood: _Ell, s: int, f: int) -> list[tuple[int, int, int, int]]:
    """The one or two rectangles (u, v, numbers of the sides) that an L falls into without further Ls."""
    width, length, stem, foot = stood
    if stem == width:
        return [(0, 0, width, length)]
    lying = [(0, 0, width, foot), (0, f, stem, int(table.x_rest[length, foot]))]
    upright = [(0, 0, stem, length), (s, 0, int(table.x_rest[width, stem]), foot)]
    return max(lying, upright, key=lambda pair: sum(int(table.most[i, j]) for _, _, i, j in pair))


def _frames(frame: _Frame, kind: int, sides: _Ell, p: int, q: int) -> tuple[_Frame, _Frame]:
    """Where the two pieces of a division stand (see :func:`pieces` for the kinds); lengths in the search's unit."""
    x, y, s, f = sides
    if kind == 8:
        return _frames(frame.transposed(), 7, (y, x, y, x), q, p)
    flip_u, flip_v = frame.moved(x, 0, flip_u=True), frame.moved(0, y, flip_v=True)
    by_kind = (
        (frame, frame.moved(p, q)),
        (frame.moved(0, q), flip_u),
        (frame.moved(p, 0), flip_v),
        (flip_v, flip_u),
        (frame, frame.moved(x, f, flip_u=True, flip_v=True)),
        (flip_u, flip_v),
        (frame, frame.moved(s, y, flip_u=True, flip_v=True)),
        (flip_v, flip_u),
    )
    return by_kind[kind]
