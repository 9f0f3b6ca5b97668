"""The job: everything that one layout file says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tfbpattern.model.cell import CellType
from tfbpattern.model.machine import Machine
from tfbpattern.model.process import Isolation, Singulation, Stack
from tfbpattern.model.tester import Tester
from tfbpattern.model.web import Web


@dataclass(frozen=True, slots=True, kw_only=True)
class NestOptions:
    """
    What the nest maximises, how the cells are arranged, and how hard it tries; effort counts steps, not seconds.

    ``align`` asks for straight runs through the whole sheet: ``rows`` across the web, ``columns`` along it.
    """

    objective: Literal["cells", "capacity"]
    effort: int
    seed: int
    align: Literal["free", "rows", "columns"] = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """All that is needed to make one frame."""

    name: str
    roll: str
    frame: int
    web: Web
    stack: Stack | None
    cells: tuple[CellType, ...]
    isolation: Isolation
    singulation: Singulation
    registration_mm: float
    machine: Machine
    nest: NestOptions
    tester: Tester | None = None

    @property
    def arrangement(self) -> str:
        """What the nest has to keep to: ``card`` (whole steps of the probe card), or what ``align`` asks for."""
        return "card" if self.tester and self.tester.lock_pitch else self.nest.align

    @property
    def strip_mm(self) -> float:
        """Width of the strip in which the cut may run: the greatest kerf, and the registration on either side."""
        return self.singulation.kerf_mm + self.singulation.tolerance_mm + 2.0 * self.registration_mm

    @property
    def isolation_insets_mm(self) -> tuple[float, ...]:
        """
        How far inside the outline the middle of each line of isolation lies, negative outside; the trench's own last.

        ``double``: besides, the strip in which the cut may run, about the middle of the kerf. ``hatch``: lines from the
        outline inwards; the first lies on it, so that nothing is left in the corners of the cell.
        """
        isolation = self.isolation
        trench_mm = isolation.centre_inset_mm
        if isolation.style == "double":
            half = (self.strip_mm - isolation.line_width_mm) / 2.0
            across = isolation.side_by_side_mm(-half, half)
            return (*(place - self.singulation.kerf_mm / 2.0 for place in across), trench_mm)
        if isolation.style == "hatch":
            return isolation.side_by_side_mm(0.0, trench_mm)
        return (trench_mm,)

    @property
    def spacing_mm(self) -> float:
        """Least distance between as-cut outlines."""
        return self.singulation.spacing_mm


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A job and the text of the layout file that says it in full, with nothing left outside."""

    job: Job
    text: str
    sha256: str
    warnings: tuple[str, ...] = ()
