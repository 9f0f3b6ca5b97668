"""
Emitted files to findings: a second opinion that reads the bytes on disk and knows nothing of how they were made.

Nothing here is shared with nesting, scribing, routing, posts or the geometry that they use. See
``docs/decisions`` for what is proved, and why it holds.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from shapely.errors import ShapelyError

from tfbpattern.model.finding import CHECKS, Finding, Outcome, Verdict
from tfbpattern.model.job import Job
from tfbpattern.model.machine import Controller, Galvo
from tfbpattern.proof import (
    cellmap,
    clearances,
    drawn,
    dxf,
    emitted,
    fields,
    isolation,
    machine,
    pieces,
    seams,
    singulation,
    slivers,
    substrate,
)
from tfbpattern.proof import controller as controllers
from tfbpattern.proof.curves import Moves
from tfbpattern.proof.emitted import Emitted, names_of
from tfbpattern.proof.nearness import Cuts
from tfbpattern.proof.shapes import NoShapeError
from tfbpattern.proof.sheet import Cells, Sheet

Progress = Callable[[str], None]

MOST_FINDINGS = 50
"""Of each rule that a verdict holds; the rest are counted."""

OPERATIONS = ("isolation", "singulation")


def prove(
    folder: Path,
    manifest: Mapping[str, Any],
    job: Job,
    progress: Progress | None = None,
    *,
    controller: Controller | None = None,
) -> tuple[Verdict, Sheet | None]:
    """
    Read every file that the manifest names and hold them against the job and each other.

    With the sheet that was proved, for pictures; None where the files do not describe one. *controller*: a machine's
    own interpreter that is asked as well.

    Raises:
        InputError: the manifest names files outside the folder, or the controller does not read this job's programs.
        SystemFaultError: the controller is not installed.
    """
    tell = progress or (lambda _: None)
    files = Emitted(folder=folder, manifest=manifest, job=job, names=names_of(folder, manifest))
    proof = _Proof()
    tell("proving: files")
    proof.made("files", emitted.check(files))
    tell("proving: map")
    cells = _map(files, proof)
    tell("proving: machine")
    marks = _marks(files, proof)
    if controller is not None:
        tell(f"proving: {controller}")
        proof.made("controller", controllers.check(files, OPERATIONS))
    if cells is None or marks is None:
        return proof.verdict(), None
    sheet = Sheet(job=job, cells=cells[0], frame_length_mm=cells[1], marks=marks)
    checks: tuple[tuple[str, Callable[[Sheet], Iterator[Finding]]], ...] = (
        ("clearances", clearances.check),
        ("isolation", isolation.check),
        ("singulation", singulation.check),
        ("singulation", seams.check),
    )
    for name, check in checks:
        tell(f"proving: {name}")
        try:
            proof.made(name, check(sheet))
        except NoShapeError as error:
            proof.made(name, [Finding(rule=f"{name}.shape", message=str(error))])
            return proof.verdict(), None
    tell("proving: pieces")
    cuts = Cuts.of(sheet)
    proof.made("singulation", slivers.check(sheet, cuts))
    parted = pieces.Pieces.of(sheet, cuts)
    proof.made("singulation", pieces.check(sheet, parted))
    proof.figures.update(pieces.figures(parted))
    return proof.verdict(), sheet


class _Proof:
    """Findings as they come: the first of each rule, and how many there are."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._counts: Counter[str] = Counter()
        self._made: set[str] = set()
        self.figures: dict[str, float | int] = {}

    def made(self, check: str, findings: Iterable[Finding]) -> None:
        """A check that was made, with what it found."""
        self._made.add(check)
        for finding in findings:
            self._counts[finding.rule] += 1
            if self._counts[finding.rule] <= MOST_FINDINGS:
                self._findings.append(finding)

    def verdict(self) -> Verdict:
        failed = {rule.partition(".")[0] for rule in self._counts}
        wanted = (*CHECKS, *sorted(self._made - set(CHECKS)))
        checks: dict[str, Outcome] = {
            check: "failed" if check in failed else "passed" if check in self._made else "not made" for check in wanted
        }
        return Verdict(
            checks=checks,
            findings=tuple(self._findings),
            counts=dict(sorted(self._counts.items())),
            figures=self.figures,
        )


def _map(files: Emitted, proof: _Proof) -> tuple[Cells, float] | None:
    """The cells of the map and the length of the frame; None where it cannot be read."""
    if not files.has("cells_json") or not files.has("layout"):
        return None
    try:
        document, cells, length_mm = cellmap.read(files)
        found: Iterator[Finding] = cellmap.check(files, document, cells, length_mm)
        proof.made("map", _readable(found, "map.json", files.names["cells_json"]))
    except cellmap.UnreadableError as error:
        proof.made("map", [Finding(rule="map.json", message=str(error), file=files.names["cells_json"])])
        return None
    if files.has("e142"):
        proof.made(
            "map", _readable(substrate.check(files, document, cells, length_mm), "map.e142", files.names["e142"])
        )
    drawing = _drawing(files, "drawing_dxf", proof)
    if drawing is not None:
        found = cellmap.check_drawing(files, drawing, cells, length_mm)
        proof.made("map", _readable(found, "map.dxf", files.names["drawing_dxf"]))
    return cells, length_mm


