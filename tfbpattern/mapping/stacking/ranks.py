"""
Measured columns as ranks: windows become intervals of whole numbers, so that no rounding decides.

Values are the decimals as written; with them every comparison is exact, and only their order matters from here on.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext

import numpy as np

from tfbpattern.errors import InputError
from tfbpattern.model.celltable import Floats, Ints
from tfbpattern.model.stacks import Window

# Seventeen digits of a value times those of a percentage; nothing is rounded.
_EXACT = Context(prec=120)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranks:
    """
    The rank of each cell's value (n,), and by rank: ``top``, the greatest that goes with it as the least; ``bottom``,
    the least that goes with it as the greatest.
    """

    rank: Ints
    top: Ints
    bottom: Ints


def ranks_of(values: Floats, window: Window) -> Ranks:
    """
    Ranks of values without gaps.

    Raises:
        InputError: a percentage of values that are not all positive.
    """
    # The shortest text that means a number is the decimal that was written, up to fifteen digits.
    known, rank = np.unique(values, return_inverse=True)
    if window.percent is not None and len(known) and known[0] <= 0:
        raise InputError(
            f"{window.column}={window.percent}%: a percentage needs positive values, the least is {known[0]:g}"
        )
    with localcontext(_EXACT):
        decimals = [Decimal(repr(value)) for value in known.tolist()]
        top = np.array([bisect_right(decimals, window.greatest(least)) - 1 for least in decimals], dtype=np.int64)
    order = top.tolist()
    bottom = np.array([bisect_left(order, k) for k in range(len(order))], dtype=np.int64)
    return Ranks(rank=rank.reshape(-1).astype(np.int64), top=top, bottom=bottom)
