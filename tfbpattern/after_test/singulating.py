"""The singulation program again, with rejected cells left in the web."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tfbpattern import pipeline
from tfbpattern.after_test.tested import open_tested
from tfbpattern.errors import InfeasibleError, InputError
from tfbpattern.files.output_folder import OutputFolder, open_folder
from tfbpattern.model.celltable import BinDefinition, CellTable
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest, Placements
from tfbpattern.pipeline import Progress


def singulate(
    path: Path, target: Path, skipped: Sequence[str] = (), *, progress: Progress | None = None
) -> dict[str, Any]:
    """
    The files of a folder again for the cells that are cut out, those of *skipped* bins left in the web; the manifest.

    A bin is named by its code or name. The map of *target* holds the cells that are cut out, under their ids; what a
    skipped cell shares with a cell that is cut out is cut, and the skipped cell's own edges are not. Proved like a run.

    Raises:
        InputError: the folder has no results of one frame, or no such bin.
        InfeasibleError: no cell is left to cut out.
        ProofError: the files are not sound; nothing is published.
        SystemFaultError: *target* cannot be written.
    """
    folder = open_folder(path)
    cells, layout = folder.cells(), folder.layout()
    kept = np.ones(len(cells), dtype=bool)
    section: dict[str, Any] = {"skipped_bins": [], "skipped_cells": 0}
    if skipped:
        tested = open_tested(path)
        if len(tested.results.frames) > 1:
            raise InputError(f"{path} has results of {len(tested.results.frames)} frames; each is cut by itself")
        codes = sorted({_bin_code(name, tested.bins) for name in skipped})
        kept = ~np.isin(tested.results.codes, codes)
        section = {"skipped_bins": codes, "skipped_cells": int((~kept).sum())}
    if not kept.any():
        raise InfeasibleError(f"all {len(cells)} cells are in the skipped bins; nothing is left to cut out")
    # The sheet has been tested: its touchdowns are those of the map that it was tested by.
    plain = dataclasses.replace(layout, job=dataclasses.replace(layout.job, tester=None))
    sheet = pipeline.sheet_of(plain, _nest_of(folder, cells, kept, plain.job), progress)
    return pipeline.emit(sheet, target, sections={"singulate": section}, progress=progress)


def _bin_code(name: str, bins: Sequence[BinDefinition]) -> int:
    for b in bins:
        if name in (b.name, str(b.code)):
            return b.code
    known = ", ".join(f"{b.code} ({b.name})" for b in bins)
    raise InputError(f"--skip-bin {name!r} is no bin of these results; they have {known}")


def _nest_of(folder: OutputFolder, cells: CellTable, kept: NDArray[np.bool_], job: Job) -> Nest:
    """The nest that a map describes, of the kept cells only."""
    numbers = {cell.name: number for number, cell in enumerate(job.cells)}
    kind = np.array([numbers[t.name] for t in cells.types], dtype=np.int64)[cells.kind]
    placements = Placements(
        kind=kind,
        x_mm=cells.x_mm,
        y_mm=cells.y_mm,
        rotation_deg=cells.rotation_deg,
        row=cells.row,
        column=cells.column,
    )
    stored = folder.manifest["nest"]
    return Nest(
        placements=placements.taken(kept),
        frame_length_mm=cells.frame_length_mm,
        spacing_mm=job.spacing_mm,
        upper_bound=int(stored["upper_bound"]),
        bound=str(stored["bound"]),
        method=str(stored["method"]),
        bulk_density=float(stored["bulk_density"]),
        found_per_m=stored.get("found_per_m", {}),
    )
