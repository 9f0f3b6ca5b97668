"""
Machine: what a controller does with the programs, held against what the machine and the recipe allow.

Dark wherever it must be dark, inside the travel, at the recipe's speed and power, every pass the same; and each
program only with its own recipe.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfbpattern.model.finding import Finding
from tfbpattern.model.job import Job
from tfbpattern.model.machine import Gantry
from tfbpattern.model.process import Recipe
from tfbpattern.proof.curves import Ints, Moves
from tfbpattern.proof.gcode import Lap, Program, interpret

# F has three decimals of mm/min, S three of the machine's units (ours: a thousandth more than half of that).
_ROUNDED = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """A program as run: the marks of its first pass, and what is wrong."""

    marks: Moves
    lines: Ints
    findings: tuple[Finding, ...]


def run(text: str, operation: str, job: Job, machine: Gantry, file: str, layout_sha256: str) -> Run:
    """Interpret an operation's program and judge what it does."""
    settings = job.isolation if operation == "isolation" else job.singulation
    recipe = settings.recipe
    program = interpret(text, machine.post, machine.corner_deviation_mm(settings.tolerance_mm))
    findings = [
        Finding(rule=f"machine.{fault.rule}", message=fault.message, file=file, line=fault.line)
        for fault in program.faults
    ]
    findings += _whose(program, operation, layout_sha256, recipe, file)
    for lap in program.laps:
        findings += _dark(lap, file)
        findings += _inside(lap, machine, file)
        findings += _recipe(lap, recipe, machine, file)
    findings += _apart(program, settings.heat_distance_mm, machine.resolution_mm, file)
    marks, lines, unequal = _one_pass(program, recipe.passes, file)
    return Run(marks=marks, lines=lines, findings=(*findings, *unequal))


def _apart(program: Program, least_mm: float, resolution_mm: float, file: str) -> Iterator[Finding]:
    """A stroke begins as far from where the one before it ended as it should, from pass to pass too."""
    if least_mm <= 0.0:
        return
    # Twice shows what a loop's end does to its beginning.
    rounds = [lap for lap in program.laps for _ in range(min(lap.times, 2))]
    moves = Moves.joined([lap.moves for lap in rounds])
    start, end = moves.start, moves.end
    line = np.concatenate([lap.line for lap in rounds])
    on = np.flatnonzero(np.concatenate([lap.lit & (lap.code > 0) for lap in rounds]))
    following = np.flatnonzero(np.diff(on) > 1)
    before, after = on[following], on[following + 1]
    away = np.hypot(*(start[after] - end[before]).T)
    for k in np.flatnonzero(away < least_mm - 2.0 * resolution_mm - _ROUNDED * _ROUNDED).tolist():
        yield Finding(
            rule="machine.heat",
            message=f"a stroke begins {float(away[k]):.4f} mm from where the one before it ended; {least_mm:g} mm are"
            " asked for",
            measured=float(away[k]),
            limit=least_mm,
            x_mm=float(start[after[k], 0]),
            y_mm=float(start[after[k], 1]),
            file=file,
            line=int(line[after[k]]),
        )


def _whose(program: Program, operation: str, layout_sha256: str, recipe: Recipe, file: str) -> Iterator[Finding]:
    """A program says whose it is, so that one of another sheet is not run by mistake; and what people are to set."""
    wanted = f"{operation}, layout {layout_sha256[:16]}"
    if wanted not in program.comments:
        told = next((c for c in program.comments if ", layout " in c), "nothing")
        yield Finding(
            rule="machine.program",
            message=f"the program should be for '{wanted}'; it says '{told[:60]}'",
            file=file,
        )
    set_to = f"set the laser to {recipe.frequency_khz:g} kHz"
    others = [comment for comment in program.comments if "kHz" in comment and comment != set_to]
    if others or set_to not in program.comments:
        yield Finding(
            rule="machine.program",
            message=f"the program should say '{set_to}'; it says '{', '.join(others)[:60] or 'nothing'}'",
            file=file,
        )


def _dark(lap: Lap, file: str) -> Iterator[Finding]:
    for k in np.flatnonzero(lap.lit & (lap.code == 0)).tolist():
        yield Finding(
            rule="machine.dark",
            message=f"the laser is on in a jump of {float(lap.moves.taken([k]).lengths_mm[0]):.4f} mm",
            measured=float(lap.power[k]),
            limit=0.0,
            unit="power",
            **_place(lap, k, file),
        )
    # A dark move at feed is a mark that was not made.
    for k in np.flatnonzero(~lap.lit & (lap.code > 0)).tolist():
        yield Finding(
            rule="machine.unlit",
            message=f"a move at feed over {float(lap.moves.taken([k]).lengths_mm[0]):.4f} mm with the laser off",
            measured=0.0,
            unit="power",
            **_place(lap, k, file),
        )


def _inside(lap: Lap, machine: Gantry, file: str) -> Iterator[Finding]:
    boxes = lap.moves.boxes() + np.tile(machine.origin_mm, 2)
    slack = machine.resolution_mm
    beyond = np.column_stack([-boxes[:, :2], boxes[:, 2:] - machine.travel_mm]) - slack
    for k in np.flatnonzero((beyond > 0.0).any(axis=1)).tolist():
        side = int(np.argmax(beyond[k]))
        yield Finding(
            rule="machine.travel",
            message=f"a move leaves the travel of {machine.name!r} in {'xy'[side % 2]} by"
            f" {beyond[k, side] + slack:.4f} mm",
            measured=float(beyond[k, side] + slack),
            limit=0.0,
            **_place(lap, k, file),
        )


