"""How it is made: the stack of films and the two kinds of cut."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from tfbpattern.units import MM2_PER_CM2


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Films and foil; thicknesses in um, areal capacity in uAh per cm2 and um of cathode."""

    substrate_um: float
    cathode_um: float
    other_um: float
    areal_capacity_uah_cm2_um: float
    utilisation: float
    voltage_v: float

    def capacity_uah(self, active_area_mm2: float) -> float:
        """Capacity of an active area."""
        areal_uah_cm2 = self.areal_capacity_uah_cm2_um * self.cathode_um * self.utilisation
        return areal_uah_cm2 * active_area_mm2 / MM2_PER_CM2

    @property
    def energy_density_wh_l(self) -> float:
        """
        Volumetric energy density of the stack without plated lithium.

        VED = V q t_c u / (0.1 (t_s + t_c + t_r)): Cheng et al., "Manufacturing Scale-Up of Anodeless Solid State
        Lithium Thin Film Battery for High Volumetric Energy Density Applications".
        """
        total_um = self.substrate_um + self.cathode_um + self.other_um
        energy = self.voltage_v * self.areal_capacity_uah_cm2_um * self.cathode_um * self.utilisation
        return energy / (0.1 * total_um)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Laser settings of one operation."""

    passes: int
    mark_speed_mm_s: float
    power_percent: float
    frequency_khz: float


Style = Literal["ring", "double", "grid", "hatch"]
"""
How the film around an active area is removed. All four have the trench at the inner end of the setback.

``ring``: a closed line a cell. ``grid``: the sides of these lines run through from cell to cell, across the streets
between them. ``double``: the ring, and a strip without film where the cut will run. ``hatch``: no film is left between
the active area and the outline.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolation:
    """
    What is removed of the film around each active area.

    ``line_width_mm`` is that of one line. Where lines lie side by side (``double``, ``hatch``) their middles are at
    most ``pitch_mm`` apart.
    """

    setback_mm: float
    line_width_mm: float
    tolerance_mm: float
    overcut_mm: float
    recipe: Recipe
    style: Style = "ring"
    pitch_mm: float = math.inf
    heat_distance_mm: float = 0.0
    lead_in_mm: float = 0.0

    @property
    def run_on_mm(self) -> float:
        """How far open lines go on at both ends, since they are run either way."""
        return max(self.overcut_mm, self.lead_in_mm)

    @property
    def centre_inset_mm(self) -> float:
        """From the outline to the centre line of the trench."""
        return self.setback_mm - self.line_width_mm / 2.0

    def side_by_side_mm(self, low_mm: float, high_mm: float) -> tuple[float, ...]:
        """Places of lines from *low_mm* to *high_mm*, as few as the pitch allows; the middle, if low > high."""
        if low_mm >= high_mm:
            return ((low_mm + high_mm) / 2.0,)
        # A nanometre more is no wider pitch.
        count = math.ceil((high_mm - low_mm - 1e-6) / self.pitch_mm) + 1
        step = (high_mm - low_mm) / (count - 1)
        return (*(low_mm + step * k for k in range(count - 1)), high_mm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tabs:
    """Bridges that hold a cell in the web: at least ``count`` of them, ``width_mm`` of standing foil each."""

    count: int
    width_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Singulation:
    """The cut through the foil around each cell."""

    mode: Literal["shared", "contour"]
    kerf_mm: float
    rib_mm: float
    tolerance_mm: float
    tabs: Tabs
    recipe: Recipe
    heat_distance_mm: float = 0.0
    overcut_mm: float = 0.0
    lead_in_mm: float = 0.0

    @property
    def spacing_mm(self) -> float:
        """Between as-cut outlines: one kerf when shared, a kerf each and a rib otherwise."""
        return self.kerf_mm if self.mode == "shared" else 2.0 * self.kerf_mm + self.rib_mm
