"""What the results of many cells say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupYield:
    """Tested and passing cells of one row, column, site, touchdown or frame."""

    key: int
    tested: int
    passed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteOff:
    """
    A site whose readings lie apart from those of all others.

    ``offset`` is its median less that of the others, in the column's unit; ``sigmas`` the same in standard errors of
    the median. For the column ``yield`` both medians are shares of passing cells.
    """

    site: int
    column: str
    offset: float
    sigmas: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeating:
    """A place that failed in more frames than chance explains."""

    row: int
    column: int
    tested: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """
    The whole of a merge.

    ``groups`` are yields by row, column, site, touchdown or frame.
    """

    groups: Mapping[str, Sequence[GroupYield]]
    sites_off: Sequence[SiteOff]
    repeating: Sequence[Repeating]