def _readable(found: Iterator[Finding], rule: str, file: str) -> Iterator[Finding]:
    """Findings, the last of them that something could not be read at all."""
    try:
        yield from found
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, csv.Error, ShapelyError) as error:
        yield Finding(rule=rule, message=f"cannot be read: {type(error).__name__} {str(error)[:80]}", file=file)


def _drawing(files: Emitted, role: str, proof: _Proof) -> dxf.Drawing | None:
    if not files.has(role):
        return None
    try:
        drawing = dxf.read(files.text(role))
    except (dxf.UnreadableError, ValueError) as error:
        proof.made("map", [Finding(rule="map.dxf", message=str(error)[:200], file=files.names[role])])
        return None
    units = (drawing.header.get("$ACADVER"), drawing.header.get("$INSUNITS"), drawing.header.get("$MEASUREMENT"))
    if units != ("AC1015", "4", "1"):
        wrong = f"version, units and measurement are {units}; they must be AC1015, 4 (millimetres) and 1"
        proof.made("map", [Finding(rule="map.units", message=wrong, file=files.names[role])])
    return drawing


def _marks(files: Emitted, proof: _Proof) -> dict[str, Moves] | None:
    """Marks of one pass by operation, from the machine's own files; None where they cannot be read."""
    cut = _drawing(files, "cut_dxf", proof)
    if cut is not None:
        proof.made("map", _cut_layers(cut, files.names["cut_dxf"]))
    if isinstance(files.job.machine, Galvo):
        return _laid(files, files.job.machine, cut, proof)
    marks = {}
    for operation in OPERATIONS:
        role = f"{operation}_gcode"
        if not files.has(role) or not files.has("layout"):
            return None
        name = files.names[role]
        try:
            text = files.text(role)
            text.encode("ascii")
        except ValueError:
            proof.made("machine", [Finding(rule="machine.text", message="the program is not plain ASCII", file=name)])
            return None
        run = machine.run(text, operation, files.job, files.job.machine, name, files.layout_sha256)
        proof.made("machine", run.findings)
        marks[operation] = run.marks
        layer = f"CUT_{operation.upper()}"
        if cut is None:
            continue
        if layer not in cut.space.strokes:
            proof.made("map", [Finding(rule="map.marks", message=f"nothing is drawn on {layer}", file=name)])
            continue
        settings = files.job.isolation if operation == "isolation" else files.job.singulation
        wanted = drawn.led_in(cut.space.strokes[layer], settings.lead_in_mm, settings.overcut_mm)
        found = drawn.compare(run.marks, wanted, files.job.machine.resolution_mm, operation, name)
        proof.made("map", chain(found, _operation(files, operation, cut.space.strokes[layer])))
    return marks


def _laid(files: Emitted, galvo: Galvo, cut: dxf.Drawing | None, proof: _Proof) -> dict[str, Moves] | None:
    """The same for a machine that marks field by field."""
    if not files.has("fields"):
        return None
    marks = {}
    for operation, laid in fields.lay(files, galvo, OPERATIONS).items():
        proof.made("machine", laid.findings)
        marks[operation] = laid.marks
        strokes = cut.space.strokes.get(f"CUT_{operation.upper()}") if cut is not None else None
        table = files.names["fields"]
        if strokes is not None:
            found = drawn.compare_parts(laid.marks, laid.strokes, strokes, galvo.overlap_mm, operation, table)
            proof.made("map", chain(found, _operation(files, operation, strokes)))
        elif cut is not None:
            proof.made("map", [Finding(rule="map.marks", message=f"no {operation} is drawn", file=table)])
    return marks


def _cut_layers(cut: dxf.Drawing, file: str) -> Iterator[Finding]:
    wanted = {f"CUT_{operation.upper()}" for operation in OPERATIONS}
    odd = ({*cut.space.strokes} - wanted) | cut.odd
    if odd or not wanted <= cut.layers:
        yield Finding(
            rule="map.dxf",
            message=f"the cut drawing holds something else than strokes on {sorted(wanted)}: {sorted(odd)}",
            file=file,
        )


def _operation(files: Emitted, operation: str, strokes: dxf.Strokes) -> Iterator[Finding]:
    """The manifest's figures of an operation."""
    operations = files.manifest.get("operations")
    told = operations.get(operation) if isinstance(operations, dict) else None
    if not isinstance(told, dict):
        yield Finding(rule="map.manifest", message=f"the manifest has no figures of {operation}", file="manifest.json")
        return
    length_mm = float(strokes.moves().lengths_mm.sum())
    if told.get("strokes") != len(strokes):
        yield Finding(
            rule="map.manifest",
            message=f"{operation} has {len(strokes)} strokes; the manifest says {told.get('strokes')!r:.20}",
            file="manifest.json",
        )
    mark_mm = told.get("mark_length_mm")
    if not isinstance(mark_mm, int | float) or not abs(mark_mm - length_mm) <= 1e-5 * length_mm + 0.001:
        yield Finding(
            rule="map.manifest",
            message=f"{operation} marks {length_mm:.3f} mm; the manifest says {mark_mm!r:.20}",
            file="manifest.json",
        )
