"""Colours of cells by what was measured, or by their bin; and the key to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tfbpattern.model.celltable import BinDefinition, Floats, Ints

# Stops of viridis (Smith and van der Walt, CC0): even steps for the eye, also without colour or with weak red or green.
_STOPS = ("#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725")
# (ours: as many steps as the eye keeps apart)
_STEPS = 48
# (ours: one cell in a hundred at either end may lie beyond the scale, so that a few do not wash out the rest)
_TAIL_PERCENT = 1.0
UNKNOWN = "#dcdcdc"
# Okabe and Ito's colours, apart for every common colour blindness: blues and greens pass, reds and yellows fail.
_PASS = ("#0072b2", "#56b4e9", "#009e73", "#7fcdbb")
_FAIL = ("#d55e00", "#e69f00", "#cc79a7", "#f0e442", "#8c2d04", "#b15928")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shading:
    """
    A colour class for each cell (n,), the colour of each class, and the key.

    ``entries`` are (colour, words) of a key by name; ``scale`` (least, greatest, words) is one by value, else None.
    ``words`` tell each class when a cell is pointed at.
    """

    classes: Ints
    colours: tuple[str, ...]
    entries: tuple[tuple[str, str], ...]
    scale: tuple[float, float, str] | None


def by_value(values: Floats, words: str, limits: tuple[float, float] | None = None) -> Shading:
    """Steps of a scale over the middle 98 % of the values, or over *limits*; grey where there is none."""
    there = ~np.isnan(values)
    if limits is None:
        known = values[there]
        low, high = np.percentile(known, [_TAIL_PERCENT, 100.0 - _TAIL_PERCENT]).tolist() if len(known) else (0.0, 0.0)
    else:
        low, high = limits
    width = high - low
    share = np.clip((np.where(there, values, low) - low) / width, 0.0, 1.0) if width > 0 else np.full(len(values), 0.5)
    classes = np.where(there, np.minimum((share * _STEPS).astype(np.int64), _STEPS - 1), _STEPS)
    entries = ((UNKNOWN, f"not measured: {int((~there).sum())}"),) if not there.all() else ()
    return Shading(
        classes=classes, colours=(*scale_colours(), UNKNOWN), entries=entries, scale=(float(low), float(high), words)
    )


def scale_colours() -> tuple[str, ...]:
    """The colours of a scale, from least to greatest."""
    stops = np.array([[int(stop[k : k + 2], 16) for k in (1, 3, 5)] for stop in _STOPS], dtype=float)
    at = (np.arange(_STEPS) + 0.5) / _STEPS * (len(stops) - 1)
    mixed = np.column_stack([np.interp(at, np.arange(len(stops)), stops[:, k]) for k in range(3)])
    return tuple(f"#{r:02x}{g:02x}{b:02x}" for r, g, b in np.rint(mixed).astype(int).tolist())


def by_bin(codes: Ints, bins: Sequence[BinDefinition]) -> Shading:
    """A colour a bin: passing ones from blue to green, failing ones from red to yellow, grey for the untested."""
    colours = []
    counts = {"pass": 0, "fail": 0}
    for b in bins:
        if b.quality == "null":
            colours.append(UNKNOWN)
            continue
        palette = _PASS if b.quality == "pass" else _FAIL
        colours.append(palette[counts[b.quality] % len(palette)])
        counts[b.quality] += 1
    classes = np.full(len(codes), len(bins), dtype=np.int64)
    for k, b in enumerate(bins):
        classes[codes == b.code] = k
    entries = tuple(
        (colour, f"{b.code} {b.name}: {int((codes == b.code).sum())}") for colour, b in zip(colours, bins, strict=True)
    )
    return Shading(classes=classes, colours=(*colours, UNKNOWN), entries=entries, scale=None)
