"""Chains with stretches taken out of them, by length along the chain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tfbpattern.geometry import arcs
from tfbpattern.geometry.chains import Chain

# Stretches shorter than this are no strokes: a nanometre.
_LEAST_MM = 1e-6


def without(chain: Chain, intervals: Sequence[tuple[float, float]]) -> tuple[Chain, ...]:
    """
    What is left of a closed chain when the stretches from..to (mm along it, to > from, may pass the start) are
    taken out: open chains in order; the closed chain itself when there is nothing to take out.
    """
    if not intervals:
        return (chain,)
    total = chain.length_mm
    spans = sorted((start % total, start % total + (end - start)) for start, end in intervals)
    joined: list[list[float]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1] + _LEAST_MM:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    # The last stretch may reach over the start of the chain into the first ones.
    while len(joined) > 1 and joined[-1][1] - total >= joined[0][0] - _LEAST_MM:
        joined[-1][1] = max(joined[-1][1], joined[0][1] + total)
        del joined[0]
    kept = [
        (end, following)
        for (_, end), following in zip(joined, [*(start for start, _ in joined[1:]), joined[0][0] + total], strict=True)
    ]
    return tuple(part(chain, start, end) for start, end in kept if end - start > _LEAST_MM)


def part(chain: Chain, start_mm: float, end_mm: float) -> Chain:
    """The open stretch of a closed chain from *start_mm* to *end_mm* along it; both may pass its length once."""
    p0, p1, bulge = chain.segments
    lengths = arcs.lengths(p0, p1, bulge)
    total = float(lengths.sum())
    begins = np.concatenate([[0.0], np.cumsum(lengths)])
    vertices: list[tuple[float, float, float]] = []
    last = np.empty(2)
    for lap in (0.0, total, 2.0 * total):
        for k in range(len(lengths)):
            low = max(start_mm, begins[k] + lap)
            high = min(end_mm, begins[k + 1] + lap)
            if high - low <= _LEAST_MM:
                continue
            f0, f1 = (low - lap - begins[k]) / lengths[k], (high - lap - begins[k]) / lengths[k]
            x, y = arcs.point_at(p0[k], p1[k], bulge[k], np.array(f0)) if f0 > 0.0 else p0[k]
            last = arcs.point_at(p0[k], p1[k], bulge[k], np.array(f1)) if f1 < 1.0 else p1[k]
            vertices.append((float(x), float(y), arcs.split_bulge(float(bulge[k]), f1 - f0) if bulge[k] else 0.0))
    vertices.append((float(last[0]), float(last[1]), 0.0))
    return Chain(vertices=np.round(np.array(vertices), 12), closed=False)
