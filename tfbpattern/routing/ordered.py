"""Strokes in marking order, and which strokes of the operation they are."""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np

from tfbpattern.geometry.chains import Chains
from tfbpattern.model.nest import Ints


class Ordered(NamedTuple):
    """
    Strokes in marking order.

    ``source[k]`` is the number of the stroke that ``strokes[k]`` is, however entered and whichever way it is run; -1 of
    one that is a part of a stroke, or several joined.
    """

    strokes: Chains
    source: Ints

    @classmethod
    def anew(cls, strokes: Chains) -> Self:
        """Strokes that are parts of others, or several joined."""
        return cls(strokes, np.full(len(strokes), -1, dtype=np.int64))

    def then(self, later: Ordered) -> Ordered:
        """*later*, which is an order of these strokes, as one of theirs."""
        return Ordered(later.strokes, self.source[later.source])
