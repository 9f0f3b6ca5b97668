"""Tables for people: what was nested, what it costs, what was written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from tfbpattern.model.finding import Trial, Verdict

if TYPE_CHECKING:
    from tfbpattern.mapping.differing import Difference
    from tfbpattern.model.control import ControlChart

# (ours: a screen of them)
_LISTED = 20
_REPEATING = 5

_FOR = {
    "layout": "the job as run; later commands need this folder alone",
    "cut_dxf": "the patterning tool: strokes in marking order",
    "drawing_dxf": "people and CAD: outlines, ids, web",
    "isolation_gcode": "the machine, before test",
    "singulation_gcode": "the machine, after test",
    "cells_json": "the tester: the cell map",
    "cells_csv": "the same map, one row a cell",
    "e142": "the same map for machines that read SEMI E142",
    "prober": "the prober: order, place and mask of each touchdown",
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
    if len(found := nest.get("found_per_m", {})) > 1:
        table.add_row("strategies", ", ".join(f"{name} {cells:.1f}" for name, cells in found.items()) + " per metre")
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
        heat = f"; strokes kept apart cost {duration(figures['heat_price_s'])}" if "heat_price_s" in figures else ""
        yield Text(f" {name} by {figures['method']}{heat}", style="dim")
    if "tester" in manifest:
        yield tester_table(manifest["tester"])
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
    yield _proved(manifest["proof"], folder)
    yield Text(f"All in {folder}. Look at it: tfbpattern view {folder}")


def _proved(proof: Mapping[str, Any], folder: Path) -> Text:
    """Whether these very files were read back and found sound: what somebody wants to know who sends them off alone."""
    if proof["passed"]:
        checks = ", ".join(proof["checks"])
        return Text(f"Proved: every file was read back from disk and found sound ({checks}).", style="green")
    return Text(f"NOT PROVED. Before anything is marked: tfbpattern verify {folder}", style="bold red")


def tester_table(tester: Mapping[str, Any]) -> Table:
    """Touchdowns with their bound, travel, and the tester's time beside the laser's."""
    table = Table(box=None, show_header=False)
    table.add_column(style="dim")
    table.add_column()
    proved = "proved fewest" if tester["touchdowns"] == tester["bound"] else f"gap {tester['gap']:.2%}"
    table.add_row("touchdowns", f"{tester['touchdowns']}  (at least {tester['bound']}, {proved})")
    travel, least = tester["travel_mm"] / 1000, tester["travel_bound_mm"] / 1000
    table.add_row("card's travel", f"{travel:.2f} m  (at least {least:.2f} m between these touchdowns)")
    table.add_row(
        "per metre of web", f"tester {tester['time_s_per_m']:.1f} s, laser {tester['laser_time_s_per_m']:.1f} s"
    )
    return table


def diff_table(found: Sequence[Difference]) -> Table:
    """Counts, and what did not stay as it was."""
    counts = {change: sum(d.change == change for d in found) for change in ("kept", "moved", "gone", "new")}
    table = Table(title=", ".join(f"{count} {change}" for change, count in counts.items()), box=SIMPLE_HEAD)
    for heading in ("change", "id", "id in the second map", "by"):
        table.add_column(heading)
    changed = [d for d in found if d.change != "kept"]
    for d in changed[:_LISTED]:
        by = f"{d.dx_mm:g}, {d.dy_mm:g} mm" if d.change == "moved" else ""
        table.add_row(d.change, d.first or "", d.second or "", by)
    if len(changed) > _LISTED:
        table.caption = f"and {len(changed) - _LISTED} more; --json lists all"
    return table


def merge_tables(head: Mapping[str, Any], folder: Path) -> Iterator[RenderableType]:
    """What `cells merge` found: coverage, yield, bins, sites that read off, places that repeat."""
    coverage = head["coverage"]
    table = Table(title=f"Results of {head['job']}", box=None, show_header=False, title_justify="left")
    table.add_column(style="dim")
    table.add_column()
    untested = f", {coverage['untested']} untested" if coverage["untested"] else ""
    table.add_row("tested", f"{coverage['tested']} of {coverage['cells']} cells{untested}")
    table.add_row("retested", f"{coverage['retested']}  (the latest reading counts, the others are kept)")
    table.add_row("yield", f"{head['yield']:.2%} of the tested cells pass")
    if head["frames"]["count"] > 1:
        table.add_row("frames", f"{head['frames']['count']}, from {head['frames']['first']} on")
    yield table
    bins = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("bin", "name", "quality", "cells"):
        bins.add_column(heading, justify="right" if heading in ("bin", "cells") else "left")
    for b in head["bins"]:
        bins.add_row(str(b["code"]), b["name"], b["quality"], str(b["count"]))
    yield bins
    for off in head["sites_off"]:
        sure = f", {abs(off['sigmas']):g} standard errors" if "sigmas" in off else ""
        yield Text(f"site {off['site']} reads off: {off['column']} {off['offset']:+g} against the other sites{sure}")
    for place in head["repeating"][:_REPEATING]:
        yield Text(
            f"row {place['row']}, column {place['column']} fails again and again:"
            f" {place['failed']} of {place['tested']} frames"
        )
    if len(head["repeating"]) > _REPEATING:
        yield Text(f"and {len(head['repeating']) - _REPEATING} places more, listed in the results")
    if len(head["bins"]) == 1:
        yield Text("The layout has no [[tester.bins]], so that every tested cell gets code 99 and fails.")
    yield Text(f"All in {folder}")


def chart_table(charts: Sequence[ControlChart], column: str, by: str, file: Path) -> Table:
    """Centre and limits of each chart, and the groups that break a rule."""
    table = Table(title=f"{column} by {by}", box=SIMPLE_HEAD, title_justify="left", caption=str(file))
    for heading in ("figure", "centre", "limits", f"{by}s that break a rule"):
        table.add_column(heading)
    for chart in charts:
        low, high = chart.limits
        broken = [
            f"{group} ({','.join(map(str, rules))})"
            for group, rules in zip(chart.groups.tolist(), chart.broken, strict=True)
            if rules
        ]
        more = f" and {len(broken) - _LISTED} more" if len(broken) > _LISTED else ""
        table.add_row(
            chart.figure,
            f"{chart.centre:.6g}",
            f"{low:.6g} to {high:.6g}",
            ", ".join(broken[:_LISTED]) + more or "none",
        )
    return table


def stack_table(document: Mapping[str, Any], folder: Path) -> Table:
    """Stacks with their bound, against what unsorted cells would give, and why cells are left over."""
    table = Table(title=f"Stacks of {document['layers']}", box=None, show_header=False, title_justify="left")
    table.add_column(style="dim")
    table.add_column()
    proved = "proved most" if document["stacks"] == document["bound"] else f"gap {document['gap']:.2%}"
    table.add_row("stacks", f"{document['stacks']}  (at most {document['bound']}, {proved})")
    whole = document["tested"] // document["layers"]
    good, count = document["unsorted_good_share"], document["unsorted_good_stacks"]
    table.add_row("unsorted", f"{good:.2%} of stacks would be good: {count:.1f} of {whole}")
    reasons = Counter(re.sub(r"only \d+ cells", "too few cells", left["reason"]) for left in document["left_over"])
    for reason, count in reasons.most_common(_LISTED):
        table.add_row("left over", f"{count}: {reason}")
    for sample in document["samples"]:
        table.add_row("to the cycler", f"{len(sample['cells'])} of bin {sample['bin']}")
    table.add_row("", f"written into {folder}")
    return table


def proof_table(job: str, verdict: Verdict) -> Table:
    """Each check with its outcome, and what was counted on the way."""
    table = Table(title=f"Proof of {job}", box=None, show_header=False, title_justify="left", title_style="bold")
    table.add_column(style="dim")
    table.add_column()
    for check, outcome in verdict.checks.items():
        count = sum(n for rule, n in verdict.counts.items() if rule.startswith(f"{check}."))
        table.add_row(check, f"{outcome}, {count} finding{'s' if count != 1 else ''}" if count else outcome)
    for name, figure in verdict.figures.items():
        table.add_row(
            name.replace("_mm2", ", mm2").replace("_", " "),
            f"{figure:,}" if isinstance(figure, int) else f"{figure:.6g}",
        )
    return table


def trials_table(trials: Sequence[Trial]) -> Table:
    """Every fault that was put in, what it does, and what found it; and how many of them were found."""
    made = [trial for trial in trials if trial.caught is not None]
    found_all = f"{sum(bool(trial.caught) for trial in made)} of {len(made)} faults that were put in were found"
    none = f"; this job gives no occasion for {len(trials) - len(made)} others"
    table = Table(
        box=SIMPLE_HEAD, pad_edge=False, caption=found_all + none, caption_justify="left", caption_style="bold"
    )
    for heading in ("fault", "found", "harm", "by"):
        table.add_column(heading)
    for trial in trials:
        found = {True: "yes", False: "NO", None: "no occasion"}[trial.caught]
        table.add_row(trial.name, found, trial.harm, ", ".join(trial.rules))
    return table


def duration(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
