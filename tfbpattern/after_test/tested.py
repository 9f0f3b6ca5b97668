"""A folder with results, read back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tfbpattern.errors import InputError
from tfbpattern.files.output_folder import OutputFolder, open_folder
from tfbpattern.files.results import parse_results
from tfbpattern.model.celltable import BinDefinition
from tfbpattern.model.results import Results


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tested:
    """A folder with results, read back."""

    folder: OutputFolder
    results: Results
    bins: tuple[BinDefinition, ...]


def open_tested(path: Path) -> Tested:
    """
    A folder that `cells merge` has written.

    Raises:
        InputError: it has no results, or they are not what they should be.
    """
    folder = open_folder(path)
    if "results_json" not in folder.files:
        raise InputError(f"{path} has no results; tfbpattern cells merge joins them to a map")
    cells = folder.cells()
    results, bins = parse_results(folder.text("results_json"), str(path / folder.files["results_json"]), cells)
    return Tested(folder=folder, results=results, bins=tuple(bins))
