"""The stages after the test, in order: results to bins and yields, pictures, other views of the map."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tfbpattern import pipeline
from tfbpattern.errors import InfeasibleError, InputError
from tfbpattern.files.bin_maps import e142, g85
from tfbpattern.files.control import chart_csv
from tfbpattern.files.manifest import text_of
from tfbpattern.files.output_folder import OutputFolder, Pieces, open_folder
from tfbpattern.files.parquet import cells_parquet
from tfbpattern.files.results import cell_ids, figures, parse_results, results_json
from tfbpattern.files.results_reading import doubled_rows, read_results
from tfbpattern.files.single import write_file
from tfbpattern.files.stacks import parse_window, picklist_csv, stacks_csv, stacks_document
from tfbpattern.mapping.bins import result_bins, status_bins
from tfbpattern.mapping.control import control_charts
from tfbpattern.mapping.differing import Difference, differences
from tfbpattern.mapping.sorting import sort_cells
from tfbpattern.mapping.stacking import plan_stacks
from tfbpattern.mapping.yields import fail_counts, group_yields, repeating_places, sites_off
from tfbpattern.model.celltable import BinDefinition, BinMap, CellTable, Floats
from tfbpattern.model.control import ControlChart
from tfbpattern.model.job import Job
from tfbpattern.model.nest import Nest, Placements
from tfbpattern.model.results import Results
from tfbpattern.model.stacks import StackPlan
from tfbpattern.model.tester import Tester
from tfbpattern.model.yields import Summary
from tfbpattern.report.chart import chart_svg
from tfbpattern.report.heatmap import heatmap_png, heatmap_svg
from tfbpattern.report.shading import Shading, by_bin, by_value

Progress = Callable[[str], None]

EXPORTS = ("csv", "e142", "g85", "parquet")
"""Views of the map."""

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tested:
    """A folder with results, read back."""

    folder: OutputFolder
    results: Results
    bins: tuple[BinDefinition, ...]


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
        made["bin_map"] = ("binmap.svg", _svg(*_bin_picture(results, bins.bins, 0)))
        for name in columns:
            made[f"heatmap_{name}"] = (f"heatmap.{name}.svg", _svg(*_value_picture(results, name, 0)))
        return made
    made["fail_map"] = ("failmap.svg", _svg(*_fail_picture(results)))
    for name in columns:
        made[f"stacked_{name}"] = (f"stacked.{name}.svg", _svg(*_value_picture(results, name, None)))
    return made


_Picture = tuple[CellTable, Shading, str, str, list[str]]


def _svg(cells: CellTable, shading: Shading, title: str, subtitle: str, told: list[str]) -> Pieces:
    return (f"{line}\n" for line in heatmap_svg(cells, shading, title, subtitle, told))


def _frame_words(results: Results, frame: int | None) -> str:
    cells = results.cells
    if frame is None:
        return f"{cells.job}, roll {cells.roll}, frames {results.frames.start} to {results.frames.stop - 1}"
    return f"{cells.job}, roll {cells.roll}, frame {results.frames[frame]}"


def _value_picture(results: Results, column: str, frame: int | None) -> _Picture:
    """A column of one frame, or its mean over all frames place by place."""
    shape = (len(results.frames), len(results.cells))
    values = results.values(column).reshape(shape)
    shown = values[frame] if frame is not None else _means(values)
    what = column if frame is not None else f"mean {column}"
    told = [
        f"{name}: {'not measured' if np.isnan(value) else f'{value:.6g}'}"
        for name, value in zip(results.cells.ids, shown.tolist(), strict=True)
    ]
    return results.cells, by_value(shown, column), what, _frame_words(results, frame), told


def _means(values: Floats) -> Floats:
    """Mean over the frames, NaN where no frame has a value."""
    there = ~np.isnan(values)
    count = there.sum(axis=0)
    total = np.where(there, values, 0.0).sum(axis=0)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan), dtype=np.float64)


def _bin_picture(results: Results, bins: Sequence[BinDefinition], frame: int) -> _Picture:
    codes = results.codes.reshape(len(results.frames), -1)[frame]
    names = {b.code: b.name for b in bins}
    told = [
        f"{name}: {names.get(code, 'untested')}" for name, code in zip(results.cells.ids, codes.tolist(), strict=True)
    ]
    return results.cells, by_bin(codes, bins), "bins", _frame_words(results, frame), told


def _fail_picture(results: Results) -> _Picture:
    """How often each place failed over the frames: places that repeat stand out."""
    tested, failed = fail_counts(results)
    share = np.where(tested > 0, failed / np.maximum(tested, 1), np.nan)
    told = [
        f"row {r}, column {c}: failed {f} of {n}"
        for r, c, f, n in zip(
            results.cells.row.tolist(), results.cells.column.tolist(), failed.tolist(), tested.tolist(), strict=True
        )
    ]
    greatest = max(float(np.nanmax(share, initial=0.0)), 0.01)
    shading = by_value(share, "share of frames", (0.0, greatest))
    return results.cells, shading, "failing places", _frame_words(results, None), told


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


def heatmap(path: Path, column: str, file: Path, *, frame: int | None = None) -> None:
    """
    A heat map of any measured column, or of the bins (``bin``) or failing places (``fails``), as SVG or PNG.

    *frame* is a frame's number; without one the only frame is drawn, or several are stacked.

    Raises:
        InputError: no such column or frame, or *file* ends otherwise.
        SystemFaultError: *file* cannot be written.
    """
    if file.suffix.lower() not in (".svg", ".png"):
        raise InputError(f"{file}: a heat map is written as .svg or .png")
    tested = open_tested(path)
    results = tested.results
    if frame is not None and frame not in results.frames:
        raise InputError(f"{path} has frames {results.frames.start} to {results.frames.stop - 1}; found {frame}")
    at = results.frames.index(frame) if frame is not None else (0 if len(results.frames) == 1 else None)
    if column == "bin" and at is not None:
        picture = _bin_picture(results, tested.bins, at)
    elif column == "fails":
        picture = _fail_picture(results)
    elif column in results.readings.values:
        picture = _value_picture(results, column, at)
    else:
        known = ", ".join([*results.readings.values, "bin (of one frame)", "fails"])
        raise InputError(f"{path} has no column {column!r} to draw; it has {known}")
    if file.suffix.lower() == ".svg":
        write_file(file, _svg(*picture))
    else:
        write_file(file, [heatmap_png(*picture[:4])])


def stack(
    path: Path, layers: int, windows: Sequence[str], *, samples_per_bin: int = 0, progress: Progress | None = None
) -> dict[str, Any]:
    """
    Matched stacks and their pick list, written into a folder that has results; the document of stacks.json.

    *windows* are as in ``ocv_v=0.010`` or ``z_ohm=5%``.

    Raises:
        InputError: the folder has no results, or a window is none or of no measured column.
        InfeasibleError: not one stack can be made.
        SystemFaultError: the folder cannot be written.
    """
    asked = [parse_window(text) for text in windows]
    columns = [window.column for window in asked]
    if repeated := [column for column in columns if columns.count(column) > 1]:
        raise InputError(f"--match names {repeated[0]!r} twice")
    results = open_tested(path)
    for column in columns:
        if column not in results.results.readings.values:
            known = ", ".join(results.results.readings.values)
            raise InputError(f"--match: {path} has no measured column {column!r}; it has {known}")
    if progress:
        progress("stacking")
    plan = plan_stacks(results.results, layers, asked, samples_per_bin)
    if not plan.stacks:
        passed = int(results.results.passed.sum())
        raise InfeasibleError(f"not one stack of {layers} can be made of {passed} passing cells: {_why(plan)}")
    document = stacks_document(results.results, plan, asked)
    results.folder.publish(
        path,
        {
            "stacks_csv": ("stacks.csv", stacks_csv(results.results, plan, asked)),
            "stacks_json": ("stacks.json", [text_of(document)]),
            "stacks_picklist": ("picklist.csv", picklist_csv(results.results, plan)),
        },
        sections={"stacks": {"layers": layers, "stacks": len(plan.stacks), "bound": plan.bound}},
    )
    return document


def _why(plan: StackPlan) -> str:
    """The commonest reason of the cells that are left over."""
    reasons = Counter(plan.left_over.values())
    return reasons.most_common(1)[0][0] if reasons else "there are none"


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
    )


def chart(path: Path, column: str, by: str) -> tuple[list[ControlChart], Path]:
    """
    Control charts of a measured column by groups, as picture and table in the folder; and where the picture is.

    Raises:
        InputError: the folder has no results, no such column, or fewer than two groups.
        SystemFaultError: the folder cannot be written.
    """
    tested = open_tested(path)
    if column not in tested.results.readings.values:
        known = ", ".join(tested.results.readings.values)
        raise InputError(f"{path} has no measured column {column!r}; it has {known}")
    try:
        charts = control_charts(tested.results, column, by)
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    words = _frame_words(tested.results, None if len(tested.results.frames) > 1 else 0)
    picture = (f"{line}\n" for line in chart_svg(charts, f"{column} by {by}", words, by))
    stem = f"chart.{column}.{by}"
    role = f"chart_{column}_{by}"
    made = tested.folder.publish(
        path, {role: (f"{stem}.svg", picture), f"{role}_table": (f"{stem}.csv", chart_csv(charts, by))}, sections={}
    )
    return list(charts), path / made["files"][role]
