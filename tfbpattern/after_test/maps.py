"""Maps of the sheet, coloured by what was measured, by bins, or by places that fail."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tfbpattern.after_test.tested import open_tested
from tfbpattern.errors import InputError
from tfbpattern.files.output_folder import Pieces
from tfbpattern.files.single import write_file
from tfbpattern.mapping.yields import fail_counts
from tfbpattern.model.celltable import BinDefinition, CellTable, Floats
from tfbpattern.model.results import Results
from tfbpattern.report.heatmap import heatmap_png, heatmap_svg
from tfbpattern.report.shading import Shading, by_bin, by_value

Picture = tuple[CellTable, Shading, str, str, list[str]]
"""Cells, their colours, title, subtitle, and what is told of each cell."""


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
        picture = bin_picture(results, tested.bins, at)
    elif column == "fails":
        picture = fail_picture(results)
    elif column in results.readings.values:
        picture = value_picture(results, column, at)
    else:
        known = ", ".join([*results.readings.values, "bin (of one frame)", "fails"])
        raise InputError(f"{path} has no column {column!r} to draw; it has {known}")
    if file.suffix.lower() == ".svg":
        write_file(file, svg(*picture))
    else:
        write_file(file, [heatmap_png(*picture[:4])])


def svg(cells: CellTable, shading: Shading, title: str, subtitle: str, told: list[str]) -> Pieces:
    """A picture as lines of SVG."""
    return (f"{line}\n" for line in heatmap_svg(cells, shading, title, subtitle, told))


def frame_words(results: Results, frame: int | None) -> str:
    """Job, roll and frame, by its place in the results, or all frames, for the head of a picture."""
    cells = results.cells
    if frame is None:
        return f"{cells.job}, roll {cells.roll}, frames {results.frames.start} to {results.frames.stop - 1}"
    return f"{cells.job}, roll {cells.roll}, frame {results.frames[frame]}"


def value_picture(results: Results, column: str, frame: int | None) -> Picture:
    """A column of one frame, or its mean over all frames place by place."""
    shape = (len(results.frames), len(results.cells))
    values = results.values(column).reshape(shape)
    shown = values[frame] if frame is not None else _means(values)
    what = column if frame is not None else f"mean {column}"
    told = [
        f"{name}: {'not measured' if np.isnan(value) else f'{value:.6g}'}"
        for name, value in zip(results.cells.ids, shown.tolist(), strict=True)
    ]
    return results.cells, by_value(shown, column), what, frame_words(results, frame), told


def _means(values: Floats) -> Floats:
    """Mean over the frames, NaN where no frame has a value."""
    there = ~np.isnan(values)
    count = there.sum(axis=0)
    total = np.where(there, values, 0.0).sum(axis=0)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan), dtype=np.float64)


def bin_picture(results: Results, bins: Sequence[BinDefinition], frame: int) -> Picture:
    """The bins of one frame, by its place in the results."""
    codes = results.codes.reshape(len(results.frames), -1)[frame]
    names = {b.code: b.name for b in bins}
    told = [
        f"{name}: {names.get(code, 'untested')}" for name, code in zip(results.cells.ids, codes.tolist(), strict=True)
    ]
    return results.cells, by_bin(codes, bins), "bins", frame_words(results, frame), told


def fail_picture(results: Results) -> Picture:
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
    return results.cells, shading, "failing places", frame_words(results, None), told
