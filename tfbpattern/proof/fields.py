"""
Scan fields: the drawings that a galvo marks from one place after the other, and the table that says where.

Each drawing is in the frame of its field; laid where the table says, they must be the sheet's strokes again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tfbpattern.model.finding import Finding
from tfbpattern.model.machine import Galvo
from tfbpattern.model.process import Recipe
from tfbpattern.proof import dxf
from tfbpattern.proof.curves import Moves
from tfbpattern.proof.emitted import Emitted
from tfbpattern.proof.numbers import number_of

_COLUMNS = [
    *("field", "operation", "file", "x_mm", "y_mm", "strokes"),
    *("passes", "mark_speed_mm_s", "power_percent", "frequency_khz"),
]
# Numbers of the table have six decimals.
_ROUNDED = 1e-6
_SAME_MM = 0.001


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Laid:
    """All fields of one operation laid on the web: marks, number of strokes, and what is wrong."""

    marks: Moves
    strokes: int
    findings: tuple[Finding, ...]


def lay(emitted: Emitted, machine: Galvo, operations: Sequence[str]) -> dict[str, Laid]:
    """Read the table and every drawing that it names."""
    table = emitted.names["fields"]
    try:
        rows = list(csv.reader(io.StringIO(emitted.text("fields"))))
    except (ValueError, csv.Error) as error:
        rows = [[str(error)[:60]]]
    found: dict[str, list[Finding]] = {operation: [] for operation in operations}
    parts: dict[str, list[Moves]] = {operation: [] for operation in operations}
    strokes = dict.fromkeys(operations, 0)
    everywhere: list[Finding] = []
    if not rows or rows[0] != _COLUMNS:
        everywhere.append(_wrong("table", "the columns are not those of a table of fields", table))
        rows = rows[:1]
    roles = {name: role for role, name in emitted.names.items()}
    seen: set[tuple[str, str]] = set()
    for line, row in enumerate(rows[1:], 2):
        if len(row) != len(_COLUMNS) or row[1] not in operations:
            everywhere.append(_wrong("table", f"the row {','.join(row)[:60]!r} is of no operation", table, line))
            continue
        field, operation, file = row[:3]
        if (field, operation) in seen or roles.get(file) != f"{operation}_{field}":
            everywhere.append(_wrong("table", f"{file:.60} is not the one drawing of its field", table, line))
            continue
        seen.add((field, operation))
        try:
            numbers = [number_of(text) for text in row[3:]]
            if not np.isfinite(numbers).all():
                raise ValueError("a number that is none")
            drawn = _strokes(emitted, roles[file], operation)
        except (dxf.UnreadableError, ValueError, OSError) as error:
            found[operation].append(_wrong("field", f"cannot be read: {str(error)[:80]}", file))
            continue
        recipe = (emitted.job.isolation if operation == "isolation" else emitted.job.singulation).recipe
        found[operation] += _row(numbers, len(drawn), recipe, table, line)
        found[operation] += _within(drawn.moves(), machine, file)
        strokes[operation] += len(drawn)
        parts[operation].append(drawn.moves(np.array(numbers[:2])))
    for role, name in emitted.names.items():
        operation, _, field = role.partition("_")
        if operation in operations and (field, operation) not in seen:
            everywhere.append(_wrong("table", f"{name} is in no row of the table", table))
    laid = {}
    for operation in operations:
        marks = Moves.joined(parts[operation])
        findings = (*everywhere, *found[operation], *_inside(marks, machine, table))
        laid[operation] = Laid(marks=marks, strokes=strokes[operation], findings=findings)
        everywhere = []
    return laid


def _strokes(emitted: Emitted, role: str, operation: str) -> dxf.Strokes:
    drawing = dxf.read(emitted.text(role))
    layer = f"CUT_{operation.upper()}"
    space = drawing.space
    if set(space.strokes) != {layer} or drawing.odd:
        raise dxf.UnreadableError(f"it holds something else than strokes on {layer}")
    if (drawing.header.get("$INSUNITS"), drawing.header.get("$MEASUREMENT")) != ("4", "1"):
        raise dxf.UnreadableError("it is not in millimetres")
    return space.strokes[layer]


def _row(numbers: Sequence[float], strokes: int, recipe: Recipe, table: str, line: int) -> Iterator[Finding]:
    wanted = (strokes, recipe.passes, recipe.mark_speed_mm_s, recipe.power_percent, recipe.frequency_khz)
    for name, told, value in zip(_COLUMNS[5:], numbers[2:], wanted, strict=True):
        if not abs(told - value) <= _ROUNDED:
            yield Finding(
                rule="machine.table",
                message=f"{name} is {told:g}; it must be {value:g}",
                measured=told,
                limit=float(value),
                unit="",
                file=table,
                line=line,
            )


def _within(marks: Moves, machine: Galvo, file: str) -> Iterator[Finding]:
    """Nothing is marked beyond the field."""
    half = np.array(machine.field_mm) / 2.0
    boxes = marks.boxes()
    beyond = np.maximum(-boxes[:, :2], boxes[:, 2:]) - half
    worst = float(beyond.max()) if len(beyond) else 0.0
    if worst > _ROUNDED:
        k = int(np.argmax(beyond.max(axis=1)))
        yield Finding(
            rule="machine.field",
            message=f"a mark reaches {worst:.4f} mm beyond the scan field of {machine.name!r}",
            measured=worst,
            limit=0.0,
            x_mm=float(marks.end[k, 0]),
            y_mm=float(marks.end[k, 1]),
            file=file,
        )


def _inside(marks: Moves, machine: Galvo, file: str) -> Iterator[Finding]:
    if not len(marks):
        return
    boxes = marks.boxes() + np.tile(machine.origin_mm, 2)
    beyond = float(np.max([-boxes[:, :2].min(), *(boxes[:, 2:] - machine.travel_mm).max(axis=0)]))
    if beyond > _SAME_MM:
        yield Finding(
            rule="machine.travel",
            message=f"marks leave the travel of {machine.name!r} by {beyond:.4f} mm",
            measured=beyond,
            limit=0.0,
            file=file,
        )


def _wrong(rule: str, message: str, file: str, line: int | None = None) -> Finding:
    return Finding(rule=f"machine.{rule}", message=message, file=file, line=line)
