"""The stages in order; the one module that knows them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfbpattern import nesting
from tfbpattern.errors import ProofError
from tfbpattern.files.bin_maps import e142
from tfbpattern.files.cells import cells_csv, cells_json, prober_csv
from tfbpattern.files.cut_dxf import cut_dxf, field_dxf, fields_csv
from tfbpattern.files.drawing_dxf import drawing_dxf
from tfbpattern.files.manifest import NEST_SCHEMA, manifest, nest_figures, proof_stamp, text_of
from tfbpattern.files.publishing import publish
from tfbpattern.files.verdict import failed, lines_of
from tfbpattern.mapping import cell_map
from tfbpattern.mapping.bins import status_bins
from tfbpattern.mapping.table import table_of
from tfbpattern.model.cellmap import CellMap
from tfbpattern.model.job import Job, Layout
from tfbpattern.model.machine import Galvo
from tfbpattern.model.nest import Nest
from tfbpattern.model.toolpath import Effort, Toolpath
from tfbpattern.posts import POSTS
from tfbpattern.proof import prove
from tfbpattern.report.picture import picture
from tfbpattern.routing import check_speeds, check_travel, effort_of, route, scan_fields
from tfbpattern.scribing import scribe
from tfbpattern.version import __version__

# Findings of each rule that stand in the message of a run that was not published (ours: fits a screen).
_LINES_TOLD = 5

Progress = Callable[[str], None]
"""Told, in a few words, what is being done."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """A job worked out in full, before anything is written."""

    layout: Layout
    nest: Nest
    toolpaths: tuple[Toolpath, ...]
    efforts: Mapping[str, Effort]
    cells: CellMap


def check(layout: Layout) -> None:
    """
    What can be said about a layout without nesting it.

    Raises:
        InfeasibleError: a recipe is faster than the machine.
    """
    check_speeds(layout.job)


def nest(layout: Layout, *, progress: Progress | None = None, partial: bool = True) -> dict[str, Any]:
    """
    Nest only; the document that ``nest --json`` prints.

    *partial*: interrupted at the keyboard, go on with the best nest so far.

    Raises:
        InfeasibleError: nothing fits, or less than the demand.
    """
    check(layout)
    found = nesting.nest(layout.job, progress=progress, partial=partial)
    return {"schema": NEST_SCHEMA, "nest": nest_figures(layout.job, found)}


def work_out(layout: Layout, *, progress: Progress | None = None, partial: bool = True) -> Sheet:
    """
    Everything between the layout and the files.

    *partial*: a nest that is interrupted at the keyboard goes on with the best found so far.

    Raises:
        InfeasibleError: the job does not fit the web or the machine.
    """
    tell = progress or (lambda _: None)
    check(layout)
    job = layout.job
    tell("nesting")
    return sheet_of(
        layout, nesting.nest(job, progress=lambda news: tell(f"nesting: {news}"), partial=partial), progress
    )


def sheet_of(layout: Layout, found: Nest, progress: Progress | None = None) -> Sheet:
    """
    Everything between a nest and the files.

    Raises:
        InfeasibleError: the job does not fit the machine, or the tester's card does not reach every cell.
    """
    tell = progress or (lambda _: None)
    job = layout.job
    tell("scribing")
    operations = scribe(job, found)
    tell("routing")
    toolpaths = tuple(route(operation, job.machine) for operation in operations)
    check_travel(job, toolpaths)
    tell("mapping")
    return Sheet(
        layout=layout,
        nest=found,
        toolpaths=toolpaths,
        efforts={toolpath.name: effort_of(toolpath, job.machine) for toolpath in toolpaths},
        cells=cell_map(job, found, layout.sha256),
    )


def run(
    layout: Layout, folder: Path, *, progress: Progress | None = None, partial: bool = True, proof: bool = True
) -> dict[str, Any]:
    """
    The main job: every file of the contract into *folder*, proved, all or nothing; the manifest.

    *partial*: a nest that is interrupted at the keyboard is written all the same, marked so in the manifest.
    *proof*: read the files back and publish them only if they are sound; else the manifest says that they were not.

    Raises:
        InfeasibleError: the job does not fit the web or the machine.
        ProofError: the files are not sound; nothing is published.
        InputError: *folder* holds something else.
        SystemFaultError: *folder* cannot be written.
    """
    return emit(work_out(layout, progress=progress, partial=partial), folder, progress=progress, proof=proof)


def emit(
    sheet: Sheet,
    folder: Path,
    *,
    sections: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    proof: bool = True,
) -> dict[str, Any]:
    """
    The files of a sheet into *folder* as in :func:`run`; *sections* are put into the manifest.

    Raises:
        ProofError: the files are not sound; nothing is published.
        InputError: *folder* holds something else.
        SystemFaultError: *folder* cannot be written.
    """
    layout = sheet.layout
    if progress:
        progress("writing")
    files, contents = _files(sheet)
    made: dict[str, Any] = {}

    def finish(written: Path, hashes: Mapping[str, str]) -> str:
        made.update(sections or {})
        made.update(manifest(layout, sheet.nest, sheet.efforts, sheet.cells.touchdowns, files, hashes, __version__))
        verdict = prove(written, made, layout.job, progress)[0] if proof else None
        if verdict is not None and not verdict.passed:
            raise ProofError(list(lines_of(verdict, _LINES_TOLD)), f"{failed(verdict)}; nothing was published")
        made["proof"] = proof_stamp(verdict)
        return text_of(made)

    publish(folder, contents, finish)
    return made


def _files(sheet: Sheet) -> tuple[dict[str, str], dict[str, Iterable[str]]]:
    """Names by role, and texts in pieces by name."""
    job, table = sheet.layout.job, table_of(sheet.cells)
    by_role: dict[str, tuple[str, Iterable[str]]] = {
        "layout": ("layout.toml", [sheet.layout.text]),
        "cut_dxf": ("cut.dxf", cut_dxf(sheet.toolpaths)),
        "drawing_dxf": ("drawing.dxf", drawing_dxf(sheet.cells)),
        **_programs(sheet),
        "cells_json": ("cells.json", cells_json(sheet.cells)),
        "cells_csv": ("cells.csv", cells_csv(sheet.cells)),
        "e142": ("e142.xml", e142(table, [(table.frame, status_bins(table, job.tester))])),
        **({"prober": ("prober.csv", prober_csv(sheet.cells))} if sheet.cells.touchdowns else {}),
        "picture": ("svg", _lines(picture(job, sheet.nest, sheet.cells, sheet.toolpaths))),
    }
    names = {role: f"{job.name}.{suffix}" for role, (suffix, _) in by_role.items()}
    return names, {names[role]: pieces for role, (_, pieces) in by_role.items()}


def _programs(sheet: Sheet) -> dict[str, tuple[str, Iterable[str]]]:
    """G-code by role: two programs, since the sheet is tested in between."""
    job = sheet.layout.job
    machine = job.machine
    if isinstance(machine, Galvo):
        return _field_drawings(sheet, machine)
    post = POSTS[machine.post]
    return {
        f"{toolpath.name}_gcode": (
            f"{toolpath.name}.nc",
            _lines(post(toolpath, machine, _header(job, sheet.layout.sha256, toolpath))),
        )
        for toolpath in sheet.toolpaths
    }


def _field_drawings(sheet: Sheet, machine: Galvo) -> dict[str, tuple[str, Iterable[str]]]:
    """For a machine without a G-code post: a drawing for each scan field and operation, and their table."""
    drawings: dict[str, tuple[str, Iterable[str]]] = {}
    rows = []
    fields = scan_fields(sheet.toolpaths, machine)
    for toolpath in sheet.toolpaths:
        for field in fields:
            if not len(field.strokes[toolpath.name]):
                continue
            suffix = f"{toolpath.name}.{field.name}.dxf"
            drawings[f"{toolpath.name}_{field.name}"] = (suffix, field_dxf(toolpath.name, field))
            rows.append((field, toolpath, f"{sheet.layout.job.name}.{suffix}"))
    return {**drawings, "fields": ("fields.csv", fields_csv(rows))}


def _header(job: Job, sha256: str, toolpath: Toolpath) -> tuple[str, ...]:
    """Comment lines that say which sheet and which settings a program is for; 60 characters at most."""
    recipe = toolpath.recipe
    return (
        f"tfbpattern {__version__}",
        f"job {job.name[:54]}",
        f"{toolpath.name}, layout {sha256[:16]}",
        f"machine {job.machine.name[:50]}",
        f"{recipe.passes} passes at {recipe.mark_speed_mm_s:g} mm/s, {recipe.power_percent:g} percent",
        f"set the laser to {recipe.frequency_khz:g} kHz",
    )


def _lines(lines: Iterable[str]) -> Iterable[str]:
    return (f"{line}\n" for line in lines)
