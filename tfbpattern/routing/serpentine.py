"""Row after row, every other one backwards; closed strokes start where they are drawn to start."""

from __future__ import annotations

import numpy as np

from tfbpattern.geometry.chains import Chains
from tfbpattern.model.nest import Ints
from tfbpattern.model.toolpath import Operation
from tfbpattern.routing.ordered import Ordered


def serpentine(operation: Operation) -> Ordered:
    """The strokes in serpentine order; open ones are turned with their row."""
    return in_rows(operation.strokes, operation.row, operation.column)


def in_rows(strokes: Chains, row: Ints, column: Ints) -> Ordered:
    """Any strokes, row after row by column, every other row backwards."""
    _, rank = np.unique(row, return_inverse=True)
    back = rank % 2 == 1
    order = np.lexsort((np.where(back, -column, column), rank))
    taken = strokes.taken(order)
    return Ordered(taken.turned_back(back[order] & ~taken.closed), order)
