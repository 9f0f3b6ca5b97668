"""What a proof says: findings, and the verdict over all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["passed", "failed", "not made"]
"""Of one check: made and sound, made and not sound, or not made."""

CHECKS = ("files", "machine", "map", "clearances", "isolation", "singulation")
"""Every check of the proof, in the order in which they are made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    One thing that is wrong with the emitted files.

    ``rule`` is CHECK.NAME; ``measured`` and ``limit`` are in ``unit``; the place is in the web frame, ``line``
    counts from 1 in ``file``. What does not apply is None or empty.
    """

    rule: str
    message: str
    cells: tuple[str, ...] = ()
    measured: float | None = None
    limit: float | None = None
    unit: str = "mm"
    x_mm: float | None = None
    y_mm: float | None = None
    file: str | None = None
    line: int | None = None

    @property
    def check(self) -> str:
        """The check that the rule belongs to."""
        return self.rule.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """
    The result of a proof.

    ``findings`` holds the first of each rule, ``counts`` how many there are of each rule in all. ``figures`` are
    what was counted and measured on the way.
    """

    checks: Mapping[str, Outcome]
    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    figures: Mapping[str, float | int]

    @property
    def passed(self) -> bool:
        """Every check was made, and none found anything."""
        return all(outcome == "passed" for outcome in self.checks.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """
    A fault that was put into copies of the files, and whether the proof found it.

    ``harm`` says what it does, ``rules`` which rules found something; ``caught`` is None where the job gives no
    occasion for the fault.
    """

    name: str
    harm: str
    rules: tuple[str, ...]
    caught: bool | None
