"""
Repetition in a list of lines, as loops in loops.

A pass finds stretches that repeat themselves at once, with a period of a hundred lines or so, and puts a loop in place
of each; the next pass works on what has become of the list. A sheet of equal cells folds to a few lines that way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_LONGEST = 160
"""Lines of the longest body that one pass looks for (ours: four rings of a hub with round corners have 60)."""

_LEAST_SAVED = 3
"""A loop that saves fewer lines than its own two is none."""


class Loop(NamedTuple):
    """A body and how often it is run."""

    times: int
    body: tuple[str | Loop, ...]


def folded(lines: Sequence[str | Loop]) -> tuple[str | Loop, ...]:
    """The lines with loops for what repeats itself; run out, it is the lines again."""
    number: dict[str | Loop, int] = {}
    known: list[str | Loop] = []
    items: list[int] = []
    for line in lines:
        if line not in number:
            number[line] = len(known)
            known.append(line)
        items.append(number[line])
    while True:
        shorter: list[int] = []
        at = 0
        for start, period, times in _repeats(np.array(items, dtype=np.int64)):
            shorter += items[at:start]
            loop = Loop(times, folded([known[k] for k in items[start : start + period]]))
            if loop not in number:
                number[loop] = len(known)
                known.append(loop)
            shorter.append(number[loop])
            at = start + period * times
        shorter += items[at:]
        if len(shorter) == len(items):
            return tuple(known[k] for k in items)
        items = shorter


def _repeats(items: Ints) -> Iterator[tuple[int, int, int]]:
    """Start, period and number of rounds of stretches that repeat themselves, from the left, none over another."""
    saved = np.zeros(len(items), dtype=np.int64)
    best = np.zeros(len(items), dtype=np.int64)
    for period in range(1, min(_LONGEST, len(items) // 2) + 1):
        differs = np.flatnonzero(items[:-period] != items[period:])
        ends = np.append(differs, len(items) - period)
        run = ends[np.searchsorted(ends, np.arange(len(items) - period))] - np.arange(len(items) - period)
        gain = run // period * period
        better = gain > saved[: len(gain)]
        saved[: len(gain)][better] = gain[better]
        best[: len(gain)][better] = period
    at = 0
    worth = np.flatnonzero(saved >= _LEAST_SAVED)
    while len(worth := worth[np.searchsorted(worth, at) :]):
        start = int(worth[0])
        period = int(best[start])
        times = int(saved[start]) // period + 1
        yield start, period, times
        at = start + period * times
