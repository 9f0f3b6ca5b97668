"""Which cuts come near each other: asked once of the whole sheet, for slivers and for pieces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from tfbpattern.proof.curves import Ints
from tfbpattern.proof.sheet import Sheet

# Chords for arcs, where pieces are counted and weighed (ours: what stands between round corners is right to a percent,
# and what is as far apart as the beam is wide is known to a micrometre).
CHORD_MM = 0.0005
# Of coordinates: drawings and programs have six at most, and what is the last bit apart does not meet in a union.
_DECIMALS = 7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cuts:
    """
    The lines of all cuts, one a move, and the pairs of them that come within ``reach_mm`` of each other.

    Arcs are chords within :data:`CHORD_MM`.
    """

    lines: NDArray[np.object_]
    one: Ints
    other: Ints
    reach_mm: float

    @classmethod
    def of(cls, sheet: Sheet) -> Cuts:
        """The cuts of a sheet that meet, or lie closer than the widest that a kerf may be."""
        singulation = sheet.job.singulation
        lines = shapely.transform(sheet.marks["singulation"].lines(CHORD_MM), lambda points: points.round(_DECIMALS))
        reach_mm = singulation.kerf_mm + singulation.tolerance_mm + 2.0 * CHORD_MM
        one, other = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=reach_mm)
        first = one < other
        return cls(lines=lines, one=one[first], other=other[first], reach_mm=reach_mm)
