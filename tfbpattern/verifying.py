"""
An output folder read back and proved.

Apart from the pipeline, which loads everything that makes files: what only reads them starts in a third of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfbpattern.errors import InputError
from tfbpattern.files.layout import read_layout
from tfbpattern.files.publishing import read_manifest
from tfbpattern.model.finding import Trial, Verdict
from tfbpattern.model.job import Job
from tfbpattern.model.machine import Controller
from tfbpattern.proof import mutations, prove
from tfbpattern.proof.emitted import names_of
from tfbpattern.proof.pictures import pictures

Progress = Callable[[str], None]
"""Told, in a few words, what is being done."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Proved:
    """An output folder read back: its manifest, the job that it is for, the verdict, and the spots of findings."""

    folder: Path
    manifest: Mapping[str, Any]
    job: Job
    verdict: Verdict
    pictures: Iterator[tuple[str, str]]


def verify(folder: Path, *, progress: Progress | None = None, controller: Controller | None = None) -> Proved:
    """
    Read the files of an output folder back and prove them.

    *controller*: the name of a machine's own interpreter that is asked as well.

    Raises:
        InputError: it is no output folder, its layout file is none, its manifest names files outside it, or the
            controller does not read its programs.
        SystemFaultError: the controller is not installed.
    """
    stored = read_manifest(folder)
    names = names_of(folder, stored)
    if "layout" not in names:
        raise InputError(f"{folder}: the manifest names no layout file; there is nothing to prove against")
    if not (folder / names["layout"]).is_file():
        raise InputError(f"{folder / names['layout']}: no such file; there is nothing to prove against")
    job = read_layout(folder / names["layout"]).job
    verdict, sheet = prove(folder, stored, job, progress, controller=controller)
    spots = pictures(sheet, verdict.findings) if sheet is not None else iter(())
    return Proved(folder=folder, manifest=stored, job=job, verdict=verdict, pictures=spots)


def self_test(proved: Proved, *, progress: Progress | None = None) -> Iterator[Trial]:
    """Put faults into copies of a folder that is sound, one after the other, and see that the proof finds each."""
    tell = progress or (lambda _: None)

    def look(folder: Path, changed: Mapping[str, Any]) -> Mapping[str, int]:
        return prove(folder, changed, proved.job)[0].counts

    for trial in mutations.self_test(proved.folder, proved.manifest, proved.job, look):
        tell(f"self-test: {trial.name}")
        yield trial
