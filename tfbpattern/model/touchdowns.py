"""Where the probe card lands, and what each landing tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Touchdown:
    """
    One landing of the probe card.

    (x_mm, y_mm) is the place of site 0 in the web frame: the origin of the cell under it, were there one. The card is
    turned by ``rotation_deg`` about it, and so are its columns and rows. ``sites`` test, in order; all others are
    masked.
    """

    x_mm: float
    y_mm: float
    rotation_deg: float
    sites: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TouchdownPlan:
    """
    All landings of a frame in their order; landing and site of each cell (n,), in the order of the placements.

    ``bound`` is a proved least number of landings, ``travel_bound_mm`` a proved least travel between those taken.
    Travel is counted between card centres while the card keeps its rotation.
    """

    columns: int
    rows: int
    pitch_mm: tuple[float, float]
    landings: tuple[Touchdown, ...]
    touchdown: NDArray[np.int64]
    site: NDArray[np.int64]
    bound: int
    travel_mm: float
    travel_bound_mm: float
    time_s: float

    @property
    def gap(self) -> float:
        """Share of the touchdowns that may be one too many: (touchdowns - bound) / touchdowns."""
        return (len(self.landings) - self.bound) / len(self.landings) if self.landings else 0.0
