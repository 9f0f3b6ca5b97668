"""Overcut and lead-in: closed strokes as the beam runs them, past their start and from before it."""

from __future__ import annotations

import numpy as np

from tfbpattern.geometry import arcs
from tfbpattern.geometry.chains import Chains


def with_overcut(strokes: Chains, overcut_mm: float) -> Chains:
    """The strokes as open chains: closed ones return to their start and go on for *overcut_mm*."""
    closing = np.flatnonzero(strokes.closed)
    if not len(closing):
        return strokes
    base, size = strokes.offsets[:-1], np.diff(strokes.offsets)
    owners = [strokes.owner, closing]
    # Vertices that return to the start leave it by the first segment, or by a part of it.
    added = [strokes.vertices, strokes.vertices[base[closing]]]
    going = closing if overcut_mm > 0.0 else closing[:0]
    left, step = np.full(len(going), overcut_mm), 0
    while len(going):
        here = strokes.vertices[base[going] + step % size[going]]
        there = strokes.vertices[base[going] + (step + 1) % size[going]]
        length = arcs.lengths(here[:, :2], there[:, :2], here[:, 2])
        fraction = np.clip(left / length, 0.0, 1.0)
        added[-1] = np.column_stack([added[-1][:, :2], np.tan(np.arctan(here[:, 2]) * fraction)])
        ends = arcs.point_at(here[:, :2], there[:, :2], here[:, 2], fraction)
        owners.append(going)
        added.append(np.column_stack([ends, np.zeros(len(ends))]))
        more = left > length
        # Those that end here keep their last vertex; the others go on from it by the next segment.
        if more.any() and not more.all():
            owners[-1:] = [going[~more], going[more]]
            added[-1:] = [added[-1][~more], added[-1][more]]
        going, left, step = going[more], (left - length)[more], step + 1
    owner = np.concatenate(owners)
    place = np.concatenate([np.full(len(o), k) for k, o in enumerate(owners)])
    order = np.lexsort((place, owner))
    # Within a stroke's own vertices the stable sort keeps their order.
    counts = np.bincount(owner, minlength=len(strokes))
    return Chains(
        vertices=np.concatenate(added)[order],
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        closed=np.zeros(len(strokes), dtype=bool),
    )


def led_in(strokes: Chains, marks: Chains, lead_in_mm: float) -> Chains:
    """*marks*, those of closed *strokes* beginning *lead_in_mm* before their start, on their own path."""
    if lead_in_mm <= 0.0 or not strokes.closed.any():
        return marks
    # Run backwards, it is the overcut.
    back = with_overcut(strokes.turned_back(strokes.closed), lead_in_mm)
    sizes = np.diff(strokes.offsets)
    place = np.arange(len(back.vertices)) - back.offsets[:-1][back.owner]
    # From where a ring has returned to its start.
    tail = strokes.closed[back.owner] & (place >= sizes[back.owner])
    lead = Chains(
        vertices=back.vertices[tail],
        offsets=np.concatenate([[0], np.cumsum(np.bincount(back.owner[tail], minlength=len(strokes)))]).astype(
            np.int64
        ),
        closed=np.zeros(len(strokes), dtype=bool),
    ).turned_back(strokes.closed)
    # The start itself is there already.
    before = np.ones(len(lead.vertices), dtype=bool)
    before[lead.offsets[1:][strokes.closed] - 1] = False
    owner = np.concatenate([lead.owner[before], marks.owner])
    order = np.argsort(owner, kind="stable")
    counts = np.bincount(owner, minlength=len(strokes))
    return Chains(
        vertices=np.concatenate([lead.vertices[before], marks.vertices])[order],
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        closed=marks.closed,
    )
