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