def _recipe(lap: Lap, recipe: Recipe, machine: Gantry, file: str) -> Iterator[Finding]:
    at_feed = lap.code > 0
    power = machine.max_power * recipe.power_percent / 100.0
    for what, unit, measured, limit, wrong in (
        ("speed", "mm/s", lap.feed_mm_s, recipe.mark_speed_mm_s, at_feed),
        ("power", "power", lap.power, power, at_feed & lap.lit),
    ):
        for k in np.flatnonzero(wrong & (np.abs(measured - limit) > _ROUNDED)).tolist():
            yield Finding(
                rule=f"machine.{what}",
                message=f"a mark at a {what} of {float(measured[k]):g}; the recipe says {limit:g}",
                measured=float(measured[k]),
                limit=limit,
                unit=unit,
                **_place(lap, k, file),
            )
    if recipe.mark_speed_mm_s > machine.max_mark_speed_mm_s or recipe.power_percent > 100.0:
        yield Finding(
            rule="machine.speed",
            message=f"the recipe exceeds {machine.name!r}",
            measured=recipe.mark_speed_mm_s,
            limit=machine.max_mark_speed_mm_s,
            unit="mm/s",
            file=file,
        )


def _one_pass(program: Program, passes: int, file: str) -> tuple[Moves, Ints, list[Finding]]:
    """The marks of the first pass with their lines, and whatever other passes do differently."""
    rounds: list[tuple[Moves, Ints, int]] = []
    for lap in program.laps:
        lit = np.flatnonzero(lap.lit & (lap.code > 0))
        if len(lit):
            rounds.append((lap.moves.taken(lit), lap.line[lit], lap.times))
    if not rounds:
        none = Finding(rule="machine.passes", message="the program marks nothing", file=file)
        return Moves.none(), np.empty(0, dtype=np.int64), [none]
    written_out = len(rounds) == 1 and rounds[0][2] == 1 and passes > 1
    if written_out or not all(_equal(moves, rounds[0][0]) for moves, _, _ in rounds):
        # Passes written out one after the other, or with loops of their own inside.
        moves = Moves.joined([moves for moves, _, times in rounds for _ in range(times)])
        line = np.concatenate([line for _, line, times in rounds for _ in range(times)])
        size, rest = divmod(len(moves), passes)
        if rest:
            few = Finding(
                rule="machine.passes",
                message=f"{len(moves)} marks are not {passes} equal passes",
                measured=float(len(moves)),
                limit=float(passes),
                unit="",
                file=file,
            )
            return moves, line, [few]
        rounds = [(moves.taken(slice(b, b + size)), line[b : b + size], 1) for b in range(0, len(moves), size)]
    first, lines, _ = rounds[0]
    findings = []
    made = sum(times for _, _, times in rounds)
    if made != passes:
        findings.append(
            Finding(
                rule="machine.passes",
                message=f"the program makes {made} passes; the recipe says {passes}",
                measured=float(made),
                limit=float(passes),
                unit="",
                file=file,
            )
        )
    for number, (moves, line, _) in enumerate(rounds[1:], 2):
        if len(moves) != len(first):
            findings.append(
                Finding(
                    rule="machine.passes",
                    message=f"pass {number} has {len(moves)} marks, the first {len(first)}",
                    measured=float(len(moves)),
                    limit=float(len(first)),
                    unit="",
                    file=file,
                    line=int(line[0]),
                )
            )
            continue
        off = np.maximum(np.abs(moves.start - first.start).max(axis=1), np.abs(moves.end - first.end).max(axis=1))
        off = np.maximum(off, np.abs(moves.sweep_rad - first.sweep_rad) * np.maximum(first.radii_mm, 1.0))
        if off.max() > 1e-6:
            k = int(np.argmax(off > 1e-6))
            findings.append(
                Finding(
                    rule="machine.passes",
                    message=f"pass {number} differs from the first by {off[k]:.4f} mm",
                    measured=float(off[k]),
                    limit=0.0,
                    x_mm=float(moves.end[k, 0]),
                    y_mm=float(moves.end[k, 1]),
                    file=file,
                    line=int(line[k]),
                )
            )
    if findings:
        # Whatever any of them does is done to the sheet.
        first, lines = Moves.joined([moves for moves, _, _ in rounds]), np.concatenate([line for _, line, _ in rounds])
    return first, lines, findings


def _equal(moves: Moves, first: Moves) -> bool:
    """Whether two rounds have the same number of marks, and begin and end alike."""
    return len(moves) == len(first) and bool(
        np.abs(moves.start[0] - first.start[0]).max() <= 1e-6 and np.abs(moves.end[-1] - first.end[-1]).max() <= 1e-6
    )


def _place(lap: Lap, k: int, file: str) -> dict[str, Any]:
    x, y = lap.moves.end[k].tolist()
    return {"x_mm": x, "y_mm": y, "file": file, "line": int(lap.line[k])}
