"""Tables for people: what was nested, what it costs, what was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

_FOR = {
    "layout": "the job as run; later commands need this folder alone",
    "cut_dxf": "the patterning tool: strokes in marking order",
    "drawing_dxf": "people and CAD: outlines, ids, web",
    "isolation_gcode": "the machine, before test",
    "singulation_gcode": "the machine, after test",
    "cells_json": "the tester: the cell map",
    "cells_csv": "the same map, one row a cell",
    "picture": "a look at the sheet",
    "fields": "the galvo: which drawing is marked where, and how",
}


def nest_table(job: str, nest: Mapping[str, Any]) -> Table:
    """Counts, bound and densities."""
    table = Table(title=f"Nest of {job}", box=None, show_header=False, title_justify="left", title_style="bold")
    table.add_column(style="dim")
    table.add_column()
    by_type = ", ".join(f"{count} {name}" for name, count in nest["by_type"].items())
    proved = "proved optimal" if nest["proved_optimal"] else f"gap {nest['gap']:.2%}"
    table.add_row("cells", f"{nest['cells']}  ({by_type})")
    table.add_row("upper bound", f"{nest['upper_bound']}  ({nest['bound']} bound, {proved})")
    table.add_row("method", str(nest["method"]))
    if nest.get("interrupted"):
        table.add_row("", "interrupted: the best nest found until then")
    if "align" in nest:
        price = f", which costs {nest['price_cells']} cells" if "price_cells" in nest else ""
        arranged = "whole steps of the probe card" if nest["align"] == "card" else nest["align"]
        table.add_row("aligned", f"in {arranged}{price}")
    table.add_row("frame", f"{nest['frame_length_mm']:g} mm, spacing {nest['spacing_mm']:g} mm")
    table.add_row(
        "density",
        f"{nest['density']:.2%} of the web, {nest['active_fraction']:.2%} active, {nest['bulk_density']:.2%} in bulk",
    )
    capacity = f", {nest['capacity_mah_per_m']:.1f} mAh" if "capacity_mah_per_m" in nest else ""
    table.add_row("per metre of web", f"{nest['cells_per_m']:.1f} cells{capacity}")
    if "stack_energy_density_wh_l" in nest:
        table.add_row("stack", f"{nest['stack_energy_density_wh_l']:.0f} Wh/L, plated lithium left out")
    return table


def run_tables(manifest: Mapping[str, Any], folder: Path) -> Iterator[RenderableType]:
    """What `run` made: nest, operations, files, and where to look."""
    yield nest_table(manifest["job"], manifest["nest"])
    operations = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("operation", "strokes", "mark", "jump", "time", "at least", "ratio"):
        operations.add_column(heading, justify="left" if heading == "operation" else "right", no_wrap=True)
    for name, figures in manifest["operations"].items():
        operations.add_row(
            name,
            f"{figures['strokes']}",
            f"{figures['mark_length_mm'] / 1000:.2f} m",
            f"{figures['jump_length_mm'] / 1000:.2f} m",
            duration(figures["time_s"]),
            duration(figures["time_bound_s"]),
            f"{figures['time_ratio']:.2f}",
        )
    yield operations
    for name, figures in manifest["operations"].items():
        yield Text(f" {name} by {figures['method']}", style="dim")
    files = Table(box=SIMPLE_HEAD, pad_edge=False)
    files.add_column("file", no_wrap=True)
    files.add_column("for", style="dim")
    for role, name in manifest["files"].items():
        if role in _FOR:
            files.add_row(name, _FOR[role])
    drawings = sum(role not in _FOR for role in manifest["files"])
    if drawings:
        files.add_row(f"{manifest['job']}.OPERATION.FIELD.dxf", f"the galvo: {drawings} drawings, listed in the table")
    files.add_row("manifest.json", "every figure above, and the hash of each file")
    yield files
    yield Text(f"All in {folder}. Look at it: tfbpattern view {folder}")


def duration(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
