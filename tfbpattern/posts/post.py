"""What a post is, and how numbers become words: rounded once, here, to the machine's resolution."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

from tfbpattern.model.machine import Gantry
from tfbpattern.model.toolpath import Toolpath


class Post(Protocol):
    """Lines of one program, without line ends; *header* lines are ASCII without parentheses or semicolons."""

    def __call__(self, toolpath: Toolpath, machine: Gantry, header: tuple[str, ...]) -> Iterator[str]: ...  # noqa: D102  # the class says it


class Words(dict[int, str]):
    """Decimal text of whole numbers of resolution steps: no exponent, no trailing zeros, no -0."""

    def __init__(self, resolution_mm: float) -> None:
        super().__init__()
        self.resolution_mm = resolution_mm
        self._decimals = decimals(resolution_mm)

    def __missing__(self, steps: int) -> str:
        text = decimal(steps * self.resolution_mm, self._decimals)
        self[steps] = text
        return text

    def steps(self, value_mm: float) -> int:
        """The nearest whole number of steps."""
        return round(value_mm / self.resolution_mm)


def decimals(resolution_mm: float) -> int:
    """Decimals that write every multiple of the resolution in full."""
    for digits in range(10):
        if math.isclose(resolution_mm, round(resolution_mm, digits), rel_tol=1e-9):
            return digits
    return 9


def decimal(value: float, digits: int) -> str:
    """A number with at most *digits* decimals, without trailing zeros and without a sign on zero."""
    text = f"{value:.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def centre_offset(dx_mm: float, dy_mm: float, bulge: float) -> tuple[float, float]:
    """I and J, start to centre, of the arc over a chord between two points that are already rounded."""
    # As geometry.arcs.centres, for one arc: a program has too many for an array each.
    along = (1.0 - bulge * bulge) / (4.0 * bulge)
    return dx_mm / 2.0 - dy_mm * along, dy_mm / 2.0 + dx_mm * along
