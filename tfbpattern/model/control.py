"""Control charts: a figure of each group in order, its limits, and where it breaks a rule."""

from __future__ import annotations

from dataclasses import dataclass

from tfbpattern.model.celltable import Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ControlChart:
    """
    One figure (mean or standard deviation) of each group, in the groups' order.

    Limits are ``centre`` plus and minus three ``sigma``, not below ``floor``. ``broken`` holds for each group the
    numbers of the rules that end at it.
    """

    figure: str
    groups: Ints
    counts: Ints
    values: Floats
    centre: float
    sigma: float
    floor: float
    broken: tuple[tuple[int, ...], ...]

    @property
    def limits(self) -> tuple[float, float]:
        """Lower and upper control limit."""
        return max(self.centre - 3.0 * self.sigma, self.floor), self.centre + 3.0 * self.sigma
