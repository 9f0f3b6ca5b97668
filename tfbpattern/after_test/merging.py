"""The tester's results joined to the map: bins, yields, the maps that show them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfbpattern.after_test.maps import bin_picture, fail_picture, svg, value_picture
from tfbpattern.errors import InputError
from tfbpattern.files.bin_maps import e142
from tfbpattern.files.output_folder import Pieces, open_folder
from tfbpattern.files.results import cell_ids, figures, results_json
from tfbpattern.files.results_reading import doubled_rows, read_results
from tfbpattern.mapping.bins import result_bins
from tfbpattern.mapping.sorting import sort_cells
from tfbpattern.mapping.yields import group_yields, repeating_places, sites_off
from tfbpattern.model.celltable import BinMap
from tfbpattern.model.results import Results
from tfbpattern.model.tester import Tester
from tfbpattern.model.yields import Summary
from tfbpattern.pipeline import Progress

# Roles of what belongs to results; merging again replaces them.
_OF_RESULTS = (
    "g85",
    "cells_parquet",
    "results_json",
    "bin_map",
    "fail_map",
    "heatmap_",
    "stacked_",
    "stacks_",
    "chart_",
)
# Frame numbers have four digits in an id, and more where they need them.
_MOST_FRAMES = 100_000


def merge(
    path: Path,
    results: Sequence[Path],
    target: Path,
    *,
    frames: int = 1,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """
    A folder and the tester's results of it as *target*; the head of its results.json.

    *frames* is how many frames, from the map's on, the same layout was run for.

    Raises:
        InputError: the folder or a results file is at fault.
        SystemFaultError: *target* cannot be written.
    """
    tell = progress or (lambda _: None)
    folder = open_folder(path)
    cells, tester = folder.cells(), folder.layout().job.tester
    if not 1 <= frames <= _MOST_FRAMES:
        raise InputError(f"--frames must be 1 to {_MOST_FRAMES}, found {frames}")
    numbers = range(cells.frame, cells.frame + frames)
    tell("reading results")
    limits = list(dict.fromkeys(column for b in (tester.bins if tester else ()) for column, _, _ in b.limits))
    readings = read_results(results, cells, numbers, limits)
    if missing := [column for column in limits if column not in readings.values]:
        raise InputError(
            f"the bins of the layout limit the column {missing[0]!r}, which no results file has;"
            f" found {', '.join([*readings.values, *readings.texts])}"
        )
    tell("sorting")
    sorted_cells = sort_cells(cells, numbers, readings, tester)
    if fault := doubled_rows(results, readings, lambda k: cell_ids(sorted_cells, np.array([k]))[0]):
        raise fault
    summary = Summary(
        groups=group_yields(sorted_cells),
        sites_off=sites_off(sorted_cells),
        repeating=repeating_places(sorted_cells),
    )
    bins = result_bins(sorted_cells.codes, tester)
    tell("drawing and writing")
    added: dict[str, tuple[str, Pieces]] = {
        "e142": ("e142.xml", e142(cells, _by_frame(sorted_cells, tester))),
        "results_json": ("results.json", results_json(sorted_cells, bins.bins, summary)),
        **_pictures(sorted_cells, bins),
    }
    head = figures(sorted_cells, bins.bins, summary)
    section = {key: head[key] for key in ("frames", "coverage", "yield", "bins")}
    folder.publish(target, added, sections={"results": section, "stacks": None}, dropped=_belongs_to_results)
    return head


def _belongs_to_results(role: str) -> bool:
    return role.startswith(_OF_RESULTS)


def _by_frame(results: Results, tester: Tester | None) -> list[tuple[int, BinMap]]:
    codes = results.codes.reshape(len(results.frames), -1)
    return [(frame, result_bins(codes[k], tester)) for k, frame in enumerate(results.frames)]


def _pictures(results: Results, bins: BinMap) -> dict[str, tuple[str, Pieces]]:
    """Of one frame a map of each measured column and of the bins; of several the maps stacked on each other."""
    made: dict[str, tuple[str, Pieces]] = {}
    columns = [name for name, values in results.readings.values.items() if not np.isnan(values).all()]
    if len(results.frames) == 1:
        made["bin_map"] = ("binmap.svg", svg(*bin_picture(results, bins.bins, 0)))
        for name in columns:
            made[f"heatmap_{name}"] = (f"heatmap.{name}.svg", svg(*value_picture(results, name, 0)))
        return made
    made["fail_map"] = ("failmap.svg", svg(*fail_picture(results)))
    for name in columns:
        made[f"stacked_{name}"] = (f"stacked.{name}.svg", svg(*value_picture(results, name, None)))
    return made
