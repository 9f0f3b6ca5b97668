"""The sheet-level tester: its probe card, and the bins it sorts cells into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NO_BIN = 99
"""Code of a tested cell that meets the limits of no bin; it fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """
    One bin; the first whose limits a cell meets is the cell's.

    ``limits`` are (column of the results, least, greatest), both inclusive, in the column's own unit.
    """

    code: int
    name: str
    quality: Literal["pass", "fail"]
    limits: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tester:
    """
    A probe card of ``columns`` x ``rows`` sites, and the bins.

    ``pitch_mm`` (x, y) is the distance of its sites; None stands for the pitch of the layout. A needle may land
    ``pad_margin_mm`` off its place along x and along y. ``lock_pitch`` asks for a nest in whole steps of the card.
    ``whole_touchdowns`` allows only landings with a cell under every site. A landing takes ``touchdown_s`` with
    everything but the way there, and the way is gone at ``travel_mm_s``.
    """

    columns: int
    rows: int
    pitch_mm: tuple[float, float] | None
    pad_margin_mm: float
    lock_pitch: bool
    bins: tuple[Bin, ...]
    whole_touchdowns: bool
    touchdown_s: float
    travel_mm_s: float
