"""Other views of a folder's map, and what became of its places in another one."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from tfbpattern.errors import InputError
from tfbpattern.files.bin_maps import g85
from tfbpattern.files.output_folder import OutputFolder, open_folder
from tfbpattern.files.parquet import cells_parquet
from tfbpattern.files.results import parse_results
from tfbpattern.files.single import write_file
from tfbpattern.mapping.bins import result_bins, status_bins
from tfbpattern.mapping.differing import Difference, differences

EXPORTS = ("csv", "e142", "g85", "parquet")
"""Views of the map."""


def export(path: Path, kind: Literal["csv", "e142", "g85", "parquet"], file: Path | None) -> Path:
    """
    Another view of a folder's map, written to *file* or into the folder; where it was written.

    Raises:
        InputError: the folder is none, or has results of several frames where the view is of one.
        SystemFaultError: it cannot be written.
    """
    folder = open_folder(path)
    roles = {"csv": "cells_csv", "e142": "e142", "g85": "g85", "parquet": "cells_parquet"}
    suffixes = {"g85": "g85.xml", "parquet": "cells.parquet"}
    role = roles[kind]
    if kind in ("csv", "e142"):
        pieces: list[str | bytes] = [folder.text(role)]
    else:
        pieces = _view(folder, kind)
    if file is not None:
        write_file(file, pieces)
        return file
    if kind in suffixes:
        folder.publish(path, {role: (suffixes[kind], pieces)}, sections={})
    return path / open_folder(path).files[role]


def _view(folder: OutputFolder, kind: str) -> list[str | bytes]:
    cells, tester = folder.cells(), folder.layout().job.tester
    results = None
    if "results_json" in folder.files:
        results, _ = parse_results(folder.text("results_json"), folder.files["results_json"], cells)
        if len(results.frames) > 1:
            raise InputError(f"{folder.path} has results of {len(results.frames)} frames; {kind} shows one")
    if kind == "g85":
        bins = status_bins(cells, tester)
        if results is not None:
            untested = int(bins.bins[0].code)
            bins = result_bins(np.where(results.tested, results.codes, untested), tester)
        return [*g85(cells, bins)]
    if results is None:
        return [cells_parquet(cells, None, {})]
    values = {name: results.values(name) for name in results.readings.values}
    return [cells_parquet(cells, results.codes, values)]


def diff(first: Path, second: Path) -> list[Difference]:
    """
    What became of each place from one folder's map to another's.

    Raises:
        InputError: either is no output folder.
    """
    return differences(open_folder(first).cells(), open_folder(second).cells())
