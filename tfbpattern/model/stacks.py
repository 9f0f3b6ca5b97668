"""Parallel stacks: what their cells must have in common, and which cells they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """
    How far the cells of a stack may lie apart in one column, on the decimals as written, inclusive.

    ``width`` is the greatest less the least; of ``percent`` the greatest is at most 1 + percent / 100 times the least.
    Exactly one of them is given.
    """

    column: str
    width: Decimal | None = None
    percent: Decimal | None = None

    def __post_init__(self) -> None:
        size = self.width if self.width is not None else self.percent
        if (self.width is None) == (self.percent is None) or size is None or size < 0 or not size.is_finite():
            raise ValueError("a window is a width or a percentage, finite and not negative")

    def greatest(self, least: Decimal) -> Decimal:
        """The greatest value that goes with a least one; exact."""
        if self.width is not None:
            return least + self.width
        assert self.percent is not None
        return least + least * self.percent / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPlan:
    """
    Stacks of cells, by their numbers over all frames: layers from the bottom.

    ``bound`` is a proved greatest number of stacks; ``left_over`` says of each passing cell in no stack why.
    ``samples`` are cells that go to the cycler instead, by bin code.
    """

    layers: int
    stacks: tuple[tuple[int, ...], ...]
    bound: int
    left_over: Mapping[int, str]
    samples: Mapping[int, tuple[int, ...]]

    @property
    def gap(self) -> float:
        """(bound - stacks) / bound."""
        return (self.bound - len(self.stacks)) / self.bound if self.bound else 0.0
