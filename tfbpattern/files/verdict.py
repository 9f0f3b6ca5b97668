"""The result of a proof as JSON (schema ``tfbpattern/proof/1``) and as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tfbpattern.errors import SystemFaultError
from tfbpattern.model.finding import Finding, Trial, Verdict

SCHEMA = "tfbpattern/proof/1"

# A line of findings names so many cells; JSON names them all.
_CELLS_NAMED = 4


def document_of(job: str, verdict: Verdict, trials: Sequence[Trial] | None = None) -> dict[str, Any]:
    """
    The document that ``verify --json`` prints; what does not apply to a finding is left out.

    *trials*: those of a self-test, where one was made.
    """
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "job": job,
        "passed": verdict.passed,
        "checks": dict(verdict.checks),
        "counts": dict(verdict.counts),
        "figures": dict(verdict.figures),
        "findings": [_described(finding) for finding in verdict.findings],
    }
    if trials is not None:
        document["trials"] = [
            {"name": trial.name, "applies": trial.caught is not None, "caught": bool(trial.caught), "harm": trial.harm}
            | {"rules": list(trial.rules)}
            for trial in trials
        ]
    return document


def write_pictures(folder: Path, pictures: Iterable[tuple[str, str]]) -> None:
    """
    Write pictures by name into a folder, which is made where it is missing.

    Raises:
        SystemFaultError: it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in pictures:
            (folder / name).write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise SystemFaultError(f"cannot write {folder}: {error.strerror or error}") from error


def _described(finding: Finding) -> dict[str, Any]:
    described: dict[str, Any] = {
        "rule": finding.rule,
        "message": finding.message,
        "cells": list(finding.cells),
        "measured": finding.measured,
        "limit": finding.limit,
        "unit": finding.unit if finding.measured is not None else None,
        "x_mm": finding.x_mm,
        "y_mm": finding.y_mm,
        "file": finding.file,
        "line": finding.line,
    }
    return {key: value for key, value in described.items() if value not in (None, [])}


def failed(verdict: Verdict) -> str:
    """What failed, in a few words."""
    count = sum(verdict.counts.values())
    checks = ", ".join(name for name, outcome in verdict.checks.items() if outcome != "passed")
    return f"the proof failed with {count} finding{'s' if count != 1 else ''} ({checks})"


def lines_of(verdict: Verdict, most: int) -> Iterator[str]:
    """One line a finding, at most *most* of each rule, and how many more there are."""
    told: dict[str, int] = {}
    for finding in verdict.findings:
        told[finding.rule] = told.get(finding.rule, 0) + 1
        if told[finding.rule] <= most:
            yield sentence(finding)
    for rule, count in verdict.counts.items():
        if count > most:
            yield f"{rule}: {count - most} more"


def sentence(finding: Finding) -> str:
    """A finding in one line: rule, cells, what, where."""
    cells = ", ".join(finding.cells[:_CELLS_NAMED])
    more = len(finding.cells) - _CELLS_NAMED
    who = f" {cells}{f' and {more} more' if more > 0 else ''}:" if cells else ""
    at = f", at ({finding.x_mm:.4f}, {finding.y_mm:.4f}) mm" if finding.x_mm is not None else ""
    file = f" [{finding.file}{f':{finding.line}' if finding.line else ''}]" if finding.file else ""
    return f"{finding.rule}:{who} {finding.message}{at}{file}"
