"""
Most stacks: exactly on one column, by augmenting paths and an integer program on several.

On one column: sort, and take N in a row wherever they fit the window, from the least value on. An exchange shows that
no other choice gives more: the stack with the least greatest value may always be the first one taken.

On several columns a stack lies in a box, as large as the windows, with a cell's value at a side of it in every column.
Boxes are tried in several orders, each served by giving other stacks other cells of theirs (augmenting paths), and the
best boxes with some others are then chosen by an integer program.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import highspy
import numpy as np
from numpy.typing import NDArray

from tfbpattern.mapping.integer_program import solved
from tfbpattern.mapping.stacking.kernels import fill
from tfbpattern.mapping.stacking.ranks import Ranks
from tfbpattern.model.celltable import Ints

# (ours: enough for some thousand cells; more cells begin with fewer corners)
_MOST_BOXES = 20_000
_ORDERS = 6
# (ours: looks at a cell, some ten seconds in all)
_EFFORT = 400_000_000
# (ours: half a second of the integer program, a few times)
_MOST_ARCS = 3_000
_MOST_NODES = 1
_ROUNDS = 12
_OTHERS = 10
_GOOD_GAP = 0.02


def match(columns: Sequence[Ranks], layers: int) -> tuple[list[list[int]], int]:
    """Stacks of *layers* cells each, cells by number, and a proved greatest number of stacks."""
    bound = min(len(_in_line(ranks, layers)) for ranks in columns)
    if len(columns) == 1:
        stacks = _in_line(columns[0], layers)
        return stacks, len(stacks)
    boxes = _boxes(columns, layers)
    if not len(boxes):
        return [], 0
    lost = _useless(columns, layers, np.flatnonzero(~np.asarray(boxes.any(axis=0))))
    bound = min(bound, (boxes.shape[1] - lost) // layers)
    starts = np.concatenate([[0], np.cumsum(boxes.sum(axis=1))]).astype(np.int64)
    members = np.nonzero(boxes)[1].astype(np.int64)
    best, owner = np.empty(0, dtype=np.int64), np.full(boxes.shape[1], -1, dtype=np.int64)
    sizes = boxes.sum(axis=1)
    rng = np.random.default_rng(0)
    for number in range(_ORDERS):
        # The sparse first, since they have no choice; then the same with more and more chance.
        weight = sizes * (1.0 + number * 0.15 * rng.standard_normal(len(sizes)))
        order = np.argsort(weight, kind="stable").astype(np.int64)
        trial = np.full(boxes.shape[1], -1, dtype=np.int64)
        found = fill(order, starts, members, layers, trial, max(bound, 1), _EFFORT // _ORDERS)
        if len(found) > len(best):
            best, owner = found, trial
        if len(best) >= bound:
            break
    for number in range(_ROUNDS):
        if len(best) >= (1.0 - _GOOD_GAP) * bound:
            break
        improved = _program(boxes, best, layers, number)
        if improved is None:
            break
        trial = np.full(boxes.shape[1], -1, dtype=np.int64)
        found = fill(improved, starts, members, layers, trial, max(bound, 1), _EFFORT // _ROUNDS)
        if len(found) >= len(best):
            best, owner = found, trial
    return [np.flatnonzero(owner == number).tolist() for number in range(len(best))], bound


def _in_line(ranks: Ranks, layers: int) -> list[list[int]]:
    """On one column: the greatest number of stacks."""
    order = np.argsort(ranks.rank, kind="stable")
    rank = ranks.rank[order].tolist()
    top = ranks.top.tolist()
    cells = order.tolist()
    stacks, k = [], 0
    while k + layers <= len(cells):
        if rank[k + layers - 1] <= top[rank[k]]:
            stacks.append(cells[k : k + layers])
            k += layers
        else:
            k += 1
    return stacks


def _boxes(columns: Sequence[Ranks], layers: int) -> NDArray[np.bool_]:
    """
    Which cells (columns of the result) each box holds; boxes with enough cells, each once.

    A box begins or ends, in every column, at the value of one cell.
    """
    n = len(columns[0].rank)
    ends = list(itertools.product((False, True), repeat=len(columns)))
    # Of very many cells each gives some of its corners only, in turn.
    step = -(-n * len(ends) // _MOST_BOXES)
    corners = [(cell, ends[k]) for cell in range(n) for k in range(len(ends)) if (cell * len(ends) + k) % step == 0]
    seen: set[bytes] = set()
    found = []
    for cell, corner in corners:
        inside = np.ones(n, dtype=bool)
        for ranks, at_end in zip(columns, corner, strict=True):
            r = ranks.rank[cell]
            low = ranks.bottom[r] if at_end else r
            inside &= (ranks.rank >= low) & (ranks.rank <= ranks.top[low])
        key = np.packbits(inside).tobytes()
        if inside.sum() >= layers and key not in seen:
            seen.add(key)
            found.append(inside)
    return np.array(found, dtype=bool).reshape(len(found), n)


def _useless(columns: Sequence[Ranks], layers: int, cells: Ints) -> int:
    """
    How many of some cells can be in no stack: too few others go with each of them.

    Others are those within the windows of it in every column; of these enough have to share a window in each.
    """
    lost = 0
    for cell in cells.tolist():
        near = np.ones(len(columns[0].rank), dtype=bool)
        for ranks in columns:
            r = ranks.rank[cell]
            near &= (ranks.rank >= ranks.bottom[r]) & (ranks.rank <= ranks.top[r])
        lost += any(_most_with(ranks, cell, near) < layers for ranks in columns)
    return lost


def _most_with(ranks: Ranks, cell: int, near: NDArray[np.bool_]) -> int:
    """The most of the near cells that share a window with one."""
    r = int(ranks.rank[cell])
    there = np.sort(ranks.rank[near])
    lows = np.unique(there[there <= r])
    ends = np.searchsorted(there, ranks.top[lows], side="right")
    return int((ends - np.searchsorted(there, lows)).max())


def _program(boxes: NDArray[np.bool_], best: Ints, layers: int, seed: int) -> Ints | None:
    """
    How often each of some boxes is a stack, by HiGHS: cells flow to boxes, a box takes whole stacks.

    Asked about the boxes of the best stacks so far and some others by chance; None where the former are too many. Only
    the number of stacks of a box is whole; cells then fall into place by themselves, as flows do.
    """
    order = np.random.default_rng(1 + seed).permutation(len(boxes))
    chosen = [*dict.fromkeys([*best.tolist(), *order.tolist()])]
    sizes = np.cumsum(boxes[chosen].sum(axis=1))
    least = max(len({*best.tolist()}), 1)
    if sizes[least - 1] > 2 * _MOST_ARCS:
        return None
    chosen = chosen[: max(int(np.searchsorted(sizes, _MOST_ARCS)), least + _OTHERS)]
    part = boxes[chosen]
    box, cell = np.nonzero(part)
    b, arcs, n = len(chosen), len(box), boxes.shape[1]
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = b + arcs, b + n
    program.col_cost_ = np.concatenate([-np.ones(b), np.zeros(arcs)])
    program.col_lower_ = np.zeros(b + arcs)
    program.col_upper_ = np.concatenate([part.sum(axis=1) // layers, np.ones(arcs)]).astype(np.float64)
    program.row_lower_ = np.concatenate([np.zeros(b), np.full(n, -np.inf)])
    program.row_upper_ = np.concatenate([np.zeros(b), np.ones(n)])
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_ = np.concatenate([np.arange(b), b + 2 * np.arange(arcs + 1)])
    program.a_matrix_.index_ = np.concatenate([np.arange(b), np.column_stack([box, b + cell]).ravel()])
    program.a_matrix_.value_ = np.concatenate([np.full(b, -float(layers)), np.ones(2 * arcs)])
    whole, broken = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    program.integrality_ = [whole] * b + [broken] * arcs
    found = solved(program, most_nodes=_MOST_NODES, options={"mip_abs_gap": 0.999})
    if found is None:
        return None
    times = np.rint(found.values[:b]).astype(np.int64)
    taken = np.repeat(np.array(chosen, dtype=np.int64), times)
    # Asked in this order each box is served as often as the program says, and then as often as it still can be.
    return np.concatenate([taken, np.setdiff1d(np.arange(len(boxes)), taken)])
